//! The clients of a store, changed by rule.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portcullis_password::{OsRandom, Random};

use super::error::ClientError;
use super::keys;
use super::proven::ProvenClients;
use super::record::Client;
use super::rules::{NewClient, check_id};
use super::secret;
use super::store::{ClientStore, ErasedClients};
use super::words::{AddedClient, ClientPage};
use crate::audit::{Act, Audit, AuditEvent, AuditKind};
use crate::cause::Cause;
use crate::clock::{Clock, SystemClock};
use crate::revocation::{Entry, Occasion, Revocations};
use crate::scope::ScopeSet;
use crate::secrets::Secrets;
use crate::session::Sessions;
use crate::token_kind::ACCESS_TOKEN_LIFETIME;

mod ends;
mod secrets;

/// The most clients of one page.
pub const CLIENTS_PAGE_MAX: usize = 100;

/// The clients of a store: added, changed and believed by rule. Cheap to clone.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use portcullis_core::{ClientProof, Clients, MemoryClients, NewClient, ProofMethod, Secrets};
/// let clients = Clients::new(MemoryClients::new(), Secrets::of_one([7; 32]));
/// let added = clients.add(NewClient::named("reports")).await.unwrap();
/// let proof = ClientProof::Secret {
///     id: "reports".to_owned(),
///     secret: added.secret.unwrap(),
///     method: ProofMethod::Basic,
/// };
/// assert_eq!(clients.authenticate(&proof).await.unwrap().id.as_ref(), "reports");
/// # });
/// ```
#[derive(Clone)]
pub struct Clients {
    pub(super) store: Arc<dyn ErasedClients>,
    pub(super) secrets: Secrets,
    pub(super) clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// What the `aud` of an assertion may be.
    pub(super) audiences: Arc<[String]>,
    /// How long the longest-lived token of a client lives.
    lifetime: Duration,
    /// On whose behalf; `None`: of one who may do everything.
    within: Option<ScopeSet>,
    /// How often this process changed a client.
    changes: Arc<AtomicU64>,
    pub(super) proven: Arc<ProvenClients>,
    /// Who is told at once what ended.
    revocations: Option<Revocations>,
    /// What users began with clients.
    sessions: Option<Sessions>,
    /// Where it is written down who changed what.
    pub(super) audit: Option<Audit>,
    cause: Cause,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

impl Clients {
    /// The clients of this store. Digests of their secrets are made with `secrets`.
    pub fn new(store: impl ClientStore, secrets: Secrets) -> Self {
        Self::over(Arc::new(store), secrets, (Arc::new(SystemClock), Arc::new(OsRandom)))
    }

    pub(crate) fn over(
        store: Arc<dyn ErasedClients>,
        secrets: Secrets,
        (clock, random): (Arc<dyn Clock>, Arc<dyn Random>),
    ) -> Self {
        Self {
            store,
            secrets,
            clock,
            random,
            audiences: Arc::new([]),
            lifetime: ACCESS_TOKEN_LIFETIME,
            within: None,
            changes: Arc::default(),
            proven: Arc::default(),
            revocations: None,
            sessions: None,
            audit: None,
            cause: Cause::default(),
        }
    }

