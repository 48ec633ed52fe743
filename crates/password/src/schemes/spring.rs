//! Spring Security's `{id}` notations (`DelegatingPasswordEncoder`). The empty password never verifies.

use std::sync::Arc;

use base64::Engine as _;

use super::line::{Class, Line, Registry, line, over};
use crate::delegate::Prefixed;
use crate::encoding::{BASE64, base64, hex, is_base64, to_hex};
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::scrypt_cost::ScryptCost;
use crate::secret::{HashString, Password};
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    over("spring_bcrypt", Class::VerifyOnly, delegated),
    over("spring_argon2", Class::VerifyOnly, delegated),
    over("spring_argon2@SpringSecurity_v5_8", Class::VerifyOnly, delegated),
    over("spring_ldap", Class::Broken, delegated),
    line("spring_noop", Class::Broken, noop),
    line("spring_MD4", Class::Broken, message_digest),
    line("spring_MD5", Class::Broken, message_digest),
    line("spring_SHA-1", Class::Broken, message_digest),
    line("spring_SHA-256", Class::Broken, message_digest),
    line("spring_sha256", Class::Broken, standard),
    line("spring_pbkdf2", Class::VerifyOnly, pbkdf2),
    line("spring_pbkdf2@SpringSecurity_v5_8", Class::VerifyOnly, pbkdf2),
    line("spring_pbkdf2_custom", Class::Broken, pbkdf2_custom),
    line("spring_scrypt", Class::VerifyOnly, scrypt),
    line("spring_scrypt@SpringSecurity_v5_8", Class::VerifyOnly, scrypt),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// What others write, behind an id.
fn delegated(name: &'static str, _: &Options, registry: Registry) -> Made {
    let (prefix, kinds): (_, &[&str]) = match name {
        "spring_bcrypt" => ("{bcrypt}", &["bcrypt"]),
        "spring_argon2" => ("{argon2}", &["argon2"]),
        "spring_ldap" => ("{ldap}", &["ldap_salted_sha1", "ldap_sha1"]),
        _ => ("{argon2@SpringSecurity_v5_8}", &["argon2"]),
    };
    Ok(Arc::new(
        Prefixed::new(name, prefix, registry.schemes(kinds)?).without_empty_password(),
    ))
}

fn noop(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let text = stored.as_str().strip_prefix("{noop}").unwrap_or_default();
        Ok(equal(password, text.as_bytes()) && !password.is_empty())
    };
    let longest = Password::MAX_LEN.saturating_add(6);
    let reader = Reader::new(name, |text| text.starts_with("{noop}"), View::Whole, check).labelled("noop");
    Ok(Arc::new(reader.with_longest(longest)))
}

/// `{MD5}{salt}hex`: the digest of the password and of the salt with its braces.
fn message_digest(name: &'static str, _: &Options) -> Made {
    let (function, id, identify): (_, _, fn(&str) -> bool) = match name {
        "spring_MD4" => (Function::Md4, "{MD4}", |text| text.starts_with("{MD4}")),
        "spring_MD5" => (Function::Md5, "{MD5}", |text| text.starts_with("{MD5}")),
        "spring_SHA-1" => (Function::Sha1, "{SHA-1}", |text| text.starts_with("{SHA-1}")),
        _ => (Function::Sha256, "{SHA-256}", |text| text.starts_with("{SHA-256}")),
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let rest = stored.as_str().strip_prefix(id).unwrap_or_default();
        let (salt, digest) = match rest.rfind('}') {
            Some(end) if rest.starts_with('{') => rest.split_at_checked(end.saturating_add(1)).ok_or(Flaw::SaltSize)?,
            _ => ("", rest),
        };
        let computed = function.digest(&[password, salt.as_bytes()]);
        Ok(equal(&computed, &hex(digest)?) && !password.is_empty())
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).labelled(id.trim_start_matches('{')),
    ))
}

/// `{sha256}`: SHA-256 a thousand and twenty-four times over salt and password, in hexadecimal behind eight bytes of salt.
fn standard(name: &'static str, options: &Options) -> Made {
    let secret = options.get("secret").unwrap_or_default().to_owned();
    let check = move |stored: &HashString, password: &[u8]| {
        let bytes = hex(stored.as_str().strip_prefix("{sha256}").unwrap_or_default())?;
        let (salt, digest) = bytes.split_at_checked(8).ok_or(Flaw::SaltSize)?;
        let first = Function::Sha256.digest(&[salt, secret.as_bytes(), password]);
        let computed = (1..1024).fold(first, |digest, _| Function::Sha256.digest(&[&digest]));
        Ok(equal(&computed, digest) && !password.is_empty())
    };
    Ok(Arc::new(
        Reader::new(name, |text| text.starts_with("{sha256}"), View::Whole, check).labelled("sha256"),
    ))
}

/// Where the salt ends, how the key is made, how both are written.
#[derive(Clone)]
struct Pbkdf2 {
    prefix: &'static str,
    function: Function,
    rounds: u32,
    salt: usize,
    secret: String,
    base64: bool,
    /// The sizes that a key may have, in bytes.
    keys: [usize; 2],
}

impl Pbkdf2 {
    fn decode(&self, text: &str) -> Result<Vec<u8>, Fault> {
        let rest = text.strip_prefix(self.prefix).ok_or(Flaw::MissingField)?;
        let bytes = if self.base64 {
            base64(rest, &BASE64)?
        } else {
            hex(rest)?
        };
        let key = bytes.len().saturating_sub(self.salt);
        // A cut key is refused, as Spring does.
        if !self.keys.contains(&key) {
            return Err(Flaw::DigestSize.into());
        }
        Ok(bytes)
    }

