//! `adopt --cut-over`: the users become our own.

use std::collections::HashSet;

use portcullis_core::{Account, AccountStore as _, AuditEvent, User as _, UserId};
use portcullis_sql::foreign::ForeignUsers;
use portcullis_sql::foreign::frameworks::Framework;
use portcullis_sql::{AnyUsers, Inserted};
use serde_json::{Value, json};

use super::columns::Columns;
use super::export::Export;
use crate::commands::user::import::FileFlags;
use crate::config::{Given, Settings, UsersTable};
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::place::Place;
use crate::progress::Progress;
use crate::shown::Shown;
use crate::taken_in::taken_in;
use crate::users;

/// How many users are copied at once.
const PAGE: usize = 500;

/// How many are named that cannot be copied.
const SHOWN: usize = 20;

#[derive(Default)]
struct Copied {
    new: u64,
    there: u64,
    updated: u64,
    /// The names of those that were changed here since they were copied.
    kept: Vec<String>,
    /// The names of those that stand in the way of another.
    taken: Vec<String>,
    /// How many nobody could log in to in the other application.
    left_out: u64,
}

/// Copies the users of the settings' table, and compares. `flags` say what may be left out, `given` is where the data folder
/// was said to be.
pub(super) async fn run(settings: &Settings, flags: &FileFlags, given: &Given, json: bool) -> Outcome {
    let place = Place::of(settings);
    place.expect_folder_set_up()?;
    let none = || {
        Failure::usage(
            "the configuration has no table [users]",
            "Make one with `portcullis adopt URL --write`.",
        )
    };
    let table = settings.users.as_ref().ok_or_else(none)?;
    let own = place.users().await?;
    let foreign = users::foreign(table, own.database()).await?;
    let columns = unused(table, &foreign, flags, given).await?;
    if let Err(refusal) = columns.refusal() {
        match json {
            true => say_json(&json!({ "unused": columns.json() }))?,
            false => columns.line().map_or(Ok(()), say)?,
        }
        return Err(refusal);
    }
    let copied = copy(&foreign, &own).await?;
    if copied.new > 0 || copied.updated > 0 {
        let counts = |event: AuditEvent| event.with("added", copied.new).with("updated", copied.updated);
        taken_in(&place, &own.database(), counts).await?;
    }
    if !json {
        say(copied.told(&columns))?;
    }
    let different = compare(&foreign, &own, &copied).await?;
    let doubled = own.doubled_logins().await;
    let doubled = doubled.or_fail("our own users cannot be read", "Run it again.")?;
    if json {
        say_json(&copied.json(&columns, different, &doubled))?;
    }
    copied.refusal(different)?;
    match json {
        true => Ok(()),
        false => say(copied.compared(&doubled)),
    }
}

/// What the table, or the export that stands for one, has beside what is copied.
async fn unused(table: &UsersTable, foreign: &ForeignUsers, flags: &FileFlags, given: &Given) -> Outcome<Columns> {
    match users::export(table)? {
        Some(path) => Export::at(&path, flags, given)?.unused().await,
        None => {
            let framework = table.framework.as_deref().and_then(Framework::named);
            Columns::of_table(foreign, framework, |column| flags.ignores(column)).await
        }
    }
}

impl Copied {
    /// What was done, for people.
    fn told(&self, columns: &Columns) -> Shown {
        let mut text = format!("{} users copied, {} were there", self.new, self.there);
        if self.updated > 0 {
            text.push_str(&format!(", {} brought up to date", self.updated));
        }
        if !self.kept.is_empty() {
            text.push_str(&format!(", {} kept", self.kept.len()));
        }
        let mut text = Shown::from(text);
        named(&mut text, &self.taken, "another user has that name or id here");
        named(&mut text, &self.kept, "kept: changed here since");
        columns.line().into_iter().for_each(|line| text.line(line));
        text
    }

    /// What the two tables say, for people.
    fn compared(&self, doubled: &[String]) -> Shown {
        let mut text = Shown::default();
        if self.left_out > 0 {
            let sentence = "have no login and could not log in there: they are left out";
            text.line(format!("{} users {sentence}", self.left_out));
        }
        named(
            &mut text,
            doubled,
            "leads to several users, none of whom can log in with it",
        );
        text.line(match self.kept.len() {
            0 => "Compared: both tables say the same of every user.",
            _ => "Compared: both tables say the same of every user that was not changed here.",
        });
        text.paragraph("Next: set `stage = \"cut-over\"` under [users] and restart.");
        text
    }

