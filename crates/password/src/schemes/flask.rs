//! Werkzeug's notations (`werkzeug.security`), Flask-Security's and Flask-Bcrypt's prepared passwords, and others that
//! prepare a password and then use a usual scheme: Devise, Meteor, vBulletin 5, Symfony, WordPress.

use std::sync::Arc;

use base64::Engine as _;

use super::registry::{Class, Line, inner, line};
use crate::delegate::{PreHashed, Prefixed};
use crate::encoding::{BASE64, hex, to_hex};
use crate::error::Flaw;
use crate::function::Function;
use crate::notation::number;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::scrypt_cost::ScryptCost;
use crate::secret::{HashString, Password};

pub(crate) const LINES: &[Line] = &[
    line("werkzeug_pbkdf2", Class::VerifyOnly, werkzeug_pbkdf2),
    line("werkzeug_scrypt", Class::VerifyOnly, werkzeug_scrypt),
    line("werkzeug_plain", Class::Broken, werkzeug_plain),
    line("werkzeug_salted_hmac", Class::Broken, werkzeug_hmac),
    line("flask_security_hmac_argon2", Class::Broken, flask_security),
    line("flask_security_hmac_bcrypt", Class::Broken, flask_security),
    line("flask_security_hmac_des_crypt", Class::Broken, flask_security),
    line("flask_security_hmac_pbkdf2_sha256", Class::Broken, flask_security),
    line("flask_security_hmac_pbkdf2_sha512", Class::Broken, flask_security),
    line("flask_security_hmac_sha512_crypt", Class::Broken, flask_security),
    line("flask_bcrypt_long", Class::Broken, sha256_hex),
    line("meteor_bcrypt", Class::Broken, sha256_hex),
    line("vbulletin5_bcrypt", Class::Broken, md5_hex),
    line("devise_bcrypt_pepper", Class::Broken, devise),
    line("symfony_native_bcrypt", Class::Broken, symfony),
    line("wordpress_bcrypt", Class::VerifyOnly, wordpress),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

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
    Ok(Arc::new(
        Reader::new(name, |text| text.starts_with("pbkdf2:"), check).with_decoy(decoy),
    ))
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
    let reader = Reader::new(name, |text| text.starts_with("scrypt:"), check);
    Ok(Arc::new(reader.with_decoy(decoy).with_memory(memory)))
}

fn werkzeug_plain(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        Ok(equal(
            password,
            stored.as_str().strip_prefix("plain$$").unwrap_or_default().as_bytes(),
        ))
    };
    let longest = Password::MAX_LEN.saturating_add(7);
    let reader = Reader::new(name, |text| text.starts_with("plain$$"), check);
    Ok(Arc::new(reader.with_longest(longest)))
}

/// `sha1$salt$hex`: HMAC keyed with the salt, or the plain digest without one. Django writes something else alike.
fn werkzeug_hmac(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| {
        let method = text.split('$').next().unwrap_or_default();
        text.split('$').count() == 3 && Function::named(method).is_ok()
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
    Ok(Arc::new(Reader::new(name, identify, check)))
}

/// base64 of HMAC-SHA512 under `SECURITY_PASSWORD_SALT`, of which bcrypt gets 72 characters.
fn flask_security(name: &'static str, options: &Options) -> Made {
    let key = options.required("password_salt")?.as_bytes().to_vec();
    let inner_name = name.strip_prefix("flask_security_hmac_").unwrap_or_default();
    let cut = if inner_name == "bcrypt" { 72 } else { usize::MAX };
    let before = move |password: &[u8]| {
        let mac = Function::Sha512.hmac(&key, &[password]).ok()?;
        let mut text = BASE64.encode(mac).into_bytes();
        text.truncate(cut);
        Some(text)
    };
    Ok(Arc::new(PreHashed::new(
        name,
        before,
        inner(inner_name, &Options::new())?,
    )))
}

fn bcrypt_over(name: &'static str, before: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync + 'static) -> Made {
    Ok(Arc::new(PreHashed::new(
        name,
        before,
        inner("bcrypt", &Options::new())?,
    )))
}

fn sha256_hex(name: &'static str, _: &Options) -> Made {
    bcrypt_over(name, |password| {
        Some(to_hex(&Function::Sha256.digest(&[password])).into_bytes())
    })
}

fn md5_hex(name: &'static str, _: &Options) -> Made {
    bcrypt_over(name, |password| {
        Some(to_hex(&Function::Md5.digest(&[password])).into_bytes())
    })
}

/// The password with the application's pepper behind it: beyond 72 bytes the pepper is cut.
fn devise(name: &'static str, options: &Options) -> Made {
    let pepper = options.required("pepper")?.as_bytes().to_vec();
    bcrypt_over(name, move |password| Some([password, pepper.as_slice()].concat()))
}

/// What bcrypt cannot take whole goes through SHA-512 first; the empty password never verifies.
fn symfony(name: &'static str, _: &Options) -> Made {
    bcrypt_over(name, |password| match password {
        [] => None,
        long if long.len() > 72 || long.contains(&0) => {
            Some(BASE64.encode(Function::Sha512.digest(&[long])).into_bytes())
        }
        short => Some(short.to_vec()),
    })
}

/// `$wp$2y$`: base64 of HMAC-SHA384 under a fixed key, since 6.8.
fn wordpress(name: &'static str, _: &Options) -> Made {
    let before = |password: &[u8]| {
        let mac = Function::Sha384.hmac(b"wp-sha384", &[password]).ok()?;
        Some(BASE64.encode(mac).into_bytes())
    };
    let over = PreHashed::new("bcrypt", before, inner("bcrypt", &Options::new())?);
    Ok(Arc::new(Prefixed::new(name, "$wp", vec![Arc::new(over)])))
}
