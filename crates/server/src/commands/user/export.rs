//! `user export`: every user with their hash, to be read by `user import` or anything else.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use portcullis_core::{Account, AccountStore as _, HashString, User as _};
use serde::Serialize;

use crate::config::PlaceFlags;
use crate::failure::{OrFail as _, Outcome};
use crate::place::Place;
use crate::private;
use crate::progress::Progress;
use crate::records::logins_of;
use crate::users::{self, Users};

/// How many users are read at once.
const PAGE: usize = 1000;

#[derive(Debug, Args)]
pub(super) struct Export {
    /// How it is written
    #[arg(long, value_enum, default_value_t = Form::Csv)]
    format: Form,
    /// The file, made for its owner alone; without it, standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Columns, named in the first line
    Csv,
    /// A JSON object a line
    Jsonl,
}

/// Everything that an account is: taken in again, it is the same.
#[derive(Serialize)]
struct Exported<'a, L> {
    username: &'a str,
    email: Option<&'a str>,
    full_name: Option<&'a str>,
    disabled: bool,
    scopes: &'a str,
    password_hash: Option<&'a str>,
    salt: Option<&'a str>,
    algorithm: Option<&'a str>,
    id: String,
    token_epoch: u64,
    logins: L,
}

impl<'a, L> Exported<'a, L> {
    fn of(account: &'a Account, logins: L) -> Self {
        let hash = account.password_hash();
        Self {
            username: account.username(),
            email: account.email(),
            full_name: account.full_name(),
            disabled: account.disabled(),
            scopes: account.scopes().as_str(),
            password_hash: hash.map(HashString::as_str),
            salt: hash.and_then(HashString::salt),
            algorithm: hash.and_then(HashString::algorithm),
            id: account.id().as_str().to_owned(),
            token_epoch: account.token_epoch(),
            logins,
        }
    }
}

impl Export {
    pub(super) async fn run(self) -> Outcome {
        let settings = self.place.0.settings()?;
        crate::logging::start(settings.log, "warn");
        let store = users::open(&settings, Place::of(&settings).users().await?).await?;
        match &self.output {
            None => write(self.format, &store, std::io::stdout().lock()).await,
            Some(path) => {
                let place = path.display();
                let file = private::make_file(path);
                let file = file.or_fail(format!("{place} cannot be made"), "Name a file that is not there yet.")?;
                write(self.format, &store, &file).await?;
                file.sync_all()
                    .or_fail(format!("{place} cannot be written"), "Check the disk.")
            }
        }
    }
}

/// Every user, page by page.
async fn write(format: Form, store: &Users, output: impl Write) -> Outcome {
    let mut writer = match format {
        Form::Csv => Writer::Csv(Box::new(csv::Writer::from_writer(output))),
        Form::Jsonl => Writer::Jsonl(BufWriter::new(output)),
    };
    let (mut after, mut progress) = (None::<String>, Progress::new("users"));
    loop {
        let page = store.list(after.as_deref(), PAGE).await;
        let page = page.or_fail("the users cannot be read", "Look at the reason above.")?;
        for account in &page {
            let written = writer.write(account);
            written.or_fail("the users cannot be written", "Check the disk or the pipe.")?;
        }
        progress.add(page.len());
        match page.last() {
            Some(last) => after = Some(last.username().to_owned()),
            None => break,
        }
    }
    progress.end();
    writer
        .end()
        .or_fail("the users cannot be written", "Check the disk or the pipe.")
}

enum Writer<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(BufWriter<W>),
}

impl<W: Write> Writer<W> {
    fn write(&mut self, account: &Account) -> std::io::Result<()> {
        match self {
            Self::Csv(writer) => {
                // JSON in its cell, as there may be several.
                let logins = match account.logins().is_empty() {
                    true => String::new(),
                    false => serde_json::to_string(&logins_of(account))?,
                };
                let written = writer.serialize(Exported::of(account, logins));
                written.map_err(std::io::Error::other)
            }
            Self::Jsonl(writer) => {
                serde_json::to_writer(&mut *writer, &Exported::of(account, logins_of(account)))?;
                writer.write_all(b"\n")
            }
        }
    }

    fn end(self) -> std::io::Result<()> {
        match self {
            Self::Csv(mut writer) => writer.flush(),
            Self::Jsonl(mut writer) => writer.flush(),
        }
    }
}

#[cfg(test)]
mod tests;
