//! Gitea's and Forgejo's hashes: the text is the key alone, the column beside it names the algorithm with its cost, and a
//! third one holds the salt (`modules/auth/password/hash` of both). Its bcrypt is the usual text and needs none of them.

use std::sync::Arc;

use base64::Engine as _;

use super::line::{Class, Line, Registry, over};
use crate::encoding::{hex, is_hex, to_hex};
use crate::error::{Flaw, HashError};
use crate::function::Function;
use crate::limits;
use crate::notation::{PHC, number};
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::scrypt_cost::ScryptCost;
use crate::secret::{HashString, Password};
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[over("gitea_pbkdf2", Class::Broken, gitea)];

/// What an empty column means: that of its first versions.
const FIRST: &str = "pbkdf2";

/// An algorithm and its cost.
enum Cost {
    Pbkdf2(u32),
    Scrypt(ScryptCost),
    Argon2 { memory_kib: u32, passes: u32, lanes: u32 },
}

/// `pbkdf2$50000$50`, `scrypt$65536$16$2$50`, `argon2$2$65536$8$50`; what stands without numbers has those of the first
/// versions, which never change. The last one is the length of the key, in bytes.
fn cost(stored: &HashString) -> Result<(Cost, usize), Fault> {
    let algorithm = stored.algorithm().filter(|name| !name.is_empty()).unwrap_or(FIRST);
    let fields: Vec<&str> = algorithm.split('$').collect();
    let argon2 = |memory_kib, passes, lanes| Cost::Argon2 {
        memory_kib,
        passes,
        lanes,
    };
    let (cost, len) = match fields.as_slice() {
        ["pbkdf2" | "pbkdf2_v1"] => (Cost::Pbkdf2(10_000), 50),
        ["pbkdf2_v2"] => (Cost::Pbkdf2(50_000), 50),
        ["pbkdf2_hi"] => (Cost::Pbkdf2(320_000), 50),
        ["pbkdf2", rounds, len] => (Cost::Pbkdf2(number(rounds)?), number(len)?),
        ["scrypt"] => (Cost::Scrypt(ScryptCost::of_n(1 << 16, 16, 2)?), 50),
        ["scrypt", n, r, p, len] => {
            let cost = ScryptCost::of_n(number(n)?, number(r)?, number(p)?)?;
            (Cost::Scrypt(cost), number(len)?)
        }
        ["argon2"] => (argon2(1 << 16, 2, 8), 50),
        ["argon2", passes, memory, lanes, len] => {
            (argon2(number(memory)?, number(passes)?, number(lanes)?), number(len)?)
        }
        _ => return Err(Flaw::Algorithm.into()),
    };
    let len = usize::try_from(len).map_err(|_| Flaw::DigestSize)?;
    if !(limits::SHORTEST_DIGEST..=limits::DIGEST).contains(&len) {
        return Err(Flaw::DigestSize.into());
    }
    Ok((cost, len))
}

/// Ten characters are the salt themselves, as it was until version 1.14; everything else is its bytes in hexadecimal.
fn salt(stored: &HashString) -> Result<Vec<u8>, Fault> {
    let salt = stored.salt().filter(|salt| !salt.is_empty());
    let salt = salt.ok_or(Fault::Missing("salt"))?;
    if salt.len() == 10 {
        return Ok(salt.as_bytes().to_vec());
    }
    Ok(hex(salt)?)
}

/// The key as Argon2's own notation has it.
fn phc((memory_kib, passes, lanes): (u32, u32, u32), salt: &[u8], key: &[u8]) -> String {
    let (salt, key) = (PHC.encode(salt), PHC.encode(key));
    format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${key}")
}

fn gitea(name: &'static str, _: &Options, registry: Registry) -> Result<Arc<dyn Scheme>, SchemeError> {
    let argon2 = registry.scheme("argon2", &Options::new())?;
    let same = Arc::clone(&argon2);
    let check = move |stored: &HashString, password: &[u8]| {
        let key = hex(stored.as_str())?;
        let (cost, len) = cost(stored)?;
        if key.len() != len {
            return Err(Flaw::DigestSize.into());
        }
        let salt = salt(stored)?;
        let computed = match cost {
            Cost::Pbkdf2(rounds) => Function::Sha256.pbkdf2(password, &salt, rounds, len)?,
            Cost::Scrypt(cost) => cost.digest(password, &salt, len)?,
            Cost::Argon2 {
                memory_kib,
                passes,
                lanes,
            } => {
                let text = phc((memory_kib, passes, lanes), &salt, &key);
                return match same.verify(&Password::from(password), &HashString::new(text)) {
                    Some(Ok(verdict)) => Ok(verdict.is_match()),
                    Some(Err(HashError::TooCostly { cost, limit, .. })) => Err(Fault::Cost(cost, limit)),
                    Some(Err(HashError::Malformed { flaw, .. })) => Err(flaw.into()),
                    _ => Err(Fault::Primitive),
                };
            }
        };
        Ok(equal(&computed, &key))
    };
    let memory = move |stored: &HashString| match cost(stored) {
        Ok((Cost::Scrypt(cost), _)) => cost.memory_kib(),
        Ok((
            Cost::Argon2 {
                memory_kib,
                passes,
                lanes,
            },
            len,
        )) => argon2.memory_kib(&HashString::new(phc(
            (memory_kib, passes, lanes),
            &[0; 16],
            &vec![0; len],
        ))),
        _ => 0,
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        cost(like).ok()?;
        Some(to_hex(&seeded.bytes(like.as_str().len().checked_div(2)?)))
    };
    let identify = |text: &str| (32..=limits::TEXT).contains(&text.len()) && is_hex(text, text.len());
    let reader = Reader::new(name, identify, View::Keyed, check);
    Ok(Arc::new(reader.with_decoy(decoy).with_memory_beside(memory)))
}
