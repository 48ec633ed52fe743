//! The keys of an issuer, fetched and kept current.

use std::error::Error as _;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use bytes::Bytes;
use portcullis_core::jose::{Algorithm, JwkSet, KeyLoader};
use portcullis_core::{Clock, Flights, KeyRing, KeySource, Keys, Refreshing};
use tokio::sync::Mutex;

use super::FetchError;
use super::discovery::Place;
use super::fetch::{Fetched, Fetcher};

/// After an attempt, how long tokens with unknown keys cause no other: a stranger's tokens must not make us ask and ask.
const PAUSE: Duration = Duration::from_secs(10);

/// How long keys are kept where the issuer does not say.
const KEPT: Duration = Duration::from_secs(300);

/// The bounds of what the issuer says.
const KEPT_AT_LEAST: Duration = Duration::from_secs(60);
const KEPT_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// How often, at most, trouble is told.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// How often it is looked whether the keys are due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The keys of an issuer. Clones are one.
#[derive(Clone)]
pub struct IssuerKeys(Arc<Inner>);

struct Inner {
    place: Place,
    algorithms: Vec<Algorithm>,
    fetcher: Fetcher,
    clock: Arc<dyn Clock>,
    /// Whoever holds it fetches.
    state: Mutex<State>,
    /// The flights that tokens with unknown keys cause.
    flights: Flights,
    status: RwLock<IssuerStatus>,
}

#[derive(Default)]
struct State {
    /// `jwks_uri` of the metadata, once they were read.
    set_address: Option<String>,
    attempted: Option<Duration>,
    due: Duration,
    /// When trouble was told last.
    told: Option<Duration>,
    /// The set as it was read last: the same text changes nothing.
    text: Bytes,
}

/// How it stands with an issuer's keys.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct IssuerStatus {
    /// When a set was fetched last, since the epoch; `None`: never yet, and every token check answers 503.
    pub fetched: Option<Duration>,
    /// Why the last attempt failed, if it did.
    pub trouble: Option<FetchError>,
    /// Where the issuer gives tokens, as its metadata say.
    pub token_endpoint: Option<String>,
    /// Where it tells what ended before its time, as its metadata say.
    pub revocations_endpoint: Option<String>,
}

impl IssuerKeys {
    pub(super) fn new(place: Place, algorithms: Vec<Algorithm>, fetcher: Fetcher, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            place,
            algorithms,
            fetcher,
            clock,
            state: Mutex::default(),
            flights: Flights::default(),
            status: RwLock::default(),
        }))
    }

    /// How it stands: for a health check.
    pub fn status(&self) -> IssuerStatus {
        self.0.status.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fetches the keys if they are due; whether the ring changed. Called in the background, and by tests.
    pub(super) async fn tend(&self, ring: &KeyRing) -> bool {
        let mut state = self.0.state.lock().await;
        self.0.clock.now() >= state.due && self.fly(&mut state, ring).await
    }

    /// Fetches the keys, however lately that was done: for who knows that one of them ended.
    pub(super) async fn look_anew(&self, ring: &KeyRing) {
        self.fly(&mut *self.0.state.lock().await, ring).await;
    }

    /// These keys, for as long as somebody else uses them.
    pub(super) fn while_used(&self) -> impl Fn() -> Option<Self> + Send + 'static {
        let keys: Weak<Inner> = Arc::downgrade(&self.0);
        move || keys.upgrade().map(Self)
    }

    /// Tends the keys for as long as somebody uses them.
    pub(super) fn tend_in_background(&self, ring: KeyRing) {
        let used = self.while_used();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                let Some(keys) = used() else { return };
                keys.tend(&ring).await;
            }
        });
    }

    /// One attempt. The old keys stay if it fails.
    async fn fly(&self, state: &mut State, ring: &KeyRing) -> bool {
        let inner = &*self.0;
        let now = inner.clock.now();
        state.attempted = Some(now);
        let fetched = self.fetch(state).await;
        let mut status = inner.status.write().unwrap_or_else(PoisonError::into_inner);
        match fetched {
            Ok(changed) => {
                let kept = changed.kept.clamp(KEPT_AT_LEAST, KEPT_AT_MOST);
                state.due = now.saturating_add(kept);
                if status.trouble.take().is_some() || status.fetched.is_none() {
                    tracing::info!(issuer = inner.place.issuer, "the issuer's keys were fetched");
                }
                status.fetched = Some(now);
                let replaced = changed.keys.map(|keys| ring.replace(keys)).is_some();
                drop(status);
                replaced
            }
            Err(error) => {
                state.due = now.saturating_add(PAUSE);
                // The address may have moved.
                state.set_address = None;
                let (issuer, had) = (&inner.place.issuer, status.fetched.is_some());
                let cause = error.source().map(ToString::to_string);
                if state
                    .told
                    .is_none_or(|told| now < told || now >= told.saturating_add(TELL_EVERY))
                {
                    state.told = Some(now);
                    tracing::warn!(issuer, %error, cause, had, "the issuer's keys could not be fetched");
                }
                status.trouble = Some(error);
                false
            }
        }
    }

    async fn fetch(&self, state: &mut State) -> Result<Changed, FetchError> {
        let Inner { place, fetcher, .. } = &*self.0;
        let address = match &state.set_address {
            Some(address) => address.clone(),
            None => {
                let found = place.discover(fetcher).await?;
                let mut status = self.0.status.write().unwrap_or_else(PoisonError::into_inner);
                status.token_endpoint = found.token_endpoint;
                status.revocations_endpoint = found.revocations_endpoint;
                found.keys
            }
        };
        let Fetched { body, max_age } = fetcher.get(place.plain.allowed(&address)?).await?;
        state.set_address = Some(address);
        let kept = max_age.unwrap_or(KEPT);
        if body == state.text {
            return Ok(Changed { keys: None, kept });
        }
        let set = JwkSet::from_json(&body).map_err(FetchError::Set)?;
        let loader = KeyLoader::new(self.0.algorithms.clone());
        let keys = loader.key_set(&set).map_err(FetchError::Keys)?;
        state.text = body;
        Ok(Changed {
            keys: Some(Keys::verifying(keys)),
            kept,
        })
    }
}

/// What a flight brought.
struct Changed {
    /// Other keys than before.
    keys: Option<Keys>,
    /// For how long they hold.
    kept: Duration,
}

impl KeySource for IssuerKeys {
    /// An issuer that does not answer has told its keys before: a token that names another one is refused.
    fn refresh<'a>(&'a self, ring: &'a KeyRing) -> Refreshing<'a> {
        Box::pin(async move {
            let number = ring.number();
            let (keys, filled) = (self.clone(), ring.clone());
            let fly = |doors| async move {
                let mut state = keys.0.state.lock().await;
                let now = keys.0.clock.now();
                let paused = |attempted: Duration| now < attempted.saturating_add(PAUSE);
                if !state.attempted.is_some_and(paused) {
                    keys.fly(&mut state, &filled).await;
                }
                drop(doors);
            };
            self.0.flights.join(fly).await;
            Ok(ring.number() != number)
        })
    }
}

impl std::fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuerKeys")
            .field("issuer", &self.0.place.issuer)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
