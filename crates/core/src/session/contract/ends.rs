//! Ends, and what becomes of what is over.

#![allow(clippy::arithmetic_side_effects, reason = "with small numbers of its own")]

use std::sync::Arc;
use std::time::Duration;

use super::samples::{
    BEGUN, DAY, ENDED, HOUR, OCCASION, begin, begun, end, family, family_id, revoked, session, session_id, step,
    stepped,
};
use crate::contract::questions;
use crate::record_id::SessionId;
use crate::revocation::Occasion;
use crate::session::record::{Ahead, Digest, EndReason, Ended, Family, Rotation};
use crate::session::store::{Ending, SessionStore};
use crate::store::StoreError;
use crate::user::UserId;

questions! { SessionStore;
    /// Whoever is slower.
    an_ended_family_is_changed_by_nothing(store) {
        let first = begin(&store, 1).await?;
        end(&store, Ending::Session(session_id(1))).await?;
        let ended = family(&store, 1).await?;
        assert_eq!(ended, Family { ended: Some(ENDED), ..first.clone() });
        assert!(!store.rotate(&first, &step(1)).await?);
        let ahead = Ahead { generation: 7, key: 1, digest: Digest([7; 32]) };
        assert!(!store.roll_forward(first.id, &ahead).await?);
        assert!(!store.answer_late(first.id, 0).await?);
        assert!(!store.label(session_id(1), &first.user, "phone").await?);
        assert_eq!(family(&store, 1).await?, ended);
    }

    /// In one step, with whatever else is to be said.
    an_end_takes_the_families_along_and_stands_among_the_revocations(store) {
        begin(&store, 1).await?;
        begin(&store, 2).await?;
        let cursor = store.since(None).await?.next;
        let also = OCCASION.user(&UserId::from("alice"), 4);
        let all = Ending::OfUser(UserId::from("alice"), None);
        let mut ended = store.end(&all, EndReason::UserChanged, OCCASION, &[also]).await?;
        ended.sort();
        assert_eq!(ended, [session_id(1), session_id(2)]);
        let why = Some(Ended { why: Some(EndReason::UserChanged), ..ENDED });
        for n in [1, 2] {
            assert_eq!((session(&store, n).await?.ended, family(&store, n).await?.ended), (why, why));
        }
        let given = store.since(Some(&cursor)).await?.entries;
        for entry in [OCCASION.session(session_id(1)), OCCASION.session(session_id(2)), also] {
            assert!(given.contains(&entry), "{entry:?}");
        }
    }

    /// When and why it was the first time stays; what is to be said besides is said all the same.
    an_end_is_a_fact(store) {
        begin(&store, 1).await?;
        end(&store, Ending::Session(session_id(1))).await?;
        let later = Occasion { now: OCCASION.now + Duration::from_secs(60), ..OCCASION };
        let also = later.client("app");
        let again = store.end(&Ending::Session(session_id(1)), EndReason::Replay, later, &[also]).await?;
        assert_eq!(again, []);
        assert_eq!(session(&store, 1).await?.ended, Some(ENDED));
        assert_eq!(family(&store, 1).await?.ended, Some(ENDED));
        assert_eq!(revoked(&store).await?, [OCCASION.session(session_id(1)), also]);
    }

    /// In whichever order they come.
    an_end_and_a_rotation_at_once_leave_an_end(store) {
        let store = Arc::new(store);
        for n in 1..=8 {
            let first = begin(&*store, n).await?;
            let rotating = {
                let store = store.clone();
                tokio::spawn(async move { store.rotate(&first, &step(1)).await })
            };
            let ended = end(&*store, Ending::Session(session_id(n))).await?;
            assert_eq!(ended, [session_id(n)]);
            let rotated = rotating.await.map_err(StoreError::unavailable)??;
            let now = family(&*store, n).await?;
            assert_eq!((now.generation, now.ended), (u32::from(rotated), Some(ENDED)));
        }
    }

    /// Sessions of others stay.
    an_end_ends_what_it_names_and_nothing_else(store) {
        let (alice, bob) = (UserId::from("alice"), UserId::from("bob"));
        for (n, user, client) in [
            (1, "alice", None), (2, "alice", Some("app")), (3, "alice", Some("app")), (4, "bob", Some("app")),
            (5, "bob", Some("other")), (6, "bob", None), (7, "bob", None),
        ] {
            let (session, family) = begun(n, user, client);
            store.begin(&session, &family).await?;
        }
        let mut living = vec![1, 2, 3, 4, 5, 6, 7];
        for (which, gone) in [
            (Ending::SessionOf(session_id(1), bob.clone()), vec![]),
            (Ending::SessionOf(session_id(1), alice.clone()), vec![1]),
            (Ending::OfUser(alice.clone(), Some(session_id(2))), vec![3]),
            (Ending::OfUser(UserId::from("ali"), None), vec![]),
            (Ending::OfClient("app".to_owned()), vec![2, 4]),
            (Ending::OfClient("app".to_owned()), vec![]),
            (Ending::Session(session_id(5)), vec![5]),
            (Ending::OfUser(bob.clone(), Some(session_id(5))), vec![6, 7]),
        ] {
            let expected: Vec<SessionId> = gone.iter().map(|n| session_id(*n)).collect();
            assert_eq!(end(&store, which.clone()).await?, expected, "{which:?}");
            living.retain(|n| !gone.contains(n));
            for n in 1..=7 {
                let lives = session(&store, n).await?.ended.is_none() && family(&store, n).await?.ended.is_none();
                assert_eq!(lives, living.contains(&n), "{n} after {which:?}");
            }
        }
    }

    /// However long ago it was begun, and however long nobody asked.
    what_was_refreshed_is_not_removed(store) {
        let first = begin(&store, 1).await?;
        begin(&store, 2).await?;
        let next = Rotation { idle: BEGUN + 60 * DAY, ..step(1) };
        assert!(store.rotate(&first, &next).await?);
        assert_eq!(store.purge(BEGUN + 40 * DAY, 1).await?, 1, "the other one");
        assert_eq!(store.purge(BEGUN + 40 * DAY, 1).await?, 0);
        assert_eq!(family(&store, 1).await?, stepped(&first, &next));
        assert_eq!(store.purge(BEGUN + 75 * DAY, 1).await?, 1);
        assert_eq!(store.family(first.id).await?, None);
    }

    /// What lives stays. A store may keep what is over for up to two weeks longer.
    what_is_over_is_removed_a_few_at_a_time(store) {
        for n in 1..=4 {
            begin(&store, n).await?;
        }
        end(&store, Ending::Session(session_id(2))).await?;
        let (long, family) = begun(5, "alice", None);
        store.begin(&long, &Family { idle: BEGUN + 80 * DAY, ..family }).await?;
        assert_eq!(store.purge(BEGUN + HOUR, 10).await?, 0);
        let far = BEGUN + (14 + 14) * DAY;
        assert_eq!(store.purge(far, 3).await?, 3);
        assert_eq!(store.purge(far, 3).await?, 1);
        assert_eq!(store.purge(far, 3).await?, 0);
        for n in 1..=4 {
            assert_eq!(store.session(session_id(n)).await?, None);
            assert_eq!(store.family(family_id(n)).await?, None);
        }
        assert_eq!(store.family(family_id(5)).await?.map(|(_, session)| session), Some(long));
    }
}
