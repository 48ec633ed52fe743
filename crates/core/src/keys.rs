//! The keys of an [`Auth`](crate::Auth), which may change while it runs.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use arc_swap::ArcSwap;
use portcullis_jose::{KeySet, PolicyError, SigningKey, VerifyingKey};

/// The keys of one moment: at most one that signs, and those that verify.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    signing: Option<SigningKey>,
    verifying: Option<KeySet>,
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
        })
    }

    /// Verifies with these and signs nothing.
    pub fn verifying(keys: KeySet) -> Self {
        Self {
            signing: None,
            verifying: Some(keys),
        }
    }

    /// No key at all: until others come, every token check says that there are none.
    pub fn none() -> Self {
        Self::default()
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

/// Where more keys may come from when a token names one that is not known.
pub trait KeySource: Send + Sync + 'static {
    /// Looks for newer keys and puts them into `ring`; whether it did. It decides itself how often it really looks, and
    /// must come back soon: a request waits.
    fn refresh<'a>(&'a self, ring: &'a KeyRing) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;
}

/// A handle to keys that may be replaced while they are in use. Cheap to clone; all clones are one ring.
///
/// Every replacement is numbered, and what was verified under an earlier number is verified anew.
#[derive(Clone)]
pub struct KeyRing {
    current: Arc<ArcSwap<Numbered>>,
    source: Option<Arc<dyn KeySource>>,
}

/// Keys and how many came before them.
pub(crate) struct Numbered {
    pub(crate) number: u64,
    pub(crate) keys: Keys,
}

impl KeyRing {
    /// A ring with these keys.
    pub fn new(keys: Keys) -> Self {
        Self {
            current: Arc::new(ArcSwap::from_pointee(Numbered { number: 0, keys })),
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

    pub(crate) fn load(&self) -> arc_swap::Guard<Arc<Numbered>> {
        self.current.load()
    }

    pub(crate) async fn refresh(&self) -> bool {
        match &self.source {
            Some(source) => source.refresh(self).await,
            None => false,
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
