use std::collections::BTreeSet;
use std::sync::Mutex;

use super::*;
use crate::client::record::GrantType;
use crate::client::{ClientRule, MemoryClients};
use crate::clock::ManualClock;
use crate::revocation::{Batch, Cursor, Entry, RevocationStore, Revoked, Subject16};
use crate::store::StoreError;

/// What was revoked.
#[derive(Clone, Default)]
struct Noted(Arc<Mutex<Vec<Entry>>>);

impl RevocationStore for Noted {
    fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
        None
    }

    async fn revoke(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.0.lock().unwrap().extend(entries);
        Ok(())
    }

    async fn since(&self, _: Option<&Cursor>) -> Result<Batch, StoreError> {
        Err(StoreError::unavailable("nobody reads here"))
    }

    async fn forget(&self, _: u64, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
}

fn clients() -> (Clients, Noted) {
    let noted = Noted::default();
    let store = MemoryClients::new().with_revocations(noted.clone());
    let clients = Clients::new(store, Secrets::of_one([7; 32])).with_clock(ManualClock::at(1_000));
    (clients, noted)
}

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn named(id: &str, with: &str) -> NewClient {
    NewClient {
        scopes: scopes(with),
        ..NewClient::named(id)
    }
}

#[tokio::test]
async fn what_does_not_fit_is_not_added() {
    let (clients, _) = clients();
    let keyless = NewClient {
        keys: Some("no key".to_owned()),
        ..NewClient::named("shop")
    };
    let refused = clients.add(keyless).await.unwrap_err();
    assert!(matches!(refused, ClientError::Unfit(ClientRule::Keys)), "{refused:?}");
    let refused = clients.add(NewClient::named("a b")).await.unwrap_err();
    assert!(matches!(refused, ClientError::Unfit(ClientRule::Id)), "{refused:?}");
    assert!(clients.list(None, 100).await.unwrap().clients.is_empty());
}

#[tokio::test]
async fn an_id_is_taken_once() {
    let (clients, _) = clients();
    let first = clients.add(NewClient::named("shop")).await.unwrap();
    let again = clients.add(named("shop", "items")).await.unwrap_err();
    assert!(matches!(again, ClientError::Taken), "{again:?}");
    assert_eq!(clients.find("shop").await.unwrap(), first.client);
}

