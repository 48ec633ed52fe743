//! `move`: all of a deployment goes from a data folder into a PostgreSQL database, or back.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use portcullis_core::{AuditEvent, AuditKind, MasterKey};
use portcullis_sql::backup::{self, BackupError, Held};
use portcullis_sql::moving::{self, MoveError, Moved, MovedTable};
use portcullis_sql::{AnyDatabase, Database, OpenError, PostgresDatabase};

use crate::config::{DatabaseUrl, Given, Settings, sample};
use crate::data_dir::DataDir;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::say;
use crate::place::Place;
use crate::progress::Progress;
use crate::rehearsal::copied;
use crate::shown::Shown;
use crate::whoever::whoever;
use crate::{kept, logging, signing};

/// The variable that holds a URL with a password.
const URL_VARIABLE: &str = "PORTCULLIS_DATABASE";

/// Move all of a deployment into another database
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis move sqlite:/var/lib/portcullis postgres://portcullis@db.example/portcullis\n  \
    PORTCULLIS_DATABASE='postgres://portcullis:…@db.example/portcullis' portcullis move sqlite:/var/lib/portcullis postgres:\n  \
    portcullis move postgres://portcullis@db.example/portcullis sqlite:/var/lib/portcullis\n\n\
    Stop the servers first: what is served is refused, and so is a database that holds anything. Every row of every table is\n\
    copied, and both sides are compared before the new one counts. Nobody is logged out: passwords, refresh tokens, API keys,\n\
    clients and the audit trail go on. The master key moves with nobody: the new place needs the same one.\n\n\
    The old place stays and is marked, so that no server starts on it: users.db becomes users.db.moved."
)]
pub(crate) struct Move {
    /// What is moved: sqlite:FOLDER or postgres://…; `postgres:` alone is the URL in PORTCULLIS_DATABASE
    from: String,
    /// Where it goes: the same of the other kind
    to: String,
    /// The master key, to write down in the audit trail that it was moved [default: the data folder's]
    #[arg(long, value_name = "FILE")]
    master_key_file: Option<PathBuf>,
}

/// One side.
enum Side {
    Folder(PathBuf),
    Server(DatabaseUrl),
}

impl Move {
    pub(crate) async fn run(self) -> Outcome {
        match (side(&self.from)?, side(&self.to)?) {
            (Side::Folder(folder), Side::Server(url)) => self.move_into_postgres(&folder, &url).await,
            (Side::Server(url), Side::Folder(folder)) => self.move_into_folder(&url, &folder).await,
            _ => Err(Failure::usage(
                "both are databases of one kind",
                "Move from sqlite:FOLDER to postgres://… or back; `backup` and pg_dump copy within a kind.",
            )),
        }
    }

    /// The settings of a data folder, whatever database they name.
    fn settings(&self, folder: &Path) -> Outcome<Settings> {
        let mut values = vec![("data", OsString::from(folder))];
        if let Some(file) = &self.master_key_file {
            let file = std::path::absolute(file).or_fail("the master key cannot be found", "Look at its name.")?;
            values.push(("master_key_file", file.into()));
        }
        let given = Given { config: None, values };
        let mut settings = given.settings()?;
        settings.database = None;
        logging::start(settings.log, "warn");
        Ok(settings)
    }

