//! The questions that every store of a trail must answer alike.

use super::event::AuditKind;
use super::row::{AuditRow, MAC_LEN};
use super::seal::Seal;
use super::store::{AuditFilter, AuditStore};
use crate::store::StoreError;

/// Writes one test per question of the contract of an [`AuditStore`](crate::AuditStore). The argument is an expression
/// that gives a future of a fresh, empty store; it is evaluated once per test. With `if` before it as
/// in [`store_contract!`](crate::store_contract).
///
/// Needs `tokio` with the `macros`, `rt` and `rt-multi-thread` features among the dev-dependencies.
#[macro_export]
macro_rules! audit_store_contract {
    (if $fresh:expr) => {
        $crate::audit_store_contract!(@all $fresh, ::std::convert::identity);
    };
    (@all $fresh:expr, $is_there:expr) => {
        $crate::audit_store_contract!(@each $fresh, $is_there;
            an_empty_trail_has_nothing,
            rows_come_back_whole_and_in_the_order_in_which_they_were_added,
            a_row_that_is_added_again_is_one_row,
            rows_are_found_by_user_kind_and_time,
            a_seal_takes_its_number_once_and_follows_one_seal_once,
            only_sealed_rows_are_removed_and_no_position_comes_again,
        );
    };
    (@each $fresh:expr, $is_there:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let ::std::option::Option::Some(store) = $is_there($fresh.await) else { return };
            $crate::audit_contract::$question(store).await.expect("the store answers");
        }
    )+};
    ($fresh:expr) => {
        $crate::audit_store_contract!(@all $fresh, ::std::option::Option::Some);
    };
}

type Answer = Result<(), StoreError>;

fn row(n: u8) -> AuditRow {
    AuditRow {
        id: [n; 16],
        at: u64::from(n),
        kind: AuditKind::Login.number(),
        node: u32::MAX,
        actor: None,
        subject: None,
        client: None,
        session: None,
        peer: None,
        agent: None,
        detail: None,
        key: 1,
        mac: [n; MAC_LEN],
    }
}

fn full(n: u8) -> AuditRow {
    AuditRow {
        kind: u16::MAX,
        actor: Some("username:a:b".to_owned()),
        subject: Some("a:b".to_owned()),
        client: Some("shop".to_owned()),
        session: Some([7; 16]),
        peer: Some("2001:db8::1".to_owned()),
        agent: Some("ä'\"".to_owned()),
        detail: Some("{}".to_owned()),
        key: 255,
        ..row(n)
    }
}

fn seal(number: u8, upto: u64) -> Seal {
    Seal {
        number: number.into(),
        prev: [number.wrapping_sub(1); 32],
        root: [1; 32],
        rows: 2,
        upto,
        era: 3,
        at: 10,
        node: 4,
        key: 5,
        signature: vec![6; 64],
    }
}

