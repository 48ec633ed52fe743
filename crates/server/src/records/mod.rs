//! Users in files, a record each: read beside the async threads, in batches, with bounded memory.

use std::fs::File;
use std::io::{BufReader, Seek as _};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::failure::{Failure, OrFail as _, Outcome};

mod classify;
mod csv;
mod field;
mod fields;
mod firebase;
mod flat;
mod format;
mod json;
mod keycloak;
mod ldif;
mod lines;
mod names;
mod open;
mod own;
mod presets;
mod realm;
mod recognise;
mod states;
mod text;
mod unused;

pub(crate) use classify::{Looks, looks, seen_through, state_fields};
pub(crate) use fields::Fields;
pub(crate) use firebase::FirebaseConfig;
pub(crate) use format::Format;
pub(crate) use names::Columns;
pub(crate) use open::Opened;
pub(crate) use own::logins_of;
pub(crate) use presets::Preset;
pub(crate) use recognise::Unrecognised;
pub(crate) use states::time;
pub(crate) use unused::Survey;

use fields::Plan;
use text::{Meter, Text};

/// How many records travel at once.
const BATCH: usize = 512;

/// A user as the file has it.
#[derive(Debug)]
pub(crate) struct Record {
    /// The line where it begins, or which entry it is, from 1.
    pub(crate) line: u64,
    pub(crate) fields: Fields,
}

/// A record that cannot be read, or a file that cannot be read further.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) line: u64,
    pub(crate) reason: String,
    /// Whether nothing comes after it.
    pub(crate) is_last: bool,
}

/// The longest reason, in bytes: it may repeat a name that the file has.
const REASON: usize = 500;

impl Fault {
    fn new(line: u64, reason: impl Into<String>) -> Self {
        Self {
            line,
            reason: unused::beginning(&reason.into(), REASON).to_owned(),
            is_last: false,
        }
    }

    fn last(line: u64, reason: impl Into<String>) -> Self {
        Self {
            is_last: true,
            ..Self::new(line, reason)
        }
    }
}

/// One or the other.
pub(crate) type Row = Result<Record, Fault>;

/// What to read and how.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    /// How it is written, where that was said.
    pub(crate) format: Option<Format>,
    /// Whose it is, where that was said.
    pub(crate) preset: Option<&'static Preset>,
    pub(crate) columns: Columns,
    pub(crate) delimiter: Option<u8>,
    /// Which one of several realms.
    pub(crate) realm: Option<String>,
    pub(crate) firebase: Option<FirebaseConfig>,
    /// Whether users log in with their addresses too, where that was said.
    pub(crate) by_email: Option<bool>,
    /// Whether letters of another case are the same in their names, whatever the source does.
    pub(crate) fold_case: bool,
}

/// Why reading stopped before the end.
enum Stopped {
    /// Nobody listens.
    Unheard,
    Unreadable(Fault),
}

/// Where rows go while a file is read.
struct Sink<'p> {
    plan: &'p Plan,
    meter: Meter,
    by_email: Option<bool>,
    fold_case: bool,
    to: To<'p>,
}

enum To<'p> {
    /// To whoever takes users in.
    Channel(Vec<Row>, Sender<Vec<Row>>),
    /// Nowhere: they are counted, and what is beside them is looked at.
    Survey(&'p mut Survey),
}

impl Sink<'_> {
    /// A record has ended.
    fn push(&mut self, mut row: Row) -> Result<(), Stopped> {
        self.meter.record();
        if let Ok(record) = &mut row {
            let log_in = &mut record.fields.log_in;
            log_in.by_email = self.by_email.unwrap_or(log_in.by_email);
            log_in.any_case |= self.fold_case;
        }
        match (&mut self.to, row) {
            (To::Channel(rows, _), row) => {
                rows.push(row);
                if rows.len() >= BATCH { self.send() } else { Ok(()) }
            }
            (To::Survey(_), Err(fault)) if fault.is_last => Err(Stopped::Unreadable(fault)),
            (To::Survey(survey), Err(_)) => {
                survey.faults = survey.faults.saturating_add(1);
                Ok(())
            }
            (To::Survey(survey), Ok(record)) => {
                survey.count(&record.fields);
                Ok(())
            }
        }
    }

    fn send(&mut self) -> Result<(), Stopped> {
        let To::Channel(rows, sender) = &mut self.to else {
            return Ok(());
        };
        let rows = std::mem::replace(rows, Vec::with_capacity(BATCH));
        sender.blocking_send(rows).map_err(|_| Stopped::Unheard)
    }

    /// A column is a field.
    fn used(&mut self, name: &str) {
        if let To::Survey(survey) = &mut self.to {
            survey.used(name);
        }
    }

    /// A column is no field, and this stands in it.
    fn unused(&mut self, name: &str, value: &str) {
        if let To::Survey(survey) = &mut self.to {
            survey.unused(name, value, self.plan);
        }
    }

    /// Something is there that is no user.
    fn other(&mut self, what: &str) {
        if let To::Survey(survey) = &mut self.to {
            survey.other(what);
        }
    }
}

