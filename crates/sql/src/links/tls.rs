//! Whether a connection is encrypted, and whose certificates are trusted.

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::url::Roots;
use crate::host::is_this_host;

/// Sets the mode: as the URL's `sslmode` says, and without it encrypted to every host but this one. `None`: in plain text.
pub(super) fn choose(
    config: &mut Config,
    roots: &Roots,
) -> Result<Option<MakeRustlsConnect>, Box<dyn Error + Send + Sync>> {
    let tls = match encrypts(config) {
        true => Some(tls(roots)?),
        false => None,
    };
    config.ssl_mode(match tls {
        Some(_) => SslMode::Require,
        None => SslMode::Disable,
    });
    Ok(tls)
}

fn encrypts(config: &Config) -> bool {
    match config.get_ssl_mode() {
        SslMode::Disable => false,
        SslMode::Require => true,
        // Where there are addresses, they are where it goes, whatever the names say.
        _ if !config.get_hostaddrs().is_empty() => !config.get_hostaddrs().iter().all(IpAddr::is_loopback),
        _ => !config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => is_this_host(name),
            _ => true,
        }),
    }
}

/// TLS to a server whose certificate is trusted.
fn tls(trusted: &Roots) -> Result<MakeRustlsConnect, Box<dyn Error + Send + Sync>> {
    let found = match trusted {
        Roots::System => rustls_native_certs::load_native_certs().certs,
        Roots::File(path) => rustls_native_certs::load_certs_from_paths(Some(path), None).certs,
    };
    let mut roots = rustls::RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found);
    if added == 0 {
        return Err(match trusted {
            Roots::System => "this system has no certificates to trust".into(),
            Roots::File(path) => format!("{} (sslrootcert) holds no certificates to trust", path.display()).into(),
        });
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(MakeRustlsConnect::new(
        config.with_root_certificates(roots).with_no_client_auth(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_another_host_it_is_encrypted_whatever_name_it_is_given() {
        let encrypts = |url: &str| encrypts(&url.parse().unwrap());
        for url in [
            "postgres://app@db.example/app",
            "postgres://app@localhost,db.example/app",
            "postgres://app@/app?hostaddr=203.0.113.5",
            "postgres://app@localhost/app?hostaddr=203.0.113.5",
            "host=127.0.0.1,127.0.0.1 hostaddr=127.0.0.1,203.0.113.5",
            "postgres://app@127.0.0.1/app?sslmode=require",
        ] {
            assert!(encrypts(url), "{url}");
        }
        for url in [
            "postgres://app@127.0.0.1/app",
            "postgres://app@db.example/app?hostaddr=127.0.0.1",
            "postgres://app@/app?host=/run/postgresql",
            "postgres://app@db.example/app?sslmode=disable",
        ] {
            assert!(!encrypts(url), "{url}");
        }
    }
}
