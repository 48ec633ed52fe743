//! A context by passlib's words: `schemes`, `default`, `deprecated`, and costs as `bcrypt__min_rounds`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

mod costs;
mod error;

pub use error::PolicyError;

use crate::accepted::Accepted;
use crate::context::Passwords;
use crate::form;
use crate::options::{Options, SchemeError};
use crate::scheme::Hasher;
use crate::schemes::{self, Named, registry};
use crate::secret::HashString;

use costs::Judged;

/// What passlib's `CryptContext` takes, as text: every value is a list, of one where passlib has a single value.
///
/// | key | value |
/// |---|---|
/// | `schemes` | the names accepted; where notations meet, the first decides, but new hashes are read by what makes them |
/// | `default` | the one for new hashes, else the first that is not deprecated; where that one makes none here, the first that can, else Argon2id |
/// | `deprecated` | the names that are to be upgraded, or `auto`: all but the default |
/// | `NAME__rounds`, `NAME__default_rounds`, `NAME__min_rounds`, `NAME__max_rounds` | the cost of new hashes, and the lowest that is left alone |
/// | `NAME__form` | `wordpress`: passwords are taken as that application's forms hand them to its hashing; or `none` |
/// | `NAME__OPTION` | any other option of a scheme (`memory_cost`, `block_size`, `parallelism`, a pepper, a realm) |
/// | `all__OPTION`, `CATEGORY__all__OPTION`, `CATEGORY__NAME__OPTION`, `CATEGORY__context__deprecated` | as in passlib |
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
        let accepted = all.into_iter().map(|(name, scheme)| {
            let deprecated = deprecated.contains(&name);
            (name, Accepted::of(scheme, deprecated))
        });
        let accepted = accepted.collect();
        Ok(match current {
            Some((name, hasher)) => assembled(&name, hasher, accepted),
            None => assembled("", Arc::new(schemes::Argon2::default()), accepted),
        })
    }

    fn of_context(&self, key: &str, category: Option<&str>) -> Option<&Vec<String>> {
        let own = category.and_then(|category| self.0.get(&format!("{category}__context__{key}")));
        own.or_else(|| self.0.get(key))
    }

    /// The one that is named, else the first that is not listed as deprecated.
    fn default_of(&self, names: &[String], category: Option<&str>) -> Result<String, PolicyError> {
        let deprecated = self.of_context("deprecated", category);
        let listed = |name: &&String| deprecated.is_some_and(|deprecated| deprecated.contains(name));
        match self.of_context("default", category).and_then(|values| values.first()) {
            Some(default) if !names.contains(default) => Err(PolicyError::DefaultNotListed),
            Some(default) if listed(&default) => Err(PolicyError::DefaultDeprecated),
            Some(default) => Ok(default.clone()),
            None => {
                let first = names.iter().find(|name| !listed(name));
                first.cloned().ok_or(PolicyError::AllDeprecated)
            }
        }
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
        let Some(maker) = registry::maker(name) else {
            return schemes::named(name, options).map_err(failed);
        };
        if let Some(option) = options.names().find(|option| !costs::knows(maker, option)) {
            return Err(PolicyError::UnknownOption(format!("{name}__{option}")));
        }
        let judged = Judged::new(maker, options).map_err(failed)?;
        Ok(Named::Current(Arc::new(judged)))
    }

    /// The options of a scheme: those for all that it knows, of the category too, then its own, then its own in the
    /// category, each before the last.
    fn options(&self, name: &str, category: Option<&str>) -> Options {
        let maker = registry::maker(name);
        let shared = |option: &str| maker.is_none_or(|maker| costs::knows(maker, option));
        let mut options = Options::new();
        for (scheme, own) in [("all", false), (name, true)] {
            let of_category = category.map(|category| format!("{category}__{scheme}__"));
            for prefix in std::iter::once(format!("{scheme}__")).chain(of_category) {
                for (key, values) in &self.0 {
                    if let (Some(option), Some(value)) = (key.strip_prefix(&prefix), values.first())
                        && (own || shared(option))
                    {
                        options = options.with(option, value.as_str());
                    }
                }
            }
        }
        options
    }
}

/// The context. Where notations meet, the first that is listed decides, so the current scheme is read in its turn; but
/// what it makes must be read by it, or nobody could log in after an upgrade.
fn assembled(current: &str, hasher: Arc<dyn Hasher>, accepted: Vec<(String, Accepted)>) -> Passwords {
    let is_listed = accepted.iter().any(|(name, _)| name == current);
    let (made, any) = (hasher.fresh_decoy(&[0; 32]), HashString::new("?"));
    let before = accepted.iter().take_while(|(name, _)| is_listed && name != current);
    let takers: Vec<_> = before.filter(|(_, before)| before.identifies(&made)).collect();
    // One that takes any text would take a stolen hash for a password; others of the same notation are asked as well.
    let first_decides = takers.is_empty() || takers.iter().any(|(_, taker)| taker.identifies(&any));
    let in_turn = is_listed && takers.is_empty();
    let mut passwords = Passwords::new(hasher);
    if first_decides {
        passwords = passwords.with_the_first_deciding();
    }
    if in_turn {
        passwords = passwords.reading_accepted_alone();
    }
    for (name, accepted) in accepted {
        if in_turn || name != current {
            passwords = passwords.accept_as(accepted);
        }
    }
    passwords
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Policy")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}
