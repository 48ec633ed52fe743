//! Whether anybody could log in with a stored hash, as the configuration reads it. Of hashes that need more than their text one
//! of each kind is tried, for that takes as long as a login.

use std::collections::HashMap;

use portcullis_core::password::explain::{Class, Explanation, takes_salt};
use portcullis_core::password::{HashError, Password};
use portcullis_core::{HashString, Passwords};

/// How many kinds of hashes are remembered that were tried.
const REMEMBERED: usize = 1000;

/// Tries hashes.
#[derive(Debug)]
pub(crate) struct Trials {
    passwords: Passwords,
    /// The kinds of which one was tried, and what came of it.
    tried: HashMap<Kind, Option<HashError>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Kind {
    scheme: &'static str,
    told: Option<&'static str>,
    algorithm: Option<String>,
    salt: Option<usize>,
    length: usize,
}

/// Why no login could be right.
#[derive(Debug)]
pub(crate) enum Unread {
    /// A salt stands beside a bare digest, and none of the schemes that are asked for it takes one.
    SaltNotTaken,
    /// What a login would meet.
    Fails(HashError),
}

impl Trials {
    pub(crate) fn new(passwords: Passwords) -> Self {
        Self {
            passwords,
            tried: HashMap::new(),
        }
    }

    /// Why no login could be right against `hash`, of which `told` is what its text says and `scheme` the first that is
    /// asked.
    pub(crate) fn unread(&mut self, scheme: &'static str, hash: &HashString, told: &Explanation) -> Option<Unread> {
        if is_whole(told) && told.scheme == Some(scheme) {
            return None;
        }
        let has_salt = hash.salt().is_some_and(|salt| !salt.is_empty());
        let mut asked = told.candidates.iter().filter(|name| self.passwords.reads(name, hash));
        if has_salt && told.scheme.is_none() && !asked.any(|name| takes_salt(name)) {
            return Some(Unread::SaltNotTaken);
        }
        let kind = Kind {
            scheme,
            told: told.scheme,
            algorithm: hash.algorithm().map(str::to_owned),
            salt: hash.salt().map(str::len),
            length: hash.as_str().len(),
        };
        if let Some(came) = self.tried.get(&kind) {
            return came.clone().map(Unread::Fails);
        }
        let came = self.passwords.verify(&Password::from(""), Some(hash)).err();
        if self.tried.len() < REMEMBERED {
            self.tried.insert(kind, came.clone());
        }
        came.map(Unread::Fails)
    }
}

/// Whether the text alone tells everything.
pub(crate) fn is_whole(told: &Explanation) -> bool {
    matches!(told.class, Class::Current | Class::VerifyOnly) && told.needs.is_empty()
}

#[cfg(test)]
mod tests {
    use portcullis_core::password::explain::explain;
    use portcullis_core::password::{Options, schemes};

    use super::*;

    fn trials(names: &[&str]) -> Trials {
        let accepted = names.iter().fold(Passwords::recommended(), |passwords, name| {
            match schemes::named(name, &Options::new()) {
                Ok(schemes::Named::Broken(broken)) => passwords.accept_broken(broken),
                other => panic!("{name}: {other:?}"),
            }
        });
        Trials::new(accepted)
    }

    fn unread(trials: &mut Trials, hash: &HashString) -> Option<String> {
        let scheme = trials.passwords.identify(hash).expect("a scheme");
        let came = trials.unread(scheme, hash, &explain(hash))?;
        Some(match came {
            Unread::SaltNotTaken => "salt".to_owned(),
            Unread::Fails(error) => error.to_string(),
        })
    }

    #[test]
    fn a_salt_beside_a_scheme_that_takes_none_is_seen() {
        let salted = HashString::new("7d80ad464726ea828688d9dd09d643a5").with_salt("xyzsalt");
        assert_eq!(unread(&mut trials(&["hex_md5"]), &salted).as_deref(), Some("salt"));
        assert_eq!(unread(&mut trials(&["hex_md5", "mybb_md5"]), &salted), None);
        let unsalted = HashString::new(salted.as_str());
        assert_eq!(unread(&mut trials(&["hex_md5"]), &unsalted), None);
        let told = HashString::new("$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S").with_salt("x");
        assert_eq!(unread(&mut trials(&[]), &told), None, "its own salt is in the text");
    }

    #[test]
    fn an_algorithm_that_is_not_read_is_seen_among_others_of_the_same_form() {
        let mut trials = trials(&["gitea_pbkdf2"]);
        let hash = HashString::new("45d6".repeat(25)).with_salt("01020304");
        assert_eq!(unread(&mut trials, &hash.clone().with_algorithm("pbkdf2$10$50")), None);
        let strange = unread(&mut trials, &hash.clone().with_algorithm("pbkdf3$10$50"));
        assert!(strange.expect("a reason").contains("algorithm"));
        assert_eq!(unread(&mut trials, &hash.with_algorithm("pbkdf2$10$50")), None);
    }
}
