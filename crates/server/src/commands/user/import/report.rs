//! What comes of the rows of a file: those that are fit become accounts, the others are named with the reason.

use std::time::Duration;

use portcullis_core::{Account, AccountStore as _, Clock as _, HashString, Passwords, User as _};
use portcullis_sql::{AnyUsers, Inserted};

use crate::census::Tally;
use crate::clock;
use crate::failure::{OrFail as _, Outcome};
use crate::logins::{anothers, nobodys};
use crate::progress::Progress;
use crate::records::{Fault, Fields, Opened, Row, unreadable};

mod account;
mod refusals;
mod seen;
mod told;
mod words;

use account::Maker;
use refusals::Refusals;
use seen::Seen;

/// What came of a file.
pub(in crate::commands) struct Report {
    maker: Maker,
    seen: Seen,
    added: u64,
    there: u64,
    /// Passwords that stood there as they are typed.
    hashed: u64,
    completed: u64,
    /// Of those that came of a row, who may not log in.
    disabled: u64,
    refused: Refusals,
    /// Logins that lead to two users.
    doubled: Refusals,
    tally: Tally,
}

/// Where the users of a file go.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) enum Target<'a> {
    /// Into our own table.
    Store(&'a AnyUsers),
    /// Nowhere; those of our own table, if there is one, are looked at.
    Nothing(Option<&'a AnyUsers>),
}

impl Target<'_> {
    /// What time it is for whoever is added.
    fn now(self) -> Duration {
        match self {
            Self::Store(own) | Self::Nothing(Some(own)) => clock::of(&own.database()).now(),
            Self::Nothing(None) => clock::of_this_machine().now(),
        }
    }

    /// The hash of the user who has this name already.
    async fn hash_of(self, fields: &Fields) -> Outcome<Option<HashString>> {
        let (Self::Store(own) | Self::Nothing(Some(own)), Some(name)) = (self, &fields.username) else {
            return Ok(None);
        };
        let there = own.by_username(name).await;
        let there = there.or_fail("the users cannot be read", "Look at the reason above.")?;
        Ok(there.and_then(|account| account.password_hash().cloned()))
    }
}

impl Report {
    /// Of nothing yet; hashes must be such as `passwords` reads.
    pub(in crate::commands) fn new(passwords: Passwords) -> Self {
        Self {
            tally: Tally::new(passwords.clone()),
            maker: Maker::new(passwords),
            seen: Seen::default(),
            added: 0,
            there: 0,
            hashed: 0,
            completed: 0,
            disabled: 0,
            refused: Refusals::default(),
            doubled: Refusals::default(),
        }
    }

    /// How many rows were refused.
    pub(in crate::commands) fn refused(&self) -> usize {
        self.refused.len()
    }

    /// How many of the users share a login with another one.
    pub(in crate::commands) fn doubled(&self) -> usize {
        self.doubled.len()
    }

    /// Whether a row came to anything but a refusal.
    pub(in crate::commands) fn has_users(&self) -> bool {
        self.added > 0 || self.there > 0 || self.completed > 0
    }

    /// Takes in every row of a file. What came of those before a failure is in the report.
    pub(in crate::commands) async fn take_all(&mut self, file: Opened, target: Target<'_>) -> Outcome {
        let path = file.path().to_owned();
        let mut rows = file.start()?;
        let mut progress = Progress::new("users");
        let mut ended = Ok(());
        while let Some(batch) = rows.recv().await {
            progress.add(batch.len());
            let last = self.take(batch, target).await?;
            if let Some(fault) = last {
                ended = Err(unreadable(&path, &fault));
                break;
            }
        }
        progress.end();
        ended
    }