#[tokio::test]
async fn an_unknown_client_is_not_changed() {
    let (clients, noted) = clients();
    for id in ["shop", "", "a b", "\0"] {
        assert!(matches!(clients.find(id).await, Err(ClientError::Unknown)));
        assert!(matches!(clients.add_secret(id).await, Err(ClientError::Unknown)));
        assert!(matches!(clients.drop_secret(id).await, Err(ClientError::Unknown)));
        assert!(matches!(clients.disable(id).await, Err(ClientError::Unknown)));
        assert!(matches!(clients.delete(id).await, Err(ClientError::Unknown)));
    }
    assert!(noted.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn nobody_gives_a_client_what_they_do_not_have() {
    let (clients, _) = clients();
    clients.add(named("strong", "items users:write")).await.unwrap();
    clients.disable("strong").await.unwrap();
    let weak = clients.clone().within(scopes("items clients:write"));
    assert!(matches!(
        weak.add(named("new", "items users:write")).await,
        Err(ClientError::Beyond)
    ));
    assert!(matches!(weak.add_secret("strong").await, Err(ClientError::Beyond)));
    assert!(matches!(weak.drop_secret("strong").await, Err(ClientError::Beyond)));
    assert!(matches!(weak.enable("strong").await, Err(ClientError::Beyond)));
    assert!(weak.add(named("new", "items")).await.is_ok());
    assert!(weak.add_secret("new").await.is_ok());
    // To take away is no gift.
    assert!(weak.disable("strong").await.is_ok() && weak.delete("strong").await.is_ok());
}

#[tokio::test]
async fn a_third_secret_and_the_end_of_the_only_one_are_refused() {
    let (clients, _) = clients();
    let first = clients.add(NewClient::named("shop")).await.unwrap();
    assert!(matches!(clients.drop_secret("shop").await, Err(ClientError::OneSecret)));
    let second = clients.add_secret("shop").await.unwrap();
    assert_ne!(first.secret, second.secret);
    assert_eq!(second.client.secrets.len(), 2);
    assert!(matches!(clients.add_secret("shop").await, Err(ClientError::TwoSecrets)));
    let after = clients.drop_secret("shop").await.unwrap();
    assert_eq!(after.secrets, second.client.secrets[1..]);
    assert_eq!(clients.find("shop").await.unwrap(), after);
}

#[tokio::test]
async fn who_has_no_secret_gets_none() {
    let (clients, _) = clients();
    let public = NewClient {
        public: true,
        ..NewClient::named("app")
    };
    let key = portcullis_jose::SigningKey::generate(portcullis_jose::Algorithm::EdDSA).unwrap();
    let with_keys = NewClient {
        keys: key.verifying_key().to_pem(),
        ..NewClient::named("job")
    };
    for new in [public, with_keys] {
        let added = clients.add(new).await.unwrap();
        assert!(added.secret.is_none() && added.client.secrets.is_empty());
        let refused = clients.add_secret(&added.client.id).await;
        assert!(matches!(refused, Err(ClientError::NoSecrets)), "{refused:?}");
    }
}

#[tokio::test]
async fn disabling_and_deleting_end_what_the_clients_tokens_could_do() {
    let (clients, noted) = clients();
    for id in ["a", "b"] {
        clients.add(NewClient::named(id)).await.unwrap();
    }
    assert!(clients.disable("a").await.unwrap().disabled);
    clients.delete("b").await.unwrap();
    assert!(matches!(clients.find("b").await, Err(ClientError::Unknown)));
    let noted = noted.0.lock().unwrap().clone();
    // One that is deleted is disabled first.
    assert_eq!(noted.len(), 3);
    for (entry, id) in noted.iter().zip(["a", "b", "b"]) {
        assert_eq!((entry.kind, entry.subject), (Revoked::Client, Subject16::of(id)));
        assert_eq!((entry.value, entry.until), (1_001, 1_000_000 + 1_800_000 + 60_000));
    }
}

#[tokio::test]
async fn enabling_and_new_secrets_end_nothing() {
    let (clients, noted) = clients();
    clients.add(NewClient::named("a")).await.unwrap();
    clients.disable("a").await.unwrap();
    noted.0.lock().unwrap().clear();
    assert!(!clients.enable("a").await.unwrap().disabled);
    clients.add_secret("a").await.unwrap();
    clients.drop_secret("a").await.unwrap();
    assert!(noted.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn clients_are_listed_in_pages() {
    let (clients, _) = clients();
    for id in ["c", "a", "b"] {
        clients.add(NewClient::named(id)).await.unwrap();
    }
    let ids = |page: &ClientPage| {
        page.clients
            .iter()
            .map(|client| client.id.to_string())
            .collect::<Vec<_>>()
    };
    let first = clients.list(None, 2).await.unwrap();
    assert_eq!(
        (ids(&first), first.next.as_deref()),
        (vec!["a".to_owned(), "b".to_owned()], Some("b"))
    );
    let last = clients.list(first.next.as_deref(), 2).await.unwrap();
    assert_eq!((ids(&last), last.next), (vec!["c".to_owned()], None));
    assert_eq!(clients.list(None, 0).await.unwrap().clients.len(), 1);
}

#[tokio::test]
async fn a_client_is_added_as_it_was_described() {
    let (clients, _) = clients();
    let new = NewClient {
        first_party: true,
        grants: Some(BTreeSet::from([GrantType::Password])),
        audience: Some("https://api.example.com".to_owned()),
        ..named("shop", "items me")
    };
    let added = clients.add(new).await.unwrap();
    let expected = Client {
        first_party: true,
        grants: BTreeSet::from([GrantType::Password]),
        scopes: scopes("items me"),
        audience: Some("https://api.example.com".to_owned()),
        secrets: added.client.secrets.clone(),
        created: 1_000_000,
        ..Client::named("shop")
    };
    assert_eq!(
        (added.client, clients.find("shop").await.unwrap()),
        (expected.clone(), expected)
    );
    let shown = format!("{:?}", clients.add_secret("shop").await.unwrap());
    assert!(!shown.contains("pcs_"), "{shown}");
}
