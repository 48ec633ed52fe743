//! crypt(3) over SHA: `$5$`, `$6$` (Ulrich Drepper's SHA-crypt), `$sha1$` (NetBSD), and MySQL's `caching_sha2_password`.

use std::sync::Arc;

use super::line::{Class, Line, line};
use crate::encoding::{hex, is_crypt, push_crypt};
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::notation::number;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    line("sha256_crypt", Class::VerifyOnly, sha_crypt),
    line("sha512_crypt", Class::VerifyOnly, sha_crypt),
    line("sha1_crypt", Class::VerifyOnly, sha1_crypt),
    line("mysql_caching_sha2", Class::VerifyOnly, mysql),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// Rounds where none are named.
const ROUNDS: u32 = 5000;

/// One of the two functions, with what differs.
#[derive(Clone, Copy)]
struct Kind {
    function: Function,
    ident: &'static str,
    /// How many characters a digest has.
    len: usize,
}

const SHA256: Kind = Kind {
    function: Function::Sha256,
    ident: "$5$",
    len: 43,
};
const SHA512: Kind = Kind {
    function: Function::Sha512,
    ident: "$6$",
    len: 86,
};

/// `$5$rounds=N$salt$digest`; without the rounds they are 5000.
fn sha_crypt(name: &'static str, _: &Options) -> Made {
    let (kind, identify): (_, fn(&str) -> bool) = if name == "sha256_crypt" {
        (SHA256, |text| text.starts_with("$5$"))
    } else {
        (SHA512, |text| text.starts_with("$6$"))
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let parsed = kind.parse(stored.as_str())?;
        let rounds = parsed.rounds.unwrap_or(ROUNDS);
        let computed = kind.encode(&kind.digest_of(password, parsed.salt.as_bytes(), rounds));
        Ok(equal(computed.as_bytes(), parsed.digest.as_bytes()) && !password.contains(&0))
    };
    let decoy = move |like: &HashString, seeded: &mut Seeded<'_>| {
        let parsed = kind.parse(like.as_str()).ok()?;
        let rounds = parsed.rounds.map(|rounds| format!("rounds={rounds}$"));
        let (salt, digest) = (seeded.text(parsed.salt.len()), seeded.bytes(kind.function.len()));
        let rounds = rounds.unwrap_or_default();
        Some(format!("{}{rounds}{salt}${}", kind.ident, kind.encode(&digest)))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check)
            .beginning(b"$")
            .with_decoy(decoy),
    ))
}

struct Parsed<'a> {
    rounds: Option<u32>,
    salt: &'a str,
    digest: &'a str,
}

impl Kind {
    fn parse<'a>(&self, text: &'a str) -> Result<Parsed<'a>, Fault> {
        let rest = text.strip_prefix(self.ident).ok_or(Flaw::MissingField)?;
        let (rounds, rest) = match rest.strip_prefix("rounds=") {
            Some(rest) => {
                let (rounds, rest) = rest.split_once('$').ok_or(Flaw::MissingField)?;
                (Some(number(rounds)?), rest)
            }
            None => (None, rest),
        };
        let (salt, digest) = rest.split_once('$').ok_or(Flaw::MissingField)?;
        if salt.len() > 16 {
            return Err(Flaw::SaltSize.into());
        }
        if !salt.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
            return Err(Flaw::Character.into());
        }
        if digest.len() != self.len {
            return Err(Flaw::DigestSize.into());
        }
        if !is_crypt(digest) {
            return Err(Flaw::Base64.into());
        }
        match rounds {
            Some(rounds) if rounds < 1000 => return Err(Flaw::ParameterRange.into()),
            Some(rounds) => Fault::above("rounds", rounds.into(), limits::CRYPT_ROUNDS)?,
            None => {}
        }
        Ok(Parsed { rounds, salt, digest })
    }

    /// Drepper's 22 steps. The work grows with the password's length.
    fn digest_of(&self, password: &[u8], salt: &[u8], rounds: u32) -> Vec<u8> {
        let hash = |parts: &[&[u8]]| self.function.digest(parts);
        let stretch = |bytes: &[u8], len: usize| -> Vec<u8> { bytes.iter().copied().cycle().take(len).collect() };
        let inner = hash(&[password, salt, password]);
        let mut text = [password, salt].concat();
        text.extend(stretch(&inner, password.len()));
        let mut length = password.len();
        while length > 0 {
            text.extend(if length & 1 == 1 { inner.as_slice() } else { password });
            length >>= 1;
        }
        let mut digest = hash(&[&text]);
        let again = password.repeat(password.len());
        let password = stretch(&hash(&[&again]), password.len());
        let times = usize::from(digest.first().copied().unwrap_or(0)).saturating_add(16);
        let salt = stretch(&hash(&[&salt.repeat(times)]), salt.len());
        for round in 0..rounds {
            let salt = if round.is_multiple_of(3) { &[] } else { salt.as_slice() };
            let again = if round.is_multiple_of(7) {
                &[]
            } else {
                password.as_slice()
            };
            let parts: [&[u8]; 4] = if round & 1 == 1 {
                [&password, salt, again, &digest]
            } else {
                [&digest, salt, again, &password]
            };
            text.clear();
            parts.iter().for_each(|part| text.extend_from_slice(part));
            self.function.digest_into(&text, &mut digest);
        }
        digest
    }

    /// The digest in crypt(3)'s digits and SHA-crypt's order.
    fn encode(&self, digest: &[u8]) -> String {
        let byte = |place: usize| u32::from(digest.get(place).copied().unwrap_or(0));
        let mut text = String::with_capacity(self.len);
        let (third, turns, last) = match self.function {
            Function::Sha256 => (10_usize, 10_usize, None),
            _ => (21, 21, Some(63)),
        };
        let (mut a, mut b, mut c) = (0_usize, third, third.saturating_mul(2));
        for _ in 0..turns {
            push_crypt(&mut text, byte(a) << 16 | byte(b) << 8 | byte(c), 4);
            // The three start over in another order: by one step to the left for SHA-256, to the right for SHA-512.
            (a, b, c) = if last.is_none() {
                (c.saturating_add(1), a.saturating_add(1), b.saturating_add(1))
            } else {
                (b.saturating_add(1), c.saturating_add(1), a.saturating_add(1))
            };
        }
        match last {
            Some(place) => push_crypt(&mut text, byte(place), 2),
            None => push_crypt(&mut text, byte(31) << 8 | byte(30), 3),
        }
        text
    }
}