macro_rules! questions {
    ($($(#[$meta:meta])* $name:ident($store:ident) $body:block)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// Whatever the store answers with.
        pub async fn $name<S: AuditStore>($store: S) -> Answer {
            $body
            Ok(())
        }
    )+};
}

questions! {
    /// "Nothing" is an answer.
    an_empty_trail_has_nothing(store) {
        let head = store.head().await?;
        assert_eq!((head.seal, head.position, head.sealed), (None, 0, 0));
        assert!(store.rows(0, 9).await?.is_empty() && store.seals(0, 9).await?.is_empty());
        assert!(store.last(&AuditFilter::default(), 9).await?.is_empty());
        assert_eq!(store.sealed_before(u64::MAX).await?, None);
        assert_eq!(store.prune(9, &row(1)).await?, 0);
        assert!(store.rows(0, 9).await?.is_empty());
    }

    /// Positions have no gap.
    rows_come_back_whole_and_in_the_order_in_which_they_were_added(store) {
        store.append(&[full(2), row(1)]).await?;
        store.append(&[]).await?;
        store.append(&[row(3)]).await?;
        let rows = store.rows(0, 9).await?;
        let positions: Vec<u64> = rows.iter().map(|stored| stored.position).collect();
        let whole: Vec<AuditRow> = rows.into_iter().map(|stored| stored.row).collect();
        assert_eq!((positions, whole), (vec![1, 2, 3], vec![full(2), row(1), row(3)]));
        let page = store.rows(1, 1).await?;
        assert!(page.len() == 1 && page.first().is_some_and(|stored| stored.row == row(1)));
        assert_eq!(store.head().await?.position, 3);
    }

    /// Whoever does not know whether a row was stored adds it again.
    a_row_that_is_added_again_is_one_row(store) {
        store.append(&[row(1)]).await?;
        store.append(&[row(1), row(2)]).await?;
        let positions = store.rows(0, 9).await?.into_iter().map(|stored| stored.position);
        assert!(positions.eq([1, 2]));
    }

    /// A user is found as the one whom it happened to and as the one who did it, however their id is spelled.
    rows_are_found_by_user_kind_and_time(store) {
        store.append(&[full(1), row(2), full(3)]).await?;
        let asked = |user: Option<&str>, kind, since| AuditFilter {
            user: user.map(str::to_owned),
            kind,
            since,
        };
        for (filter, expected) in [
            (asked(None, None, None), &[1, 2, 3][..]),
            (asked(Some("a:b"), None, None), &[1, 3]),
            (asked(Some("a"), None, None), &[]),
            (asked(None, Some(AuditKind::Login.number()), None), &[2]),
            (asked(None, None, Some(2)), &[2, 3]),
            (asked(Some("a:b"), Some(u16::MAX), Some(2)), &[3]),
        ] {
            let positions = store.find(&filter, 0, 9).await?.into_iter().map(|stored| stored.position);
            assert!(positions.eq(expected.iter().copied()), "{filter:?}");
            let last = store.last(&filter, 1).await?.into_iter().map(|stored| stored.position);
            assert!(last.eq(expected.last().copied()), "{filter:?}");
        }
        let page = store.find(&asked(Some("a:b"), None, None), 1, 9).await?;
        assert!(page.iter().map(|stored| stored.position).eq([3]));
    }

    /// Of two who seal at once one does.
    a_seal_takes_its_number_once_and_follows_one_seal_once(store) {
        store.append(&[row(1), row(2), row(3)]).await?;
        assert!(store.add_seal(&seal(1, 2)).await?);
        assert!(!store.add_seal(&seal(1, 3)).await?);
        let forked = Seal { prev: seal(1, 2).prev, ..seal(2, 3) };
        assert!(!store.add_seal(&forked).await?);
        assert!(store.add_seal(&seal(2, 3)).await?);
        assert_eq!(store.seals(0, 9).await?, [seal(1, 2), seal(2, 3)]);
        assert_eq!(store.seals(1, 9).await?, [seal(2, 3)]);
        assert_eq!(store.seals(0, 1).await?, [seal(1, 2)]);
        let head = store.head().await?;
        assert_eq!((head.seal, head.sealed), (Some(seal(2, 3)), 2));
        assert_eq!(store.sealed_before(10).await?, None);
        assert_eq!(store.sealed_before(11).await?, Some(seal(2, 3)));
    }

    /// That they went is written in the same step.
    only_sealed_rows_are_removed_and_no_position_comes_again(store) {
        store.append(&[row(1), row(2), row(3)]).await?;
        assert!(store.add_seal(&seal(1, 2)).await?);
        assert_eq!(store.prune(2, &row(4)).await?, 2);
        let left = store.rows(0, 9).await?.into_iter().map(|stored| (stored.position, stored.row));
        assert!(left.eq([(3, row(3)), (4, row(4))]));
        assert_eq!(store.prune(2, &row(5)).await?, 0);
        assert_eq!(store.head().await?.position, 4);
        assert_eq!(store.seals(0, 9).await?, [seal(1, 2)]);
    }
}
