//! The choices of a resource server.

use std::time::Duration;

use portcullis_core::jose::Algorithm;
use portcullis_core::{AccessTokenType, Clock, FromToken, ResourceServer, Scopes, StaleFeed};

use super::{FetchError, FollowingClient, FromIssuer};

impl<U: FromToken> FromIssuer<U> {
    /// Demands this `aud` (RFC 7519 §4.1.3): what this server is called at the issuer. Without it a token that has one
    /// is refused.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        let audience = audience.into();
        self.choosing(|server| server.audience(audience))
    }

    /// What stands in the tokens' `typ`: [`AccessTokenType::Jwt`] for issuers that do not follow RFC 9068. Then an ID
    /// token of the same audience is taken for an access token, so demand an audience that only access tokens have.
    #[must_use]
    pub fn token_type(self, typ: AccessTokenType) -> Self {
        self.choosing(move |server| server.token_type(typ))
    }

    /// Declares the scopes that the docs offer.
    #[must_use]
    pub fn scopes<S: Scopes>(self) -> Self {
        self.choosing(ResourceServer::scopes::<S>)
    }

    /// The algorithms that are taken; [`Algorithm::RS256`], `ES256`, `ES384`, `ES512` and `EdDSA` by default. A shared
    /// secret is never taken from a published set that has other keys.
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Another clock than the machine's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = std::sync::Arc::new(clock);
        self
    }

    /// Fetches from this host by plain http too (a name or an IP address, without a port): inside a cluster, say. Whoever
    /// stands between can put keys of their own in, and then make tokens. To be said before [`FromIssuer::fetch_from`].
    #[must_use]
    pub fn plain_http_host(mut self, host: &str) -> Self {
        self.place.plain.add(host);
        self
    }

    /// Asks for the issuer's metadata under this address in the place of its name: where it is reached from here otherwise
    /// than by its clients. They must name the issuer all the same.
    ///
    /// # Errors
    /// The address may not be fetched from.
    pub fn fetch_from(mut self, address: &str) -> Result<Self, FetchError> {
        self.place.base = Some(address.to_owned());
        self.place.metadata()?;
        Ok(self)
    }

    /// Fetches the key set (RFC 7517 §5) from here, and asks for no metadata.
    ///
    /// # Errors
    /// The address may not be fetched from.
    pub fn keys_from(mut self, address: &str) -> Result<Self, FetchError> {
        self.place.plain.allowed(address)?;
        self.place.keys = Some(address.to_owned());
        Ok(self)
    }

    /// How far clocks may differ: for `exp`, `nbf` and `iat`, at most five minutes. By default a minute for `nbf` and `iat`,
    /// and none for `exp`.
    #[must_use]
    pub fn leeway(self, leeway: Duration) -> Self {
        self.choosing(move |server| server.leeway(leeway))
    }

    /// For how long a token is taken beyond its `exp`; not at all by default.
    #[must_use]
    pub fn exp_leeway(self, leeway: Duration) -> Self {
        self.choosing(move |server| server.exp_leeway(leeway))
    }

    /// How far the issuer's clock may be ahead of ours, which `nbf` and `iat` show; a minute by default.
    #[must_use]
    pub fn start_leeway(self, leeway: Duration) -> Self {
        self.choosing(move |server| server.start_leeway(leeway))
    }

    /// The longest token that is looked at, in bytes; 8 KiB by default.
    #[must_use]
    pub fn max_token_len(self, bytes: usize) -> Self {
        self.choosing(move |server| server.max_token_len(bytes))
    }

    /// Demands that a token was given to this client (`client_id`); called again, to one of several. For issuers whose
    /// access tokens have no `aud`, such as Amazon Cognito.
    #[must_use]
    pub fn client_id(self, client: impl Into<String>) -> Self {
        let client = client.into();
        self.choosing(|server| server.client_id(client))
    }

    /// Where the issuer puts what a token may do, as [`ResourceServer::scopes_from`] says.
    #[must_use]
    pub fn scopes_from(self, place: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let place: Vec<String> = place.into_iter().map(Into::into).collect();
        self.choosing(|server| server.scopes_from(place))
    }

    /// What the issuer calls `name` (a role, say, which may have blanks in it) is `S` here.
    #[must_use]
    pub fn scopes_for<S: Scopes>(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.choosing(|server| server.scopes_for::<S>(name))
    }

    /// Keeps these claims for handlers to read, as [`ResourceServer::keep_claims`] says.
    #[must_use]
    pub fn keep_claims(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        self.choosing(|server| server.keep_claims(names))
    }

    /// Refuses what the issuer ended before its time: it is asked for news on and on (`revocations_endpoint` of its metadata,
    /// or `/revocations`), as this client of it, which needs the scope `revocations:read`. Within two seconds of an end its
    /// tokens are refused here. Before the first answer every token is answered 503.
    ///
    /// ```no_run
    /// # use portcullis::prelude::*;
    /// # async fn app() -> Result<(), portcullis::FetchError> {
    /// let auth: Auth = Auth::resource_server("https://login.example.com")?
    ///     .audience("https://api.example.com")
    ///     .follow_revocations(portcullis::FollowingClient::new("api", "the client's secret"))
    ///     .connect()
    ///     .await;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn follow_revocations(mut self, client: FollowingClient) -> Self {
        self.follow = Some(client);
        self
    }

    /// What becomes of good tokens while it is not known what the issuer ended just now; they are taken by default.
    #[must_use]
    pub fn stale_revocations(mut self, stale: StaleFeed) -> Self {
        self.stale = stale;
        self
    }
}
