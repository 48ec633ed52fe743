//! Dovecot's `{SCHEME}` notations (doc/wiki/Authentication.PasswordSchemes): a suffix `.HEX` or `.B64` chooses how the bytes
//! are written.

use std::sync::Arc;

use md5::Md5;
use md5::digest::common::hazmat::SerializableState;
use sha2::Digest as _;

use super::line::{CRYPTS, Class, Line, Registry, line, over};
use crate::delegate::Prefixed;
use crate::encoding::{BASE64, base64, behind_label, hex, to_hex};
use crate::error::Flaw;
use crate::function::Function;
use crate::notation::number;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::{HashString, Password};
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    over("dovecot_argon2i", Class::Broken, crypt),
    over("dovecot_argon2id", Class::Broken, crypt),
    over("dovecot_blf_crypt", Class::Broken, crypt),
    over("dovecot_crypt", Class::Broken, crypt),
    over("dovecot_des_crypt", Class::Broken, crypt),
    over("dovecot_md5_crypt", Class::Broken, crypt),
    over("dovecot_sha256_crypt", Class::Broken, crypt),
    over("dovecot_sha512_crypt", Class::Broken, crypt),
    line("dovecot_plain", Class::Broken, plain),
    line("dovecot_cleartext", Class::Broken, plain),
    line("dovecot_plain_md4", Class::Broken, digest),
    line("dovecot_plain_md5", Class::Broken, digest),
    line("dovecot_ldap_md5", Class::Broken, digest),
    line("dovecot_sha", Class::Broken, digest),
    line("dovecot_sha256", Class::Broken, digest),
    line("dovecot_sha256_b64", Class::Broken, digest),
    line("dovecot_sha512", Class::Broken, digest),
    line("dovecot_smd5", Class::Broken, digest),
    line("dovecot_ssha", Class::Broken, digest),
    line("dovecot_ssha256", Class::Broken, digest),
    line("dovecot_ssha256_hex", Class::Broken, digest),
    line("dovecot_ssha512", Class::Broken, digest),
    line("dovecot_ssha512_hex", Class::Broken, digest),
    line("dovecot_cram_md5", Class::Broken, cram_md5),
    line("dovecot_hmac_md5", Class::Broken, cram_md5),
    line("dovecot_digest_md5", Class::Broken, digest_md5),
    line("dovecot_pbkdf2", Class::Broken, pbkdf2),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// Another scheme behind Dovecot's name for it.
fn crypt(name: &'static str, _: &Options, registry: Registry) -> Made {
    let (prefix, kinds): (_, &[&str]) = match name {
        "dovecot_argon2i" => ("{ARGON2I}", &["argon2"]),
        "dovecot_argon2id" => ("{ARGON2ID}", &["argon2"]),
        "dovecot_blf_crypt" => ("{BLF-CRYPT}", &["bcrypt"]),
        "dovecot_des_crypt" => ("{DES-CRYPT}", &["des_crypt"]),
        "dovecot_md5_crypt" => ("{MD5-CRYPT}", &["md5_crypt"]),
        "dovecot_sha256_crypt" => ("{SHA256-CRYPT}", &["sha256_crypt"]),
        "dovecot_sha512_crypt" => ("{SHA512-CRYPT}", &["sha512_crypt"]),
        _ => ("{CRYPT}", CRYPTS),
    };
    Ok(Arc::new(
        Prefixed::new(name, prefix, registry.schemes(kinds)?).in_any_case(),
    ))
}

/// The bare name of a scheme, the suffix of its encoding, and what stands behind.
fn split(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let (label, rest) = text.strip_prefix('{')?.split_once('}')?;
    Some(match label.split_once('.') {
        Some((label, suffix)) => (label, Some(suffix), rest),
        None => (label, None, rest),
    })
}

/// The scheme's own name, which begins as its label does.
fn bare(name: &str) -> &str {
    name.strip_prefix("dovecot_").unwrap_or(name)
}

/// Whether the text has this label, with a suffix or without.
fn is_labelled(text: &str, label: &str) -> bool {
    behind_label(text, label).is_some_and(|rest| rest.starts_with('}') || rest.starts_with('.') && rest.contains('}'))
}

fn plain(name: &'static str, _: &Options) -> Made {
    let identify: fn(&str) -> bool = if name == "dovecot_plain" {
        |text| is_labelled(text, "PLAIN")
    } else {
        |text| is_labelled(text, "CLEARTEXT")
    };
    let check = |stored: &HashString, password: &[u8]| {
        let (_, suffix, rest) = split(stored.as_str()).ok_or(Flaw::MissingField)?;
        Ok(match suffix {
            None => equal(password, rest.as_bytes()),
            Some(_) => equal(password, &decode(stored.as_str(), false)?),
        })
    };
    // Twice, for hexadecimal.
    let longest = Password::MAX_LEN.saturating_mul(2).saturating_add(16);
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check)
            .labelled(bare(name))
            .with_longest(longest),
    ))
}

