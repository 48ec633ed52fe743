//! The applications whose users may be shared: what they ever stored is read, and what is written they can read.

use std::fmt;
use std::str::FromStr;

use crate::context::Passwords;
use crate::policy::{Policy, PolicyError};

/// A framework with user tables of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// `django.contrib.auth` of any version.
    Django,
    /// Flask with Werkzeug's `generate_password_hash`.
    Flask,
    /// Flask-Security(-Too), whose `SECURITY_PASSWORD_SALT` must be told.
    FlaskSecurity,
    /// FastAPI-Users, and FastAPI's tutorial with pwdlib.
    FastApiUsers,
    /// Laravel, and PHP's `password_hash`.
    Laravel,
    /// Devise for Ruby on Rails, with or without a pepper.
    Devise,
    /// WordPress 6.8 and later.
    WordPress,
    /// WordPress before 6.8, which does not read what 6.8 writes; what is written is read by all of them.
    WordPressBefore68,
    /// Keycloak 24 and later.
    Keycloak,
    /// ASP.NET Core Identity.
    AspNet,
}

/// The names of an origin's schemes, the one for new hashes first, and what else its policy says.
struct Line {
    origin: Origin,
    name: &'static str,
    schemes: &'static [&'static str],
    settings: &'static [(&'static str, &'static str)],
}

const LINES: &[Line] = &[
    Line {
        origin: Origin::Django,
        name: "django",
        schemes: &[
            "django_pbkdf2_sha256",
            "django_pbkdf2_sha1",
            "django_argon2",
            "django_bcrypt_sha256",
            "django_bcrypt",
            "django_scrypt",
            "django_unusable",
            // Of Django before 1.4: whoever names the framework names them, and they are upgraded at once.
            "django_salted_sha1",
            "django_salted_md5",
            "django_unsalted_sha1",
            "django_unsalted_md5",
            "django_des_crypt",
        ],
        // Those of Django 5.2. Its older Argon2 and bcrypt are left alone: they are not weaker than PBKDF2.
        settings: &[
            ("django_pbkdf2_sha256__rounds", "1000000"),
            ("django_argon2__memory_cost", "512"),
            ("django_scrypt__parallelism", "1"),
            ("deprecated", "django_pbkdf2_sha1"),
        ],
    },
    Line {
        origin: Origin::Flask,
        name: "flask",
        schemes: &["werkzeug_scrypt", "werkzeug_pbkdf2", "werkzeug_salted_hmac"],
        settings: &[("werkzeug_pbkdf2__min_rounds", "600000")],
    },
    Line {
        origin: Origin::FlaskSecurity,
        name: "flask-security",
        schemes: &[
            "flask_security_hmac_argon2",
            "flask_security_hmac_bcrypt",
            "flask_security_hmac_pbkdf2_sha512",
            "flask_security_hmac_pbkdf2_sha256",
            "flask_security_hmac_sha512_crypt",
        ],
        settings: &[("flask_security_hmac_bcrypt__min_rounds", "12")],
    },
    Line {
        origin: Origin::FastApiUsers,
        name: "fastapi-users",
        schemes: &["argon2", "bcrypt"],
        settings: &[
            ("argon2__memory_cost", "65536"),
            ("argon2__time_cost", "3"),
            ("argon2__parallelism", "4"),
            ("deprecated", "bcrypt"),
        ],
    },
    Line {
        origin: Origin::Laravel,
        name: "laravel",
        schemes: &["bcrypt", "argon2"],
        settings: &[("bcrypt__ident", "2y"), ("bcrypt__rounds", "12")],
    },
    Line {
        origin: Origin::Devise,
        name: "devise",
        schemes: &["bcrypt"],
        settings: &[("bcrypt__ident", "2a"), ("bcrypt__rounds", "12")],
    },
    Line {
        origin: Origin::WordPress,
        name: "wordpress",
        schemes: &["wordpress_bcrypt", "bcrypt", "phpass", "hex_md5"],
        settings: &[
            ("wordpress_bcrypt__rounds", "10"),
            ("deprecated", "bcrypt"),
            ("all__form", "wordpress"),
        ],
    },
    Line {
        origin: Origin::WordPressBefore68,
        name: "wordpress-before-6.8",
        schemes: &["bcrypt", "wordpress_bcrypt", "phpass", "hex_md5"],
        // phpass hands what is not its own to PHP's crypt(), which reads `$2y$`.
        settings: &[
            ("bcrypt__ident", "2y"),
            ("bcrypt__rounds", "10"),
            ("wordpress_bcrypt__rounds", "10"),
            ("all__form", "wordpress"),
        ],
    },
    Line {
        origin: Origin::Keycloak,
        name: "keycloak",
        schemes: &["keycloak_argon2", "keycloak_pbkdf2", "keycloak_bcrypt", "bcrypt"],
        settings: &[("deprecated", "auto")],
    },
    Line {
        origin: Origin::AspNet,
        name: "asp-net",
        schemes: &["aspnet_identity_v3", "aspnet_identity_v2"],
        settings: &[("aspnet_identity_v3__rounds", "100000")],
    },
];

