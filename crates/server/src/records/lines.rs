//! Formats of a line each: JSON lines and htpasswd.

use std::io::BufRead;

use serde_json::Value;

use super::fields::{Columns, Fields};
use super::{Batches, Fault, Record, Row, Stopped};

/// One JSON object a line; empty lines are passed over.
pub(super) fn read_jsonl(input: impl BufRead, columns: &Columns, batches: &mut Batches) -> Result<(), Stopped> {
    each(input, batches, |line, text| {
        if text.trim().is_empty() {
            return None;
        }
        // Its own words would quote the line, which holds a hash.
        let value: Result<Value, _> = serde_json::from_str(text);
        let Ok(Value::Object(object)) = value else {
            return Some(Err(Fault::new(line, "it is no JSON object")));
        };
        let fields = Fields::of_object(&object, columns).map_err(|reason| Fault::new(line, reason));
        Some(fields.map(|fields| Record { line, fields }))
    })
}

/// `user:hash`; empty lines and those that begin with `#` are passed over.
pub(super) fn read_htpasswd(input: impl BufRead, batches: &mut Batches) -> Result<(), Stopped> {
    each(input, batches, |line, text| {
        if text.trim().is_empty() || text.starts_with('#') {
            return None;
        }
        let Some((user, hash)) = text.split_once(':') else {
            return Some(Err(Fault::new(line, "it has no colon between user and hash")));
        };
        let fields = Fields {
            username: Some(user.to_owned()).filter(|user| !user.is_empty()),
            hash: Some(hash.to_owned()).filter(|hash| !hash.is_empty()),
            ..Fields::default()
        };
        Some(Ok(Record { line, fields }))
    })
}

fn each(
    mut input: impl BufRead,
    batches: &mut Batches,
    read: impl Fn(u64, &str) -> Option<Row>,
) -> Result<(), Stopped> {
    let (mut bytes, mut line) = (Vec::new(), 0_u64);
    loop {
        bytes.clear();
        line = line.saturating_add(1);
        let count = input.read_until(b'\n', &mut bytes).map_err(|error| {
            Stopped::Unreadable(Fault::last(line, format!("the file cannot be read further: {error}")))
        })?;
        if count == 0 {
            return Ok(());
        }
        let row = match std::str::from_utf8(&bytes) {
            Ok(text) => read(line, text.trim_end_matches(['\n', '\r'])),
            Err(_) => Some(Err(Fault::new(line, "it is no UTF-8"))),
        };
        match row {
            Some(row) => batches.push(row)?,
            None => batches.since.set(0),
        }
    }
}
