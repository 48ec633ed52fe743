//! The resource-server example checks tokens of a running `serve`, and of an issuer in another language.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: a failure is a panic"
)]

use std::path::Path;
use std::process::Command;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use support::{Serving, Setup, free_address};
use tower::ServiceExt as _;

#[allow(dead_code)]
#[path = "../../portcullis/examples/resource_server.rs"]
mod example;
#[path = "support/cli.rs"]
mod support;

const AUDIENCE: &str = "http://127.0.0.1:9000";

async fn ask(app: &Router, path: &str, token: Option<&str>) -> (StatusCode, Value) {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (status, body) = (answer.status(), answer.into_body().collect().await.unwrap().to_bytes());
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_a_running_server_are_taken_by_its_published_keys() {
    let (setup, address) = (Setup::new(), free_address());
    let issuer = format!("http://{address}");
    let folder = setup.path().to_str().expect("text").to_owned();
    let arguments = ["--listen", &address, "--issuer", &issuer, "--audience", AUDIENCE];
    let server = Serving::spawn(support::command(
        &[&["serve", "--data", &folder], &arguments[..]].concat(),
    ));
    let app = example::app(&issuer, AUDIENCE).await.expect("an issuer");
    assert_eq!(ask(&app, "/health/", None).await.0, 200);
    assert_eq!(ask(&app, "/me/", None).await.0, 401);
    let token = server
        .log_in("admin", &setup.password, "users:read")
        .expect("logged in");
    let (status, me) = ask(&app, "/me/", Some(&token)).await;
    assert_eq!(
        (status, me),
        (StatusCode::OK, json!({ "sub": "admin", "scopes": ["users:read"] }))
    );
    assert_eq!(ask(&app, "/reports/", Some(&token)).await.0, 200);
    let less = server.log_in("admin", &setup.password, "").expect("logged in");
    assert_eq!(ask(&app, "/reports/", Some(&less)).await.0, 401);
    assert_eq!(ask(&app, "/token", None).await.0, 404);
    let document = ask(&app, "/openapi.json", None).await.1;
    let flow = &document["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"];
    assert_eq!(flow["tokenUrl"], format!("{issuer}/token"));

    let other = Setup::new();
    let foreign = other.run(&["token", "issue", "admin"]).good();
    assert_eq!(ask(&app, "/me/", Some(foreign.trim())).await.0, 401);
}

/// Prints a key set and tokens of each kind of key, made by PyJWT and cryptography.
const ISSUER: &str = r#"
import base64, json, sys, time
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

issuer, audience = sys.argv[1:]
keys = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
published, tokens = [], {}
for algorithm, key in keys.items():
    kind = jwt.get_algorithm_by_name(algorithm)
    member = json.loads(kind.to_jwk(key.public_key()))
    member.update(kid=algorithm, use="sig")
    member.pop("key_ops", None)
    published.append(member)
    now = int(time.time())
    claims = {"iss": issuer, "aud": audience, "sub": "jane@example.com", "iat": now, "exp": now + 60}
    def token(key=key, **changed):
        headers = {"kid": algorithm, "typ": changed.pop("typ", "at+jwt")}
        return jwt.encode({**claims, **changed}, key, algorithm=algorithm, headers=headers)
    stranger = {"RS256": lambda: rsa.generate_private_key(65537, 2048),
                "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
                "EdDSA": ed25519.Ed25519PrivateKey.generate}[algorithm]()
    tokens[algorithm] = {
        "good": token(),
        "bad": [token(exp=now - 1), token(iss="https://other.example.com"), token(aud="other"),
                token(typ="JWT"), token(key=stranger)],
    }
print(json.dumps({"keys": {"keys": published}, "tokens": tokens}))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_an_issuer_in_another_language_are_taken_and_its_bad_ones_refused() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/foreign/venv/bin/python");
    if !python.exists() {
        eprintln!("left out: no PyJWT in target/foreign; run scripts/foreign-clients");
        return;
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let issuer = format!("http://{}", listener.local_addr().expect("an address"));
    let made = Command::new(python)
        .args(["-c", ISSUER, &issuer, AUDIENCE])
        .output()
        .expect("python runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
    let metadata = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks") });
    let (keys, metadata) = (made["keys"].to_string(), metadata.to_string());
    let published = Router::new()
        .route("/.well-known/openid-configuration", get(|| async { metadata }))
        .route("/jwks", get(|| async { keys }));
    tokio::spawn(async move { axum::serve(listener, published).await });

    let app = example::app(&issuer, AUDIENCE).await.expect("an issuer");
    let tokens = made["tokens"].as_object().expect("tokens");
    assert_eq!(tokens.len(), 3);
    for (algorithm, tokens) in tokens {
        let (status, me) = ask(&app, "/me/", tokens["good"].as_str()).await;
        assert_eq!(
            (status, &me["sub"]),
            (StatusCode::OK, &json!("jane@example.com")),
            "{algorithm}"
        );
        for bad in tokens["bad"].as_array().expect("a list") {
            assert_eq!(ask(&app, "/me/", bad.as_str()).await.0, 401, "{algorithm}: {bad}");
        }
    }
}
