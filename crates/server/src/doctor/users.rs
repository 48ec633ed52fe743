//! The users and clients: who administers, and which hashes and secrets there are.

use portcullis_core::password::explain::Strength;
use portcullis_core::{AccountStore as _, Client, ClientStore as _, Clock as _, Condition, Passwords, User as _};
use portcullis_sql::AnyClients;

use super::database::Copy;
use super::finding::{Finding, advice, fault, good};
use crate::census::{Due, Tally};
use crate::config::Settings;
use crate::kept::OLDER_COPY;
use crate::{clock, users};

/// How many are read at once.
const PAGE: usize = 1000;

/// For how long a client may have two secrets, in milliseconds: for its programs to take the new one.
const TWO_SECRETS: u64 = 30 * 24 * 60 * 60 * 1000;

/// The strict profile without a client.
const NOBODY_COMES_IN: &str =
    "the profile is strict and there is no client: nobody can log in; good are API keys, and sessions from before";
const SOMEBODY_COMES_IN: &str =
    "portcullis client add NAME for programs in their own name, or set profile to standard.";

pub(super) async fn all(copy: &Copy, settings: &Settings) -> Vec<Finding> {
    let mut found = vec![clients(copy).await, profile(copy, settings).await];
    if settings.users.as_ref().is_some_and(|users| !users.is_cut_over()) {
        found.push(good("administrator", "the users are another application's"));
        return found;
    }
    let passwords = match users::passwords(settings).await {
        Ok(passwords) => passwords,
        Err(failure) => {
            found.push(fault("hashes", failure.sentence(), failure.remedy()));
            return found;
        }
    };
    match people(copy, passwords).await {
        Some((administers, tally)) => found.extend([administrator(administers), hashes(&tally)]),
        None => found.push(fault("hashes", "the users cannot be read", OLDER_COPY)),
    }
    found
}

/// Whether somebody administers, and the hashes of all.
async fn people(copy: &Copy, passwords: Passwords) -> Option<(bool, Tally)> {
    let (mut tally, mut administers, mut after) = (Tally::new(passwords), false, None::<String>);
    loop {
        let page = copy.users.list(after.as_deref(), PAGE).await.ok()?;
        let Some(last) = page.last() else {
            return Some((administers, tally));
        };
        after = Some(last.username().to_owned());
        for account in &page {
            administers |= Condition::administers(account);
            tally.count(account.username(), account.password_hash());
        }
    }
}

fn administrator(administers: bool) -> Finding {
    match administers {
        true => good("administrator", "somebody can administer"),
        false => fault(
            "administrator",
            "nobody can administer over HTTP: no active user with a password has users:write",
            "portcullis user enable NAME, or portcullis user scopes NAME --all",
        ),
    }
}

fn hashes(tally: &Tally) -> Finding {
    let unread = tally.due(Due::Unread);
    if unread > 0 {
        return fault(
            "hashes",
            format!("{unread} users cannot log in: the settings do not read their hashes"),
            "portcullis hash audit names the schemes; list them in [passwords].",
        );
    }
    let is_weak = |strength| matches!(strength, Strength::Weak | Strength::Broken);
    let groups = tally.groups();
    match groups.iter().find(|group| is_weak(group.strength)) {
        Some(group) => advice(
            "hashes",
            format!(
                "{} users have hashes that are quick to guess ({})",
                group.count, group.scheme
            ),
            "They are made anew at the next login; portcullis hash wrap strengthens them at once.",
        ),
        None => good(
            "hashes",
            format!("the hashes of {} users are slow to guess", tally.total),
        ),
    }
}

/// Whether anybody can come in.
async fn profile(copy: &Copy, settings: &Settings) -> Finding {
    if settings.sessions.takes_passwords() {
        return good("profile", "users log in with name and password");
    }
    let clients = match AnyClients::on(copy.users.database()).await {
        Ok(store) => store.clients(None, 1).await.ok(),
        Err(_) => None,
    };
    match clients {
        Some(clients) if clients.is_empty() => advice("profile", NOBODY_COMES_IN, SOMEBODY_COMES_IN),
        _ => good("profile", "it is strict: no password grant"),
    }
}

async fn clients(copy: &Copy) -> Finding {
    let database = copy.users.database();
    let now = clock::of(&database).now_seconds().saturating_mul(1000);
    let Ok(store) = AnyClients::on(database).await else {
        return fault("clients", "the clients cannot be read", OLDER_COPY);
    };
    let is_late = |client: &Client| {
        let newest = client.secrets.get(1);
        newest.is_some_and(|secret| now.saturating_sub(secret.created) > TWO_SECRETS)
    };
    let mut after = None;
    loop {
        let Ok(page) = store.clients(after.as_deref(), PAGE).await else {
            return fault("clients", "the clients cannot be read", OLDER_COPY);
        };
        let Some(last) = page.last() else {
            return good("clients", "none has an older secret for long");
        };
        after = Some(last.id.to_string());
        if let Some(client) = page.iter().find(|client| is_late(client)) {
            let what = format!("the client {} has had two secrets for more than 30 days", client.id);
            return advice(
                "clients",
                what,
                format!("portcullis client secret {} --drop", client.id),
            );
        }
    }
}
