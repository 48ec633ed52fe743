//! `adopt --cut-over`: the users become our own.

use std::collections::HashSet;

use portcullis_core::{Account, AccountChange, AccountStore as _, AuditEvent, User as _, UserId, UserStore};
use portcullis_sql::foreign::ForeignUsers;
use portcullis_sql::foreign::frameworks::Framework;
use portcullis_sql::{AnyUsers, Inserted};
use serde_json::json;

use super::columns::Columns;
use super::export::Export;
use crate::commands::user::import::FileFlags;
use crate::config::{Given, Settings, UsersTable};
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::logins::anothers;
use crate::output::{say, say_json};
use crate::place::Place;
use crate::progress::Progress;
use crate::taken_in::taken_in;
use crate::users;

mod copied;

use copied::Copied;

/// How many users are copied at once.
const PAGE: usize = 500;

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
    let (mut copied, there) = copy(&foreign, &own).await?;
    copied.gone = gone(&own, &there).await?;
    let disabled = copied.gone.len();
    if copied.new > 0 || copied.updated > 0 || disabled > 0 {
        let counts = |event: AuditEvent| {
            let event = event.with("added", copied.new).with("updated", copied.updated);
            event.with("disabled", disabled)
        };
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

/// What came of each, and the ids that there are.
async fn copy(foreign: &ForeignUsers, own: &AnyUsers) -> Outcome<(Copied, HashSet<UserId>)> {
    let (mut copied, mut pages) = (Copied::default(), Pages::of(foreign, "users").with_ids());
    while let Some(page) = pages.next("What was copied is kept; run it again.").await? {
        let page = harmless(foreign, own, page, &mut copied.taken).await?;
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
    Ok((copied, pages.ids.unwrap_or_default()))
}

/// Those of a page that take no login away from anybody of our own; the names of the others are `taken`. Two of the other
/// application's who share a login come both, as they are there.
async fn harmless(
    foreign: &ForeignUsers,
    own: &AnyUsers,
    page: Vec<Account>,
    taken: &mut Vec<String>,
) -> Outcome<Vec<Account>> {
    let mut fit = Vec::with_capacity(page.len());
    for account in page {
        let ours = match anothers(own, &account).await? {
            None => false,
            Some((_, found)) => {
                let there = UserStore::by_id(foreign, &found.id()).await;
                let there = there.or_fail("the other application's users cannot be read", "Run it again.")?;
                there.is_none()
            }
        };
        match ours {
            true => taken.push(account.username().to_owned()),
            false => fit.push(account),
        }
    }
    Ok(fit)
}

/// Disables those that were copied and are not among the ids of the other application any more: whoever was removed there may
/// not log in here. Gives their names.
async fn gone(own: &AnyUsers, there: &HashSet<UserId>) -> Outcome<Vec<String>> {
    const WHAT: &str = "our own users cannot be changed";
    const REMEDY: &str = "Run it again.";
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = own.copied_after(after.as_ref(), PAGE).await;
        let page = page.or_fail(WHAT, REMEDY)?;
        if there.is_empty() && !page.is_empty() {
            let what = "the other application has no user any more, and some were copied";
            return Err(Failure::new(what, "Is it the right database?"));
        }
        for id in page.iter().filter(|id| !there.contains(*id)) {
            let account = UserStore::by_id(own, id).await.or_fail(WHAT, REMEDY)?;
            let Some(account) = account.filter(|account| !account.disabled()) else {
                continue;
            };
            let change = AccountChange {
                disabled: Some(true),
                ..AccountChange::default()
            };
            own.update(id, &change).await.or_fail(WHAT, REMEDY)?;
            names.push(account.username().to_owned());
        }
        match page.into_iter().next_back() {
            Some(last) => after = Some(last),
            None => return Ok(names),
        }
    }
}

/// The other application's users, a page at a time.
struct Pages<'a> {
    foreign: &'a ForeignUsers,
    after: Option<UserId>,
    progress: Progress,
    /// How many of them nobody could log in to there.
    left_out: u64,
    /// The ids of all, where they are kept.
    ids: Option<HashSet<UserId>>,
}

impl<'a> Pages<'a> {
    fn of(foreign: &'a ForeignUsers, what: &'static str) -> Self {
        Self {
            foreign,
            after: None,
            progress: Progress::new(what),
            left_out: 0,
            ids: None,
        }
    }

    /// The same, and every id is kept.
    fn with_ids(self) -> Self {
        Self {
            ids: Some(HashSet::new()),
            ..self
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
        if let Some(ids) = &mut self.ids {
            ids.extend(page.iter().map(|(id, _)| id.clone()));
        }
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
