//! One GET, bounded in time and size, that follows nothing.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, HeaderMap};
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::FetchError;

/// How long one answer may take, in all.
const TIME_OUT: Duration = Duration::from_secs(5);

/// The longest answer, in bytes.
pub(super) const MAX_LEN: usize = portcullis_core::jose::MAX_JWK_SET_LEN;

/// A client with the system's certificates.
#[derive(Clone)]
pub(super) struct Fetcher {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    time_out: Duration,
}

/// An answer.
pub(super) struct Fetched {
    pub(super) body: Bytes,
    /// How long it may be kept, by `Cache-Control: max-age` (RFC 9111 §5.2.2.1).
    pub(super) max_age: Option<Duration>,
}

impl Fetcher {
    pub(super) fn new() -> Result<Self, FetchError> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())
            .map_err(|error| FetchError::Certificates(Arc::new(error)))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            time_out: TIME_OUT,
        })
    }

    /// Another limit of time, for tests.
    #[cfg(test)]
    pub(super) fn within(mut self, time_out: Duration) -> Self {
        self.time_out = time_out;
        self
    }

    /// The answer to a GET at an address that may be fetched from.
    pub(super) async fn get(&self, uri: Uri) -> Result<Fetched, FetchError> {
        let request = Request::get(uri).header(ACCEPT, "application/json");
        let request = request.body(Empty::new()).map_err(|_| FetchError::Address)?;
        self.ask(request, MAX_LEN, self.time_out).await
    }

    /// The same with credentials, at most this long and within this time.
    pub(super) async fn get_with(
        &self,
        uri: Uri,
        credentials: &HeaderValue,
        (max_len, time_out): (usize, Duration),
    ) -> Result<Fetched, FetchError> {
        let request = Request::get(uri).header(AUTHORIZATION, credentials);
        let request = request.body(Empty::new()).map_err(|_| FetchError::Address)?;
        self.ask(request, max_len, time_out).await
    }

    async fn ask(
        &self,
        request: Request<Empty<Bytes>>,
        max_len: usize,
        time_out: Duration,
    ) -> Result<Fetched, FetchError> {
        tokio::time::timeout(time_out, self.answer(request, max_len))
            .await
            .unwrap_or(Err(FetchError::TimeOut(time_out)))
    }

    async fn answer(&self, request: Request<Empty<Bytes>>, max_len: usize) -> Result<Fetched, FetchError> {
        let connection = |cause: Box<dyn Error + Send + Sync>| FetchError::Connection(Arc::from(cause));
        let answer = self
            .client
            .request(request)
            .await
            .map_err(|error| connection(error.into()))?;
        match answer.status() {
            StatusCode::OK => {}
            status if status.is_redirection() => return Err(FetchError::Redirected),
            status => return Err(FetchError::Status(status.as_u16())),
        }
        let max_age = max_age(answer.headers());
        match Limited::new(answer.into_body(), max_len).collect().await {
            Ok(body) => Ok(Fetched {
                body: body.to_bytes(),
                max_age,
            }),
            Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLong(max_len)),
            Err(error) => Err(connection(error)),
        }
    }
}

fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    let directives = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    let mut ages = directives.filter_map(|directive| directive.trim().strip_prefix("max-age="));
    ages.find_map(|age| age.parse().ok()).map(Duration::from_secs)
}
