//! A device on which somebody logged in: a secret text that it shows at the next login.
//!
//! `pcd_` and 80 bytes as the texts of other secrets are written (`secret_text.rs`): the number of our secret (1), nothing
//! (3), the day on which it was made (4), the device's id (8), of up to four accounts a tag (8) and one of the epoch that its
//! user had (4), and of the authenticity of all these the first bytes (16). Nobody's name can be read from it.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::keys::Keys;
use super::store::{AccountKey, SideKey};
use crate::secret_text;

const PREFIX: &str = "pcd_";

/// How many accounts a device remembers.
const ACCOUNTS: usize = 4;

/// What an account takes.
const ACCOUNT: usize = 12;

/// What the tag is made of.
const TAGGED: usize = 1 + 3 + 4 + 8 + ACCOUNTS * ACCOUNT;

const BYTES: usize = TAGGED + 16;

/// For how many days one is known.
pub(super) const DAYS: u32 = 365;

/// How many characters the text of a device has.
pub const DEVICE_TOKEN_LEN: usize = secret_text::len(PREFIX, BYTES);

/// An account that somebody logged in to on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    login: [u8; 8],
    epoch: [u8; 4],
}

/// A device that was made here.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Device {
    id: [u8; 8],
    day: u32,
    /// The one used last first.
    accounts: Vec<Known>,
}

impl Device {
    /// A new one, whose id must be random.
    pub(super) fn new(id: [u8; 8]) -> Self {
        Self {
            id,
            day: 0,
            accounts: Vec::new(),
        }
    }

    /// Reads a text; `None`: it was not made here, or more than a year ago.
    pub(super) fn parse(text: &str, keys: &Keys, today: u32) -> Option<Self> {
        let bytes = secret_text::decode::<BYTES>(PREFIX, text)?;
        let (tagged, tag) = bytes.split_first_chunk::<TAGGED>()?;
        let ([number, _, _, _], rest) = tagged.split_first_chunk()?;
        verify_slices_are_equal(&keys.device(*number, tagged)?, tag).ok()?;
        let (day, rest) = rest.split_first_chunk()?;
        let (id, rest) = rest.split_first_chunk()?;
        let accounts = rest.as_chunks::<ACCOUNT>().0.iter().filter_map(|account| {
            let (login, epoch) = account.split_first_chunk()?;
            Some(Known {
                login: *login,
                epoch: *epoch.first_chunk()?,
            })
        });
        let device = Self {
            id: *id,
            day: u32::from_be_bytes(*day),
            accounts: accounts.filter(|account| account.login != [0; 8]).collect(),
        };
        // Tomorrow's: the clock of the server that made it may have been ahead.
        let made = device.day.saturating_sub(1)..=device.day.saturating_add(DAYS);
        made.contains(&today).then_some(device)
    }

    /// Its text, from today on.
    pub(super) fn text(&self, keys: &Keys, today: u32) -> Option<String> {
        let number = keys.newest();
        let mut bytes = vec![number, 0, 0, 0];
        bytes.extend(today.to_be_bytes());
        bytes.extend(self.id);
        for account in self.accounts.iter().take(ACCOUNTS) {
            bytes.extend(account.login);
            bytes.extend(account.epoch);
        }
        bytes.resize(TAGGED, 0);
        bytes.extend(keys.device(number, &bytes)?);
        Some(std::mem::take(&mut *secret_text::encode(PREFIX, &bytes)))
    }

    /// Whether somebody logged in to this account on it. Whether they still could is asked with the epoch.
    pub(super) fn has(&self, keys: &Keys, account: &AccountKey) -> bool {
        let (login, _) = keys.device_tags(account, 0);
        self.accounts.iter().any(|known| known.login == login)
    }

    /// The same, while its user has this epoch.
    pub(super) fn knows(&self, keys: &Keys, account: &AccountKey, epoch: u64) -> bool {
        let (login, epoch) = keys.device_tags(account, epoch);
        self.accounts.contains(&Known { login, epoch })
    }

