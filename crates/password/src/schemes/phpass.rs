//! phpass' portable hashes (`$P$`, phpBB's `$H$`): MD5 over and over, as WordPress and phpBB stored them; and FSHP.

use std::sync::Arc;

use base64::Engine as _;

use super::line::{Class, Line, line};
use crate::encoding::{BASE64, CRYPT, base64, is_crypt, push_crypt};
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
    line("phpass", Class::Broken, phpass),
    line("fshp", Class::VerifyOnly, fshp),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// The ident, a digit for the binary logarithm of the rounds (7 to 30), eight characters of salt, 22 of digest.
fn phpass(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.starts_with("$P$") || text.starts_with("$H$");
    let check = |stored: &HashString, password: &[u8]| {
        let (rounds, salt, digest) = phpass_parts(stored.as_str())?;
        let mut computed = Function::Md5.digest(&[salt.as_bytes(), password]);
        for _ in 0..rounds {
            computed = Function::Md5.digest(&[&computed, password]);
        }
        Ok(equal(phpass_encode(&computed).as_bytes(), digest.as_bytes()))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        phpass_parts(like.as_str()).ok()?;
        let head = like.as_str().get(..4)?;
        Some(format!("{head}{}{}", seeded.text(8), phpass_encode(&seeded.bytes(16))))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check)
            .beginning(b"$")
            .with_decoy(decoy),
    ))
}

fn phpass_parts(text: &str) -> Result<(u32, &str, &str), Fault> {
    let rest = text
        .strip_prefix("$P$")
        .or_else(|| text.strip_prefix("$H$"))
        .ok_or(Flaw::MissingField)?;
    if rest.len() != 31 {
        return Err(Flaw::DigestSize.into());
    }
    if !is_crypt(rest) {
        return Err(Flaw::Base64.into());
    }
    let (cost, rest) = rest.split_at_checked(1).ok_or(Flaw::MissingField)?;
    let (salt, digest) = rest.split_at_checked(8).ok_or(Flaw::MissingField)?;
    let log = CRYPT.iter().position(|digit| cost.as_bytes() == [*digit]).unwrap_or(0);
    if !(7..=30).contains(&log) {
        return Err(Flaw::ParameterRange.into());
    }
    let rounds = 1_u32.checked_shl(u32::try_from(log).unwrap_or(31)).unwrap_or(u32::MAX);
    Fault::above("rounds", rounds.into(), limits::CRYPT_ROUNDS)?;
    Ok((rounds, salt, digest))
}

/// 16 bytes in crypt(3)'s digits, in their order, the low bits first.
fn phpass_encode(digest: &[u8]) -> String {
    let mut text = String::with_capacity(22);
    for group in digest.chunks(3) {
        let value = group.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
        push_crypt(&mut text, value, group.len().saturating_add(1));
    }
    text
}

/// `{FSHP1|saltlen|rounds}` and base64 of salt and digest: PBKDF1 with salt and password in each other's place.
fn fshp(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.starts_with("{FSHP");
    let check = |stored: &HashString, password: &[u8]| {
        let parsed = Fshp::parse(stored.as_str())?;
        let mut computed = parsed.function.digest(&[&parsed.salt, password]);
        for _ in 1..parsed.rounds {
            computed = parsed.function.digest(&[&computed]);
        }
        Ok(equal(&computed, &parsed.digest))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let parsed = Fshp::parse(like.as_str()).ok()?;
        let (salt, rounds) = (parsed.salt.len(), parsed.rounds);
        let bytes = seeded.bytes(salt.saturating_add(parsed.function.len()));
        Some(format!(
            "{{FSHP{}|{salt}|{rounds}}}{}",
            parsed.variant,
            BASE64.encode(bytes)
        ))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check)
            .labelled("FSHP")
            .with_decoy(decoy),
    ))
}

struct Fshp<'a> {
    variant: &'a str,
    function: Function,
    rounds: u32,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl<'a> Fshp<'a> {
    fn parse(text: &'a str) -> Result<Self, Fault> {
        let rest = text.strip_prefix("{FSHP").ok_or(Flaw::MissingField)?;
        let (head, bytes) = rest.split_once('}').ok_or(Flaw::MissingField)?;
        let fields: Vec<&str> = head.split('|').collect();
        let [variant, salt, rounds] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let function = match *variant {
            "0" => Function::Sha1,
            "1" => Function::Sha256,
            "2" => Function::Sha384,
            "3" => Function::Sha512,
            _ => return Err(Flaw::Algorithm.into()),
        };
        let (salt, rounds) = (number(salt)?, number(rounds)?);
        if rounds == 0 {
            return Err(Flaw::ParameterRange.into());
        }
        Fault::above("rounds", rounds.into(), limits::CRYPT_ROUNDS)?;
        let bytes = base64(bytes, &BASE64)?;
        let salt = usize::try_from(salt).map_err(|_| Flaw::SaltSize)?;
        let (salt, digest) = bytes.split_at_checked(salt).ok_or(Flaw::SaltSize)?;
        if digest.len() != function.len() {
            return Err(Flaw::DigestSize.into());
        }
        Ok(Self {
            variant,
            function,
            rounds,
            salt: salt.to_vec(),
            digest: digest.to_vec(),
        })
    }
}
