//! A look at an export of users: what it is, what hashes there are, what would be refused, and how it is taken in.

use std::path::Path;

use super::columns::Columns;
use crate::commands::user::import::{FileFlags, Report, Target, format_flag, judge, quoted};
use crate::config::{Given, Settings};
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::place::Place;
use crate::records::{FirebaseConfig, Format, Opened, Unrecognised};
use crate::shown::Shown;
use crate::users;

/// A file in place of a database.
pub(super) struct Export<'a> {
    path: &'a Path,
    opened: Opened,
    flags: &'a FileFlags,
    given: &'a Given,
}

impl<'a> Export<'a> {
    /// The file at `path`, read as `flags` say; `given` is where the data folder was said to be.
    pub(super) fn at(path: &'a Path, flags: &'a FileFlags, given: &'a Given) -> Outcome<Self> {
        let mut source = flags.source(path)?;
        source.firebase.get_or_insert_with(FirebaseConfig::assumed);
        let opened = source.open().map_err(|why| unrecognised(path, why))?;
        if opened.is_guess {
            return Err(unrecognised(path, Unrecognised::Unknown));
        }
        let opened = opened.chosen()?;
        Ok(Self {
            path,
            opened,
            flags,
            given,
        })
    }

    /// What it is, and what `user import --dry-run` says of it.
    pub(super) async fn report(self, settings: &Settings, json: bool) -> Outcome {
        let deployment = Place::of(settings);
        let own = match deployment.expect_folder_set_up() {
            Ok(()) => Some(deployment.users().await?),
            Err(_) => None,
        };
        let mut report = Report::new(users::passwords(settings).await?);
        let next = self.command();
        let Self {
            path,
            opened,
            flags,
            given,
        } = self;
        let (format, preset) = (opened.format, opened.preset);
        let (opened, survey) = opened.survey().await?;
        report.take_all(opened, Target::Nothing(own.as_ref())).await?;
        if json {
            say_json(&report.json(true, &survey))?;
            judge(path, &survey, flags.without_passwords)?;
            return report.refusal();
        }
        let mut rows = vec![
            ("file", path.display().to_string()),
            ("format", format.title().to_owned()),
        ];
        rows.extend(preset.map(|preset| ("from", preset.title.to_owned())));
        rows.push(("users", survey.records.saturating_add(survey.faults).to_string()));
        say(Shown::sheet(&rows))?;
        let judged = judge(path, &survey, flags.without_passwords);
        let mut text = Shown::from("");
        text.append(report.text(true, &survey));
        say(text)?;
        judged?;
        if report.has_users() {
            let init = own.is_none().then(|| format!("portcullis init{}", place(given)));
            say(steps(format, init, next))?;
        }
        report.refusal()
    }

    /// What it has that is not used where it is used as it is.
    pub(super) async fn unused(self) -> Outcome<Columns> {
        let (_, survey) = self.opened.where_it_is().survey().await?;
        Ok(Columns::of_export(&survey))
    }

    /// What names it in the configuration, where it can be used as it is.
    pub(super) fn url(&self) -> Outcome<String> {
        if self.opened.format != Format::Keycloak {
            return Err(self.not_used_where_it_is());
        }
        let path = self.path.canonicalize();
        let path = path.or_fail(format!("{} cannot be found", self.path.display()), "Look at its name.")?;
        Ok(format!("{}{}", users::KEYCLOAK, path.display()))
    }

    /// What is said instead of writing it into the configuration.
    fn not_used_where_it_is(&self) -> Failure {
        let what = format!(
            "{} is {}, which is taken in and not used where it is",
            self.path.display(),
            self.opened.format.title()
        );
        Failure::usage(what, format!("Take it in with: {}", self.command()))
    }

    /// The command that takes it in.
    fn command(&self) -> String {
        let format = match self.flags.from {
            Some(_) => String::new(),
            None => format_flag(self.opened.format, self.path),
        };
        let path = quoted(&self.path.display().to_string());
        format!(
            "portcullis user import {path}{format}{}{}",
            self.flags.written(),
            place(self.given)
        )
    }
}

/// How it is taken in.
fn steps(format: Format, init: Option<String>, next: String) -> Shown {
    let mut text = Shown::from("");
    if format == Format::Firebase {
        text.line("The cost is what Firebase gives to projects: the hash parameters of this one are in its console");
        text.line("(Authentication, Users, the menu with the three dots). Put them into hash_config.txt.");
        text.line("");
    }
    if format == Format::Keycloak {
        text.line("With --write it is used as it is, read-only, until its users are taken in or cut over.");
        text.line("");
    }
    text.line("Next:");
    for command in init.into_iter().chain([next]) {
        text.line(format!("  {command}"));
    }
    text
}

/// The flags that say where the data folder is, as they were given.
fn place(given: &Given) -> String {
    let config = given.config.as_ref().map(|path| path.display().to_string());
    let config = config.map(|path| format!(" --config {}", quoted(&path)));
    let values = given.values.iter();
    let values = values.map(|(name, value)| format!(" --{name} {}", quoted(&value.to_string_lossy())));
    values.chain(config).collect()
}

/// A path that leads nowhere may have been meant for a URL.
fn unrecognised(path: &Path, why: Unrecognised) -> Failure {
    match &why {
        Unrecognised::Unreadable(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let place = path.display().to_string();
            // A URL that was misspelled, or a connection string of another kind, may hold a password.
            let may_hold_one = place.contains(['@', '?', '=']);
            let named = if may_hold_one {
                "such a file"
            } else {
                &format!("file {place}")
            };
            let what = format!("there is no {named}, and it is no URL of a database");
            let remedy =
                "Write sqlite:///path, postgres://user@host/name or mysql://user@host/name, or the path of an export.";
            Failure::new(what, remedy)
        }
        _ => why.failure(path),
    }
}
