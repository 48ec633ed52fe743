//! Keys as they are printed.

use portcullis_core::{KeySchedule, KeyState, KeyStatus};
use serde::Serialize;

use crate::failure::Outcome;
use crate::output::{say, say_json};
use crate::shown::Shown;
use crate::signing::{Keys, failure};
use crate::times;

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

pub(super) async fn list(keys: &Keys, all: bool, json: bool) -> Outcome {
    let found = keys.list().await.map_err(failure)?;
    let is_shown = |key: &&KeyStatus| all || key.state != KeyState::Retired;
    let shown: Vec<&KeyStatus> = found.iter().filter(is_shown).collect();
    if json {
        let shown = shown.iter().map(|key| Listed::new(key, trouble(keys, key)));
        return say_json(&shown.collect::<Vec<_>>());
    }
    let rows: Vec<_> = shown.iter().map(|key| row(key, keys.schedule())).collect();
    let mut text = Shown::table(
        ["ID", "ALGORITHM", "STATE", "SINCE", "UNTIL"],
        &rows,
        "There are no keys.",
    );
    let hidden = found.len().saturating_sub(shown.len());
    if hidden > 0 {
        text.paragraph(format!("Retired and not shown: {hidden}; --all shows all."));
    }
    for (id, why) in shown
        .iter()
        .filter_map(|key| Some((&key.record.id, trouble(keys, key)?)))
    {
        text.paragraph(format!("{id} cannot be opened and is passed over: {why}."));
    }
    say(text)
}

/// Why a key that is in use cannot be opened here.
fn trouble(keys: &Keys, key: &KeyStatus) -> Option<String> {
    if key.state == KeyState::Retired {
        return None;
    }
    let error = keys.trouble(key)?;
    Some(std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string))
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
