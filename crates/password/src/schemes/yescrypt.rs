//! yescrypt (`$y$`, what Debian and Fedora write into shadow(5)) and its GOST variant (`$gy$`): libxcrypt's notation.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use streebog::{Digest, Streebog256};

use super::line::{Class, Line, line};
use crate::encoding::push_crypt;
use crate::error::Flaw;
use crate::limits;
use crate::notation::crypt_decode;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::View;
use crate::yescrypt::{self, Cost};

pub(crate) const LINES: &[Line] = &[
    line("yescrypt", Class::VerifyOnly, yescrypt),
    line("gost_yescrypt", Class::VerifyOnly, yescrypt),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// The longest password that libxcrypt takes, in bytes.
const LONGEST: usize = 511;

/// `$y$parameters$salt$digest`.
fn yescrypt(name: &'static str, _: &Options) -> Made {
    let (ident, gost, identify): (_, _, fn(&str) -> bool) = if name == "yescrypt" {
        ("$y$", false, |text| text.starts_with("$y$"))
    } else {
        ("$gy$", true, |text| text.starts_with("$gy$"))
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let parsed = Parsed::read(stored.as_str(), ident)?;
        let mut computed = yescrypt::digest(password, &parsed.salt, &parsed.params)?;
        if gost {
            computed = gost_of(password, parsed.setting, &computed)?;
        }
        let possible = password.len() <= LONGEST && !password.contains(&0);
        Ok(equal(&computed, &parsed.digest) && possible)
    };
    let decoy = move |like: &HashString, seeded: &mut Seeded<'_>| {
        let parsed = Parsed::read(like.as_str(), ident).ok()?;
        let (salt, digest) = (seeded.bytes(parsed.salt.len()), seeded.bytes(32));
        Some(format!("{ident}{}${}${}", parsed.cost, encode(&salt), encode(&digest)))
    };
    let memory = move |text: &str| Parsed::read(text, ident).map_or(0, |parsed| parsed.params.memory_kib());
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check)
            .beginning(b"$")
            .with_decoy(decoy)
            .with_memory(memory),
    ))
}

struct Parsed<'a> {
    cost: &'a str,
    params: Cost,
    salt: Vec<u8>,
    digest: Vec<u8>,
    /// The text up to the digest's `$`.
    setting: &'a str,
}

impl<'a> Parsed<'a> {
    fn read(text: &'a str, ident: &str) -> Result<Self, Fault> {
        let rest = text.strip_prefix(ident).ok_or(Flaw::MissingField)?;
        let fields: Vec<&str> = rest.split('$').collect();
        let [cost, salt, digest] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        if cost.len() > 5 {
            return Err(Flaw::ParameterRange.into());
        }
        let params = Cost::parse(cost)?;
        Fault::above("memory in KiB", params.memory_kib(), limits::MEMORY_KIB)?;
        let work = params.work().saturating_mul(passes(cost));
        Fault::above("work", work, limits::SCRYPT_WORK)?;
        let (salt, digest) = (crypt_decode(salt)?, crypt_decode(digest)?);
        if salt.len() > 64 {
            return Err(Flaw::SaltSize.into());
        }
        if digest.len() != 32 {
            return Err(Flaw::DigestSize.into());
        }
        let (setting, _) = text.rsplit_once('$').ok_or(Flaw::MissingField)?;
        Ok(Self {
            cost,
            params,
            salt,
            digest,
            setting,
        })
    }
}

/// How often the memory is gone over, at most: one more digit may name a number of at most 63 (`t`).
fn passes(cost: &str) -> u64 {
    if cost.len() > 3 { 64 } else { 1 }
}

/// HMAC (HMAC (Streebog (password), setting), yescrypt): libxcrypt's `crypt-gost-yescrypt.c`.
fn gost_of(password: &[u8], setting: &str, computed: &[u8; 32]) -> Result<[u8; 32], Fault> {
    let hmac = |key: &[u8], text: &[u8]| -> Result<Vec<u8>, Fault> {
        let mut mac = Hmac::<Streebog256>::new_from_slice(key).map_err(|_| Fault::Primitive)?;
        mac.update(text);
        Ok(mac.finalize().into_bytes().to_vec())
    };
    let key = Streebog256::digest(password);
    let inner = hmac(&key, setting.as_bytes())?;
    hmac(&inner, computed)?.try_into().map_err(|_| Fault::Primitive)
}

/// crypt(3)'s digits, the low bits first.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for group in bytes.chunks(3) {
        let value = group.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
        push_crypt(&mut text, value, group.len().saturating_add(1));
    }
    text
}
