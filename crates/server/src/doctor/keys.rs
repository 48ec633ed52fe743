//! The keys: whether they open, whether one signs, and what the clock says to them.

use portcullis_core::{Clock as _, KeyRecord, KeyState, Secrets, timeline};

use super::database::Copy;
use super::finding::{Finding, advice, fault, good};
use crate::{clock, kept, signing};

/// How far the clock may be behind that of another server, in seconds.
const CLOCKS_DIFFER: u64 = 60;

/// How late a new key may be, in seconds: a server that runs makes it in time.
const LATE: u64 = 7 * 24 * 60 * 60;

pub(super) async fn all(copy: &Copy) -> Vec<Finding> {
    let database = copy.users.database();
    let now = clock::of(&database).now_seconds();
    let records = match signing::store(&database).await {
        Ok(store) => signing::list(&store).await,
        Err(failure) => Err(failure),
    };
    let records = match records {
        Ok(records) => records,
        Err(failure) => return vec![fault("signing_key", failure.sentence(), failure.remedy())],
    };
    vec![
        master_key(copy),
        opens(copy),
        secrets(copy).await,
        signing_key(copy, &records, now),
        clock(&records, super::trail::newest(copy).await, now),
    ]
}

fn master_key(copy: &Copy) -> Finding {
    match (&copy.master, copy.rehearsal.master_keys.is_empty()) {
        (Some(_), _) | (None, true) => good("master_key", "it is at hand"),
        (None, false) => fault(
            "master_key",
            "the master key is missing: no signing key opens, and the server does not start",
            "Restore keys/master.key from a backup, or give it in PORTCULLIS_MASTER_KEY; `portcullis key reset` starts anew.",
        ),
    }
}

/// Every key opened, and somebody logged in.
fn opens(copy: &Copy) -> Finding {
    let rehearsal = &copy.rehearsal;
    match rehearsal.troubles.first() {
        Some(trouble) => fault(
            "keys_open",
            trouble.clone(),
            "Give the master key that encrypted it; `portcullis key list` names each, `portcullis key retire` ends one.",
        ),
        None if rehearsal.logged_in == Some(true) => good("keys_open", "every key opens, and a test log-in went well"),
        None if !copy.is_one() && copy.master.is_some() => good("keys_open", "every key opens"),
        None => good("keys_open", format!("{} keys were not tried", rehearsal.signing_keys)),
    }
}

async fn secrets(copy: &Copy) -> Finding {
    let (Some(master), false) = (&copy.master, copy.rehearsal.signing_keys == 0) else {
        return good("secrets", "they were not tried");
    };
    let database = copy.users.database();
    let store = match kept::secrets(&database).await {
        Ok(store) => store,
        Err(failure) => return fault("secrets", failure.sentence(), failure.remedy()),
    };
    let opened = Secrets::look(&store, master).await;
    match opened.map_err(kept::failure) {
        Ok(_) => good("secrets", "those of refresh tokens and clients open"),
        Err(failure) => fault("secrets", failure.sentence(), failure.remedy()),
    }
}

fn signing_key(copy: &Copy, records: &[KeyRecord], now: u64) -> Finding {
    let keys = timeline(records, now);
    let Some(active) = keys.iter().find(|key| key.state == KeyState::Active) else {
        return fault(
            "signing_key",
            "no key signs: nobody can log in",
            "portcullis key rotate --now",
        );
    };
    let key = &active.record;
    let (id, algorithm) = (&key.id, key.algorithm);
    let rotate_every = signing::schedule(&copy.settings).rotate_every;
    let end = rotate_every.map(|every| key.activates.saturating_add(every.as_secs()).saturating_add(LATE));
    match end {
        Some(end) if now > end => advice(
            "signing_key",
            format!("the key {id} signs for longer than key_rotation_days says"),
            "A server that runs changes it by itself: start it, or run `portcullis key rotate`.",
        ),
        _ => good("signing_key", format!("{id} signs ({algorithm})")),
    }
}

/// What was made in the future was made by a clock that was right, or this one is.
fn clock(records: &[KeyRecord], row: Option<u64>, now: u64) -> Finding {
    let is_future = |time: u64| time > now.saturating_add(CLOCKS_DIFFER);
    let what = match records.iter().any(|record| is_future(record.created)) {
        true => "a signing key was made",
        false if row.is_some_and(is_future) => "the last row of the audit trail was written",
        false => return good("clock", "nothing was made in its future"),
    };
    fault(
        "clock",
        format!("this machine's clock is behind: {what} in its future"),
        "Set the clock by the network (timedatectl set-ntp true).",
    )
}
