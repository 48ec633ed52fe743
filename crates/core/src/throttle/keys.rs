//! The keys, and what of an attempt is stored under them.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::prefix::Prefix;
use super::store::{AccountKey, SideKey};
use crate::account::Login;
use crate::keyed::{MacKey, Root, Unusable};
use crate::secrets::{SecretNumber, Secrets};

/// The side of all strangers.
pub(super) const STRANGERS: SideKey = SideKey::from_bytes([0; 8]);

/// Keys that are derived from the secrets of a store.
pub(super) struct Keys {
    /// Under which things are stored: it stays as long as the oldest secret does, whatever secrets are added.
    stored: MacKey,
    /// Under which devices are known, the newest first.
    devices: Vec<(SecretNumber, MacKey)>,
}

/// What is known of a network, for one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NetworkTags {
    /// The side of those who come from there, where it is known.
    pub(super) side: SideKey,
    /// Its tag among the known ones.
    pub(super) known: u32,
    /// That among the places of strangers.
    pub(super) place: u16,
}

impl Keys {
    pub(super) fn new(secrets: &Secrets) -> Result<Self, Unusable> {
        let root = |secret| Root::new(b"portcullis throttle", secret);
        let (_, oldest) = secrets.older().next().unwrap_or(secrets.newest());
        let all = std::iter::once(secrets.newest()).chain(secrets.older());
        let devices = all.map(|(number, secret)| Ok((number, root(secret).key(b"device")?)));
        Ok(Self {
            stored: root(oldest).key(b"stored")?,
            devices: devices.collect::<Result<_, _>>()?,
        })
    }

    /// The key of what somebody logs in with.
    pub(super) fn account(&self, login: &str) -> AccountKey {
        AccountKey::from_bytes(first(self.stored.mac(&[b"account\0", fold(login).as_bytes()])))
    }

    /// Of a network; without one, of all who come from nobody knows where.
    pub(super) fn network(&self, account: &AccountKey, network: Option<&Prefix>) -> NetworkTags {
        let (kind, bytes) = network.map_or((0, [0; 8]), |network| (network.kind(), *network.bytes()));
        let mac = self.stored.mac(&[b"network\0", account.as_bytes(), &[kind], &bytes]);
        let [a, b, c, d, e, f, rest @ ..] = mac;
        NetworkTags {
            side: side(1, &rest),
            known: u32::from_be_bytes([a, b, c, d]),
            place: u16::from_be_bytes([e, f]),
        }
    }

    /// The side of a device.
    pub(super) fn device_side(&self, account: &AccountKey, id: &[u8; 8]) -> SideKey {
        side(2, &self.stored.mac(&[b"device side\0", account.as_bytes(), id]))
    }

    /// The side of whoever has a token of the account and is asked for its password all the same.
    pub(super) fn own_side(&self, account: &AccountKey) -> SideKey {
        side(3, &self.stored.mac(&[b"own side\0", account.as_bytes()]))
    }

    /// What stands in a device's token of an account, and of the epoch that its user had.
    pub(super) fn device_tags(&self, account: &AccountKey, epoch: u64) -> ([u8; 8], [u8; 4]) {
        let epoch = [account.as_bytes().as_slice(), &epoch.to_be_bytes()].concat();
        (
            first(self.stored.mac(&[b"device account\0", account.as_bytes()])),
            first(self.stored.mac(&[b"device epoch\0", &epoch])),
        )
    }

    /// The number of the secret that new devices are known by.
    pub(super) fn newest(&self) -> SecretNumber {
        self.devices.first().map_or(0, |(number, _)| *number)
    }

    /// What shows that a device's token was made here; `None`: its secret is not known.
    pub(super) fn device(&self, number: SecretNumber, bytes: &[u8]) -> Option<[u8; 16]> {
        let (_, key) = self.devices.iter().find(|(own, _)| *own == number)?;
        Some(first(key.mac(&[bytes])))
    }
}

/// The side of what has such a digest.
fn side(kind: u8, digest: &[u8]) -> SideKey {
    let mut bytes = [kind; 8];
    for (to, from) in bytes.iter_mut().skip(1).zip(digest) {
        *to = *from;
    }
    SideKey::from_bytes(bytes)
}

fn first<const N: usize>(digest: [u8; 32]) -> [u8; N] {
    let mut bytes = [0; N];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = from;
    }
    bytes
}

/// What was typed, as it is counted: without accents, blanks, invisible characters and the difference of large and small
/// letters. A store may take some of these for the same (MySQL's collations do), and who writes a name in a hundred ways
/// would have a hundred budgets. That two accounts may share one is the smaller harm.
fn fold(login: &str) -> String {
    // Ligatures and letters in circles are taken apart first, marks stand alone then.
    let letters = login.nfkd().filter(|letter| !is_combining_mark(*letter));
    let folded = Login::fold(&letters.collect::<String>());
    folded
        .chars()
        .filter(|letter| letter.is_alphanumeric() || letter.is_ascii_graphic())
        .map(|letter| match letter {
            'ß' => 's',
            'ø' => 'o',
            'ł' => 'l',
            'đ' | 'ð' => 'd',
            'ħ' => 'h',
            'ı' => 'i',
            'æ' => 'a',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::throttle::prefix::Prefixes;

    fn keys(byte: u8) -> Keys {
        Keys::new(&Secrets::of_one([byte; 32])).expect("usable")
    }

    #[test]
    fn what_a_database_may_take_for_one_name_has_one_budget() {
        let keys = keys(1);
        for other in [
            "JOSÉ@example.com",
            " jose@example.com ",
            "jose\u{200b}@example.com",
            "ｊose\u{301}@example.com",
            "jøsé@EXAMPLE.com",
        ] {
            assert_eq!(keys.account("josé@example.com"), keys.account(other), "{other}");
        }
        for other in ["jose@example.org", "jose", "jos", ""] {
            assert_ne!(keys.account("jose@example.com"), keys.account(other), "{other}");
        }
    }

    #[test]
    fn nothing_is_the_same_for_another_account_another_secret_or_another_use() {
        let (one, other) = (keys(1), keys(2));
        let home = Prefixes::of("192.0.2.1".parse().expect("an address")).home();
        let (alice, bob) = (one.account("alice"), one.account("bob"));
        assert_ne!(alice, other.account("alice"));
        let tags = one.network(&alice, Some(&home));
        assert_ne!(tags.known, one.network(&bob, Some(&home)).known);
        assert_ne!(tags.known, one.network(&alice, None).known);
        assert_ne!(one.device_tags(&alice, 1).1, one.device_tags(&alice, 2).1);
        assert_eq!(one.device_tags(&alice, 1).0, one.device_tags(&alice, 2).0);
        let sides = [
            tags.side,
            one.device_side(&alice, &[1; 8]),
            one.device_side(&bob, &[1; 8]),
            STRANGERS,
        ];
        for (at, side) in sides.iter().enumerate() {
            assert!(!sides[..at].contains(side));
        }
    }
}
