//! Logins that are throttled, over HTTP.

use std::sync::atomic::{AtomicU64, Ordering};

use http::header::{COOKIE, RETRY_AFTER, SET_COOKIE};
use portcullis_core::MemoryThrottle;
use portcullis_core::password::{Random, RandomError};

use super::*;
use crate::DEVICE_HEADER;

/// So that two bytes of two passwords are the same in every run or in none, and ids differ.
struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, dest: &mut [u8]) -> Result<(), RandomError> {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        dest.iter_mut()
            .zip(count.to_be_bytes().into_iter().rev().cycle())
            .for_each(|(to, from)| *to = from);
        Ok(())
    }
}

/// An application of logins alone, or one with sessions too.
fn throttled(answers: Answers, sessions: bool) -> House {
    let auth = auth_of()
        .random(Counting(AtomicU64::new(1)))
        .throttle(MemoryThrottle::new());
    let auth = match sessions {
        true => auth.sessions(MemorySessions::new()),
        false => auth,
    };
    let auth = auth.build().unwrap();
    let routes = ApiRouter::new().api_route("/me", get(async |_: ActiveUser| "me"));
    House {
        app: auth.front().answers(answers).mount(routes),
        job: String::new(),
        api: String::new(),
    }
}

/// A login from the n-th network, with these headers too.
async fn log_in(house: &House, n: u8, name: &str, password: &str, more: &[(&str, &str)]) -> Answer {
    let form = format!("grant_type=password&username={name}&password={password}");
    let mut request = Request::post("/token").header(CONTENT_TYPE, FORM);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    let peer = ConnectInfo(SocketAddr::from(([198, 51, n, 7], 4711)));
    house.ask(request.extension(peer).body(Body::from(form)).unwrap()).await
}

