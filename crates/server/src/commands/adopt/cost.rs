//! What the application itself spends on a hash. Django, Laravel and pwdlib make a hash anew at their logins whenever its
//! cost is not theirs; if ours were another, each side would undo what the other did, and each time older tokens end.

use std::fmt::Write as _;

use portcullis_core::HashString;
use portcullis_core::password::explain::{Cost, Strength, explain};

use crate::census::Tally;

/// The cost of the application's own new hashes, where ours have another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnersCost {
    /// The scheme for new hashes.
    scheme: &'static str,
    theirs: Cost,
    ours: Cost,
}

impl OwnersCost {
    /// Of a table whose hashes were counted: the highest cost that one of the scheme for new hashes has, for that is what
    /// its newest users got. `fresh` is a new hash of ours.
    pub(super) fn of(tally: &Tally, fresh: &HashString) -> Option<Self> {
        let ours = explain(fresh).cost?;
        let theirs = tally.current_costs().max_by_key(work)?;
        let found = Self {
            scheme: tally.current(),
            theirs,
            ours,
        };
        (work(&theirs) != work(&ours)).then_some(found)
    }

    /// Whether the application spends less than we would.
    fn is_less(&self) -> bool {
        work(&self.theirs) < work(&self.ours)
    }

    /// Whether ours may cost so little: not where today's advice calls it weak.
    fn is_enough(&self) -> bool {
        matches!(self.theirs.strength(), Strength::Strong | Strength::Fair)
    }

    /// The setting that makes ours cost the same. A higher cost is for new hashes alone: should it be one user's, the others
    /// are left as they are.
    pub(super) fn policy(&self) -> Option<String> {
        let options = match self.theirs {
            _ if !self.is_enough() => return None,
            Cost::Bcrypt(rounds) => rounds_of(self.is_less(), rounds.into()),
            Cost::Pbkdf2 { rounds, .. } => rounds_of(self.is_less(), rounds),
            Cost::Argon2 {
                memory_kib,
                passes,
                lanes,
            } if self.is_less() => {
                vec![
                    ("memory_cost", memory_kib.into()),
                    ("time_cost", passes.into()),
                    ("parallelism", lanes.into()),
                ]
            }
            _ => return None,
        };
        let mut text = format!(
            "\n# What this application itself spends on a hash. At another cost each side would make the other's hashes anew,\n\
             # which ends tokens. It belongs to [users]: take it out together with that, and when the users are cut over.\n[passwords.{}]\n",
            self.scheme
        );
        for (option, value) in options {
            let _ = writeln!(text, "{option} = {value}");
        }
        Some(text)
    }

    /// The cost that ours will have, where a setting is made of it.
    pub(super) fn followed(&self) -> Option<Cost> {
        self.policy().map(|_| self.theirs)
    }

    /// What is told of it then.
    pub(super) fn sentence(&self) -> Option<String> {
        let (theirs, ours) = (self.followed()?, self.ours);
        Some(format!(
            "The application's own newest hashes have {theirs}, and so will those that are made here, instead of {ours}:\n\
             otherwise each side would make the other's hashes anew, which ends tokens. [passwords] says it."
        ))
    }

    /// What is told of it, where it is too little to be followed.
    pub(super) fn warning(&self) -> Option<String> {
        let Self { theirs, ours, .. } = self;
        (self.is_less() && !self.is_enough()).then(|| {
            format!(
                "the application's own newest hashes have {theirs}, which is weak today (advised: {}); those that are \
                 made here have {ours}, and the application may make them anew at its logins, which ends tokens: raise \
                 its cost",
                theirs.advice()
            )
        })
    }
}

/// `rounds` are passlib's for both: the cost of new hashes and the lowest that is left alone.
fn rounds_of(is_less: bool, rounds: u64) -> Vec<(&'static str, u64)> {
    vec![(if is_less { "rounds" } else { "default_rounds" }, rounds)]
}

/// What one guess takes, in a unit of each function's own; costs of one scheme are of one function.
fn work(cost: &Cost) -> u64 {
    match *cost {
        Cost::Argon2 { memory_kib, passes, .. } => u64::from(memory_kib).saturating_mul(passes.into()),
        Cost::Bcrypt(cost) => cost.into(),
        Cost::Scrypt { n, r, p } => n.saturating_mul(r.into()).saturating_mul(p.into()),
        Cost::Pbkdf2 { rounds, .. } | Cost::ShaCrypt(rounds) => rounds,
        _ => 0,
    }
}
