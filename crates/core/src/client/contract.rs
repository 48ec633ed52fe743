//! The questions that every store of clients must answer alike.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::record::{Client, ClientSecret, GrantType};
use super::store::{ClientChange, ClientStore};
use crate::revocation::{Entry, RevocationStore, Revoked, Subject16};
use crate::scope::ScopeSet;
use crate::session::Digest;
use crate::store::StoreError;

/// Writes one test per question of the contract of a [`ClientStore`](crate::ClientStore). The argument is an expression
/// that gives a future of a fresh, empty store and of the [`RevocationStore`](crate::RevocationStore) that its entries go
/// to, as a pair; it is evaluated once per test.
///
/// Needs `tokio` with the `macros`, `rt` and `rt-multi-thread` features among the dev-dependencies.
#[macro_export]
macro_rules! client_store_contract {
    ($fresh:expr) => {
        $crate::client_store_contract!(@each $fresh;
            an_unknown_client_is_none_and_is_not_changed,
            ids_are_compared_as_they_are,
            an_id_is_taken_once,
            of_two_clients_of_one_id_added_at_once_one_is,
            clients_come_back_whole,
            clients_are_listed_by_id_in_pages,
            secrets_are_changed_only_if_they_are_the_ones_seen,
            of_two_secrets_added_at_once_one_is,
            a_change_leaves_the_rest_as_it_was,
            what_a_change_revokes_is_added_with_it,
            a_removed_client_is_gone_and_its_id_is_free,
            nothing_is_revoked_where_nothing_changed,
            a_thing_is_used_once,
            of_many_who_use_a_thing_at_once_one_does,
            what_is_still_kept_is_never_forgotten,
        );
    };
    (@each $fresh:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let (store, revocations) = $fresh.await;
            $crate::client_contract::$question(store, revocations).await.expect("the store answers");
        }
    )+};
}

type Answer = Result<(), StoreError>;

fn secret(n: u8) -> ClientSecret {
    ClientSecret {
        key: n,
        digest: Digest([n; 32]),
        created: u64::from(n).saturating_add(1_000),
    }
}

fn entry(kind: Revoked, id: &str) -> Entry {
    Entry {
        kind,
        subject: Subject16::of(id),
        value: 7,
        until: 4_000_000_000_000,
    }
}

/// The secrets from those to these.
fn secrets(seen: &[ClientSecret], new: &[ClientSecret]) -> ClientChange {
    ClientChange {
        secrets: Some((seen.to_vec(), new.to_vec())),
        ..ClientChange::default()
    }
}

fn disabling() -> ClientChange {
    ClientChange {
        disabled: Some(true),
        ..ClientChange::default()
    }
}

/// A client of which nothing is as it is by default.
fn full(id: &str) -> Client {
    Client {
        public: true,
        first_party: true,
        grants: BTreeSet::from(GrantType::ALL),
        scopes: ScopeSet::stored("b a users:read").unwrap_or_default(),
        audience: Some("https://api.example.com/?a=b&c=\u{e4}".to_owned()),
        secrets: vec![secret(2), secret(1)],
        keys: Some(format!("{{\"keys\":[],\"x\":\"{}\"}}", "'\u{e4}\"".repeat(3_000))),
        disabled: true,
        created: 1_800_000_000_123,
        ..Client::named(id)
    }
}

