//! The account of a record, or why there is none: what no login could read would look like a wrong password for ever.

use std::collections::HashMap;

use portcullis_core::accounts::check_account;
use portcullis_core::password::explain::{Class, Explanation, Strength, explain};
use portcullis_core::password::{HashError, Password};
use portcullis_core::{Account, HashString, Login, Passwords, ScopeSet};

use crate::records::{Fields, Record};

/// How many kinds of hashes are remembered that were tried.
const REMEMBERED: usize = 1000;

/// Makes accounts.
#[derive(Debug)]
pub(super) struct Maker {
    passwords: Passwords,
    /// Of hashes that need more than their text: the kinds of which one was tried, and what came of it.
    tried: HashMap<Kind, Option<String>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Kind {
    scheme: &'static str,
    algorithm: Option<String>,
    has_salt: bool,
    length: usize,
}

impl Maker {
    pub(super) fn new(passwords: Passwords) -> Self {
        Self {
            passwords,
            tried: HashMap::new(),
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
        if let Some(trouble) = told.trouble {
            return Err(format!("its hash: {trouble}"));
        }
        let own = own(&told, hash, schemes);
        if let Some(own) = own.filter(|own| !self.passwords.reads(own, hash)) {
            return Err(format!(
                "its hash ({own}) is read only where the configuration says so: write accept = [\"{own}\"] under [passwords]"
            ));
        }
        let Some(scheme) = own.or_else(|| self.passwords.identify(hash)) else {
            let names = told.scheme.map_or_else(|| told.candidates.join(", "), str::to_owned);
            return Err(format!(
                "its hash is not read here: say what it is under `passwords.accept` ({names})"
            ));
        };
        let is_whole = matches!(told.class, Class::Current | Class::VerifyOnly) && told.needs.is_empty();
        if is_whole && told.scheme == Some(scheme) {
            return Ok(account.with_password_hash(HashString::new(hash.as_str())));
        }
        match self.trial(scheme, hash) {
            None => Ok(account.with_password_hash(hash.clone())),
            Some(trouble) => Err(trouble),
        }
    }

    /// Why no login could read such a hash. One of each kind is tried, for that takes as long as a login.
    fn trial(&mut self, scheme: &'static str, hash: &HashString) -> Option<String> {
        let kind = Kind {
            scheme,
            algorithm: hash.algorithm().map(str::to_owned),
            has_salt: hash.salt().is_some(),
            length: hash.as_str().len(),
        };
        if let Some(came) = self.tried.get(&kind) {
            return came.clone();
        }
        let came = match self.passwords.verify(&Password::from(""), Some(hash)) {
            Ok(_) => None,
            Err(HashError::Missing { what, .. }) => Some(format!(
                "its hash ({scheme}) needs the {what} that stands in another column: --column {what}=COLUMN"
            )),
            Err(error) => Some(format!("its hash: {error}")),
        };
        if self.tried.len() < REMEMBERED {
            self.tried.insert(kind, came.clone());
        }
        came
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