    /// What keeps the file from being read further is given back.
    async fn take(&mut self, batch: Vec<Row>, target: Target<'_>) -> Outcome<Option<Fault>> {
        let epoch = u64::try_from(target.now().as_millis()).unwrap_or(u64::MAX);
        let (mut lines, mut accounts, mut last) = (Vec::new(), Vec::new(), None);
        for row in batch {
            let record = match row {
                Err(fault) if fault.is_last => {
                    last = Some(fault);
                    continue;
                }
                Err(fault) => {
                    self.refused.add(fault.line, &fault.reason);
                    continue;
                }
                Ok(record) => record,
            };
            let (line, typed) = (record.line, record.fields.password.is_some());
            let there = if typed {
                target.hash_of(&record.fields).await?
            } else {
                None
            };
            match self.maker.account(record, there, epoch) {
                Err(reason) => self.refused.add(line, &reason),
                Ok(account) => {
                    self.hashed = self.hashed.saturating_add(u64::from(typed));
                    lines.push(line);
                    accounts.push(account);
                }
            }
        }
        for account in &accounts {
            self.tally.count(account.username(), account.password_hash());
            self.disabled = self.disabled.saturating_add(u64::from(account.disabled()));
        }
        match target {
            Target::Nothing(own) => self.would_add(lines, &accounts, own).await?,
            Target::Store(own) => {
                let (lines, accounts) = self.harmless(own, lines, accounts).await?;
                let inserted = own.insert_many(accounts.clone()).await;
                let inserted = inserted.or_fail(
                    "the users cannot be stored",
                    "What was stored before is kept; run it again.",
                )?;
                for ((line, account), inserted) in lines.into_iter().zip(&accounts).zip(inserted) {
                    self.came_of(line, inserted);
                    if inserted == Inserted::Taken {
                        continue;
                    }
                    self.seen.came(account);
                    if let Some(login) = nobodys(own, account).await? {
                        self.doubled.add(line, login);
                    }
                }
            }
        }
        Ok(last)
    }

    /// Those that take no login away from anybody who was here before; the others are refused.
    async fn harmless(
        &mut self,
        own: &AnyUsers,
        lines: Vec<u64>,
        accounts: Vec<Account>,
    ) -> Outcome<(Vec<u64>, Vec<Account>)> {
        let mut fit = (Vec::with_capacity(lines.len()), Vec::with_capacity(accounts.len()));
        for (line, account) in lines.into_iter().zip(accounts) {
            if !self.takes_away(Some(own), line, &account).await? {
                fit.0.push(line);
                fit.1.push(account);
            }
        }
        Ok(fit)
    }

    /// Refuses an account with which a login of somebody who was here before the file would lead to nobody.
    async fn takes_away(&mut self, own: Option<&AnyUsers>, line: u64, account: &Account) -> Outcome<bool> {
        let Some(own) = own else { return Ok(false) };
        let another = anothers(own, account).await?;
        let another = another.filter(|(_, found)| !self.seen.has(found.username()));
        if let Some((login, found)) = &another {
            let whose = found.username();
            let reason =
                format!("its login {login} leads to another user too ({whose}), who was here before and keeps it");
            self.refused.add(line, &reason);
        }
        Ok(another.is_some())
    }

    async fn would_add(&mut self, lines: Vec<u64>, accounts: &[Account], own: Option<&AnyUsers>) -> Outcome {
        for (line, account) in lines.into_iter().zip(accounts) {
            if self.takes_away(own, line, account).await? {
                continue;
            }
            let inserted = match own {
                Some(own) => own.would_insert(account).await,
                None => Ok(Inserted::New),
            };
            let inserted = inserted.or_fail("the users cannot be read", "Look at the reason above.")?;
            let in_file = self.seen.came(account);
            let inserted = match inserted {
                Inserted::New => in_file,
                there => there,
            };
            self.came_of(line, inserted);
            if let Some(login) = self.seen.doubled(account) {
                self.doubled.add(line, login);
            }
        }
        Ok(())
    }

    fn came_of(&mut self, line: u64, inserted: Inserted) {
        match inserted {
            Inserted::New => self.added = self.added.saturating_add(1),
            Inserted::Same => self.there = self.there.saturating_add(1),
            Inserted::Completed => self.completed = self.completed.saturating_add(1),
            _ => {
                let reason = "there is another user of that name or id, here or before in the file, or their password was changed, or made anew at a login, since; they \
                    stay as they are";
                self.refused.add(line, reason);
            }
        }
    }
}
