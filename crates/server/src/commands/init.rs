//! `init`: a data folder, or a database that several nodes share, whole or not at all.

use clap::Args;
use portcullis_core::jose::Algorithm;
use portcullis_core::{Account, NewAccount, Password};
use portcullis_sql::{PostgresSetup, SetUp, SetupError};
use zeroize::Zeroizing;

use crate::config::{DatabaseUrl, MASTER_KEY_VARIABLE, PlaceFlags, Settings, sample, sample_with};
use crate::data_dir::DataDir;
use crate::deployment::Deployment;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::say;
use crate::place::{self, Place};
use crate::shown::Shown;
use crate::{generate, logging, signing};

/// Make a data folder: a signing key, the database and a first administrator
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis init --data /var/lib/portcullis\n  portcullis init --algorithm ES256\n  \
    portcullis init --database postgres://portcullis@db.example/portcullis --master-key-file master.key\n\n\
    The administrator's password is printed once and stored only as a hash.\n\
    Signing keys are stored encrypted, under the master key in PORTCULLIS_MASTER_KEY (64 hexadecimal digits)\n\
    or, without it, in the file keys/master.key, which is made.\n\
    An interrupted `init` can be run again, with the same master key; a finished one is never overwritten.\n\n\
    With --database an empty PostgreSQL database is set up, once for all nodes, and no data folder is made. Every further node\n\
    is `portcullis serve --database URL` with the same master key. Give a URL that holds a password in PORTCULLIS_DATABASE:\n\
    every user of a machine can read the arguments of its programs."
)]
pub(crate) struct Init {
    /// The name of the first administrator
    #[arg(long, value_name = "NAME", default_value = "admin")]
    admin: String,
    /// What the signing keys sign with: EdDSA, ES256, RS256, HS256 … [default: EdDSA]
    #[arg(long, value_name = "NAME")]
    algorithm: Option<Algorithm>,
    #[command(flatten)]
    place: PlaceFlags,
}

impl Init {
    pub(crate) async fn run(self) -> Outcome {
        let mut settings = self.place.0.settings()?;
        settings.algorithm = self.algorithm.unwrap_or(settings.algorithm);
        logging::start(settings.log, "warn");
        let place = Place::of(&settings);
        match place.shared().cloned() {
            None => self.make_folder(settings, place).await,
            Some(url) => self.set_up(settings, place, &url).await,
        }
    }

    async fn make_folder(self, settings: Settings, place: Place) -> Outcome {
        let folder = DataDir::at(&settings.data);
        let unfinished = folder.begin()?.without_keys()?;
        folder
            .make_database_file()
            .or_fail("the database cannot be made", "Check the disk.")?;
        let own = place.users_being_set_up().await?;
        let deployment = Deployment::over(settings, place, own).await?;
        deployment.expect_breached()?;
        let (admin, password) = administrator(&deployment, self.admin).await?;
        unfinished.write_config(&match self.algorithm {
            Some(algorithm) => sample_with("algorithm", &format!("\"{algorithm}\"")),
            None => sample(),
        })?;
        unfinished.finish()?;
        let (settings, place) = (&deployment.settings, deployment.settings.data.display());
        let mut text = Shown::from(format!(
            "{place} is set up: users.db with a signing key ({}), and portcullis.toml to be edited.",
            settings.algorithm
        ));
        let kept = format!(
            "{}: keep a copy of it elsewhere",
            master_key_file(&deployment.place, settings)
        );
        text.paragraph(credentials(&admin, &password, kept));
        text.paragraph("The password is shown this once and stored only as a hash. Change it after the first login:");
        text.line(format!("portcullis user passwd {} --data {place}", admin.username()));
        text.paragraph(format!("Next: portcullis serve --data {place}"));
        say(text)
    }

