//! Where a deployment is: in a data folder, or in a PostgreSQL database that several nodes share. Such a node has no state of its
//! own but the master key: a folder is then only where files that the settings name are looked for.

use std::path::PathBuf;

use portcullis_sql::backup;
use portcullis_sql::{
    AnyUsers, PostgresDatabase, PostgresOptions, PostgresSetup, PostgresUsers, SetUp, SqliteOptions, SqliteUsers,
};

use crate::config::{DatabaseUrl, Settings};
use crate::data_dir::DataDir;
use crate::failure::{Failure, OrFail as _, Outcome};

/// Where the master key stands in a data folder, unless the settings say otherwise.
pub(crate) const MASTER_KEY: &str = "keys/master.key";

/// What is wrong where the database cannot be opened, and what to do.
pub(crate) const UNREACHABLE: &str = "Look at the reason above: is it up, and may this user reach it? Where it is about TLS or a \
    certificate: `?sslrootcert=FILE` names a CA of your own, `?sslmode=disable` is for networks that you trust.";

/// The place of a deployment.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    folder: DataDir,
    database: Option<DatabaseUrl>,
    master_key_file: Option<PathBuf>,
    replicated: bool,
    contract: bool,
}

impl Place {
    /// The one that the settings name.
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            folder: DataDir::at(&settings.data),
            database: settings.database.clone(),
            master_key_file: settings.master_key_file.clone(),
            replicated: settings.replicated,
            contract: false,
        }
    }

    /// The same where steps of the tables are carried out too that older servers do not live with.
    pub(crate) fn contracting(mut self) -> Self {
        self.contract = true;
        self
    }

    /// The same where it is only looked at: a database is opened whether or not it has a synchronous standby.
    pub(crate) fn with_or_without_standby(mut self) -> Self {
        self.replicated = false;
        self
    }

    /// The database that is shared, if it is one.
    pub(crate) fn shared(&self) -> Option<&DatabaseUrl> {
        self.database.as_ref()
    }

    /// The data folder, if it is one.
    pub(crate) fn data_folder(&self) -> Option<&DataDir> {
        self.database.is_none().then_some(&self.folder)
    }

    /// The data folder, for what there is in one alone.
    ///
    /// # Errors
    /// There is none; `what` says what cannot be done, `instead` what to do.
    pub(crate) fn expect_folder(&self, what: &str, instead: &str) -> Outcome<&DataDir> {
        let none = || Failure::usage(format!("{what}, and this deployment is in {}", self.shown()), instead);
        self.data_folder().ok_or_else(none)
    }

    /// A file that the settings name.
    pub(crate) fn file(&self, path: &std::path::Path) -> PathBuf {
        self.folder.path().join(path)
    }

    /// For people, and as an argument of commands.
    pub(crate) fn shown(&self) -> String {
        match &self.database {
            None => self.folder.path().display().to_string(),
            Some(url) => url.shown(),
        }
    }

    /// Where the master key stands if it is not in the environment; `None`: nobody said.
    pub(crate) fn master_key_file(&self) -> Option<PathBuf> {
        let own = self.data_folder().map(|_| PathBuf::from(MASTER_KEY));
        let file = self.master_key_file.clone().or(own);
        file.map(|file| self.file(&file))
    }

    /// Fails unless `init` was run here to its end, as far as files say that.
    pub(crate) fn expect_folder_set_up(&self) -> Outcome {
        self.data_folder().map_or(Ok(()), DataDir::expect_set_up)
    }

    /// Opens the users of a deployment, and with them its database.
    ///
    /// # Errors
    /// It is not set up, or does not answer.
    pub(crate) async fn users(&self) -> Outcome<AnyUsers> {
        match &self.database {
            None => {
                self.folder.expect_set_up()?;
                self.users_being_set_up().await
            }
            Some(url) => {
                let database = self.open(url).await?;
                expect_set_up(&database, url).await?;
                users(database).await
            }
        }
    }

    /// Opens the users of a data folder that may be still being set up.
    pub(crate) async fn users_being_set_up(&self) -> Outcome<AnyUsers> {
        let path = self.folder.database();
        let what = format!("the database {} cannot be opened", path.display());
        let remedy = "Look at the reason above; `portcullis restore FILE` brings a copy back.";
        let mut options = SqliteOptions::default();
        options.contract = self.contract;
        if self.contract {
            let remedy = "Stop the server, and whatever else has users.db open: an older one would not live with it.";
            backup::hold(&path).or_fail(&what, remedy)?;
        }
        let users = SqliteUsers::open_with(&path, options).await.or_fail(what, remedy);
        users.map(AnyUsers::Sqlite)
    }

    /// Connects to the database of this URL.
    pub(crate) async fn open(&self, url: &DatabaseUrl) -> Outcome<PostgresDatabase> {
        let mut options = PostgresOptions::default();
        options.replicated = self.replicated;
        options.contract = self.contract;
        let database = PostgresDatabase::open_with(url.whole(), options).await;
        database.or_fail(format!("the database {} cannot be opened", url.shown()), UNREACHABLE)
    }
}

/// The users in a database of several nodes, whose tables are brought up to date.
pub(crate) async fn users(database: PostgresDatabase) -> Outcome<AnyUsers> {
    let users = PostgresUsers::on(database).await;
    let users = users.or_fail("the tables of users cannot be opened", "Look at the reason above.");
    users.map(AnyUsers::Postgres)
}

async fn expect_set_up(database: &PostgresDatabase, url: &DatabaseUrl) -> Outcome {
    let place = url.shown();
    let state = PostgresSetup::state(database).await;
    match state.or_fail(format!("the database {place} cannot be read"), UNREACHABLE)? {
        SetUp::Done => Ok(()),
        SetUp::Begun => Err(Failure::new(
            format!("the setup of {place} was interrupted, or is at work"),
            "Wait a minute, and run `portcullis init --database URL` again.",
        )),
        SetUp::Moved => Err(Failure::new(
            format!("what {place} holds was moved into another database (`portcullis move`)"),
            "Name that one: what is changed here would be missing there.",
        )),
        SetUp::Not => Err(Failure::new(
            format!("{place} is not set up"),
            "Run `portcullis init --database URL` once, from one machine; then every node is \
             `portcullis serve --database URL` with the same master key.",
        )),
    }
}
