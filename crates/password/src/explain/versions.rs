//! Which version of a framework writes a cost by default.

use super::cost::Cost;

/// Rounds, and the first version with that default (`PBKDF2PasswordHasher.iterations`).
const DJANGO: &[(u64, &str)] = &[
    (10_000, "Django 1.4 or 1.5"),
    (12_000, "Django 1.6"),
    (15_000, "Django 1.7"),
    (20_000, "Django 1.8"),
    (24_000, "Django 1.9"),
    (30_000, "Django 1.10"),
    (36_000, "Django 1.11"),
    (100_000, "Django 2.0"),
    (120_000, "Django 2.1"),
    (150_000, "Django 2.2"),
    (180_000, "Django 3.0"),
    (216_000, "Django 3.1"),
    (260_000, "Django 3.2"),
    (320_000, "Django 4.0"),
    (390_000, "Django 4.1"),
    (600_000, "Django 4.2"),
    (720_000, "Django 5.0"),
    (870_000, "Django 5.1"),
    (1_000_000, "Django 5.2"),
    (1_200_000, "Django 6.0"),
];

/// The same of `werkzeug.security.DEFAULT_PBKDF2_ITERATIONS`.
const WERKZEUG: &[(u64, &str)] = &[
    (1_000, "Werkzeug 0.9 or 0.10"),
    (50_000, "Werkzeug 0.12 to 0.15"),
    (150_000, "Werkzeug 0.16 or 1.0"),
    (260_000, "Werkzeug 2.0 to 2.2"),
    (600_000, "Werkzeug 2.3 or 3.0"),
    (1_000_000, "Werkzeug 3.1"),
];

/// The version whose default this is, where the cost tells one.
pub(super) fn version(scheme: &str, text: &str, cost: Option<&Cost>) -> Option<&'static str> {
    let of = |table: &[(u64, &'static str)], rounds: u64| {
        table
            .iter()
            .find(|(known, _)| *known == rounds)
            .map(|(_, version)| *version)
    };
    match (scheme, cost?) {
        ("django_pbkdf2_sha256" | "django_pbkdf2_sha1", Cost::Pbkdf2 { rounds, .. }) => of(DJANGO, *rounds),
        ("werkzeug_pbkdf2", Cost::Pbkdf2 { rounds, .. }) => of(WERKZEUG, *rounds),
        ("django_argon2", _) if text.starts_with("argon2$argon2i$") => Some("Django 1.10 to 3.1"),
        ("django_argon2", _) => Some("Django 3.2 or later"),
        ("django_scrypt", Cost::Scrypt { p: 1, .. }) => Some("Django 4.0 to 5.0"),
        ("django_scrypt", Cost::Scrypt { p: 5, .. }) => Some("Django 5.1 or later"),
        ("bcrypt", Cost::Bcrypt(cost)) if text.starts_with("$2y$") => match cost {
            10 => Some("PHP before 8.4, Laravel before 11"),
            12 => Some("PHP 8.4 or later, Laravel 11 or later"),
            _ => None,
        },
        (
            "argon2",
            Cost::Argon2 {
                memory_kib: 65_536,
                passes: 3,
                lanes: 4,
            },
        ) => Some("the defaults of argon2-cffi, pwdlib and passlib"),
        (
            "argon2",
            Cost::Argon2 {
                memory_kib: 65_536,
                passes: 4,
                lanes: 1,
            },
        ) => Some("the defaults of PHP and Laravel"),
        (
            "argon2",
            Cost::Argon2 {
                memory_kib: 19_456,
                passes: 2,
                lanes: 1,
            },
        ) => Some("the defaults of Portcullis and of RustCrypto"),
        ("aspnet_identity_v3", Cost::Pbkdf2 { rounds: 10_000, .. }) => Some("ASP.NET Core before .NET 7"),
        ("aspnet_identity_v3", Cost::Pbkdf2 { rounds: 100_000, .. }) => Some(".NET 7 or later"),
        _ => None,
    }
}
