//! PBKDF2 in other spellings: Atlassian, Cryptacular, PyCrypto, GRUB, GitLab, Gitea, Grafana, Discourse, Symfony, and the PHC
//! spelling for whatever hash function it names.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::GeneralPurpose;

use super::registry::{Class, Line, inners, line};
use crate::delegate::Prefixed;
use crate::encoding::{BASE64, BASE64_URL, base64, hex, is_hex, to_hex};
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::notation::{AB64, number};
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;

pub(crate) const LINES: &[Line] = &[
    line("atlassian_pbkdf2_sha1", Class::VerifyOnly, atlassian),
    line("cta_pbkdf2_sha1", Class::VerifyOnly, cta),
    line("dlitz_pbkdf2_sha1", Class::VerifyOnly, dlitz),
    line("grub_pbkdf2_sha512", Class::VerifyOnly, grub),
    line("pbkdf2_phc", Class::Broken, phc),
    line("gitlab_pbkdf2", Class::Broken, gitlab),
    line("gitea_pbkdf2", Class::Broken, gitea),
    line("grafana_pbkdf2", Class::Broken, grafana),
    line("discourse_pbkdf2", Class::Broken, discourse),
    line("symfony_pbkdf2", Class::Broken, symfony),
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
        Reader::new(name, |text| text.starts_with(PREFIX), check).with_decoy(decoy),
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
        Reader::new(name, |text| p5k2(text, 28).is_some(), check).with_decoy(decoy),
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
        Reader::new(name, |text| p5k2(text, 32).is_some(), check).with_decoy(decoy),
    ))
}

const GRUB: &str = "grub.pbkdf2.sha512.";

fn grub_parts(text: &str) -> Result<(u32, Vec<u8>, Vec<u8>), Fault> {
    let fields: Vec<&str> = text.strip_prefix(GRUB).unwrap_or_default().split('.').collect();
    let [rounds, salt, digest] = fields.as_slice() else {
        return Err(Flaw::MissingField.into());
    };
    let (salt, digest) = (hex(salt)?, hex(digest)?);
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
    Ok(Arc::new(
        Reader::new(name, |text| text.starts_with(GRUB), check).with_decoy(decoy),
    ))
}

/// `$pbkdf2-sha1$`, `$pbkdf2-sha256$` and `$pbkdf2-sha512$` under one name; those have their own as well.
fn phc(name: &'static str, _: &Options) -> Made {
    let inner = inners(&["pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512"])?;
    Ok(Arc::new(Prefixed::new(name, "", inner)))
}

/// passlib's notation, with a pepper behind the salt.
fn gitlab(name: &'static str, options: &Options) -> Made {
    const PREFIX: &str = "$pbkdf2-sha512$";
    fn parts(text: &str) -> Result<(u32, Vec<u8>, Vec<u8>), Fault> {
        let fields: Vec<&str> = text.strip_prefix(PREFIX).unwrap_or_default().split('$').collect();
        let [rounds, salt, digest] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let (rounds, salt, digest) = (number(rounds)?, base64(salt, &AB64)?, base64(digest, &AB64)?);
        if digest.len() != 64 {
            return Err(Flaw::DigestSize.into());
        }
        Function::Sha512.check_rounds(rounds, 64)?;
        Ok((rounds, salt, digest))
    }
    let pepper = options.get("pepper").unwrap_or_default().to_owned();
    let check = move |stored: &HashString, password: &[u8]| {
        let (rounds, mut salt, digest) = parts(stored.as_str())?;
        salt.extend(pepper.as_bytes());
        Ok(equal(&Function::Sha512.pbkdf2(password, &salt, rounds, 64)?, &digest))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (rounds, salt, _) = parts(like.as_str()).ok()?;
        let (salt, digest) = (seeded.bytes(salt.len()), seeded.bytes(64));
        Some(format!(
            "{PREFIX}{rounds}${}${}",
            AB64.encode(salt),
            AB64.encode(digest)
        ))
    };
    Ok(Arc::new(
        Reader::new(name, |text| text.starts_with(PREFIX), check).with_decoy(decoy),
    ))
}

