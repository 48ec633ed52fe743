//! PBKDF2 in other spellings: Atlassian, Cryptacular, PyCrypto, GRUB, GitLab, and the PHC
//! spelling for whatever hash function it names.

use std::sync::Arc;

use base64::Engine as _;

use super::line::{Class, Line, Registry, line, over};
use crate::delegate::Prefixed;
use crate::encoding::{BASE64, BASE64_URL, base64, hex, to_hex};
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::notation::{AB64, number};
use crate::options::{Options, SchemeError};
use crate::pbkdf2_text::Pbkdf2Text;
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    line("atlassian_pbkdf2_sha1", Class::VerifyOnly, atlassian),
    line("cta_pbkdf2_sha1", Class::VerifyOnly, cta),
    line("dlitz_pbkdf2_sha1", Class::VerifyOnly, dlitz),
    line("grub_pbkdf2_sha512", Class::VerifyOnly, grub),
    over("pbkdf2_phc", Class::Broken, phc),
    line("gitlab_pbkdf2", Class::Broken, gitlab),
    line("pbkdf2_sha224", Class::VerifyOnly, authelia),
    line("pbkdf2_sha384", Class::VerifyOnly, authelia),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// `{PKCS5S2}` and base64 of 16 bytes of salt and 32 of key; 10,000 rounds.
fn atlassian(name: &'static str, _: &Options) -> Made {
    const PREFIX: &str = "{PKCS5S2}";
    let check = |stored: &HashString, password: &[u8]| {
        let bytes = base64(stored.as_str().strip_prefix(PREFIX).unwrap_or_default(), &BASE64)?;
        let (salt, key) = bytes.split_at_checked(16).ok_or(Flaw::SaltSize)?;
        if key.len() != 32 {
            return Err(Flaw::DigestSize.into());
        }
        Ok(equal(&Function::Sha1.pbkdf2(password, salt, 10_000, 32)?, key))
    };
    let decoy = |_: &HashString, seeded: &mut Seeded<'_>| Some(format!("{PREFIX}{}", BASE64.encode(seeded.bytes(48))));
    Ok(Arc::new(
        Reader::new(name, |text| text.starts_with(PREFIX), View::Keyed, check)
            .labelled("PKCS5S2")
            .with_decoy(decoy),
    ))
}

/// `$p5k2$rounds$salt$digest`: the rounds in hexadecimal, the digest of so many characters.
fn p5k2(text: &str, characters: usize) -> Option<(&str, &str, &str)> {
    let fields: Vec<&str> = text.strip_prefix("$p5k2$")?.split('$').collect();
    match fields.as_slice() {
        [rounds, salt, digest] if digest.len() == characters => Some((rounds, salt, digest)),
        _ => None,
    }
}

fn p5k2_rounds(text: &str) -> Result<u32, Fault> {
    if text.is_empty() {
        return Ok(400);
    }
    if text.starts_with('0') || text.starts_with('+') {
        return Err(Flaw::Number.into());
    }
    Ok(u32::from_str_radix(text, 16).map_err(|_| Flaw::Number)?)
}

fn cta(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let (rounds, salt, digest) = p5k2(stored.as_str(), 28).ok_or(Flaw::MissingField)?;
        let (salt, digest) = (base64(salt, &BASE64_URL)?, base64(digest, &BASE64_URL)?);
        Ok(equal(
            &Function::Sha1.pbkdf2(password, &salt, p5k2_rounds(rounds)?, 20)?,
            &digest,
        ))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (rounds, salt, _) = p5k2(like.as_str(), 28)?;
        Function::Sha1.check_rounds(p5k2_rounds(rounds).ok()?, 20).ok()?;
        let salt = seeded.bytes(base64(salt, &BASE64_URL).ok()?.len());
        Some(format!(
            "$p5k2${rounds}${}${}",
            BASE64_URL.encode(salt),
            BASE64_URL.encode(seeded.bytes(20))
        ))
    };
    Ok(Arc::new(
        Reader::new(name, |text| p5k2(text, 28).is_some(), View::Keyed, check)
            .beginning(b"$")
            .with_decoy(decoy),
    ))
}

