use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use portcullis_core::jose::{Algorithm, SigningKey};
use portcullis_core::password::schemes::Argon2;
use portcullis_core::{
    Account, Auth, Cookies, GrantType, MemoryApiKeys, MemoryClients, MemorySessions, MemoryUsers, NewClient, Password,
    Passwords, ScopeSet,
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{ActiveUser, Answers, ApiRouter, ClientToken, Mount as _, get, well_known};

portcullis_core::scopes! {
    /// Read about yourself.
    Me = "me";
    /// Read items.
    Items = "items";
    /// Follow what ended.
    RevocationsRead = "revocations:read";
}

const ISSUER: &str = "https://login.example.com";
const FORM: &str = "application/x-www-form-urlencoded";

/// An application and its clients: `web`, `other` and `far`, whose tokens are for others (public, first-party), `job` and
/// `api` (confidential, in their own name).
struct House {
    app: Router,
    job: String,
    api: String,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// Status and `error`.
    fn refusal(&self) -> (u16, String) {
        (
            self.status.as_u16(),
            self.json()["error"].as_str().unwrap_or_default().to_owned(),
        )
    }

    fn member(&self, name: &str) -> String {
        self.json()[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {}", self.text))
            .to_owned()
    }
}

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn auth_of() -> portcullis_core::AuthBuilder<Account> {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    auth_with(key.with_key_id("1").unwrap())
}

fn auth_with(key: SigningKey) -> portcullis_core::AuthBuilder<Account> {
    let passwords = Passwords::new(Argon2::new(8, 1, 1).unwrap());
    let hash = passwords.hash(&Password::from("secret")).unwrap();
    let account = |name: &str| {
        Account::new(name)
            .with_scopes(scopes("me items"))
            .with_password_hash(hash.clone())
    };
    let odd = ["car:42", "client:job", "johndoe ", " johndoe", "johndoe\u{3000}"].map(account);
    let users = [account("johndoe"), account("alice").with_disabled(true)];
    let users = MemoryUsers::from_iter(users.into_iter().chain(odd));
    let auth = Auth::builder(key, users).passwords(passwords).issuer(ISSUER);
    auth.scopes::<(Me, Items, RevocationsRead)>()
}

async fn house(answers: Answers) -> House {
    house_of(auth_of(), answers).await
}

async fn house_of(auth: portcullis_core::AuthBuilder<Account>, answers: Answers) -> House {
    let sessions = MemorySessions::new();
    let clients = MemoryClients::new().with_revocations(sessions.clone());
    let auth = auth.sessions(sessions).clients(clients).build().unwrap();
    let kept = auth.clients().unwrap();
    let first_party = |id: &str| NewClient {
        public: true,
        first_party: true,
        scopes: scopes("me items"),
        ..NewClient::named(id)
    };
    kept.add(first_party("web")).await.unwrap();
    kept.add(first_party("other")).await.unwrap();
    let elsewhere = NewClient {
        audience: Some("https://far.example.com".to_owned()),
        ..first_party("far")
    };
    kept.add(elsewhere).await.unwrap();
    let machine = |id: &str, may: &str| NewClient {
        scopes: scopes(may),
        grants: Some([GrantType::ClientCredentials].into()),
        ..NewClient::named(id)
    };
    let job = kept.add(machine("job", "items")).await.unwrap().secret.unwrap();
    let api = kept
        .add(machine("api", "revocations:read"))
        .await
        .unwrap()
        .secret
        .unwrap();
    let routes = ApiRouter::new()
        .api_route("/me", get(async |_: ActiveUser| "me"))
        .api_route(
            "/machine",
            get(async |client: ClientToken<Items>| client.client_id.to_string()),
        )
        .merge(well_known(&auth, std::time::Duration::ZERO));
    House {
        app: auth.front().answers(answers).mount(routes),
        job: format!("Basic {}", STANDARD.encode(format!("job:{}", job.as_str()))),
        api: format!("Basic {}", STANDARD.encode(format!("api:{}", api.as_str()))),
    }
}

impl House {
    async fn ask(&self, request: Request<Body>) -> Answer {
        let (head, body) = self.app.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn post(&self, path: &str, authorization: Option<&str>, form: &str) -> Answer {
        let mut request = Request::post(path).header(CONTENT_TYPE, FORM);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        let peer = ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4711)));
        self.ask(request.extension(peer).body(Body::from(form.to_owned())).unwrap())
            .await
    }

    async fn get(&self, path: &str, authorization: Option<&str>) -> Answer {
        let mut request = Request::get(path);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    async fn guarded(&self, access_token: &str) -> StatusCode {
        self.get("/me", Some(&format!("Bearer {access_token}"))).await.status
    }

    async fn log_in(&self, more: &str) -> Answer {
        let form = format!("grant_type=password&username=johndoe&password=secret&{more}");
        self.post("/token", None, &form).await
    }

    async fn refresh(&self, token: &str, more: &str) -> Answer {
        let form = format!("grant_type=refresh_token&refresh_token={token}&{more}");
        self.post("/token", None, &form).await
    }
}

mod beside;
mod grants;
mod questions;
mod throttled;
