//! Secret bytes as a text that a double click selects whole and that tells what it is: a prefix, the bytes in base62 and a
//! checksum, by which programs that look for leaked secrets know one of ours without asking us.

use zeroize::Zeroizing;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The value of each byte as a digit; 255: it is none.
const VALUES: [u8; 256] = values();

/// Eight bytes have eleven digits.
const BLOCK: usize = 8;
pub(crate) const BLOCK_DIGITS: usize = 11;

/// The CRC-32 of what stands before has six.
const CHECKSUM_DIGITS: usize = 6;

/// How many characters the text of so many bytes has.
pub(crate) const fn len(prefix: &str, bytes: usize) -> usize {
    let digits = bytes.saturating_div(BLOCK).saturating_mul(BLOCK_DIGITS);
    prefix.len().saturating_add(digits).saturating_add(CHECKSUM_DIGITS)
}

/// The text of these bytes, whose number is a multiple of eight.
pub(crate) fn encode(prefix: &str, bytes: &[u8]) -> Zeroizing<String> {
    // With room for all of it from the start: a text that grows leaves a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(len(prefix, bytes.len())));
    text.push_str(prefix);
    push_digits(bytes, &mut text);
    push_checksum(&mut text);
    text
}

/// Appends the digits of these bytes, whose number is a multiple of eight.
pub(crate) fn push_digits(bytes: &[u8], text: &mut String) {
    for block in bytes.as_chunks::<BLOCK>().0 {
        push::<BLOCK_DIGITS>(u64::from_be_bytes(*block), text);
    }
}

/// The `N` bytes (a multiple of eight) of a text; `None` if it has another prefix, length or checksum. Nothing is allocated.
pub(crate) fn decode<const N: usize>(prefix: &str, text: &str) -> Option<Zeroizing<[u8; N]>> {
    if text.len() != len(prefix, N) {
        return None;
    }
    let (checked, checksum) = text.as_bytes().split_last_chunk::<CHECKSUM_DIGITS>()?;
    let bytes = of_digits(checked.strip_prefix(prefix.as_bytes())?)?;
    (number(checksum)? == u64::from(crc32(checked))).then_some(bytes)
}

/// The `N` bytes (a multiple of eight) that these digits stand for.
pub(crate) fn of_digits<const N: usize>(digits: &[u8]) -> Option<Zeroizing<[u8; N]>> {
    if digits.len() != len("", N).saturating_sub(CHECKSUM_DIGITS) {
        return None;
    }
    let mut bytes = Zeroizing::new([0; N]);
    let blocks = bytes.as_chunks_mut::<BLOCK>().0;
    for (block, digits) in blocks.iter_mut().zip(digits.as_chunks::<BLOCK_DIGITS>().0) {
        *block = number(digits)?.to_be_bytes();
    }
    Some(bytes)
}

/// Appends the checksum of a text.
pub(crate) fn push_checksum(text: &mut String) {
    let checksum = crc32(text.as_bytes());
    push::<CHECKSUM_DIGITS>(checksum.into(), text);
}

/// Appends a number with leading zeros.
fn push<const DIGITS: usize>(mut number: u64, text: &mut String) {
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        let value = usize::try_from(number % 62).unwrap_or_default();
        *digit = ALPHABET.get(value).copied().unwrap_or_default();
        number /= 62;
    }
    text.extend(digits.map(char::from));
}

/// The number that these digits are; more than 64 bits are none, so that there is one text for each number.
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = VALUES.get(usize::from(*digit)).filter(|digit| **digit < 62)?;
        number.checked_mul(62)?.checked_add(u64::from(*digit))
    })
}

/// CRC-32 as in IEEE 802.3 and zlib.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        let [low, ..] = crc.to_le_bytes();
        TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default() ^ (crc >> 8)
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "it runs while it is compiled"
)]
const fn values() -> [u8; 256] {
    let mut values = [255; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
}

static TABLE: [u32; 256] = table();

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "it runs while it is compiled"
)]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u32;
    while byte < 256 {
        let mut crc = byte;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 0 {
                crc >> 1
            } else {
                (crc >> 1) ^ 0xedb8_8320
            };
            bit += 1;
        }
        table[byte as usize] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
mod tests {
    use super::*;

    #[test]
    fn a_changed_cut_or_longer_text_is_no_secret() {
        let bytes: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 37 % 256).unwrap());
        let text = encode("pcs_", &bytes);
        for at in 0..text.len() {
            for other in ["0", "Z", "z", " ", "-", "\u{e4}"] {
                let mut changed = text.to_string();
                changed.replace_range(at..=at, other);
                if changed != *text {
                    assert!(decode::<32>("pcs_", &changed).is_none(), "{changed}");
                }
            }
            assert!(decode::<32>("pcs_", &text[..at]).is_none(), "{at}");
        }
        for other in [
            format!("{}0", *text),
            format!(" {}", *text),
            text.to_lowercase(),
            String::new(),
        ] {
            assert!(decode::<32>("pcs_", &other).is_none(), "{other}");
        }
        assert!(decode::<32>("pcr_", &text).is_none() && decode::<40>("pcs_", &text).is_none());
    }

    #[test]
    fn a_block_beyond_64_bits_is_none_even_with_its_checksum() {
        let body = format!("p_{}", "z".repeat(11));
        let mut text = body.clone();
        push_checksum(&mut text);
        assert!(decode::<8>("p_", &text).is_none());
    }

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!((crc32(b"123456789"), crc32(b"")), (0xcbf4_3926, 0));
        assert_eq!(encode("x", &[0, 0, 0, 0, 0, 0, 0, 61]).get(..12), Some("x0000000000z"));
    }

    proptest::proptest! {
        #[test]
        fn every_secret_comes_back(bytes: [u8; 72]) {
            let text = encode("pcr_", &bytes);
            proptest::prop_assert_eq!((text.len(), text.capacity()), (109, 109));
            let back = decode::<72>("pcr_", &text);
            proptest::prop_assert_eq!(back.as_deref(), Some(&bytes));
        }
    }
}
