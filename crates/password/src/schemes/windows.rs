//! Windows: LAN Manager's hash, the domain caches, and FreeBSD's spelling of the NT hash (MS-SAMR, MS-NLMP §3.3.1).

use std::sync::Arc;

use des::Des;
use des::cipher::{BlockCipherEncrypt, KeyInit};

use super::line::{Class, Line, line};
use crate::encoding::{hex, is_hex, utf16_le};
use crate::error::Flaw;
use crate::function::Function;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::{Seen, View};

pub(crate) const LINES: &[Line] = &[
    line("lmhash", Class::Broken, lmhash),
    line("bsd_nthash", Class::Broken, bsd_nthash),
    line("msdcc", Class::Broken, msdcc),
    line("msdcc2", Class::Broken, msdcc2),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// The characters of code page 437 above 127.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The text in upper case and code page 437; `None` if it cannot be written so. Bytes that are no text are of some code
/// page already.
fn cp437_upper(password: &[u8]) -> Option<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(password) else {
        return Some(password.to_ascii_uppercase());
    };
    text.to_uppercase()
        .chars()
        .map(|c| match u8::try_from(u32::from(c)) {
            Ok(ascii @ 0..=127) => Some(ascii),
            _ => u8::try_from(CP437.chars().position(|known| known == c)?.saturating_add(128)).ok(),
        })
        .collect()
}

/// The fourteen bytes that count.
fn lm_text(password: &[u8]) -> Option<Vec<u8>> {
    let mut text = cp437_upper(password)?;
    text.resize(14, 0);
    Some(text)
}

/// DES under seven bytes: seven bits of the key go into each of its eight bytes.
fn des7(key: &[u8], block: [u8; 8]) -> [u8; 8] {
    let bits = (0..7_usize).fold(0_u64, |bits, at| {
        bits << 8 | u64::from(key.get(at).copied().unwrap_or(0))
    });
    let spread = (0..8_u32).fold(0_u64, |spread, at| {
        let seven = bits >> 49_u32.saturating_sub(at.saturating_mul(7)) & 0x7f;
        spread << 8 | seven << 1
    });
    let mut block = block.into();
    Des::new(&spread.to_be_bytes().into()).encrypt_block(&mut block);
    block.into()
}

/// Fourteen characters, case folded, in two halves that do not know of each other.
fn lmhash(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let stored = hex(stored.as_str())?;
        let Some(text) = lm_text(password) else {
            return Ok(false);
        };
        let computed: Vec<u8> = text.chunks(7).flat_map(|half| des7(half, *b"KGS!@#$%")).collect();
        Ok(equal(&computed, &stored))
    };
    Ok(Arc::new(Reader::new(
        name,
        |text| is_hex(text, 32),
        View::of(|_, password| lm_text(password)),
        check,
    )))
}

/// The NT hash of a text: MD4 over UTF-16. `None`: no text.
fn nt(password: &[u8]) -> Option<Vec<u8>> {
    Some(Function::Md4.digest(&[&utf16_le(password)?]))
}

/// `$3$$` and the NT hash: of the text in UTF-16, as passlib reads it, or of each byte widened, as libxcrypt does.
fn bsd_nthash(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.starts_with("$3$$");
    let check = |stored: &HashString, password: &[u8]| {
        let digest = stored.as_str().strip_prefix("$3$$").filter(|digest| is_hex(digest, 32));
        let stored = hex(digest.ok_or(Flaw::Hex)?)?;
        let widened: Vec<u8> = password.iter().flat_map(|byte| [*byte, 0]).collect();
        let text = nt(password).is_some_and(|computed| equal(&computed, &stored));
        Ok(text | equal(&Function::Md4.digest(&[&widened]), &stored))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Lossy(Box::new(bsd_view)), check).beginning(b"$"),
    ))
}

/// Both readings of seven-bit text are one; of any other, each is also a reading of another password.
fn bsd_view(_: &HashString, password: &[u8]) -> Seen {
    if password.is_ascii() { Seen::All } else { Seen::Unknown }
}

/// A digest, and the user's name in UTF-16.
type Cached = (Vec<u8>, Vec<u8>);

/// MD4 of the NT hash with the user's name behind it. `None`: no text.
fn cached(stored: &HashString, password: &[u8]) -> Result<Option<Cached>, Fault> {
    let user = stored.user().ok_or(Fault::Missing("user name"))?.to_lowercase();
    let user: Vec<u8> = user.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Ok(nt(password).map(|nt| (Function::Md4.digest(&[&nt, &user]), user)))
}

/// The first domain cache: two MD4s.
fn msdcc(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let (digest, computed) = (hex(stored.as_str())?, cached(stored, password)?);
        Ok(computed.is_some_and(|(computed, _)| equal(&computed, &digest)))
    };
    Ok(Arc::new(Reader::new(name, |text| is_hex(text, 32), View::Whole, check)))
}

/// The second: PBKDF2 over the first.
fn msdcc2(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let (digest, first) = (hex(stored.as_str())?, cached(stored, password)?);
        let Some((first, user)) = first else { return Ok(false) };
        Ok(equal(&Function::Sha1.pbkdf2(&first, &user, 10_240, 16)?, &digest))
    };
    let decoy = |_: &HashString, seeded: &mut Seeded<'_>| Some(crate::encoding::to_hex(&seeded.bytes(16)));
    Ok(Arc::new(
        Reader::new(name, |text| is_hex(text, 32), View::Whole, check).with_decoy(decoy),
    ))
}
