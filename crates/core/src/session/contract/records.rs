//! What is stored comes back.

#![allow(clippy::arithmetic_side_effects, reason = "with small numbers of its own")]

use super::samples::{BEGUN, ENDED, begin, begun, end, family, revoked, session, session_id, step, stepped, used};
use crate::contract::questions;
use crate::session::record::{Ahead, Digest, Family, Session};
use crate::session::store::{Ending, SessionStore};

questions! { SessionStore;
    /// "No such session" is an answer.
    of_an_unknown_session_nothing_is_known_and_nothing_changes(store) {
        let (unknown, family) = begun(1, "alice", None);
        assert_eq!(store.session(unknown.id).await?, None);
        assert_eq!(store.family(family.id).await?, None);
        assert!(!store.rotate(&family, &step(1)).await?);
        let ahead = Ahead { generation: 7, key: 1, digest: Digest([7; 32]) };
        assert!(!store.roll_forward(family.id, &ahead).await?);
        assert!(!store.answer_late(family.id, 0).await?);
        assert!(!store.label(unknown.id, &unknown.user, "phone").await?);
        assert_eq!(end(&store, Ending::Session(unknown.id)).await?, []);
        store.touch(&[used(1, Some(0), 1, None)]).await?;
        assert_eq!(store.purge(u64::MAX >> 1, 10).await?, 0);
        assert_eq!(store.sessions_of(&unknown.user, 0).await?, []);
        assert_eq!(revoked(&store).await?, []);
    }

    /// Nothing is lost, wherever it stands.
    a_session_and_its_family_come_back_whole(store) {
        let (session, family) = begun(1, "alice", None);
        store.begin(&session, &family).await?;
        assert_eq!(store.family(family.id).await?, Some((family, session)));
        let (session, family) = begun(2, "'; --", Some("app"));
        let session = Session {
            label: "my phone \u{1f600}".to_owned(),
            agent: Some("curl/8.5".into()),
            first_address: "192.0.2.1".parse().ok(),
            last_address: "2001:db8::1".parse().ok(),
            seen: BEGUN + 1,
            epoch: i64::MAX.unsigned_abs(),
            ..session
        };
        let family = Family {
            scopes: ["me"].into_iter().collect(),
            audience: Some("https://api.example.com".to_owned()),
            epoch: i64::MAX.unsigned_abs(),
            generation: u32::MAX - 1,
            key: 255,
            parent: Some(Digest([255; 32])),
            nonce: [255; 16],
            confirmed: true,
            late: true,
            network: Some(u32::MAX),
            ..family
        };
        store.begin(&session, &family).await?;
        assert_eq!(store.session(session.id).await?, Some(session.clone()));
        assert_eq!(store.family(family.id).await?, Some((family, session)));
    }

    /// Who did not hear the answer asks again, and meanwhile much may have happened.
    to_begin_again_changes_nothing(store) {
        let first = begin(&store, 1).await?;
        begin(&store, 1).await?;
        assert!(store.rotate(&first, &step(1)).await?);
        begin(&store, 1).await?;
        assert_eq!(family(&store, 1).await?, stepped(&first, &step(1)));
        end(&store, Ending::Session(session_id(1))).await?;
        begin(&store, 1).await?;
        assert_eq!(session(&store, 1).await?.ended, Some(ENDED));
        assert_eq!(family(&store, 1).await?.ended, Some(ENDED));
    }
}
