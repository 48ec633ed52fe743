//! `POST /token`.

use super::*;

#[tokio::test]
async fn a_refresh_with_a_parameter_that_cannot_be_right_is_an_invalid_request() {
    for answers in [Answers::rfc(), Answers::fastapi()] {
        let house = house(answers).await;
        let token = house.log_in("").await.member("refresh_token");
        let long = "x".repeat(9_000);
        for form in [
            "grant_type=refresh_token".to_owned(),
            "grant_type=refresh_token&refresh_token=".to_owned(),
            format!("grant_type=refresh_token&refresh_token={token}&refresh_token={token}"),
            format!("grant_type=refresh_token&grant_type=refresh_token&refresh_token={token}"),
            format!("grant_type=refresh_token&refresh_token={token}&scope=me&scope=me"),
            format!("grant_type=refresh_token&refresh_token={token}&client_id=web&client_id=web"),
            format!("grant_type=refresh_token&refresh_token={token}&client_secret=x"),
            format!("grant_type=refresh_token&refresh_token={token}&client_id={long}"),
            format!("grant_type=refresh_token&refresh_token={long}"),
            "grant_type=refresh_token&refresh_token=%ff".to_owned(),
        ] {
            let answer = house.post("/token", None, &form).await;
            assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{form}");
            assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
            assert!(
                !answer.text.contains(&token) && !answer.text.contains("xxx"),
                "{}",
                answer.text
            );
        }
        assert_eq!(
            house.refresh(&token, "").await.status,
            StatusCode::OK,
            "nothing of that used it up"
        );
    }
}

#[tokio::test]
async fn a_refresh_token_that_is_none_is_an_invalid_grant_and_is_not_repeated() {
    let house = house(Answers::rfc()).await;
    let token = house.log_in("").await.member("refresh_token");
    let swapped: String = token.chars().rev().collect();
    for other in [
        &token[1..],
        &token[..token.len() - 1],
        &swapped,
        "abc",
        &format!("{token}x"),
    ] {
        let answer = house.refresh(other, "").await;
        assert_eq!(answer.refusal(), (400, "invalid_grant".into()), "{other}");
        assert!(!answer.text.contains(other));
    }
}

#[tokio::test]
async fn another_client_that_shows_a_refresh_token_is_refused_and_nothing_changes() {
    let house = house(Answers::rfc()).await;
    let login = house.log_in("client_id=web").await;
    let token = login.member("refresh_token");
    for other in ["client_id=other", ""] {
        assert_eq!(
            house.refresh(&token, other).await.refusal(),
            (400, "invalid_grant".into()),
            "{other}"
        );
    }
    assert_eq!(house.guarded(&login.member("access_token")).await, StatusCode::OK);
    assert_eq!(house.refresh(&token, "client_id=web").await.status, StatusCode::OK);
}

#[tokio::test]
async fn more_scope_than_was_granted_is_an_invalid_scope_and_less_is_given() {
    let house = house(Answers::rfc()).await;
    let token = house.log_in("scope=me").await.member("refresh_token");
    for scope in ["me+items", "items", "%22"] {
        let answer = house.refresh(&token, &format!("scope={scope}")).await;
        assert_eq!(answer.refusal(), (400, "invalid_scope".into()), "{scope}");
    }
    let narrower = house.log_in("scope=me+items").await.member("refresh_token");
    let narrower = house.refresh(&narrower, "scope=items").await;
    assert_eq!(narrower.member("scope"), "items");
    assert_eq!(
        house
            .refresh(&narrower.member("refresh_token"), "")
            .await
            .member("scope"),
        "me items"
    );
}

