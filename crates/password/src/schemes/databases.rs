//! What databases store for their own users: MySQL, Microsoft SQL Server, Oracle.

use std::sync::Arc;

use des::Des;
use des::cipher::{BlockCipherEncrypt, KeyInit};

use super::line::{Class, Line, line};
use crate::encoding::{hex, is_hex, to_hex, utf16_le};
use crate::error::Flaw;
use crate::function::Function;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    line("mysql323", Class::Broken, mysql323),
    line("mysql41", Class::Broken, mysql41),
    line("mssql2000", Class::Broken, mssql2000),
    line("mssql2005", Class::Broken, mssql),
    line("mssql2012", Class::Broken, mssql),
    line("oracle10", Class::Broken, oracle10),
    line("oracle11", Class::Broken, oracle11),
    line("oracle12c_t", Class::VerifyOnly, oracle12),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// MySQL before 4.1: 62 bits of sums; blanks do not count.
fn mysql323(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let (mut first, mut second, mut add) = (0x5030_5735_u32, 0x1234_5671_u32, 7_u32);
        for byte in without_blanks(password) {
            let value = u32::from(byte);
            let mixed = (first & 63).wrapping_add(add).wrapping_mul(value);
            first ^= mixed.wrapping_add(first << 8);
            second = second.wrapping_add((second << 8) ^ first);
            add = add.wrapping_add(value);
        }
        let computed = [
            (first & 0x7fff_ffff).to_be_bytes(),
            (second & 0x7fff_ffff).to_be_bytes(),
        ]
        .concat();
        Ok(equal(&computed, &hex(stored.as_str())?))
    };
    Ok(Arc::new(Reader::new(
        name,
        |text| is_hex(text, 16),
        View::of(|_, password| Some(without_blanks(password))),
        check,
    )))
}

fn without_blanks(password: &[u8]) -> Vec<u8> {
    let counts = |byte: &&u8| !matches!(byte, b' ' | b'\t');
    password.iter().filter(counts).copied().collect()
}

/// `*` and SHA-1 twice.
fn mysql41(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.strip_prefix('*').is_some_and(|digest| is_hex(digest, 40));
    let check = |stored: &HashString, password: &[u8]| {
        let digest = hex(stored.as_str().strip_prefix('*').unwrap_or_default())?;
        let computed = Function::Sha1.digest(&[&Function::Sha1.digest(&[password])]);
        Ok(equal(&computed, &digest))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).beginning(b"*"),
    ))
}

/// The bytes behind `0x0100` or `0x0200`, as salt and digest.
fn mssql_parts(text: &str) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    let bytes = hex(text.get(6..).ok_or(Flaw::MissingField)?)?;
    let (salt, digest) = bytes.split_at_checked(4).ok_or(Flaw::SaltSize)?;
    Ok((salt.to_vec(), digest.to_vec()))
}

fn is_mssql(text: &str, version: &str, len: usize) -> bool {
    let (head, rest) = text.split_at_checked(6).unwrap_or_default();
    head.eq_ignore_ascii_case(version) && is_hex(rest, len)
}

/// SHA-1 of the text and of it in upper case: the second is what counts, so case folds.
fn mssql2000(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| is_mssql(text, "0x0100", 88);
    let check = |stored: &HashString, password: &[u8]| {
        let (salt, digest) = mssql_parts(stored.as_str())?;
        let Some(upper) = upper(password).and_then(|upper| utf16_le(upper.as_bytes())) else {
            return Ok(false);
        };
        let stored = digest.get(20..).unwrap_or_default();
        Ok(equal(&Function::Sha1.digest(&[&upper, &salt]), stored))
    };
    Ok(Arc::new(
        Reader::new(
            name,
            identify,
            View::of(|_, password| upper(password).map(String::into_bytes)),
            check,
        )
        .beginning(b"0"),
    ))
}

/// The text in upper case; `None`: no text.
fn upper(password: &[u8]) -> Option<String> {
    std::str::from_utf8(password).ok().map(str::to_uppercase)
}

