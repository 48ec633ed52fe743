//! `user import`: users of a file, with their hashes as they stand.

use std::path::PathBuf;

use clap::Args;
use portcullis_core::accounts::check_account;
use portcullis_core::password::explain::{Strength, explain};
use portcullis_core::{Account, Clock as _, HashString, Passwords, ScopeSet, SystemClock};
use portcullis_sql::{Inserted, SqliteUsers};
use serde_json::json;

use crate::audit::{Tally, chart, json as tally_json};
use crate::config::PlaceFlags;
use crate::data_dir::DataDir;
use crate::deployment::open_users;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::logging;
use crate::output::{printable, say, say_json};
use crate::progress::Progress;
use crate::records::{Columns, Format, Record, Row, Source};
use crate::users;

/// How many refusals are printed for people.
const SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The file
    file: PathBuf,
    /// How it is written [default: by its name]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Another name for a column: username=login, password_hash=pw, …
    #[arg(long = "column", value_name = "FIELD=COLUMN")]
    columns: Vec<String>,
    /// The project's hash parameters, as the Firebase console shows them, in a file
    #[arg(long, value_name = "FILE")]
    firebase_config: Option<PathBuf>,
    /// Write nothing; say what would be refused and why
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceFlags,
}

/// What came of a file.
struct Report {
    dry_run: bool,
    added: u64,
    there: u64,
    refused: Vec<(u64, String)>,
    tally: Tally,
}

impl Import {
    pub(super) async fn run(self) -> Outcome {
        let settings = self.place.0.settings()?;
        logging::start(settings.log, "warn");
        let folder = DataDir::at(&settings.data);
        folder.expect_set_up()?;
        let passwords = users::passwords(&settings).await?;
        let own = open_users(&folder).await?;
        let mut rows = self.source()?.start()?;
        let mut report = Report {
            dry_run: self.dry_run,
            added: 0,
            there: 0,
            refused: Vec::new(),
            tally: Tally::new(passwords.clone()),
        };
        let mut progress = Progress::new("users");
        let mut ended = Ok(());
        while let Some(batch) = rows.recv().await {
            progress.add(batch.len());
            ended = report.take(batch, &passwords, &own).await;
            if ended.is_err() {
                break;
            }
        }
        progress.end();
        report.say(self.json)?;
        ended?;
        if report.refused.is_empty() {
            return Ok(());
        }
        let what = match report.refused.len() {
            1 => "1 of the users was refused".to_owned(),
            count => format!("{count} of the users were refused"),
        };
        Err(Failure::new(
            what,
            "Mend the file and run it again: what is there already is passed over.",
        ))
    }

    fn source(&self) -> Outcome<Source> {
        let mut columns = Columns::default();
        for text in &self.columns {
            columns = columns
                .with(text)
                .map_err(|reason| Failure::usage(reason, "Write --column username=login."))?;
        }
        let firebase = match &self.firebase_config {
            None => None,
            Some(path) => {
                let place = path.display();
                let text = std::fs::read_to_string(path);
                let text = text.or_fail(format!("{place} cannot be read"), "Look at its name and mode.")?;
                let remedy = "Copy it from the Firebase console: Authentication, Users, Password hash parameters.";
                Some(
                    text.parse()
                        .or_fail(format!("{place} holds no hash parameters"), remedy)?,
                )
            }
        };
        Ok(Source {
            path: self.file.clone(),
            format: self.format,
            columns,
            firebase,
        })
    }
}

impl Report {
    async fn take(&mut self, batch: Vec<Row>, passwords: &Passwords, own: &SqliteUsers) -> Outcome {
        let epoch = u64::try_from(SystemClock.now().as_millis()).unwrap_or(u64::MAX);
        let (mut lines, mut accounts) = (Vec::new(), Vec::new());
        let mut ended = Ok(());
        for row in batch {
            match row {
                Err(fault) if fault.is_last => {
                    let what = format!("line {}: {}", fault.line, fault.reason);
                    ended = Err(Failure::new(what, "Look at the file, or name its --format."));
                }
                Err(fault) => self.refused.push((fault.line, fault.reason)),
                Ok(record) => {
                    let line = record.line;
                    match account(record, passwords) {
                        Err(reason) => self.refused.push((line, reason)),
                        Ok(account) => {
                            lines.push(line);
                            accounts.push(account.with_token_epoch(epoch));
                        }
                    }
                }
            }
        }
        for account in &accounts {
            self.tally
                .count(account.username(), portcullis_core::User::password_hash(account));
        }
        if self.dry_run {
            self.would_add(lines, &accounts, own).await?;
        } else {
            let inserted = own.insert_many(accounts).await;
            let inserted = inserted.or_fail(
                "the users cannot be stored",
                "What was stored before is kept; run it again.",
            )?;
            for (line, inserted) in lines.into_iter().zip(inserted) {
                self.came_of(line, inserted);
            }
        }
        ended
    }

