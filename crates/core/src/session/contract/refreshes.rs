//! A family from one generation to the next.

use std::sync::Arc;

use super::samples::{begin, begun, family, step, stepped, used};
use crate::contract::questions;
use crate::session::record::{Ahead, Digest, Family, Rotation};
use crate::session::store::SessionStore;
use crate::store::StoreError;

questions! { SessionStore;
    /// Generation and digest both.
    a_family_goes_on_only_from_what_was_seen(store) {
        let first = begin(&store, 1).await?;
        begin(&store, 2).await?;
        assert!(!store.rotate(&Family { generation: 1, ..first.clone() }, &step(1)).await?);
        assert!(!store.rotate(&Family { digest: Digest([9; 32]), ..first.clone() }, &step(1)).await?);
        store.touch(&[used(1, Some(0), 1, None)]).await?;
        assert!(store.rotate(&first, &step(1)).await?);
        assert!(!store.rotate(&first, &step(2)).await?);
        let second = stepped(&first, &step(1));
        assert_eq!(family(&store, 1).await?, second);
        assert!(store.rotate(&second, &step(2)).await?);
        assert_eq!(family(&store, 1).await?, stepped(&second, &step(2)));
        assert_eq!(family(&store, 2).await?, begun(2, "alice", None).1);
    }

    /// A session that a cookie carries lives longer without another token.
    a_family_goes_on_with_the_token_that_it_has(store) {
        let first = begin(&store, 1).await?;
        let longer = Rotation { digest: first.digest, nonce: first.nonce, ..step(1) };
        assert!(store.rotate(&first, &longer).await?);
        assert!(!store.rotate(&first, &longer).await?, "whoever saw the same is late");
        let second = stepped(&first, &longer);
        assert_eq!(family(&store, 1).await?, second);
        assert!(store.rotate(&second, &longer).await?);
    }

    /// However they fall.
    of_many_who_rotate_at_once_one_does(store) {
        let (store, first) = (Arc::new(store), begun(1, "alice", None));
        store.begin(&first.0, &first.1).await?;
        let racers: Vec<_> = (1..=16)
            .map(|n| {
                let (store, seen) = (store.clone(), first.1.clone());
                tokio::spawn(async move { (n, store.rotate(&seen, &step(n)).await) })
            })
            .collect();
        let mut won = Vec::new();
        for racer in racers {
            let (n, rotated) = racer.await.map_err(StoreError::unavailable)?;
            if rotated? {
                won.push(n);
            }
        }
        assert_eq!(won.len(), 1, "{won:?}");
        for n in won {
            assert_eq!(family(&*store, 1).await?, stepped(&first.1, &step(n)));
        }
    }

    /// And then the next generation is again.
    a_late_answer_is_given_once_a_generation(store) {
        let first = begin(&store, 1).await?;
        store.rotate(&first, &step(1)).await?;
        assert!(!store.answer_late(first.id, 0).await?);
        assert!(!store.answer_late(first.id, 2).await?);
        assert!(store.answer_late(first.id, 1).await?);
        assert!(!store.answer_late(first.id, 1).await?);
        let second = stepped(&first, &step(1));
        assert_eq!(family(&store, 1).await?, Family { late: true, ..second.clone() });
        assert!(store.rotate(&second, &step(2)).await?);
        assert!(store.answer_late(first.id, 2).await?);
    }

    /// Its holder has got the answer.
    a_confirmed_generation_is_not_answered_late(store) {
        let first = begin(&store, 1).await?;
        store.rotate(&first, &step(1)).await?;
        // Those of other generations say nothing.
        store.touch(&[used(1, Some(0), 1, None), used(1, Some(2), 1, None), used(1, None, 1, None)]).await?;
        assert!(!family(&store, 1).await?.confirmed);
        store.touch(&[used(1, Some(1), 1, None)]).await?;
        assert!(family(&store, 1).await?.confirmed);
        assert!(!store.answer_late(first.id, 1).await?);
        store.rotate(&family(&store, 1).await?, &step(2)).await?;
        assert!(!family(&store, 1).await?.confirmed);
        assert!(store.answer_late(first.id, 2).await?);
    }

    /// From a copy that is older than the tokens that are out.
    a_family_is_rolled_forward_and_never_back(store) {
        let first = begin(&store, 1).await?;
        store.rotate(&first, &step(1)).await?;
        store.answer_late(first.id, 1).await?;
        store.touch(&[used(1, Some(1), 1, None)]).await?;
        let ahead = |generation| Ahead { generation, key: 9, digest: Digest([9; 32]) };
        assert!(!store.roll_forward(first.id, &ahead(0)).await?);
        assert!(!store.roll_forward(first.id, &ahead(1)).await?);
        assert!(store.roll_forward(first.id, &ahead(7)).await?);
        assert!(!store.roll_forward(first.id, &ahead(7)).await?);
        let rolled = Family {
            generation: 7,
            key: 9,
            digest: Digest([9; 32]),
            parent: None,
            confirmed: false,
            late: false,
            ..stepped(&first, &step(1))
        };
        assert_eq!(family(&store, 1).await?, rolled);
        assert!(store.rotate(&rolled, &step(2)).await?);
    }
}
