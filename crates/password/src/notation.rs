//! The one splitter of stored texts. It knows fields, parameters, numbers and base64, and no algorithm.

use std::str::Split;

use base64::Engine as _;
use base64::alphabet::{self, Alphabet};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD_NO_PAD};

use crate::error::Flaw;
use crate::limits;

/// Base64 as the PHC string format writes it: the standard alphabet, no padding, no stray bits.
pub(crate) const PHC: GeneralPurpose = STANDARD_NO_PAD;

/// passlib's `ab64`: the standard alphabet with `.` for `+`, no padding.
pub(crate) const AB64: GeneralPurpose = GeneralPurpose::new(&AB64_ALPHABET, NO_PAD);

const AB64_ALPHABET: Alphabet = match Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./")
{
    Ok(alphabet) => alphabet,
    // Not reached: the line above is 64 different printable characters.
    Err(_) => alphabet::STANDARD,
};

/// The fields of a text, one after the other.
pub(crate) struct Fields<'a>(Split<'a, char>);

impl<'a> Fields<'a> {
    /// The fields behind `ident` (which ends in the first separator, `$`): `None` if the text does not begin with it.
    /// Text over the length limit is refused before it is read any further.
    pub(crate) fn after(text: &'a str, ident: &str) -> Option<Result<Self, Flaw>> {
        let rest = text.strip_prefix(ident)?;
        Some(if text.len() > limits::TEXT {
            Err(Flaw::TooLong)
        } else {
            Ok(Self(rest.split('$')))
        })
    }

    /// The next field.
    pub(crate) fn required(&mut self) -> Result<&'a str, Flaw> {
        self.0.next().ok_or(Flaw::MissingField)
    }

    /// Nothing may follow.
    pub(crate) fn end(mut self) -> Result<(), Flaw> {
        self.0.next().map_or(Ok(()), |_| Err(Flaw::ExtraField))
    }
}

/// `name=value,name=value` with numbers for values.
pub(crate) struct Parameters<const N: usize> {
    /// The values in the order of the names asked for; `None` where a name does not occur.
    pub(crate) values: [Option<u32>; N],
    /// The places of the names in the order in which they occur.
    pub(crate) order: Vec<usize>,
}

impl<const N: usize> Parameters<N> {
    /// Reads a list in which each of `names` stands at most once and no other does.
    pub(crate) fn parse(text: &str, names: [&str; N]) -> Result<Self, Flaw> {
        let mut found = Self {
            values: [None; N],
            order: Vec::with_capacity(N),
        };
        for pair in text.split(',') {
            let (name, value) = pair.split_once('=').ok_or(Flaw::MissingParameter)?;
            let place = names
                .iter()
                .position(|known| *known == name)
                .ok_or(Flaw::UnknownParameter)?;
            let slot = found.values.get_mut(place).ok_or(Flaw::UnknownParameter)?;
            if slot.replace(number(value)?).is_some() {
                return Err(Flaw::DoubledParameter);
            }
            found.order.push(place);
        }
        Ok(found)
    }

    /// All of them, in one of the orders that are really written.
    pub(crate) fn all(self, orders: &[[usize; N]]) -> Result<[u32; N], Flaw> {
        let mut values = [0; N];
        for (to, from) in values.iter_mut().zip(self.values) {
            *to = from.ok_or(Flaw::MissingParameter)?;
        }
        if orders.iter().any(|order| order[..] == self.order[..]) {
            Ok(values)
        } else {
            Err(Flaw::ParameterOrder)
        }
    }
}

/// A plain decimal number: digits only, no leading zero, below 2^32.
pub(crate) fn number(text: &str) -> Result<u32, Flaw> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain {
        text.parse().map_err(|_| Flaw::Number)
    } else {
        Err(Flaw::Number)
    }
}

/// Decodes a salt of `min` bytes or more.
pub(crate) fn salt(text: &str, alphabet: &GeneralPurpose, min: usize) -> Result<Vec<u8>, Flaw> {
    let salt = alphabet.decode(text).map_err(|_| Flaw::Base64)?;
    if (min..=limits::SALT).contains(&salt.len()) {
        Ok(salt)
    } else {
        Err(Flaw::SaltSize)
    }
}

/// Decodes a digest of `min` bytes or more.
pub(crate) fn digest(text: &str, alphabet: &GeneralPurpose, min: usize) -> Result<Vec<u8>, Flaw> {
    let digest = alphabet.decode(text).map_err(|_| Flaw::Base64)?;
    if (min..=limits::DIGEST).contains(&digest.len()) {
        Ok(digest)
    } else {
        Err(Flaw::DigestSize)
    }
}

/// The digits of crypt(3)'s own base64, in their order.
const CRYPT_DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A number of at most five of crypt(3)'s digits, the lowest first.
pub(crate) fn crypt_number(digits: &[u8]) -> Result<u32, Flaw> {
    digits.iter().rev().try_fold(0, |number, byte| {
        let place = CRYPT_DIGITS
            .iter()
            .position(|digit| digit == byte)
            .ok_or(Flaw::Base64)?;
        Ok((number << 6) | u32::try_from(place).map_err(|_| Flaw::Base64)?)
    })
}

/// crypt(3)'s base64: four digits for three bytes, the lowest first; no stray bits.
pub(crate) fn crypt_decode(text: &str) -> Result<Vec<u8>, Flaw> {
    let mut bytes = Vec::with_capacity(text.len());
    for digits in text.as_bytes().chunks(4) {
        let group = crypt_number(digits)?.to_le_bytes();
        let (kept, stray) = match digits.len() {
            2 => group.split_at(1),
            3 => group.split_at(2),
            4 => group.split_at(3),
            _ => return Err(Flaw::Base64),
        };
        if stray.iter().any(|byte| *byte != 0) {
            return Err(Flaw::Base64);
        }
        bytes.extend(kept);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
