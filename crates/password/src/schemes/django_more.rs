//! Django's notations for what others invented, and its oldest ones (django.contrib.auth.hashers, 1.0 to 6.1).

use std::sync::Arc;

use base64::Engine as _;

use super::line::{Class, Line, Registry, line, over};
use super::maker;
use crate::delegate::{PreHashed, Prefixed};
use crate::encoding::{BASE64, base64, hex, is_crypt, is_hex, to_letters};
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::notation::number;
use crate::options::{Options, SchemeError};
use crate::prepare;
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::scrypt_cost::ScryptCost;
use crate::secret::{HashString, Password};
use crate::sight::{Sight, View};
use crate::writer::Writer;

pub(crate) const LINES: &[Line] = &[
    over("django_argon2", Class::VerifyOnly, argon2),
    over("django_bcrypt_sha256", Class::VerifyOnly, bcrypt_sha256),
    line("django_scrypt", Class::VerifyOnly, scrypt),
    line("django_salted_md5", Class::Broken, salted),
    line("django_salted_sha1", Class::Broken, salted),
    line("django_unsalted_md5", Class::Broken, unsalted),
    line("django_unsalted_sha1", Class::Broken, unsalted),
    over("django_des_crypt", Class::Broken, des_crypt),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// `argon2$argon2id$…`: the PHC text behind a word.
fn argon2(name: &'static str, _: &Options, registry: Registry) -> Made {
    Ok(Arc::new(Prefixed::new(name, "argon2", registry.schemes(&["argon2"])?)))
}

/// bcrypt over the SHA-256 in hexadecimal.
fn bcrypt_sha256(name: &'static str, _: &Options, registry: Registry) -> Made {
    let over = PreHashed::new(
        "bcrypt",
        prepare::hex_digest(Function::Sha256),
        View::Whole,
        registry.scheme("bcrypt", &Options::new())?,
    );
    Ok(Arc::new(Prefixed::new(name, "bcrypt_sha256$", vec![Arc::new(over)])))
}

struct Parsed<'a> {
    /// N, r and p as they are written.
    numbers: [&'a str; 3],
    cost: ScryptCost,
    salt: &'a str,
    digest: Vec<u8>,
}

impl<'a> Parsed<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let fields: Vec<&str> = text.split('$').collect();
        let ["scrypt", n, salt, r, p, digest] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let digest = base64(digest, &BASE64)?;
        if digest.len() != 64 {
            return Err(Flaw::DigestSize.into());
        }
        if salt.is_empty() || salt.len() > limits::SALT {
            return Err(Flaw::SaltSize.into());
        }
        let cost = ScryptCost::of_n(number(n)?, number(r)?, number(p)?)?;
        let numbers = [*n, *r, *p];
        Ok(Self {
            numbers,
            cost,
            salt,
            digest,
        })
    }
}

/// `scrypt$N$salt$r$p$base64`; the salt is text.
fn scrypt(name: &'static str, _: &Options) -> Made {
    Ok(Arc::new(scrypt_reader(name)))
}

fn scrypt_reader(name: &'static str) -> Reader {
    let check = |stored: &HashString, password: &[u8]| {
        let parsed = Parsed::read(stored.as_str())?;
        let computed = parsed.cost.digest(password, parsed.salt.as_bytes(), 64)?;
        Ok(equal(&computed, &parsed.digest))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let parsed = Parsed::read(like.as_str()).ok()?;
        let ([n, r, p], salt) = (parsed.numbers, seeded.text(parsed.salt.len()));
        Some(format!("scrypt${n}${salt}${r}${p}${}", BASE64.encode(seeded.bytes(64))))
    };
    let memory = |text: &str| Parsed::read(text).map_or(0, |parsed| parsed.cost.memory_kib());
    let reader = Reader::new(name, |text| text.starts_with("scrypt$"), View::Keyed, check).beginning(b"s");
    reader.with_decoy(decoy).with_memory(memory)
}

