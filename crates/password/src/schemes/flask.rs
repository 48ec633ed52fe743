//! Werkzeug's notations (`werkzeug.security`), Flask-Security's and Flask-Bcrypt's prepared passwords, and others that
//! prepare a password and then use a usual scheme: Devise, Meteor, vBulletin 5, Symfony, WordPress.

use std::sync::Arc;

use base64::Engine as _;

use super::line::{Class, Line, Registry, line, over};
use super::maker;
use crate::delegate::{PreHashed, Prefixed};
use crate::encoding::{BASE64, hex, to_hex, to_letters};
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::notation::number;
use crate::options::{Options, SchemeError};
use crate::prepare::{self, Prepare};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::scrypt_cost::ScryptCost;
use crate::secret::{HashString, Password};
use crate::sight::{Seen, View};
use crate::writer::Writer;

pub(crate) const LINES: &[Line] = &[
    line("werkzeug_pbkdf2", Class::VerifyOnly, werkzeug_pbkdf2),
    line("werkzeug_scrypt", Class::VerifyOnly, werkzeug_scrypt),
    line("werkzeug_plain", Class::Broken, werkzeug_plain),
    line("werkzeug_salted_hmac", Class::Broken, werkzeug_hmac),
    over("flask_security_hmac_argon2", Class::Broken, flask_security),
    over("flask_security_hmac_bcrypt", Class::Broken, flask_security),
    over("flask_security_hmac_des_crypt", Class::Broken, flask_security),
    over("flask_security_hmac_pbkdf2_sha256", Class::Broken, flask_security),
    over("flask_security_hmac_pbkdf2_sha512", Class::Broken, flask_security),
    over("flask_security_hmac_sha512_crypt", Class::Broken, flask_security),
    over("flask_bcrypt_long", Class::Broken, sha256_hex),
    over("meteor_bcrypt", Class::Broken, sha256_hex),
    over("vbulletin5_bcrypt", Class::Broken, md5_hex),
    over("devise_bcrypt_pepper", Class::Broken, devise),
    over("symfony_native_bcrypt", Class::Broken, symfony),
    over("wordpress_bcrypt", Class::VerifyOnly, wordpress),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// Werkzeug's `DEFAULT_SALT_LENGTH`: 16 of its letters hold 95 bits.
const SALT: usize = 16;

/// `method$salt$hex`.
fn fields(text: &str) -> Result<(&str, &str, Vec<u8>), Fault> {
    let fields: Vec<&str> = text.split('$').collect();
    let [method, salt, digest] = fields.as_slice() else {
        return Err(Flaw::MissingField.into());
    };
    Ok((method, salt, hex(digest)?))
}

fn pbkdf2_parts(text: &str) -> Result<(&str, Function, u32, &str, Vec<u8>), Fault> {
    let (method, salt, digest) = fields(text)?;
    let parts: Vec<&str> = method.split(':').collect();
    let ["pbkdf2", function, rounds] = parts.as_slice() else {
        return Err(Flaw::MissingParameter.into());
    };
    let (function, rounds) = (Function::named(function)?, number(rounds)?);
    if salt.is_empty() {
        return Err(Flaw::SaltSize.into());
    }
    if digest.len() != function.len() {
        return Err(Flaw::DigestSize.into());
    }
    function.check_rounds(rounds, digest.len())?;
    Ok((method, function, rounds, salt, digest))
}

/// `pbkdf2:sha256:600000$salt$hex`; the salt is text.
fn werkzeug_pbkdf2(name: &'static str, _: &Options) -> Made {
    Ok(Arc::new(pbkdf2_reader(name)))
}

fn pbkdf2_reader(name: &'static str) -> Reader {
    let check = |stored: &HashString, password: &[u8]| {
        let (_, function, rounds, salt, digest) = pbkdf2_parts(stored.as_str())?;
        Ok(equal(
            &function.pbkdf2(password, salt.as_bytes(), rounds, digest.len())?,
            &digest,
        ))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (method, _, _, salt, digest) = pbkdf2_parts(like.as_str()).ok()?;
        let salt = seeded.text(salt.len());
        Some(format!("{method}${salt}${}", to_hex(&seeded.bytes(digest.len()))))
    };
    Reader::new(name, |text| text.starts_with("pbkdf2:"), View::Keyed, check)
        .beginning(b"p")
        .with_decoy(decoy)
}

/// `generate_password_hash(…, "pbkdf2")` of Werkzeug 3.1: SHA-256, a million rounds, 16 letters of salt.
pub(crate) fn pbkdf2_hasher(options: &Options) -> maker::Made {
    let rounds = options.number_or("rounds", 1_000_000)?;
    let function = Function::Sha256;
    if function.check_rounds(rounds, function.len()).is_err() {
        return Err(SchemeError::BadOption("rounds"));
    }
    let write = move |salt: &str, digest: &[u8]| format!("pbkdf2:sha256:{rounds}${salt}${}", to_hex(digest));
    let make = move |password: &[u8], random: &[u8; 16]| {
        let salt: String = to_letters(random).take(SALT).collect();
        Ok(write(
            &salt,
            &function.pbkdf2(password, salt.as_bytes(), rounds, function.len())?,
        ))
    };
    let weaker =
        move |text: &str| pbkdf2_parts(text).map_or(true, |(_, used, stored, ..)| used != function || stored < rounds);
    Ok(Arc::new(Writer {
        reader: pbkdf2_reader("werkzeug_pbkdf2"),
        make: Box::new(make),
        weaker: Box::new(weaker),
        decoy: Box::new(move |seeded| write(&seeded.text(SALT), &seeded.bytes(function.len()))),
    }))
}

fn scrypt_parts(text: &str) -> Result<(&str, ScryptCost, &str, Vec<u8>), Fault> {
    let (method, salt, digest) = fields(text)?;
    let parts: Vec<&str> = method.split(':').collect();
    let ["scrypt", n, r, p] = parts.as_slice() else {
        return Err(Flaw::MissingParameter.into());
    };
    let cost = ScryptCost::of_n(number(n)?, number(r)?, number(p)?)?;
    if digest.len() != 64 {
        return Err(Flaw::DigestSize.into());
    }
    if salt.is_empty() {
        return Err(Flaw::SaltSize.into());
    }
    Ok((method, cost, salt, digest))
}

/// `scrypt:32768:8:1$salt$hex`; the salt is text.
fn werkzeug_scrypt(name: &'static str, _: &Options) -> Made {
    Ok(Arc::new(scrypt_reader(name)))
}

fn scrypt_reader(name: &'static str) -> Reader {
    let check = |stored: &HashString, password: &[u8]| {
        let (_, cost, salt, digest) = scrypt_parts(stored.as_str())?;
        Ok(equal(&cost.digest(password, salt.as_bytes(), digest.len())?, &digest))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (method, _, salt, digest) = scrypt_parts(like.as_str()).ok()?;
        let salt = seeded.text(salt.len());
        Some(format!("{method}${salt}${}", to_hex(&seeded.bytes(digest.len()))))
    };
    let memory = |text: &str| scrypt_parts(text).map_or(0, |(_, cost, ..)| cost.memory_kib());
    let reader = Reader::new(name, |text| text.starts_with("scrypt:"), View::Keyed, check).beginning(b"s");
    reader.with_decoy(decoy).with_memory(memory)
}

/// `generate_password_hash` of Werkzeug 3: N = 2^15, r = 8, p = 1, 16 letters of salt.
pub(crate) fn scrypt_hasher(options: &Options) -> maker::Made {
    let (n, r, p, cost) = ScryptCost::of_options(options, (15, 8, 1))?;
    let write = move |salt: &str, digest: &[u8]| format!("scrypt:{n}:{r}:{p}${salt}${}", to_hex(digest));
    let make = move |password: &[u8], random: &[u8; 16]| {
        let salt: String = to_letters(random).take(SALT).collect();
        Ok(write(&salt, &cost.digest(password, salt.as_bytes(), 64)?))
    };
    Ok(Arc::new(Writer {
        reader: scrypt_reader("werkzeug_scrypt"),
        make: Box::new(make),
        weaker: Box::new(move |text| scrypt_parts(text).map_or(true, |(_, stored, ..)| stored.is_weaker_than(cost))),
        decoy: Box::new(move |seeded| write(&seeded.text(SALT), &seeded.bytes(64))),
    }))
}

fn werkzeug_plain(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        Ok(equal(
            password,
            stored.as_str().strip_prefix("plain$$").unwrap_or_default().as_bytes(),
        ))
    };
    let longest = Password::MAX_LEN.saturating_add(7);
    let reader = Reader::new(name, |text| text.starts_with("plain$$"), View::Whole, check).beginning(b"p");
    Ok(Arc::new(reader.with_longest(longest)))
}

