//! Cisco: PIX and ASA (MD5), types 4 (SHA-256), 7 (no hash: reversible), 8 (PBKDF2) and 9 (scrypt).

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::{self, Alphabet};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

use super::line::{Class, Line, line};
use crate::encoding::{hex, is_crypt, is_hex, push_crypt};
use crate::error::Flaw;
use crate::function::Function;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    line("cisco_pix", Class::Broken, pix),
    line("cisco_asa", Class::Broken, pix),
    line("cisco_type4", Class::Broken, type4),
    line("cisco_type7", Class::Broken, type7),
    line("cisco_type8", Class::VerifyOnly, type8),
    line("cisco_type9", Class::VerifyOnly, type9),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// Base64 in crypt(3)'s digits, the high bits first.
const CISCO: GeneralPurpose = GeneralPurpose::new(&ALPHABET, NO_PAD);

const ALPHABET: Alphabet = match Alphabet::new("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
    Ok(alphabet) => alphabet,
    // Not reached: the line above is 64 different printable characters.
    Err(_) => alphabet::STANDARD,
};

/// MD5 of the password, four characters of the user's name and NULs; three of every four bytes are kept.
fn pix(name: &'static str, _: &Options) -> Made {
    let asa = name == "cisco_asa";
    let check = move |stored: &HashString, password: &[u8]| {
        let computed = pix_digest(password, stored.user(), asa);
        let fits = password.len() <= if asa { 32 } else { 16 };
        Ok(equal(computed.as_bytes(), stored.as_str().as_bytes()) && fits)
    };
    let identify = |text: &str| text.len() == 16 && is_crypt(text);
    Ok(Arc::new(Reader::new(
        name,
        identify,
        View::of(move |stored, password| Some(pix_text(password, stored.user(), asa))),
        check,
    )))
}

/// What is hashed: cut or filled up, so that it may be of several passwords.
fn pix_text(password: &[u8], user: Option<&str>, asa: bool) -> Vec<u8> {
    let mut text = password.to_vec();
    if !asa || password.len() < 28 {
        text.extend(user.unwrap_or_default().bytes().cycle().take(4));
    }
    text.resize(if asa && text.len() > 16 { 32 } else { 16 }, 0);
    text
}

fn pix_digest(password: &[u8], user: Option<&str>, asa: bool) -> String {
    let digest = Function::Md5.digest(&[&pix_text(password, user, asa)]);
    let kept: Vec<u8> = digest.chunks(4).flat_map(|four| four.iter().take(3).copied()).collect();
    let mut encoded = String::with_capacity(16);
    for three in kept.chunks(3) {
        let value = three.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
        push_crypt(&mut encoded, value, 4);
    }
    encoded
}

/// One SHA-256 without a salt.
fn type4(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.len() == 43 && is_crypt(text);
    let check = |stored: &HashString, password: &[u8]| {
        let digest = CISCO.decode(stored.as_str()).map_err(|_| Flaw::Base64)?;
        Ok(equal(&Function::Sha256.digest(&[password]), &digest))
    };
    Ok(Arc::new(Reader::new(name, identify, View::Whole, check)))
}

/// The key of type 7, the same in every router.
const TYPE7: &[u8] = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";

/// Two digits (where in the key to start) and the password in hexadecimal, exclusive-ored with the key.
fn type7(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| {
        let (start, rest) = text.split_at_checked(2).unwrap_or_default();
        start.len() == 2
            && start.bytes().all(|byte| byte.is_ascii_digit())
            && rest.len().is_multiple_of(2)
            && is_hex(rest, rest.len())
    };
    let check = |stored: &HashString, password: &[u8]| {
        let (start, rest) = stored.as_str().split_at_checked(2).ok_or(Flaw::MissingField)?;
        let start: usize = start.parse().map_err(|_| Flaw::Number)?;
        if start >= TYPE7.len() {
            return Err(Flaw::ParameterRange.into());
        }
        let key = TYPE7.iter().cycle().skip(start);
        let plain: Vec<u8> = hex(rest)?.iter().zip(key).map(|(byte, key)| byte ^ key).collect();
        Ok(equal(password, &plain))
    };
    let longest = crate::secret::Password::MAX_LEN.saturating_mul(2).saturating_add(2);
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).with_longest(longest),
    ))
}

/// Salt and digest behind `$8$` or `$9$`: fourteen characters, and 43.
fn salted<'a>(text: &'a str, ident: &str) -> Result<(&'a str, Vec<u8>), Fault> {
    let rest = text.strip_prefix(ident).ok_or(Flaw::MissingField)?;
    let (salt, digest) = rest.split_once('$').ok_or(Flaw::MissingField)?;
    if salt.len() != 14 || !is_crypt(salt) {
        return Err(Flaw::SaltSize.into());
    }
    if digest.len() != 43 {
        return Err(Flaw::DigestSize.into());
    }
    Ok((salt, CISCO.decode(digest).map_err(|_| Flaw::Base64)?))
}

fn decoy(ident: &'static str) -> impl Fn(&HashString, &mut Seeded<'_>) -> Option<String> {
    move |like, seeded| {
        salted(like.as_str(), ident).ok()?;
        let salt = seeded.text(14);
        Some(format!("{ident}{salt}${}", CISCO.encode(seeded.bytes(32))))
    }
}

/// PBKDF2-SHA256 with 20,000 rounds.
fn type8(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let (salt, digest) = salted(stored.as_str(), "$8$")?;
        Ok(equal(
            &Function::Sha256.pbkdf2(password, salt.as_bytes(), 20_000, 32)?,
            &digest,
        ))
    };
    let reader = Reader::new(name, |text| text.starts_with("$8$"), View::Keyed, check).beginning(b"$");
    Ok(Arc::new(reader.with_decoy(decoy("$8$"))))
}

/// scrypt with N = 16384, r = 1, p = 1: 2 MiB.
fn type9(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let (salt, digest) = salted(stored.as_str(), "$9$")?;
        let params = scrypt::Params::new(14, 1, 1).map_err(|_| Fault::Primitive)?;
        let mut computed = [0; 32];
        scrypt::scrypt(password, salt.as_bytes(), &params, &mut computed).map_err(|_| Fault::Primitive)?;
        Ok(equal(&computed, &digest))
    };
    let reader = Reader::new(name, |text| text.starts_with("$9$"), View::Keyed, check).beginning(b"$");
    let memory = |text: &str| if salted(text, "$9$").is_ok() { 2049 } else { 0 };
    Ok(Arc::new(reader.with_decoy(decoy("$9$")).with_memory(memory)))
}