impl Origin {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        LINES.iter().map(|line| line.origin)
    }

    /// What it is called in a configuration: `flask-security`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.line().map_or("", |line| line.name)
    }

    /// The policy that reads what the origin stores with its default settings and writes what it reads. `secret` is what
    /// the application keeps beside the database: Flask-Security's `SECURITY_PASSWORD_SALT`, Devise's pepper.
    ///
    /// ```
    /// use portcullis_password::{HashString, Origin, Password, Verdict};
    ///
    /// let passwords = Origin::WordPress.policy(None).passwords(None).expect("a sound policy");
    /// let stored = HashString::new("$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0");
    /// let verdict = passwords.verify(&Password::from("test12345"), Some(&stored)).expect("a sound hash");
    /// assert_eq!(verdict, Verdict::Outdated);
    /// assert!(passwords.hash(&Password::from("test12345")).unwrap().as_str().starts_with("$wp$2y$10$"));
    /// ```
    #[must_use]
    pub fn policy(self, secret: Option<&str>) -> Policy {
        let Some(line) = self.line() else {
            return Policy::new();
        };
        let mut schemes = line.schemes.to_vec();
        let mut policy = Policy::new();
        for (key, value) in line.settings {
            policy = policy.with(*key, [*value]);
        }
        match (self, secret) {
            (Self::FlaskSecurity, Some(secret)) => {
                for scheme in line.schemes {
                    policy = policy.with(format!("{scheme}__password_salt"), [secret]);
                }
            }
            (Self::Devise, Some(pepper)) => {
                schemes.insert(0, "devise_bcrypt_pepper");
                schemes.retain(|scheme| *scheme != "bcrypt");
                policy = Policy::new()
                    .with("devise_bcrypt_pepper__pepper", [pepper])
                    .with("devise_bcrypt_pepper__rounds", ["12"]);
            }
            _ => {}
        }
        policy.with("schemes", schemes)
    }

    /// The context of [`Origin::policy`].
    ///
    /// # Errors
    /// The secret is missing where there is no reading without it (Flask-Security).
    pub fn passwords(self, secret: Option<&str>) -> Result<Passwords, PolicyError> {
        self.policy(secret).passwords(None)
    }

    fn line(self) -> Option<&'static Line> {
        LINES.iter().find(|line| line.origin == self)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no origin of this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownOrigin;

impl fmt::Display for UnknownOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no such framework; known are ")?;
        let names: Vec<&str> = LINES.iter().map(|line| line.name).collect();
        f.write_str(&names.join(", "))
    }
}

impl std::error::Error for UnknownOrigin {}

impl FromStr for Origin {
    type Err = UnknownOrigin;

    fn from_str(name: &str) -> Result<Self, UnknownOrigin> {
        let line = LINES.iter().find(|line| line.name == name);
        line.map(|line| line.origin).ok_or(UnknownOrigin)
    }
}

#[cfg(test)]
mod tests;