    async fn would_add(&mut self, lines: Vec<u64>, accounts: &[Account], own: &SqliteUsers) -> Outcome {
        for (line, account) in lines.into_iter().zip(accounts) {
            let there = portcullis_core::UserStore::by_login(own, account.username()).await;
            let there = there.or_fail("the users cannot be read", "Look at the reason above.")?;
            let inserted = match there {
                None => Inserted::New,
                Some(there) => {
                    let epoch = portcullis_core::User::token_epoch(account);
                    if there.with_token_epoch(epoch) == *account {
                        Inserted::Same
                    } else {
                        Inserted::Taken
                    }
                }
            };
            self.came_of(line, inserted);
        }
        Ok(())
    }

    fn came_of(&mut self, line: u64, inserted: Inserted) {
        match inserted {
            Inserted::New => self.added = self.added.saturating_add(1),
            Inserted::Same => self.there = self.there.saturating_add(1),
            Inserted::Taken => {
                let reason =
                    "there is another user of that name, or their password was changed since; they stay as they are";
                self.refused.push((line, reason.to_owned()));
            }
        }
    }

    fn say(&self, as_json: bool) -> Outcome {
        if as_json {
            let refused = self
                .refused
                .iter()
                .map(|(line, reason)| json!({ "line": line, "reason": reason }));
            return say_json(&json!({
                "dry_run": self.dry_run,
                "added": self.added,
                "already_there": self.there,
                "refused": refused.collect::<Vec<_>>(),
                "hashes": tally_json(&self.tally),
            }));
        }
        let would = if self.dry_run { "would be added" } else { "added" };
        let mut text = format!(
            "{}\n\n{} {would}, {} there already",
            chart(&self.tally),
            self.added,
            self.there
        );
        text.push_str(&format!(", {} refused", self.refused.len()));
        for (line, reason) in self.refused.iter().take(SHOWN) {
            text.push_str(&format!("\n  line {line}: {}", printable(reason)));
        }
        if self.refused.len() > SHOWN {
            text.push_str("\n  … and more: see all with --json");
        }
        say(text)
    }
}

/// The account of a record, or why there is none.
fn account(record: Record, passwords: &Passwords) -> Result<Account, String> {
    let fields = record.fields;
    let mut account = Account::new(fields.username.ok_or("it has no user name")?).with_disabled(fields.disabled);
    if let Some(email) = fields.email {
        account = account.with_email(email);
    }
    if let Some(full_name) = fields.full_name {
        account = account.with_full_name(full_name);
    }
    if let Some(scopes) = fields.scopes {
        account = account.with_scopes(ScopeSet::parse(&scopes).map_err(|error| format!("its scopes: {error}"))?);
    }
    check_account(&account).map_err(|unfit| unfit.to_string())?;
    match fields.hash {
        None => Ok(account),
        Some(text) => with_hash(account, HashString::from(text), passwords),
    }
}

/// Only what a login can read is taken: a hash that is not would look like a wrong password for ever.
fn with_hash(account: Account, hash: HashString, passwords: &Passwords) -> Result<Account, String> {
    let told = explain(&hash);
    if told.strength == Strength::Disabled {
        return Ok(account);
    }
    if let Some(trouble) = told.trouble {
        return Err(format!("its hash: {trouble}"));
    }
    if passwords.identify(&hash).is_some() {
        return Ok(account.with_password_hash(hash));
    }
    let names = told.scheme.map_or_else(|| told.candidates.join(", "), str::to_owned);
    Err(format!(
        "its hash is not read here: say what it is under `passwords.accept` ({names})"
    ))
}
