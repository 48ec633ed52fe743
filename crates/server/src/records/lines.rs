//! Formats of a line each: JSON lines and htpasswd.

use std::io::BufRead;

use super::fields::Fields;
use super::json::{self, Element};
use super::{Fault, Record, Row, Sink, Stopped};

/// One JSON object a line; empty lines are passed over.
pub(super) fn read_jsonl(input: impl BufRead, sink: &mut Sink<'_>) -> Result<(), Stopped> {
    each(input, sink, |line, text, sink| {
        if text.trim().is_empty() {
            return None;
        }
        let element: Result<Element, _> = serde_json::from_str(text);
        match element {
            Ok(element) => json::row(line, element, sink),
            // Its own words would quote the line, which holds a hash.
            Err(error) if error.is_data() => Some(Err(Fault::new(line, json::NO_OBJECT))),
            Err(error) => {
                let reason = format!("{} from column {} on", json::NO_OBJECT, error.column());
                Some(Err(Fault::new(line, reason)))
            }
        }
    })
}

/// `user:hash`; empty lines and those that begin with `#` are passed over.
pub(super) fn read_htpasswd(input: impl BufRead, sink: &mut Sink<'_>) -> Result<(), Stopped> {
    each(input, sink, |line, text, _| {
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

/// Hands every line to `read`, without its end.
pub(super) fn each<'p>(
    mut input: impl BufRead,
    sink: &mut Sink<'p>,
    mut read: impl FnMut(u64, &str, &mut Sink<'p>) -> Option<Row>,
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
            Ok(text) => read(line, text.trim_end_matches(['\n', '\r']), sink),
            Err(_) => Some(Err(Fault::new(line, "it is no UTF-8"))),
        };
        match row {
            Some(row) => sink.push(row)?,
            None => sink.meter.record(),
        }
    }
}
