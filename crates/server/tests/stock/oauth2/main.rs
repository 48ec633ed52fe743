//! Log in, refresh, ask, revoke: the `oauth2` crate as it is, against the server of the first argument (`host:port`).

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use oauth2::basic::{BasicClient, BasicErrorResponseType};
use oauth2::http::{self, header::CONTENT_TYPE};
use oauth2::{
    AccessToken, AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse, IntrospectionUrl, RequestTokenError,
    ResourceOwnerPassword, ResourceOwnerUsername, RevocationUrl, Scope, StandardRevocableToken,
    TokenIntrospectionResponse as _, TokenResponse as _, TokenUrl,
};

/// Carries a request over a plain connection, whatever its scheme: the crate revokes by https alone.
fn send(request: HttpRequest) -> io::Result<HttpResponse> {
    let (head, body) = request.into_parts();
    let host = head.uri.authority().map(ToString::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(&host)?;
    let length = body.len();
    write!(stream, "{} {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n", head.method, head.uri.path())?;
    write!(stream, "Content-Length: {length}\r\n")?;
    for (name, value) in &head.headers {
        write!(stream, "{name}: {}\r\n", value.to_str().map_err(io::Error::other)?)?;
    }
    stream.write_all(&[b"\r\n", &*body].concat())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| io::Error::other("no head"))?;
    let status = head.get(9..12).unwrap_or_default();
    let kind = head.lines().find_map(|line| line.strip_prefix("content-type: "));
    let response = http::Response::builder().status(status);
    let response = kind.into_iter().fold(response, |response, kind| response.header(CONTENT_TYPE, kind));
    response.body(body.into()).map_err(io::Error::other)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, password, web_secret, svc_secret] = &*arguments else {
        return Err("wants host, password and the secrets of web and svc".into());
    };
    let client = |id: &str, secret: Option<&String>, way| {
        let client = BasicClient::new(ClientId::new(id.to_owned()))
            .set_auth_type(way)
            .set_token_uri(TokenUrl::new(format!("http://{host}/token"))?)
            .set_introspection_url(IntrospectionUrl::new(format!("http://{host}/introspect"))?)
            .set_revocation_url(RevocationUrl::new(format!("https://{host}/revoke"))?);
        let with_secret = |secret: &String| client.clone().set_client_secret(ClientSecret::new(secret.clone()));
        Ok::<_, Box<dyn Error>>(secret.map_or_else(|| client.clone(), with_secret))
    };
    let svc = client("svc", Some(svc_secret), AuthType::BasicAuth)?;
    let is_active = |token: &AccessToken| -> Result<bool, Box<dyn Error>> {
        let told = svc.introspect(token).request(&send)?;
        assert_eq!(told.username(), told.active().then_some("admin"));
        Ok(told.active())
    };
    let name = ResourceOwnerUsername::new("admin".to_owned());
    let password = ResourceOwnerPassword::new(password.clone());
    let scope = Scope::new("users:read".to_owned());

    // A secret in the header, a secret in the form, none.
    for web in [
        client("web", Some(web_secret), AuthType::BasicAuth)?,
        client("web", Some(web_secret), AuthType::RequestBody)?,
        client("page", None, AuthType::RequestBody)?,
    ] {
        let asked = web.exchange_password(&name, &password).add_scope(scope.clone());
        let first = asked.request(&send)?;
        assert_eq!(first.scopes(), Some(&vec![scope.clone()]));
        assert!(first.expires_in().is_some() && is_active(first.access_token())?);
        let refresh_token = first.refresh_token().ok_or("no refresh token")?;
        let second = web.exchange_refresh_token(refresh_token).request(&send)?;
        let successor = second.refresh_token().ok_or("no refresh token")?;
        assert_ne!(successor.secret(), refresh_token.secret());
        assert!(is_active(second.access_token())?);
        let gone = StandardRevocableToken::RefreshToken(successor.clone());
        web.revoke_token(gone)?.request(&send)?;
        assert!(!is_active(first.access_token())? && !is_active(second.access_token())?);
        let Err(RequestTokenError::ServerResponse(refused)) = web.exchange_refresh_token(successor).request(&send) else {
            return Err("a session that ended was refreshed".into());
        };
        assert_eq!(refused.error(), &BasicErrorResponseType::InvalidGrant);
    }

    // A machine for itself.
    let own = svc.exchange_client_credentials().add_scope(scope).request(&send)?;
    assert!(own.refresh_token().is_none());
    assert!(svc.introspect(own.access_token()).request(&send)?.active());
    svc.revoke_token(StandardRevocableToken::AccessToken(own.access_token().clone()))?.request(&send)?;
    assert!(!svc.introspect(own.access_token()).request(&send)?.active());
    let stranger = client("svc", Some(web_secret), AuthType::BasicAuth)?;
    let Err(RequestTokenError::ServerResponse(refused)) = stranger.exchange_client_credentials().request(&send) else {
        return Err("a wrong secret was taken".into());
    };
    assert_eq!(refused.error(), &BasicErrorResponseType::InvalidClient);
    println!("good");
    Ok(())
}