    async fn move_into_postgres(&self, folder: &Path, url: &DatabaseUrl) -> Outcome {
        let settings = self.settings(folder)?;
        let place = Place::of(&settings);
        // Before anything is done: afterwards it would be too late to say that there is none.
        let master = signing::master_key_at_hand(&place)?;
        let folder = DataDir::at(&settings.data);
        folder.expect_set_up()?;
        let held = hold(&folder)?;
        // A copy, so that its tables can be brought up to date and the old ones stay as they are.
        let beside = folder.make_beside("move-");
        let beside = beside.or_fail("no copy can be made in the data folder", "Make room for one.")?;
        let path = beside.path().join("users.db");
        copied(|progress| held.copy_to(&path, progress))?;
        let copy = Database::open(&path).await;
        let copy = copy.or_fail("the copy cannot be opened", "Look at the reason above.")?;
        let moved = with_progress(async |progress| moving::into_postgres(copy, url.whole(), progress).await).await?;
        let tables = moved.tables().to_vec();
        let left = moved.commit().await.map_err(failure)?;
        left.leave().await.map_err(not_left)?;
        let old = put_aside(&folder.database());
        drop(held);
        let database = PostgresDatabase::open(url.whole()).await;
        let database = database.or_fail(AND_NOT_WRITTEN, "Look at the reason above.")?;
        written_down(
            &database.into(),
            master,
            &tables,
            (&folder.path().display().to_string(), &url.shown()),
        )
        .await?;
        let old = old.or_fail(
            format!("it is moved, and {} cannot be renamed", folder.database().display()),
            "Rename it, so that no server starts on it.",
        )?;
        let mut text = report(
            &tables,
            &format!("{} holds all of {}", url.shown(), folder.path().display()),
        );
        text.line(format!(
            "The old database is {}: no server starts on it. Remove it when all is well.",
            old.display()
        ));
        let key = place.master_key_file().unwrap_or_default();
        text.paragraph(format!(
            "Next, on every node, with the same settings and the master key ({} or PORTCULLIS_MASTER_KEY):",
            key.display()
        ));
        text.line("portcullis serve --database URL");
        say(text)
    }

    async fn move_into_folder(&self, url: &DatabaseUrl, path: &Path) -> Outcome {
        let settings = self.settings(path)?;
        let place = Place::of(&settings);
        let master = signing::master_key_at_hand(&place)?;
        let folder = DataDir::at(&settings.data);
        let unfinished = folder.begin()?;
        folder
            .make_database_file()
            .or_fail("the database cannot be made", "Check the disk.")?;
        let database = Database::open(folder.database()).await;
        let database = database.or_fail("the database cannot be made", "Check the disk.")?;
        let moved = with_progress(async |progress| moving::into_sqlite(url.whole(), database, progress).await).await?;
        let tables = moved.tables().to_vec();
        let left = moved.commit().await.map_err(failure)?;
        let own = place.users_being_set_up().await?;
        let names = (url.shown(), folder.path().display().to_string());
        written_down(&own.database(), master, &tables, (&names.0, &names.1)).await?;
        unfinished.write_config(&sample())?;
        unfinished.finish()?;
        left.leave().await.map_err(not_left)?;
        let mut text = report(&tables, &format!("{} holds all of {}", names.1, names.0));
        text.line("The PostgreSQL database is marked: no server starts on it. Drop it when all is well.");
        let key = place.master_key_file().unwrap_or_default();
        text.paragraph(format!(
            "Next, with the same settings (portcullis.toml) and the same master key in {} or PORTCULLIS_MASTER_KEY:",
            key.display()
        ));
        text.line(format!("portcullis serve --data {}", folder.path().display()));
        say(text)
    }
}

/// What an argument names. A URL is not repeated: it may hold a password.
fn side(text: &str) -> Outcome<Side> {
    let expected =
        "Write sqlite:FOLDER, postgres://user@host/database, or `postgres:` with the URL in PORTCULLIS_DATABASE.";
    if let Some(folder) = text.strip_prefix("sqlite:") {
        let folder = folder.strip_prefix("//").unwrap_or(folder);
        return match folder.is_empty() {
            true => Err(Failure::usage("sqlite: names no folder", expected)),
            false => Ok(Side::Folder(folder.into())),
        };
    }
    let url = match text {
        "postgres:" => std::env::var(URL_VARIABLE).unwrap_or_default(),
        text => text.to_owned(),
    };
    let none = || Failure::usage("one of the two is no database", expected);
    DatabaseUrl::parse(&url).map(Side::Server).ok_or_else(none)
}

