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
    text.len() == len && text.bytes().all(|byte| byte.is_ascii_hexdigit())
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
    text.bytes().all(|byte| CRYPT.contains(&byte))
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
