//! What came of a file, for people and for programs.

use serde_json::{Value, json};

use super::Report;
use crate::census::{chart, json as tally_json};
use crate::records::Survey;
use crate::shown::Shown;

/// How many refusals are printed for people.
const SHOWN: usize = 20;

impl Report {
    /// For programs.
    pub(in crate::commands) fn json(&self, dry_run: bool, survey: &Survey) -> Value {
        let refused = self
            .refused
            .iter()
            .map(|(line, reason)| json!({ "line": line, "reason": reason }));
        let doubled = self
            .doubled
            .iter()
            .map(|(line, login)| json!({ "line": line, "login": login }));
        json!({
            "dry_run": dry_run,
            "added": self.added,
            "already_there": self.there,
            "completed": self.completed,
            "disabled": self.disabled,
            "refused": refused.collect::<Vec<_>>(),
            "doubled_logins": doubled.collect::<Vec<_>>(),
            "hashed": self.hashed,
            "unused": survey.columns().collect::<Vec<_>>(),
            "passed_over": survey.others,
            "hashes": tally_json(&self.tally),
        })
    }

    /// For people.
    pub(in crate::commands) fn text(&self, dry_run: bool, survey: &Survey) -> Shown {
        let would = if dry_run { "would be added" } else { "added" };
        let refused = self.refused.len();
        let mut text = chart(&self.tally);
        let completed = match self.completed {
            0 => String::new(),
            count => format!(", {count} completed"),
        };
        text.paragraph(format!(
            "{} {would}, {} there already{completed}, {refused} refused",
            self.added, self.there
        ));
        for (line, reason) in self.refused.iter().take(SHOWN) {
            text.line(format!("  line {line}: {reason}"));
        }
        for (line, login) in self.doubled.iter().take(SHOWN) {
            text.line(format!(
                "  line {line}: {login} leads to another user too, so neither logs in with it"
            ));
        }
        if refused > SHOWN {
            text.line("  … and more: `portcullis user import --dry-run --json` names all");
        }
        if self.disabled > 0 {
            text.line(format!(
                "Disabled: {} of the users in the file may not log in",
                self.disabled
            ));
        }
        if self.hashed > 0 {
            text.line(format!(
                "Hashed: {} passwords that stood there as they are typed",
                self.hashed
            ));
        }
        let unused: Vec<&str> = survey.columns().collect();
        if !unused.is_empty() {
            let more = if survey.has_more { ", …" } else { "" };
            text.line(format!("Not used: {}{more}", unused.join(", ")));
        }
        for (what, count) in survey.others.iter().take(SHOWN) {
            text.line(format!("Passed over: {count} {what}"));
        }
        text
    }
}
