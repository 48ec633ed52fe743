//! The URL of a PostgreSQL database as libpq's users write it, where the driver does not read it so.

use std::path::PathBuf;

use tokio_postgres::Config;

const LOOKS_LIKE: &str = "the URL of a PostgreSQL database looks like postgres://user:password@host:5432/database; \
    docs/fleet.md names the parameters that it may have";

/// A password is taken for something else in part.
pub(super) const ESCAPED: &str = "the URL of the PostgreSQL database can be read in two ways: in a password write %40 for @, %2F for /, \
    %3F for ? and %23 for #";

const GSS: &str = "the URL of the PostgreSQL database asks for gssencmode=require: GSSAPI is not known here";

/// Which certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    /// Those of this system.
    System,
    /// Those of this file alone (PEM).
    File(PathBuf),
}

/// Parameters of libpq that mean nothing here, each with what to do instead.
macro_rules! unknown {
    ($($name:literal: $instead:literal),* $(,)?) => {
        &[$((
            $name,
            concat!("the URL of the PostgreSQL database has the parameter ", $name, ", which is not known here: ", $instead),
        )),*]
    };
}

const UNKNOWN: &[(&str, &str)] = unknown! {
    "passfile": "write the password into the URL, or into an environment file",
    "service": "write out what the service says",
    "servicefile": "write out what the service says",
    "sslcert": "log in with a password",
    "sslkey": "log in with a password",
    "sslpassword": "log in with a password",
    "sslcrl": "leave it out",
    "sslcrldir": "leave it out",
    "sslcompression": "leave it out",
    "sslsni": "leave it out",
    "ssl_min_protocol_version": "leave it out, TLS 1.2 is the least",
    "ssl_max_protocol_version": "leave it out",
    "krbsrvname": "log in with a password",
    "gsslib": "log in with a password",
    "gssdelegation": "log in with a password",
    "require_auth": "leave it out",
    "requirepeer": "leave it out",
    "client_encoding": "leave it out, it is UTF-8",
    "fallback_application_name": "write application_name",
    "replication": "leave it out",
    "requiressl": "write sslmode=require",
};

/// What the URL says, and whose certificates are trusted; or what is wrong with it.
pub(super) fn read(url: &str) -> Result<(Config, Roots), &'static str> {
    let (place, parameters) = match url.split_once("://") {
        Some((_, rest)) if rest.contains(['?', '#']) => url.split_at(url.find(['?', '#']).unwrap_or(url.len())),
        _ => (url, ""),
    };
    // A password that is not written as a URL wants it is in part taken for a parameter, which errors would name.
    if parameters.contains('@') {
        return Err(ESCAPED);
    }
    let (mut kept, mut roots) = (Vec::new(), Roots::System);
    for parameter in parameters
        .trim_start_matches('?')
        .split('&')
        .filter(|one| !one.is_empty())
    {
        match parameter.split_once('=').unwrap_or((parameter, "")) {
            // Names are looked at whenever certificates are.
            ("sslmode", "verify-full" | "verify-ca") => kept.push("sslmode=require"),
            ("sslmode", "allow") => kept.push("sslmode=prefer"),
            ("sslrootcert", "system") => {}
            ("sslrootcert", file) => roots = Roots::File(decoded(file).ok_or(LOOKS_LIKE)?.into()),
            ("gssencmode", "require") => return Err(GSS),
            ("gssencmode", _) => {}
            (name, _) => match UNKNOWN.iter().find(|(unknown, _)| *unknown == name) {
                Some((_, sentence)) => return Err(sentence),
                None => kept.push(parameter),
            },
        }
    }
    let separator = if kept.is_empty() { "" } else { "?" };
    let config = format!("{place}{separator}{}", kept.join("&")).parse();
    config.map(|config| (config, roots)).map_err(|_| LOOKS_LIKE)
}

/// What a URL says there, as the driver reads it.
fn decoded(value: &str) -> Option<String> {
    let config: Config = format!("postgres://localhost?application_name={value}").parse().ok()?;
    config.get_application_name().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::SslMode;

    use super::*;

    #[test]
    fn what_is_not_known_here_is_named_and_what_may_be_a_password_is_not() {
        for (url, said) in [
            ("postgres://app@db.example/app?sslcert=a.pem", "sslcert"),
            (
                "postgres://app@db.example/app?sslmode=require&passfile=%2Fx",
                "passfile",
            ),
            ("postgres://app@db.example/app?gssencmode=require", "gssencmode"),
            ("postgres://app:hunter?2@db.example/app", "%3F"),
            ("postgres://app:hunter#2@db.example/app", "%23"),
            ("postgres://app:hunter@db.example:99999/app", "looks like"),
            ("postgres://app@db.example/app?hunter=2", "looks like"),
        ] {
            let sentence = read(url).unwrap_err();
            assert!(
                sentence.contains(said) && !sentence.contains("hunter"),
                "{url}: {sentence}"
            );
        }
    }

    #[test]
    fn what_consoles_hand_out_is_taken() {
        let own = Roots::File("/etc/ssl/my ca.pem".into());
        for (parameters, mode, roots) in [
            ("", SslMode::Prefer, Roots::System),
            ("?sslmode=verify-full", SslMode::Require, Roots::System),
            ("?sslmode=verify-ca&sslrootcert=system", SslMode::Require, Roots::System),
            ("?sslmode=disable&gssencmode=disable", SslMode::Disable, Roots::System),
            (
                "?sslrootcert=%2Fetc%2Fssl%2Fmy%20ca.pem&sslmode=verify-full",
                SslMode::Require,
                own,
            ),
        ] {
            let (config, trusted) = read(&format!("postgres://app:p@db.example:6432/app{parameters}")).unwrap();
            assert_eq!((config.get_ssl_mode(), trusted), (mode, roots), "{parameters}");
            assert_eq!((config.get_dbname(), config.get_ports()), (Some("app"), &[6432][..]));
        }
    }
}
