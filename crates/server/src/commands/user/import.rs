//! `user import`: users of a file, with their hashes as they stand.

use std::path::PathBuf;

use clap::Args;

use crate::config::PlaceFlags;
use crate::failure::{Failure, Outcome};
use crate::logging;
use crate::output::{say, say_json};
use crate::place::Place;
use crate::records::{Format, Survey};
use crate::users;

mod flags;
mod judge;
mod report;

pub(in crate::commands) use flags::{FileFlags, quoted};
pub(in crate::commands) use judge::judge;
pub(in crate::commands) use report::{Report, Target};

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    flags: FileFlags,
    /// Write nothing; say what would be refused and why
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceFlags,
}

impl Import {
    pub(super) async fn run(self) -> Outcome {
        let settings = self.place.0.settings()?;
        logging::start(settings.log, "warn");
        let place = Place::of(&settings);
        let passwords = users::passwords(&settings).await?;
        let own = place.users().await?;
        let target = match self.dry_run {
            true => Target::Nothing(Some(&own)),
            false => Target::Store(&own),
        };
        let source = self.flags.source(&self.file)?;
        let opened = source.open().map_err(|why| why.failure(&self.file))?;
        let (opened, survey) = opened.chosen()?.survey().await?;
        let judged = judge(&self.file, &survey, self.flags.without_passwords);
        let mut report = Report::new(passwords);
        // A look may go on where the import does not.
        let ended = match (&judged, self.dry_run) {
            (Err(_), false) => Ok(()),
            _ => report.take_all(opened, target).await,
        };
        if !self.dry_run {
            report.written_down(&place, &own.database()).await?;
        }
        self.say(&report, &survey)?;
        ended?;
        judged?;
        report.refusal()
    }

    fn say(&self, report: &Report, survey: &Survey) -> Outcome {
        match self.json {
            true => say_json(&report.json(self.dry_run, survey)),
            false => say(report.text(self.dry_run, survey)),
        }
    }
}

impl Report {
    /// That rows were refused or logins doubled, if any were.
    pub(in crate::commands) fn refusal(&self) -> Outcome {
        let refused = match self.refused() {
            0 => None,
            1 => Some("1 of the users was refused".to_owned()),
            count => Some(format!("{count} of the users were refused")),
        };
        let doubled = match self.doubled() {
            0 => None,
            count => Some(format!("{count} of the logins are another user's too")),
        };
        let what: Vec<String> = refused.into_iter().chain(doubled).collect();
        if what.is_empty() {
            return Ok(());
        }
        let mut remedy = String::from("Mend the file and run it again: what is there already is passed over.");
        if self.doubled() > 0 {
            remedy.push_str(
                " Whoever shares a login and is there must be deleted first (portcullis user delete NAME), to be taken in as the \
                 mended file has them; or leave the addresses out: --logins username.",
            );
        }
        Err(Failure::new(what.join(", "), remedy))
    }
}

/// The flag that names the format, where the file's name does not say it.
pub(in crate::commands) fn format_flag(format: Format, path: &std::path::Path) -> String {
    match format {
        Format::Firebase => " --format firebase --firebase-config hash_config.txt".to_owned(),
        format if format == Format::of(path) => String::new(),
        format => format!(" --format {}", format.name()),
    }
}