/// `sha1$salt$hex`: HMAC keyed with the salt, or the plain digest without one. Django writes something else alike.
fn werkzeug_hmac(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| {
        let is_digest = |(method, rest): (&str, &str)| Function::named(method).is_ok() && rest.split('$').count() == 2;
        text.len() <= limits::TEXT && text.split_once('$').is_some_and(is_digest)
    };
    let check = |stored: &HashString, password: &[u8]| {
        let (method, salt, digest) = fields(stored.as_str())?;
        let function = Function::named(method)?;
        let computed = if salt.is_empty() {
            function.digest(&[password])
        } else {
            function.hmac(salt.as_bytes(), &[password])?
        };
        Ok(equal(&computed, &digest))
    };
    Ok(Arc::new(Reader::new(name, identify, View::Whole, check)))
}

fn flask_security(name: &'static str, options: &Options, registry: Registry) -> Made {
    let inner_name = name.strip_prefix("flask_security_hmac_").unwrap_or_default();
    Ok(Arc::new(PreHashed::new(
        name,
        prepare::flask_security(name, options)?,
        View::Whole,
        registry.scheme(inner_name, &Options::new())?,
    )))
}

fn bcrypt_over(name: &'static str, registry: Registry, before: Prepare, view: View) -> Made {
    Ok(Arc::new(PreHashed::new(
        name,
        before,
        view,
        registry.scheme("bcrypt", &Options::new())?,
    )))
}

