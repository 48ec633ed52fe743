//! `hash`: stored passwords, made and looked at.

use clap::{Args, Subcommand, ValueEnum};
use portcullis_core::password::{HashError, Verdict, schemes};
use portcullis_core::{HashString, Passwords};
use serde_json::json;

use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::secrets;
use crate::shown::Shown;

mod audit;
mod breached;
mod explain;
mod wrap;

/// Make, verify and identify password hashes
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_help = "Passwords are asked for without echo, or read from standard input; never given as arguments.")]
pub(crate) struct Hash {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Hash a password
    #[command(after_help = "Examples:\n  portcullis hash create\n  \
        printf '%s\\n' \"$PASSWORD\" | portcullis hash create --scheme bcrypt")]
    Create {
        /// How it is hashed
        #[arg(long, value_enum, default_value_t = SchemeName::Argon2)]
        scheme: SchemeName,
    },
    /// Say whether a password matches a stored hash; the exit code is 1 if it does not
    #[command(
        after_help = "Example:\n  portcullis hash verify '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW'"
    )]
    Verify {
        /// The stored hash (in single quotes, since it has dollar signs)
        hash: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say which scheme a stored hash is of, and whether it should be replaced
    #[command(
        after_help = "Example:\n  portcullis hash identify '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW'"
    )]
    Identify {
        /// The stored hash (in single quotes); without it, it is read from standard input
        hash: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Count the users of a table by scheme and cost, with a bar chart of how strong that is
    #[command(
        after_help = "Examples:\n  portcullis hash audit\n  portcullis hash audit users.csv --column pw\n  \
        portcullis hash audit postgres://app@db.example/app\n  \
        portcullis hash audit sqlite:app.db --table members --column pw_hash\n\n\
        Nothing is written. A database of a known framework needs no names."
    )]
    Audit(Box<audit::Audit>),
    /// Put Argon2id over fast, unsalted and other weak digests; their users log in as before
    #[command(
        after_help = "Examples:\n  portcullis hash wrap --dry-run\n  portcullis hash wrap --scheme hex_md5\n\n\
        Passwords are not needed. The server may run meanwhile, and a run that was stopped is run again.\n\
        Each hash becomes a plain Argon2id one at its user's next login."
    )]
    Wrap(wrap::Wrap),
    /// Make the file of breached passwords that `breached_passwords` names, or ask it
    #[command(subcommand)]
    Breached(breached::Breached),
    /// Say in words what a stored value is: scheme, framework, cost, strength, or what is wrong with it
    #[command(
        after_help = "Example:\n  portcullis hash explain '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW'"
    )]
    Explain {
        /// The stored value (in single quotes); without it, it is read from standard input
        hash: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// A scheme that makes new hashes.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemeName {
    /// Argon2id with 19 MiB, 2 passes, 1 lane: the one to take
    Argon2,
    /// bcrypt with cost 12, for stores that others read
    Bcrypt,
    /// scrypt
    Scrypt,
    /// PBKDF2 with HMAC-SHA-256
    Pbkdf2Sha256,
}

impl SchemeName {
    fn context(self) -> Result<Passwords, HashError> {
        let passwords = Passwords::recommended();
        Ok(match self {
            Self::Argon2 => passwords,
            Self::Bcrypt => passwords.with_current(schemes::Bcrypt::default()),
            Self::Scrypt => passwords.with_current(schemes::Scrypt::default()),
            Self::Pbkdf2Sha256 => passwords.with_current(schemes::Pbkdf2Sha256::default()),
        })
    }
}

impl Hash {
    pub(crate) async fn run(self) -> Outcome {
        match self.what {
            What::Create { scheme } => create(scheme),
            What::Audit(audit) => audit.run().await,
            What::Wrap(wrap) => wrap.run().await,
            What::Breached(breached) => breached.run(),
            What::Verify { hash, json } => verify(&HashString::new(hash), json),
            What::Identify { hash, json } => {
                let hash = match hash {
                    Some(hash) => hash.into(),
                    None => secrets::first_line()?,
                };
                identify(&HashString::new(hash.trim()), json)
            }
            What::Explain { hash, json } => {
                let hash = match hash {
                    Some(hash) => hash.into(),
                    None => secrets::first_line()?,
                };
                explain::run(&HashString::new(hash.as_str()), json)
            }
        }
    }
}

fn create(scheme: SchemeName) -> Outcome {
    let what = "the password cannot be hashed";
    let passwords = scheme.context().or_fail(what, "")?;
    let password = secrets::new_password("Password")?;
    let hash = passwords
        .hash(&password)
        .or_fail(what, "Choose another password, or another --scheme.")?;
    say(hash.as_str())
}

fn verify(hash: &HashString, json: bool) -> Outcome {
    let passwords = Passwords::recommended();
    if passwords.identify(hash).is_none() {
        return Err(unknown());
    }
    let password = secrets::password("Password")?;
    let remedy = "Check that the hash is whole and stands in single quotes.";
    let verdict = passwords
        .verify(&password, Some(hash))
        .or_fail("the hash cannot be verified", remedy)?;
    let matches = verdict != Verdict::Mismatch;
    if json {
        say_json(&json!({ "matches": matches, "needs_update": passwords.needs_update(hash) }))?;
    } else if matches {
        say("The password matches.")?;
    }
    if matches {
        Ok(())
    } else {
        Err(Failure::new("the password does not match", ""))
    }
}

fn identify(hash: &HashString, json: bool) -> Outcome {
    let passwords = Passwords::recommended();
    let Some(scheme) = passwords.identify(hash) else {
        return Err(unknown());
    };
    let needs_update = passwords.needs_update(hash);
    if json {
        return say_json(&json!({ "scheme": scheme, "needs_update": needs_update }));
    }
    let advice = if needs_update {
        "is replaced at the next good login"
    } else {
        "is as good as a new one"
    };
    say(Shown::sheet(&[
        ("scheme", scheme.to_owned()),
        ("hash", advice.to_owned()),
    ]))
}

fn unknown() -> Failure {
    Failure::new(
        "this is a hash of no scheme that is known here",
        "Put it in single quotes: a shell takes `$2b$12$…` in double quotes apart.",
    )
}
