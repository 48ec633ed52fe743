//! Every scheme by its name: passlib's where passlib has one.

use std::sync::Arc;

use super::bcrypt::Bcrypt2x;
use super::line::{Class, Registry};
use super::maker::Maker;
use super::pbkdf2::Pbkdf2Sha1;
use super::{current, families, frameworks};
use crate::marker::Disabled;
use crate::options::{Options, SchemeError};
use crate::scheme::{Broken, Hasher, Scheme};
use crate::wrapped::Wrapped;

/// The names that [`hasher`] knows, the recommended one first.
pub const HASHERS: &[&str] = &[
    "argon2",
    "bcrypt",
    "bcrypt_sha256",
    "scrypt",
    "pbkdf2_sha256",
    "pbkdf2_sha512",
    "django_pbkdf2_sha256",
    "django_argon2",
    "django_bcrypt_sha256",
    "django_scrypt",
    "werkzeug_scrypt",
    "werkzeug_pbkdf2",
    "wordpress_bcrypt",
    "keycloak_argon2",
    "keycloak_pbkdf2",
    "aspnet_identity_v3",
];

/// Other names for schemes: frameworks that write another one's notation and nothing of their own.
const ALIASES: &[(&str, &str)] = &[
    ("php_password_argon2", "argon2"),
    ("pwdlib_argon2", "argon2"),
    ("laravel_argon2id", "argon2"),
    ("php_password_bcrypt", "bcrypt"),
    ("pwdlib_bcrypt", "bcrypt"),
    ("rails_bcrypt", "bcrypt"),
    ("laravel_bcrypt", "bcrypt"),
    ("htpasswd_bcrypt", "bcrypt"),
    ("scrypt_7", "scrypt"),
    ("htpasswd_sha256_crypt", "sha256_crypt"),
    ("htpasswd_sha512_crypt", "sha512_crypt"),
    ("htpasswd_sha1", "ldap_sha1"),
    ("django_crypt", "django_des_crypt"),
    ("wordpress_md5", "hex_md5"),
    ("wordpress_phpass", "phpass"),
    ("phpbb_phpass", "phpass"),
];

/// A scheme of the registry, by what it may be used for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Named {
    /// May make new hashes: [`Passwords::new`](crate::Passwords::new), [`Passwords::accept`](crate::Passwords::accept).
    Current(Arc<dyn Hasher>),
    /// Reads, and is upgraded: [`Passwords::accept`](crate::Passwords::accept).
    VerifyOnly(Arc<dyn Scheme>),
    /// Reads only where it was asked for: [`Passwords::accept_broken`](crate::Passwords::accept_broken).
    Broken(Broken),
    /// Never verifies: [`Passwords::accept_disabled`](crate::Passwords::accept_disabled).
    Disabled(Disabled),
}

/// The scheme of this name, with what it must be told.
///
/// ```
/// use portcullis_password::schemes::{self, Named};
/// use portcullis_password::{Options, Passwords, SchemeError};
///
/// let passwords = Passwords::recommended();
/// // 32 hexadecimal digits may be many things: only the operator knows.
/// let Ok(Named::Broken(md5)) = schemes::named("hex_md5", &Options::new()) else { unreachable!() };
/// let passwords = passwords.accept_broken(md5);
/// assert!(matches!(schemes::named("htdigest", &Options::new()), Err(SchemeError::MissingOption("realm"))));
/// ```
///
/// # Errors
/// No such scheme, or an option that is missing or no good.
pub fn named(name: &str, options: &Options) -> Result<Named, SchemeError> {
    let name = ALIASES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map_or(name, |(_, name)| name);
    if let Some(maker) = maker(name) {
        return maker.make(options).map(Named::Current);
    }
    let own: Arc<dyn Scheme> = match name {
        "bcrypt_2x" => Arc::new(Bcrypt2x),
        "pbkdf2_sha1" => Arc::new(Pbkdf2Sha1),
        "wrapped" => Wrapped::reader(|name| inner(name, &Options::new()).ok()),
        _ => {
            let line = families::line(name).ok_or(SchemeError::Unknown)?;
            let scheme = line.build(options, Registry(inner))?;
            return Ok(match line.class {
                Class::VerifyOnly => Named::VerifyOnly(scheme),
                Class::Broken => Named::Broken(Broken::new(scheme)),
                Class::Disabled => Named::Disabled(Disabled::new(scheme)),
            });
        }
    };
    Ok(Named::VerifyOnly(own))
}

/// The names of all schemes that [`named`] knows, aliases aside.
pub fn names() -> impl Iterator<Item = &'static str> {
    let families = families::lines().map(|line| line.name);
    HASHERS
        .iter()
        .copied()
        .chain(["bcrypt_2x", "pbkdf2_sha1", "wrapped"])
        .chain(families.filter(|name| !HASHERS.contains(name)))
}

/// A scheme for another one to stand on, whatever its class.
pub(crate) fn inner(name: &str, options: &Options) -> Result<Arc<dyn Scheme>, SchemeError> {
    Ok(match named(name, options)? {
        Named::Current(hasher) => Arc::new(hasher),
        Named::VerifyOnly(scheme) => scheme,
        Named::Broken(broken) => broken.into_inner(),
        Named::Disabled(disabled) => disabled.into_inner(),
    })
}

/// What makes new hashes under this name.
pub(crate) fn maker(name: &str) -> Option<&'static Maker> {
    current::MAKERS
        .iter()
        .chain(frameworks::MAKERS)
        .find(|maker| maker.name == name)
}

/// The scheme of that name with its default cost, for use as the current one.
///
/// `None`: no such scheme, or one that only verifies.
///
/// ```
/// use portcullis_password::{Passwords, schemes};
///
/// let bcrypt = schemes::hasher("bcrypt").map(Passwords::new);
/// assert!(bcrypt.is_some());
/// assert!(schemes::hasher("bcrypt_2x").is_none());
/// ```
#[must_use]
pub fn hasher(name: &str) -> Option<Arc<dyn Hasher>> {
    maker(name)?.make(&Options::new()).ok()
}

/// Every scheme of this crate that is sound enough to be accepted without being asked for, and needs no option.
pub(crate) fn sound() -> impl Iterator<Item = Named> {
    let made = names().filter_map(|name| named(name, &Options::new()).ok());
    made.filter(|scheme| matches!(scheme, Named::Current(_) | Named::VerifyOnly(_)))
}
