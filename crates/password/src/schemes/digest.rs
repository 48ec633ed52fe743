//! Plain digests, and digests with the user's name for a salt: `hex_md5` and its kin (passlib), `htdigest` (Apache),
//! `postgres_md5` (PostgreSQL), `nthash` (Windows).
//!
//! A string of hexadecimal digits does not tell what it is. These read only where the operator names them.

use std::sync::Arc;

use super::line::{Class, Line, line};
use crate::encoding::{hex, is_hex, utf16_le};
use crate::error::Flaw;
use crate::function::Function;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    line("hex_md4", Class::Broken, plain),
    line("hex_md5", Class::Broken, plain),
    line("hex_sha1", Class::Broken, plain),
    line("hex_sha256", Class::Broken, plain),
    line("hex_sha512", Class::Broken, plain),
    line("nthash", Class::Broken, nthash),
    line("htdigest", Class::Broken, htdigest),
    line("postgres_md5", Class::Broken, postgres),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

fn plain(name: &'static str, _: &Options) -> Made {
    let (function, identify): (_, fn(&str) -> bool) = match name {
        "hex_md4" => (Function::Md4, |text| is_hex(text, 32)),
        "hex_md5" => (Function::Md5, |text| is_hex(text, 32)),
        "hex_sha1" => (Function::Sha1, |text| is_hex(text, 40)),
        "hex_sha256" => (Function::Sha256, |text| is_hex(text, 64)),
        _ => (Function::Sha512, |text| is_hex(text, 128)),
    };
    let check =
        move |stored: &HashString, password: &[u8]| Ok(equal(&function.digest(&[password]), &hex(stored.as_str())?));
    Ok(Arc::new(Reader::new(name, identify, View::Whole, check)))
}

/// MD4 over UTF-16: a password that is no text matches nothing.
fn nthash(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let stored = hex(stored.as_str())?;
        Ok(utf16_le(password).is_some_and(|password| equal(&Function::Md4.digest(&[&password]), &stored)))
    };
    Ok(Arc::new(Reader::new(name, |text| is_hex(text, 32), View::Whole, check)))
}

/// `user:realm:digest`, as the file has it, or the digest alone, with the user beside the hash and the realm from the
/// options (RFC 2617 §3.2.2.2).
fn htdigest(name: &'static str, options: &Options) -> Made {
    let realm = options.required("realm")?.to_owned();
    let identify = |text: &str| {
        let parts = text.len().checked_sub(32).and_then(|at| text.split_at_checked(at));
        // Two fields before it, of which the first is a name: MediaWiki's `:B:salt:` is none.
        let is_named = |before: &str| {
            let fields: Vec<&str> = before.split(':').collect();
            matches!(fields.as_slice(), [user, _, ""] if !user.is_empty())
        };
        parts.is_some_and(|(before, digest)| (before.is_empty() || is_named(before)) && is_hex(digest, 32))
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let fields: Vec<&str> = stored.as_str().split(':').collect();
        let (user, realm, digest) = match fields.as_slice() {
            [digest] => (
                stored.user().ok_or(Fault::Missing("user name"))?,
                realm.as_str(),
                *digest,
            ),
            [user, realm, digest] => (*user, *realm, *digest),
            _ => return Err(Flaw::ExtraField.into()),
        };
        let computed = Function::Md5.digest(&[user.as_bytes(), b":", realm.as_bytes(), b":", password]);
        Ok(equal(&computed, &hex(digest)?))
    };
    Ok(Arc::new(Reader::new(name, identify, View::Whole, check)))
}

/// `md5` and the digest of password and user name.
fn postgres(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.strip_prefix("md5").is_some_and(|digest| is_hex(digest, 32));
    let check = |stored: &HashString, password: &[u8]| {
        let digest = hex(stored.as_str().strip_prefix("md5").unwrap_or_default())?;
        let user = stored.user().ok_or(Fault::Missing("user name"))?;
        Ok(equal(&Function::Md5.digest(&[password, user.as_bytes()]), &digest))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).beginning(b"m"),
    ))
}
