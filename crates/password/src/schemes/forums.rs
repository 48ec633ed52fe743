//! Content managers and forums: Drupal 7, Joomla, vBulletin, MyBB, Nextcloud, Better Auth, and Symfony's message digest.

use std::sync::Arc;

use base64::Engine as _;
use unicode_normalization::UnicodeNormalization as _;

use super::line::{Class, Line, Registry, line, over};
use crate::beginnings::Beginnings;
use crate::delegate::Prefixed;
use crate::encoding::{BASE64, CRYPT, base64, hex, is_base64, is_crypt, is_hex, push_crypt, to_hex};
use crate::error::{Flaw, HashError};
use crate::function::Function;
use crate::limits;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::{Scheme, Verdict};
use crate::scrypt_cost::ScryptCost;
use crate::secret::{HashString, Password};
use crate::sight::{Sight, View};

pub(crate) const LINES: &[Line] = &[
    line("drupal7", Class::VerifyOnly, drupal),
    line("joomla_md5", Class::Broken, salted_md5),
    line("vbulletin_md5", Class::Broken, salted_md5),
    line("mybb_md5", Class::Broken, salted_md5),
    over("nextcloud", Class::VerifyOnly, nextcloud),
    line("better_auth_scrypt", Class::VerifyOnly, better_auth),
    line("symfony_message_digest", Class::Broken, symfony),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// The ident, a digit of cost, eight characters of salt, the first 43 of the digest; `U` in front where the password was
/// MD5 in hexadecimal before.
fn drupal_parts(text: &str) -> Result<(bool, u32, &str, &str), Fault> {
    let (updated, rest) = match text.strip_prefix('U') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = rest.strip_prefix("$S$").ok_or(Flaw::MissingField)?;
    if rest.len() != 52 || !is_crypt(rest) {
        return Err(Flaw::DigestSize.into());
    }
    let (cost, rest) = rest.split_at_checked(1).ok_or(Flaw::MissingField)?;
    let (salt, digest) = rest.split_at_checked(8).ok_or(Flaw::SaltSize)?;
    let log = CRYPT.iter().position(|digit| cost.as_bytes() == [*digit]).unwrap_or(0);
    if !(7..=30).contains(&log) {
        return Err(Flaw::ParameterRange.into());
    }
    let rounds = 1_u32.checked_shl(u32::try_from(log).unwrap_or(31)).unwrap_or(u32::MAX);
    Fault::above("rounds", rounds.into(), limits::CRYPT_ROUNDS)?;
    Ok((updated, rounds, salt, digest))
}

fn drupal(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let (updated, rounds, salt, digest) = drupal_parts(stored.as_str())?;
        let before = to_hex(&Function::Md5.digest(&[password])).into_bytes();
        let tried = if updated { before.as_slice() } else { password };
        let first = Function::Sha512.digest(&[salt.as_bytes(), tried]);
        let computed = (0..rounds).fold(first, |digest, _| Function::Sha512.digest(&[&digest, tried]));
        let text = crypt_text(&computed);
        let kept = text.get(..digest.len()).unwrap_or_default();
        // Drupal itself takes no longer password.
        Ok(equal(kept.as_bytes(), digest.as_bytes()) && password.len() <= 512)
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (updated, ..) = drupal_parts(like.as_str()).ok()?;
        let head = like.as_str().get(..if updated { 5 } else { 4 })?;
        let (salt, digest) = (seeded.text(8), crypt_text(&seeded.bytes(64)));
        Some(format!("{head}{salt}{}", digest.get(..43)?))
    };
    let identify = |text: &str| text.starts_with("$S$") || text.starts_with("U$S$");
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check)
            .beginning(b"$U")
            .with_decoy(decoy),
    ))
}

/// crypt(3)'s digits, three bytes at a time, the low bits first.
fn crypt_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for group in bytes.chunks(3) {
        let value = group.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
        push_crypt(&mut text, value, group.len().saturating_add(1));
    }
    text
}

/// `md5:salt`, or the MD5 alone with the salt in a column of its own.
fn salted_md5(name: &'static str, _: &Options) -> Made {
    let mix: fn(&[u8], &[u8]) -> Vec<u8> = match name {
        "joomla_md5" => |password, salt| Function::Md5.digest(&[password, salt]),
        "vbulletin_md5" => |password, salt| {
            let inner = to_hex(&Function::Md5.digest(&[password]));
            Function::Md5.digest(&[inner.as_bytes(), salt])
        },
        _ => |password, salt| {
            let (salt, password) = (Function::Md5.digest(&[salt]), Function::Md5.digest(&[password]));
            Function::Md5.digest(&[to_hex(&salt).as_bytes(), to_hex(&password).as_bytes()])
        },
    };
    let identify = |text: &str| {
        let parts = text.split_at_checked(32);
        parts.is_some_and(|(digest, rest)| (rest.is_empty() || rest.starts_with(':')) && is_hex(digest, 32))
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let (digest, salt) = match stored.as_str().split_once(':') {
            Some((digest, salt)) => (digest, salt),
            None => (stored.as_str(), stored.salt().ok_or(Fault::Missing("salt"))?),
        };
        Ok(equal(&mix(password, salt.as_bytes()), &hex(digest)?))
    };
    Ok(Arc::new(Reader::new(name, identify, View::Whole, check)))
}

