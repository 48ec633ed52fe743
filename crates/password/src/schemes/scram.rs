//! What a server keeps for SCRAM (RFC 5802): passlib's, PostgreSQL's and Dovecot's notations.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;

use super::line::{Class, Line, line};
use crate::encoding::{BASE64, base64};
use crate::error::Flaw;
use crate::function::Function;
use crate::notation::{AB64, number};
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    line("scram", Class::VerifyOnly, scram),
    line("postgres_scram_sha256", Class::VerifyOnly, server_keys),
    line("dovecot_scram_sha_1", Class::VerifyOnly, server_keys),
    line("dovecot_scram_sha_256", Class::VerifyOnly, server_keys),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// SASLprep (RFC 4013); `None` where it refuses the text, or the bytes are none.
fn prepared(password: &[u8]) -> Option<Cow<'_, str>> {
    stringprep::saslprep(std::str::from_utf8(password).ok()?).ok()
}

/// IANA's names, the only ones that passlib reads.
const NAMES: [&str; 7] = ["md4", "md5", "sha-1", "sha-224", "sha-256", "sha-384", "sha-512"];

/// The functions in the order in which one is chosen.
const FUNCTIONS: [(&str, Function); 5] = [
    ("sha-256", Function::Sha256),
    ("sha-512", Function::Sha512),
    ("sha-224", Function::Sha224),
    ("sha-384", Function::Sha384),
    ("sha-1", Function::Sha1),
];

struct Scram {
    rounds: u32,
    salt: Vec<u8>,
    function: Function,
    digest: Vec<u8>,
}

impl Scram {
    fn parse(text: &str) -> Result<Self, Fault> {
        let fields: Vec<&str> = text.strip_prefix("$scram$").unwrap_or_default().split('$').collect();
        let [rounds, salt, digests] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let mut found: Vec<(Function, Vec<u8>)> = Vec::new();
        for pair in digests.split(',') {
            let (name, digest) = pair.split_once('=').ok_or(Flaw::MissingParameter)?;
            let digest = base64(digest, &AB64)?;
            let function = Function::named(name)?;
            if !NAMES.contains(&name) {
                return Err(Flaw::Algorithm.into());
            }
            if found.iter().any(|(known, _)| *known == function) {
                return Err(Flaw::DoubledParameter.into());
            }
            if digest.len() != function.len() {
                return Err(Flaw::DigestSize.into());
            }
            found.push((function, digest));
        }
        // Every notation has this one (passlib demands it).
        if !found.iter().any(|(function, _)| *function == Function::Sha1) {
            return Err(Flaw::MissingParameter.into());
        }
        let best = FUNCTIONS
            .iter()
            .find_map(|(_, wanted)| found.iter().find(|(function, _)| function == wanted));
        let (function, digest) = best.cloned().ok_or(Flaw::Algorithm)?;
        let (rounds, salt) = (number(rounds)?, base64(salt, &AB64)?);
        function.check_rounds(rounds, digest.len())?;
        Ok(Self {
            rounds,
            salt,
            function,
            digest,
        })
    }
}

/// The text that is hashed; `None` where there is none.
fn scram_text(password: &[u8]) -> Option<Vec<u8>> {
    // RFC 4013 has this character in both of its tables: passlib drops it, PostgreSQL makes it a space.
    let text = std::str::from_utf8(password).ok()?.replace('\u{200b}', "");
    prepared(text.as_bytes()).map(|text| text.into_owned().into_bytes())
}

/// `$scram$rounds$salt$sha-1=digest,sha-256=digest`: the strongest is compared.
fn scram(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let parsed = Scram::parse(stored.as_str())?;
        let Some(password) = scram_text(password) else {
            return Ok(false);
        };
        let computed = parsed
            .function
            .pbkdf2(&password, &parsed.salt, parsed.rounds, parsed.digest.len())?;
        Ok(equal(&computed, &parsed.digest))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let parsed = Scram::parse(like.as_str()).ok()?;
        let salt = AB64.encode(seeded.bytes(parsed.salt.len()));
        let sha1 = AB64.encode(seeded.bytes(20));
        let rest = FUNCTIONS
            .iter()
            .find(|(_, function)| *function == parsed.function && *function != Function::Sha1);
        let rest = rest.map(|(name, function)| format!(",{name}={}", AB64.encode(seeded.bytes(function.len()))));
        Some(format!(
            "$scram${}${salt}$sha-1={sha1}{}",
            parsed.rounds,
            rest.unwrap_or_default()
        ))
    };
    Ok(Arc::new(
        Reader::new(
            name,
            |text| text.starts_with("$scram$"),
            View::of(|_, password| scram_text(password)),
            check,
        )
        .beginning(b"$")
        .with_decoy(decoy),
    ))
}

