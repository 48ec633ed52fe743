//! Changes, and what they revoke.

use std::sync::Arc;

use super::samples::{disabling, entry, full, secret, secrets};
use crate::client::record::{Client, ClientSecret};
use crate::client::store::{ClientChange, ClientStore};
use crate::contract::questions;
use crate::revocation::{RevocationStore, Revoked};
use crate::session::Digest;

questions! { ClientStore, RevocationStore;
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
}