    /// A database of several nodes.
    async fn set_up(self, settings: Settings, place: Place, url: &DatabaseUrl) -> Outcome {
        let database = place.open(url).await?;
        let before = PostgresSetup::state(&database).await;
        let setup = PostgresSetup::begin(database.clone()).await;
        let setup = setup.map_err(|error| refused(url, error))?;
        // Only whoever has the turn makes one.
        signing::master_key(&place, &[])?;
        let own = place::users(database).await?;
        let deployment = Deployment::over(settings, place, own).await;
        let deployment = deployment.map_err(|failure| match before {
            Ok(SetUp::Begun) => failure.advising(INTERRUPTED),
            _ => failure,
        })?;
        deployment.expect_breached()?;
        let (admin, password) = administrator(&deployment, self.admin).await?;
        setup.finish().await.map_err(|error| refused(url, error))?;
        let settings = &deployment.settings;
        let mut text = Shown::from(format!(
            "{} is set up, with a signing key ({}).",
            url.shown(),
            settings.algorithm
        ));
        let kept = master_key_file(&deployment.place, settings);
        let kept = format!("{kept}: every node needs it; keep a copy of it elsewhere");
        text.paragraph(credentials(&admin, &password, kept));
        text.paragraph("The password is shown this once and stored only as a hash. Change it after the first login:");
        text.line(format!("portcullis user passwd {} --database URL", admin.username()));
        text.paragraph("Next, on every node, with the same master key and settings: portcullis serve --database URL");
        text.line("A URL that holds a password belongs into PORTCULLIS_DATABASE, not among the arguments.");
        say(text)
    }
}

/// What is left of a setup that was killed may be under a master key that nobody has any more.
const INTERRUPTED: &str = "An `init` that was interrupted has begun this database. Run it again with the same master key; where \
    that is lost, drop the database and create it anew: nobody has used it yet.";

/// Why a database is not set up, and what to do.
fn refused(url: &DatabaseUrl, error: SetupError) -> Failure {
    let place = url.shown();
    match error {
        SetupError::Done => Failure::new(
            format!("{place} is set up already; nothing was changed"),
            "A further node joins it by `portcullis serve --database URL` with the same master key \
             (PORTCULLIS_MASTER_KEY or --master-key-file).",
        ),
        SetupError::Busy => Failure::new(
            format!("another `init` is at work in {place}, or was interrupted a moment ago"),
            "Where one is at work, join it when it has ended: `portcullis serve --database URL` with the same master key. \
             Where none is, run this again in a minute.",
        ),
        SetupError::Used => Failure::new(
            format!("{place} has users already; nothing was changed"),
            "Name an empty database: CREATE DATABASE portcullis ENCODING 'UTF8' TEMPLATE template0.",
        ),
        error => Failure::new(
            format!("{place} cannot be set up"),
            "Look at the reason above; the user of the URL must own the database or may create tables in it.",
        )
        .because(error),
    }
}

/// The first administrator and the password that was made.
async fn administrator(deployment: &Deployment, name: String) -> Outcome<(Account, Zeroizing<String>)> {
    let password = generate::spoken_password(&generate::random());
    let password = password.or_fail("no password could be made", "Run `portcullis init` again.")?;
    let admin = NewAccount {
        password: Some(Password::from(password.as_str())),
        // Whoever lacks a scope cannot give it to others over HTTP.
        scopes: deployment.auth.scopes().iter().map(|scope| scope.name).collect(),
        ..NewAccount::named(name)
    };
    let admin = deployment.accounts.create(admin).await;
    let admin = admin.or_fail("the administrator cannot be made", "Choose another name with --admin.")?;
    Ok((admin, password))
}

/// Its name as the settings have it.
fn master_key_file(place: &Place, settings: &Settings) -> String {
    let file = match place.data_folder() {
        Some(_) => settings
            .master_key_file
            .clone()
            .unwrap_or_else(|| "keys/master.key".into()),
        None => place.master_key_file().unwrap_or_default(),
    };
    file.display().to_string()
}

/// What is to be kept; `in_file` says it of a master key in a file.
fn credentials(admin: &Account, password: &str, in_file: String) -> Shown {
    let master = match std::env::var_os(MASTER_KEY_VARIABLE) {
        Some(_) => format!("in {MASTER_KEY_VARIABLE}, which every command and `serve` now need"),
        None => in_file,
    };
    Shown::sheet(&[
        ("administrator", admin.username().to_owned()),
        ("password", password.to_owned()),
        ("master key", master),
    ])
}
