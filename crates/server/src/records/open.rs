//! A file of users is opened, and it is found out what it is.

use std::fs::File;
use std::io::{self, BufReader, Seek as _, Write as _};

use super::fields::Plan;
use super::realm::{self, Realm};
use super::recognise::{Unrecognised, head, recognise};
use super::text::{Meter, Text};
use super::{Format, Preset, Source, Stopped, unreadable};
use crate::failure::{Failure, Outcome};

/// A file of users of which it is known how it is to be read.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(super) source: Source,
    /// It is read from its beginning more than once.
    pub(super) file: File,
    pub(crate) format: Format,
    /// Whether the format is no more than what the file's name suggests.
    pub(crate) is_guess: bool,
    pub(crate) preset: Option<&'static Preset>,
    /// Of a Keycloak export the chosen realm, and its place among the file's.
    pub(super) realm: Option<(Realm, usize)>,
    /// The time by which states are read, in seconds since 1970.
    pub(super) now: i64,
}

impl Source {
    /// Opens the file. What can be read only once is copied to an unnamed file first.
    ///
    /// # Errors
    /// It cannot be read, or is no file of users.
    pub(crate) fn open(self) -> Result<Opened, Unrecognised> {
        let file = opened(&self).map_err(Unrecognised::Unreadable)?;
        let head = head(&file).map_err(Unrecognised::Unreadable)?;
        let now = i64::try_from(crate::times::now().as_secs()).unwrap_or(i64::MAX);
        let said = self.format.or_else(|| self.preset.and_then(|preset| preset.format));
        let plan = Plan::new(self.columns.clone(), self.preset, now);
        let (format, is_guess) = match (recognise(&head, &self.path, &plan), said) {
            (Err(why @ (Unrecognised::Empty | Unrecognised::Sqlite)), _) => return Err(why),
            (_, Some(format)) => (format, false),
            (Ok(format), None) => (format, false),
            // A realm would have been told by its name.
            (Err(_), None) => match Format::of(&self.path) {
                Format::Keycloak => (Format::Json, true),
                format => (format, true),
            },
        };
        let preset = match (self.preset, format) {
            (Some(preset), _) => Some(preset),
            (None, Format::Firebase) => Preset::named("firebase"),
            (None, Format::Ldif) => Preset::named("ldap"),
            (None, Format::Keycloak) => Preset::named("keycloak"),
            (None, Format::Htpasswd) => None,
            (None, Format::Csv | Format::Jsonl | Format::Json) => Preset::of(&head, format, &plan),
        };
        Ok(Opened {
            source: self,
            file,
            format,
            is_guess,
            preset,
            realm: None,
            now,
        })
    }
}

fn opened(source: &Source) -> io::Result<File> {
    let mut file = File::open(&source.path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if metadata.is_file() {
        return Ok(file);
    }
    let mut copy = tempfile::tempfile()?;
    io::copy(&mut file, &mut copy)?;
    copy.flush()?;
    copy.rewind()?;
    Ok(copy)
}

impl Opened {
    /// Chooses the realm of a Keycloak export; of other files there is nothing to choose.
    ///
    /// # Errors
    /// The file is no such export, or it is not said which of its realms.
    pub(crate) fn chosen(mut self) -> Outcome<Self> {
        if self.format != Format::Keycloak {
            if self.source.realm.is_some() {
                let what = format!(
                    "{} is {}, which has no realms",
                    self.source.path.display(),
                    self.format.title()
                );
                return Err(Failure::usage(what, "Leave --realm out."));
            }
            return Ok(self);
        }
        if let Some(column) = self.source.columns.beside_states() {
            let what = format!(
                "of a realm export only states can be named with --column, and {column} is said to be another field"
            );
            return Err(Failure::usage(
                what,
                "Its names, addresses and passwords are known; leave that --column out.",
            ));
        }
        let meter = Meter::new();
        let file = self.rewound().map_err(|stopped| self.stopped(stopped))?;
        let input = BufReader::with_capacity(1 << 16, Text::new(file, meter.clone()));
        let realms = realm::scan(input, &meter).map_err(|stopped| self.stopped(stopped))?;
        let names: Vec<&str> = realms.iter().map(|realm| realm.name.as_str()).collect();
        let place = match &self.source.realm {
            Some(wanted) => names.iter().position(|name| name == wanted).ok_or_else(|| {
                let what = format!("{} has no realm {wanted}", self.source.path.display());
                Failure::usage(what, format!("It has {}.", names.join(", ")))
            })?,
            None if realms.len() > 1 => {
                let what = format!("{} holds {} realms", self.source.path.display(), realms.len());
                return Err(Failure::usage(
                    what,
                    format!("Name one with --realm: {}.", names.join(", ")),
                ));
            }
            None => 0,
        };
        self.realm = realms.into_iter().nth(place).map(|realm| (realm, place));
        Ok(self)
    }

    /// As it is used where it is: nothing was said of its columns by hand then.
    pub(crate) fn where_it_is(mut self) -> Self {
        self.source.columns = self.source.columns.ignored_alone();
        self
    }

    fn stopped(&self, stopped: Stopped) -> Failure {
        match stopped {
            Stopped::Unreadable(fault) => unreadable(&self.source.path, &fault),
            Stopped::Unheard => Failure::new("nobody listens", ""),
        }
    }
}