/// The database of a data folder, so that nobody uses it meanwhile.
fn hold(folder: &DataDir) -> Outcome<Held> {
    backup::hold(&folder.database()).map_err(|error| {
        let place = folder.path().display();
        match error {
            BackupError::Source(OpenError::Locked(_)) => Failure::new(
                format!("{place} is in use; nothing was changed"),
                "Stop the server, and whatever else has users.db open.",
            ),
            error => Failure::new(
                format!("the database in {place} cannot be moved"),
                "Look at the reason above.",
            )
            .because(error),
        }
    })
}

/// Moves with a line that says how far it is.
async fn with_progress(
    work: impl AsyncFnOnce(&mut (dyn FnMut(&'static str, usize) + Send)) -> Result<Moved, MoveError>,
) -> Outcome<Moved> {
    let (mut what, mut progress) = ("rows copied", Progress::new("rows copied"));
    let mut tell = |now: &'static str, rows: usize| {
        if now != what {
            progress.end();
            (what, progress) = (now, Progress::new(now));
        }
        progress.add(rows);
    };
    let moved = work(&mut tell).await;
    progress.end();
    moved.map_err(failure)
}

fn failure(error: MoveError) -> Failure {
    let what = match &error {
        MoveError::Unknown(_) => "it is not known whether it was moved",
        _ => "nothing was moved",
    };
    let remedy = match &error {
        MoveError::Served(_) => {
            "Stop every server on it, on all machines, and whatever else uses it, and run this again."
        }
        MoveError::Unknown(_) => {
            "Run `portcullis doctor --database URL` when it answers. Where it is set up, all was moved: let no server start on the \
             old one. Otherwise run this again."
        }
        MoveError::SetUp | MoveError::NotEmpty(_) => {
            "Name an empty database: CREATE DATABASE portcullis ENCODING 'UTF8' TEMPLATE template0."
        }
        MoveError::Differs { .. } => "Run it again; if it stays so, please report this.",
        MoveError::Store(..) => "Look at the reason above: PostgreSQL keeps no text with a NUL.",
        _ => "Look at the reason above.",
    };
    Failure::new(what, remedy).because(error)
}

/// What was moved and is not marked.
fn not_left(error: MoveError) -> Failure {
    Failure::new(
        "all was moved and holds, and the old database could not be marked",
        "Let no server start on the old one: what it learns from now on is lost.",
    )
    .because(error)
}

const AND_NOT_WRITTEN: &str = "it is moved, and that could not be written down in the audit trail";

/// Writes into the new place that it is one.
async fn written_down(
    database: &AnyDatabase,
    master: Option<MasterKey>,
    tables: &[MovedTable],
    (from, to): (&str, &str),
) -> Outcome {
    let Some(master) = master else {
        tracing::warn!("without the master key it is not written down that the database was moved");
        return Ok(());
    };
    let rows = tables.iter().map(|table| table.rows).fold(0_u64, u64::saturating_add);
    let event = AuditEvent::new(AuditKind::DatabaseMoved, whoever());
    let event = event.with("from", from).with("to", to).with("rows", rows);
    let audit = kept::trail(database, &master).await?;
    let written = audit.record(event).await;
    written.or_fail(AND_NOT_WRITTEN, "Look at the reason above.")
}

/// Gives a database a name under which no server looks for it.
fn put_aside(database: &Path) -> std::io::Result<PathBuf> {
    let named = |ending: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let mut aside = named(".moved");
    let mut number = 1_u32;
    while aside.exists() {
        aside = named(&format!(".moved-{number}"));
        number = number.saturating_add(1);
    }
    std::fs::rename(database, &aside)?;
    Ok(aside)
}

/// What was moved.
fn report(tables: &[MovedTable], what: &str) -> Shown {
    let mut text = Shown::from(format!("{what}; compared row by row, both say the same:"));
    let rows: Vec<(&str, String)> = tables
        .iter()
        .filter(|table| table.rows > 0)
        .map(|table| (table.name, table.rows.to_string()))
        .collect();
    text.indented(Shown::sheet(&rows));
    text
}