    /// Somebody logged in to this account on it.
    pub(super) fn learn(&mut self, keys: &Keys, account: &AccountKey, epoch: u64) {
        let (login, epoch) = keys.device_tags(account, epoch);
        self.accounts.retain(|known| known.login != login);
        self.accounts.insert(0, Known { login, epoch });
        self.accounts.truncate(ACCOUNTS);
    }

    /// Its side of an account.
    pub(super) fn side(&self, keys: &Keys, account: &AccountKey) -> SideKey {
        keys.device_side(account, &self.id)
    }

    pub(super) fn id(&self) -> &[u8; 8] {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::secrets::Secrets;

    const TODAY: u32 = 20_000;

    fn keys(byte: u8) -> Keys {
        Keys::new(&Secrets::of_one([byte; 32])).expect("usable")
    }

    fn used(keys: &Keys) -> Device {
        let mut device = Device::new([7; 8]);
        device.learn(keys, &keys.account("alice"), 3);
        device
    }

    #[test]
    fn a_text_that_was_changed_is_of_other_secrets_or_a_year_old_is_nobodys() {
        let keys = keys(1);
        let text = used(&keys).text(&keys, TODAY).expect("a text");
        assert_eq!((text.len(), &text[..4]), (DEVICE_TOKEN_LEN, "pcd_"));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert!(Device::parse(&changed, &keys, TODAY).is_none(), "{changed}");
        }
        assert!(Device::parse(&text, &super::tests::keys(2), TODAY).is_none());
        assert!(Device::parse(&text, &keys, TODAY + 366).is_none() && Device::parse(&text, &keys, TODAY - 2).is_none());
        assert!(Device::parse(&text, &keys, TODAY + 365).is_some() && Device::parse(&text, &keys, TODAY - 1).is_some());
    }

    #[test]
    fn a_good_checksum_alone_is_no_device() {
        let forged = secret_text::encode(PREFIX, &[1; BYTES]);
        assert!(Device::parse(&forged, &keys(1), TODAY).is_none());
    }

    #[test]
    fn a_device_knows_the_last_four_accounts_each_with_its_epoch() {
        let keys = keys(1);
        let mut device = used(&keys);
        for name in ["bob", "carol", "dave"] {
            device.learn(&keys, &keys.account(name), 1);
        }
        let read = |device: &Device| {
            let text = device.text(&keys, TODAY).expect("a text");
            Device::parse(&text, &keys, TODAY).expect("ours")
        };
        let alice = keys.account("alice");
        assert!(read(&device).knows(&keys, &alice, 3) && !read(&device).knows(&keys, &alice, 4));
        assert!(read(&device).has(&keys, &alice) && !read(&device).has(&keys, &keys.account("eve")));
        device.learn(&keys, &alice, 4);
        assert!(read(&device).knows(&keys, &alice, 4) && read(&device).knows(&keys, &keys.account("bob"), 1));
        device.learn(&keys, &keys.account("eve"), 1);
        assert!(!read(&device).has(&keys, &keys.account("bob")));
    }

    #[test]
    fn a_device_outlives_a_new_secret_and_its_accounts_too() {
        let old = keys(1);
        let text = used(&old).text(&old, TODAY).expect("a text");
        let both = Keys::new(&Secrets::of_one([1; 32]).and_newer(2, [2; 32])).expect("usable");
        let device = Device::parse(&text, &both, TODAY).expect("an older one is read");
        assert!(device.knows(&both, &both.account("alice"), 3));
        let anew = device.text(&both, TODAY).expect("a text");
        assert!(Device::parse(&anew, &old, TODAY).is_none() && Device::parse(&anew, &both, TODAY).is_some());
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_device(text in "(pcd_)?[0-9A-Za-z]{0,130}|.{0,40}") {
            prop_assert!(Device::parse(&text, &keys(1), TODAY).is_none());
        }
    }
}
