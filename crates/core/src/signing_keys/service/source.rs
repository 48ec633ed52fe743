//! A token that names a key which is not known here: another process may just have made it.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;

use super::SigningKeys;
use crate::keys::{KeyRing, KeySource};
use crate::signing_keys::store::KeyStore;

impl<S: KeyStore> KeySource for SigningKeys<S> {
    /// Loads the keys. Requests that come while one load is under way share the next.
    fn refresh<'a>(&'a self, ring: &'a KeyRing) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            let number = ring.load().number;
            let begun = self.inner.begun.load(Ordering::SeqCst);
            let mut loaded = self.inner.loaded.lock().await;
            // A load that began after we came saw all that we could see.
            if self.inner.begun.load(Ordering::SeqCst) == begun
                && let Err(error) = self.load_into(&mut loaded).await
            {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, cause, "the signing keys could not be loaded");
            }
            ring.load().number != number
        })
    }
}
