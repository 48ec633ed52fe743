//! The account of a record, or why there is none: what no login could read would look like a wrong password for ever.

use portcullis_core::accounts::check_account;
use portcullis_core::password::explain::{Explanation, Strength, explain, takes_salt};
use portcullis_core::password::{HashError, Password};
use portcullis_core::{Account, HashString, Login, Passwords, ScopeSet};

use crate::records::{Fields, Record};
use crate::trial::{Trials, Unread, is_whole};

/// Makes accounts.
#[derive(Debug)]
pub(super) struct Maker {
    passwords: Passwords,
    trials: Trials,
}

impl Maker {
    pub(super) fn new(passwords: Passwords) -> Self {
        Self {
            trials: Trials::new(passwords.clone()),
            passwords,
        }
    }

    /// The account of a record. A password as it is typed is hashed, unless `there` is a hash of it that is stored already.
    /// Tokens must carry `epoch` where the file does not say another.
    pub(super) fn account(&mut self, record: Record, there: Option<HashString>, epoch: u64) -> Result<Account, String> {
        let stored = record.fields.stored();
        let Fields {
            username,
            email,
            full_name,
            disabled,
            scopes,
            password,
            log_in,
            id,
            token_epoch,
            logins,
            schemes,
            ..
        } = record.fields;
        let mut account = Account::new(username.ok_or("it has no user name")?).with_disabled(disabled);
        account = account.with_token_epoch(token_epoch.unwrap_or(epoch));
        account = logins.into_iter().fold(account, Account::with_login);
        if let Some(id) = id {
            account = account.with_id(id);
        }
        if log_in.any_case {
            let name = Login::folded(account.username());
            account = account.with_login(name);
        }
        if let Some(email) = email {
            if log_in.by_email {
                account = account.with_login(Login::folded(&email).of_email());
            }
            account = account.with_email(email);
        }
        if let Some(full_name) = full_name {
            account = account.with_full_name(full_name);
        }
        if let Some(scopes) = scopes {
            account = account.with_scopes(ScopeSet::stored(&scopes).map_err(|error| format!("its scopes: {error}"))?);
        }
        check_account(&account).map_err(|unfit| unfit.to_string())?;
        if let Some(password) = password {
            let password = Password::from(password.as_str());
            let same = |hash: &HashString| {
                self.passwords
                    .verify(&password, Some(hash))
                    .is_ok_and(|verdict| verdict.is_match())
            };
            let hashed = there.filter(same).map_or_else(|| self.passwords.hash(&password), Ok);
            return hashed
                .map(|hash| account.with_password_hash(hash))
                .map_err(|error| format!("its password: {error}"));
        }
        match stored {
            None => Ok(account),
            Some(hash) => self.with_hash(account, &hash, schemes),
        }
    }

    /// With what of the other columns this hash needs. Of the source's own `schemes` it is the one of whose form it is.
    fn with_hash(&mut self, account: Account, hash: &HashString, schemes: &[&'static str]) -> Result<Account, String> {
        let told = explain(hash);
        if told.strength == Strength::Disabled {
            return Ok(account);
        }
        if let Some(trouble) = &told.trouble {
            return Err(format!("its hash: {trouble}"));
        }
        let own = own(&told, hash, schemes);
        if let Some(own) = own.filter(|own| !self.passwords.reads(own, hash)) {
            return Err(accept(own));
        }
        let Some(scheme) = own.or_else(|| self.passwords.identify(hash)) else {
            let names = named(&told, hash);
            return Err(format!(
                "its hash is not read here: say what it is under `passwords.accept` ({names})"
            ));
        };
        if is_whole(&told) && told.scheme == Some(scheme) {
            return Ok(account.with_password_hash(HashString::new(hash.as_str())));
        }
        match self.trials.unread(scheme, hash, &told) {
            None => Ok(account.with_password_hash(hash.clone())),
            Some(Unread::SaltNotTaken) => Err(format!(
                "its hash ({scheme}) takes no salt, and one stands beside it: say under `passwords.accept` which scheme takes it ({}), \
                 or leave that column out with --ignore",
                named(&told, hash)
            )),
            Some(Unread::Fails(HashError::Missing { what, .. })) => Err(format!(
                "its hash ({scheme}) needs the {what} that stands in another column: --column {what}=COLUMN"
            )),
            Some(Unread::Fails(error)) => Err(match told.scheme.filter(|told| !self.passwords.reads(told, hash)) {
                Some(told) => accept(told),
                None => format!("its hash: {error}"),
            }),
        }
    }
}

/// What to write down for a scheme that is never guessed.
fn accept(scheme: &str) -> String {
    format!(
        "its hash ({scheme}) is read only where the configuration says so: write accept = [\"{scheme}\"] under [passwords]"
    )
}

/// Of which schemes it may be: where a salt stands beside it, of those that take one.
fn named(told: &Explanation, hash: &HashString) -> String {
    let has_salt = hash.salt().is_some_and(|salt| !salt.is_empty());
    let salted: Vec<&str> = told
        .candidates
        .iter()
        .copied()
        .filter(|name| has_salt && takes_salt(name))
        .collect();
    match told.scheme {
        Some(scheme) => scheme.to_owned(),
        None if salted.is_empty() => told.candidates.join(", "),
        None => salted.join(", "),
    }
}

/// Of a source's own schemes the one that writes such texts. Where another one is told by its text, only a salt beside it
/// says otherwise.
fn own(told: &Explanation, hash: &HashString, schemes: &[&'static str]) -> Option<&'static str> {
    let mut fitting = schemes.iter().copied().filter(|name| told.candidates.contains(name));
    let is_told = told.scheme.is_some() && hash.salt().is_none();
    let named = schemes.iter().copied().find(|name| told.scheme == Some(*name));
    named.or_else(|| fitting.next().filter(|_| !is_told))
}