/// Django's `ScryptPasswordHasher` since 5.1: N = 2^14, r = 8, p = 5.
pub(crate) fn scrypt_hasher(options: &Options) -> maker::Made {
    const SALT: usize = 22;
    let (n, r, p, cost) = ScryptCost::of_options(options, (14, 8, 5))?;
    let write = move |salt: &str, digest: &[u8]| format!("scrypt${n}${salt}${r}${p}${}", BASE64.encode(digest));
    let make = move |password: &[u8], random: &[u8; 16]| {
        let salt: String = to_letters(random).take(SALT).collect();
        Ok(write(&salt, &cost.digest(password, salt.as_bytes(), 64)?))
    };
    Ok(Arc::new(Writer {
        reader: scrypt_reader("django_scrypt"),
        make: Box::new(make),
        weaker: Box::new(move |text| Parsed::read(text).map_or(true, |parsed| parsed.cost.is_weaker_than(cost))),
        decoy: Box::new(move |seeded| write(&seeded.text(SALT), &seeded.bytes(64))),
    }))
}

/// `md5$salt$hex` and `sha1$salt$hex`: the digest of salt and password.
fn salted(name: &'static str, _: &Options) -> Made {
    let (function, identify): (_, fn(&str) -> bool) = if name == "django_salted_md5" {
        (Function::Md5, |text| text.starts_with("md5$"))
    } else {
        (Function::Sha1, |text| text.starts_with("sha1$"))
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let fields: Vec<&str> = stored.as_str().split('$').collect();
        let [_, salt, digest] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        Ok(equal(&function.digest(&[salt.as_bytes(), password]), &hex(digest)?))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).beginning(b"ms"),
    ))
}

/// 32 hexadecimal digits or `md5$$hex`; `sha1$$hex`.
fn unsalted(name: &'static str, _: &Options) -> Made {
    let (function, identify): (_, fn(&str) -> bool) = if name == "django_unsalted_md5" {
        (Function::Md5, |text| {
            is_hex(text.strip_prefix("md5$$").unwrap_or(text), 32)
        })
    } else {
        (Function::Sha1, |text| {
            text.strip_prefix("sha1$$").is_some_and(|digest| is_hex(digest, 40))
        })
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let digest = hex(stored.as_str().rsplit('$').next().unwrap_or_default())?;
        Ok(equal(&function.digest(&[password]), &digest))
    };
    Ok(Arc::new(Reader::new(name, identify, View::Whole, check)))
}

/// What the scheme inside sees.
fn part(inner: &dyn Scheme, stored: &HashString, password: &[u8]) -> Option<Vec<u8>> {
    match inner.sight(&Password::from(password), stored) {
        Sight::Part { seen, .. } => Some(seen.as_bytes().to_vec()),
        _ => None,
    }
}

/// `crypt$salt$hash` or `crypt$$hash`: what is no whole hash (`*0`, where crypt(3) had failed) never verifies.
fn des_crypt(name: &'static str, options: &Options, registry: Registry) -> Made {
    let inner = registry.scheme("des_crypt", options)?;
    let seen = Arc::clone(&inner);
    let check = move |stored: &HashString, password: &[u8]| {
        let fields: Vec<&str> = stored.as_str().split('$').collect();
        let ["crypt", salt, digest] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        if !digest.starts_with(salt.get(..2).unwrap_or(salt)) || !is_crypt(salt) {
            return Err(Flaw::SaltSize.into());
        }
        match inner.verify(&Password::from(password), &stored.with_text(*digest)) {
            Some(Ok(verdict)) => Ok(verdict.is_match()),
            _ => Err(Flaw::DigestSize.into()),
        }
    };
    Ok(Arc::new(
        Reader::new(
            name,
            |text| text.starts_with("crypt$"),
            View::of(move |stored, password| part(&*seen, stored, password)),
            check,
        )
        .beginning(b"c"),
    ))
}
