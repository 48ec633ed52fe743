//! `doctor`: what an operator should know.

use clap::Args;
use serde_json::json;

use crate::config::AllFlags;
use crate::doctor::{Finding, Grade, examine};
use crate::failure::{Failure, Outcome};
use crate::output::{say, say_json};
use crate::shown::Shown;

/// Look whether all is as it should be, and say what mends what is not
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis doctor --data /var/lib/portcullis\n  portcullis doctor --json\n  \
    PORTCULLIS_DATABASE=postgres://… portcullis doctor --master-key-file master.key\n\n\
    Each line is a question: ✓ good, ! advice, ✗ a fault, with what mends it below. Exit code 0 without a fault, 1 with one.\n\
    Of a data folder it asks a temporary copy of the database (in TMPDIR), also while that is served, and changes nothing.\n\
    A PostgreSQL database is asked itself, and who copies it, which servers are at work on it and how it is set too; only\n\
    tables are brought up to date, as `serve` does. Run it as the user who serves, with the same settings; names in the\n\
    JSON stay."
)]
pub(crate) struct Doctor {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: AllFlags,
}

impl Doctor {
    pub(crate) async fn run(self) -> Outcome {
        let found = examine(&self.flags.0).await;
        let faults = found.iter().filter(|finding| finding.grade == Grade::Fault).count();
        match self.json {
            true => say_json(&json!({ "good": faults == 0, "findings": found }))?,
            false => say(shown(&found))?,
        }
        match faults {
            0 => Ok(()),
            1 => Err(Failure::new("there is a fault", "The line below the ✗ mends it.")),
            _ => Err(Failure::new(
                format!("there are {faults} faults"),
                "The lines below each ✗ mend them.",
            )),
        }
    }
}

fn shown(found: &[Finding]) -> Shown {
    let width = found.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
    let mut shown = Shown::default();
    for Finding {
        check,
        grade,
        what,
        remedy,
    } in found
    {
        let mark = match grade {
            Grade::Good => '✓',
            Grade::Advice => '!',
            Grade::Fault => '✗',
        };
        shown.line(format!("{mark} {check:<width$}  {what}"));
        if !remedy.is_empty() {
            shown.line(format!("  {:<width$}  {remedy}", ""));
        }
    }
    shown
}