/// SHA-1, since 2012 SHA-512, of the text in UTF-16 and the salt.
fn mssql(name: &'static str, _: &Options) -> Made {
    let (function, identify): (_, fn(&str) -> bool) = if name == "mssql2005" {
        (Function::Sha1, |text| is_mssql(text, "0x0100", 48))
    } else {
        (Function::Sha512, |text| is_mssql(text, "0x0200", 136))
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let (salt, digest) = mssql_parts(stored.as_str())?;
        Ok(utf16_le(password).is_some_and(|password| equal(&function.digest(&[&password, &salt]), &digest)))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).beginning(b"0"),
    ))
}

/// DES in CBC mode over name and password in upper case, twice: the last block of the first is the key of the second.
fn oracle10(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let digest = hex(stored.as_str())?;
        let user = stored.user().ok_or(Fault::Missing("user name"))?;
        let Some(text) = oracle10_text(user, password) else {
            return Ok(false);
        };
        let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let key = last_of_cbc([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef], &text);
        Ok(equal(&last_of_cbc(key, &text), &digest))
    };
    Ok(Arc::new(Reader::new(
        name,
        |text| is_hex(text, 16),
        View::of(|stored, password| oracle10_view(stored.user()?, password)),
        check,
    )))
}

/// Name and password in upper case; `None`: no text.
fn oracle10_text(user: &str, password: &[u8]) -> Option<String> {
    let password = std::str::from_utf8(password).ok()?;
    Some(format!("{user}{password}").to_uppercase())
}

/// The last block is filled up with NULs.
fn oracle10_view(user: &str, password: &[u8]) -> Option<Vec<u8>> {
    let text = oracle10_text(user, password)?;
    Some(text.trim_end_matches('\0').as_bytes().to_vec())
}

fn last_of_cbc(key: [u8; 8], text: &[u8]) -> [u8; 8] {
    let des = Des::new(&key.into());
    text.chunks(8).fold([0; 8], |mut last, chunk| {
        for (to, from) in last.iter_mut().zip(chunk) {
            *to ^= from;
        }
        let mut block = last.into();
        des.encrypt_block(&mut block);
        block.into()
    })
}

/// `S:`, SHA-1 of password and salt, the salt.
fn oracle11(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| {
        let rest = text.strip_prefix("S:").or_else(|| text.strip_prefix("s:"));
        rest.is_some_and(|rest| is_hex(rest, 60))
    };
    let check = |stored: &HashString, password: &[u8]| {
        let bytes = hex(stored.as_str().get(2..).unwrap_or_default())?;
        let (digest, salt) = bytes.split_at_checked(20).ok_or(Flaw::DigestSize)?;
        Ok(equal(&Function::Sha1.digest(&[password, salt]), digest))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).beginning(b"Ss"),
    ))
}

/// The `T:` part of a 12c record: PBKDF2-SHA512 with 4096 rounds, then SHA-512 with the salt.
fn oracle12(name: &'static str, _: &Options) -> Made {
    fn bare(text: &str) -> &str {
        text.strip_prefix("T:").unwrap_or(text)
    }
    let check = |stored: &HashString, password: &[u8]| {
        let bytes = hex(bare(stored.as_str()))?;
        let (digest, salt) = bytes.split_at_checked(64).ok_or(Flaw::DigestSize)?;
        let long = [salt, b"AUTH_PBKDF2_SPEEDY_KEY"].concat();
        let key = Function::Sha512.pbkdf2(password, &long, 4096, 64)?;
        Ok(equal(&Function::Sha512.digest(&[&key, salt]), digest))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let digits = to_hex(&seeded.bytes(80)).to_uppercase();
        let marked = like.as_str().starts_with("T:");
        Some(if marked { format!("T:{digits}") } else { digits })
    };
    Ok(Arc::new(
        Reader::new(name, |text| is_hex(bare(text), 160), View::Keyed, check).with_decoy(decoy),
    ))
}
