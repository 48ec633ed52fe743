//! The table `[passwords]`: which stored hashes are read and what new ones are, in passlib's words.

use std::fmt;

use portcullis_core::password::schemes::{self, Named};
use portcullis_core::password::{Options, Passwords, Policy};

use crate::failure::{Failure, OrFail as _, Outcome};

/// Names of passlib's and their values, and the schemes to be read besides.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct PasswordsTable {
    settings: Vec<(String, Vec<String>)>,
    accept: Vec<String>,
}

impl fmt::Debug for PasswordsTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A value may be a pepper.
        f.debug_set()
            .entries(self.settings.iter().map(|(name, _)| name))
            .finish()
    }
}

const REMEDY: &str = "Write `schemes`, `default`, `deprecated`, `accept` or `SCHEME__OPTION` under [passwords], or options \
    under [passwords.SCHEME].";

impl PasswordsTable {
    /// Reads the table of the file at `place`.
    pub(super) fn read(value: &toml::Value, place: &str) -> Outcome<Self> {
        let table = value.as_table();
        let table = table.ok_or_else(|| Failure::usage(format!("`passwords` in {place} is no table"), REMEDY))?;
        let mut read = Self::default();
        for (name, value) in table {
            let unfit = |name: &str| {
                Failure::usage(
                    format!("`passwords.{name}` in {place} is no text, number or list of texts"),
                    REMEDY,
                )
            };
            match value {
                toml::Value::Table(options) => {
                    for (option, value) in options {
                        let key = format!("{name}__{option}");
                        let values = texts(value).ok_or_else(|| unfit(&key))?;
                        read.settings.push((key, values));
                    }
                }
                value => {
                    let values = texts(value).ok_or_else(|| unfit(name))?;
                    match name.as_str() {
                        "accept" => read.accept = values,
                        _ => read.settings.push((name.clone(), values)),
                    }
                }
            }
        }
        Ok(read)
    }

    /// Whether the file lists the schemes itself.
    pub(crate) fn names_schemes(&self) -> bool {
        self.settings.iter().any(|(name, _)| name == "schemes")
    }

    /// The same with these schemes to be read besides; which of them are new.
    pub(crate) fn accepting(&self, names: &[&'static str]) -> (Self, Vec<&'static str>) {
        let known = |name: &&str| self.accept.iter().any(|known| known == name);
        let new: Vec<&'static str> = names.iter().copied().filter(|name| !known(name)).collect();
        let mut changed = self.clone();
        changed.accept.extend(new.iter().map(|name| (*name).to_owned()));
        (changed, new)
    }

    /// The context: `base` (what the owner of a foreign table reads) or else the recommended one, changed as the file
    /// says.
    pub(crate) fn passwords(&self, base: Option<Policy>) -> Outcome<Passwords> {
        let Some(policy) = base.or_else(|| self.names_schemes().then(Policy::new)) else {
            return self.over_recommended();
        };
        let mut policy = policy;
        for (name, values) in &self.settings {
            policy = policy.with(name, values.clone());
        }
        let policy = policy.with_more_schemes(self.accept.iter().cloned());
        policy.passwords(None).or_fail("the policy of passwords", REMEDY)
    }

    fn over_recommended(&self) -> Outcome<Passwords> {
        let mut passwords = Passwords::recommended();
        if let Some((name, _)) = self.settings.first() {
            let what = format!("`passwords.{name}` needs `passwords.schemes` beside it");
            return Err(Failure::usage(
                what,
                "List the schemes to be read; `default` is the one for new hashes.",
            ));
        }
        for name in &self.accept {
            let scheme = schemes::named(name, &Options::new());
            let what = format!("the scheme {name} under `passwords.accept`");
            passwords = match scheme.or_fail(what, "See `portcullis hash identify --help` for their names.")? {
                Named::Broken(broken) => passwords.accept_broken(broken),
                Named::Disabled(disabled) => passwords.accept_disabled(disabled),
                Named::VerifyOnly(scheme) => passwords.accept(scheme),
                Named::Current(hasher) => passwords.accept(hasher),
                _ => passwords,
            };
        }
        Ok(passwords)
    }
}

/// A text, a number, a truth or a list of them.
fn texts(value: &toml::Value) -> Option<Vec<String>> {
    let one = |value: &toml::Value| match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    };
    match value {
        toml::Value::Array(values) => values.iter().map(one).collect(),
        value => one(value).map(|text| vec![text]),
    }
}
