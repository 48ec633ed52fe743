//! `user import`: users of a file, with their hashes as they stand.

use std::path::PathBuf;

use clap::Args;

use crate::config::PlaceFlags;
use crate::data_dir::DataDir;
use crate::deployment::open_users;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::logging;
use crate::output::{say, say_json};
use crate::records::{Columns, Format, Source};
use crate::users;

mod report;

pub(in crate::commands) use report::{Report, Target};

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The file
    file: PathBuf,
    /// How it is written [default: by its name]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Another name for a column: username=login, password_hash=pw, …
    #[arg(long = "column", value_name = "FIELD=COLUMN")]
    columns: Vec<String>,
    /// The project's hash parameters, as the Firebase console shows them, in a file
    #[arg(long, value_name = "FILE")]
    firebase_config: Option<PathBuf>,
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
        let folder = DataDir::at(&settings.data);
        folder.expect_set_up()?;
        let passwords = users::passwords(&settings).await?;
        let own = open_users(&folder).await?;
        let target = match self.dry_run {
            true => Target::Nothing(Some(&own)),
            false => Target::Store(&own),
        };
        let mut report = Report::new(passwords);
        let ended = report.take_all(self.source()?, target).await;
        match self.json {
            true => say_json(&report.json(self.dry_run))?,
            false => say(report.text(self.dry_run))?,
        }
        ended?;
        let what = match report.refused() {
            0 => return Ok(()),
            1 => "1 of the users was refused".to_owned(),
            count => format!("{count} of the users were refused"),
        };
        Err(Failure::new(
            what,
            "Mend the file and run it again: what is there already is passed over.",
        ))
    }

    fn source(&self) -> Outcome<Source> {
        let mut columns = Columns::default();
        for text in &self.columns {
            columns = columns
                .with(text)
                .map_err(|reason| Failure::usage(reason, "Write --column username=login."))?;
        }
        let firebase = match &self.firebase_config {
            None => None,
            Some(path) => {
                let place = path.display();
                let text = std::fs::read_to_string(path);
                let text = text.or_fail(format!("{place} cannot be read"), "Look at its name and mode.")?;
                let remedy = "Copy it from the Firebase console: Authentication, Users, Password hash parameters.";
                Some(
                    text.parse()
                        .or_fail(format!("{place} holds no hash parameters"), remedy)?,
                )
            }
        };
        Ok(Source {
            path: self.file.clone(),
            format: self.format,
            columns,
            firebase,
        })
    }
}
