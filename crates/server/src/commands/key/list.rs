//! Keys as they are printed.

use portcullis_core::{KeySchedule, KeyState, KeyStatus, SigningKeys, timeline};
use portcullis_sql::UnreadableKey;
use serde::Serialize;

use super::master;
use crate::config::Given;
use crate::failure::{OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::shown::Shown;
use crate::signing::{Keys, failure};
use crate::{clock, signing, times};

/// A key as JSON. Times are seconds since 1970.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    algorithm: &'static str,
    state: &'static str,
    created: u64,
    activates: u64,
    /// The same as `signs_until`, under its older name.
    retires: Option<u64>,
    signs_until: Option<u64>,
    ends: Option<u64>,
    /// Why it cannot be opened here and is passed over, if so.
    trouble: Option<String>,
}

/// A row that is there and is no key.
#[derive(Serialize)]
struct Unread<'a> {
    id: &'a str,
    state: &'static str,
    trouble: &'a str,
}

/// A member of the list.
#[derive(Serialize)]
#[serde(untagged)]
enum Member<'a> {
    Key(Listed<'a>),
    Unreadable(Unread<'a>),
}

impl<'a> Listed<'a> {
    fn new(key: &'a KeyStatus, trouble: Option<String>) -> Self {
        Self {
            id: &key.record.id,
            algorithm: key.record.algorithm.name(),
            state: key.state.name(),
            created: key.record.created,
            activates: key.record.activates,
            retires: key.signs_until,
            signs_until: key.signs_until,
            ends: key.ends,
            trouble,
        }
    }
}

/// What there is.
struct Found {
    /// None where there is no master key: nothing is made by looking.
    opener: Option<Keys>,
    schedule: KeySchedule,
    keys: Vec<KeyStatus>,
    unreadable: Vec<UnreadableKey>,
}

impl Found {
    /// Looks at the keys as they stand: those that cannot be opened, and rows that cannot even be read, are there too.
    async fn at(place: &Given) -> Outcome<Self> {
        let (place, settings, database) = master::opened(place).await?;
        let store = signing::store(&database).await?;
        let (records, unreadable) = store
            .list_readable()
            .await
            .or_fail("the signing keys cannot be read", "Look at the reason above.")?;
        let schedule = signing::schedule(&settings);
        if unreadable.is_empty() {
            let (opener, _) = signing::unopened(&place, &settings, &database).await?;
            let keys = opener.list().await.map_err(failure)?;
            return Ok(Self {
                opener: Some(opener),
                schedule,
                keys,
                unreadable,
            });
        }
        let master = signing::master_key_at_hand(&place)?;
        Ok(Self {
            opener: master.map(|master| SigningKeys::new(store, master, schedule.clone(), clock::of(&database))),
            schedule,
            keys: timeline(&records, clock::of(&database).now().as_secs()),
            unreadable,
        })
    }

    /// Why a key that is in use cannot be opened here.
    fn trouble(&self, key: &KeyStatus) -> Option<String> {
        if key.state == KeyState::Retired {
            return None;
        }
        let error = self.opener.as_ref()?.trouble(key)?;
        Some(std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string))
    }
}

pub(super) async fn list(place: &Given, all: bool, json: bool) -> Outcome {
    let found = Found::at(place).await?;
    let is_shown = |key: &&KeyStatus| all || key.state != KeyState::Retired;
    let shown: Vec<&KeyStatus> = found.keys.iter().filter(is_shown).collect();
    if json {
        let keys = shown
            .iter()
            .map(|key| Member::Key(Listed::new(key, found.trouble(key))));
        let unreadable = found.unreadable.iter().map(|row| {
            Member::Unreadable(Unread {
                id: &row.id,
                state: "unreadable",
                trouble: &row.why,
            })
        });
        return say_json(&keys.chain(unreadable).collect::<Vec<_>>());
    }
    let rows: Vec<_> = shown.iter().map(|key| row(key, &found.schedule)).collect();
    let mut text = Shown::table(
        ["ID", "ALGORITHM", "STATE", "SINCE", "UNTIL"],
        &rows,
        "There are no keys.",
    );
    let hidden = found.keys.len().saturating_sub(shown.len());
    if hidden > 0 {
        text.paragraph(format!("Retired and not shown: {hidden}; --all shows all."));
    }
    for (id, why) in shown
        .iter()
        .filter_map(|key| Some((&key.record.id, found.trouble(key)?)))
    {
        text.paragraph(format!("{id} cannot be opened and is passed over: {why}."));
    }
    for UnreadableKey { id, why } in &found.unreadable {
        text.paragraph(format!(
            "The row of {id:?} is no key: {why}. As long as it stands, servers go on with the keys that they know, and none \
             starts."
        ));
    }
    say(text)
}

fn row(key: &KeyStatus, schedule: &KeySchedule) -> [String; 5] {
    let words = |time: u64| {
        let (date, relative) = when(time);
        format!("{date} ({relative})")
    };
    let until = match (key.state, key.until(), schedule.rotate_every) {
        (_, Some(until), _) => words(until),
        (KeyState::Active, None, Some(every)) => {
            let planned = key.record.activates.saturating_add(every.as_secs());
            format!("{}, on schedule", words(planned))
        }
        (KeyState::Active, None, None) => "`portcullis key rotate`".to_owned(),
        _ => "-".to_owned(),
    };
    [
        key.record.id.clone(),
        key.record.algorithm.to_string(),
        key.state.to_string(),
        words(key.since()),
        until,
    ]
}

/// A time as a date, and how far it is from now.
pub(super) fn when(seconds: u64) -> (String, String) {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let now = i64::try_from(times::now().as_secs()).unwrap_or(i64::MAX);
    let date = times::date(seconds).unwrap_or_else(|| "a far day".to_owned());
    (date, times::relative(seconds, now))
}
