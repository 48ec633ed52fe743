//! Ruby on Rails before Devise: what stands in `crypted_password` or `hashed_password` is of the password and of a salt in
//! a column of its own. Authlogic (`lib/authlogic/crypto_providers/`, whose scrypt and bcrypt get the password with the
//! salt behind it), restful_authentication, Redmine (`app/models/user.rb`).

use std::sync::Arc;

use super::line::{Class, Line, Registry, line, over};
use crate::beginnings::Beginnings;
use crate::eksblowfish;
use crate::encoding::{hex, is_hex, to_hex};
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
    line("authlogic_md5", Class::Broken, digest),
    line("authlogic_sha1", Class::Broken, digest),
    line("authlogic_sha256", Class::Broken, digest),
    line("authlogic_sha512", Class::Broken, digest),
    // Its texts are bcrypt's.
    over("authlogic_bcrypt", Class::Broken, bcrypt),
    line("authlogic_scrypt", Class::VerifyOnly, scrypt),
    line("restful_authentication_sha1", Class::Broken, restful),
    line("redmine_sha1", Class::Broken, redmine),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// How often a digest is taken; the application keeps it to itself.
fn stretches(options: &Options, otherwise: u32) -> Result<u32, SchemeError> {
    let stretches = options.number_or("stretches", otherwise)?;
    let fit = stretches > 0 && u64::from(stretches) <= limits::CRYPT_ROUNDS;
    fit.then_some(stretches).ok_or(SchemeError::BadOption("stretches"))
}

/// A reader of digests as hexadecimal digits.
fn digits(
    name: &'static str,
    function: Function,
    check: impl Fn(&HashString, &[u8]) -> Result<Vec<u8>, Fault> + Send + Sync + 'static,
) -> Reader {
    let identify: fn(&str) -> bool = match function.len() {
        16 => |text| is_hex(text, 32),
        20 => |text| is_hex(text, 40),
        32 => |text| is_hex(text, 64),
        _ => |text| is_hex(text, 128),
    };
    let check =
        move |stored: &HashString, password: &[u8]| Ok(equal(&check(stored, password)?, &hex(stored.as_str())?));
    let decoy = move |_: &HashString, seeded: &mut Seeded<'_>| Some(to_hex(&seeded.bytes(function.len())));
    Reader::new(name, identify, View::Whole, check).with_decoy(decoy)
}

/// The digest of password and salt, and of its own digits again; SHA-1 takes the salt every time. A `version` 2 takes the
/// digest's bytes. A table without the salt's column has digests of the password alone.
fn digest(name: &'static str, options: &Options) -> Made {
    let (function, usual, between) = match name {
        "authlogic_md5" => (Function::Md5, 1, ""),
        "authlogic_sha1" => (Function::Sha1, 10, "--"),
        "authlogic_sha256" => (Function::Sha256, 20, ""),
        _ => (Function::Sha512, 20, ""),
    };
    let stretches = stretches(options, usual)?;
    let between = options.get("join_token").unwrap_or(between).to_owned();
    let takes_bytes = match options.get("version") {
        None | Some("1") => false,
        Some("2") => true,
        _ => return Err(SchemeError::BadOption("version")),
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let salt = stored.salt().map(|salt| format!("{between}{salt}")).unwrap_or_default();
        let again: &[u8] = if function == Function::Sha1 {
            salt.as_bytes()
        } else {
            b""
        };
        let first = function.digest(&[password, salt.as_bytes()]);
        Ok((1..stretches).fold(first, |digest, _| match takes_bytes {
            true => function.digest(&[&digest, again]),
            false => function.digest(&[to_hex(&digest).as_bytes(), again]),
        }))
    };
    Ok(Arc::new(digits(name, function, check)))
}

/// SHA-1 of digest, salt, password and the application's key, with two hyphens between them, the digest being at first
/// the key. Before version 2 there was no key, and one digest.
fn restful(name: &'static str, options: &Options) -> Made {
    let key = options.get("site_key").unwrap_or_default().to_owned();
    let stretches = stretches(options, if key.is_empty() { 1 } else { 10 })?;
    let check = move |stored: &HashString, password: &[u8]| {
        let salt = stored.salt().ok_or(Fault::Missing("salt"))?;
        let digest = |before: &str| {
            let (before, salt, key) = (before.as_bytes(), salt.as_bytes(), key.as_bytes());
            Function::Sha1.digest(&[before, b"--", salt, b"--", password, b"--", key])
        };
        Ok((1..stretches).fold(digest(&key), |before, _| digest(&to_hex(&before))))
    };
    Ok(Arc::new(digits(name, Function::Sha1, check)))
}

/// SHA-1 of the salt and of the digits of the password's SHA-1.
fn redmine(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let salt = stored.salt().ok_or(Fault::Missing("salt"))?;
        let first = to_hex(&Function::Sha1.digest(&[password]));
        Ok(Function::Sha1.digest(&[salt.as_bytes(), first.as_bytes()]))
    };
    Ok(Arc::new(digits(name, Function::Sha1, check)))
}

/// What Ruby's scrypt writes: `N$r$p$salt$key`, all in hexadecimal.
struct Scrypt<'a> {
    text: &'a str,
    cost: ScryptCost,
    salt: &'a str,
    key: &'a str,
}

