//! New hashes in the notations of frameworks, which read them with their default settings. The costs are the frameworks'
//! own of today unless options say otherwise.

use std::sync::Arc;

use super::line::Registry;
use super::maker::{Made, Maker, maker};
use super::{current, families};
use crate::dressed::Dressed;
use crate::function::Function;
use crate::options::{Options, SchemeError};
use crate::prepare::{self, Prepare};

const ROUNDS: &[&str] = &["rounds"];
const ARGON2: &[&str] = &["rounds", "time_cost", "memory_cost", "parallelism"];
const SCRYPT: &[&str] = &["rounds", "block_size", "parallelism"];

/// The table.
pub(crate) const MAKERS: &[Maker] = &[
    maker("django_pbkdf2_sha256", ROUNDS, Some(1), |_, options| {
        super::django::pbkdf2_sha256(options)
    }),
    maker("django_argon2", ARGON2, None, django_argon2),
    maker("django_bcrypt_sha256", ROUNDS, Some(4), django_bcrypt_sha256),
    maker("django_scrypt", SCRYPT, Some(1), |_, options| {
        super::django_more::scrypt_hasher(options)
    }),
    maker("werkzeug_scrypt", SCRYPT, Some(1), |_, options| {
        super::flask::scrypt_hasher(options)
    }),
    maker("werkzeug_pbkdf2", ROUNDS, Some(1), |_, options| {
        super::flask::pbkdf2_hasher(options)
    }),
    maker("wordpress_bcrypt", ROUNDS, Some(4), wordpress),
    maker(
        "keycloak_argon2",
        &["rounds", "time_cost", "memory_cost", "parallelism"],
        None,
        |_, options| super::keycloak::keycloak_argon2(options),
    ),
    maker("keycloak_pbkdf2", ROUNDS, Some(1), |_, options| {
        super::keycloak::keycloak_pbkdf2(options)
    }),
    maker("aspnet_identity_v3", ROUNDS, Some(1), |_, options| {
        super::platforms::aspnet_v3(options)
    }),
    maker(
        "flask_security_hmac_argon2",
        &["rounds", "time_cost", "memory_cost", "parallelism", "password_salt"],
        None,
        flask_security_argon2,
    ),
    maker(
        "flask_security_hmac_bcrypt",
        &["rounds", "password_salt"],
        Some(4),
        flask_security,
    ),
    maker(
        "flask_security_hmac_pbkdf2_sha512",
        &["rounds", "password_salt"],
        Some(1),
        flask_security,
    ),
    maker("devise_bcrypt_pepper", &["rounds", "pepper"], Some(4), devise),
];

/// The scheme `inner` behind `prefix`, with these values where the options have none.
fn dressed(
    name: &'static str,
    options: &Options,
    (prefix, inner): (&'static str, &'static str),
    prepare: Option<Prepare>,
    defaults: &[(&str, &str)],
) -> Made {
    let mut inner_options = options.clone();
    for (option, value) in defaults {
        // passlib's `rounds` are Argon2's passes too.
        let said = options
            .get(option)
            .or_else(|| options.get("rounds").filter(|_| *option == "time_cost"));
        if said.is_none() {
            inner_options = inner_options.with(*option, *value);
        }
    }
    let line = families::line(name).ok_or(SchemeError::Unknown)?;
    // What it stands on makes new hashes as well.
    let registry = Registry(|name, options| Ok(Arc::new(current::make(name, options)?)));
    Ok(Arc::new(Dressed {
        reader: line.build(options, registry)?,
        prefix,
        prepare,
        inner: current::make(inner, &inner_options)?,
    }))
}

/// Django's `Argon2PasswordHasher` since 3.2.
fn django_argon2(name: &'static str, options: &Options) -> Made {
    let defaults = [("memory_cost", "102400"), ("time_cost", "2"), ("parallelism", "8")];
    dressed(name, options, ("argon2", "argon2"), None, &defaults)
}

fn django_bcrypt_sha256(name: &'static str, options: &Options) -> Made {
    let prepare = prepare::hex_digest(Function::Sha256);
    dressed(name, options, ("bcrypt_sha256$", "bcrypt"), Some(prepare), &[])
}

/// WordPress 6.8 and later; PHP writes `$2y$`.
fn wordpress(name: &'static str, options: &Options) -> Made {
    let defaults = [("rounds", "10"), ("ident", "2y")];
    dressed(name, options, ("$wp", "bcrypt"), Some(prepare::wordpress()), &defaults)
}

/// With the costs of its own Argon2.
fn flask_security_argon2(name: &'static str, options: &Options) -> Made {
    let defaults = [("memory_cost", "65536"), ("time_cost", "3"), ("parallelism", "4")];
    let prepare = prepare::flask_security(name, options)?;
    dressed(name, options, ("", "argon2"), Some(prepare), &defaults)
}

fn flask_security(name: &'static str, options: &Options) -> Made {
    let inner = if name.ends_with("_bcrypt") {
        "bcrypt"
    } else {
        "pbkdf2_sha512"
    };
    let prepare = prepare::flask_security(name, options)?;
    dressed(name, options, ("", inner), Some(prepare), &[])
}

fn devise(name: &'static str, options: &Options) -> Made {
    dressed(
        name,
        options,
        ("", "bcrypt"),
        Some(prepare::devise(options)?),
        &[("ident", "2a")],
    )
}