#[tokio::test]
async fn a_login_leaves_a_refresh_token_whose_successors_go_on_and_a_replay_ends_all() {
    let house = house(Answers::fastapi()).await;
    let first = house.log_in("").await;
    assert_eq!(first.json()["token_type"], "bearer");
    let token = first.member("refresh_token");
    let second = house.refresh(&token, "").await;
    assert_eq!(
        (second.status, &second.headers[CACHE_CONTROL]),
        (StatusCode::OK, &"no-store".parse().unwrap())
    );
    assert_eq!(
        house.refresh(&token, "").await.member("refresh_token"),
        second.member("refresh_token"),
        "asked again"
    );
    let third = house.refresh(&second.member("refresh_token"), "").await;
    assert_eq!(house.guarded(&third.member("access_token")).await, StatusCode::OK);
    assert_eq!(house.refresh(&token, "").await.refusal(), (400, "invalid_grant".into()));
    for ended in [first, second, third] {
        assert_eq!(
            house.guarded(&ended.member("access_token")).await,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            house.refresh(&ended.member("refresh_token"), "").await.status,
            StatusCode::BAD_REQUEST
        );
    }
}

#[tokio::test]
async fn a_client_that_does_not_prove_who_it_is_is_invalid_and_challenged_where_it_tried_by_header() {
    for answers in [Answers::rfc(), Answers::fastapi()] {
        let house = house(answers).await;
        for (header, form) in [
            (None, "client_id=nobody"),
            (None, "client_id=job"),
            (None, "client_id=job&client_secret=wrong"),
            (None, "client_id=web&client_secret=wrong"),
            (Some("Basic am9iOndyb25n"), ""),
            (Some("Basic bm9ib2R5Ong="), ""),
            (Some("Basic !"), ""),
        ] {
            for grant in [
                "password&username=johndoe&password=secret",
                "refresh_token&refresh_token=x",
                "client_credentials",
            ] {
                let answer = house
                    .post("/token", header, &format!("{form}&grant_type={grant}"))
                    .await;
                assert_eq!(
                    answer.refusal(),
                    (401, "invalid_client".into()),
                    "{header:?} {form} {grant}"
                );
                let challenge = answer
                    .headers
                    .get(WWW_AUTHENTICATE)
                    .map(|value| value.to_str().unwrap());
                assert_eq!(challenge, header.map(|_| "Basic realm=\"clients\""), "{form}");
            }
        }
    }
}

#[tokio::test]
async fn two_proofs_at_once_are_an_invalid_request() {
    let house = house(Answers::rfc()).await;
    for form in ["client_secret=x", "client_assertion=x", "client_id=web"] {
        let form = format!("grant_type=client_credentials&{form}");
        let answer = house.post("/token", Some(&house.job), &form).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{form}");
    }
}

