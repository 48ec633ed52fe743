//! Two of these in one program.

use super::*;

/// Two applications below one, each with users, sessions and secrets of its own.
fn two(keys: [SigningKey; 2]) -> House {
    let [one, two] = keys.map(|key| {
        let auth = auth_with(key).sessions(MemorySessions::new()).build().unwrap();
        auth.front()
            .mount(ApiRouter::new().api_route("/me", get(async |_: ActiveUser| "me")))
    });
    House {
        app: Router::new().nest("/one", one).nest("/two", two),
        job: String::new(),
        api: String::new(),
    }
}

fn key() -> SigningKey {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    key.with_key_id("1").unwrap()
}

impl House {
    async fn log_in_at(&self, place: &str) -> Answer {
        self.post(&format!("{place}/token"), None, "username=johndoe&password=secret")
            .await
    }

    async fn refresh_at(&self, place: &str, token: &str) -> Answer {
        let form = format!("grant_type=refresh_token&refresh_token={token}");
        self.post(&format!("{place}/token"), None, &form).await
    }

    async fn opens(&self, place: &str, access_token: &str) -> bool {
        let answer = self
            .get(&format!("{place}/me"), Some(&format!("Bearer {access_token}")))
            .await;
        answer.status == StatusCode::OK
    }
}

#[tokio::test]
async fn what_belongs_to_one_opens_refreshes_and_ends_nothing_at_the_other() {
    let house = two([key(), key()]);
    let (one, other) = (house.log_in_at("/one").await, house.log_in_at("/two").await);
    let (access, refresh) = (one.member("access_token"), one.member("refresh_token"));
    assert!(house.opens("/one", &access).await && !house.opens("/two", &access).await);
    let refused = house.refresh_at("/two", &refresh).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant".into()));
    for token in [&access, &refresh] {
        let answer = house.post("/two/revoke", None, &format!("token={token}")).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert!(house.opens("/one", &access).await);
    let next = house.refresh_at("/one", &refresh).await.member("access_token");

    let ended = house.post("/one/revoke", None, &format!("token={refresh}")).await;
    assert_eq!(ended.status, StatusCode::OK);
    assert!(!house.opens("/one", &next).await);
    assert!(house.opens("/two", &other.member("access_token")).await);
    assert_eq!(
        house.refresh_at("/two", &other.member("refresh_token")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_refresh_token_is_nothing_where_another_store_is_also_if_the_key_is_the_same() {
    let shared = key();
    let house = two([shared.clone(), shared]);
    let refresh = house.log_in_at("/one").await.member("refresh_token");
    let other = house.log_in_at("/two").await.member("refresh_token");
    for _ in 0..2 {
        let refused = house.refresh_at("/two", &refresh).await;
        assert_eq!(refused.refusal(), (400, "invalid_grant".into()));
    }
    assert_eq!(house.refresh_at("/one", &refresh).await.status, StatusCode::OK);
    assert_eq!(house.refresh_at("/two", &other).await.status, StatusCode::OK);
}

#[tokio::test]
async fn in_realms_of_their_own_neither_tokens_nor_cookies_nor_keys_of_one_are_good_at_the_other() {
    let (key, sessions, keys) = (key(), MemorySessions::new(), MemoryApiKeys::new());
    let of = |realm: &str| {
        let auth = auth_with(key.clone()).audience(realm).realm(realm);
        let auth = auth.sessions(sessions.clone()).api_keys(keys.clone());
        auth.cookies(Cookies::lax().named(realm)).build().unwrap()
    };
    let auths = ["one", "two"].map(of);
    let [one, two] = auths.clone().map(|auth| {
        auth.front()
            .mount(ApiRouter::new().api_route("/me", get(async |_: ActiveUser| "me")))
    });
    let house = House {
        app: Router::new().nest("/one", one).nest("/two", two),
        job: String::new(),
        api: String::new(),
    };
    for (own, other, auth) in [("one", "two", &auths[0]), ("two", "one", &auths[1])] {
        let login = house.log_in_at(&format!("/{own}")).await;
        let refresh = login.member("refresh_token");
        let refused = house.refresh_at(&format!("/{other}"), &refresh).await;
        assert_eq!(refused.refusal(), (400, "invalid_grant".into()), "{own}");
        assert_eq!(
            house.refresh_at(&format!("/{own}"), &refresh).await.status,
            StatusCode::OK
        );

        let credentials = portcullis_core::Credentials::new("johndoe", Password::from("secret"));
        let begun = auth.log_in_with_cookie(credentials, &Default::default()).await.unwrap();
        let asked = async |place: &str| {
            let cookie = format!("__Host-{place}={}", begun.cookie.as_str());
            let request = Request::get(format!("/{place}/me")).header("cookie", cookie);
            house.ask(request.body(Body::empty()).unwrap()).await.status
        };
        assert_eq!(
            (asked(other).await, asked(own).await),
            (StatusCode::UNAUTHORIZED, StatusCode::OK),
            "{own}"
        );

        let made = auth
            .api_keys()
            .unwrap()
            .add(&Account::new("johndoe"), portcullis_core::NewApiKey::named("ci"))
            .await;
        let text = made.unwrap().text;
        assert!(house.opens(&format!("/{own}"), &text).await && !house.opens(&format!("/{other}"), &text).await);
    }
}
