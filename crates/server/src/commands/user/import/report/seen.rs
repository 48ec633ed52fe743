//! The names and logins that a look at a file has come by: what is doubled in it would be refused, or lead to nobody.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, Hasher as _, RandomState};

use portcullis_core::{Account, User as _};
use portcullis_sql::Inserted;

/// Names, a few bytes each: their digests under a key of this process.
#[derive(Debug, Default)]
pub(super) struct Seen {
    state: RandomState,
    names: HashMap<u64, u64>,
    /// The ids that the file gives, and whose they are.
    ids: HashMap<u64, u64>,
    /// What users log in with, and who was the first.
    logins: HashMap<u64, u64>,
}

impl Seen {
    /// Whether a user of this name came before.
    pub(super) fn has(&self, username: &str) -> bool {
        self.names.contains_key(&self.state.hash_one(username))
    }

    /// The first login of an account that another one before it in the file has too.
    pub(super) fn doubled<'a>(&mut self, account: &'a Account) -> Option<&'a str> {
        let whose = self.state.hash_one(account.username());
        let mut doubled = None;
        for login in account.logins() {
            let first = *self.logins.entry(self.state.hash_one(login.text())).or_insert(whose);
            if first != whose {
                doubled.get_or_insert(login.text());
            }
        }
        doubled
    }

    /// What would come of an account that would be new, for all that came before it in the file.
    pub(super) fn came(&mut self, account: &Account) -> Inserted {
        let whole = {
            let mut hasher = self.state.build_hasher();
            let fields = (
                account.email(),
                account.full_name(),
                account.disabled(),
                account.password_hash(),
            );
            fields.hash(&mut hasher);
            account.scopes().as_str().hash(&mut hasher);
            hasher.finish()
        };
        let name = self.state.hash_one(account.username());
        let first = *self.ids.entry(self.state.hash_one(account.id())).or_insert(name);
        if first != name {
            return Inserted::Taken;
        }
        match self.names.insert(name, whole) {
            None => Inserted::New,
            Some(before) if before == whole => Inserted::Same,
            Some(before) => {
                // The first one stays.
                self.names.insert(name, before);
                Inserted::Taken
            }
        }
    }
}