/// A key of `len` bytes as hexadecimal digits, its salt in a column of its own, as text.
fn column(
    name: &'static str,
    identify: fn(&str) -> bool,
    cost: fn(&HashString) -> Result<(u32, usize), Fault>,
) -> Reader {
    let check = move |stored: &HashString, password: &[u8]| {
        let digest = hex(stored.as_str())?;
        let (rounds, len) = cost(stored)?;
        if digest.len() != len {
            return Err(Flaw::DigestSize.into());
        }
        let salt = stored.salt().ok_or(Fault::Missing("salt"))?;
        Ok(equal(
            &Function::Sha256.pbkdf2(password, salt.as_bytes(), rounds, len)?,
            &digest,
        ))
    };
    let decoy =
        |like: &HashString, seeded: &mut Seeded<'_>| Some(to_hex(&seeded.bytes(like.as_str().len().checked_div(2)?)));
    Reader::new(name, identify, check).with_decoy(decoy)
}

/// `pbkdf2$50000$50` in the column of the algorithm.
fn gitea(name: &'static str, _: &Options) -> Made {
    let cost = |stored: &HashString| {
        let Some(algorithm) = stored.algorithm() else {
            return Ok((50_000, 50));
        };
        let fields: Vec<&str> = algorithm.split('$').collect();
        match fields.as_slice() {
            ["pbkdf2" | "pbkdf2_v1"] => Ok((10_000, 50)),
            ["pbkdf2_v2" | "pbkdf2_hi"] => Ok((50_000, 50)),
            [first, rounds, len] if first.starts_with("pbkdf2") => {
                let len = usize::try_from(number(len)?).map_err(|_| Flaw::DigestSize)?;
                if !(limits::SHORTEST_DIGEST..=limits::DIGEST).contains(&len) {
                    return Err(Flaw::DigestSize.into());
                }
                Ok((number(rounds)?, len))
            }
            _ => Err(Flaw::Algorithm.into()),
        }
    };
    let identify = |text: &str| text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    Ok(Arc::new(column(name, identify, cost)))
}

fn grafana(name: &'static str, _: &Options) -> Made {
    Ok(Arc::new(column(name, |text| is_hex(text, 100), |_| Ok((10_000, 50)))))
}

/// `$pbkdf2-sha256$i=600000,l=32$` in the column of the algorithm; 64,000 rounds without one.
fn discourse(name: &'static str, _: &Options) -> Made {
    let cost = |stored: &HashString| {
        let Some(algorithm) = stored.algorithm() else {
            return Ok((64_000, 32));
        };
        let cost = algorithm.strip_prefix("$pbkdf2-sha256$i=").ok_or(Flaw::Algorithm)?;
        let (rounds, len) = cost
            .trim_end_matches('$')
            .split_once(",l=")
            .ok_or(Flaw::MissingParameter)?;
        if len != "32" {
            return Err(Flaw::DigestSize.into());
        }
        Ok((number(rounds)?, 32))
    };
    Ok(Arc::new(column(name, |text| is_hex(text, 64), cost)))
}

/// Base64 or hexadecimal; everything else is configuration, and the salt is a column.
fn symfony(name: &'static str, options: &Options) -> Made {
    let bad = |option| move |_| SchemeError::BadOption(option);
    let function = Function::named(options.get("algorithm").unwrap_or("sha512")).map_err(bad("algorithm"))?;
    let rounds = options
        .get("iterations")
        .map_or(Ok(1000), str::parse)
        .map_err(|_| SchemeError::BadOption("iterations"))?;
    let len: usize = options
        .get("length")
        .map_or(Ok(40), str::parse)
        .map_err(|_| SchemeError::BadOption("length"))?;
    if !(limits::SHORTEST_DIGEST..=limits::DIGEST).contains(&len) || function.check_rounds(rounds, len).is_err() {
        return Err(SchemeError::BadOption("length"));
    }
    let hexadecimal = options.get("encoding") == Some("hex");
    let check = move |stored: &HashString, password: &[u8]| {
        let digest = if hexadecimal {
            hex(stored.as_str())?
        } else {
            base64(stored.as_str(), &BASE64)?
        };
        let salt = stored.salt().ok_or(Fault::Missing("salt"))?;
        Ok(equal(
            &function.pbkdf2(password, salt.as_bytes(), rounds, len)?,
            &digest,
        ))
    };
    let decoy = move |_: &HashString, seeded: &mut Seeded<'_>| {
        let bytes = seeded.bytes(len);
        Some(if hexadecimal {
            to_hex(&bytes)
        } else {
            encode(&BASE64, &bytes)
        })
    };
    let identify = |text: &str| {
        text.len() >= 24
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
    };
    Ok(Arc::new(Reader::new(name, identify, check).with_decoy(decoy)))
}

fn encode(alphabet: &GeneralPurpose, bytes: &[u8]) -> String {
    alphabet.encode(bytes)
}
