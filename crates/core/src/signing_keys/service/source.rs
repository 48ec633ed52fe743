//! A token that names a key which is not known here: another process may just have made it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use super::SigningKeys;
use crate::flights::Flights;
use crate::keys::{KeyRing, KeySource, Refreshing};
use crate::signing_keys::store::KeyStore;
use crate::store::StoreError;

/// The least time between two looks at the store that tokens cause: who makes up key ids waits, and costs ten queries a
/// second in all.
const PAUSE: Duration = Duration::from_millis(100);

/// The looks at the store that tokens cause.
#[derive(Default)]
pub(super) struct Looks {
    flights: Flights,
    /// Held while one looks, and for the pause behind it.
    turn: Arc<Mutex<()>>,
    /// Whether the last of them failed.
    failed: Arc<AtomicBool>,
}

impl<S: KeyStore> KeySource for SigningKeys<S> {
    /// Loads the keys. A look serves all who came before it began; a token whose key was made before it came is never
    /// refused for the pause.
    fn refresh<'a>(&'a self, ring: &'a KeyRing) -> Refreshing<'a> {
        Box::pin(async move {
            let number = ring.number();
            let (keys, turn) = (self.clone(), self.inner.looks.turn.clone());
            let failed = self.inner.looks.failed.clone();
            let look = |doors| async move {
                let turn = turn.lock_owned().await;
                drop(doors);
                let loaded = keys.load().await;
                failed.store(loaded.is_err(), Ordering::SeqCst);
                if let Err(error) = loaded {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::debug!(%error, cause, "the signing keys could not be loaded");
                }
                let pause = async move {
                    tokio::time::sleep(PAUSE).await;
                    drop(turn);
                };
                if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                    runtime.spawn(pause);
                }
            };
            self.inner.looks.flights.join(look).await;
            match ring.number() != number {
                false if self.inner.looks.failed.load(Ordering::SeqCst) => {
                    Err(StoreError::unavailable("the signing keys could not be loaded"))
                }
                is_newer => Ok(is_newer),
            }
        })
    }
}
