//! How pages log in and out.

use super::*;

fn json(username: &str, password: &str) -> String {
    serde_json::json!({ "username": username, "password": password }).to_string()
}

#[tokio::test]
async fn a_login_that_another_page_sends_is_refused_before_its_body_is_read() {
    let house = house();
    let types = [
        FORM,
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json",
    ];
    for (said, ours) in SAID {
        for content_type in types {
            // A program that is no browser says nothing, and no page can send JSON elsewhere without being asked first.
            if ours || (said.is_empty() && content_type == "application/json") {
                continue;
            }
            for path in ["/login", "/logout"] {
                let mut request = Request::post(path).header(CONTENT_TYPE, content_type);
                for (name, value) in said {
                    request = request.header(*name, *value);
                }
                let answer = house.ask(request.body(Body::new(Unread)).unwrap()).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {said:?} {content_type}");
                assert!(!answer.headers.contains_key(SET_COOKIE));
            }
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_login_is_answered_as_for_a_token() {
    for answers in [Answers::rfc(), Answers::fastapi()] {
        let house = house_at("https://notes.example.com", answers);
        for form in [
            "username=alice&password=wrong",
            "username=nobody&password=wrong",
            "username=alice",
            "username=alice&username=bob&password=x",
        ] {
            let login = house.form(form).await;
            let token = house.send("POST", "/token", &[("content-type", FORM)], form).await;
            assert_eq!((login.status, login.json()), (token.status, token.json()), "{form}");
            assert!(!login.headers.contains_key(SET_COOKIE));
        }
    }
}

#[tokio::test]
async fn a_login_takes_from_the_same_budget_as_one_for_a_token() {
    let house = house();
    let mut answers = Vec::new();
    for n in 0..8 {
        let form = format!("username=alice&password=kqzvt{n}");
        answers.push(match n % 2 {
            0 => house.form(&form).await.status,
            _ => {
                house
                    .send("POST", "/token", &[("content-type", FORM)], &form)
                    .await
                    .status
            }
        });
    }
    assert!(answers.contains(&StatusCode::TOO_MANY_REQUESTS), "{answers:?}");
    let logins = &house.auth.counts().logins;
    assert_eq!(logins.count("throttled") + logins.count("refused"), 8);
}

#[tokio::test]
async fn a_form_is_led_on_and_json_is_told_that_it_is_done() {
    let house = house();
    let form = house
        .form(&format!("username=alice&password={RIGHT}&next=/notes%3Fpage=2"))
        .await;
    assert_eq!(
        (form.status, &form.headers[LOCATION]),
        (StatusCode::SEE_OTHER, &http::HeaderValue::from_static("/notes?page=2"))
    );
    let (line, own) = form.cookie();
    let (first, attributes) = line.split_once(';').unwrap();
    assert_eq!(first, own);
    assert_eq!(attributes, " Path=/; Max-Age=7776000; Secure; HttpOnly; SameSite=Lax");
    assert!(own.starts_with("__Host-session=pcb_"));
    assert_eq!(form.headers[CACHE_CONTROL], "no-store");
    for said in [&[OURS][..], &[]] {
        let headers: Vec<_> = said
            .iter()
            .copied()
            .chain([("content-type", "application/json")])
            .collect();
        let answer = house.send("POST", "/login", &headers, &json("alice", RIGHT)).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NO_CONTENT, ""));
        assert_eq!(house.get("/me", &[("cookie", &answer.cookie().1)]).await.text, "alice");
    }
    let wrong = house
        .send(
            "POST",
            "/login",
            &[OURS, ("content-type", "application/json")],
            &json("alice", ""),
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_form_is_never_led_to_another_site() {
    let house = house();
    for next in [
        "//evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "%20/notes",
        "javascript:alert(1)",
        "",
    ] {
        let answer = house
            .form(&format!("username=alice&password={RIGHT}&next={next}"))
            .await;
        assert_eq!(answer.headers[LOCATION], "/", "{next}");
        let failed = house.form(&format!("username=alice&password=x&failed={next}")).await;
        assert!(!failed.headers.contains_key(LOCATION), "{next}");
    }
}

#[tokio::test]
async fn a_refused_form_is_led_back_with_why_where_it_says_whither() {
    let house = house();
    let answer = house.form("username=alice&password=wrong&failed=/sign-in").await;
    assert_eq!(
        (answer.status, &answer.headers[LOCATION]),
        (
            StatusCode::SEE_OTHER,
            &http::HeaderValue::from_static("/sign-in?error=refused")
        )
    );
    assert!(!answer.headers.contains_key(SET_COOKIE));
}

#[tokio::test]
async fn on_http_the_cookie_has_no_prefix_whatever_a_request_says() {
    let house = house_at("http://127.0.0.1:8000", Answers::fastapi());
    let headers = [
        OURS,
        ("content-type", FORM),
        ("x-forwarded-proto", "https"),
        ("host", "notes.example.com"),
    ];
    let answer = house
        .send("POST", "/login", &headers, &format!("username=alice&password={RIGHT}"))
        .await;
    let (line, cookie) = answer.cookie();
    assert!(cookie.starts_with("session=pcb_") && !line.contains("Secure"), "{line}");
    assert_eq!(house.get("/me", &[("cookie", &cookie)]).await.text, "alice");
    assert_eq!(
        house
            .get("/me", &[("cookie", &format!("__Host-{cookie}"))])
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_login_in_a_browser_that_has_a_session_ends_that_one() {
    let house = house();
    let before = house.cookie().await;
    let headers = [OURS, ("content-type", FORM), ("cookie", before.as_str())];
    let answer = house
        .send("POST", "/login", &headers, &format!("username=bob&password={RIGHT}"))
        .await;
    assert_ne!(answer.cookie().1, before);
    assert_eq!(
        house.get("/me", &[("cookie", &before)]).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(house.get("/me", &[("cookie", &answer.cookie().1)]).await.text, "bob");
    // And a login that fails ends none.
    let headers = [
        OURS,
        ("content-type", FORM),
        ("cookie", answer.headers[SET_COOKIE].to_str().unwrap()),
    ];
    house
        .send("POST", "/login", &headers, "username=bob&password=wrong")
        .await;
    assert_eq!(house.get("/me", &[("cookie", &answer.cookie().1)]).await.text, "bob");
}

#[tokio::test]
async fn a_logout_ends_the_session_and_takes_the_cookie_away_however_often() {
    let house = house();
    let cookie = house.cookie().await;
    let headers = [OURS, ("content-type", FORM), ("cookie", cookie.as_str())];
    for _ in 0..2 {
        let answer = house.send("POST", "/logout", &headers, "next=/bye").await;
        assert_eq!(
            (answer.status, &answer.headers[LOCATION]),
            (StatusCode::SEE_OTHER, &http::HeaderValue::from_static("/bye"))
        );
        assert_eq!(
            answer.cookie().0,
            "__Host-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            house.get("/me", &[("cookie", &cookie)]).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let script = house.send("POST", "/logout", &[OURS], "").await;
    assert_eq!(script.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_token_logs_out_as_it_does_without_cookies() {
    let house = house();
    let form = format!("username=alice&password={RIGHT}");
    let token = house.send("POST", "/token", &[("content-type", FORM)], &form).await;
    let bearer = format!("Bearer {}", token.json()["access_token"].as_str().unwrap());
    let headers = [(AUTHORIZATION.as_str(), bearer.as_str())];
    assert_eq!(
        house.send("POST", "/logout", &headers, "").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(house.get("/me", &headers).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        house.send("POST", "/logout", &headers, "").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn the_document_shows_the_cookie_in_place_of_a_token_and_both_routes() {
    let house = house();
    let document = house.get("/openapi.json", &[]).await.json();
    let scheme = &document["components"]["securitySchemes"]["APIKeyCookie"];
    assert_eq!(
        (&scheme["type"], &scheme["in"], &scheme["name"]),
        (&"apiKey".into(), &"cookie".into(), &"__Host-session".into())
    );
    let items = &document["paths"]["/items"]["get"]["security"];
    assert_eq!(
        items.to_string(),
        r#"[{"OAuth2PasswordBearer":["items"]},{"APIKeyCookie":["items"]}]"#
    );
    let verify = &document["paths"]["/verify"]["get"]["security"];
    assert_eq!(
        verify.to_string(),
        r#"[{"OAuth2PasswordBearer":[]}]"#,
        "a proxy's question takes no cookie"
    );
    let login = &document["paths"]["/login"]["post"];
    let bodies: Vec<_> = login["requestBody"]["content"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(bodies, [FORM, "application/json"]);
    assert!(login.get("security").is_none());
    assert!(document["paths"]["/logout"]["post"]["responses"]["303"].is_object());
    let refused = |path: &str, method: &str| document["paths"][path][method]["responses"]["403"].to_string();
    assert!(refused("/change", "post").contains("Asked for by another site"));
    assert!(!refused("/me", "get").contains("another site"));
}

#[tokio::test]
async fn a_login_in_json_that_no_login_can_be_is_not_taken_in() {
    let house = house();
    let headers = [OURS, ("content-type", "application/json")];
    let send = async |body: String| house.send("POST", "/login", &headers, &body).await.status;
    assert_eq!(
        send(json(&"a".repeat(20_000), RIGHT)).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let scope = |n| serde_json::json!({ "username": "alice", "password": RIGHT, "scope": "x".repeat(n) }).to_string();
    for beyond in [
        json(&"a".repeat(256), RIGHT),
        json("alice", &"a".repeat(4_097)),
        scope(4_097),
    ] {
        assert_eq!(send(beyond).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // Each letter as `\u00e4`, as a script may write it.
    let longest = format!(r#"{{"username":"alice","password":"{}"}}"#, r"\u00e4".repeat(2_048));
    assert_eq!(
        send(longest).await,
        StatusCode::BAD_REQUEST,
        "a wrong password, and no more"
    );
}