#[tokio::test]
async fn a_client_uses_the_grants_that_it_has_and_no_others() {
    let house = house(Answers::rfc()).await;
    for grant in [
        "password&username=johndoe&password=secret",
        "refresh_token&refresh_token=x",
    ] {
        let answer = house
            .post("/token", Some(&house.job), &format!("grant_type={grant}"))
            .await;
        assert_eq!(answer.refusal(), (400, "unauthorized_client".into()), "{grant}");
    }
    let public = house
        .post("/token", None, "grant_type=client_credentials&client_id=web")
        .await;
    assert_eq!(public.refusal(), (401, "invalid_client".into()));
    let nobody = house.post("/token", None, "grant_type=client_credentials").await;
    assert_eq!(nobody.refusal(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn a_grant_that_nobody_knows_is_told_so_whoever_asks() {
    let house = house(Answers::rfc()).await;
    let login = "username=johndoe&password=secret";
    for grant in ["", "grant_type=&"] {
        let answer = house.post("/token", Some(&house.job), &format!("{grant}{login}")).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{grant}");
    }
    for (grant, error) in [
        ("grant_type=password&grant_type=x", "invalid_request"),
        ("grant_type=refresh_token&grant_type=refresh_token", "invalid_request"),
        ("grant_type=%ff", "unsupported_grant_type"),
        ("grant_type=authorization_code", "unsupported_grant_type"),
        ("grant_type=PASSWORD", "unsupported_grant_type"),
    ] {
        for (header, whose) in [(Some(house.job.as_str()), ""), (None, "&client_id=web"), (None, "")] {
            let answer = house.post("/token", header, &format!("{grant}&{login}{whose}")).await;
            assert_eq!(answer.refusal(), (400, error.into()), "{grant} {whose} {header:?}");
        }
    }
}

#[tokio::test]
async fn a_client_gets_a_token_of_its_own_that_is_no_users() {
    let house = house(Answers::rfc()).await;
    let beyond = house
        .post("/token", Some(&house.job), "grant_type=client_credentials&scope=me")
        .await;
    assert_eq!(beyond.refusal(), (400, "invalid_scope".into()));
    let answer = house
        .post("/token", Some(&house.job), "grant_type=client_credentials&scope=items")
        .await;
    assert_eq!(
        (answer.member("scope"), answer.json().get("refresh_token")),
        ("items".into(), None)
    );
    let token = format!("Bearer {}", answer.member("access_token"));
    assert_eq!(house.get("/machine", Some(&token)).await.text, "job");
    assert_eq!(house.get("/me", Some(&token)).await.status, StatusCode::UNAUTHORIZED);
    let user = house.log_in("scope=items").await.member("access_token");
    assert_eq!(
        house.get("/machine", Some(&format!("Bearer {user}"))).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn an_unknown_grant_is_answered_as_before() {
    let rfc = house(Answers::rfc())
        .await
        .post("/token", None, "grant_type=urn:x&username=a&password=b")
        .await;
    assert_eq!(rfc.refusal(), (400, "unsupported_grant_type".into()));
    let fastapi = house(Answers::fastapi())
        .await
        .post("/token", None, "grant_type=urn:x&username=a&password=b")
        .await;
    assert_eq!(
        (fastapi.status.as_u16(), fastapi.json()["error"].clone()),
        (422, Value::Null)
    );
}

#[tokio::test]
async fn without_sessions_and_clients_nothing_of_all_this_is_there() {
    for (answers, status) in [(Answers::rfc(), 400), (Answers::fastapi(), 422)] {
        let auth = auth_of().build().unwrap();
        let house = House {
            app: auth.front().answers(answers).mount(ApiRouter::new()),
            job: String::new(),
            api: String::new(),
        };
        for grant in ["refresh_token", "client_credentials"] {
            let form = format!("grant_type={grant}&refresh_token=x&client_id=a&client_secret=b");
            let answer = house.post("/token", Some("Basic !"), &form).await;
            assert_eq!(answer.status.as_u16(), status, "{grant}");
        }
        let login = house
            .post(
                "/token",
                Some("Basic !"),
                "username=johndoe&password=secret&client_id=a",
            )
            .await;
        assert_eq!(
            (login.status, login.json().get("refresh_token")),
            (StatusCode::OK, None)
        );
        for path in ["/revoke", "/introspect"] {
            assert_eq!(
                house.post(path, None, "token=x").await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        for path in ["/verify", "/revocations"] {
            assert_eq!(house.get(path, None).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}

#[tokio::test]
async fn where_no_passwords_are_taken_none_is_looked_at() {
    for sessions in [true, false] {
        let auth = auth_of().without_password_grant();
        let auth = if sessions {
            auth.sessions(MemorySessions::new())
        } else {
            auth
        };
        let auth = auth.build().unwrap();
        let app = auth.front().answers(Answers::rfc()).mount(ApiRouter::new());
        let house = House {
            app,
            job: String::new(),
            api: String::new(),
        };
        for (form, error) in [
            ("", "invalid_request"),
            ("username=johndoe&password=secret", "invalid_request"),
            ("grant_type=password", "unsupported_grant_type"),
            (
                "grant_type=password&username=johndoe&password=secret",
                "unsupported_grant_type",
            ),
        ] {
            let answer = house.post("/token", None, form).await;
            assert_eq!(answer.refusal(), (400, error.into()), "{form}");
        }
        assert_eq!(auth.password_grants(), 0);
    }
}

#[tokio::test]
async fn the_document_shows_no_password_flow_where_none_is_taken() {
    for (auth, passwords) in [(auth_of(), true), (auth_of().without_password_grant(), false)] {
        let document = house_of(auth, Answers::rfc())
            .await
            .get("/openapi.json", None)
            .await
            .json();
        let flows = &document["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"];
        assert_eq!(flows["password"].is_object(), passwords, "{flows}");
        assert!(flows["clientCredentials"].is_object(), "{flows}");
    }
}
