//! A context by passlib's words: `schemes`, `default`, `deprecated`, and costs as `bcrypt__min_rounds`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

mod error;

pub use error::PolicyError;

use crate::accepted::Due;
use crate::context::Passwords;
use crate::error::HashError;
use crate::form;
use crate::options::{Options, SchemeError};
use crate::random::Random;
use crate::scheme::{Hasher, Scheme, reads_as};
use crate::schemes::{self, Named, current};
use crate::secret::{HashString, Password};

/// What passlib's `CryptContext` takes, as text: every value is a list, of one where passlib has a single value.
///
/// | key | value |
/// |---|---|
/// | `schemes` | the names accepted; where notations meet, the first decides |
/// | `default` | the one for new hashes; else the first that can make any, else Argon2id |
/// | `deprecated` | the names that are to be upgraded, or `auto`: all but the default |
/// | `NAME__rounds`, `NAME__default_rounds`, `NAME__min_rounds`, `NAME__max_rounds` | the cost of new hashes, and the lowest that is left alone |
/// | `NAME__form` | `wordpress`: passwords are taken as that application's forms hand them to its hashing; or `none` |
/// | `NAME__OPTION` | any other option of a scheme (`memory_cost`, `block_size`, `parallelism`, a pepper, a realm) |
/// | `all__OPTION`, `CATEGORY__NAME__OPTION`, `CATEGORY__context__deprecated` | as in passlib |
///
/// Where we differ: a hash stronger than the policy is never made weaker, and one of a scheme that makes no new hashes
/// here is always upgraded, listed as deprecated or not.
///
/// ```
/// use portcullis_password::{HashString, Policy};
///
/// let policy = Policy::new()
///     .with("schemes", ["argon2", "bcrypt", "hex_md5"])
///     .with("deprecated", ["auto"])
///     .with("argon2__memory_cost", ["65536"]);
/// let passwords = policy.passwords(None).expect("a sound policy");
/// let stored = HashString::new("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW");
/// assert_eq!(passwords.identify(&stored), Some("bcrypt"));
/// assert!(passwords.needs_update(&stored));
/// ```
#[derive(Clone, Default)]
pub struct Policy(BTreeMap<String, Vec<String>>);

impl Policy {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key.
    #[must_use]
    pub fn with<T: Into<String>>(mut self, key: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        self.0.insert(key.into(), values.into_iter().map(Into::into).collect());
        self
    }

    /// Accepts these schemes as well, behind those that are there; one that is there stays where it is.
    #[must_use]
    pub fn with_more_schemes(mut self, names: impl IntoIterator<Item = String>) -> Self {
        let schemes = self.0.entry("schemes".to_owned()).or_default();
        for name in names {
            if !schemes.contains(&name) {
                schemes.push(name);
            }
        }
        self
    }

    /// The context of this policy, for users of `category` where the policy tells such apart.
    ///
    /// # Errors
    /// The policy contradicts itself, or names what does not exist.
    pub fn passwords(&self, category: Option<&str>) -> Result<Passwords, PolicyError> {
        let names = self
            .0
            .get("schemes")
            .filter(|names| !names.is_empty())
            .ok_or(PolicyError::NoSchemes)?;
        let mut all = Vec::with_capacity(names.len());
        for name in names {
            if all.iter().any(|(known, _)| known == name) {
                return Err(PolicyError::Twice(name.clone()));
            }
            all.push((name.clone(), self.scheme(name, category)?));
        }
        let default = self.default_of(names, category)?;
        let deprecated = self.deprecated(names, &default, category)?;
        let mut makers = all.iter().filter(|(name, _)| *name == default).chain(all.iter());
        let current = makers.find_map(|(name, scheme)| match scheme {
            Named::Current(hasher) if *name == default || !deprecated.contains(name) => {
                Some((name.clone(), Arc::clone(hasher)))
            }
            _ => None,
        });
        let mut passwords = match &current {
            Some((_, hasher)) => Passwords::new(Arc::clone(hasher)),
            None => Passwords::new(schemes::Argon2::default()),
        };
        passwords = passwords.with_the_first_deciding();
        // Where notations meet, the first that is listed decides: the current scheme is read in its turn.
        let in_turn = current
            .as_ref()
            .is_some_and(|(current, _)| names.first() != Some(current));
        if in_turn {
            passwords = passwords.reading_accepted_alone();
        }
        for (name, scheme) in all {
            if in_turn || current.as_ref().is_none_or(|(current, _)| *current != name) {
                let (scheme, due) = accepted(scheme, deprecated.contains(&name));
                passwords = passwords.accept_as(scheme, due);
            }
        }
        Ok(passwords)
    }

    fn of_context(&self, key: &str, category: Option<&str>) -> Option<&Vec<String>> {
        let own = category.and_then(|category| self.0.get(&format!("{category}__context__{key}")));
        own.or_else(|| self.0.get(key))
    }

