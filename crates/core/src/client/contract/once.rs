//! What is used once.

use std::sync::Arc;

use crate::client::store::ClientStore;
use crate::contract::questions;
use crate::revocation::RevocationStore;

questions! { ClientStore, RevocationStore;
    /// Each for itself.
    a_thing_is_used_once(store, _revocations) {
        let (one, two) = ([1; 16], [2; 16]);
        assert!(store.use_once(&one, 2_000, 1_000).await?);
        assert!(!store.use_once(&one, 2_000, 1_000).await?);
        assert!(!store.use_once(&one, 9_000, 1_999).await?);
        assert!(store.use_once(&two, 2_000, 1_999).await?);
        assert!(store.use_once(&[0; 16], 2_000, 1_000).await?);
    }

    /// However they fall.
    of_many_who_use_a_thing_at_once_one_does(store, _revocations) {
        let store = Arc::new(store);
        let uses: Vec<_> = (0..16)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.use_once(&[7; 16], 2_000, 1_000).await })
            })
            .collect();
        let mut first = Vec::new();
        for (number, used) in uses.into_iter().enumerate() {
            first.extend(matches!(used.await, Ok(Ok(true))).then_some(number));
        }
        assert_eq!(first.len(), 1, "{first:?}");
    }

    /// What is past its time may go, and takes nothing along.
    what_is_still_kept_is_never_forgotten(store, _revocations) {
        let digest = |n: u8| [n; 16];
        for n in 0..100 {
            assert!(store.use_once(&digest(n), u64::from(n).saturating_add(1_000), 1_000).await?);
        }
        for n in 100..200 {
            assert!(store.use_once(&digest(n), 9_000, 1_050).await?);
        }
        for n in (51..100).chain(100..200) {
            assert!(!store.use_once(&digest(n), 9_000, 1_050).await?, "{n}");
        }
    }

    /// Set forth by half an hour, and right again.
    a_clock_that_was_wrong_for_a_while_has_nothing_forgotten(store, _revocations) {
        assert!(store.use_once(&[0; 16], 10_300_000, 10_000_000).await?);
        for n in 1..=20 {
            assert!(store.use_once(&[n; 16], 12_100_000, 11_800_000).await?);
        }
        assert!(!store.use_once(&[0; 16], 10_300_000, 10_000_001).await?);
    }
}