fn sha256_hex(name: &'static str, _: &Options, registry: Registry) -> Made {
    bcrypt_over(name, registry, prepare::hex_digest(Function::Sha256), View::Whole)
}

fn md5_hex(name: &'static str, _: &Options, registry: Registry) -> Made {
    bcrypt_over(name, registry, prepare::hex_digest(Function::Md5), View::Whole)
}

fn devise(name: &'static str, options: &Options, registry: Registry) -> Made {
    const BCRYPT: usize = 72;
    // So much of the pepper is nothing that a longer password has in its place by chance.
    const UNKNOWN: usize = 16;
    let pepper = options.required("pepper")?.len();
    let look = move |_: &HashString, password: &[u8]| match BCRYPT.checked_sub(password.len()) {
        Some(rest) if rest > pepper || rest >= UNKNOWN => Seen::All,
        Some(_) => Seen::Unknown,
        None => password
            .get(..BCRYPT)
            .map_or(Seen::Unknown, |first| Seen::Only(first.to_vec())),
    };
    bcrypt_over(name, registry, prepare::devise(options)?, View::Lossy(Box::new(look)))
}

/// What bcrypt cannot take whole goes through SHA-512 first; the empty password never verifies.
fn symfony(name: &'static str, _: &Options, registry: Registry) -> Made {
    let before = |password: &[u8]| match password {
        [] => None,
        long if long.len() > 72 || long.contains(&0) => {
            Some(BASE64.encode(Function::Sha512.digest(&[long])).into_bytes())
        }
        short => Some(short.to_vec()),
    };
    bcrypt_over(name, registry, Box::new(before), View::Whole)
}

/// `$wp$2y$`: base64 of HMAC-SHA384 under a fixed key, since 6.8.
fn wordpress(name: &'static str, _: &Options, registry: Registry) -> Made {
    let over = PreHashed::new(
        "bcrypt",
        prepare::wordpress(),
        View::Whole,
        registry.scheme("bcrypt", &Options::new())?,
    );
    Ok(Arc::new(Prefixed::new(name, "$wp", vec![Arc::new(over)])))
}