/// `$sha1$rounds$salt$digest`: HMAC-SHA1 over its own output (NetBSD's `crypt-sha1.c`).
fn sha1_crypt(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.starts_with("$sha1$");
    let check = |stored: &HashString, password: &[u8]| {
        let (rounds, salt, digest) = sha1_parts(stored.as_str())?;
        let mut computed = Function::Sha1.hmac(password, &[format!("{salt}$sha1${rounds}").as_bytes()])?;
        for _ in 1..rounds {
            computed = Function::Sha1.hmac(password, &[&computed])?;
        }
        Ok(equal(sha1_encode(&computed).as_bytes(), digest.as_bytes()) && !password.contains(&0))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (rounds, salt, _) = sha1_parts(like.as_str()).ok()?;
        let (salt, digest) = (seeded.text(salt.len()), sha1_encode(&seeded.bytes(20)));
        Some(format!("$sha1${rounds}${salt}${digest}"))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Keyed, check)
            .beginning(b"$")
            .with_decoy(decoy),
    ))
}

fn sha1_parts(text: &str) -> Result<(u32, &str, &str), Fault> {
    let fields: Vec<&str> = text.split('$').collect();
    let ["", "sha1", rounds, salt, digest] = fields.as_slice() else {
        return Err(Flaw::MissingField.into());
    };
    let rounds = number(rounds)?;
    if rounds == 0 {
        return Err(Flaw::ParameterRange.into());
    }
    if salt.len() > 64 {
        return Err(Flaw::SaltSize.into());
    }
    if !is_crypt(salt) || !is_crypt(digest) {
        return Err(Flaw::Base64.into());
    }
    if digest.len() != 28 {
        return Err(Flaw::DigestSize.into());
    }
    Fault::above("rounds", rounds.into(), limits::CRYPT_ROUNDS)?;
    Ok((rounds, salt, digest))
}

fn sha1_encode(digest: &[u8]) -> String {
    let byte = |place: usize| u32::from(digest.get(place).copied().unwrap_or(0));
    let mut text = String::with_capacity(28);
    for first in [0_usize, 3, 6, 9, 12, 15] {
        let (second, third) = (first.saturating_add(1), first.saturating_add(2));
        push_crypt(&mut text, byte(first) << 16 | byte(second) << 8 | byte(third), 4);
    }
    push_crypt(&mut text, byte(18) << 16 | byte(19) << 8 | byte(0), 4);
    text
}

/// What MySQL puts in front: three digits of a thousand rounds each follow.
const MYSQL: &str = "$A$";

/// `$A$005$`, 20 raw bytes of salt, 43 characters of SHA-256-crypt; or both in hexadecimal, as
/// `$mysql$A$005*salt*digest`, where the raw bytes are no text.
fn mysql(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.starts_with(MYSQL) || text.starts_with("$mysql$A$");
    let check = |stored: &HashString, password: &[u8]| {
        let (thousands, salt, digest) = mysql_parts(stored.as_str())?;
        let rounds = thousands.saturating_mul(1000);
        let computed = SHA256.encode(&SHA256.digest_of(password, &salt, rounds));
        Ok(equal(computed.as_bytes(), &digest))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (thousands, ..) = mysql_parts(like.as_str()).ok()?;
        let (salt, digest) = (seeded.text(20), SHA256.encode(&seeded.bytes(32)));
        Some(format!("{MYSQL}{thousands:03}${salt}{digest}"))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check)
            .beginning(b"$")
            .with_decoy(decoy),
    ))
}

fn mysql_parts(text: &str) -> Result<(u32, Vec<u8>, Vec<u8>), Fault> {
    let (thousands, salt, digest) = if let Some(rest) = text.strip_prefix("$mysql$A$") {
        let fields: Vec<&str> = rest.split('*').collect();
        let [thousands, salt, digest] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        (*thousands, hex(salt)?, hex(digest)?)
    } else {
        let rest = text.strip_prefix(MYSQL).ok_or(Flaw::MissingField)?;
        let (thousands, rest) = rest.split_once('$').ok_or(Flaw::MissingField)?;
        let bytes = rest.as_bytes();
        let (salt, digest) = bytes.split_at_checked(20).ok_or(Flaw::SaltSize)?;
        (thousands, salt.to_vec(), digest.to_vec())
    };
    if salt.len() != 20 {
        return Err(Flaw::SaltSize.into());
    }
    if digest.len() != SHA256.len || !std::str::from_utf8(&digest).is_ok_and(is_crypt) {
        return Err(Flaw::DigestSize.into());
    }
    if thousands.len() != 3 {
        return Err(Flaw::Number.into());
    }
    let thousands = thousands
        .trim_start_matches('0')
        .parse::<u32>()
        .map_err(|_| Flaw::Number)?;
    Ok((thousands, salt, digest))
}
