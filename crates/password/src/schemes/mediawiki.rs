//! MediaWiki's `:TYPE:…` notations (includes/password), also one layer over another; and Apache Shiro's.

use std::sync::Arc;

use base64::Engine as _;

use super::line::{Class, Line, Registry, line, over};
use crate::delegate::Prefixed;
use crate::encoding::{BASE64, base64, hex, is_hex, to_hex};
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::notation::number;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::{HashString, Password};
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    line("mediawiki_a", Class::Broken, a),
    line("mediawiki_b", Class::Broken, b),
    line("mediawiki_pbkdf2", Class::VerifyOnly, pbkdf2),
    line("mediawiki_layered", Class::VerifyOnly, layered),
    over("mediawiki_bcrypt", Class::VerifyOnly, bcrypt),
    over("mediawiki_argon2", Class::VerifyOnly, argon2),
    line("shiro1", Class::VerifyOnly, shiro),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// `:A:` and MD5.
fn a(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let digest = stored.as_str().strip_prefix(":A:").filter(|digest| is_hex(digest, 32));
        Ok(equal(
            &Function::Md5.digest(&[password]),
            &hex(digest.ok_or(Flaw::Hex)?)?,
        ))
    };
    Ok(Arc::new(
        Reader::new(name, |text| text.starts_with(":A:"), View::Whole, check).beginning(b":"),
    ))
}

fn b_of(password: &[u8], salt: &str) -> Vec<u8> {
    let inner = to_hex(&Function::Md5.digest(&[password]));
    Function::Md5.digest(&[salt.as_bytes(), b"-", inner.as_bytes()])
}

/// `:B:salt:` and MD5 of salt and MD5.
fn b(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let rest = stored.as_str().strip_prefix(":B:").unwrap_or_default();
        let (salt, digest) = rest.split_once(':').ok_or(Flaw::MissingField)?;
        if !is_hex(digest, 32) {
            return Err(Flaw::Hex.into());
        }
        Ok(equal(&b_of(password, salt), &hex(digest)?))
    };
    Ok(Arc::new(
        Reader::new(name, |text| text.starts_with(":B:"), View::Whole, check).beginning(b":"),
    ))
}

/// What PBKDF2 needs: function, rounds, salt and key.
struct Pbkdf2 {
    function: Function,
    rounds: u32,
    salt: Vec<u8>,
    key: Vec<u8>,
}

impl Pbkdf2 {
    /// From `sha512:30000:64`, the salt and the key.
    fn read(cost: &str, salt: &str, key: &str) -> Result<Self, Fault> {
        let fields: Vec<&str> = cost.split(':').collect();
        let [function, rounds, len] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let (function, rounds) = (Function::named(function)?, number(rounds)?);
        let (salt, key) = (base64(salt, &BASE64)?, base64(key, &BASE64)?);
        // MediaWiki itself takes the length from the text, and then one byte is a match.
        if key.len() < limits::SHORTEST_DIGEST || key.len() > limits::DIGEST || *len != key.len().to_string() {
            return Err(Flaw::DigestSize.into());
        }
        function.check_rounds(rounds, key.len())?;
        Ok(Self {
            function,
            rounds,
            salt,
            key,
        })
    }

    fn check(&self, password: &[u8]) -> Result<bool, Fault> {
        Ok(equal(
            &self
                .function
                .pbkdf2(password, &self.salt, self.rounds, self.key.len())?,
            &self.key,
        ))
    }
}

fn pbkdf2_parts(text: &str) -> Result<(&str, Pbkdf2), Fault> {
    let rest = text.strip_prefix(":pbkdf2:").ok_or(Flaw::MissingField)?;
    let (rest, key) = rest.rsplit_once(':').ok_or(Flaw::MissingField)?;
    let (cost, salt) = rest.rsplit_once(':').ok_or(Flaw::MissingField)?;
    Ok((cost, Pbkdf2::read(cost, salt, key)?))
}

/// `:pbkdf2:sha512:30000:64:salt:key`.
fn pbkdf2(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| pbkdf2_parts(stored.as_str())?.1.check(password);
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (cost, parsed) = pbkdf2_parts(like.as_str()).ok()?;
        let (salt, key) = (seeded.bytes(parsed.salt.len()), seeded.bytes(parsed.key.len()));
        Some(format!(":pbkdf2:{cost}:{}:{}", BASE64.encode(salt), BASE64.encode(key)))
    };
    Ok(Arc::new(
        Reader::new(name, |text| text.starts_with(":pbkdf2:"), View::Keyed, check)
            .beginning(b":")
            .with_decoy(decoy),
    ))
}

