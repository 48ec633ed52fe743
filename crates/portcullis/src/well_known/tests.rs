use axum::Router;
use axum::body::{Body, to_bytes};
use http::Request;
use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, MemoryClients, MemorySessions, MemoryUsers};
use tower::ServiceExt as _;

use http::header::IF_NONE_MATCH;

use super::*;
use crate::mount::Mount as _;

fn app(issuer: Option<&str>) -> Router {
    let key = SigningKey::hs256([7; 32])
        .expect("a key")
        .with_key_id("1")
        .expect("an id");
    let mut builder = Auth::<Account>::builder(key, MemoryUsers::new());
    if let Some(issuer) = issuer {
        builder = builder.issuer(issuer);
    }
    let auth = builder.build().expect("an Auth");
    auth.mount(well_known(&auth, Duration::from_secs(300)))
}

async fn get(app: &Router, path: &str, known: Option<&str>) -> Response {
    let mut request = Request::get(path);
    if let Some(known) = known {
        request = request.header(IF_NONE_MATCH, known);
    }
    let request = request.body(Body::empty()).expect("a request");
    app.clone().oneshot(request).await.expect("an answer")
}

async fn json(response: Response) -> Value {
    let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    serde_json::from_slice(&body).expect("JSON")
}

#[tokio::test]
async fn an_issuer_that_is_no_address_has_no_metadata() {
    for issuer in [
        None,
        Some("portcullis"),
        Some("ftp://a.example"),
        Some("https://a.example/?q"),
        Some("https://a.example/#f"),
        Some("/path"),
    ] {
        let answer = get(&app(issuer), METADATA, None).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{issuer:?}");
    }
}

#[tokio::test]
async fn the_metadata_say_the_issuer_as_it_stands_in_tokens_and_where_everything_is() {
    let app = app(Some("https://login.example.com/"));
    let answer = get(&app, METADATA, None).await;
    assert_eq!(answer.headers()[CACHE_CONTROL], "public, max-age=300");
    let metadata = json(answer).await;
    assert_eq!(metadata["issuer"], "https://login.example.com/");
    assert_eq!(metadata["token_endpoint"], "https://login.example.com/token");
    assert_eq!(metadata["jwks_uri"], "https://login.example.com/.well-known/jwks.json");
    assert_eq!(metadata["grant_types_supported"], serde_json::json!(["password"]));
}

#[tokio::test]
async fn an_issuer_with_a_path_has_its_metadata_where_rfc_8414_puts_them() {
    let app = app(Some("https://example.com/login"));
    for path in [METADATA.to_owned(), format!("{METADATA}/login")] {
        let metadata = json(get(&app, &path, None).await).await;
        assert_eq!(metadata["token_endpoint"], "https://example.com/login/token");
    }
}

#[tokio::test]
async fn the_keys_may_be_kept_for_a_while_and_asked_for_by_their_tag() {
    let app = app(None);
    let whole = get(&app, KEY_SET, None).await;
    assert_eq!(whole.headers()[CACHE_CONTROL], "public, max-age=300");
    assert_eq!(whole.headers()[CONTENT_TYPE], "application/jwk-set+json");
    let tag = whole.headers()[ETAG].to_str().expect("text").to_owned();
    for other in ["\"other\"", "other", "W/\"x\", \"y\"", ""] {
        assert_eq!(
            get(&app, KEY_SET, Some(other)).await.status(),
            StatusCode::OK,
            "{other}"
        );
    }
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()] {
        let unchanged = get(&app, KEY_SET, Some(&known)).await;
        assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(unchanged.headers()[ETAG], tag.as_str());
    }
}

#[tokio::test]
async fn a_shared_secret_is_never_among_the_public_keys() {
    let keys = json(get(&app(None), KEY_SET, None).await).await;
    assert_eq!(keys, serde_json::json!({ "keys": [] }));
}

#[tokio::test]
async fn under_a_shared_secret_nothing_is_claimed_that_nobody_could_check() {
    let (key, sessions) = (SigningKey::hs256([7; 32]).expect("a key"), MemorySessions::new());
    let auth = Auth::<Account>::builder(key, MemoryUsers::new())
        .issuer("https://login.example.com")
        .clients(MemoryClients::new().with_revocations(sessions.clone()))
        .sessions(sessions)
        .build()
        .expect("an Auth");
    let app = auth.mount(well_known(&auth, Duration::ZERO));
    let metadata = json(get(&app, METADATA, None).await).await;
    assert!(metadata["introspection_endpoint"].is_string() && metadata.get("revocations_endpoint").is_none());
}

#[tokio::test]
async fn behind_a_proxy_that_takes_a_path_off_every_address_leads_here() {
    let key = SigningKey::generate(portcullis_core::jose::Algorithm::EdDSA).expect("a key");
    let sessions = MemorySessions::new();
    let auth = Auth::<Account>::builder(key, MemoryUsers::new())
        .issuer("https://login.example.com")
        .public_url("https://login.example.com/auth/")
        .clients(MemoryClients::new().with_revocations(sessions.clone()))
        .sessions(sessions)
        .build()
        .expect("an Auth");
    let app = auth.mount(well_known(&auth, Duration::ZERO));
    let metadata = json(get(&app, METADATA, None).await).await;
    assert_eq!(metadata["issuer"], "https://login.example.com");
    let members = metadata.as_object().expect("an object").iter();
    let addresses = members.filter(|(name, _)| name.ends_with("_endpoint") || name.ends_with("_uri"));
    let addresses: Vec<&str> = addresses.filter_map(|(_, address)| address.as_str()).collect();
    assert!(metadata["revocations_endpoint"].is_string());
    assert!(addresses.len() >= 5, "{addresses:?}");
    for address in addresses {
        let path = address.strip_prefix("https://login.example.com/auth").expect(address);
        let answer = get(&app, path, None).await;
        assert_ne!(answer.status(), StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn of_an_issuer_elsewhere_no_metadata_are_made_up() {
    let key = SigningKey::hs256([7; 32]).expect("a key");
    let keys = portcullis_core::Keys::verifying(key.verifying_key().into());
    let auth: Auth = portcullis_core::ResourceServer::new("https://login.example.com", keys).build();
    let app = auth.mount(well_known(&auth, Duration::ZERO));
    assert_eq!(get(&app, METADATA, None).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(get(&app, KEY_SET, None).await.status(), StatusCode::OK);
}
