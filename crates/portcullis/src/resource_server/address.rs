//! Which addresses are fetched from, and where an issuer's metadata stand.

use std::net::IpAddr;

use http::Uri;

use super::FetchError;

/// The address, if it may be fetched from: https anywhere, plain http on this machine alone.
pub(super) fn allowed(text: &str) -> Result<Uri, FetchError> {
    let uri: Uri = text.parse().map_err(|_| FetchError::Address)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(FetchError::Address);
    };
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return Err(FetchError::Address);
    }
    match scheme {
        "https" => Ok(uri),
        "http" if is_loopback(authority.host()) => Ok(uri),
        "http" => Err(FetchError::PlainHttp),
        _ => Err(FetchError::Address),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Where the metadata of an issuer may stand: RFC 8414 §3.1 puts the well-known part between host and path, OpenID
/// Connect Discovery §4 behind the path.
pub(super) fn metadata_of(issuer: &str) -> Result<[String; 2], FetchError> {
    let uri = allowed(issuer)?;
    if uri.query().is_some() {
        return Err(FetchError::Address);
    }
    let bare = issuer.trim_end_matches('/');
    let path = uri.path().trim_end_matches('/');
    let root = bare.strip_suffix(path).unwrap_or(bare);
    Ok([
        format!("{root}/.well-known/oauth-authorization-server{path}"),
        format!("{bare}/.well-known/openid-configuration"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_beyond_this_machine_and_other_schemes_are_refused() {
        for bad in [
            "http://login.example.com",
            "http://127.0.0.1.example.com/",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "http://[::2]/",
        ] {
            assert!(matches!(allowed(bad), Err(FetchError::PlainHttp)), "{bad}");
        }
        for bad in [
            "",
            "/keys",
            "ftp://example.com/",
            "https://me@example.com/",
            "file:///etc/passwd",
            "https://",
        ] {
            assert!(matches!(allowed(bad), Err(FetchError::Address)), "{bad}");
        }
        for good in [
            "https://example.com",
            "http://127.0.0.1:8000/a",
            "http://localhost:1",
            "http://[::1]:8000",
        ] {
            assert!(allowed(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn metadata_stand_between_host_and_path_or_behind_the_path() {
        let [oauth, openid] = metadata_of("https://example.com/tenant/").expect("an issuer");
        assert_eq!(
            oauth,
            "https://example.com/.well-known/oauth-authorization-server/tenant"
        );
        assert_eq!(openid, "https://example.com/tenant/.well-known/openid-configuration");
        let [oauth, openid] = metadata_of("http://127.0.0.1:8000").expect("an issuer");
        assert_eq!(oauth, "http://127.0.0.1:8000/.well-known/oauth-authorization-server");
        assert_eq!(openid, "http://127.0.0.1:8000/.well-known/openid-configuration");
        assert!(metadata_of("https://example.com/?x=1").is_err());
    }
}
