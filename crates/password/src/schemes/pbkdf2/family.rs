//! Both notations of PBKDF2 over one hash function: read, checked, computed and written.

use base64::Engine as _;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::arithmetic;
use crate::error::{Flaw, HashError};
use crate::limits;
use crate::notation::{self, AB64, Fields, PHC, Parameters};
use crate::random::Random;
use crate::scheme::Verdict;
use crate::secret::{HashString, Password};

/// The longest digest in the PHC notation, in bytes (the PHC string format's own limit).
const LONGEST_DIGEST: usize = 64;

/// The notations over one hash function, and the work.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: &'static str,
    /// What passlib writes.
    ident: &'static str,
    /// What PHC writes.
    phc_ident: &'static str,
    /// The size of the hash function, in bytes.
    pub(super) size: usize,
    function: fn(&[u8], &[u8], u32, &mut [u8]),
}

pub(super) const SHA1: Family = Family {
    name: "pbkdf2_sha1",
    ident: "$pbkdf2$",
    phc_ident: "$pbkdf2-sha1$",
    size: 20,
    function: pbkdf2::pbkdf2_hmac::<Sha1>,
};

pub(super) const SHA256: Family = Family {
    name: "pbkdf2_sha256",
    ident: "$pbkdf2-sha256$",
    phc_ident: "$pbkdf2-sha256$",
    size: 32,
    function: pbkdf2::pbkdf2_hmac::<Sha256>,
};

pub(super) const SHA512: Family = Family {
    name: "pbkdf2_sha512",
    ident: "$pbkdf2-sha512$",
    phc_ident: "$pbkdf2-sha512$",
    size: 64,
    function: pbkdf2::pbkdf2_hmac::<Sha512>,
};

struct Parsed {
    rounds: u32,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Family {
    pub(super) fn is_mine(&self, text: &str) -> bool {
        // Behind passlib's `$pbkdf2$` Mattermost names its function.
        let names = |cost: &str| cost.split(',').any(|parameter| parameter.starts_with("f="));
        let plain = |rest: &str| !rest.split('$').next().is_some_and(names);
        text.strip_prefix(self.ident).is_some_and(plain) || text.starts_with(self.phc_ident)
    }

    fn malformed(&self, flaw: Flaw) -> HashError {
        HashError::Malformed {
            scheme: self.name,
            flaw,
        }
    }

    fn parse(&self, text: &str) -> Option<Result<Parsed, HashError>> {
        if !self.is_mine(text) {
            return None;
        }
        let fields = Fields::after(text, self.ident).or_else(|| Fields::after(text, self.phc_ident))?;
        let parsed = fields
            .and_then(|fields| self.read(text, fields))
            .map_err(|flaw| self.malformed(flaw));
        Some(parsed.and_then(|parsed| self.check(parsed.rounds, parsed.digest.len()).map(|()| parsed)))
    }

    fn read(&self, text: &str, mut fields: Fields<'_>) -> Result<Parsed, Flaw> {
        let cost = fields.required()?;
        let shared = self.ident == self.phc_ident;
        let plain = text.starts_with(self.ident) && !(shared && cost.contains('='));
        let alphabet = if plain { AB64 } else { PHC };
        let (rounds, len) = if plain {
            (notation::number(cost)?, Some(self.size))
        } else {
            phc_cost(cost)?
        };
        let salt = notation::salt(fields.required()?, &alphabet, 0)?;
        let digest = notation::digest(fields.required()?, &alphabet, limits::SHORTEST_DIGEST)?;
        fields.end()?;
        if digest.len() > LONGEST_DIGEST || len.is_some_and(|len| len != digest.len()) {
            return Err(Flaw::DigestSize);
        }
        Ok(Parsed { rounds, salt, digest })
    }

    pub(super) fn check(&self, rounds: u32, len: usize) -> Result<(), HashError> {
        if rounds == 0 {
            return Err(self.malformed(Flaw::ParameterRange));
        }
        let blocks = u64::try_from(len.div_ceil(self.size)).unwrap_or(u64::MAX);
        if u64::from(rounds).saturating_mul(blocks) > limits::PBKDF2_ROUNDS {
            return Err(HashError::TooCostly {
                scheme: self.name,
                cost: "rounds",
                limit: limits::PBKDF2_ROUNDS,
            });
        }
        Ok(())
    }

    fn compute(&self, password: &[u8], parsed: &Parsed) -> Vec<u8> {
        let mut digest = vec![0; parsed.digest.len()];
        (self.function)(password, &parsed.salt, parsed.rounds, &mut digest);
        digest
    }

    pub(super) fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        let parsed = self.parse(hash.as_str())?;
        Some(parsed.map(|parsed| {
            arithmetic::key_matches(password, &self.compute(password.bounded(), &parsed), &parsed.digest)
        }))
    }

    /// In passlib's notation if the digest is whole, else in PHC's.
    fn write(&self, parsed: &Parsed) -> HashString {
        let Parsed { rounds, salt, digest } = parsed;
        HashString::new(if digest.len() == self.size {
            format!("{}{rounds}${}${}", self.ident, AB64.encode(salt), AB64.encode(digest))
        } else {
            let len = digest.len();
            format!(
                "{}i={rounds},l={len}${}${}",
                self.phc_ident,
                PHC.encode(salt),
                PHC.encode(digest)
            )
        })
    }

    pub(super) fn decoy(&self, rounds: u32, len: usize, seed: &[u8; 32]) -> HashString {
        let salt = arithmetic::derived_salt(seed).into();
        self.write(&Parsed {
            rounds,
            salt,
            digest: arithmetic::derived_digest(seed, len),
        })
    }

    pub(super) fn decoy_like(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        let parsed = self.parse(like.as_str())?.ok()?;
        Some(self.decoy(parsed.rounds, parsed.digest.len(), seed))
    }

    pub(super) fn hash(&self, rounds: u32, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        let bytes = arithmetic::keyable(password, self.name)?;
        let mut fresh = Parsed {
            rounds,
            salt: arithmetic::salt(random)?.into(),
            digest: vec![0; self.size],
        };
        fresh.digest = self.compute(bytes, &fresh);
        Ok(self.write(&fresh))
    }

    pub(super) fn is_weaker(&self, rounds: u32, hash: &HashString) -> bool {
        let Some(Ok(parsed)) = self.parse(hash.as_str()) else {
            return true;
        };
        parsed.rounds < rounds
    }
}

/// `i=rounds` and, not always, `l=length of the digest`.
fn phc_cost(text: &str) -> Result<(u32, Option<usize>), Flaw> {
    let Parameters {
        values: [rounds, len],
        order,
    } = Parameters::parse(text, ["i", "l"])?;
    if order.first() != Some(&0) {
        return Err(Flaw::ParameterOrder);
    }
    let len = len.map(usize::try_from).transpose().map_err(|_| Flaw::DigestSize)?;
    Ok((rounds.ok_or(Flaw::MissingParameter)?, len))
}
