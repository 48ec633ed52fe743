//! What is stored comes back, by its id.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::samples::{disabling, full, secret, secrets};
use crate::client::record::{Client, GrantType};
use crate::client::store::ClientStore;
use crate::contract::questions;
use crate::revocation::RevocationStore;
use crate::store::StoreError;

questions! { ClientStore, RevocationStore;
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
}
