//! crypt(3) over DES: the traditional one, BSDi's extended one, HP-UX' bigcrypt, Ultrix' crypt16.
//!
//! Each character gives seven bits. What a scheme cuts off is no part of the password.

use std::sync::Arc;

use super::line::{Class, Line, line};
use crate::encoding::{CRYPT, is_crypt, push_crypt};
use crate::error::Flaw;
use crate::limits;
use crate::notation::crypt_number;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::salted_des::{encrypt, key};
use crate::scheme::Scheme;
use crate::secret::{HashString, Password};
use crate::sight::{Seen, View};

pub(crate) const LINES: &[Line] = &[
    line("des_crypt", Class::Broken, des_crypt),
    line("bsdi_crypt", Class::Broken, bsdi_crypt),
    line("bigcrypt", Class::Broken, bigcrypt),
    line("crypt16", Class::Broken, crypt16),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// The characters of one encrypted block.
const BLOCK: usize = 11;

/// 64 bits in eleven of crypt(3)'s digits, the high bits first.
fn encode(block: u64) -> String {
    (0..11_u32)
        .map(|place| {
            let shift = 58_u32.saturating_sub(place.saturating_mul(6));
            let six = if place == 10 { block << 2 } else { block >> shift } & 0x3f;
            char::from(CRYPT.get(usize::try_from(six).unwrap_or(0)).copied().unwrap_or(b'.'))
        })
        .collect()
}

/// What of a password reaches DES: seven bits of each character, of so many or of all, filled up to whole blocks.
fn seven_bits(password: &[u8], most: Option<usize>) -> Vec<u8> {
    let kept = password.get(..most.unwrap_or(usize::MAX)).unwrap_or(password);
    let mut seen: Vec<u8> = kept.iter().map(|byte| byte & 0x7f).collect();
    let blocks = most.unwrap_or_else(|| seen.len().next_multiple_of(8).max(8));
    seen.resize(blocks, 0);
    seen
}

fn salt_of(text: &str) -> Result<u32, Fault> {
    Ok(crypt_number(text.as_bytes())?)
}

fn one_block(password: &[u8], salt: u32) -> String {
    encode(encrypt(key(password), 0, salt, 25))
}

/// Two characters of salt, eleven of digest; eight of the password count.
fn des_crypt(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.len() == 13 && is_crypt(text);
    let check = |stored: &HashString, password: &[u8]| {
        let (salt, digest) = stored.as_str().split_at_checked(2).ok_or(Flaw::MissingField)?;
        let computed = one_block(password, salt_of(salt)?);
        Ok(equal(computed.as_bytes(), digest.as_bytes()) && !password.contains(&0))
    };
    Ok(Arc::new(Reader::new(
        name,
        identify,
        View::of(|_, password| Some(seven_bits(password, Some(8)))),
        check,
    )))
}

/// `_`, four characters of rounds, four of salt, eleven of digest; the whole password counts.
fn bsdi_crypt(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.len() == 20 && text.strip_prefix('_').is_some_and(is_crypt);
    let check = |stored: &HashString, password: &[u8]| {
        let (rounds, salt, digest) = bsdi_parts(stored.as_str())?;
        let mut chunks = password.chunks(8);
        let mut folded = key(chunks.next().unwrap_or_default());
        for chunk in chunks {
            folded = encrypt(folded, folded, 0, 1) ^ key(chunk);
        }
        let computed = encode(encrypt(folded, 0, salt, rounds));
        Ok(equal(computed.as_bytes(), digest.as_bytes()) && !password.contains(&0))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (rounds, ..) = bsdi_parts(like.as_str()).ok()?;
        let mut text = String::from("_");
        push_crypt(&mut text, rounds, 4);
        Some(format!("{text}{}{}", seeded.text(4), seeded.text(BLOCK)))
    };
    Ok(Arc::new(
        Reader::new(
            name,
            identify,
            View::of(|_, password| Some(seven_bits(password, None))),
            check,
        )
        .beginning(b"_")
        .with_decoy(decoy),
    ))
}

fn bsdi_parts(text: &str) -> Result<(u32, u32, &str), Fault> {
    let rest = text.strip_prefix('_').ok_or(Flaw::MissingField)?;
    let (rounds, rest) = rest.split_at_checked(4).ok_or(Flaw::MissingField)?;
    let (salt, digest) = rest.split_at_checked(4).ok_or(Flaw::MissingField)?;
    let rounds = crypt_number(rounds.as_bytes())?;
    if rounds == 0 {
        return Err(Flaw::ParameterRange.into());
    }
    Fault::above("rounds", rounds.into(), limits::DES_ROUNDS)?;
    Ok((rounds, salt_of(salt)?, digest))
}

/// Two characters of salt, eleven of digest for every eight of the password; each block is the salt of the next. Systems
/// cut a password at 128 characters, passlib nowhere; the length of the digest tells.
fn bigcrypt(name: &'static str, _: &Options) -> Made {
    const LONGEST: usize = 2 + BLOCK * Password::MAX_LEN.div_ceil(8);
    const SYSTEMS: usize = 16;
    let identify = |text: &str| {
        let digest = text.len().saturating_sub(2);
        (BLOCK..LONGEST).contains(&digest) && digest.is_multiple_of(BLOCK) && is_crypt(text)
    };
    let check = |stored: &HashString, password: &[u8]| {
        let (salt, digest) = stored.as_str().split_at_checked(2).ok_or(Flaw::MissingField)?;
        let ended = digest.len() == SYSTEMS.saturating_mul(BLOCK);
        let most = if ended { SYSTEMS.saturating_mul(8) } else { usize::MAX };
        let mut chunks = password.get(..most).unwrap_or(password).chunks(8);
        let mut computed = one_block(chunks.next().unwrap_or_default(), salt_of(salt)?);
        for chunk in chunks {
            let before = computed.len().saturating_sub(BLOCK);
            let salt = computed.get(before..).and_then(|block| block.get(..2));
            let salt = salt_of(salt.unwrap_or_default())?;
            computed.push_str(&one_block(chunk, salt));
        }
        Ok(equal(computed.as_bytes(), digest.as_bytes()) && !password.contains(&0))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Lossy(Box::new(bigcrypt_view)), check).with_longest(LONGEST),
    ))
}

/// Where systems cut, only the stored text tells whether this one did.
fn bigcrypt_view(_: &HashString, password: &[u8]) -> Seen {
    if password.len() > 120 {
        return Seen::Unknown;
    }
    Seen::Only(seven_bits(password, None))
}

/// Two characters of salt; eight of the password in twenty rounds, the next eight in five. A NUL is a character, as in
/// passlib.
fn crypt16(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.len() == 24 && is_crypt(text);
    let check = |stored: &HashString, password: &[u8]| {
        let (salt, digest) = stored.as_str().split_at_checked(2).ok_or(Flaw::MissingField)?;
        let salt = salt_of(salt)?;
        let second = password.get(8..).unwrap_or_default();
        let computed = encode(encrypt(key(password), 0, salt, 20)) + &encode(encrypt(key(second), 0, salt, 5));
        Ok(equal(computed.as_bytes(), digest.as_bytes()))
    };
    Ok(Arc::new(Reader::new(
        name,
        identify,
        View::of(|_, password| Some(seven_bits(password, Some(16)))),
        check,
    )))
}
