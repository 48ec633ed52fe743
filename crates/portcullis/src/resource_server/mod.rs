//! A resource server: tokens of another server are checked with the keys that it publishes, without a call per request.
//! Trouble with the issuer is told in the log once a minute, and by [`IssuerKeys::status`].
//!
//! ```no_run
//! use portcullis::prelude::*;
//!
//! async fn read_items(user: ActiveUser) -> Json<String> {
//!     Json(user.username().to_owned())
//! }
//!
//! # async fn app() -> Result<axum::Router, portcullis::FetchError> {
//! let auth: Auth = Auth::resource_server("https://login.example.com")?
//!     .audience("https://api.example.com")
//!     .connect()
//!     .await;
//! let app = auth.mount(ApiRouter::new().api_route("/items/", get(read_items)));
//! # Ok(app)
//! # }
//! ```

use std::marker::PhantomData;
use std::sync::Arc;

use portcullis_core::jose::Algorithm;
use portcullis_core::{Auth, Clock, FromToken, KeyRing, Keys, ResourceServer, Revocations, StaleFeed, SystemClock};

mod address;
mod discovery;
mod error;
mod fetch;
mod follow;
mod keys;
mod settings;

pub use error::FetchError;
pub use follow::FollowingClient;
pub use keys::{IssuerKeys, IssuerStatus};

use discovery::Place;
use fetch::Fetcher;
use follow::Follower;

/// The algorithms that are taken unless told otherwise: for each kind of key one, since foreign sets often do not say
/// which. Never a shared secret.
const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::RS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::EdDSA,
];

/// Making an [`Auth`] that only checks tokens.
pub trait CheckTokens<U: FromToken> {
    /// Takes the tokens of this issuer: its `iss`, which is also the address under which its metadata stand (RFC 8414,
    /// or OpenID Connect Discovery). It must be https, or on this machine.
    ///
    /// # Errors
    /// The address may not be fetched from, or the system's certificates cannot be loaded.
    fn resource_server(issuer: &str) -> Result<FromIssuer<U>, FetchError>;

    /// Takes the tokens of an issuer whose name (`iss`) is no address that is fetched from, or a plain http one:
    /// [`FromIssuer::plain_http_host`], [`FromIssuer::fetch_from`] or [`FromIssuer::keys_from`] then say from where.
    ///
    /// ```no_run
    /// # use portcullis::prelude::*;
    /// # async fn app() -> Result<(), portcullis::FetchError> {
    /// let auth: Auth = Auth::resource_server_named("http://keycloak:8080/realms/example")?
    ///     .plain_http_host("keycloak")
    ///     .audience("account")
    ///     .token_type(portcullis::AccessTokenType::Jwt)
    ///     .scopes_from(["realm_access", "roles"])
    ///     .connect()
    ///     .await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The system's certificates cannot be loaded.
    fn resource_server_named(issuer: &str) -> Result<FromIssuer<U>, FetchError>;
}

impl<U: FromToken> CheckTokens<U> for Auth<U> {
    fn resource_server(issuer: &str) -> Result<FromIssuer<U>, FetchError> {
        let server = Self::resource_server_named(issuer)?;
        server.place.metadata()?;
        Ok(server)
    }

    fn resource_server_named(issuer: &str) -> Result<FromIssuer<U>, FetchError> {
        Ok(FromIssuer::with_fetcher(issuer, Fetcher::new()?))
    }
}

/// Collects what a resource server asks of tokens. They must say `at+jwt` in their `typ` (RFC 9068) and be for our
/// audience, unless told otherwise.
pub struct FromIssuer<U> {
    place: Place,
    fetcher: Fetcher,
    algorithms: Vec<Algorithm>,
    clock: Arc<dyn Clock>,
    choose: Vec<Choice>,
    follow: Option<FollowingClient>,
    stale: StaleFeed,
    user: PhantomData<fn() -> U>,
}

type Choice = Box<dyn FnOnce(ResourceServer) -> ResourceServer + Send>;

impl<U: FromToken> FromIssuer<U> {
    fn with_fetcher(issuer: &str, fetcher: Fetcher) -> Self {
        Self {
            place: Place::new(issuer),
            fetcher,
            algorithms: ALGORITHMS.to_vec(),
            clock: Arc::new(SystemClock),
            choose: Vec::new(),
            follow: None,
            stale: StaleFeed::default(),
            user: PhantomData,
        }
    }

    fn choosing(mut self, choice: impl FnOnce(ResourceServer) -> ResourceServer + Send + 'static) -> Self {
        self.choose.push(Box::new(choice));
        self
    }

    /// Fetches the keys and keeps them current from then on. If they cannot be had now, the log says so, every token is
    /// answered 503, and they are tried for again every ten seconds: an application starts without its issuer.
    ///
    /// Must be called within a tokio runtime.
    pub async fn connect(self) -> Auth<U> {
        self.connect_watched().await.0
    }

    /// As [`FromIssuer::connect`], with a handle for health checks.
    pub async fn connect_watched(self) -> (Auth<U>, IssuerKeys) {
        let ring = KeyRing::new(Keys::none());
        let (fetcher, clock) = (self.fetcher.clone(), self.clock.clone());
        let keys = IssuerKeys::new(self.place.clone(), self.algorithms, fetcher, clock.clone());
        keys.tend(&ring).await;
        let follower = self.follow.map(|client| {
            let revocations = Revocations::followed(clock, self.stale);
            let clock = self.clock.clone();
            Follower::new(
                &client,
                self.place.clone(),
                self.fetcher,
                (ring.clone(), revocations),
                clock,
            )
        });
        let endpoint = keys.status().token_endpoint;
        let issuer = self.place.issuer;
        let endpoint = endpoint.unwrap_or_else(|| format!("{}/token", issuer.trim_end_matches('/')));
        // The task holds the ring without its source, so that it ends with the last user of the keys.
        keys.tend_in_background(ring.clone());
        let server = ResourceServer::new(issuer, ring.with_source(keys.clone()))
            .token_endpoint(endpoint)
            .clock(self.clock);
        let mut server = self.choose.into_iter().fold(server, |server, choice| choice(server));
        if let Some(mut follower) = follower {
            server = server.revocations(follower.revocations().clone());
            follower.look(&keys).await;
            follower.look_in_background(&keys);
        }
        (server.build(), keys)
    }
}

impl<U> std::fmt::Debug for FromIssuer<U> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FromIssuer")
            .field("issuer", &self.place.issuer)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
