//! Secret bytes as a text that a double click selects whole and that tells what it is: a prefix, the bytes in base62 and a
//! checksum, by which programs that look for leaked secrets know one of ours without asking us.

use zeroize::Zeroizing;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Eight bytes have eleven digits.
const BLOCK: usize = 8;
const BLOCK_DIGITS: usize = 11;

/// The CRC-32 of what stands before has six.
const CHECKSUM_DIGITS: usize = 6;

/// The text of these bytes, whose number is a multiple of eight.
pub(crate) fn encode(prefix: &str, bytes: &[u8]) -> Zeroizing<String> {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    // With room for all of it from the start: a text that grows leaves a copy behind.
    let digits = blocks.len().saturating_mul(BLOCK_DIGITS);
    let len = prefix.len().saturating_add(digits).saturating_add(CHECKSUM_DIGITS);
    let mut text = Zeroizing::new(String::with_capacity(len));
    text.push_str(prefix);
    for block in blocks {
        push(u64::from_be_bytes(*block), BLOCK_DIGITS, &mut text);
    }
    let checksum = crc32(text.as_bytes());
    push(checksum.into(), CHECKSUM_DIGITS, &mut text);
    text
}

/// The `N` bytes (a multiple of eight) of a text; `None` if it has another prefix, length or checksum.
pub(crate) fn decode<const N: usize>(prefix: &str, text: &str) -> Option<Zeroizing<[u8; N]>> {
    let (body, checksum) = text.split_at_checked(text.len().checked_sub(CHECKSUM_DIGITS)?)?;
    let digits = body.strip_prefix(prefix)?.as_bytes();
    let (blocks, rest) = digits.as_chunks::<BLOCK_DIGITS>();
    let mut bytes = Zeroizing::new([0; N]);
    let (places, _) = bytes.as_chunks_mut::<BLOCK>();
    if blocks.len() != places.len() || !rest.is_empty() {
        return None;
    }
    if number(checksum.as_bytes())? != u64::from(crc32(body.as_bytes())) {
        return None;
    }
    for (place, block) in places.iter_mut().zip(blocks) {
        *place = number(block)?.to_be_bytes();
    }
    Some(bytes)
}

/// Appends a number with leading zeros.
fn push(number: u64, digits: usize, text: &mut String) {
    let mut powers = std::iter::successors(Some(1_u64), |power| power.checked_mul(62))
        .take(digits)
        .collect::<Vec<_>>();
    powers.reverse();
    for power in powers {
        let digit = number.checked_div(power).unwrap_or_default().checked_rem(62);
        let digit = digit.and_then(|digit| DIGITS.get(usize::try_from(digit).ok()?));
        text.push(char::from(digit.copied().unwrap_or(b'0')));
    }
}

/// The number of these digits, if it is one of 64 bits.
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit.wrapping_sub(b'0'),
            b'A'..=b'Z' => digit.wrapping_sub(b'A').wrapping_add(10),
            b'a'..=b'z' => digit.wrapping_sub(b'a').wrapping_add(36),
            _ => return None,
        };
        number.checked_mul(62)?.checked_add(digit.into())
    })
}

/// The CRC-32 of ISO 3309 and zip, as GitHub's tokens have it.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        let at = usize::from(crc.to_le_bytes()[0] ^ byte);
        TABLE.get(at).copied().unwrap_or_default() ^ (crc >> 8)
    };
    !bytes.iter().fold(u32::MAX, step)
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
        push(crc32(body.as_bytes()).into(), 6, &mut text);
        assert!(decode::<8>("p_", &text).is_none());
    }

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
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