macro_rules! questions {
    ($($(#[$meta:meta])* $name:ident($store:ident, $revocations:ident) $body:block)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// Whatever the store answers with.
        pub async fn $name<S: ClientStore, R: RevocationStore>($store: S, $revocations: R) -> Answer {
            $body
            Ok(())
        }
    )+};
}

questions! {
    /// "No such client" is an answer.
    an_unknown_client_is_none_and_is_not_changed(store, _revocations) {
        assert_eq!(store.client("a").await?, None);
        assert_eq!(store.client("").await?, None);
        assert!(!store.change_client("a", &disabling(), &[]).await?);
        assert!(!store.change_client("a", &secrets(&[], &[secret(1)]), &[]).await?);
        assert!(!store.remove_client("a", &[]).await?);
        assert!(store.clients(None, 10).await?.is_empty());
    }

    /// Byte for byte: neither another case nor a beginning nor a pattern is the id.
    ids_are_compared_as_they_are(store, _revocations) {
        store.add_client(&Client::named("Shop")).await?;
        for other in ["shop", "SHOP", "Sho", "Shop ", "%", "Sho_", "' OR 1=1 --"] {
            assert_eq!(store.client(other).await?, None, "{other}");
        }
        store.add_client(&Client::named("shop")).await?;
        store.add_client(&Client::named("' OR 1=1 --")).await?;
        assert_eq!(store.clients(None, 10).await?.len(), 3);
    }

    /// And what is there stays.
    an_id_is_taken_once(store, _revocations) {
        store.add_client(&full("a")).await?;
        let again = store.add_client(&Client::named("a")).await;
        assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");
        assert_eq!(store.client("a").await?, Some(full("a")));
    }

    /// However they fall.
    of_two_clients_of_one_id_added_at_once_one_is(store, _revocations) {
        let store = Arc::new(store);
        let add = |created| {
            let store = store.clone();
            tokio::spawn(async move { store.add_client(&Client { created, ..Client::named("a") }).await })
        };
        let (one, two) = (add(1), add(2));
        let added = [one.await, two.await].map(|added| matches!(added, Ok(Ok(()))));
        assert!(added == [true, false] || added == [false, true], "{added:?}");
    }

    /// Nothing is lost, in no order.
    clients_come_back_whole(store, _revocations) {
        let ids = ["a".to_owned(), "~".repeat(128), "'; DROP TABLE clients; --".replace(' ', "_")];
        for id in &ids {
            store.add_client(&full(id)).await?;
            assert_eq!(store.client(id).await?, Some(full(id)));
        }
        let plain = Client::named("plain");
        store.add_client(&plain).await?;
        assert_eq!(store.client("plain").await?, Some(plain));
        for grant in GrantType::ALL {
            let one = Client { grants: BTreeSet::from([grant]), ..Client::named(grant.name()) };
            store.add_client(&one).await?;
            assert_eq!(store.client(grant.name()).await?, Some(one));
        }
    }

    /// In byte order, and a page never repeats or leaves out one.
    clients_are_listed_by_id_in_pages(store, _revocations) {
        for id in ["b", "Z", "a2", "a", "_", "a10"] {
            store.add_client(&full(id)).await?;
        }
        let (mut found, mut after) = (Vec::new(), None::<Arc<str>>);
        loop {
            let page = store.clients(after.as_deref(), 2).await?;
            assert!(page.len() <= 2);
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            found.extend(page);
        }
        assert_eq!(found, ["Z", "_", "a", "a10", "a2", "b"].map(full));
        assert_eq!(store.clients(Some("a1"), 1).await?, [full("a10")]);
        assert!(store.clients(Some("b"), 9).await?.is_empty());
        assert!(store.clients(None, 0).await?.is_empty());
    }

    /// So that no secret that was dropped comes back, and none is lost: key, digest, time, number and order count.
    secrets_are_changed_only_if_they_are_the_ones_seen(store, _revocations) {
        let client = Client { secrets: vec![secret(1), secret(2)], ..Client::named("a") };
        store.add_client(&client).await?;
        let other = |change: fn(&mut ClientSecret)| {
            let mut one = secret(1);
            change(&mut one);
            vec![one, secret(2)]
        };
        for seen in [
            vec![],
            vec![secret(1)],
            vec![secret(2), secret(1)],
            vec![secret(1), secret(2), secret(3)],
            other(|one| one.key = 9),
            other(|one| one.digest = Digest([9; 32])),
            other(|one| one.created = 9),
        ] {
            assert!(!store.change_client("a", &secrets(&seen, &[secret(3)]), &[]).await?, "{seen:?}");
        }
        assert_eq!(store.client("a").await?, Some(client.clone()));
        assert!(store.change_client("a", &secrets(&client.secrets, &[secret(2)]), &[]).await?);
        assert!(store.change_client("a", &secrets(&[secret(2)], &[secret(2), secret(3)]), &[]).await?);
        let secrets = vec![secret(2), secret(3)];
        assert_eq!(store.client("a").await?, Some(Client { secrets, ..client }));
    }

    /// However they fall.
    of_two_secrets_added_at_once_one_is(store, _revocations) {
        store.add_client(&Client { secrets: vec![secret(1)], ..Client::named("a") }).await?;
        let store = Arc::new(store);
        let add = |n| {
            let store = store.clone();
            let change = secrets(&[secret(1)], &[secret(1), secret(n)]);
            tokio::spawn(async move { store.change_client("a", &change, &[]).await })
        };
        let (one, two) = (add(2), add(3));
        let added = [one.await, two.await].map(|added| matches!(added, Ok(Ok(true))));
        assert!(added == [true, false] || added == [false, true], "{added:?}");
        assert_eq!(store.client("a").await?.map(|client| client.secrets.len()), Some(2));
    }

    /// Of this client and of the others.
    a_change_leaves_the_rest_as_it_was(store, _revocations) {
        for id in ["a", "b"] {
            store.add_client(&Client { disabled: false, ..full(id) }).await?;
        }
        assert!(store.change_client("a", &disabling(), &[]).await?);
        assert_eq!(store.client("a").await?, Some(full("a")));
        assert!(store.change_client("a", &ClientChange::default(), &[]).await?);
        assert_eq!(store.client("a").await?, Some(full("a")));
        let back = ClientChange { disabled: Some(false), ..secrets(&full("a").secrets, &[]) };
        assert!(store.change_client("a", &back, &[]).await?);
        let changed = Client { disabled: false, secrets: Vec::new(), ..full("a") };
        assert_eq!(store.client("a").await?, Some(changed));
        assert_eq!(store.client("b").await?, Some(Client { disabled: false, ..full("b") }));
    }

    /// Once the change stands, so does what it ends.
    what_a_change_revokes_is_added_with_it(store, revocations) {
        store.add_client(&Client::named("a")).await?;
        let (one, two) = (entry(Revoked::Client, "a"), entry(Revoked::Session, "s"));
        assert!(store.change_client("a", &disabling(), &[one, two]).await?);
        let found = revocations.since(None).await?.entries;
        assert!(found.len() == 2 && found.contains(&one) && found.contains(&two), "{found:?}");
    }

    /// And so are its secrets and keys; what it revokes stands.
    a_removed_client_is_gone_and_its_id_is_free(store, revocations) {
        for id in ["a", "b"] {
            store.add_client(&full(id)).await?;
        }
        let entry = entry(Revoked::Client, "a");
        assert!(store.remove_client("a", &[entry]).await?);
        assert_eq!(store.client("a").await?, None);
        assert_eq!(store.clients(None, 10).await?, [full("b")]);
        assert_eq!(revocations.since(None).await?.entries, [entry]);
        assert!(!store.remove_client("a", &[]).await?);
        store.add_client(&Client::named("a")).await?;
        assert_eq!(store.client("a").await?, Some(Client::named("a")));
    }

    /// One act: all of it or nothing.
    nothing_is_revoked_where_nothing_changed(store, revocations) {
        let entry = [entry(Revoked::Client, "a")];
        assert!(!store.change_client("a", &disabling(), &entry).await?);
        assert!(!store.remove_client("a", &entry).await?);
        store.add_client(&Client { secrets: vec![secret(1)], ..Client::named("a") }).await?;
        let stale = ClientChange { disabled: Some(true), ..secrets(&[], &[secret(2)]) };
        assert!(!store.change_client("a", &stale, &entry).await?);
        assert!(revocations.since(None).await?.entries.is_empty());
        assert_eq!(store.client("a").await?.map(|client| client.disabled), Some(false));
    }

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
}
