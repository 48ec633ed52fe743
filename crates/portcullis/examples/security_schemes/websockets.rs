//! WebSockets behind each scheme: a handshake that is refused is answered like any other request.

use axum::extract::ws::{Message, Utf8Bytes, WebSocketUpgrade};
use axum::response::Response;
use portcullis::openapi::SecurityScheme;
use portcullis::prelude::*;
use portcullis::schemes::{
    BasicCredentials, BearerToken, HttpCredentials, HttpScheme, KeyScheme, RawApiKey, RawAuthorization, RawToken,
    TokenScheme,
};
use serde_json::{Value, json};

use super::{Application, mount};

portcullis::http_scheme! {
    Other = "Other";
    Digest = "digest";
}

portcullis::api_key! {
    InQuery in query "key";
    InHeader in header "key";
    InCookie in cookie "key";
}

portcullis::token_scheme! {
    Login = SecurityScheme::password_bearer("token");
    Code = SecurityScheme::code_bearer("authorize", "token");
    Oidc = SecurityScheme::openid_connect("/openid");
}

/// What a scheme gave, as JSON.
trait Given {
    fn given(&self) -> Value;
}

impl<S: HttpScheme> Given for HttpCredentials<S> {
    fn given(&self) -> Value {
        json!({ "scheme": self.scheme(), "credentials": self.credentials() })
    }
}

impl Given for BasicCredentials {
    fn given(&self) -> Value {
        json!({ "username": self.username, "password": *self.password })
    }
}

impl<K: KeyScheme> Given for RawApiKey<K> {
    fn given(&self) -> Value {
        json!(**self)
    }
}

impl<D: TokenScheme> Given for RawToken<D> {
    fn given(&self) -> Value {
        json!(**self)
    }
}

impl<D: TokenScheme> Given for RawAuthorization<D> {
    fn given(&self) -> Value {
        json!(**self)
    }
}

impl<T: Given> Given for Option<T> {
    fn given(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::given)
    }
}

/// Sends what the scheme gave and closes.
async fn tell<T: Given>(given: T, Undescribed(socket): Undescribed<WebSocketUpgrade>) -> Response {
    send(socket, &given.given())
}

/// Sends one message as JSON and closes.
pub fn send(socket: WebSocketUpgrade, message: &Value) -> Response {
    let text = message.to_string();
    socket.on_upgrade(async move |mut socket| {
        let sent = socket.send(Message::Text(Utf8Bytes::from(text))).await;
        // Whoever is gone needs no farewell.
        if sent.is_ok() {
            let _ = socket.send(Message::Close(None)).await;
        }
    })
}

/// The two routes of a scheme.
macro_rules! kinds {
    ($($path:literal: $given:ty),+ $(,)?) => {
        ApiRouter::new()$(
            .api_route(concat!("/", $path), get(tell::<$given>).hidden())
            .api_route(concat!("/", $path, "/optional"), get(tell::<Option<$given>>).hidden())
        )+
    };
}

pub const APPLICATIONS: &[Application] = &[("websocket", |answers| {
    let routes = kinds! {
        "http-base": HttpCredentials<Other>,
        "http-basic": BasicCredentials,
        "http-bearer": BearerToken,
        "http-digest": HttpCredentials<Digest>,
        "api-key-query": RawApiKey<InQuery>,
        "api-key-header": RawApiKey<InHeader>,
        "api-key-cookie": RawApiKey<InCookie>,
        "oauth2": RawAuthorization<Login>,
        "oauth2-password-bearer": RawToken<Login>,
        "oauth2-authorization-code-bearer": RawToken<Code>,
        "openid-connect": RawAuthorization<Oidc>,
    };
    mount(answers, routes)
})];
