//! `adopt --cut-over`: the users become our own.

use portcullis_core::{Account, AccountStore as _, HashString, User as _, UserStore as _};
use portcullis_sql::foreign::ForeignUsers;
use portcullis_sql::{Inserted, SqliteUsers};

use crate::config::Settings;
use crate::data_dir::DataDir;
use crate::deployment::open_users;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::say;
use crate::progress::Progress;
use crate::shown::Shown;
use crate::users;

/// How many users are copied at once.
const PAGE: usize = 500;

/// How many are named that cannot be copied.
const SHOWN: usize = 20;

#[derive(Default)]
struct Copied {
    new: u64,
    there: u64,
    taken: Vec<String>,
}

pub(super) async fn run(settings: &Settings) -> Outcome {
    let folder = DataDir::at(&settings.data);
    folder.expect_set_up()?;
    let none = || {
        Failure::usage(
            "the configuration has no table [users]",
            "Make one with `portcullis adopt URL --write`.",
        )
    };
    let table = settings.users.as_ref().ok_or_else(none)?;
    let own = open_users(&folder).await?;
    let foreign = users::foreign(table, own.database().clone()).await?;
    if foreign.mapping().salt.is_some() || foreign.mapping().algorithm.is_some() {
        let what = "these hashes stand in several columns, which our own table does not have";
        let remedy =
            "Stay with \"write-back\" until every user has logged in once, and then leave `salt` and `algorithm` out.";
        return Err(Failure::new(what, remedy));
    }
    let copied = copy(&foreign, &own).await?;
    let mut text = Shown::from(format!("{} users copied, {} were there", copied.new, copied.there));
    for name in copied.taken.iter().take(SHOWN) {
        text.line(format!("  {name}: another user has that name or id here"));
    }
    say(text)?;
    let different = compare(&foreign, &own, &copied.taken).await?;
    if different > 0 {
        let what = format!("{different} users were changed meanwhile");
        return Err(Failure::new(what, "Run it again."));
    }
    if !copied.taken.is_empty() {
        let what = format!("{} users cannot be copied", copied.taken.len());
        return Err(Failure::new(
            what,
            "Delete or rename the other users of those names (`portcullis user list`).",
        ));
    }
    let left_out = left_out(&foreign, &copied).await?;
    if left_out > 0 {
        let sentence = "have no login, or one that another has, and could not log in there: they are left out";
        say(format!("{left_out} users {sentence}"))?;
    }
    let mut text = Shown::from("Compared: both tables say the same of every user.");
    text.paragraph("Next: set `stage = \"cut-over\"` under [users] and restart.");
    say(text)
}

/// As our own table keeps it: the text of the hash alone.
fn plain(account: Account) -> Account {
    match account.password_hash().map(|hash| HashString::new(hash.as_str())) {
        Some(hash) => account.with_password_hash(hash),
        None => account,
    }
}

async fn copy(foreign: &ForeignUsers, own: &SqliteUsers) -> Outcome<Copied> {
    let (mut copied, mut progress, mut after) = (Copied::default(), Progress::new("users"), None::<String>);
    loop {
        let page = foreign.list(after.as_deref(), PAGE).await;
        let page = page.or_fail(
            "the other application's users cannot be read",
            "What was copied is kept; run it again.",
        )?;
        let Some(last) = page.last() else { break };
        after = Some(last.username().to_owned());
        progress.add(page.len());
        let names: Vec<String> = page.iter().map(|account| account.username().to_owned()).collect();
        let came = own.copy_many(page.into_iter().map(plain).collect()).await;
        let came = came.or_fail(
            "the users cannot be stored",
            "What was copied before is kept; run it again.",
        )?;
        for (name, came) in names.into_iter().zip(came) {
            match came {
                Inserted::New => copied.new = copied.new.saturating_add(1),
                Inserted::Same => copied.there = copied.there.saturating_add(1),
                Inserted::Taken => copied.taken.push(name),
            }
        }
    }
    progress.end();
    Ok(copied)
}

/// How many rows nobody can log in to.
async fn left_out(foreign: &ForeignUsers, copied: &Copied) -> Outcome<u64> {
    let all = foreign.count().await;
    let all = all.or_fail("the other application's users cannot be counted", "Run it again.")?;
    Ok(all.saturating_sub(copied.new.saturating_add(copied.there)))
}

/// How many users the two tables do not agree on.
async fn compare(foreign: &ForeignUsers, own: &SqliteUsers, but: &[String]) -> Outcome<u64> {
    let (mut different, mut progress, mut after) = (0_u64, Progress::new("users compared"), None::<String>);
    loop {
        let page = foreign.list(after.as_deref(), PAGE).await;
        let page = page.or_fail("the other application's users cannot be read", "Run it again.")?;
        let Some(last) = page.last() else { break };
        after = Some(last.username().to_owned());
        progress.add(page.len());
        for account in page.into_iter().map(plain) {
            let there = own.by_id(&account.id()).await;
            let there = there.or_fail("our own users cannot be read", "Run it again.")?;
            if there.as_ref() != Some(&account) && !but.iter().any(|name| name == account.username()) {
                different = different.saturating_add(1);
            }
        }
    }
    progress.end();
    Ok(different)
}
