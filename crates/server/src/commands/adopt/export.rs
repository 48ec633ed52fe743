//! A look at an export of users: what it is, what hashes there are, what would be refused, and how it is taken in.

use std::path::Path;

use crate::commands::user::import::{Report, Target};
use crate::config::{Given, Settings};
use crate::data_dir::DataDir;
use crate::deployment::open_users;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::say;
use crate::records::{FirebaseConfig, Format, Source, Unrecognised, recognise};
use crate::shown::Shown;
use crate::users;

/// A file in place of a database.
pub(super) struct Export<'a> {
    path: &'a Path,
    format: Format,
    given: &'a Given,
}

impl<'a> Export<'a> {
    /// The file at `path`; `given` is where the data folder was said to be.
    pub(super) fn at(path: &'a Path, given: &'a Given) -> Outcome<Self> {
        match recognise(path) {
            Ok(format) => Ok(Self { path, format, given }),
            Err(why) => Err(unrecognised(path, why)),
        }
    }

    /// What it is, and what `user import --dry-run` says of it.
    pub(super) async fn report(&self, settings: &Settings) -> Outcome {
        let folder = DataDir::at(&settings.data);
        let own = match folder.expect_set_up() {
            Ok(()) => Some(open_users(&folder).await?),
            Err(_) => None,
        };
        let mut report = Report::new(users::passwords(settings).await?);
        let source = Source {
            path: self.path.to_owned(),
            format: Some(self.format),
            firebase: Some(FirebaseConfig::assumed()),
            ..Source::default()
        };
        report.take_all(source, Target::Nothing(own.as_ref())).await?;
        let rows = report.rows();
        say(Shown::sheet(&[
            ("file", self.path.display().to_string()),
            ("format", self.format.title().to_owned()),
            ("users", rows.to_string()),
        ]))?;
        if rows == 0 {
            let what = format!("{} has no users", self.path.display());
            return Err(Failure::new(what, "Export it again with its users."));
        }
        let mut text = Shown::from("");
        text.append(report.text(true));
        if self.format == Format::Firebase {
            text.paragraph(
                "The cost is what Firebase gives to projects: the hash parameters of this one are in its console",
            );
            text.line("(Authentication, Users, the menu with the three dots). Put them into hash_config.txt.");
        }
        if self.format == Format::Keycloak {
            text.paragraph("With --write it is used as it is, read-only, until its users are taken in or cut over.");
        }
        text.paragraph("Next:");
        if own.is_none() {
            text.line(format!("  portcullis init{}", self.place()));
        }
        text.line(format!("  {}", self.command()));
        say(text)
    }

    /// What names it in the configuration, where it can be used as it is.
    pub(super) fn url(&self) -> Outcome<String> {
        if self.format != Format::Keycloak {
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
            self.format.title()
        );
        Failure::usage(what, format!("Take it in with: {}", self.command()))
    }

    /// The command that takes it in.
    fn command(&self) -> String {
        let format = match (self.format, Format::of(self.path)) {
            (Format::Firebase, _) => " --format firebase --firebase-config hash_config.txt",
            (format, named) if format == named => "",
            (Format::Csv, _) => " --format csv",
            (Format::Jsonl, _) => " --format jsonl",
            (Format::Htpasswd, _) => " --format htpasswd",
            (Format::Keycloak, _) => " --format keycloak",
        };
        let path = quoted(&self.path.display().to_string());
        format!("portcullis user import {path}{format}{}", self.place())
    }

    /// The flags that say where the data folder is, as they were given.
    fn place(&self) -> String {
        let config = self.given.config.as_ref().map(|path| path.display().to_string());
        let config = config.map(|path| format!(" --config {}", quoted(&path)));
        let values = self.given.values.iter();
        let values = values.map(|(name, value)| format!(" --{name} {}", quoted(&value.to_string_lossy())));
        values.chain(config).collect()
    }
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=+,@%".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    let inside = text.replace('\'', r"'\''");
    match text.starts_with('-') {
        true => format!("'./{inside}'"),
        false => format!("'{inside}'"),
    }
}

fn unrecognised(path: &Path, why: Unrecognised) -> Failure {
    let place = path.display().to_string();
    let remedy = match &why {
        Unrecognised::Unreadable(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // A URL that was misspelled may hold a password.
            let may_hold_one = place.contains(['@', '?']);
            let named = if may_hold_one { "such a file" } else { &format!("file {place}") };
            let what = format!("there is no {named}, and it is no URL of a database");
            let remedy = "Write sqlite:///path, postgres://user@host/name or mysql://user@host/name, or the path of an export.";
            return Failure::new(what, remedy);
        }
        Unrecognised::Unreadable(_) => "Look at the reason above.".to_owned(),
        Unrecognised::Folder => "Name the file in it; of a Keycloak export one with the users.".to_owned(),
        Unrecognised::Empty => "Export the users again.".to_owned(),
        Unrecognised::Sqlite => format!("Look at it with: portcullis adopt {}", quoted(&format!("sqlite:{place}"))),
        Unrecognised::Array => "Write an object a line, for instance with: jq -c '.[]'".to_owned(),
        Unrecognised::Unknown => {
            "Known are Keycloak's realm export, Firebase's auth:export, CSV whose first line names its columns, JSON with an \
             object a line, and htpasswd. With --format and --column, `portcullis user import --dry-run` reads others."
                .to_owned()
        }
    };
    let what = format!("{place} {why}");
    match why {
        Unrecognised::Unreadable(error) => Failure::new(what, remedy).because(error),
        _ => Failure::new(what, remedy),
    }
}
