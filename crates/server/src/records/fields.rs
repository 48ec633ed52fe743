//! What a file says of a user, and which of its columns say it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;

use portcullis_core::{HashString, Login, UserId};
use zeroize::Zeroizing;

use super::classify::seen_through;
use super::field::{Field, LogIn};
use super::names::{self, Columns};
use super::own;
use super::presets::Preset;
use super::states::{State, is_nothing};

/// What a file says of a user.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) username: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) full_name: Option<String>,
    pub(crate) disabled: bool,
    pub(crate) scopes: Option<String>,
    pub(crate) hash: Option<String>,
    pub(crate) salt: Option<String>,
    pub(crate) algorithm: Option<String>,
    /// The schemes of which the hash can be, where the source has some of its own.
    pub(crate) schemes: &'static [&'static str],
    /// A password as it is typed.
    pub(crate) password: Option<Zeroizing<String>>,
    pub(crate) log_in: LogIn,
    /// What our own exports have beside that: what tokens carry, when they ended, and every login.
    pub(crate) id: Option<UserId>,
    pub(crate) token_epoch: Option<u64>,
    pub(crate) logins: Vec<Login>,
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The rest may be a secret.
        f.debug_struct("Fields")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl Fields {
    /// The hash with what stands beside it.
    pub(crate) fn stored(&self) -> Option<HashString> {
        let mut hash = HashString::new(self.hash.as_deref()?);
        if let Some(username) = &self.username {
            hash = hash.with_user(username.as_str());
        }
        if let Some(salt) = &self.salt {
            hash = hash.with_salt(salt.as_str());
        }
        if let Some(algorithm) = &self.algorithm {
            hash = hash.with_algorithm(algorithm.as_str());
        }
        Some(hash)
    }
}

/// Which columns are which fields: what was said by hand, then what the source's preset says, then what is usual.
#[derive(Debug, Default)]
pub(super) struct Plan {
    columns: Columns,
    preset: Option<&'static Preset>,
    /// The present time, in seconds since 1970.
    now: i64,
    /// What was found out of a name: the members of a million objects are always the same few.
    known: RefCell<HashMap<String, Option<(Field, usize)>>>,
}

/// How many names are remembered, and of how many bytes at most.
const REMEMBERED: usize = 500;

impl Plan {
    pub(super) fn new(columns: Columns, preset: Option<&'static Preset>, now: i64) -> Self {
        let known = RefCell::default();
        Self {
            columns,
            preset,
            now,
            known,
        }
    }

    /// The field of a column of this name, and how usual the name is.
    fn field(&self, column: &str) -> Option<(Field, usize)> {
        if let Some(found) = self.known.borrow().get(column) {
            return *found;
        }
        let found = self.found(column);
        let mut known = self.known.borrow_mut();
        if known.len() < REMEMBERED && column.len() <= REMEMBERED {
            known.insert(column.to_owned(), found);
        }
        found
    }

    /// The state that a column of this name was said to be by hand.
    pub(super) fn state(&self, column: &str) -> Option<State> {
        match self.columns.given(column) {
            Some(Field::State(state)) => Some(state),
            _ => None,
        }
    }