#[tokio::test]
async fn known_unknown_and_disabled_names_are_refused_in_one_sentence_to_the_letter() {
    for (answers, error) in [
        (Answers::rfc(), Some("temporarily_unavailable")),
        (Answers::fastapi(), None),
    ] {
        for sessions in [false, true] {
            let house = throttled(answers.clone(), sessions);
            let mut refused = Vec::new();
            for name in ["johndoe", "nobody", "alice"] {
                for n in 0..5 {
                    let wrong = log_in(&house, 1, name, &format!("kqzvt{n}"), &[]).await;
                    assert_ne!(wrong.status, StatusCode::TOO_MANY_REQUESTS, "{name} {n}");
                }
                // The right password too: nothing was looked at.
                let answer = log_in(&house, 1, name, "secret", &[]).await;
                assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
                let wait: u64 = answer.headers[RETRY_AFTER].to_str().unwrap().parse().unwrap();
                assert!((170..=180).contains(&wait), "{wait}");
                assert_eq!(answer.json()["detail"], "Too many attempts, try again later");
                assert_eq!(answer.json()["error"].as_str(), error);
                let mut headers = answer.headers.clone();
                headers.remove(RETRY_AFTER);
                refused.push((format!("{headers:?}"), answer.text));
            }
            assert!(refused.iter().all(|one| *one == refused[0]), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn strangers_never_close_an_account_to_its_owners_device_and_network() {
    let house = throttled(Answers::rfc(), true);
    let first = log_in(&house, 1, "johndoe", "secret", &[]).await;
    let device = first.headers[&DEVICE_HEADER].to_str().unwrap().to_owned();
    let mut tried = 0;
    for n in 10..20 {
        for guess in 0..4 {
            let answer = log_in(&house, n, "johndoe", &format!("kqzvt{n}-{guess}"), &[]).await;
            tried += u32::from(answer.status != StatusCode::TOO_MANY_REQUESTS);
        }
    }
    assert_eq!(tried, 30);
    let stranger = log_in(&house, 100, "johndoe", "secret", &[]).await;
    assert_eq!(stranger.status, StatusCode::TOO_MANY_REQUESTS);
    let on_it = [("portcullis-device", &*device)];
    assert_eq!(
        log_in(&house, 101, "johndoe", "secret", &on_it).await.status,
        StatusCode::OK
    );
    let cookie = format!("theme=dark; __Host-portcullis-device={device}");
    let with_cookie = [(COOKIE.as_str(), &*cookie)];
    assert_eq!(
        log_in(&house, 102, "johndoe", "secret", &with_cookie).await.status,
        StatusCode::OK
    );
    assert_eq!(log_in(&house, 1, "johndoe", "secret", &[]).await.status, StatusCode::OK);
    let forged = [("portcullis-device", &device[..device.len() - 1])];
    assert_eq!(
        log_in(&house, 103, "johndoe", "secret", &forged).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn refresh_does_not_touch_the_counter() {
    let house = throttled(Answers::rfc(), true);
    let login = log_in(&house, 1, "johndoe", "secret", &[]).await;
    let (access, mut refresh) = (login.member("access_token"), login.member("refresh_token"));
    for n in 0..6 {
        for guess in 0..6 {
            log_in(&house, 10 + n, "johndoe", &format!("kqzvt{n}-{guess}"), &[]).await;
        }
    }
    assert_eq!(
        log_in(&house, 100, "johndoe", "secret", &[]).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(house.guarded(&access).await, StatusCode::OK);
    for _ in 0..40 {
        // The same network that is not known and tries too often.
        let answer = house.refresh(&refresh, "").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.headers.contains_key(&DEVICE_HEADER));
        refresh = answer.member("refresh_token");
    }
    for _ in 0..40 {
        assert_eq!(house.refresh("no token", "").await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_browser_is_given_a_cookie_and_everything_else_a_header_and_a_refusal_neither() {
    let house = throttled(Answers::rfc(), false);
    let browser = [("sec-fetch-site", "same-origin")];
    let answer = log_in(&house, 1, "johndoe", "secret", &browser).await;
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-portcullis-device=pcd_"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax"));
    assert!(!answer.headers.contains_key(&DEVICE_HEADER) && !answer.text.contains("pcd_"));
    let answer = log_in(&house, 1, "johndoe", "secret", &[]).await;
    assert!(answer.headers.contains_key(&DEVICE_HEADER) && !answer.headers.contains_key(SET_COOKIE));
    let answer = log_in(&house, 1, "johndoe", "wrong", &browser).await;
    assert!(!answer.headers.contains_key(&DEVICE_HEADER) && !answer.headers.contains_key(SET_COOKIE));
}

#[tokio::test]
async fn without_a_throttle_nothing_is_counted_and_no_device_is_named() {
    let auth = auth_of().build().unwrap();
    let house = House {
        app: auth.front().answers(Answers::rfc()).mount(ApiRouter::<Auth>::new()),
        job: String::new(),
        api: String::new(),
    };
    for n in 0..40 {
        let wrong = log_in(&house, 1, "johndoe", &format!("kqzvt{n}"), &[]).await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    }
    let answer = log_in(&house, 1, "johndoe", "secret", &[("portcullis-device", "pcd_x")]).await;
    assert!(answer.status == StatusCode::OK && !answer.headers.contains_key(&DEVICE_HEADER));
}

#[tokio::test]
async fn the_document_tells_of_429_where_it_can_be_answered() {
    let told = |throttled: bool, answers: Answers| {
        let auth = match throttled {
            true => auth_of().throttle(MemoryThrottle::new()),
            false => auth_of(),
        };
        let auth = auth.build().unwrap();
        let document = auth.front().answers(answers).openapi(ApiRouter::<Auth>::new());
        let document: Value = serde_json::from_slice(&document).unwrap();
        document["paths"]["/token"]["post"]["responses"].get("429").cloned()
    };
    let row = told(true, Answers::rfc()).expect("documented");
    assert_eq!(row["description"], "Too many attempts, try again later");
    assert!(row["headers"].get("Retry-After").is_some(), "{row}");
    assert!(told(false, Answers::rfc()).is_none() && told(true, Answers::fastapi()).is_none());
}