    /// For programs.
    fn json(&self, columns: &Columns, different: u64, doubled: &[String]) -> Value {
        json!({
            "copied": self.new,
            "there": self.there,
            "updated": self.updated,
            "kept": self.kept,
            "taken": self.taken,
            "without_login": self.left_out,
            "doubled_logins": doubled,
            "different": different,
            "unused": columns.json(),
        })
    }

    /// Why the other table cannot be left yet.
    fn refusal(&self, different: u64) -> Outcome {
        if different > 0 {
            let what = format!("{different} users were changed meanwhile");
            return Err(Failure::new(what, "Run it again."));
        }
        if self.taken.is_empty() {
            return Ok(());
        }
        let what = format!("{} users cannot be copied", self.taken.len());
        Err(Failure::new(
            what,
            "Delete or rename the other users of those names (`portcullis user list`).",
        ))
    }
}

/// The first of these names, each with the same sentence.
fn named(text: &mut Shown, names: &[String], sentence: &str) {
    for name in names.iter().take(SHOWN) {
        text.line(format!("  {name}: {sentence}"));
    }
    let more = names.len().saturating_sub(SHOWN);
    if more > 0 {
        text.line(format!("  … and {more} more"));
    }
}

async fn copy(foreign: &ForeignUsers, own: &AnyUsers) -> Outcome<Copied> {
    let (mut copied, mut pages) = (Copied::default(), Pages::of(foreign, "users"));
    while let Some(page) = pages.next("What was copied is kept; run it again.").await? {
        let names: Vec<String> = page.iter().map(|account| account.username().to_owned()).collect();
        let came = own.copy_many(page).await;
        let came = came.or_fail(
            "the users cannot be stored",
            "What was copied before is kept; run it again.",
        )?;
        for (name, came) in names.into_iter().zip(came) {
            match came {
                Inserted::New => copied.new = copied.new.saturating_add(1),
                Inserted::Same => copied.there = copied.there.saturating_add(1),
                Inserted::Updated => copied.updated = copied.updated.saturating_add(1),
                Inserted::Kept => copied.kept.push(name),
                _ => copied.taken.push(name),
            }
        }
    }
    copied.left_out = pages.left_out;
    Ok(copied)
}

/// The other application's users, a page at a time.
struct Pages<'a> {
    foreign: &'a ForeignUsers,
    after: Option<UserId>,
    progress: Progress,
    /// How many of them nobody could log in to there.
    left_out: u64,
}

impl<'a> Pages<'a> {
    fn of(foreign: &'a ForeignUsers, what: &'static str) -> Self {
        Self {
            foreign,
            after: None,
            progress: Progress::new(what),
            left_out: 0,
        }
    }

    async fn next(&mut self, remedy: &'static str) -> Outcome<Option<Vec<Account>>> {
        let page = self.foreign.accounts_after(self.after.as_ref(), PAGE).await;
        let page = page.or_fail("the other application's users cannot be read", remedy)?;
        let Some((last, _)) = page.last() else {
            self.progress.end();
            return Ok(None);
        };
        self.after = Some(last.clone());
        self.progress.add(page.len());
        let without = page.iter().filter(|(_, account)| account.is_none()).count();
        self.left_out = self.left_out.saturating_add(u64::try_from(without).unwrap_or(u64::MAX));
        Ok(Some(page.into_iter().filter_map(|(_, account)| account).collect()))
    }
}

/// How many users the two tables do not agree on, but for those that are another's here.
async fn compare(foreign: &ForeignUsers, own: &AnyUsers, copied: &Copied) -> Outcome<u64> {
    let but = copied.kept.iter().chain(&copied.taken);
    let but: HashSet<&str> = but.map(String::as_str).collect();
    let (mut different, mut pages) = (0_u64, Pages::of(foreign, "users compared"));
    while let Some(page) = pages.next("Run it again.").await? {
        for account in page {
            let there = own.by_username(account.username()).await;
            let there = there.or_fail("our own users cannot be read", "Run it again.")?;
            // Ours only ever rises.
            let same = there.is_some_and(|there| {
                there.token_epoch() >= account.token_epoch() && there.with_token_epoch(account.token_epoch()) == account
            });
            if !same && !but.contains(account.username()) {
                different = different.saturating_add(1);
            }
        }
    }
    Ok(different)
}