/// The keys of a server: rounds, salt, `StoredKey`, `ServerKey`.
struct ServerKeys {
    rounds: u32,
    salt: Vec<u8>,
    stored: Vec<u8>,
    server: Vec<u8>,
}

/// How the four are separated, and of which function they are.
#[derive(Clone, Copy)]
struct Spelling {
    prefix: &'static str,
    separators: [char; 3],
    function: Function,
}

impl Spelling {
    fn parse(self, text: &str) -> Result<ServerKeys, Fault> {
        let rest = text.strip_prefix(self.prefix).ok_or(Flaw::MissingField)?;
        let [first, second, third] = self.separators;
        let (rounds, rest) = rest.split_once(first).ok_or(Flaw::MissingField)?;
        let (salt, rest) = rest.split_once(second).ok_or(Flaw::MissingField)?;
        let (stored, server) = rest.split_once(third).ok_or(Flaw::MissingField)?;
        let keys = ServerKeys {
            rounds: number(rounds)?,
            salt: base64(salt, &BASE64)?,
            stored: base64(stored, &BASE64)?,
            server: base64(server, &BASE64)?,
        };
        if keys.stored.len() != self.function.len() || keys.server.len() != self.function.len() {
            return Err(Flaw::DigestSize.into());
        }
        self.function.check_rounds(keys.rounds, self.function.len())?;
        Ok(keys)
    }

    fn check(self, keys: &ServerKeys, password: &[u8]) -> Result<bool, Fault> {
        let salted = self
            .function
            .pbkdf2(password, &keys.salt, keys.rounds, self.function.len())?;
        let client = self.function.hmac(&salted, &[b"Client Key"])?;
        let stored = equal(&self.function.digest(&[&client]), &keys.stored);
        let server = equal(&self.function.hmac(&salted, &[b"Server Key"])?, &keys.server);
        Ok(stored & server)
    }
}

/// PostgreSQL takes as it is what SASLprep refuses. NULs at the end would not count in any case.
fn postgres_text(password: &[u8]) -> Vec<u8> {
    let mut text = prepared(password).map_or_else(|| password.to_vec(), |text| text.into_owned().into_bytes());
    text.truncate(
        text.iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last.saturating_add(1)),
    );
    text
}

/// Whose notation it is, and how its texts are known.
fn spelling(name: &str) -> (Spelling, fn(&str) -> bool) {
    match name {
        "postgres_scram_sha256" => (
            Spelling {
                prefix: "SCRAM-SHA-256$",
                separators: [':', '$', ':'],
                function: Function::Sha256,
            },
            |text| text.starts_with("SCRAM-SHA-256$"),
        ),
        "dovecot_scram_sha_1" => (
            Spelling {
                prefix: "{SCRAM-SHA-1}",
                separators: [','; 3],
                function: Function::Sha1,
            },
            |text| text.starts_with("{SCRAM-SHA-1}"),
        ),
        _ => (
            Spelling {
                prefix: "{SCRAM-SHA-256}",
                separators: [','; 3],
                function: Function::Sha256,
            },
            |text| text.starts_with("{SCRAM-SHA-256}"),
        ),
    }
}

fn server_keys(name: &'static str, _: &Options) -> Made {
    let (spelling, identify) = spelling(name);
    let dovecot = spelling.prefix.starts_with('{');
    let check = move |stored: &HashString, password: &[u8]| {
        let keys = spelling.parse(stored.as_str())?;
        // Dovecot prepares nothing.
        if dovecot {
            spelling.check(&keys, password)
        } else {
            spelling.check(&keys, &postgres_text(password))
        }
    };
    let view = if dovecot {
        View::Keyed
    } else {
        View::of(|_, password| Some(postgres_text(password)))
    };
    let decoy = move |like: &HashString, seeded: &mut Seeded<'_>| {
        let keys = spelling.parse(like.as_str()).ok()?;
        let [first, second, third] = spelling.separators;
        let mut bytes = |len: usize| BASE64.encode(seeded.bytes(len));
        let (salt, stored, server) = (
            bytes(keys.salt.len()),
            bytes(keys.stored.len()),
            bytes(keys.server.len()),
        );
        let Spelling { prefix, .. } = spelling;
        Some(format!(
            "{prefix}{}{first}{salt}{second}{stored}{third}{server}",
            keys.rounds
        ))
    };
    Ok(Arc::new(
        Reader::new(name, identify, view, check)
            .beginning(b"S{")
            .with_decoy(decoy),
    ))
}
