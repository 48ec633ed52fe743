//! The settings as flags: made from the table, so that none is forgotten.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use super::{CONFIG_VARIABLE, Given, KEYS, Key};

/// Every setting as a flag.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllFlags(pub(crate) Given);

/// Only where the deployment lies: `--data`, `--database`, `--master-key-file` and `--config`. The other settings still come
/// from file and environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlaceFlags(pub(crate) Given);

/// The same without `--database`, for what means something else by it.
#[derive(Debug, Clone, Default)]
pub(crate) struct FolderFlags(pub(crate) Given);

fn is_place(key: &Key) -> bool {
    key.name == "database" || is_folder(key)
}

fn is_folder(key: &Key) -> bool {
    matches!(key.name, "data" | "master_key_file")
}

fn augment(command: Command, wanted: fn(&Key) -> bool) -> Command {
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
        .help(format!(
            "The configuration [default: portcullis.toml in the data folder] [env: {CONFIG_VARIABLE}]"
        ));
    let mut command = command.next_help_heading("Settings").arg(config);
    for key in KEYS.iter().filter(|key| wanted(key)) {
        // Read as text here and by the table later, so that a wrong value is answered alike wherever it stands.
        let arg = Arg::new(key.name)
            .long(key.flag)
            .value_name(key.value)
            .value_parser(clap::value_parser!(OsString))
            .help(key.full_help());
        // A flag alone switches on.
        let arg = match key.value {
            "true|false" => arg.num_args(0..=1).default_missing_value("true"),
            _ => arg,
        };
        command = command.arg(arg);
    }
    command.next_help_heading(None)
}

fn read(matches: &ArgMatches, wanted: fn(&Key) -> bool) -> Given {
    let config = matches.get_one::<PathBuf>("config").cloned();
    let keys = KEYS.iter().filter(|key| wanted(key));
    let values = keys.filter_map(|key| Some((key.name, matches.get_one::<OsString>(key.name)?.clone())));
    Given {
        config,
        values: values.collect(),
    }
}

impl Key {
    /// Its sentence, with the default and the environment variable behind it.
    fn full_help(&self) -> String {
        let default = match self.help.contains("unset:") {
            true => String::new(),
            false => format!(" [default: {}]", self.default.trim_matches('"')),
        };
        format!("{}{default} [env: {}]", self.help, self.variable())
    }
}

macro_rules! flags {
    ($name:ident, $wanted:expr) => {
        impl Args for $name {
            fn augment_args(command: Command) -> Command {
                augment(command, $wanted)
            }

            fn augment_args_for_update(command: Command) -> Command {
                augment(command, $wanted)
            }
        }

        impl FromArgMatches for $name {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                Ok(Self(read(matches, $wanted)))
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                self.0 = read(matches, $wanted);
                Ok(())
            }
        }
    };
}

flags!(AllFlags, |_| true);
flags!(PlaceFlags, is_place);
flags!(FolderFlags, is_folder);
