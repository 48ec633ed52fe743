//! The keys of an [`Auth`](crate::Auth), which may change while it runs.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use portcullis_jose::{KeySet, PolicyError, SigningKey, VerifyError, VerifyingKey};

use crate::auth_error::AuthError;
use crate::store::StoreError;

/// The keys of one moment: at most one that signs, and those that verify.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    signing: Option<SigningKey>,
    verifying: Option<KeySet>,
    /// Whether it is known that there are no others: a token of another key is then bad also where there is none at all.
    all: bool,
}

impl Keys {
    /// Signs with `signing`; verifies with it and with `also`.
    ///
    /// # Errors
    /// Of several keys one has no id, or two have the same.
    pub fn new(signing: SigningKey, also: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, PolicyError> {
        let verifying = std::iter::once(signing.verifying_key()).chain(also).collect();
        Ok(Self {
            signing: Some(signing),
            // Ours alone: while a deployment moves from HS256 to another algorithm, tokens of both are good.
            verifying: Some(KeySet::of_own_keys_mixed(verifying)?),
            all: true,
        })
    }

    /// Verifies with these and signs nothing.
    pub fn verifying(keys: KeySet) -> Self {
        Self {
            signing: None,
            verifying: Some(keys),
            all: true,
        }
    }

    /// No key at all: until others come, every token check says that there are none.
    pub fn none() -> Self {
        Self::default()
    }

    /// These, and `also` to verify with; a key whose id is among these already is left out.
    pub(crate) fn accepting(&self, also: &[VerifyingKey]) -> Result<Self, PolicyError> {
        let known = |key: &VerifyingKey| {
            let mut own = self.verifying.iter().flat_map(KeySet::iter);
            key.key_id().is_some() && own.any(|own| own.key_id() == key.key_id())
        };
        let mut others = also.iter().filter(|key| !known(key)).peekable();
        if others.peek().is_none() {
            return Ok(self.clone());
        }
        let own = self.verifying.iter().flat_map(KeySet::iter);
        Ok(Self {
            signing: self.signing.clone(),
            all: self.all,
            verifying: Some(KeySet::of_own_keys_mixed(own.chain(others).cloned().collect())?),
        })
    }

    /// These but for those whose ids have `ended`.
    pub(crate) fn without(&self, ended: impl Fn(&str) -> bool) -> Self {
        let lives = |id: Option<&str>| !id.is_some_and(&ended);
        let own = || self.verifying.iter().flat_map(KeySet::iter);
        if own().all(|key| lives(key.key_id())) {
            return self.clone();
        }
        let left: Vec<_> = own().filter(|key| lives(key.key_id())).cloned().collect();
        Self {
            signing: self.signing.clone().filter(|key| lives(key.key_id())),
            // What went together with others goes without them.
            verifying: (!left.is_empty())
                .then(|| KeySet::of_own_keys_mixed(left).ok())
                .flatten(),
            all: self.all,
        }
    }

    /// No key, and it is known that there is none: every token is bad.
    pub(crate) fn none_left() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    /// Why a token is refused where no key verifies.
    pub(crate) fn lacking(&self) -> AuthError {
        match self.all {
            true => AuthError::Invalid(VerifyError::UnknownKey),
            false => AuthError::NoKeys,
        }
    }

    /// The key that signs.
    pub fn signing_key(&self) -> Option<&SigningKey> {
        self.signing.as_ref()
    }

    /// The keys that verify.
    pub fn key_set(&self) -> Option<&KeySet> {
        self.verifying.as_ref()
    }
}

/// What comes of a look for newer keys.
pub type Refreshing<'a> = Pin<Box<dyn Future<Output = Result<bool, StoreError>> + Send + 'a>>;

/// Where more keys may come from when a token names one that is not known.
pub trait KeySource: Send + Sync + 'static {
    /// Looks for newer keys and puts them into `ring`; whether it did. It decides itself how often it really looks, and
    /// must come back soon: a request waits. That request may be given up at any time, so what it starts should go on
    /// without it ([`Flights`](crate::Flights)).
    ///
    /// # Errors
    /// It could not be looked, so that nobody knows whether there is such a key: a token that names it is not refused, its
    /// check fails with this. A source that has said for long enough what it had may say `Ok(false)` instead.
    fn refresh<'a>(&'a self, ring: &'a KeyRing) -> Refreshing<'a>;
}

/// A handle to keys that may be replaced while they are in use. Cheap to clone; all clones are one ring.
///
/// Every replacement is numbered, and what was verified under an earlier number is verified anew. Whoever replaces keys by
/// hand keeps each one for as long as the tokens live that it signed; [`SigningKeys`](crate::SigningKeys) does so.
#[derive(Clone)]
pub struct KeyRing {
    current: Arc<ArcSwap<Numbered>>,
    /// The longest life, in seconds, of what is signed with these keys.
    longest: Arc<AtomicU64>,
    source: Option<Arc<dyn KeySource>>,
}

/// Keys and how many came before them: what one moment's work is done with.
pub(crate) struct Numbered {
    pub(crate) number: u64,
    pub(crate) keys: Keys,
}

impl KeyRing {
    /// A ring with these keys.
    pub fn new(keys: Keys) -> Self {
        Self {
            current: Arc::new(ArcSwap::from_pointee(Numbered { number: 0, keys })),
            longest: Arc::default(),
            source: None,
        }
    }

    /// Asks `source` when a token names a key that is not in the ring.
    #[must_use]
    pub fn with_source(mut self, source: impl KeySource) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Puts other keys in the place of the present ones, at once and for everybody.
    pub fn replace(&self, keys: Keys) {
        self.current.rcu(|present| Numbered {
            number: present.number.wrapping_add(1),
            keys: keys.clone(),
        });
    }

    /// The present keys.
    pub fn keys(&self) -> Keys {
        self.current.load().keys.clone()
    }

    /// Says that tokens are signed here which live this long. Whoever keeps the keys keeps them so long, each beyond its
    /// last signature.
    pub fn signs_for(&self, lifetime: Duration) {
        self.longest.fetch_max(lifetime.as_secs(), Ordering::SeqCst);
    }

    /// The longest life of what is signed here, as far as it was said.
    pub fn longest_lifetime(&self) -> Duration {
        Duration::from_secs(self.longest.load(Ordering::SeqCst))
    }

    pub(crate) fn load(&self) -> arc_swap::Guard<Arc<Numbered>> {
        self.current.load()
    }

    /// How often the keys were replaced.
    pub fn number(&self) -> u64 {
        self.current.load().number
    }

    /// Lets the source of keys, if there is one, look for others.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        match &self.source {
            Some(source) => source.refresh(self).await.map(drop),
            None => Ok(()),
        }
    }
}

impl From<Keys> for KeyRing {
    fn from(keys: Keys) -> Self {
        Self::new(keys)
    }
}

impl From<SigningKey> for KeyRing {
    fn from(key: SigningKey) -> Self {
        let verifying = Some(KeySet::from(key.verifying_key()));
        Self::new(Keys {
            signing: Some(key),
            verifying,
            all: true,
        })
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.current.load();
        f.debug_struct("KeyRing")
            .field("number", &current.number)
            .field("keys", &current.keys)
            .finish_non_exhaustive()
    }
}
