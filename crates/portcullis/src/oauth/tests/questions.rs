//! `POST /revoke`, `POST /introspect`, `GET /verify`, `GET /revocations`, and what is said of them.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::HttpBody;
use bytes::Bytes;
use hyper::body::Frame;

use super::*;

/// A body that was promised.
struct NeverComes;

impl HttpBody for NeverComes {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn what_is_asked_of_no_token_is_an_invalid_request() {
    for answers in [Answers::rfc(), Answers::fastapi()] {
        let house = house(answers).await;
        let long = format!("token={}", "x".repeat(9_000));
        for path in ["/revoke", "/introspect"] {
            for form in [
                "",
                "token=",
                "token=a&token=a",
                "token=%ff",
                "token=a&client_id=a&client_id=a",
                &long,
            ] {
                let answer = house.post(path, Some(&house.job), form).await;
                assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{path} {form}");
            }
            assert_eq!(
                house.get(path, None).await.status,
                StatusCode::METHOD_NOT_ALLOWED,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn only_a_client_that_proves_who_it_is_learns_of_tokens() {
    let house = house(Answers::rfc()).await;
    let token = house.log_in("").await.member("access_token");
    for (header, form) in [
        (None, ""),
        (None, "client_id=web"),
        (None, "client_id=job"),
        (Some("Basic am9iOndyb25n"), ""),
        (Some(format!("Bearer {token}").as_str()), ""),
    ] {
        let answer = house
            .post("/introspect", header, &format!("token={token}&{form}"))
            .await;
        assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{header:?} {form}");
    }
}

#[tokio::test]
async fn of_a_token_that_is_not_good_nothing_is_told_but_that() {
    let house = house(Answers::rfc()).await;
    let login = house.log_in("").await;
    let ended = house.log_in("").await;
    let revoked = house
        .post("/revoke", None, &format!("token={}", ended.member("refresh_token")))
        .await;
    assert_eq!((revoked.status, revoked.text.as_str()), (StatusCode::OK, ""));
    let cut = login.member("access_token")[1..].to_owned();
    for token in [
        cut,
        "x".into(),
        ended.member("access_token"),
        ended.member("refresh_token"),
    ] {
        for hint in ["", "&token_type_hint=access_token", "&token_type_hint=nonsense"] {
            let answer = house
                .post("/introspect", Some(&house.job), &format!("token={token}{hint}"))
                .await;
            assert_eq!(
                (answer.status, answer.json()),
                (StatusCode::OK, json!({"active": false})),
                "{token}"
            );
            assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
        }
    }
}

#[tokio::test]
async fn of_a_good_token_it_is_told_what_it_is_good_for() {
    let house = house(Answers::rfc()).await;
    let login = house.log_in("client_id=web&scope=items").await;
    let of = async |token: &str| {
        house
            .post("/introspect", Some(&house.job), &format!("token={token}"))
            .await
            .json()
    };
    let access = of(&login.member("access_token")).await;
    for (name, value) in [
        ("active", json!(true)),
        ("scope", json!("items")),
        ("client_id", json!("web")),
        ("username", json!("johndoe")),
        ("sub", json!("johndoe")),
        ("iss", json!(ISSUER)),
        ("token_type", json!("Bearer")),
    ] {
        assert_eq!(access[name], value, "{name} of {access}");
    }
    assert!(access["exp"].as_u64() > access["iat"].as_u64() && access["jti"].is_string());
    let refresh = of(&login.member("refresh_token")).await;
    assert_eq!(
        (&refresh["active"], &refresh["sid"], refresh.get("token_type")),
        (&json!(true), &access["sid"], None)
    );
    assert_eq!(
        house
            .refresh(&login.member("refresh_token"), "client_id=web")
            .await
            .status,
        StatusCode::OK
    );
    let machine = house
        .post("/token", Some(&house.job), "grant_type=client_credentials&scope=items")
        .await;
    let machine = of(&machine.member("access_token")).await;
    assert_eq!(
        (&machine["client_id"], machine.get("username"), &machine["sub"]),
        (&json!("job"), None, &json!("client:job"))
    );
}

#[tokio::test]
async fn another_clients_token_is_not_ended_and_an_unknown_one_is_no_error() {
    let house = house(Answers::rfc()).await;
    let login = house.log_in("client_id=web").await;
    for token in [login.member("access_token"), login.member("refresh_token")] {
        for (header, form) in [(None, ""), (None, "&client_id=other"), (Some(house.job.as_str()), "")] {
            let answer = house.post("/revoke", header, &format!("token={token}{form}")).await;
            assert_eq!(answer.refusal(), (400, "invalid_grant".into()), "{form}");
        }
    }
    assert_eq!(house.guarded(&login.member("access_token")).await, StatusCode::OK);
    for unknown in ["x", "pcr_x", "a.b.c"] {
        let answer = house
            .post("/revoke", None, &format!("token={unknown}&token_type_hint=x"))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{unknown}");
    }
}

#[tokio::test]
async fn an_access_token_ends_alone_and_a_refresh_token_with_its_session() {
    let house = house(Answers::rfc()).await;
    let login = house.log_in("client_id=web").await;
    let revoke = async |token: &str| {
        let form = format!("token={token}&client_id=web");
        assert_eq!(house.post("/revoke", None, &form).await.status, StatusCode::OK);
    };
    revoke(&login.member("access_token")).await;
    assert_eq!(
        house.guarded(&login.member("access_token")).await,
        StatusCode::UNAUTHORIZED
    );
    let next = house.refresh(&login.member("refresh_token"), "client_id=web").await;
    assert_eq!(house.guarded(&next.member("access_token")).await, StatusCode::OK);
    revoke(&next.member("refresh_token")).await;
    assert_eq!(
        house.guarded(&next.member("access_token")).await,
        StatusCode::UNAUTHORIZED
    );
    let after = house.refresh(&next.member("refresh_token"), "client_id=web").await;
    assert_eq!(after.refusal(), (400, "invalid_grant".into()));
    let machine = house
        .post("/token", Some(&house.job), "grant_type=client_credentials&scope=items")
        .await;
    let token = machine.member("access_token");
    let answer = house.post("/revoke", Some(&house.job), &format!("token={token}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        house.get("/machine", Some(&format!("Bearer {token}"))).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn who_has_no_good_token_does_not_pass_the_proxy_and_learns_why() {
    for answers in [Answers::rfc(), Answers::fastapi()] {
        let house = house(answers).await;
        let me = format!("Bearer {}", house.log_in("scope=me").await.member("access_token"));
        for (path, token, status) in [
            ("/verify", None, 401),
            ("/verify", Some("Basic YTpi"), 401),
            ("/verify", Some("Bearer x"), 401),
            ("/verify?scope=items", Some("Bearer x"), 401),
            ("/verify?scope=items", Some(me.as_str()), 403),
            ("/verify?scope=me+items", Some(me.as_str()), 403),
        ] {
            let answer = house.get(path, token).await;
            assert_eq!(answer.status.as_u16(), status, "{path} {token:?}");
            assert!(
                answer.headers[WWW_AUTHENTICATE].to_str().unwrap().starts_with("Bearer"),
                "{path}"
            );
        }
        for path in ["/verify?scope=me&scope=me", "/verify?scope=%22"] {
            assert_eq!(
                house.get(path, Some(&me)).await.status,
                StatusCode::BAD_REQUEST,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn who_has_a_good_token_passes_the_proxy_and_is_named() {
    let house = house(Answers::fastapi()).await;
    let login = house.log_in("scope=me+items").await;
    let token = format!("Bearer {}", login.member("access_token"));
    let answer = house.get("/verify?scope=items&uri=/x", Some(&token)).await;
    let named = |answer: &Answer, name: &str| {
        let value = answer.headers.get(format!("x-auth-request-{name}"));
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""));
    assert_eq!(named(&answer, "user").as_deref(), Some("johndoe"));
    assert_eq!(named(&answer, "scopes").as_deref(), Some("me items"));
    let asked = format!("token={}", login.member("access_token"));
    let told = house.post("/introspect", Some(&house.job), &asked).await;
    assert_eq!(named(&answer, "session"), Some(told.member("sid")));
    assert_eq!(named(&answer, "client"), None);
    let machine = house
        .post("/token", Some(&house.job), "grant_type=client_credentials&scope=items")
        .await;
    let answer = house
        .get("/verify", Some(&format!("Bearer {}", machine.member("access_token"))))
        .await;
    assert_eq!(
        (named(&answer, "client").as_deref(), named(&answer, "user")),
        (Some("job"), None)
    );
}

#[tokio::test]
async fn a_proxy_asks_by_the_method_of_the_request_and_hears_the_same() {
    for answers in [Answers::rfc(), Answers::fastapi()] {
        let house = house(answers).await;
        let me = format!("Bearer {}", house.log_in("scope=me").await.member("access_token"));
        let ask = async |method: &str, path: &str, token: Option<&str>| {
            let mut request = Request::builder().method(method).uri(path);
            if let Some(token) = token {
                request = request.header(AUTHORIZATION, token);
            }
            let mut answer = house.ask(request.body(Body::new(NeverComes)).unwrap()).await;
            answer.headers.remove(http::header::CONTENT_LENGTH);
            answer
        };
        for (path, token, status) in [
            ("/verify?scope=me", None, 401),
            ("/verify?scope=me", Some("Bearer x"), 401),
            ("/verify?scope=items", Some(me.as_str()), 403),
            ("/verify?scope=me&scope=me", Some(me.as_str()), 400),
            ("/verify?scope=me", Some(me.as_str()), 200),
        ] {
            let by_get = ask("GET", path, token).await;
            assert_eq!(by_get.status.as_u16(), status, "{path} {token:?}");
            for method in ["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
                let answer = ask(method, path, token).await;
                assert_eq!(
                    (answer.status, &answer.headers),
                    (by_get.status, &by_get.headers),
                    "{method} {path}"
                );
                assert_eq!(
                    answer.text,
                    if method == "HEAD" { "" } else { &by_get.text },
                    "{method} {path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_preflight_that_a_proxy_hands_on_is_no_preflight_of_ours() {
    let origin = "https://app.example.com";
    let cors = || crate::Cors::origins([origin]).unwrap();
    let preflight = async |app: Router, path: &str| {
        let request = Request::options(path)
            .header(http::header::ORIGIN, origin)
            .header(http::header::ACCESS_CONTROL_REQUEST_METHOD, "DELETE");
        app.oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
            .status()
    };
    let auth = auth_of().sessions(MemorySessions::new()).build().unwrap();
    let app = auth.front().cors(cors()).mount(ApiRouter::new());
    assert_eq!(preflight(app.clone(), "/verify").await, StatusCode::UNAUTHORIZED);
    assert_eq!(preflight(app, "/revoke").await, StatusCode::NO_CONTENT);
    // An application's own route of that name is like any other.
    let own = ApiRouter::new().api_route("/verify", get(async || "ours"));
    let app = auth_of().build().unwrap().front().cors(cors()).mount(own);
    assert_eq!(preflight(app, "/verify").await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn what_ended_is_told_to_clients_that_may_follow() {
    let house = house(Answers::rfc()).await;
    for (header, expected) in [
        (None, (401, "invalid_client")),
        (Some(house.job.as_str()), (400, "unauthorized_client")),
        (Some("Bearer x"), (401, "invalid_token")),
    ] {
        let (status, error) = house.get("/revocations", header).await.refusal();
        assert_eq!((status, error.as_str()), expected, "{header:?}");
    }
    for query in ["wait=26", "wait=-1", "wait=x"] {
        let answer = house.get(&format!("/revocations?{query}"), Some(&house.api)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
    let form = "grant_type=client_credentials&scope=revocations:read";
    let token = house
        .post("/token", Some(&house.api), form)
        .await
        .member("access_token");
    for header in [house.api.clone(), format!("Bearer {token}")] {
        let answer = house.get("/revocations?wait=0", Some(&header)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.headers[CONTENT_TYPE], "application/jwt");
        assert_eq!(answer.text.split('.').count(), 3);
    }
}

#[tokio::test]
async fn the_metadata_say_what_is_on_and_each_thing_they_name_is_there() {
    let house = house(Answers::rfc()).await;
    let metadata = house.get("/.well-known/oauth-authorization-server", None).await.json();
    let grants = json!(["password", "refresh_token", "client_credentials"]);
    assert_eq!(metadata["grant_types_supported"], grants);
    for name in ["token_endpoint", "revocation_endpoint", "introspection_endpoint"] {
        let path = metadata[name]
            .as_str()
            .and_then(|address| address.strip_prefix(ISSUER))
            .unwrap();
        let refused = house.post(path, None, "").await;
        assert_eq!(refused.refusal(), (400, "invalid_request".into()), "{name}");
    }
    assert_eq!(metadata["revocations_endpoint"], format!("{ISSUER}/revocations"));
    let methods = json!(["client_secret_basic", "client_secret_post", "private_key_jwt"]);
    assert_eq!(metadata["introspection_endpoint_auth_methods_supported"], methods);
    let secret = house
        .job
        .strip_prefix("Basic ")
        .map(|pair| STANDARD.decode(pair).unwrap())
        .unwrap();
    let secret = String::from_utf8(secret)
        .unwrap()
        .split_once(':')
        .map(|(_, secret)| secret.to_owned())
        .unwrap();
    let posted = format!("token=x&client_id=job&client_secret={secret}");
    for (header, form) in [(Some(house.job.as_str()), "token=x"), (None, posted.as_str())] {
        assert_eq!(
            house.post("/introspect", header, form).await.json(),
            json!({"active": false}),
            "{form}"
        );
    }
}

#[tokio::test]
async fn the_document_shows_the_routes_their_locks_and_answers() {
    let document = house(Answers::rfc()).await.get("/openapi.json", None).await.json();
    let flows = &document["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"];
    let addresses = |flow: &str| (flows[flow]["tokenUrl"].clone(), flows[flow]["refreshUrl"].clone());
    assert_eq!(addresses("password"), (json!("token"), json!("token")));
    assert_eq!(
        addresses("clientCredentials"),
        (json!("token"), Value::Null),
        "for machines"
    );
    for (path, method) in [
        ("/token", "post"),
        ("/revoke", "post"),
        ("/introspect", "post"),
        ("/revocations", "get"),
    ] {
        let responses = &document["paths"][path][method]["responses"];
        for status in ["200", "400", "401", "503"] {
            assert!(responses[status].is_object(), "{path} {status}: {responses}");
        }
        assert_eq!(responses["422"].is_object(), path == "/revocations", "{path}");
    }
    let verify = &document["paths"]["/verify"]["get"];
    assert!(verify["security"].is_array() && verify["responses"]["403"].is_object());
    assert!(verify["responses"].get("422").is_none());
}

#[tokio::test]
async fn a_token_for_others_opens_nothing_here_and_is_told_of_and_ended_all_the_same() {
    let house = house(Answers::rfc()).await;
    let token = house.log_in("client_id=far").await.member("access_token");
    assert_eq!(house.guarded(&token).await, StatusCode::UNAUTHORIZED);
    let of = async || {
        house
            .post("/introspect", Some(&house.job), &format!("token={token}"))
            .await
            .json()
    };
    let told = of().await;
    assert_eq!(
        (&told["active"], &told["aud"], &told["username"]),
        (&json!(true), &json!(["https://far.example.com"]), &json!("johndoe"))
    );
    let ended = house
        .post("/revoke", None, &format!("token={token}&client_id=far"))
        .await;
    assert_eq!((ended.status, of().await), (StatusCode::OK, json!({"active": false})));
}

#[tokio::test]
async fn nobody_passes_whose_name_would_be_anothers_in_a_header() {
    let house = house(Answers::fastapi()).await;
    for name in ["johndoe ", " johndoe", "johndoe\u{3000}"] {
        let form = format!("grant_type=password&username={name}&password=secret");
        let login = house.post("/token", None, &form).await;
        let token = format!("Bearer {}", login.member("access_token"));
        let answer = house.get("/verify", Some(&token)).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{name:?}");
        assert!(!answer.headers.contains_key("x-auth-request-user"), "{name:?}");
    }
}

#[tokio::test]
async fn a_user_named_like_a_thing_or_a_client_is_told_as_the_token_says() {
    for auth in [auth_of(), auth_of().prefixed_subjects()] {
        let house = house_of(auth, Answers::rfc()).await;
        let machine = house
            .post("/token", Some(&house.job), "grant_type=client_credentials&scope=items")
            .await;
        let mut tokens = vec![(machine.member("access_token"), None)];
        for name in ["johndoe", "car:42", "client:job"] {
            let form = format!("grant_type=password&client_id=web&username={name}&password=secret");
            let login = house.post("/token", None, &form).await;
            tokens.push((login.member("access_token"), Some(login.member("refresh_token"))));
        }
        let mut subjects = Vec::new();
        for (access, refresh) in tokens {
            let claims = URL_SAFE_NO_PAD.decode(access.split('.').nth(1).unwrap()).unwrap();
            let claims: Value = serde_json::from_slice(&claims).unwrap();
            for token in std::iter::once(access).chain(refresh) {
                let told = house
                    .post("/introspect", Some(&house.job), &format!("token={token}"))
                    .await;
                assert_eq!(told.json()["sub"], claims["sub"], "{}", told.text);
            }
            subjects.push(claims["sub"].as_str().unwrap().to_owned());
        }
        subjects.sort();
        subjects.dedup();
        assert_eq!(subjects.len(), 4, "{subjects:?}");
    }
}
