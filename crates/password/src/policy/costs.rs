//! The costs of a policy: what new hashes take, and below what a stored one is weak.

use std::sync::Arc;

use crate::error::HashError;
use crate::options::{Options, SchemeError};
use crate::random::Random;
use crate::scheme::{Hasher, reads_as};
use crate::schemes::maker::Maker;
use crate::secret::{HashString, Password};

/// What passlib has beside the options that change something here, and what every scheme has here.
const OF_ALL: &[&str] = &[
    "form",
    "default_rounds",
    "min_rounds",
    "max_rounds",
    "vary_rounds",
    "truncate_error",
    "type",
    "version",
    "ident",
    "salt_size",
    "salt_len",
    "digest_size",
    "hash_len",
    "max_threads",
];

/// Whether the scheme has this option, here or in passlib.
pub(super) fn knows(maker: &Maker, option: &str) -> bool {
    maker.options.contains(&option) || OF_ALL.contains(&option)
}

/// A hasher with one cost for new hashes and a lower one below which a stored hash is weak (passlib's
/// `default_rounds` and `min_rounds`).
#[derive(Debug)]
pub(super) struct Judged {
    making: Arc<dyn Hasher>,
    judging: Arc<dyn Hasher>,
}

reads_as!(Judged, making);

impl Hasher for Judged {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        self.making.hash(password, random)
    }

    fn needs_update(&self, hash: &HashString) -> bool {
        self.judging.needs_update(hash)
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        self.making.fresh_decoy(seed)
    }
}

impl Judged {
    /// By passlib's options: a number below the scheme's lowest counts as that, and the cost of new hashes is brought
    /// between the policy's lowest and highest, so that a new hash is never due.
    pub(super) fn new(maker: &Maker, options: &Options) -> Result<Self, SchemeError> {
        let lowest = maker.lowest.unwrap_or(1);
        let rounds = |option: &str| {
            let text = options.get(option).or_else(|| options.get("rounds"))?;
            let low = text.parse::<u32>().is_ok_and(|number| number < lowest);
            Some(if low { lowest.to_string() } else { text.to_owned() })
        };
        let with = |rounds: Option<String>| match rounds {
            Some(rounds) => maker.make(&options.clone().with("rounds", rounds)),
            None => maker.make(options),
        };
        let weaker = |one: &Arc<dyn Hasher>, other: &Arc<dyn Hasher>| other.needs_update(&one.fresh_decoy(&[0; 32]));
        let judging = with(rounds("min_rounds").or(maker.lowest.map(|lowest| lowest.to_string())))?;
        let mut making = with(rounds("default_rounds"))?;
        if let Some(most) = rounds("max_rounds") {
            let most = with(Some(most))?;
            making = if weaker(&most, &making) { most } else { making };
        }
        if weaker(&making, &judging) {
            making = Arc::clone(&judging);
        }
        Ok(Self { making, judging })
    }
}