/// A version in front of what PHP writes: `1|$2y$…`, `2|$argon2i$…`, `3|$argon2id$…`.
#[derive(Debug)]
struct Nextcloud {
    name: &'static str,
    versions: Vec<Prefixed>,
}

fn nextcloud(name: &'static str, options: &Options, registry: Registry) -> Made {
    let (bcrypt, argon2) = (registry.scheme("bcrypt", options)?, registry.scheme("argon2", options)?);
    let versions = vec![
        Prefixed::new(name, "1|", vec![bcrypt]),
        Prefixed::new(name, "2|", vec![argon2.clone()]),
        Prefixed::new(name, "3|", vec![argon2]),
    ];
    Ok(Arc::new(Nextcloud { name, versions }))
}

impl Scheme for Nextcloud {
    fn name(&self) -> &'static str {
        self.name
    }

    fn identify(&self, text: &str) -> bool {
        self.versions.iter().any(|version| version.identify(text))
    }

    fn beginnings(&self) -> Beginnings {
        Beginnings::of(b"123")
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        self.versions.iter().find_map(|version| version.verify(password, hash))
    }

    fn sight(&self, password: &Password, hash: &HashString) -> Sight {
        let version = self.versions.iter().find(|version| version.identify(hash.as_str()));
        version.map_or(Sight::Less, |version| version.sight(password, hash))
    }

    fn memory_kib(&self, hash: &HashString) -> u64 {
        let version = self.versions.iter().find(|version| version.identify(hash.as_str()));
        version.map_or(0, |version| version.memory_kib(hash))
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        self.versions.iter().find_map(|version| version.decoy(like, seed))
    }
}

/// `hexsalt:hexkey`, scrypt with N = 16384, r = 16, p = 1; the salt is its digits, the password is normalised (NFKC).
fn better_auth(name: &'static str, _: &Options) -> Made {
    fn parts(text: &str) -> Option<(&str, &str)> {
        let (salt, rest) = text.split_at_checked(32)?;
        let key = rest.strip_prefix(':')?;
        (is_hex(salt, 32) && is_hex(key, 128)).then_some((salt, key))
    }
    // NULs at its end would not count in any case.
    fn normal(password: &[u8]) -> Vec<u8> {
        let text = std::str::from_utf8(password).map(|text| text.nfkc().collect::<String>().into_bytes());
        let mut text = text.unwrap_or_else(|_| password.to_vec());
        text.truncate(
            text.iter()
                .rposition(|byte| *byte != 0)
                .map_or(0, |last| last.saturating_add(1)),
        );
        text
    }
    let check = |stored: &HashString, password: &[u8]| {
        let (salt, key) = parts(stored.as_str()).ok_or(Flaw::Hex)?;
        let computed = ScryptCost::new(14, 16, 1)?.digest(&normal(password), salt.as_bytes(), 64)?;
        Ok(equal(&computed, &hex(key)?))
    };
    let decoy = |_: &HashString, seeded: &mut Seeded<'_>| {
        let (salt, key) = (to_hex(&seeded.bytes(16)), to_hex(&seeded.bytes(64)));
        Some(format!("{salt}:{key}"))
    };
    let memory = |_: &str| ScryptCost::new(14, 16, 1).map_or(0, ScryptCost::memory_kib);
    let reader = Reader::new(
        name,
        |text| parts(text).is_some(),
        View::of(|_, password| Some(normal(password))),
        check,
    );
    Ok(Arc::new(reader.with_decoy(decoy).with_memory(memory)))
}

/// The digest of `password{salt}`, and of itself with that again: rounds, function and encoding are configuration.
fn symfony(name: &'static str, options: &Options) -> Made {
    let function = Function::named(options.get("algorithm").unwrap_or("sha512"));
    let function = function.map_err(|_| SchemeError::BadOption("algorithm"))?;
    let rounds: u32 = options
        .get("iterations")
        .map_or(Ok(5000), str::parse)
        .map_err(|_| SchemeError::BadOption("iterations"))?;
    if rounds == 0 || u64::from(rounds) > limits::CRYPT_ROUNDS {
        return Err(SchemeError::BadOption("iterations"));
    }
    let hexadecimal = options.get("encoding") == Some("hex");
    let check = move |stored: &HashString, password: &[u8]| {
        let digest = if hexadecimal {
            hex(stored.as_str())?
        } else {
            base64(stored.as_str(), &BASE64)?
        };
        let salt = stored.salt().unwrap_or_default();
        let salted = if salt.is_empty() {
            password.to_vec()
        } else {
            [password, b"{", salt.as_bytes(), b"}"].concat()
        };
        let first = function.digest(&[&salted]);
        let computed = (1..rounds).fold(first, |digest, _| function.digest(&[&digest, &salted]));
        Ok(equal(&computed, &digest))
    };
    let decoy = move |_: &HashString, seeded: &mut Seeded<'_>| {
        let bytes = seeded.bytes(function.len());
        Some(if hexadecimal {
            to_hex(&bytes)
        } else {
            BASE64.encode(bytes)
        })
    };
    let identify = |text: &str| (24..=limits::TEXT).contains(&text.len()) && is_base64(text);
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).with_decoy(decoy),
    ))
}