/// The salt is all that stands before the digest.
fn dlitz(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let (rounds, _, digest) = p5k2(stored.as_str(), 32).ok_or(Flaw::MissingField)?;
        let (salt, _) = stored.as_str().rsplit_once('$').ok_or(Flaw::MissingField)?;
        let digest = base64(digest, &AB64)?;
        Ok(equal(
            &Function::Sha1.pbkdf2(password, salt.as_bytes(), p5k2_rounds(rounds)?, 24)?,
            &digest,
        ))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (rounds, salt, _) = p5k2(like.as_str(), 32)?;
        Function::Sha1.check_rounds(p5k2_rounds(rounds).ok()?, 24).ok()?;
        let salt = seeded.text(salt.len());
        Some(format!("$p5k2${rounds}${salt}${}", AB64.encode(seeded.bytes(24))))
    };
    Ok(Arc::new(
        Reader::new(name, |text| p5k2(text, 32).is_some(), View::Keyed, check)
            .beginning(b"$")
            .with_decoy(decoy),
    ))
}

const GRUB: &str = "grub.pbkdf2.sha512.";

fn grub_parts(text: &str) -> Result<(u32, Vec<u8>, Vec<u8>), Fault> {
    let fields: Vec<&str> = text.strip_prefix(GRUB).unwrap_or_default().split('.').collect();
    let [rounds, salt, digest] = fields.as_slice() else {
        return Err(Flaw::MissingField.into());
    };
    let (salt, digest) = (hex(salt)?, hex(digest)?);
    if salt.len() > limits::SALT {
        return Err(Flaw::SaltSize.into());
    }
    if digest.len() != 64 {
        return Err(Flaw::DigestSize.into());
    }
    let rounds = number(rounds)?;
    Function::Sha512.check_rounds(rounds, 64)?;
    Ok((rounds, salt, digest))
}

fn grub(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let (rounds, salt, digest) = grub_parts(stored.as_str())?;
        Ok(equal(&Function::Sha512.pbkdf2(password, &salt, rounds, 64)?, &digest))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (rounds, salt, _) = grub_parts(like.as_str()).ok()?;
        let (salt, digest) = (to_hex(&seeded.bytes(salt.len())), to_hex(&seeded.bytes(64)));
        Some(format!(
            "{GRUB}{rounds}.{}.{}",
            salt.to_uppercase(),
            digest.to_uppercase()
        ))
    };
    let reader = Reader::new(name, |text| text.starts_with(GRUB), View::Keyed, check)
        .beginning(b"g")
        .with_decoy(decoy);
    // The longest salt, in hexadecimal.
    Ok(Arc::new(reader.with_longest(2 * limits::SALT + 256)))
}

/// `$pbkdf2-sha1$`, `$pbkdf2-sha256$` and `$pbkdf2-sha512$` under one name; those have their own as well.
fn phc(name: &'static str, _: &Options, registry: Registry) -> Made {
    let inner = registry.schemes(&["pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512"])?;
    Ok(Arc::new(Prefixed::new(name, "", inner)))
}

/// passlib's notation, with a pepper behind the salt.
fn gitlab(name: &'static str, options: &Options) -> Made {
    let identify = |text: &str| text.starts_with("$pbkdf2-sha512$");
    let pepper = options.get("pepper").unwrap_or_default();
    Ok(passlibs(name, "$pbkdf2-sha512$", Function::Sha512, identify, pepper))
}

/// passlib's notation over the functions that passlib leaves out.
fn authelia(name: &'static str, _: &Options) -> Made {
    if name == "pbkdf2_sha224" {
        let identify = |text: &str| text.starts_with("$pbkdf2-sha224$");
        return Ok(passlibs(name, "$pbkdf2-sha224$", Function::Sha224, identify, ""));
    }
    let identify = |text: &str| text.starts_with("$pbkdf2-sha384$");
    Ok(passlibs(name, "$pbkdf2-sha384$", Function::Sha384, identify, ""))
}

/// passlib's notation behind `prefix`.
fn passlibs(
    name: &'static str,
    prefix: &'static str,
    function: Function,
    identify: fn(&str) -> bool,
    pepper: &str,
) -> Arc<dyn Scheme> {
    let parts = move |text: &str| Pbkdf2Text::parse(text.strip_prefix(prefix).unwrap_or_default(), function);
    let pepper = pepper.as_bytes().to_vec();
    let check = move |stored: &HashString, password: &[u8]| parts(stored.as_str())?.is_of(password, &pepper);
    let decoy =
        move |like: &HashString, seeded: &mut Seeded<'_>| Some(parts(like.as_str()).ok()?.decoy(prefix, seeded));
    let reader = Reader::new(name, identify, View::Keyed, check).beginning(b"$");
    Arc::new(reader.with_decoy(decoy))
}
