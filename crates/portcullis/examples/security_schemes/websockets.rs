//! WebSockets behind each scheme: a handshake that is refused is answered like any other request.

use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;
use portcullis::openapi::SecurityScheme;
use portcullis::prelude::*;
use portcullis::schemes::{
    BasicCredentials, BearerToken, DigestCredentials, DigestRealm, HttpCredentials, HttpScheme, KeyScheme, RawApiKey,
    RawAuthorization, RawToken, TokenScheme,
};
use serde_json::{Value, json};

use super::digest::{Digest, Door, parameters};
use super::{Application, mount, send};

portcullis::http_scheme! {
    Other = "Other";
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

impl<R: DigestRealm> Given for DigestCredentials<R> {
    fn given(&self) -> Value {
        parameters(self)
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
        "api-key-query": RawApiKey<InQuery>,
        "api-key-header": RawApiKey<InHeader>,
        "api-key-cookie": RawApiKey<InCookie>,
        "oauth2": RawAuthorization<Login>,
        "oauth2-password-bearer": RawToken<Login>,
        "oauth2-authorization-code-bearer": RawToken<Code>,
        "openid-connect": RawAuthorization<Oidc>,
    };
    // As recorded, any text is an answer to Digest.
    let digest = match answers.document_as_fastapi {
        true => kinds! { "http-digest": HttpCredentials<Digest> },
        false => kinds! { "http-digest": DigestCredentials<Door> },
    };
    mount(answers, routes.merge(digest))
})];
