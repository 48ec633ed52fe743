//! The tables and exports of other applications: what their columns mean, and what their users log in with.

use super::Format;
use super::field::{Field, LogIn};
use super::names::plain;
use super::states::State;

mod frameworks;
mod products;

/// How one application keeps its users.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Preset {
    /// As `--from` takes it.
    pub(crate) name: &'static str,
    /// What it is for people.
    pub(crate) title: &'static str,
    /// The format of its exports, where it has one of its own.
    pub(super) format: Option<Format>,
    /// The columns that tell it, where all of one line are there.
    marks: &'static [&'static str],
    /// What its columns mean. Several for a state are all read, of others the first that is there.
    pub(super) columns: &'static [(Field, &'static str)],
    /// Columns that look like a state or a hash and say nothing about logging in.
    pub(super) harmless: &'static str,
    /// The schemes of its hashes, as far as their texts do not tell: which one it is says the form of the text.
    pub(super) schemes: &'static [&'static str],
    pub(super) log_in: LogIn,
    /// Whether it is ours: every text is as it was written.
    pub(super) is_own: bool,
}

const BARRED: Field = Field::State(State::Barred);
const GOOD: Field = Field::State(State::Good);
const BARRED_UNTIL: Field = Field::State(State::BarredUntil);
const GOOD_UNTIL: Field = Field::State(State::GoodUntil);

/// A name, letter by letter.
const NAME: LogIn = LogIn {
    by_email: false,
    any_case: false,
};
/// A name in any case.
const ANY_NAME: LogIn = LogIn {
    by_email: false,
    any_case: true,
};
/// A name letter by letter, or an address.
const NAME_OR_EMAIL: LogIn = LogIn {
    by_email: true,
    any_case: false,
};
/// Name or address in any case.
const ANY: LogIn = LogIn {
    by_email: true,
    any_case: true,
};

const EMPTY: Preset = Preset {
    name: "",
    title: "",
    format: None,
    marks: &[],
    columns: &[],
    harmless: "",
    schemes: &[],
    log_in: NAME,
    is_own: false,
};

impl Preset {
    fn all() -> impl Iterator<Item = &'static Self> {
        frameworks::ALL.iter().chain(products::ALL)
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|preset| preset.name == name)
    }

    /// The names of all, in order.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        let mut names: Vec<&str> = Self::all().map(|preset| preset.name).collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// The one whose columns these are.
    pub(super) fn recognised<'a>(header: impl Iterator<Item = &'a str>) -> Option<&'static Self> {
        let header: Vec<String> = header.map(plain).collect();
        let has = |name: &str| header.contains(&plain(name));
        let marked = |preset: &&Self| preset.marks.iter().any(|mark| mark.split(' ').all(has));
        Self::all().find(marked)
    }

    /// Whether it gives a field columns of its own.
    pub(super) fn gives(&self, field: Field) -> bool {
        self.columns.iter().any(|(given, _)| *given == field)
    }

    pub(super) fn is_harmless(&self, column: &str) -> bool {
        self.harmless.split(' ').any(|name| plain(name) == plain(column))
    }
}