    fn default_of(&self, names: &[String], category: Option<&str>) -> Result<String, PolicyError> {
        let named = self.of_context("default", category).and_then(|values| values.first());
        let default = named.or_else(|| names.first()).filter(|name| names.contains(name));
        default.cloned().ok_or(PolicyError::DefaultNotListed)
    }

    fn deprecated(&self, names: &[String], default: &str, category: Option<&str>) -> Result<Vec<String>, PolicyError> {
        let Some(listed) = self.of_context("deprecated", category) else {
            return Ok(Vec::new());
        };
        if !listed.iter().any(|name| name == "auto") {
            let unknown = listed.iter().find(|name| !names.contains(name));
            return match unknown {
                Some(name) => Err(PolicyError::DeprecatedNotListed(name.clone())),
                None if names.iter().all(|name| listed.contains(name)) => Err(PolicyError::AllDeprecated),
                None => Ok(listed.clone()),
            };
        }
        if listed.len() > 1 {
            return Err(PolicyError::AutoAndOthers);
        }
        Ok(names.iter().filter(|name| *name != default).cloned().collect())
    }

    fn scheme(&self, name: &str, category: Option<&str>) -> Result<Named, PolicyError> {
        let options = self.options(name, category);
        let bare = Self::bare_scheme(name, &options)?;
        let Some(application) = options.get("form").filter(|form| *form != "none") else {
            return Ok(bare);
        };
        form::behind(application, bare).ok_or_else(|| PolicyError::Scheme {
            name: name.to_owned(),
            cause: SchemeError::BadOption("form"),
        })
    }

    fn bare_scheme(name: &str, options: &Options) -> Result<Named, PolicyError> {
        let failed = |cause| PolicyError::Scheme {
            name: name.to_owned(),
            cause,
        };
        let Some(maker) = current::find(name) else {
            return schemes::named(name, options).map_err(failed);
        };
        const OF_ALL: &[&str] = &[
            "form",
            "default_rounds",
            "min_rounds",
            "max_rounds",
            "vary_rounds",
            "truncate_error",
            "type",
            "ident",
            "salt_size",
        ];
        let known = |option: &str| maker.options.contains(&option) || OF_ALL.contains(&option);
        if let Some(option) = options.names().find(|option| !known(option)) {
            return Err(PolicyError::UnknownOption(format!("{name}__{option}")));
        }
        let rounds = |first: &str| options.get(first).or_else(|| options.get("rounds"));
        let with = |rounds: Option<&str>| match rounds {
            Some(rounds) => (maker.build)(maker.name, &options.clone().with("rounds", rounds)).map_err(failed),
            None => (maker.build)(maker.name, options).map_err(failed),
        };
        let lowest = maker.lowest.map(|lowest| lowest.to_string());
        Ok(Named::Current(Arc::new(Judged {
            making: with(rounds("default_rounds"))?,
            judging: with(rounds("min_rounds").or(lowest.as_deref()))?,
        })))
    }

    /// The options of a scheme: those for all, its own, its own in the category, each before the last.
    fn options(&self, name: &str, category: Option<&str>) -> Options {
        let mut prefixes = vec!["all__".to_owned(), format!("{name}__")];
        prefixes.extend(category.map(|category| format!("{category}__{name}__")));
        let mut options = Options::new();
        for prefix in &prefixes {
            for (key, values) in &self.0 {
                if let (Some(option), Some(value)) = (key.strip_prefix(prefix.as_str()), values.first()) {
                    options = options.with(option, value.as_str());
                }
            }
        }
        options
    }
}

/// A scheme as it is accepted, and when its hashes are to be upgraded.
fn accepted(scheme: Named, deprecated: bool) -> (Arc<dyn Scheme>, Due) {
    match scheme {
        Named::Current(hasher) if deprecated => (Arc::new(hasher), Due::Always),
        Named::Current(hasher) => (Arc::new(Arc::clone(&hasher)), Due::If(hasher)),
        Named::VerifyOnly(scheme) => (scheme, Due::Always),
        Named::Broken(broken) => (broken.into_inner(), Due::Always),
        Named::Disabled(disabled) => {
            let due = if deprecated { Due::Always } else { Due::Never };
            (disabled.into_inner(), due)
        }
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Policy")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A hasher with one cost for new hashes and a lower one below which a stored hash is weak (passlib's
/// `default_rounds` and `min_rounds`).
#[derive(Debug)]
struct Judged {
    making: Arc<dyn Hasher>,
    judging: Arc<dyn Hasher>,
}

reads_as!(Judged, making);

impl Hasher for Judged {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        self.making.hash(password, random)
    }

    fn needs_update(&self, hash: &HashString) -> bool {
        self.judging.needs_update(hash)
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        self.making.fresh_decoy(seed)
    }
}