fn is_scrypt(text: &str) -> bool {
    let fields: Vec<&str> = text.split('$').collect();
    let [costs @ .., salt, key] = fields.as_slice() else {
        return false;
    };
    let number = |text: &&str| (1..=8).contains(&text.len()) && is_hex(text, text.len());
    costs.len() == 3
        && costs.iter().all(number)
        && (16..=64).contains(&salt.len())
        && is_hex(salt, salt.len())
        && key.len() >= 32
        && is_hex(key, key.len())
}

impl<'a> Scrypt<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let fields: Vec<&str> = text.split('$').collect();
        let [n, r, p, salt, key] = *fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let number = |text| u32::from_str_radix(text, 16).map_err(|_| Flaw::Number);
        let cost = ScryptCost::of_n(number(n)?, number(r)?, number(p)?)?;
        let is_old = salt.len() == 40;
        let len = key.len().checked_div(2).unwrap_or(0);
        let fits = match is_old {
            true => len == Function::Sha1.len(),
            false => (limits::SHORTEST_DIGEST..=limits::DIGEST).contains(&len),
        };
        if !fits || !key.len().is_multiple_of(2) {
            return Err(Flaw::DigestSize.into());
        }
        Ok(Self { text, cost, salt, key })
    }

    /// What stands before salt and key.
    fn head(&self) -> &'a str {
        let kept = self.salt.len().saturating_add(self.key.len()).saturating_add(1);
        self.text
            .get(..self.text.len().saturating_sub(kept))
            .unwrap_or_default()
    }

    /// Until version 1.1 the salt was the text before the key, with forty digits, and the key was kept as its SHA-1. Later zero bytes at
    /// the beginning of a salt do not count, and a digit that is missing at its end is 0.
    fn computed(&self, password: &[u8]) -> Result<Vec<u8>, Fault> {
        if self.salt.len() == 40 {
            let key = self
                .cost
                .digest(password, format!("{}{}", self.head(), self.salt).as_bytes(), 256)?;
            return Ok(Function::Sha1.digest(&[&key]));
        }
        let mut digits = self.salt;
        while let Some(rest) = digits.strip_prefix("00") {
            digits = rest;
        }
        let padded = format!("{digits}{}", if digits.len().is_multiple_of(2) { "" } else { "0" });
        let len = self.key.len().checked_div(2).unwrap_or(0);
        self.cost.digest(password, &hex(&padded)?, len)
    }
}

fn scrypt(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let read = Scrypt::read(stored.as_str())?;
        let salted = [password, stored.salt().unwrap_or_default().as_bytes()].concat();
        Ok(equal(&read.computed(&salted)?, &hex(read.key)?))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let read = Scrypt::read(like.as_str()).ok()?;
        let head = read.head();
        let (salt, key) = (to_hex(&seeded.bytes(32)), to_hex(&seeded.bytes(limits::DIGEST)));
        Some(format!(
            "{head}{}${}",
            salt.get(..read.salt.len())?,
            key.get(..read.key.len())?
        ))
    };
    let memory = |text: &str| Scrypt::read(text).map_or(0, |read| read.cost.memory_kib());
    let reader = Reader::new(name, is_scrypt, View::Keyed, check).beginning(b"0123456789abcdefABCDEF");
    Ok(Arc::new(reader.with_decoy(decoy).with_memory(memory)))
}

/// bcrypt over the password with the salt of another column behind it.
#[derive(Debug)]
struct Salted {
    name: &'static str,
    bcrypt: Arc<dyn Scheme>,
}

fn bcrypt(name: &'static str, options: &Options, registry: Registry) -> Made {
    let bcrypt = registry.scheme("bcrypt", options)?;
    Ok(Arc::new(Salted { name, bcrypt }))
}

impl Scheme for Salted {
    fn name(&self) -> &'static str {
        self.name
    }

    fn identify(&self, text: &str) -> bool {
        self.bcrypt.identify(text)
    }

    fn beginnings(&self) -> Beginnings {
        self.bcrypt.beginnings()
    }

    /// Without a salt beside it a text is bcrypt's own, which costs nothing to say.
    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        if !self.identify(hash.as_str()) {
            return None;
        }
        let Some(salt) = hash.salt() else {
            return Some(Err(Fault::Missing("salt").of(self.name)));
        };
        let salted = Password::from([password.bounded(), salt.as_bytes()].concat());
        let verdict = self.bcrypt.verify(&salted, hash)?;
        Some(verdict.map(|verdict| {
            if password.is_too_long() {
                Verdict::Mismatch
            } else {
                verdict
            }
        }))
    }

    /// Where the 72 bytes are filled, the salt's beginning could as well be the password's end.
    fn sight(&self, password: &Password, hash: &HashString) -> Sight {
        let salt = hash.salt().unwrap_or_default();
        let salted = Password::from([password.bounded(), salt.as_bytes()].concat());
        View::first(eksblowfish::KEY).sight(self.name, &salted, hash)
    }

    fn memory_kib(&self, hash: &HashString) -> u64 {
        self.bcrypt.memory_kib(hash)
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        self.bcrypt.decoy(like, seed)
    }
}
