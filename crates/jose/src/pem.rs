//! The textual encoding of keys (RFC 7468): one block between `BEGIN` and `END`.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Longer text is no key: an RSA key of 8192 bits has less than 7 KiB.
pub(crate) const MAX_LEN: usize = 64 * 1024;

const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// What stands in a block.
pub(crate) struct Block<'a> {
    /// `PUBLIC KEY`, `RSA PRIVATE KEY`, …
    pub(crate) label: &'a str,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// The first block of a text that is a key or a certificate. OpenSSL writes `EC PARAMETERS` in front of a SEC1 key: that
/// block, and text before and after blocks, are passed over. Encrypted keys (which have headers) are none.
pub(crate) fn read(text: &str) -> Option<Block<'_>> {
    if text.len() > MAX_LEN {
        return None;
    }
    let mut rest = text;
    loop {
        let (label, body, after) = block(rest)?;
        if label == "EC PARAMETERS" {
            rest = after;
            continue;
        }
        let mut packed = Zeroizing::new(String::with_capacity(body.len()));
        packed.extend(body.chars().filter(|character| !character.is_ascii_whitespace()));
        let der = Zeroizing::new(STANDARD.decode(packed.as_bytes()).ok()?);
        return Some(Block { label, der });
    }
}

/// Label, body and what follows.
fn block(text: &str) -> Option<(&str, &str, &str)> {
    let (_, text) = text.split_once("-----BEGIN ")?;
    let (label, text) = text.split_once("-----")?;
    let (body, text) = text.split_once("-----END ")?;
    let (end, text) = text.split_once("-----")?;
    (label == end).then_some((label, body, text))
}

/// A block as text, 64 characters a line.
pub(crate) fn write(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    let lines = body.len().div_ceil(64);
    let mut text = Zeroizing::new(String::with_capacity(
        body.len()
            .saturating_add(lines)
            .saturating_add(label.len().saturating_mul(2))
            .saturating_add(64),
    ));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    let mut rest: &str = &body;
    while !rest.is_empty() {
        let (line, more) = rest.split_at_checked(64).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_a_whole_block_is_refused() {
        for bad in [
            "",
            "AAAA",
            "-----BEGIN PUBLIC KEY-----\nAAAA",
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAAA!\n-----END PUBLIC KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----",
        ] {
            assert!(read(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn what_was_written_is_read_again_in_any_line_ending() {
        for der in [&[][..], &[1], &[7; 48], &[9; 300]] {
            let text = write("PUBLIC KEY", der);
            for text in [
                text.to_string(),
                text.replace('\n', "\r\n"),
                format!("noise\n{}", *text),
            ] {
                let block = read(&text).expect("a block");
                assert_eq!((block.label, block.der.as_slice()), ("PUBLIC KEY", der));
            }
        }
    }
}