    /// The present time, in seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.now
    }

    /// Whether a column of this name may be a field.
    pub(super) fn names(&self, column: &str) -> bool {
        self.field(column).is_some()
    }

    fn found(&self, column: &str) -> Option<(Field, usize)> {
        if self.columns.is_ignored(column) {
            return None;
        }
        if let Some(field) = self.columns.given(column) {
            return Some((field, 0));
        }
        let own = self.preset.and_then(|preset| names::of(preset.columns, column));
        let of_others = || {
            let (field, rank) = names::usual(column)?;
            let own = |preset: &'static Preset| preset.gives(field) || preset.is_harmless(column);
            (!self.preset.is_some_and(own)).then_some((field, rank))
        };
        own.or_else(of_others).filter(|(field, _)| !self.columns.gives(*field))
    }

    /// Of several columns for one field, the one whose name is the most usual; of states all.
    pub(super) fn chosen<'a>(&self, header: impl Iterator<Item = &'a str>) -> Vec<Option<Field>> {
        let mut chosen: Vec<Option<Field>> = Vec::new();
        let mut best: Vec<(Field, usize, usize)> = Vec::new();
        for (place, column) in header.enumerate() {
            let found = self.field(column.trim());
            chosen.push(found.map(|(field, _)| field).filter(|field| field.is_state()));
            let Some((field, rank)) = found.filter(|(field, _)| !field.is_state()) else {
                continue;
            };
            match best.iter_mut().find(|(known, ..)| *known == field) {
                Some(known) if known.1 <= rank => {}
                Some(known) => *known = (field, rank, place),
                None => best.push((field, rank, place)),
            }
        }
        for (field, _, place) in best {
            if let Some(slot) = chosen.get_mut(place) {
                *slot = Some(field);
            }
        }
        chosen
    }

    /// Whether a column of this name says nothing that matters here, although it sounds so.
    pub(super) fn is_harmless(&self, column: &str) -> bool {
        self.columns.is_ignored(column) || self.preset.is_some_and(|preset| preset.is_harmless(column))
    }
}

/// The fields of one record, while its columns are read.
#[derive(Default)]
pub(super) struct Reading {
    fields: Fields,
    given_name: Option<String>,
    family_name: Option<String>,
}

impl Reading {
    /// Takes a text as this field; an empty one is none.
    pub(super) fn take(&mut self, field: Field, column: &str, text: &str, plan: &Plan) -> Result<(), String> {
        // What we wrote ourselves stands as it stands.
        let is_own = plan.preset.is_some_and(|preset| preset.is_own);
        let is_nothing = if is_own { text.is_empty() } else { is_nothing(text) };
        if is_nothing && !(field == Field::Username && text.eq_ignore_ascii_case("null")) {
            return Ok(());
        }
        // A hash and its salt always do.
        let trimmed = Some(if is_own { text } else { text.trim() }.to_owned());
        match field {
            Field::Username => self.fields.username = trimmed,
            Field::Email => self.fields.email = trimmed,
            Field::FullName => self.fields.full_name = trimmed,
            Field::GivenName => self.given_name = trimmed,
            Field::FamilyName => self.family_name = trimmed,
            Field::Scopes if is_own => self.fields.scopes = trimmed,
            Field::Hash if is_own => self.fields.hash = trimmed,
            Field::Scopes => self.fields.scopes = Some(text.trim().replace([',', ';'], " ")),
            Field::Hash => self.fields.hash = Some(seen_through(text).into_owned()),
            Field::Salt => self.fields.salt = Some(text.to_owned()),
            Field::Algorithm => self.fields.algorithm = trimmed,
            Field::Id => self.fields.id = Some(own::id(text)?),
            Field::TokenEpoch => self.fields.token_epoch = Some(own::token_epoch(text)?),
            Field::Logins => self.fields.logins = own::logins(text)?,
            Field::State(state) => self.fields.disabled |= state.bars(text, column, plan.now)?,
        }
        Ok(())
    }

    /// What came of it. Where there is no name, the address is the name, in any case.
    pub(super) fn end(self, plan: &Plan) -> Fields {
        let mut fields = self.fields;
        let parts = [self.given_name, self.family_name].into_iter().flatten();
        let joined = parts.collect::<Vec<_>>().join(" ");
        fields.full_name = fields
            .full_name
            .or_else(|| Some(joined).filter(|name| !name.is_empty()));
        fields.schemes = plan.preset.map(|preset| preset.schemes).unwrap_or_default();
        fields.log_in = plan.preset.map(|preset| preset.log_in).unwrap_or_default();
        if fields.username.is_none() && fields.email.is_some() {
            fields.username.clone_from(&fields.email);
            fields.log_in = LogIn {
                by_email: true,
                any_case: true,
            };
        }
        fields
    }
}
