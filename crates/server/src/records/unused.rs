//! What a file holds beside what is taken of it.

use std::collections::BTreeMap;

use super::classify::{Looks, looks};
use super::fields::{Fields, Plan};
use super::states::is_nothing;

/// How many names of columns are kept: a file in which each row has others must not fill the memory.
const NAMES: usize = 500;

/// The longest of them, in bytes.
const NAME: usize = 256;

/// How many values of a column are looked at, and how much of each, in bytes.
const SAMPLES: usize = 32;
const SAMPLE: usize = 1024;

/// What was counted while a whole file was read.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// The records that can be read.
    pub(crate) records: u64,
    /// Those that cannot.
    pub(crate) faults: u64,
    /// Of the records, those with a hash or a password.
    pub(crate) with_hash: u64,
    /// What stood in the file that is no user, by what it is.
    pub(crate) others: BTreeMap<String, u64>,
    columns: BTreeMap<String, Column>,
    /// Whether there were more names than are kept.
    pub(crate) has_more: bool,
    /// Whether there were more than can be named that matter.
    pub(crate) is_cut: bool,
    /// The columns that are fields.
    used: Vec<String>,
}

#[derive(Debug, Default)]
struct Column {
    filled: u64,
    samples: Vec<String>,
    harmless: bool,
}

impl Survey {
    /// A record can be read.
    pub(super) fn count(&mut self, fields: &Fields) {
        self.records = self.records.saturating_add(1);
        if fields.hash.is_some() || fields.password.is_some() {
            self.with_hash = self.with_hash.saturating_add(1);
        }
    }

    /// Something is there that is no user.
    pub(super) fn other(&mut self, what: &str) {
        let what = beginning(what, NAME);
        if self.others.len() < NAMES || self.others.contains_key(what) {
            let count = self.others.entry(what.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// A column is a field.
    pub(super) fn used(&mut self, name: &str) {
        if self.used.len() < NAMES && !self.used.iter().any(|used| used == name) {
            self.used.push(name.to_owned());
        }
    }

    /// A column is no field, and this stands in it.
    pub(super) fn unused(&mut self, name: &str, value: &str, plan: &Plan) {
        if !self.columns.contains_key(name) {
            // Of those beyond it only what matters is kept.
            if self.columns.len() >= NAMES || name.len() > NAME {
                self.has_more = true;
                let matters =
                    name.len() <= NAME && !plan.is_harmless(name) && looks(name, [value].into_iter()).is_some();
                self.is_cut |= matters && self.columns.len() >= NAMES + NAMES;
                if !matters || self.is_cut {
                    return;
                }
            }
            let column = Column {
                harmless: plan.is_harmless(name),
                ..Column::default()
            };
            self.columns.insert(name.to_owned(), column);
        }
        let Some(column) = self.columns.get_mut(name).filter(|_| !is_nothing(value)) else {
            return;
        };
        column.filled = column.filled.saturating_add(1);
        // The first ones, and then ever fewer, to the end.
        let wanted =
            column.samples.len() < SAMPLES / 2 || column.filled.is_power_of_two() && column.samples.len() < SAMPLES;
        if wanted && !column.samples.iter().any(|sample| sample == value) {
            column.samples.push(beginning(value, SAMPLE).to_owned());
        }
    }

    /// The columns that are no field, by name.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// Those of them without which a user would be lost or let in, and what they look like.
    pub(crate) fn telling(&self) -> Vec<(&str, Looks)> {
        let asked = self.columns.iter().filter(|(_, column)| !column.harmless);
        let told = asked.filter_map(|(name, column)| {
            let looks = looks(name, column.samples.iter().map(String::as_str))?;
            Some((name.as_str(), looks))
        });
        told.collect()
    }

    /// Of the names that were given by hand, the first that no column has.
    pub(super) fn missing<'a>(&self, mut given: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        given.find(|name| !self.columns.contains_key(*name) && !self.used.iter().any(|used| used == name))
    }
}

/// The first bytes of a text, in whole characters.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}
