//! A request to the application under test.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use portcullis_core::MemoryUsers;
use serde::Serialize;
use tower::ServiceExt as _;

use crate::answer::Answer;
use crate::fail::{OrFail as _, fail};
use crate::users::TestUsers;
use crate::who::As;

/// A request as somebody; awaited, it is sent.
#[must_use = "a request is sent when it is awaited"]
pub struct Call<S: TestUsers = MemoryUsers> {
    who: As<S>,
    method: Method,
    uri: Uri,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
}

impl<S: TestUsers> As<S> {
    /// A request by this method for a path, with its query if it has one.
    ///
    /// # Panics
    /// The path is none.
    #[track_caller]
    pub fn request(&self, method: Method, path: &str) -> Call<S> {
        Call {
            who: self.clone(),
            method,
            uri: path.parse().or_fail("a path begins with `/` and is percent-encoded"),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }
}

macro_rules! methods {
    ($($name:ident $method:ident)+) => {
        impl<S: TestUsers> As<S> {
            $(
                #[doc = concat!("`", stringify!($method), "` of a path.")]
                ///
                /// # Panics
                /// As [`As::request`].
                #[track_caller]
                pub fn $name(&self, path: &str) -> Call<S> {
                    self.request(Method::$method, path)
                }
            )+
        }
    };
}
methods!(get GET post POST put PUT patch PATCH delete DELETE);

impl<S: TestUsers> Call<S> {
    /// With a header, behind those that it has.
    ///
    /// # Panics
    /// Name or value is none of a header.
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).or_fail("this is no name of a header");
        let value = HeaderValue::from_str(value).or_fail("this is no value of a header");
        self.headers.push((name, value));
        self
    }

    /// With a body of JSON.
    ///
    /// # Panics
    /// It cannot be written as JSON.
    #[track_caller]
    pub fn json(self, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).or_fail("the body can be written as JSON");
        self.body("application/json", body)
    }

    /// With a body of a form.
    #[track_caller]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut body = String::new();
        for (name, value) in fields {
            body.push_str(if body.is_empty() { "" } else { "&" });
            encode(name, &mut body);
            body.push('=');
            encode(value, &mut body);
        }
        self.body("application/x-www-form-urlencoded", body)
    }

    /// With a body of this content type.
    #[track_caller]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header(CONTENT_TYPE.as_str(), content_type)
    }
}

/// As a form writes it: every byte that could mean something is `%XX` (WHATWG URL, application/x-www-form-urlencoded).
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => into.push(char::from(byte)),
            b' ' => into.push('+'),
            _ => into.push_str(&format!("%{byte:02X}")),
        }
    }
}

impl<S: TestUsers> Call<S> {
    /// The answer without its body, which may never end.
    pub(crate) async fn head(self) -> Answer {
        Answer::head(self.sent().await)
    }

    async fn sent(self) -> Response<Body> {
        let shown = self.who.shown().await;
        let mut request = Request::new(Body::from(self.body));
        (*request.method_mut(), *request.uri_mut()) = (self.method, self.uri);
        for (name, value) in shown.into_iter().chain(self.headers) {
            request.headers_mut().append(name, value);
        }
        match self.who.router().oneshot(request).await {
            Ok(response) => response,
            Err(never) => fail(never),
        }
    }
}

impl<S: TestUsers> IntoFuture for Call<S> {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Answer::read(self.sent().await).await })
    }
}

impl<S: TestUsers> fmt::Debug for Call<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.uri)
    }
}