/// `:pbkdf2-legacyA:!cost!!salt!key` and `:pbkdf2-legacyB:!cost!salt of B!salt!key`: PBKDF2 over the older digest.
fn layered(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.starts_with(":pbkdf2-legacyA:") || text.starts_with(":pbkdf2-legacyB:");
    let check = |stored: &HashString, password: &[u8]| {
        let (over_b, below, parsed) = layers(stored.as_str())?;
        let digest = if over_b {
            b_of(password, below)
        } else {
            Function::Md5.digest(&[password])
        };
        parsed.check(to_hex(&digest).as_bytes())
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (over_b, below, parsed) = layers(like.as_str()).ok()?;
        let kind = if over_b { 'B' } else { 'A' };
        let cost = like.as_str().split('!').nth(1)?;
        let below = seeded.text(below.len());
        let (salt, key) = (seeded.bytes(parsed.salt.len()), seeded.bytes(parsed.key.len()));
        let (salt, key) = (BASE64.encode(salt), BASE64.encode(key));
        Some(format!(":pbkdf2-legacy{kind}:!{cost}!{below}!{salt}!{key}"))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check)
            .beginning(b":")
            .with_decoy(decoy),
    ))
}

fn layers(text: &str) -> Result<(bool, &str, Pbkdf2), Fault> {
    let over_b = text.starts_with(":pbkdf2-legacyB:");
    let rest = text.get(16..).ok_or(Flaw::MissingField)?;
    let fields: Vec<&str> = rest.split('!').collect();
    let ["", cost, below, salt, key] = fields.as_slice() else {
        return Err(Flaw::MissingField.into());
    };
    Ok((over_b, below, Pbkdf2::read(cost, salt, key)?))
}

/// `:bcrypt:cost$salt$digest`, which is bcrypt cut in other places.
fn bcrypt(name: &'static str, options: &Options, registry: Registry) -> Made {
    fn usual(text: &str) -> Result<String, Fault> {
        let fields: Vec<&str> = text.strip_prefix(":bcrypt:").unwrap_or_default().split('$').collect();
        let [cost, salt, digest] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        Ok(format!("$2y${:02}${salt}{digest}", number(cost)?))
    }
    let bcrypt = registry.scheme("bcrypt", options)?;
    let again = bcrypt.clone();
    let check = move |stored: &HashString, password: &[u8]| {
        let usual = stored.with_text(usual(stored.as_str())?);
        match bcrypt.verify(&Password::from(password), &usual) {
            Some(Ok(verdict)) => Ok(verdict.is_match()),
            Some(Err(crate::HashError::TooCostly { cost, limit, .. })) => Err(Fault::Cost(cost, limit)),
            _ => Err(Flaw::MissingField.into()),
        }
    };
    let decoy = move |like: &HashString, seeded: &mut Seeded<'_>| {
        let decoy = again.decoy(&like.with_text(usual(like.as_str()).ok()?), &seeded.seed())?;
        let fields: Vec<&str> = decoy.as_str().split('$').collect();
        let ["", _, cost, both] = fields.as_slice() else {
            return None;
        };
        let (salt, digest) = both.split_at_checked(22)?;
        Some(format!(":bcrypt:{}${salt}${digest}", cost.trim_start_matches('0')))
    };
    Ok(Arc::new(
        Reader::new(name, |text| text.starts_with(":bcrypt:"), View::first(72), check)
            .beginning(b":")
            .with_decoy(decoy),
    ))
}

fn argon2(name: &'static str, _: &Options, registry: Registry) -> Made {
    Ok(Arc::new(Prefixed::new(
        name,
        ":argon2:",
        registry.schemes(&["argon2"])?,
    )))
}

/// `$shiro1$SHA-256$N$salt$digest`: the digest of salt and password, and of itself N - 1 times more.
fn shiro(name: &'static str, _: &Options) -> Made {
    fn parts(text: &str) -> Result<(Function, u32, Vec<u8>, Vec<u8>), Fault> {
        let fields: Vec<&str> = text.split('$').collect();
        let ["", "shiro1", function, rounds, salt, digest] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let (function, rounds) = (Function::named(function)?, number(rounds)?);
        let (salt, digest) = (base64(salt, &BASE64)?, base64(digest, &BASE64)?);
        if rounds == 0 {
            return Err(Flaw::ParameterRange.into());
        }
        Fault::above("rounds", rounds.into(), limits::CRYPT_ROUNDS)?;
        if digest.len() != function.len() {
            return Err(Flaw::DigestSize.into());
        }
        Ok((function, rounds, salt, digest))
    }
    let check = |stored: &HashString, password: &[u8]| {
        let (function, rounds, salt, digest) = parts(stored.as_str())?;
        let first = function.digest(&[&salt, password]);
        let computed = (1..rounds).fold(first, |digest, _| function.digest(&[&digest]));
        Ok(equal(&computed, &digest))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (_, rounds, salt, digest) = parts(like.as_str()).ok()?;
        let function = like.as_str().split('$').nth(2)?;
        let (salt, digest) = (seeded.bytes(salt.len()), seeded.bytes(digest.len()));
        Some(format!(
            "$shiro1${function}${rounds}${}${}",
            BASE64.encode(salt),
            BASE64.encode(digest)
        ))
    };
    Ok(Arc::new(
        Reader::new(name, |text| text.starts_with("$shiro1$"), View::Whole, check)
            .beginning(b"$")
            .with_decoy(decoy),
    ))
}
