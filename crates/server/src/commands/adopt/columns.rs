//! What a table has that the mapping does not use: nothing that keeps users out, or lets them in, is passed over in silence.

use portcullis_sql::foreign::frameworks::Framework;
use portcullis_sql::foreign::{ForeignUsers, Unused};
use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::records::{Looks, looks};
use crate::users::failure;

/// How many values of a column are looked at.
const SAMPLES: usize = 64;

/// A column that nothing uses, and what it looks like, unless it is known or said to be of no matter.
#[derive(Debug)]
pub(super) struct Columns(Vec<(String, Option<Looks>)>);

impl Columns {
    /// Of this table; `ignores` says which were left out by hand.
    pub(super) async fn unused(
        users: &ForeignUsers,
        framework: &Framework,
        ignores: impl Fn(&str) -> bool,
    ) -> Outcome<Self> {
        let unused = users.unused_columns(SAMPLES).await.map_err(failure)?;
        let judged = |Unused { name, samples }: Unused| {
            let asked = !ignores(&name) && !framework.harmless().contains(&name.as_str());
            let looks = looks(&name, samples.iter().map(String::as_str)).filter(|_| asked);
            (name, looks)
        };
        Ok(Self(unused.into_iter().map(judged).collect()))
    }

    /// All of them, in one line.
    pub(super) fn line(&self) -> Option<String> {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        (!names.is_empty()).then(|| format!("Not used: {}", names.join(", ")))
    }

    fn telling(&self) -> impl Iterator<Item = (&str, Looks)> {
        self.0
            .iter()
            .filter_map(|(name, looks)| Some((name.as_str(), (*looks)?)))
    }

    /// What each of those looks like that matter.
    pub(super) fn sentences(&self) -> impl Iterator<Item = String> {
        self.telling()
            .map(|(name, looks)| format!("the column {name} looks like {} and is not used", looks.title()))
    }

    /// Why nothing is written, if one of them matters.
    pub(super) fn refusal(&self) -> Option<Failure> {
        let named: Vec<String> = self
            .telling()
            .map(|(name, looks)| format!("{name} (it looks like {})", looks.title()))
            .collect();
        if named.is_empty() {
            return None;
        }
        let ignored: Vec<String> = self.telling().map(|(name, _)| format!("--ignore {name}")).collect();
        let what = format!(
            "not used, and not to be lost in silence: {}; nothing was written",
            named.join(", ")
        );
        let remedy = format!(
            "Leave it out: {}; or write [users] by hand with `active` (an expression such as NOT banned), `hash`, `salt`.",
            ignored.join(" ")
        );
        Some(Failure::new(what, remedy))
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let column =
            |(name, looks): &(String, Option<Looks>)| json!({ "column": name, "looks_like": looks.map(Looks::title) });
        self.0.iter().map(column).collect()
    }
}
