//! What hashes a table holds: how many of which scheme and cost, and how strong that is.

use std::collections::{HashMap, HashSet};

use portcullis_core::password::explain::{Cost, Strength, explain};
use portcullis_core::{HashString, Passwords};

use crate::trial::Trials;

mod chart;
mod source;

pub(crate) use chart::{chart, json};
pub(crate) use source::{Hashes, Where, is_url};

/// How many rows that cannot be read are named.
const NAMED: usize = 10;

/// The users of one scheme and cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) scheme: &'static str,
    pub(crate) cost: Option<Cost>,
    pub(crate) strength: Strength,
    pub(crate) count: u64,
    /// Whether the policy would make such hashes anew at the next login, or does not read them at all.
    pub(crate) due: Due,
}

/// What the policy does with a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Due {
    /// It stays.
    No,
    /// It is made anew at the next good login.
    Yes,
    /// It is not read: these users cannot log in.
    Unread,
}

/// Counts hashes.
#[derive(Debug)]
pub(crate) struct Tally {
    passwords: Passwords,
    groups: HashMap<(&'static str, Option<Cost>, Strength, Due), u64>,
    trials: Trials,
    /// The costs of the policy's scheme for new hashes that there are.
    current: HashSet<Cost>,
    /// The rows without a hash.
    pub(crate) without: u64,
    /// All rows.
    pub(crate) total: u64,
    /// The first rows that cannot be read, and why.
    pub(crate) troubles: Vec<(String, String)>,
}

impl Tally {
    pub(crate) fn new(passwords: Passwords) -> Self {
        Self {
            trials: Trials::new(passwords.clone()),
            passwords,
            groups: HashMap::new(),
            current: HashSet::new(),
            without: 0,
            total: 0,
            troubles: Vec::new(),
        }
    }

    /// Counts what one row holds.
    pub(crate) fn count(&mut self, row: &str, hash: Option<&HashString>) {
        self.total = self.total.saturating_add(1);
        let Some(hash) = hash.filter(|hash| !hash.as_str().is_empty()) else {
            self.without = self.without.saturating_add(1);
            return;
        };
        let told = explain(hash);
        let scheme = told.scheme.unwrap_or(match told.candidates.is_empty() {
            true => "not a hash",
            false => "a bare digest",
        });
        let known = self.passwords.identify(hash);
        // What is broken as one scheme's may still be whole as that of another (a plain password).
        let is_broken = told.trouble.is_some() && (known.is_none() || known == told.scheme);
        match (&told.trouble, told.cost) {
            (Some(trouble), _) => self.trouble(row, trouble.clone()),
            (None, Some(cost)) if known == Some(self.current()) => drop(self.current.insert(cost)),
            _ => {}
        }
        let due = match known {
            _ if told.strength == Strength::Disabled => Due::No,
            None => Due::Unread,
            Some(_) if is_broken => Due::Unread,
            Some(scheme) if self.trials.unread(scheme, hash, &told).is_some() => Due::Unread,
            Some(_) if self.passwords.needs_update(hash) => Due::Yes,
            Some(_) => Due::No,
        };
        let count = self.groups.entry((scheme, told.cost, told.strength, due)).or_default();
        *count = count.saturating_add(1);
    }

    /// A row that cannot even be looked at.
    pub(crate) fn unreadable(&mut self, row: &str, reason: String) {
        self.total = self.total.saturating_add(1);
        self.trouble(row, reason);
        let key = ("not a row", None, Strength::Unreadable, Due::Unread);
        let count = self.groups.entry(key).or_default();
        *count = count.saturating_add(1);
    }

    fn trouble(&mut self, row: &str, reason: String) {
        if self.troubles.len() < NAMED {
            self.troubles.push((row.to_owned(), reason));
        }
    }

    /// The policy's scheme for new hashes.
    pub(crate) fn current(&self) -> &'static str {
        self.passwords.current()
    }

    /// The costs that hashes of this scheme have here.
    pub(crate) fn current_costs(&self) -> impl Iterator<Item = Cost> {
        self.current.iter().copied()
    }

    /// The groups, the largest first.
    pub(crate) fn groups(&self) -> Vec<Group> {
        let groups = self.groups.iter().map(|((scheme, cost, strength, due), count)| Group {
            scheme,
            cost: *cost,
            strength: *strength,
            count: *count,
            due: *due,
        });
        let mut groups: Vec<Group> = groups.collect();
        groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.scheme.cmp(b.scheme)));
        groups
    }

    /// How many rows the policy treats so.
    pub(crate) fn due(&self, wanted: Due) -> u64 {
        let groups = self.groups.iter().filter(|((_, _, _, due), _)| *due == wanted);
        groups.map(|(_, count)| *count).fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests;
