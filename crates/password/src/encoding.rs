//! How bytes are spelled in stored hashes, each spelling strict: no stray bits, no blanks, one case where one is usual.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, URL_SAFE, URL_SAFE_NO_PAD};

use crate::error::Flaw;

/// Base64 with padding (RFC 4648 §4).
pub(crate) const BASE64: GeneralPurpose = STANDARD;
/// The URL-safe alphabet with padding (RFC 4648 §5).
pub(crate) const BASE64_URL: GeneralPurpose = URL_SAFE;
/// The URL-safe alphabet without padding.
#[allow(dead_code, reason = "one of the family; not every build of the schemes needs each")]
pub(crate) const BASE64_URL_BARE: GeneralPurpose = URL_SAFE_NO_PAD;

pub(crate) fn base64(text: &str, alphabet: &GeneralPurpose) -> Result<Vec<u8>, Flaw> {
    alphabet.decode(text).map_err(|_| Flaw::Base64)
}

/// Hexadecimal digits of either case.
pub(crate) fn hex(text: &str) -> Result<Vec<u8>, Flaw> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return Err(Flaw::Hex);
    }
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Ok((nibble(*high)? << 4) | nibble(*low)?),
            _ => Err(Flaw::Hex),
        })
        .collect()
}

fn nibble(digit: u8) -> Result<u8, Flaw> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
        .ok_or(Flaw::Hex)
}

/// Whether the text is `len` hexadecimal digits.
pub(crate) fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && all_bytes(text, |byte| byte.is_ascii_hexdigit())
}

/// Lower-case hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(
        String::with_capacity(bytes.len().saturating_mul(2)),
        |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        },
    )
}

/// crypt(3)'s digits, `./0-9A-Za-z`.
pub(crate) const CRYPT: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether every byte is one of crypt(3)'s digits.
pub(crate) fn is_crypt(text: &str) -> bool {
    all_bytes(text, |byte| {
        byte.is_ascii_alphanumeric() | (byte == b'.') | (byte == b'/')
    })
}

/// Whether every byte is one of base64's digits or its padding.
pub(crate) fn is_base64(text: &str) -> bool {
    all_bytes(text, |byte| {
        byte.is_ascii_alphanumeric() | (byte == b'+') | (byte == b'/') | (byte == b'=')
    })
}

/// Whether `wanted` holds for every byte. It is asked for a chunk at a time and without a branch, so the compiler
/// compares many bytes in one step.
fn all_bytes(text: &str, wanted: impl Fn(u8) -> bool) -> bool {
    let mut chunks = text.as_bytes().chunks(32);
    chunks.all(|chunk| chunk.iter().fold(true, |all, byte| all & wanted(*byte)))
}

/// What stands behind `{` and this label, which is compared without case; a `}` is not looked for.
pub(crate) fn behind_label<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let (found, rest) = text.strip_prefix('{')?.split_at_checked(label.len())?;
    found.eq_ignore_ascii_case(label).then_some(rest)
}

/// `digits` of crypt(3)'s digits for the low bits of `value`, the lowest first.
pub(crate) fn push_crypt(text: &mut String, mut value: u32, digits: usize) {
    for _ in 0..digits {
        let place = usize::try_from(value & 0x3f).unwrap_or(0);
        text.push(char::from(CRYPT.get(place).copied().unwrap_or(b'.')));
        value >>= 6;
    }
}

/// The text's UTF-16 code units, low byte first; `None` if the bytes are no text.
pub(crate) fn utf16_le(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

/// Digits of base 62, letters among them, for all bytes read as one number, the lowest digit first: salts that are text.
/// 16 bytes give 22 of them.
pub(crate) fn to_letters(bytes: &[u8]) -> impl Iterator<Item = char> {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut number = bytes.to_vec();
    std::iter::repeat_with(move || {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = (rest << 8) | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or_default();
            rest = value % 62;
        }
        let place = usize::try_from(rest).unwrap_or_default();
        char::from(LETTERS.get(place).copied().unwrap_or(b'A'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_foreign_byte_anywhere_is_refused() {
        for len in [1, 31, 32, 33, 64, 100] {
            for place in 0..len {
                let mut text = "a".repeat(len);
                assert!(is_hex(&text, len) && is_crypt(&text) && is_base64(&text));
                text.replace_range(place..=place, "$");
                assert!(!is_hex(&text, len) && !is_crypt(&text) && !is_base64(&text));
            }
        }
    }

    #[test]
    fn the_digits_are_crypts_and_base64s() {
        let digits = |is: fn(&str) -> bool| (0..=127_u8).filter(move |byte| is(&char::from(*byte).to_string()));
        assert!(digits(is_crypt).eq(CRYPT.iter().copied()));
        assert_eq!(digits(is_base64).count(), 65);
        assert!(is_base64("+/=") && !is_base64("-_"));
    }

    #[test]
    fn a_label_is_whole_and_its_case_does_not_count() {
        assert_eq!(behind_label("{Sha256}x", "SHA256"), Some("}x"));
        assert_eq!(behind_label("{SHA256.HEX}x", "SHA256"), Some(".HEX}x"));
        for text in ["", "{", "SHA256}x", "{SHA25}x", "{SHA25\u{e9}}x"] {
            assert_eq!(behind_label(text, "SHA256"), None, "{text}");
        }
    }
}
