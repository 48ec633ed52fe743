//! The settings of a deployment: defaults, then one file, then the environment, then flags.

#[cfg(test)]
use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use portcullis::Cors;
use portcullis_core::jose::Algorithm;

use crate::data_dir::CONFIG_FILE;
use crate::failure::{Failure, Outcome};

mod audit;
mod database;
mod environment;
mod file;
mod flags;
mod in_force;
mod key;
mod keys;
mod listen;
mod new_passwords;
mod passwords;
mod proxies;
mod raw;
mod roles;
mod sample;
mod scopes;
mod sessions;
mod tables;
mod together;
mod unknown;
mod users;
mod watching;

use audit::AuditChoices;
pub(crate) use database::{DATABASE_VARIABLE, DatabaseUrl};
use environment::ours;
pub(crate) use flags::{AllFlags, FolderFlags, PlaceFlags};
use in_force::InForce;
pub(crate) use keys::{KEYS, Key};
pub(crate) use listen::Listen;
use new_passwords::NewPasswordChoices;
use passwords::PasswordsTable;
use proxies::ProxyChoices;
use raw::Raw;
pub(crate) use roles::RolesTable;
pub(crate) use sample::{sample, sample_with};
pub(crate) use scopes::ScopesTable;
use sessions::SessionChoices;
pub(crate) use users::{USERS_PEPPER_VARIABLE, USERS_URL_VARIABLE, UsersTable};
use watching::Watching;

/// What all our environment variables begin with.
const PREFIX: &str = "PORTCULLIS_";

/// The variable that names the file.
pub(crate) const CONFIG_VARIABLE: &str = "PORTCULLIS_CONFIG";

/// The variable that holds the master key. It has no flag and no place in the file: those are seen by others.
pub(crate) const MASTER_KEY_VARIABLE: &str = "PORTCULLIS_MASTER_KEY";

/// The variable that holds the former master key while it is changed.
pub(crate) const OLD_MASTER_KEY_VARIABLE: &str = "PORTCULLIS_OLD_MASTER_KEY";

/// Variables that hold secrets: they are read where they are needed and have no flag.
const SECRETS: [&str; 4] = [
    MASTER_KEY_VARIABLE,
    OLD_MASTER_KEY_VARIABLE,
    USERS_URL_VARIABLE,
    USERS_PEPPER_VARIABLE,
];

/// The settings of a deployment; [`KEYS`] explains each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    /// A PostgreSQL database in place of the data folder's.
    pub(crate) database: Option<DatabaseUrl>,
    /// Whether only what is on a synchronous standby too is acknowledged.
    pub(crate) replicated: bool,
    pub(crate) listen: Listen,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) access_token_minutes: u32,
    pub(crate) algorithm: Algorithm,
    pub(crate) key_rotation_days: u32,
    pub(crate) key_publish_minutes: u32,
    /// Where the master key stands; `None`: not said.
    pub(crate) master_key_file: Option<PathBuf>,
    pub(crate) hashing_threads: Option<usize>,
    pub(crate) hashing_queue: Option<usize>,
    pub(crate) hashing_memory_mib: Option<u32>,
    /// What new passwords must be.
    pub(crate) new_passwords: NewPasswordChoices,
    /// How long sessions live and what is forgiven.
    pub(crate) sessions: SessionChoices,
    /// Whether guessing is slowed.
    pub(crate) throttle: bool,
    /// Whether API keys are taken.
    pub(crate) api_keys: bool,
    /// What is written down, and for how long.
    pub(crate) audit: AuditChoices,
    pub(crate) answers: AnswersName,
    pub(crate) docs: bool,
    /// Which pages of other origins may call; `None`: none.
    pub(crate) cors_origins: Option<Cors>,
    /// Where clients find this server; `None`: at the issuer, where that is an address.
    pub(crate) public_url: Option<String>,
    /// Which proxies are believed, and how they say whom they ask for.
    pub(crate) proxies: ProxyChoices,
    /// What can be watched of it.
    pub(crate) watching: Watching,
    pub(crate) log: LogFormat,
    /// `[users]`: users that another application owns.
    pub(crate) users: Option<UsersTable>,
    /// `[scopes]`: scopes beside our own.
    pub(crate) scopes: ScopesTable,
    /// `[roles]`: sets of scopes with a name.
    pub(crate) roles: RolesTable,
    /// `[passwords]`: which hashes are read and made.
    pub(crate) passwords: PasswordsTable,
    /// What was said of all these.
    pub(crate) in_force: InForce,
}

