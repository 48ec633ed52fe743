//! ASP.NET Identity, Firebase Authentication and Supabase.

use std::sync::Arc;

use aes::Aes256;
use base64::Engine as _;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};

use super::line::{Class, Line, line};
use super::maker;
use crate::encoding::{BASE64, base64};
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::notation::number;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::scrypt_cost::ScryptCost;
use crate::secret::HashString;
use crate::sight::View;
use crate::writer::Salted;

pub(crate) const LINES: &[Line] = &[
    line("aspnet_identity_v2", Class::VerifyOnly, aspnet_v2),
    line("firebase_scrypt", Class::Broken, firebase),
    line("firebase_fbscrypt", Class::VerifyOnly, fbscrypt),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// base64 of a zero, 16 bytes of salt, 32 of key: PBKDF2-SHA1 with 1000 rounds.
fn aspnet_v2(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.len() == 68 && text.starts_with('A') && text.ends_with("==");
    let check = |stored: &HashString, password: &[u8]| {
        let bytes = base64(stored.as_str(), &BASE64)?;
        let rest = bytes.strip_prefix(&[0]).ok_or(Flaw::Version)?;
        let (salt, key) = rest.split_at_checked(16).ok_or(Flaw::SaltSize)?;
        if key.len() != 32 {
            return Err(Flaw::DigestSize.into());
        }
        Ok(equal(&Function::Sha1.pbkdf2(password, salt, 1000, 32)?, key))
    };
    let decoy = |_: &HashString, seeded: &mut Seeded<'_>| Some(BASE64.encode([&[0], &seeded.bytes(48)[..]].concat()));
    Ok(Arc::new(
        Reader::new(name, identify, View::Keyed, check)
            .beginning(b"A")
            .with_decoy(decoy),
    ))
}

struct Aspnet {
    head: Vec<u8>,
    function: Function,
    rounds: u32,
    salt: Vec<u8>,
    key: Vec<u8>,
}

impl Aspnet {
    fn parse(text: &str) -> Result<Self, Fault> {
        let bytes = base64(text, &BASE64)?;
        let (head, rest) = bytes.split_at_checked(13).ok_or(Flaw::MissingField)?;
        let word = |at: usize| -> Option<u32> { Some(u32::from_be_bytes(*head.get(at..)?.first_chunk::<4>()?)) };
        let [function, rounds, salt] = [1, 5, 9].map(word);
        let function = match function {
            Some(0) => Function::Sha1,
            Some(1) => Function::Sha256,
            Some(2) => Function::Sha512,
            _ => return Err(Flaw::Algorithm.into()),
        };
        let (rounds, salt) = (rounds.ok_or(Flaw::MissingField)?, salt.ok_or(Flaw::MissingField)?);
        let salt = usize::try_from(salt).map_err(|_| Flaw::SaltSize)?;
        let (salt, key) = rest.split_at_checked(salt).ok_or(Flaw::SaltSize)?;
        if salt.len() < 16 || salt.len() > limits::SALT {
            return Err(Flaw::SaltSize.into());
        }
        if !(limits::SHORTEST_DIGEST..=limits::DIGEST).contains(&key.len()) {
            return Err(Flaw::DigestSize.into());
        }
        function.check_rounds(rounds, key.len())?;
        let (head, salt, key) = (head.to_vec(), salt.to_vec(), key.to_vec());
        Ok(Self {
            head,
            function,
            rounds,
            salt,
            key,
        })
    }
}

/// base64 of a one, the function, the rounds, the salt's length (32 bits each, high byte first), salt and key.
fn aspnet_reader() -> Reader {
    let identify = |text: &str| text.len() >= 60 && text.starts_with("AQAAAA");
    let check = |stored: &HashString, password: &[u8]| {
        let parsed = Aspnet::parse(stored.as_str())?;
        let computed = parsed
            .function
            .pbkdf2(password, &parsed.salt, parsed.rounds, parsed.key.len())?;
        Ok(equal(&computed, &parsed.key))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let parsed = Aspnet::parse(like.as_str()).ok()?;
        let (salt, key) = (seeded.bytes(parsed.salt.len()), seeded.bytes(parsed.key.len()));
        Some(BASE64.encode([parsed.head, salt, key].concat()))
    };
    Reader::new("aspnet_identity_v3", identify, View::Keyed, check)
        .beginning(b"A")
        .with_decoy(decoy)
}

/// The same for new hashes: HMAC-SHA512 with the rounds of .NET 7 and later.
pub(crate) fn aspnet_v3(options: &Options) -> maker::Made {
    let (function, rounds) = (Function::Sha512, options.number_or("rounds", 100_000)?);
    if function.check_rounds(rounds, 32).is_err() {
        return Err(SchemeError::BadOption("rounds"));
    }
    let write = move |salt: &[u8], key: &[u8]| {
        let words = [2, rounds, 16].map(u32::to_be_bytes);
        BASE64.encode([&[1], words.concat().as_slice(), salt, key].concat())
    };
    let weaker = move |text: &str| {
        let parsed = Aspnet::parse(text);
        parsed.map_or(true, |stored| {
            stored.function != function || stored.rounds < rounds || stored.key.len() < 32
        })
    };
    let salted = Salted {
        reader: aspnet_reader(),
        size: 32,
        digest: Box::new(move |password, salt| function.pbkdf2(password, salt, rounds, 32)),
        write: Arc::new(write),
        weaker: Box::new(weaker),
    };
    Ok(Arc::new(salted.writer()))
}

/// scrypt makes a key, and under it the project's signer key is encrypted: that is what is stored.
fn firebase_digest(cost: ScryptCost, password: &[u8], salt: &[u8], signer: &[u8]) -> Result<Vec<u8>, Fault> {
    let key = cost.digest(password, salt, 32)?;
    let mut cipher = Ctr128BE::<Aes256>::new_from_slices(&key, &[0; 16]).map_err(|_| Fault::Primitive)?;
    let mut digest = signer.to_vec();
    cipher.apply_keystream(&mut digest);
    Ok(digest)
}

/// base64; the salt is a column, the rest is the project's configuration.
fn firebase(name: &'static str, options: &Options) -> Made {
    let decoded = |option: &'static str| {
        let text = options.required(option)?;
        base64(text, &BASE64).map_err(|_| SchemeError::BadOption(option))
    };
    let (separator, signer) = (decoded("salt_separator")?, decoded("signer_key")?);
    let cost = ScryptCost::new(options.number("mem_cost")?, options.number("rounds")?, 1);
    let cost = cost.map_err(|_| SchemeError::BadOption("mem_cost"))?;
    if signer.len() < 32 || signer.len() > limits::DIGEST {
        return Err(SchemeError::BadOption("signer_key"));
    }
    let len = signer.len();
    let check = move |stored: &HashString, password: &[u8]| {
        let digest = base64(stored.as_str(), &BASE64)?;
        let mut salt = base64(stored.salt().ok_or(Fault::Missing("salt"))?, &BASE64)?;
        salt.extend(&separator);
        Ok(equal(&firebase_digest(cost, password, &salt, &signer)?, &digest))
    };
    let decoy = move |_: &HashString, seeded: &mut Seeded<'_>| Some(BASE64.encode(seeded.bytes(len)));
    let reader = Reader::new(name, |text| text.len() >= 44, View::Keyed, check);
    Ok(Arc::new(
        reader.with_decoy(decoy).with_memory(move |_| cost.memory_kib()),
    ))
}