/// One digest, with or without a salt behind it.
fn digest(name: &'static str, _: &Options) -> Made {
    macro_rules! labelled {
        ($label:literal) => {
            |text: &str| is_labelled(text, $label)
        };
    }
    // The function, whether a salt follows, whether hexadecimal is the encoding without a suffix.
    let (function, salted, hexadecimal, identify): (_, _, _, fn(&str) -> bool) = match name {
        "dovecot_plain_md4" => (Function::Md4, false, true, labelled!("PLAIN-MD4")),
        "dovecot_plain_md5" => (Function::Md5, false, true, labelled!("PLAIN-MD5")),
        "dovecot_ldap_md5" => (Function::Md5, false, false, labelled!("LDAP-MD5")),
        "dovecot_sha" => (Function::Sha1, false, false, labelled!("SHA")),
        "dovecot_sha256" | "dovecot_sha256_b64" => (Function::Sha256, false, false, labelled!("SHA256")),
        "dovecot_sha512" => (Function::Sha512, false, false, labelled!("SHA512")),
        "dovecot_smd5" => (Function::Md5, true, false, labelled!("SMD5")),
        "dovecot_ssha" => (Function::Sha1, true, false, labelled!("SSHA")),
        "dovecot_ssha256" | "dovecot_ssha256_hex" => (Function::Sha256, true, false, labelled!("SSHA256")),
        _ => (Function::Sha512, true, false, labelled!("SSHA512")),
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let bytes = decode(stored.as_str(), hexadecimal)?;
        let (digest, salt) = bytes.split_at_checked(function.len()).ok_or(Flaw::DigestSize)?;
        if salt.is_empty() == salted || salt.len() > crate::limits::SALT {
            return Err(Flaw::SaltSize.into());
        }
        Ok(equal(&function.digest(&[password, salt]), digest))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).labelled(bare(name)),
    ))
}

fn decode(text: &str, hexadecimal: bool) -> Result<Vec<u8>, Flaw> {
    let (_, suffix, rest) = split(text).ok_or(Flaw::MissingField)?;
    match suffix {
        None if hexadecimal => hex(rest),
        None => base64(rest, &BASE64),
        Some(suffix) if suffix.eq_ignore_ascii_case("HEX") => hex(rest),
        Some(suffix) if suffix.eq_ignore_ascii_case("B64") || suffix.eq_ignore_ascii_case("BASE64") => {
            base64(rest, &BASE64)
        }
        Some(_) => Err(Flaw::Algorithm),
    }
}

/// The states of HMAC-MD5 after the keyed blocks, the outer one first: what a server needs for CRAM-MD5 (RFC 2195).
fn cram_md5(name: &'static str, _: &Options) -> Made {
    let identify: fn(&str) -> bool = if name == "dovecot_cram_md5" {
        |text| is_labelled(text, "CRAM-MD5")
    } else {
        |text| is_labelled(text, "HMAC-MD5")
    };
    let check = |stored: &HashString, password: &[u8]| {
        let states = decode(stored.as_str(), true)?;
        if states.len() != 32 {
            return Err(Flaw::DigestSize.into());
        }
        let long = Function::Md5.digest(&[password]);
        let mut key = if password.len() > 64 { long } else { password.to_vec() };
        key.resize(64, 0);
        let state = |pad: u8| {
            let block: Vec<u8> = key.iter().map(|byte| byte ^ pad).collect();
            let state = Md5::new().chain_update(block).serialize();
            state.iter().take(16).copied().collect::<Vec<u8>>()
        };
        Ok(equal(&[state(0x5c), state(0x36)].concat(), &states))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Keyed, check).labelled(bare(name)),
    ))
}

/// MD5 of `user:realm:password`: what stands behind the `@` of the user's name is the realm (RFC 2831).
fn digest_md5(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| is_labelled(text, "DIGEST-MD5");
    let check = |stored: &HashString, password: &[u8]| {
        let digest = decode(stored.as_str(), true)?;
        let user = stored.user().ok_or(Fault::Missing("user name"))?;
        let (user, realm) = user.split_once('@').unwrap_or((user, ""));
        let computed = Function::Md5.digest(&[user.as_bytes(), b":", realm.as_bytes(), b":", password]);
        Ok(equal(&computed, &digest))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).labelled(bare(name)),
    ))
}

/// `{PBKDF2}$1$salt$rounds$hex`: SHA-1, 20 bytes, the salt as text.
fn pbkdf2(name: &'static str, _: &Options) -> Made {
    fn parts(text: &str) -> Result<(&str, u32, Vec<u8>), Fault> {
        let (_, _, rest) = split(text).ok_or(Flaw::MissingField)?;
        let fields: Vec<&str> = rest.split('$').collect();
        let ["", "1", salt, rounds, digest] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let (rounds, digest) = (number(rounds)?, hex(digest)?);
        if digest.len() != 20 {
            return Err(Flaw::DigestSize.into());
        }
        Function::Sha1.check_rounds(rounds, 20)?;
        Ok((salt, rounds, digest))
    }
    let check = |stored: &HashString, password: &[u8]| {
        let (salt, rounds, digest) = parts(stored.as_str())?;
        Ok(equal(
            &Function::Sha1.pbkdf2(password, salt.as_bytes(), rounds, 20)?,
            &digest,
        ))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (salt, rounds, _) = parts(like.as_str()).ok()?;
        let salt = seeded.text(salt.len());
        Some(format!("{{PBKDF2}}$1${salt}${rounds}${}", to_hex(&seeded.bytes(20))))
    };
    let identify = |text: &str| text.starts_with("{PBKDF2}$1$");
    Ok(Arc::new(
        Reader::new(name, identify, View::Keyed, check)
            .labelled(bare(name))
            .with_decoy(decoy),
    ))
}