    fn check(&self, stored: &HashString, password: &[u8]) -> Result<bool, Fault> {
        let bytes = self.decode(stored.as_str())?;
        let (salt, key) = bytes.split_at_checked(self.salt).ok_or(Flaw::SaltSize)?;
        let salt = [salt, self.secret.as_bytes()].concat();
        let computed = self.function.pbkdf2(password, &salt, self.rounds, key.len())?;
        Ok(equal(&computed, key) && !password.is_empty())
    }

    fn reader(self, name: &'static str, identify: fn(&str) -> bool) -> Reader {
        let twin = self.clone();
        let decoy = move |like: &HashString, seeded: &mut Seeded<'_>| {
            let bytes = seeded.bytes(twin.decode(like.as_str()).ok()?.len());
            let text = if twin.base64 {
                BASE64.encode(bytes)
            } else {
                to_hex(&bytes)
            };
            Some(format!("{}{text}", twin.prefix))
        };
        Reader::new(name, identify, View::Keyed, move |stored, password| {
            self.check(stored, password)
        })
        .with_decoy(decoy)
    }
}

/// The rounds stand in no text: they are those of the encoder of that id.
fn pbkdf2(name: &'static str, _: &Options) -> Made {
    let secret = String::new();
    Ok(Arc::new(if name == "spring_pbkdf2" {
        let (prefix, function, base64) = ("{pbkdf2}", Function::Sha1, false);
        let encoder = Pbkdf2 {
            prefix,
            function,
            rounds: 185_000,
            salt: 8,
            secret,
            base64,
            keys: [32; 2],
        };
        encoder.reader(name, |text| text.starts_with("{pbkdf2}"))
    } else {
        let (prefix, function, base64) = ("{pbkdf2@SpringSecurity_v5_8}", Function::Sha256, false);
        let encoder = Pbkdf2 {
            prefix,
            function,
            rounds: 310_000,
            salt: 16,
            secret,
            base64,
            keys: [32; 2],
        };
        encoder.reader(name, |text| text.starts_with("{pbkdf2@SpringSecurity_v5_8}"))
    }))
}

/// An encoder with settings of the application's own (`hash_width` in bits, as there); the text has no id.
fn pbkdf2_custom(name: &'static str, options: &Options) -> Made {
    let algorithm = options.required("algorithm")?;
    let function = algorithm.strip_prefix("PBKDF2WithHmac").unwrap_or(algorithm);
    let function = Function::named(function).map_err(|_| SchemeError::BadOption("algorithm"))?;
    let (rounds, salt) = (options.number("iterations")?, options.number("salt_length")?);
    let salt = usize::try_from(salt).ok().filter(|salt| *salt <= 64);
    // Spring's two defaults, of the encoder and of its algorithm.
    let keys = match options.get("hash_width") {
        None => [32, function.len()],
        Some(bits) => {
            let bytes = bits.parse::<usize>().ok().map(|bits| bits / 8);
            let sound = |bytes: &usize| (limits::SHORTEST_DIGEST..=limits::DIGEST).contains(bytes);
            [bytes.filter(sound).ok_or(SchemeError::BadOption("hash_width"))?; 2]
        }
    };
    let encoder = Pbkdf2 {
        prefix: "",
        function,
        rounds,
        salt: salt.ok_or(SchemeError::BadOption("salt_length"))?,
        secret: options.get("secret").unwrap_or_default().to_owned(),
        base64: options.get("encoding") == Some("base64"),
        keys,
    };
    let identify = |text: &str| (24..=limits::TEXT).contains(&text.len()) && is_base64(text);
    Ok(Arc::new(encoder.reader(name, identify)))
}

/// `{scrypt}$e0801$salt$key`: log2 N, r and p packed in hexadecimal.
fn scrypt(name: &'static str, _: &Options) -> Made {
    let (prefix, identify): (_, fn(&str) -> bool) = if name == "spring_scrypt" {
        ("{scrypt}", |text| text.starts_with("{scrypt}"))
    } else {
        ("{scrypt@SpringSecurity_v5_8}", |text| {
            text.starts_with("{scrypt@SpringSecurity_v5_8}")
        })
    };
    let parts = move |text: &str| -> Result<(ScryptCost, Vec<u8>, Vec<u8>), Fault> {
        let rest = text.strip_prefix(prefix).ok_or(Flaw::MissingField)?;
        let fields: Vec<&str> = rest.split('$').collect();
        let ["", cost, salt, key] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let cost = u32::from_str_radix(cost, 16).map_err(|_| Flaw::Number)?;
        let cost = ScryptCost::new(cost >> 16, cost >> 8 & 0xff, cost & 0xff)?;
        let (salt, key) = (base64(salt, &BASE64)?, base64(key, &BASE64)?);
        if !(limits::SHORTEST_DIGEST..=limits::DIGEST).contains(&key.len()) {
            return Err(Flaw::DigestSize.into());
        }
        Ok((cost, salt, key))
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let (cost, salt, key) = parts(stored.as_str())?;
        Ok(equal(&cost.digest(password, &salt, key.len())?, &key) && !password.is_empty())
    };
    let decoy = move |like: &HashString, seeded: &mut Seeded<'_>| {
        let (_, salt, key) = parts(like.as_str()).ok()?;
        let cost = like.as_str().split('$').nth(1)?;
        let (salt, key) = (
            BASE64.encode(seeded.bytes(salt.len())),
            BASE64.encode(seeded.bytes(key.len())),
        );
        Some(format!("{prefix}${cost}${salt}${key}"))
    };
    let memory = move |text: &str| parts(text).map_or(0, |(cost, ..)| cost.memory_kib());
    Ok(Arc::new(
        Reader::new(name, identify, View::Keyed, check)
            .labelled("scrypt")
            .with_decoy(decoy)
            .with_memory(memory),
    ))
}