struct Fbscrypt {
    head: String,
    cost: ScryptCost,
    salt: Vec<u8>,
    salt_len: usize,
    signer: Vec<u8>,
    digest: Vec<u8>,
}

impl Fbscrypt {
    fn parse(text: &str) -> Result<Self, Fault> {
        let rest = text.strip_prefix("$fbscrypt$").ok_or(Flaw::MissingField)?;
        let fields: Vec<&str> = rest.split('$').collect();
        let [head, salt, digest] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let pairs: Vec<&str> = head.splitn(6, ',').collect();
        let names = ["v=", "n=", "r=", "p=", "ss=", "sk="];
        let mut values = [""; 6];
        if pairs.len() != 6 {
            return Err(Flaw::MissingParameter.into());
        }
        for ((value, pair), name) in values.iter_mut().zip(pairs).zip(names) {
            *value = pair.strip_prefix(name).ok_or(Flaw::ParameterOrder)?;
        }
        let [version, n, r, p, separator, signer] = values;
        if version != "1" {
            return Err(Flaw::Version.into());
        }
        let cost = ScryptCost::new(number(n)?, number(r)?, number(p)?)?;
        let (mut salt, signer, digest) = (
            base64(salt, &BASE64)?,
            base64(signer, &BASE64)?,
            base64(digest, &BASE64)?,
        );
        let salt_len = salt.len();
        salt.extend(base64(separator, &BASE64)?);
        if signer.len() < 32 || signer.len() > limits::DIGEST || digest.len() != signer.len() {
            return Err(Flaw::DigestSize.into());
        }
        let head = (*head).to_owned();
        Ok(Self {
            head,
            cost,
            salt,
            salt_len,
            signer,
            digest,
        })
    }
}

/// Supabase: the same, with everything in one text.
fn fbscrypt(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let parsed = Fbscrypt::parse(stored.as_str())?;
        Ok(equal(
            &firebase_digest(parsed.cost, password, &parsed.salt, &parsed.signer)?,
            &parsed.digest,
        ))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let parsed = Fbscrypt::parse(like.as_str()).ok()?;
        let (salt, digest) = (seeded.bytes(parsed.salt_len), seeded.bytes(parsed.digest.len()));
        Some(format!(
            "$fbscrypt${}${}${}",
            parsed.head,
            BASE64.encode(salt),
            BASE64.encode(digest)
        ))
    };
    let memory = |text: &str| Fbscrypt::parse(text).map_or(0, |parsed| parsed.cost.memory_kib());
    let reader = Reader::new(name, |text| text.starts_with("$fbscrypt$"), View::Keyed, check).beginning(b"$");
    Ok(Arc::new(reader.with_decoy(decoy).with_memory(memory)))
}
