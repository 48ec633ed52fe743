//! What comes of the rows of a file: those that are fit become accounts, the others are named with the reason.

use portcullis_core::accounts::check_account;
use portcullis_core::password::explain::{Strength, explain};
use portcullis_core::{Account, Clock as _, HashString, Passwords, ScopeSet, SystemClock, User as _, UserStore};
use portcullis_sql::{Inserted, SqliteUsers};
use serde_json::{Value, json};

use crate::audit::{Tally, chart, json as tally_json};
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::progress::Progress;
use crate::records::{Record, Row, Source};
use crate::shown::Shown;

mod refusals;

use refusals::Refusals;

/// How many refusals are printed for people.
const SHOWN: usize = 20;

/// What came of a file.
pub(in crate::commands) struct Report {
    passwords: Passwords,
    added: u64,
    there: u64,
    refused: Refusals,
    tally: Tally,
}

/// Where the users of a file go.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) enum Target<'a> {
    /// Into our own table.
    Store(&'a SqliteUsers),
    /// Nowhere; those of our own table, if there is one, are looked at.
    Nothing(Option<&'a SqliteUsers>),
}

impl Report {
    /// Of nothing yet; hashes must be such as `passwords` reads.
    pub(in crate::commands) fn new(passwords: Passwords) -> Self {
        Self {
            tally: Tally::new(passwords.clone()),
            passwords,
            added: 0,
            there: 0,
            refused: Refusals::default(),
        }
    }

    /// How many rows were refused.
    pub(in crate::commands) fn refused(&self) -> usize {
        self.refused.len()
    }

    /// How many rows there were.
    pub(in crate::commands) fn rows(&self) -> u64 {
        let refused = u64::try_from(self.refused.len()).unwrap_or(u64::MAX);
        self.added.saturating_add(self.there).saturating_add(refused)
    }

    /// Takes in every row of a file. What came of those before a failure is in the report.
    pub(in crate::commands) async fn take_all(&mut self, source: Source, target: Target<'_>) -> Outcome {
        let mut rows = source.start()?;
        let mut progress = Progress::new("users");
        let mut ended = Ok(());
        while let Some(batch) = rows.recv().await {
            progress.add(batch.len());
            ended = self.take(batch, target).await;
            if ended.is_err() {
                break;
            }
        }
        progress.end();
        ended
    }

    async fn take(&mut self, batch: Vec<Row>, target: Target<'_>) -> Outcome {
        let epoch = u64::try_from(SystemClock.now().as_millis()).unwrap_or(u64::MAX);
        let (mut lines, mut accounts) = (Vec::new(), Vec::new());
        let mut ended = Ok(());
        for row in batch {
            match row {
                Err(fault) if fault.is_last => {
                    let what = format!("line {}: {}", fault.line, fault.reason);
                    ended = Err(Failure::new(what, "Look at the file, or name its --format."));
                }
                Err(fault) => self.refused.add(fault.line, &fault.reason),
                Ok(record) => {
                    let line = record.line;
                    match account(record, &self.passwords) {
                        Err(reason) => self.refused.add(line, &reason),
                        Ok(account) => {
                            lines.push(line);
                            accounts.push(account.with_token_epoch(epoch));
                        }
                    }
                }
            }
        }
        for account in &accounts {
            self.tally.count(account.username(), account.password_hash());
        }
        match target {
            Target::Nothing(own) => self.would_add(lines, &accounts, own).await?,
            Target::Store(own) => {
                let inserted = own.insert_many(accounts).await;
                let inserted = inserted.or_fail(
                    "the users cannot be stored",
                    "What was stored before is kept; run it again.",
                )?;
                for (line, inserted) in lines.into_iter().zip(inserted) {
                    self.came_of(line, inserted);
                }
            }
        }
        ended
    }

    async fn would_add(&mut self, lines: Vec<u64>, accounts: &[Account], own: Option<&SqliteUsers>) -> Outcome {
        for (line, account) in lines.into_iter().zip(accounts) {
            let there = match own {
                None => Ok(None),
                Some(own) => UserStore::by_login(own, account.username()).await,
            };
            let there = there.or_fail("the users cannot be read", "Look at the reason above.")?;
            let inserted = match there {
                None => Inserted::New,
                Some(there) => {
                    let epoch = account.token_epoch();
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
                self.refused.add(line, reason);
            }
        }
    }

    /// For programs.
    pub(super) fn json(&self, dry_run: bool) -> Value {
        let refused = self
            .refused
            .iter()
            .map(|(line, reason)| json!({ "line": line, "reason": reason }));
        json!({
            "dry_run": dry_run,
            "added": self.added,
            "already_there": self.there,
            "refused": refused.collect::<Vec<_>>(),
            "hashes": tally_json(&self.tally),
        })
    }

    /// For people.
    pub(in crate::commands) fn text(&self, dry_run: bool) -> Shown {
        let would = if dry_run { "would be added" } else { "added" };
        let refused = self.refused.len();
        let mut text = chart(&self.tally);
        text.paragraph(format!(
            "{} {would}, {} there already, {refused} refused",
            self.added, self.there
        ));
        for (line, reason) in self.refused.iter().take(SHOWN) {
            text.line(format!("  line {line}: {reason}"));
        }
        if refused > SHOWN {
            text.line("  … and more: `portcullis user import --dry-run --json` names all");
        }
        text
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
