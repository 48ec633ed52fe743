//! What the questions are asked about.

use std::collections::BTreeSet;

use crate::client::record::{Client, ClientSecret, GrantType};
use crate::client::store::ClientChange;
use crate::revocation::{Entry, Revoked, Subject16};
use crate::scope::ScopeSet;
use crate::session::Digest;

pub(super) fn secret(n: u8) -> ClientSecret {
    ClientSecret {
        key: n,
        digest: Digest([n; 32]),
        created: u64::from(n).saturating_add(1_000),
    }
}

pub(super) fn entry(kind: Revoked, id: &str) -> Entry {
    Entry {
        kind,
        subject: Subject16::of(id),
        value: 7,
        until: 4_000_000_000_000,
    }
}

/// The secrets from those to these.
pub(super) fn secrets(seen: &[ClientSecret], new: &[ClientSecret]) -> ClientChange {
    ClientChange {
        secrets: Some((seen.to_vec(), new.to_vec())),
        ..ClientChange::default()
    }
}

pub(super) fn disabling() -> ClientChange {
    ClientChange {
        disabled: Some(true),
        ..ClientChange::default()
    }
}

/// A client of which nothing is as it is by default.
pub(super) fn full(id: &str) -> Client {
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