/// The name of a preset of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum AnswersName {
    /// As FastAPI's tutorial answers, to the letter.
    Fastapi,
    /// By RFC 6749 and RFC 6750.
    Rfc,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object a line.
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: PathBuf::from("portcullis-data"),
            database: None,
            replicated: false,
            listen: Listen::default(),
            issuer: "portcullis".to_owned(),
            audience: "portcullis".to_owned(),
            access_token_minutes: 30,
            algorithm: Algorithm::EdDSA,
            key_rotation_days: 90,
            key_publish_minutes: 60,
            master_key_file: None,
            hashing_threads: None,
            hashing_queue: None,
            hashing_memory_mib: None,
            new_passwords: NewPasswordChoices::default(),
            sessions: SessionChoices::default(),
            throttle: true,
            api_keys: true,
            audit: AuditChoices::default(),
            answers: AnswersName::Rfc,
            docs: true,
            cors_origins: None,
            public_url: None,
            proxies: ProxyChoices::default(),
            watching: Watching::default(),
            log: LogFormat::Human,
            users: None,
            scopes: ScopesTable::default(),
            roles: RolesTable::default(),
            passwords: PasswordsTable::default(),
            in_force: InForce::default(),
        }
    }
}

impl Settings {
    /// What a proxy takes off the paths that clients send: the path of the public address. Nothing at the root.
    pub(crate) fn root_path(&self) -> &str {
        self.public_url
            .as_deref()
            .unwrap_or(&self.issuer)
            .split_once("://")
            .map_or("", |(_, rest)| {
                let path = rest.find('/').and_then(|start| rest.get(start..)).unwrap_or_default();
                path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/')
            })
    }
}

/// What the command line says of the settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// The file, if one is named.
    pub(crate) config: Option<PathBuf>,
    /// Names of keys and their values.
    pub(crate) values: Vec<(&'static str, OsString)>,
}

impl Given {
    /// The settings in force: flags over environment over file over defaults.
    ///
    /// # Errors
    /// A setting that is unknown or cannot be read, named with the place where it stands.
    pub(crate) fn settings(&self) -> Outcome<Settings> {
        self.settings_with(std::env::vars_os())
    }

    fn settings_with(&self, environment: impl Iterator<Item = (OsString, OsString)>) -> Outcome<Settings> {
        let environment = ours(environment)?;
        let named = |variable: &str| {
            environment
                .iter()
                .find(|(name, _)| name == variable)
                .map(|(_, value)| value)
        };
        let mut settings = Settings::default();
        let mut above = Vec::new();
        for key in KEYS {
            let variable = key.variable();
            if let Some(value) = named(&variable) {
                above.push((key, value.as_os_str(), variable));
            }
        }
        for (name, value) in &self.values {
            if let Some(key) = Key::named(name) {
                above.push((key, value.as_os_str(), format!("--{}", key.flag)));
            }
        }
        let data = above.iter().rev().find(|(key, ..)| key.name == "data");
        let data = data.map(|(_, value, _)| Path::new(value));
        let mut has_folder = data.is_some();
        match self
            .config
            .clone()
            .or_else(|| named(CONFIG_VARIABLE).map(PathBuf::from))
        {
            Some(path) => settings.take_file(&path, true)?,
            None => {
                // The file lies in the data folder, which the file itself can therefore not move.
                let path = data.unwrap_or(&settings.data).join(CONFIG_FILE);
                if path.exists() {
                    settings.take_file(&path, false)?;
                    has_folder = true;
                }
            }
        }
        has_folder |= settings.data != Settings::default().data;
        for (key, value, place) in above {
            let raw = Raw::Text(value);
            (key.take)(&mut settings, raw).map_err(|expected| {
                Failure::usage(format!("{place} is {}", key.shown(raw)), format!("Give it {expected}."))
            })?;
            settings.in_force.say(key.name, raw);
        }
        if settings.database.is_some() && !has_folder {
            // There is none: paths are as seen from where we are.
            settings.data = PathBuf::new();
        }
        Ok(settings)
    }
}

/// A value given on the command line.
#[cfg(test)]
pub(crate) fn given(name: &'static str, value: impl AsRef<OsStr>) -> (&'static str, OsString) {
    (name, value.as_ref().to_owned())
}

#[cfg(test)]
mod tests;
