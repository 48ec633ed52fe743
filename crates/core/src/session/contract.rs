//! The questions that every store of sessions must answer alike.

#![allow(clippy::arithmetic_side_effects, reason = "with small numbers of its own")]

use std::sync::Arc;
use std::time::Duration;

use super::record::{Activity, Ahead, Digest, EndReason, Ended, Family, Rotation, Session};
use super::store::{Ending, SessionStore};
use crate::record_id::{FamilyId, SessionId};
use crate::revocation::{Entry, Occasion};
use crate::store::StoreError;
use crate::user::UserId;

/// Writes one test per question of the contract of a [`SessionStore`](crate::SessionStore). The argument is an expression
/// that gives a future of a fresh, empty store; it is evaluated once per test. A store of sessions is one of revocations:
/// hold it against [`revocation_store_contract!`](crate::revocation_store_contract) too.
///
/// Needs `tokio` with the `macros`, `rt` and `rt-multi-thread` features among the dev-dependencies.
#[macro_export]
macro_rules! session_store_contract {
    ($fresh:expr) => {
        $crate::session_store_contract!(@each $fresh;
            of_an_unknown_session_nothing_is_known_and_nothing_changes,
            a_session_and_its_family_come_back_whole,
            to_begin_again_changes_nothing,
            a_family_goes_on_only_from_what_was_seen,
            of_many_who_rotate_at_once_one_does,
            a_late_answer_is_given_once_a_generation,
            a_confirmed_generation_is_not_answered_late,
            a_family_is_rolled_forward_and_never_back,
            an_ended_family_is_changed_by_nothing,
            an_end_takes_the_families_along_and_stands_among_the_revocations,
            an_end_is_a_fact,
            an_end_and_a_rotation_at_once_leave_an_end,
            an_end_ends_what_it_names_and_nothing_else,
            living_sessions_are_listed_the_one_used_last_first,
            a_label_is_set_by_its_user_alone,
            a_use_is_noted_and_never_back_in_time,
            what_is_over_is_removed_a_few_at_a_time,
        );
    };
    (@each $fresh:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let store = $fresh.await;
            $crate::session_contract::$question(store).await.expect("the store answers");
        }
    )+};
}

type Answer = Result<(), StoreError>;

const HOUR: u64 = 60 * 60 * 1_000;
const DAY: u64 = 24 * HOUR;

/// When the sessions of these questions begin: a Sunday in September of 2020.
const BEGUN: u64 = 1_600_000_000_000;

/// When something ends here.
const OCCASION: Occasion = Occasion {
    now: Duration::from_millis(BEGUN + HOUR),
    lifetime: Duration::from_secs(1_800),
};

const ENDED: Ended = Ended {
    at: BEGUN + HOUR,
    why: Some(EndReason::Logout),
};

fn session_id(n: u8) -> SessionId {
    SessionId::from_bytes([n; 16])
}

fn family_id(n: u8) -> FamilyId {
    FamilyId::from_bytes([n ^ 0x80; 16])
}

/// The n-th session, of a user and a client, with its family.
fn begun(n: u8, user: &str, client: Option<&str>) -> (Session, Family) {
    let session = Session {
        id: session_id(n),
        user: UserId::from(user),
        epoch: 3,
        client: client.map(Arc::from),
        label: String::new(),
        agent: None,
        created: BEGUN,
        first_address: None,
        last_address: None,
        seen: BEGUN,
        ends: BEGUN + 90 * DAY,
        ended: None,
    };
    let family = Family {
        id: family_id(n),
        session: session.id,
        user: session.user.clone(),
        client: session.client.clone(),
        scopes: ["items", "me"].into_iter().collect(),
        audience: None,
        epoch: 3,
        generation: 0,
        key: 1,
        digest: Digest([0; 32]),
        parent: None,
        nonce: [0; 16],
        rotated: BEGUN,
        idle: BEGUN + 14 * DAY,
        ends: session.ends,
        confirmed: false,
        late: false,
        network: None,
        ended: None,
    };
    (session, family)
}

/// The step to a generation whose parts are all of this byte.
fn step(n: u8) -> Rotation {
    Rotation {
        key: n,
        digest: Digest([n; 32]),
        nonce: [n; 16],
        rotated: BEGUN + u64::from(n),
        idle: BEGUN + 14 * DAY + u64::from(n),
        network: Some(u32::MAX - u32::from(n)),
    }
}

/// The family after a step.
fn stepped(family: &Family, next: &Rotation) -> Family {
    Family {
        generation: family.generation + 1,
        key: next.key,
        digest: next.digest,
        parent: Some(family.digest),
        nonce: next.nonce,
        rotated: next.rotated,
        idle: next.idle,
        network: next.network,
        confirmed: false,
        late: false,
        ..family.clone()
    }
}

fn used(n: u8, generation: Option<u32>, minutes: u64, address: Option<&str>) -> Activity {
    Activity {
        session: session_id(n),
        generation,
        seen: BEGUN + minutes * 60_000,
        address: address.and_then(|address| address.parse().ok()),
    }
}

async fn begin<S: SessionStore>(store: &S, n: u8) -> Result<Family, StoreError> {
    let (session, family) = begun(n, "alice", None);
    store.begin(&session, &family).await?;
    Ok(family)
}

/// The n-th family as it is stored; an empty answer is none of the store's mistakes and told as such.
async fn family<S: SessionStore>(store: &S, n: u8) -> Result<Family, StoreError> {
    let found = store.family(family_id(n)).await?;
    found
        .map(|(family, _)| family)
        .ok_or_else(|| StoreError::corrupt("the family is gone"))
}

async fn session<S: SessionStore>(store: &S, n: u8) -> Result<Session, StoreError> {
    let found = store.session(session_id(n)).await?;
    found.ok_or_else(|| StoreError::corrupt("the session is gone"))
}

async fn end<S: SessionStore>(store: &S, which: Ending) -> Result<Vec<SessionId>, StoreError> {
    let mut ended = store.end(&which, EndReason::Logout, OCCASION, &[]).await?;
    ended.sort();
    Ok(ended)
}

async fn revoked<S: SessionStore>(store: &S) -> Result<Vec<Entry>, StoreError> {
    let mut entries = store.since(None).await?.entries;
    entries.sort_by_key(|entry| (entry.kind, entry.subject, entry.value));
    Ok(entries)
}

macro_rules! questions {
    ($($(#[$meta:meta])* $name:ident($store:ident) $body:block)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// Whatever the store answers with.
        pub async fn $name<S: SessionStore>($store: S) -> Answer {
            $body
            Ok(())
        }
    )+};
}

questions! {
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
