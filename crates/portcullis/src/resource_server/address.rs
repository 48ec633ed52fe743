//! Which addresses are fetched from, and where an issuer's metadata stand.

use std::net::IpAddr;

use http::Uri;

use super::FetchError;

/// The hosts, beside this machine, that are fetched from by plain http because the application named them.
#[derive(Debug, Clone, Default)]
pub(super) struct PlainHosts(Vec<String>);

impl PlainHosts {
    pub(super) fn add(&mut self, host: &str) {
        self.0.push(bare(host).to_ascii_lowercase());
    }

    fn has(&self, host: &str) -> bool {
        self.0.iter().any(|named| named.eq_ignore_ascii_case(bare(host)))
    }

    /// The address, if it may be fetched from: https anywhere, plain http on this machine and the named hosts alone.
    pub(super) fn allowed(&self, text: &str) -> Result<Uri, FetchError> {
        let uri: Uri = text.parse().map_err(|_| FetchError::Address)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(FetchError::Address);
        };
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(FetchError::Address);
        }
        match scheme {
            "https" => Ok(uri),
            "http" if is_loopback(authority.host()) || self.has(authority.host()) => Ok(uri),
            "http" => Err(FetchError::PlainHttp),
            _ => Err(FetchError::Address),
        }
    }

    /// The address of a key set, if metadata from `from` may lead to it. Who answers on https must not lead to what
    /// listens on this machine alone.
    pub(super) fn allowed_from(&self, from: &str, text: &str) -> Result<(), FetchError> {
        let uri = self.allowed(text)?;
        let plain = |uri: &Uri| uri.scheme_str() == Some("http");
        let named = uri.host().is_some_and(|host| self.has(host));
        if !plain(&uri) || named || plain(&self.allowed(from)?) {
            return Ok(());
        }
        Err(FetchError::PlainHttp)
    }

    /// Where the metadata of an issuer may stand: RFC 8414 §3.1 puts the well-known part between host and path, OpenID
    /// Connect Discovery §4 behind the path. An issuer behind a proxy that takes its path off reaches nothing but what is behind
    /// the path, under either name.
    pub(super) fn metadata_of(&self, issuer: &str) -> Result<Vec<String>, FetchError> {
        let uri = self.allowed(issuer)?;
        if uri.query().is_some() {
            return Err(FetchError::Address);
        }
        let bare = issuer.trim_end_matches('/');
        let path = uri.path().trim_end_matches('/');
        let root = bare.strip_suffix(path).unwrap_or(bare);
        let mut places = vec![
            format!("{root}/.well-known/oauth-authorization-server{path}"),
            format!("{bare}/.well-known/openid-configuration"),
        ];
        if !path.is_empty() {
            places.push(format!("{bare}/.well-known/oauth-authorization-server"));
        }
        Ok(places)
    }
}

fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || bare(host).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keycloak() -> PlainHosts {
        let mut hosts = PlainHosts::default();
        hosts.add("Keycloak");
        hosts
    }

    #[test]
    fn plain_http_beyond_this_machine_and_other_schemes_are_refused() {
        let hosts = PlainHosts::default();
        for bad in [
            "http://login.example.com",
            "http://127.0.0.1.example.com/",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "http://[::2]/",
            "http://keycloak:8080/",
        ] {
            assert!(matches!(hosts.allowed(bad), Err(FetchError::PlainHttp)), "{bad}");
        }
        for bad in [
            "",
            "/keys",
            "ftp://example.com/",
            "https://me@example.com/",
            "file:///etc/passwd",
            "https://",
        ] {
            assert!(matches!(hosts.allowed(bad), Err(FetchError::Address)), "{bad}");
        }
        for good in [
            "https://example.com",
            "http://127.0.0.1:8000/a",
            "http://localhost:1",
            "http://[::1]:8000",
        ] {
            assert!(hosts.allowed(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_host_that_was_named_is_fetched_from_by_plain_http_and_no_other() {
        for good in ["http://keycloak:8080/realms/x", "http://KEYCLOAK/"] {
            assert!(keycloak().allowed(good).is_ok(), "{good}");
        }
        for bad in [
            "http://keycloak.example.com/",
            "http://keycloa/",
            "http://x.keycloak/",
            "http://keycloak@evil/",
        ] {
            assert!(keycloak().allowed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_issuer_on_https_leads_to_no_plain_http_on_this_machine() {
        let plain = ["http://127.0.0.1:9000/keys", "http://localhost/", "http://[::1]/keys"];
        for inner in plain {
            let led = |from| keycloak().allowed_from(from, inner);
            assert!(
                matches!(led("https://login.example.com/m"), Err(FetchError::PlainHttp)),
                "{inner}"
            );
            assert!(led("http://127.0.0.1:8000/m").is_ok(), "{inner}");
        }
        assert!(
            keycloak()
                .allowed_from("https://login.example.com/m", "http://keycloak/keys")
                .is_ok()
        );
        assert!(
            keycloak()
                .allowed_from("http://keycloak/m", "http://example.com/keys")
                .is_err()
        );
        assert!(
            keycloak()
                .allowed_from("http://keycloak/m", "https://example.com/keys")
                .is_ok()
        );
    }

    #[test]
    fn metadata_stand_between_host_and_path_or_behind_the_path() {
        let metadata_of = |issuer| PlainHosts::default().metadata_of(issuer);
        let known = |issuer| metadata_of(issuer).expect("an issuer");
        assert_eq!(
            known("https://example.com/tenant/"),
            [
                "https://example.com/.well-known/oauth-authorization-server/tenant",
                "https://example.com/tenant/.well-known/openid-configuration",
                "https://example.com/tenant/.well-known/oauth-authorization-server",
            ]
        );
        assert_eq!(
            known("http://127.0.0.1:8000"),
            [
                "http://127.0.0.1:8000/.well-known/oauth-authorization-server",
                "http://127.0.0.1:8000/.well-known/openid-configuration",
            ]
        );
        assert!(metadata_of("https://example.com/?x=1").is_err());
    }
}
