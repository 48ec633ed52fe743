//! What users see of their sessions.

#![allow(clippy::arithmetic_side_effects, reason = "with small numbers of its own")]

use super::samples::{BEGUN, DAY, HOUR, begin, begun, end, session, session_id, used};
use crate::contract::questions;
use crate::record_id::SessionId;
use crate::session::record::Family;
use crate::session::store::{Ending, SessionStore};
use crate::store::StoreError;
use crate::user::UserId;

questions! { SessionStore;
    /// One whose family can be refreshed no more is over, though it has not ended.
    living_sessions_are_listed_the_one_used_last_first(store) {
        let alice = UserId::from("alice");
        for n in 1..=4 {
            begin(&store, n).await?;
        }
        let (other, family) = begun(5, "bob", None);
        store.begin(&other, &family).await?;
        let (long, family) = begun(6, "alice", None);
        store.begin(&long, &Family { idle: BEGUN + 100 * DAY, ..family }).await?;
        store.touch(&[used(2, None, 7, None), used(3, None, 9, None), used(6, None, 8, None)]).await?;
        end(&store, Ending::Session(session_id(4))).await?;
        let listed = async |now| -> Result<Vec<SessionId>, StoreError> {
            Ok(store.sessions_of(&alice, now).await?.into_iter().map(|session| session.id).collect())
        };
        assert_eq!(listed(BEGUN + HOUR).await?, [3, 6, 2, 1].map(session_id));
        assert_eq!(listed(BEGUN + 14 * DAY).await?, [session_id(6)]);
        assert_eq!(listed(BEGUN + 90 * DAY).await?, []);
    }

    /// Others' sessions are as good as none.
    a_label_is_set_by_its_user_alone(store) {
        begin(&store, 1).await?;
        assert!(!store.label(session_id(1), &UserId::from("bob"), "mine").await?);
        assert_eq!(session(&store, 1).await?.label, "");
        assert!(store.label(session_id(1), &UserId::from("alice"), "phone '; --").await?);
        assert_eq!(session(&store, 1).await?.label, "phone '; --");
    }

    /// Batches arrive in any order, and may name what is gone.
    a_use_is_noted_and_never_back_in_time(store) {
        begin(&store, 1).await?;
        begin(&store, 2).await?;
        store.touch(&[]).await?;
        store.touch(&[used(9, None, 9, None), used(1, None, 5, Some("192.0.2.1"))]).await?;
        store.touch(&[used(1, None, 4, Some("192.0.2.2"))]).await?;
        let now = session(&store, 1).await?;
        assert_eq!((now.seen, now.last_address), (BEGUN + 300_000, "192.0.2.1".parse().ok()));
        assert_eq!(now.first_address, None);
        // Where from is not known: the last address stays.
        store.touch(&[used(1, None, 6, None)]).await?;
        let now = session(&store, 1).await?;
        assert_eq!((now.seen, now.last_address), (BEGUN + 360_000, "192.0.2.1".parse().ok()));
        assert_eq!(session(&store, 2).await?.seen, BEGUN);
    }
}
