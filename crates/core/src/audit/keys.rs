//! What rows and seals are vouched for with.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use zeroize::Zeroizing;

use super::row::{AuditRow, MAC_LEN};
use crate::keyed::{MacKey, Root, Unusable};
use crate::secrets::{SecretNumber, Secrets};

/// The keys of the trail: of each numbered secret one for rows and one for seals. The newest makes new ones, all are
/// read. By default there are none, so nothing is vouched for.
#[derive(Default)]
pub(super) struct AuditKeys {
    current: SecretNumber,
    known: Vec<(SecretNumber, Keys)>,
}

struct Keys {
    rows: MacKey,
    ids: MacKey,
    texts: MacKey,
    seals: Ed25519KeyPair,
}

impl AuditKeys {
    pub(super) fn of(secrets: &Secrets) -> Result<Self, Unusable> {
        let (current, newest) = secrets.newest();
        let mut known = vec![(current, Keys::new(newest)?)];
        for (number, secret) in secrets.older() {
            known.push((number, Keys::new(secret)?));
        }
        Ok(Self { current, known })
    }

    /// Whether no secret ever had this number: they are numbered from 1.
    fn is_nobodys(number: SecretNumber) -> bool {
        number == 0
    }

    fn keys(&self, number: SecretNumber) -> Option<&Keys> {
        let found = self.known.iter().find(|(known, _)| *known == number);
        found.map(|(_, keys)| keys)
    }

    /// The number of the one that vouches for what is new.
    pub(super) fn current(&self) -> SecretNumber {
        self.current
    }

    /// Bytes that nobody else gives to the `count`th row of a process.
    pub(super) fn unique(&self, node: u32, started: u64, count: u64) -> [u8; 32] {
        let mut bytes = node.to_be_bytes().to_vec();
        bytes.extend(started.to_be_bytes());
        bytes.extend(count.to_be_bytes());
        self.keys(self.current).map_or([0; 32], |keys| keys.ids.mac(&[&bytes]))
    }

    /// What a text is known by that must not stand in a row, under the oldest secret: a new one changes none.
    pub(super) fn fingerprint(&self, text: &str) -> String {
        let oldest = self.known.iter().min_by_key(|(number, _)| *number);
        let mac = oldest.map_or([0; 32], |(_, keys)| keys.texts.mac(&[text.as_bytes()]));
        mac.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Vouches for a row.
    pub(super) fn vouch(&self, row: &mut AuditRow) {
        row.key = self.current;
        if let Some(mac) = self.mac(row) {
            row.mac = mac;
        }
    }

    /// Whether a row is as it was written; `None`: the secret is not known here.
    pub(super) fn is_ours(&self, row: &AuditRow) -> Option<bool> {
        if Self::is_nobodys(row.key) {
            return Some(false);
        }
        let mac = self.mac(row)?;
        Some(verify_slices_are_equal(&mac, &row.mac).is_ok())
    }

    fn mac(&self, row: &AuditRow) -> Option<[u8; MAC_LEN]> {
        let whole = self.keys(row.key)?.rows.mac(&[&row.canonical()]);
        whole.first_chunk().copied()
    }

    /// Signs a seal with the newest key.
    pub(super) fn sign(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let keys = self.keys(self.current)?;
        Some(keys.seals.sign(bytes).as_ref().to_vec())
    }

    /// Whether a seal was signed with the key of this number; `None`: the secret is not known here.
    pub(super) fn is_signed(&self, number: SecretNumber, bytes: &[u8], signature: &[u8]) -> Option<bool> {
        if Self::is_nobodys(number) {
            return Some(false);
        }
        let public = self.keys(number)?.seals.public_key();
        let public = UnparsedPublicKey::new(&ED25519, public.as_ref());
        Some(public.verify(bytes, signature).is_ok())
    }
}

impl Keys {
    fn new(secret: &[u8; 32]) -> Result<Self, Unusable> {
        let root = Root::new(b"portcullis audit", secret);
        let seed = Zeroizing::new(root.key(b"seals")?.mac(&[b"Ed25519"]));
        Ok(Self {
            rows: root.key(b"rows")?,
            ids: root.key(b"ids")?,
            texts: root.key(b"texts")?,
            seals: Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| Unusable)?,
        })
    }
}
