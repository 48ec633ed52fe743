//! Django's notations: `algorithm$…` without a leading `$` (django.contrib.auth.hashers).

use std::sync::Arc;

use base64::Engine as _;

use super::line::{Class, Line, Registry, line, over};
use super::maker;
use crate::delegate::Prefixed;
use crate::encoding::{BASE64, base64, to_letters};
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::notation::number;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::View;
use crate::writer::Writer;

pub(crate) const LINES: &[Line] = &[
    line("django_pbkdf2_sha1", Class::VerifyOnly, pbkdf2),
    over("django_bcrypt", Class::VerifyOnly, bcrypt),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// `pbkdf2_sha256$iterations$salt$base64`; the salt is text and used as its bytes.
fn pbkdf2(name: &'static str, _: &Options) -> Made {
    Ok(Arc::new(pbkdf2_reader(name)))
}

fn pbkdf2_reader(name: &'static str) -> Reader {
    let (function, identify): (_, fn(&str) -> bool) = if name == "django_pbkdf2_sha1" {
        (Function::Sha1, |text| text.starts_with("pbkdf2_sha1$"))
    } else {
        (Function::Sha256, |text| text.starts_with("pbkdf2_sha256$"))
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let (_, rounds, salt, digest) = pbkdf2_parts(stored.as_str(), function)?;
        Ok(equal(
            &function.pbkdf2(password, salt.as_bytes(), rounds, digest.len())?,
            &digest,
        ))
    };
    let decoy = move |like: &HashString, seeded: &mut Seeded<'_>| {
        let (algorithm, rounds, salt, digest) = pbkdf2_parts(like.as_str(), function).ok()?;
        function.check_rounds(rounds, digest.len()).ok()?;
        let (salt, digest) = (seeded.text(salt.len()), seeded.bytes(digest.len()));
        Some(format!("{algorithm}${rounds}${salt}${}", BASE64.encode(digest)))
    };
    Reader::new(name, identify, View::Keyed, check)
        .beginning(b"p")
        .with_decoy(decoy)
}

/// Django's default since 1.4, with the iterations of Django 5.2 unless `rounds` says otherwise, and with salts of 22
/// characters, which Django 3.2 and later leave alone.
pub(crate) fn pbkdf2_sha256(options: &Options) -> maker::Made {
    const SALT: usize = 22;
    let rounds = options.number_or("rounds", 1_000_000)?;
    let function = Function::Sha256;
    if function.check_rounds(rounds, function.len()).is_err() {
        return Err(SchemeError::BadOption("rounds"));
    }
    let write = move |salt: &str, digest: &[u8]| format!("pbkdf2_sha256${rounds}${salt}${}", BASE64.encode(digest));
    let make = move |password: &[u8], random: &[u8; 16]| {
        let salt: String = to_letters(random).take(SALT).collect();
        Ok(write(
            &salt,
            &function.pbkdf2(password, salt.as_bytes(), rounds, function.len())?,
        ))
    };
    let weaker = move |text: &str| pbkdf2_parts(text, function).map_or(true, |(_, stored, ..)| stored < rounds);
    let decoy = move |seeded: &mut Seeded<'_>| write(&seeded.text(SALT), &seeded.bytes(function.len()));
    Ok(Arc::new(Writer {
        reader: pbkdf2_reader("django_pbkdf2_sha256"),
        make: Box::new(make),
        weaker: Box::new(weaker),
        decoy: Box::new(decoy),
    }))
}

fn pbkdf2_parts(text: &str, function: Function) -> Result<(&str, u32, &str, Vec<u8>), Fault> {
    let fields: Vec<&str> = text.split('$').collect();
    let [algorithm, rounds, salt, digest] = fields.as_slice() else {
        return Err(Flaw::MissingField.into());
    };
    let digest = base64(digest, &BASE64)?;
    if salt.is_empty() || salt.len() > limits::SALT {
        return Err(Flaw::SaltSize.into());
    }
    if digest.len() != function.len() {
        return Err(Flaw::DigestSize.into());
    }
    Ok((algorithm, number(rounds)?, salt, digest))
}

/// `bcrypt$` and bcrypt's own notation.
fn bcrypt(name: &'static str, _: &Options, registry: Registry) -> Made {
    Ok(Arc::new(Prefixed::new(name, "bcrypt$", registry.schemes(&["bcrypt"])?)))
}
