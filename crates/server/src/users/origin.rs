//! Which hashes are read and which are made for users that another application owns: it must read what we write.

use portcullis_core::password::{Passwords, Policy};

use crate::config::Settings;
use crate::failure::{OrFail as _, Outcome};

/// What Django reads with its default settings, and the marker of users who have no password.
const DJANGO: &[&str] = &[
    "django_pbkdf2_sha256",
    "django_pbkdf2_sha1",
    "django_argon2",
    "django_bcrypt_sha256",
    "django_bcrypt",
    "django_scrypt",
    "django_unusable",
];

/// The context of a deployment.
pub(crate) fn passwords(settings: &Settings) -> Outcome<Passwords> {
    let framework = settings.users.as_ref().and_then(|users| users.framework.as_deref());
    let policy = match framework {
        Some("django") => Policy::new()
            .with("schemes", DJANGO.iter().copied())
            .with("django_pbkdf2_sha256__min_rounds", ["1000000"]),
        _ => return Ok(Passwords::recommended()),
    };
    let built = policy.passwords(None);
    built.or_fail("the passwords of the other application cannot be read", "")
}
