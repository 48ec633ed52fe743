//! Users in files, a record each: read beside the async threads, in batches, with bounded memory.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::failure::{OrFail as _, Outcome};

mod csv;
mod exports;
mod fields;
mod lines;
mod recognise;

pub(crate) use exports::FirebaseConfig;
pub(crate) use fields::{Columns, Fields};
pub(crate) use recognise::{Unrecognised, recognise};

/// How many records travel at once.
const BATCH: usize = 512;

/// The most bytes of one record: a quote that is never closed must not take the whole file into memory.
const LARGEST: u64 = 1 << 20;

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

impl Fault {
    fn new(line: u64, reason: impl Into<String>) -> Self {
        Self {
            line,
            reason: reason.into(),
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

/// How a file of users is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns, named in the first line
    Csv,
    /// A JSON object a line
    Jsonl,
    /// Apache's `user:hash`
    Htpasswd,
    /// A Keycloak realm export
    Keycloak,
    /// `firebase auth:export`, with --firebase-config
    Firebase,
}

impl Format {
    /// What it is for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Csv => "a table of users (CSV)",
            Self::Jsonl => "users as JSON, one a line",
            Self::Htpasswd => "Apache's htpasswd",
            Self::Keycloak => "a realm export of Keycloak",
            Self::Firebase => "an export of Firebase Authentication",
        }
    }

    /// By the file's name.
    pub(crate) fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv" | "tsv") => Self::Csv,
            Some("jsonl" | "ndjson") => Self::Jsonl,
            Some("json") if name.contains("firebase") => Self::Firebase,
            Some("json") => Self::Keycloak,
            _ => Self::Htpasswd,
        }
    }
}

/// What to read and how.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) format: Option<Format>,
    pub(crate) columns: Columns,
    pub(crate) firebase: Option<FirebaseConfig>,
}

impl Source {
    /// Opens the file and reads it on a thread of its own, which ends when nobody listens any more.
    pub(crate) fn start(self) -> Outcome<Receiver<Vec<Row>>> {
        let place = self.path.display().to_string();
        let file = File::open(&self.path).or_fail(format!("{place} cannot be read"), "Look at its name and mode.")?;
        let (sender, receiver) = channel(4);
        let thread = std::thread::Builder::new().name("records".into());
        let reading = thread.spawn(move || self.read(file, sender));
        reading.or_fail(
            "a thread cannot be started",
            "Check the limits of this user (ulimit -u).",
        )?;
        Ok(receiver)
    }

    fn read(&self, file: File, sender: Sender<Vec<Row>>) {
        let since = Rc::new(Cell::new(0));
        let capped = Capped {
            file,
            since: since.clone(),
        };
        let mut batches = Batches {
            rows: Vec::with_capacity(BATCH),
            sender,
            since,
        };
        let input = BufReader::with_capacity(1 << 16, capped);
        let ended = match self.format.unwrap_or_else(|| Format::of(&self.path)) {
            Format::Csv => csv::read(input, &self.path, &self.columns, &mut batches),
            Format::Jsonl => lines::read_jsonl(input, &self.columns, &mut batches),
            Format::Htpasswd => lines::read_htpasswd(input, &mut batches),
            Format::Keycloak => exports::read_keycloak(input, &mut batches),
            Format::Firebase => exports::read_firebase(input, self.firebase.as_ref(), &mut batches),
        };
        if let Err(Stopped::Unreadable(fault)) = ended {
            let _ = batches.push(Err(fault));
        }
        let _ = batches.send();
    }
}

/// Why reading stopped before the end.
enum Stopped {
    /// Nobody listens.
    Unheard,
    Unreadable(Fault),
}

/// Collects rows and sends them.
struct Batches {
    rows: Vec<Row>,
    sender: Sender<Vec<Row>>,
    since: Rc<Cell<u64>>,
}

impl Batches {
    /// A record has ended.
    fn push(&mut self, row: Row) -> Result<(), Stopped> {
        self.since.set(0);
        self.rows.push(row);
        if self.rows.len() >= BATCH { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<(), Stopped> {
        let rows = std::mem::replace(&mut self.rows, Vec::with_capacity(BATCH));
        self.sender.blocking_send(rows).map_err(|_| Stopped::Unheard)
    }
}

/// A file of which no record may be too long.
struct Capped {
    file: File,
    /// The bytes that were read since the last record ended.
    since: Rc<Cell<u64>>,
}

impl Read for Capped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since.get() > LARGEST {
            return Err(io::Error::other("a record is longer than 1 MiB"));
        }
        let count = self.file.read(buffer)?;
        self.since.set(
            self.since
                .get()
                .saturating_add(u64::try_from(count).unwrap_or(u64::MAX)),
        );
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
