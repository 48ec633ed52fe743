//! What a table has that the mapping does not use: nothing that keeps users out, or lets them in, is passed over in silence.

use portcullis_sql::foreign::frameworks::Framework;
use portcullis_sql::foreign::{ForeignUsers, Unused};
use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::records::{Looks, Survey, looks};
use crate::users::failure;

/// How many values of a column are looked at.
const SAMPLES: usize = 64;

/// The columns that nothing uses.
#[derive(Debug)]
pub(super) struct Columns {
    /// Each with what it looks like, unless it is known or said to be of no matter.
    all: Vec<(String, Option<Looks>)>,
    /// How one of them can be used after all.
    remedy: &'static str,
}

impl Columns {
    /// Of this table, which is `framework`'s if it is anybody's that is known; `ignores` says which were left out by hand.
    pub(super) async fn of_table(
        users: &ForeignUsers,
        framework: Option<&Framework>,
        ignores: impl Fn(&str) -> bool,
    ) -> Outcome<Self> {
        let harmless = framework.map_or(&[][..], Framework::harmless);
        let unused = users.unused_columns(SAMPLES).await.map_err(failure)?;
        let judged = |Unused { name, samples }: Unused| {
            let asked = !ignores(&name) && !harmless.contains(&name.as_str());
            let looks = looks(&name, samples.iter().map(String::as_str)).filter(|_| asked);
            (name, looks)
        };
        Ok(Self {
            all: unused.into_iter().map(judged).collect(),
            remedy: "write [users] by hand with `active` (an expression such as NOT banned), `hash`, `salt`",
        })
    }

    /// Of an export that is used as it is.
    pub(super) fn of_export(survey: &Survey) -> Self {
        let telling = survey.telling();
        let looks = |name: &str| telling.iter().find(|(told, _)| *told == name).map(|(_, looks)| *looks);
        Self {
            all: survey.columns().map(|name| (name.to_owned(), looks(name))).collect(),
            remedy: "take the file in with `portcullis user import`, which can be told what it is (--column)",
        }
    }

    /// All of them, in one line.
    pub(super) fn line(&self) -> Option<String> {
        let names: Vec<&str> = self.all.iter().map(|(name, _)| name.as_str()).collect();
        (!names.is_empty()).then(|| format!("Not used: {}", names.join(", ")))
    }

    fn telling(&self) -> impl Iterator<Item = (&str, Looks)> {
        self.all
            .iter()
            .filter_map(|(name, looks)| Some((name.as_str(), (*looks)?)))
    }

    /// What each of those looks like that matter.
    pub(super) fn sentences(&self) -> impl Iterator<Item = String> {
        self.telling()
            .map(|(name, looks)| format!("the column {name} looks like {} and is not used", looks.title()))
    }

    /// Why nothing is written, if one of them matters.
    pub(super) fn refusal(&self) -> Outcome {
        let named: Vec<String> = self
            .telling()
            .map(|(name, looks)| format!("{name} (it looks like {})", looks.title()))
            .collect();
        if named.is_empty() {
            return Ok(());
        }
        let ignored: Vec<String> = self.telling().map(|(name, _)| format!("--ignore {name}")).collect();
        let what = format!(
            "not used, and not to be lost in silence: {}; nothing was written",
            named.join(", ")
        );
        let remedy = format!("Leave it out: {}; or {}.", ignored.join(" "), self.remedy);
        Err(Failure::new(what, remedy))
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let column =
            |(name, looks): &(String, Option<Looks>)| json!({ "column": name, "looks_like": looks.map(Looks::title) });
        self.all.iter().map(column).collect()
    }
}