    /// Another clock than the machine's, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Another source of randomness than the system's, for tests.
    #[must_use]
    pub fn with_random(mut self, random: impl Random + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// What the `aud` of a client's assertion may be: the issuer, and where tokens are to be had (RFC 7523 §3). Without
    /// any, no assertion is taken.
    #[must_use]
    pub fn with_audiences(mut self, audiences: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.audiences = audiences.into_iter().map(Into::into).collect();
        self
    }

    /// How long a token of a client lives at most; [`ACCESS_TOKEN_LIFETIME`] by default. For as long is remembered that
    /// those of a client have ended.
    #[must_use]
    pub fn with_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// What ends here is known to those revocations at once, and not only at their next look at the store; and those
    /// sessions that users began with a client end with it.
    #[must_use]
    pub(crate) fn ending(mut self, revocations: Option<Revocations>, sessions: Option<Sessions>) -> Self {
        (self.revocations, self.sessions) = (revocations, sessions);
        self
    }

    /// Changes are written down there.
    #[must_use]
    pub(crate) fn told(mut self, audit: Option<Audit>) -> Self {
        self.audit = audit;
        self
    }

    /// The same on behalf of somebody: it is they who change clients.
    #[must_use]
    pub fn by(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    /// The same on behalf of one who has these scopes and can give no others: neither to a new client nor by a new secret
    /// of one that has more.
    #[must_use]
    pub fn within(mut self, scopes: ScopeSet) -> Self {
        self.within = Some(scopes);
        self
    }

    /// Adds a client. One that is neither public nor has keys gets a secret.
    ///
    /// # Errors
    /// [`ClientError::Unfit`], [`ClientError::Taken`], [`ClientError::Beyond`].
    pub async fn add(&self, new: NewClient) -> Result<AddedClient, ClientError> {
        new.check()?;
        self.expect_within(&new.scopes)?;
        let keys = new.keys.as_deref().map(keys::read).transpose()?;
        let grants = new.grants();
        let created = self.now_millis();
        let mut client = Client {
            public: new.public,
            first_party: new.first_party,
            grants,
            scopes: new.scopes,
            audience: new.audience,
            keys,
            created,
            ..Client::named(new.id)
        };
        let mut shown = None;
        if !client.public && client.keys.is_none() {
            let (kept, text) = secret::make(&self.secrets, &client.id, created, &*self.random)?;
            client.secrets.push(kept);
            shown = Some(text);
        }
        let act = self.act(AuditKind::ClientAdded, &client.id, |event| {
            event
                .with("scope", client.scopes.as_str())
                .with("public", client.public)
        });
        act.add_client(&client).await?;
        act.happened(true).await;
        self.changed(&[]);
        tracing::info!(client = %client.id, "a client was added");
        Ok(AddedClient { client, secret: shown })
    }

    /// The client of this id.
    ///
    /// # Errors
    /// [`ClientError::Unknown`] if there is none.
    pub async fn find(&self, id: &str) -> Result<Client, ClientError> {
        // No store has such an id, and some cannot even be asked for it.
        check_id(id).map_err(|_| ClientError::Unknown)?;
        self.store.client(id).await?.ok_or(ClientError::Unknown)
    }

    /// The clients whose ids come after `after` in byte order, at most `limit` of them (1 to [`CLIENTS_PAGE_MAX`]; what lies
    /// outside is taken for the nearest).
    ///
    /// # Errors
    /// What the store says.
    pub async fn list(&self, after: Option<&str>, limit: usize) -> Result<ClientPage, ClientError> {
        let limit = limit.clamp(1, CLIENTS_PAGE_MAX);
        let mut clients = self.store.clients(after, limit.saturating_add(1)).await?;
        let more = clients.len() > limit;
        clients.truncate(limit);
        let next = clients.last().filter(|_| more).map(|last| last.id.clone());
        Ok(ClientPage { clients, next })
    }

    /// A change of a client, and what is written down of it.
    fn act(
        &self,
        kind: AuditKind,
        id: &str,
        more: impl FnOnce(AuditEvent) -> AuditEvent,
    ) -> Act<'_, dyn ErasedClients> {
        let event = || more(AuditEvent::new(kind, self.cause.clone()).of(id));
        Act::on(&*self.store, |store, row| store.noting(row), self.audit.as_ref(), event)
    }

    fn expect_within(&self, scopes: &ScopeSet) -> Result<(), ClientError> {
        match &self.within {
            Some(own) if scopes.iter().any(|scope| !own.contains(scope)) => Err(ClientError::Beyond),
            _ => Ok(()),
        }
    }

    /// Counts up with every change that this process makes: whoever remembers a client looks at it before.
    pub(crate) fn generation(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Holds here from now on.
    fn changed(&self, ended: &[Entry]) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        if let Some(revocations) = &self.revocations {
            revocations.apply(ended);
        }
    }

    fn occasion(&self) -> Occasion {
        Occasion {
            now: self.clock.now(),
            lifetime: self
                .revocations
                .as_ref()
                .map_or(self.lifetime, |kept| kept.longest().max(self.lifetime)),
        }
    }

    fn now_millis(&self) -> u64 {
        u64::try_from(self.clock.now().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests;
