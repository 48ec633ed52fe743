//! `adopt`: a look at another application's users, and the configuration that uses them where they are.

use std::path::Path;

use clap::Args;
use portcullis_sql::foreign::Schema;
use portcullis_sql::foreign::frameworks::{FRAMEWORKS, Framework, look};

use crate::census::is_url;
use crate::commands::user::import::FileFlags;
use crate::config::{PlaceFlags, Settings, USERS_URL_VARIABLE};
use crate::data_dir::DataDir;
use crate::failure::{Failure, Outcome};
use crate::logging;
use crate::output::{say, say_json};
use crate::shown::Shown;
use crate::users::failure;

mod columns;
mod configuration;
mod cost;
mod cut_over;
mod database;
mod export;

use configuration::{Passwords, Place};
use database::Seen;
use export::Export;

/// Look at another application's users and use them where they are
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  portcullis adopt sqlite:///srv/app/db.sqlite3\n  \
    portcullis adopt postgres://app@db.example/app --write\n  \
    PORTCULLIS_USERS_URL='postgres://app:…@db.example/app' portcullis adopt --write\n  \
    portcullis adopt realm-export.json\n\n\
    The database is only read. --write adds the table [users] to portcullis.toml, with the stage \"read-only\";\n\
    \"write-back\" there lets passwords that are changed here, and hashes that are upgraded, be written in a format\n\
    that the other application reads. --cut-over copies the users into our own table when the other application is to end;\n\
    it can be run again until nothing changes any more, and \"read-only\" or \"write-back\" leads back.\n\n\
    An export is looked at in the same way, and the command is told that takes its users in. One of Keycloak can be\n\
    used as it is (--write), read-only, until it is cut over.")]
pub(crate) struct Adopt {
    /// A database (sqlite:…, postgres://…, mysql://…), or a file that was exported: Keycloak, Firebase, CSV, JSON, LDIF,
    /// htpasswd [env: PORTCULLIS_USERS_URL]
    source: Option<String>,
    /// Add the table [users] to the configuration
    #[arg(long)]
    write: bool,
    /// Copy the users of the configuration's table [users] into our own, and compare the two
    #[arg(long, conflicts_with = "write")]
    cut_over: bool,
    /// Say what was found, or done, as JSON
    #[arg(long, conflicts_with = "write")]
    json: bool,
    #[command(flatten, next_help_heading = "Files")]
    flags: FileFlags,
    #[command(flatten)]
    place: PlaceFlags,
}

impl Adopt {
    pub(crate) async fn run(self) -> Outcome {
        let settings = self.place.0.settings()?;
        logging::start(settings.log, "warn");
        if self.cut_over {
            return cut_over::run(&settings, &self.flags, &self.place.0, self.json).await;
        }
        let missing = || Failure::usage("which users?", "Give the URL of a database, an export, or --cut-over.");
        let environment = std::env::var(USERS_URL_VARIABLE).ok();
        let url = self.source.as_deref().or(environment.as_deref()).ok_or_else(missing)?;
        if !is_url(url) {
            if self.source.is_none() && !Path::new(url).exists() {
                // Not even shown: it may hold a password, in whichever form.
                let what = format!("{USERS_URL_VARIABLE} is neither the URL of a database nor the path of a file");
                return Err(Failure::new(
                    what,
                    "Write it as postgres://user:password@host/name, say.",
                ));
            }
            let export = Export::at(Path::new(url), &self.flags, &self.place.0)?;
            if !self.write {
                return export.report(&settings, self.json).await;
            }
            let place = Place::Kept(export.url()?);
            export.unused().await?.refusal()?;
            return self.write("keycloak", &place, &Passwords::default(), &settings);
        }
        let schema = look(url).await.map_err(failure)?;
        let Some((framework, mapping)) = Framework::recognised(&schema) else {
            return Err(not_recognised(&schema));
        };
        let seen = Seen::of(url, (framework, mapping), &settings, |column| {
            self.flags.ignores(column)
        })
        .await?;
        if self.json {
            say_json(&seen.json())?;
            return seen.refusal();
        }
        say(seen.report())?;
        seen.refusal()?;
        let place = Place::of(url, self.source.is_none())?;
        if self.write {
            seen.columns.refusal()?;
            return self.write(framework.name, &place, &seen.passwords(), &settings);
        }
        let text = configuration::text(framework.name, &place, &seen.passwords());
        let mut shown = Shown::from("");
        shown.line("For portcullis.toml (or again with --write):");
        shown.paragraph(Shown::lines(&text));
        say(shown)
    }

    fn write(&self, framework: &str, place: &Place, passwords: &Passwords<'_>, settings: &Settings) -> Outcome {
        crate::place::Place::of(settings).expect_folder_set_up()?;
        let path = configuration::path(&self.place.0, &DataDir::at(&settings.data));
        configuration::write(&path, &configuration::text(framework, place, passwords))?;
        let serve = match place {
            Place::Kept(_) => "portcullis serve".to_owned(),
            Place::Environment => format!("portcullis serve, with the URL in {USERS_URL_VARIABLE}"),
        };
        say("")?;
        say(format!("{} now has the table [users]. Next: {serve}", path.display()))
    }
}

fn not_recognised(schema: &Schema) -> Failure {
    let titles: Vec<&str> = FRAMEWORKS.iter().map(|framework| framework.title).collect();
    let mut tables: Vec<&str> = schema.tables().take(30).collect();
    tables.sort_unstable();
    let what = format!(
        "the users of none of {} are among the tables {}",
        titles.join(", "),
        tables.join(", ")
    );
    let remedy = "Declare them yourself under [users] in portcullis.toml: url, table, id, logins and hash; active, email, \
        full_name, scopes and epoch where there are any.";
    Failure::new(what, remedy)
}