impl Opened {
    /// Reads the whole file once, beside the async threads: what stands in it, and whether it can be read to its end.
    ///
    /// # Errors
    /// It cannot, or a column that was named by hand is not in it.
    pub(crate) async fn survey(self) -> Outcome<(Self, Survey)> {
        let reading = tokio::task::spawn_blocking(move || {
            let mut survey = Survey::default();
            let ended = self.read(To::Survey(&mut survey));
            (self, survey, ended)
        });
        let (opened, survey, ended) = reading.await.or_fail("a thread failed", "Run it again.")?;
        if let Err(Stopped::Unreadable(fault)) = ended {
            return Err(unreadable(&opened.source.path, &fault));
        }
        if let Some(name) = survey.missing(opened.source.columns.named()) {
            let what = format!("{} has no column {name}", opened.source.path.display());
            let columns: Vec<&str> = survey.columns().collect();
            return Err(Failure::usage(
                what,
                format!("Not used yet are {}.", columns.join(", ")),
            ));
        }
        Ok((opened, survey))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.source.path
    }

    /// Reads it on a thread of its own, which ends when nobody listens any more.
    pub(crate) fn start(self) -> Outcome<Receiver<Vec<Row>>> {
        let (sender, receiver) = channel(4);
        let thread = std::thread::Builder::new().name("records".into());
        let reading = thread.spawn(move || {
            let to = To::Channel(Vec::with_capacity(BATCH), sender.clone());
            if let Err(Stopped::Unreadable(fault)) = self.read(to) {
                let _ = sender.blocking_send(vec![Err(fault)]);
            }
        });
        reading.or_fail(
            "a thread cannot be started",
            "Check the limits of this user (ulimit -u).",
        )?;
        Ok(receiver)
    }

    fn read(&self, to: To<'_>) -> Result<(), Stopped> {
        let plan = Plan::new(self.source.columns.clone(), self.preset, self.now);
        let meter = Meter::new();
        let mut sink = Sink {
            plan: &plan,
            meter: meter.clone(),
            by_email: self.source.by_email,
            fold_case: self.source.fold_case,
            to,
        };
        let input = BufReader::with_capacity(1 << 16, Text::new(self.rewound()?, meter));
        let ended = match self.format {
            Format::Csv => csv::read(input, self.source.delimiter, &mut sink),
            Format::Jsonl => lines::read_jsonl(input, &mut sink),
            Format::Json => json::read(input, &mut sink),
            Format::Htpasswd => lines::read_htpasswd(input, &mut sink),
            Format::Ldif => ldif::read(input, &mut sink),
            Format::Firebase => firebase::read(input, self.source.firebase.as_ref(), &mut sink),
            Format::Keycloak => match &self.realm {
                Some((realm, place)) => keycloak::read(input, realm, *place, &mut sink),
                None => Ok(()),
            },
        };
        // What was read before the fault goes on.
        match sink.send() {
            Ok(()) => ended,
            Err(stopped) => Err(stopped),
        }
    }

    /// The file from its beginning.
    fn rewound(&self) -> Result<File, Stopped> {
        let again = self.file.try_clone().and_then(|mut file| {
            file.rewind()?;
            Ok(file)
        });
        again.map_err(|error| {
            let reason = format!("the file cannot be read from its beginning: {error}");
            Stopped::Unreadable(Fault::last(1, reason))
        })
    }
}

/// What is said of a file that cannot be read to its end.
pub(crate) fn unreadable(path: &Path, fault: &Fault) -> Failure {
    let what = format!("{}, line {}: {}", path.display(), fault.line, fault.reason);
    Failure::new(what, "Look at the file, or name its --format.")
}

#[cfg(test)]
mod tests;
