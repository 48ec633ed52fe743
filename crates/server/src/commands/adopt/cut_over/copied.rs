//! What came of a cut over, for people and for programs.

use serde_json::{Value, json};

use crate::commands::adopt::columns::Columns;
use crate::failure::{Failure, Outcome};
use crate::shown::Shown;

/// How many are named.
const SHOWN: usize = 20;

/// What came of the users of the other table.
#[derive(Default)]
pub(super) struct Copied {
    pub(super) new: u64,
    pub(super) there: u64,
    pub(super) updated: u64,
    /// The names of those that were changed here since they were copied.
    pub(super) kept: Vec<String>,
    /// The names of those that stand in the way of another.
    pub(super) taken: Vec<String>,
    /// How many nobody could log in to in the other application.
    pub(super) left_out: u64,
    /// The names of those that were copied and removed there since, who are disabled now.
    pub(super) gone: Vec<String>,
}

impl Copied {
    /// What was done, for people.
    pub(super) fn told(&self, columns: &Columns) -> Shown {
        let mut text = format!("{} users copied, {} were there", self.new, self.there);
        if self.updated > 0 {
            text.push_str(&format!(", {} brought up to date", self.updated));
        }
        if !self.kept.is_empty() {
            text.push_str(&format!(", {} kept", self.kept.len()));
        }
        let mut text = Shown::from(text);
        named(&mut text, &self.taken, "another user has that name, id or login here");
        named(&mut text, &self.kept, "kept: changed here since");
        named(&mut text, &self.gone, "disabled: removed there since it was copied");
        columns.line().into_iter().for_each(|line| text.line(line));
        text
    }

    /// What the two tables say, for people.
    pub(super) fn compared(&self, doubled: &[String]) -> Shown {
        let mut text = Shown::default();
        if self.left_out > 0 {
            let sentence = "have no login and could not log in there: they are left out";
            text.line(format!("{} users {sentence}", self.left_out));
        }
        named(
            &mut text,
            doubled,
            "leads to several users, none of whom can log in with it",
        );
        text.line(match self.kept.len() {
            0 => "Compared: both tables say the same of every user.",
            _ => "Compared: both tables say the same of every user that was not changed here.",
        });
        text.paragraph("Next: set `stage = \"cut-over\"` under [users] and restart.");
        text
    }

    /// For programs.
    pub(super) fn json(&self, columns: &Columns, different: u64, doubled: &[String]) -> Value {
        json!({
            "copied": self.new,
            "there": self.there,
            "updated": self.updated,
            "kept": self.kept,
            "taken": self.taken,
            "gone": self.gone,
            "without_login": self.left_out,
            "doubled_logins": doubled,
            "different": different,
            "unused": columns.json(),
        })
    }

    /// Why the other table cannot be left yet.
    pub(super) fn refusal(&self, different: u64) -> Outcome {
        if different > 0 {
            let what = format!("{different} users were changed meanwhile");
            return Err(Failure::new(what, "Run it again."));
        }
        if self.taken.is_empty() {
            return Ok(());
        }
        let what = format!("{} users cannot be copied", self.taken.len());
        Err(Failure::new(
            what,
            "Delete or rename the other users of those names (`portcullis user list`).",
        ))
    }
}

/// The first of these names, each with the same sentence.
fn named(text: &mut Shown, names: &[String], sentence: &str) {
    for name in names.iter().take(SHOWN) {
        text.line(format!("  {name}: {sentence}"));
    }
    let more = names.len().saturating_sub(SHOWN);
    if more > 0 {
        text.line(format!("  … and {more} more"));
    }
}
