//! The layer: preflights answered, and every other answer marked.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::Cors;

/// What an answer depends on, for caches.
const DEPENDS: HeaderValue = HeaderValue::from_static("Origin");
const PREFLIGHT_DEPENDS: HeaderValue =
    HeaderValue::from_static("Origin, Access-Control-Request-Method, Access-Control-Request-Headers");

impl Cors {
    /// What `Access-Control-Allow-Origin` says to this request, if its page may call. To all it says so in any case: a
    /// cache may keep the answer for a page that asks later.
    fn allows(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let mut sent = request.get_all(ORIGIN).iter();
        let origin = sent.next().filter(|_| sent.next().is_none());
        self.origins.allows(origin)
    }

    fn mark(&self, headers: &mut HeaderMap, origin: HeaderValue) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }

    fn preflight(&self, request: &HeaderMap, origin: HeaderValue) -> Response {
        let mut response = match self.ok {
            true => "OK".into_response(),
            false => StatusCode::NO_CONTENT.into_response(),
        };
        let headers = response.headers_mut();
        self.mark(headers, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
        let allowed = self.headers.as_ref().or(request.get(ACCESS_CONTROL_REQUEST_HEADERS));
        if let Some(allowed) = allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed.clone());
        }
        headers.insert(ACCESS_CONTROL_MAX_AGE, self.max_age.clone());
        headers.insert(VARY, PREFLIGHT_DEPENDS);
        response
    }

    /// An answer from inside. One that is open already, to more pages than these, stays as it is.
    fn answer(&self, headers: &mut HeaderMap, origin: Option<HeaderValue>) {
        if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            return;
        }
        if !self.origins.are_all() {
            headers.append(VARY, DEPENDS);
        }
        if let Some(origin) = origin {
            self.mark(headers, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed.clone());
        }
    }

    /// A preflight of a page that may not call, which nothing inside answered.
    fn refuse() -> Response {
        let mut response = StatusCode::FORBIDDEN.into_response();
        response.headers_mut().insert(VARY, PREFLIGHT_DEPENDS);
        response
    }
}

/// What stands behind a [`Cors`].
#[derive(Debug, Clone)]
pub struct Crossing<S> {
    inner: S,
    cors: Cors,
}

impl<S> Crossing<S> {
    pub(super) fn new(inner: S, cors: Cors) -> Self {
        Self { inner, cors }
    }
}

impl<S> Service<Request<Body>> for Crossing<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Crossed<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let headers = request.headers();
        let origin = self.cors.allows(headers);
        let asks = request.method() == Method::OPTIONS
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
            && self.cors.except != Some(request.uri().path());
        let way = match origin {
            Some(origin) if asks => Way::Preflight {
                response: Some(self.cors.preflight(headers, origin)),
            },
            // An origin that is not ours may be one of a route that is open to more.
            origin => Way::Inside {
                inner: self.inner.call(request),
                cors: self.cors.clone(),
                origin,
                asks,
            },
        };
        Crossed { way }
    }
}

pin_project! {
    /// An answer on its way out.
    #[derive(Debug)]
    pub struct Crossed<F> {
        #[pin]
        way: Way<F>,
    }
}

pin_project! {
    #[project = Projected]
    #[derive(Debug)]
    enum Way<F> {
        Preflight { response: Option<Response> },
        Inside { #[pin] inner: F, cors: Cors, origin: Option<HeaderValue>, asks: bool },
    }
}

impl<F> Future for Crossed<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().way.project() {
            Projected::Preflight { response } => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                // Answered before.
                None => Poll::Pending,
            },
            Projected::Inside {
                inner,
                cors,
                origin,
                asks,
            } => {
                let Ok(mut response) = ready!(inner.poll(context));
                let nobody = matches!(
                    response.status(),
                    StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
                );
                if *asks && nobody {
                    return Poll::Ready(Ok(Cors::refuse()));
                }
                cors.answer(response.headers_mut(), origin.take());
                Poll::Ready(Ok(response))
            }
        }
    }
}
