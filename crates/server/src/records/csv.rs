//! CSV: the first record names the columns.

use std::io::BufRead;

use super::field::Field;
use super::fields::{Plan, Reading};
use super::{Fault, Record, Sink, Stopped};

/// What may stand between columns.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Reads a table; the delimiter is the one that was given, or else the one that parts the first line best.
pub(super) fn read(mut input: impl BufRead, given: Option<u8>, sink: &mut Sink<'_>) -> Result<(), Stopped> {
    let head = input.fill_buf().map_err(|error| stopped(1, &error))?;
    let first = first_line(head);
    // Excel's own way of saying it.
    let said = first.strip_prefix("sep=").and_then(|rest| rest.bytes().next());
    let delimiter = given.or(said).unwrap_or_else(|| delimiter(&first, sink.plan));
    // Of two signs at the end of a line a record's place is told between them.
    let end = head.iter().position(|byte| *byte == b'\n');
    let before = end.and_then(|end| head.get(end.checked_sub(1)?));
    let mut skipped = u64::from(before == Some(&b'\r'));
    if said.is_some() {
        let mut line = Vec::new();
        input.read_until(b'\n', &mut line).map_err(|error| stopped(1, &error))?;
        skipped = skipped.saturating_add(1);
    }
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.delimiter(delimiter).flexible(true).from_reader(input);
    let header = reader.headers().map_err(|error| stopped(1, &error))?.clone();
    let table = Table::new(&header, sink)?;
    let (mut record, mut line) = (csv::StringRecord::new(), 1_u64);
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                line = record
                    .position()
                    .map_or(line, csv::Position::line)
                    .saturating_add(skipped);
                let row = table.row(&record, line, sink);
                sink.push(row)?;
            }
            Err(error) => {
                line = error
                    .position()
                    .map_or(line, csv::Position::line)
                    .saturating_add(skipped);
                match error.kind() {
                    csv::ErrorKind::Utf8 { .. } => sink.push(Err(Fault::new(line, "it is no UTF-8")))?,
                    _ => return Err(stopped(line, &error)),
                }
            }
        }
    }
}

/// The columns of a table.
struct Table {
    names: Vec<String>,
    fields: Vec<Option<Field>>,
}

impl Table {
    fn new(header: &csv::StringRecord, sink: &mut Sink<'_>) -> Result<Self, Stopped> {
        let names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        let fields = sink.plan.chosen(names.iter().map(String::as_str));
        let known = [Field::Username, Field::Email, Field::Hash];
        if !fields.iter().flatten().any(|field| known.contains(field)) {
            let reason = "the first line names neither a column username nor password_hash; use --column FIELD=COLUMN";
            return Err(Stopped::Unreadable(Fault::last(1, reason)));
        }
        for (place, (name, field)) in names.iter().zip(&fields).enumerate() {
            let twice = names.iter().skip(place.saturating_add(1)).any(|other| other == name);
            if twice && field.is_some() {
                let reason = format!("the first line names the column {name} twice");
                return Err(Stopped::Unreadable(Fault::last(1, reason)));
            }
            if field.is_some() {
                sink.used(name);
            } else {
                sink.unused(name, "");
            }
        }
        Ok(Self { names, fields })
    }

    fn row(&self, record: &csv::StringRecord, line: u64, sink: &mut Sink<'_>) -> super::Row {
        let width = self.fields.len();
        if record.len() != width {
            let reason = format!("it has {} columns and the first line {width}", record.len());
            return Err(Fault::new(line, reason));
        }
        let mut reading = Reading::default();
        for (text, (name, field)) in record.iter().zip(self.names.iter().zip(&self.fields)) {
            match field {
                Some(field) => {
                    let taken = reading.take(*field, name, text, sink.plan);
                    taken.map_err(|reason| Fault::new(line, reason))?;
                }
                None => sink.unused(name, text),
            }
        }
        let fields = reading.end(sink.plan);
        Ok(Record { line, fields })
    }
}

pub(super) fn first_line(head: &[u8]) -> String {
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| !line.trim_ascii().is_empty());
    String::from_utf8_lossy(line.unwrap_or_default())
        .trim_end_matches('\r')
        .to_owned()
}

/// The names in the first line of a table that begins so.
pub(super) fn names(head: &[u8], plan: &Plan) -> Vec<String> {
    let first = first_line(head);
    let first = match first.starts_with("sep=") {
        true => first_line(head.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or_default()),
        false => first,
    };
    let delimiter = char::from(delimiter(&first, plan));
    first
        .split(delimiter)
        .map(|name| name.trim().trim_matches('"').to_owned())
        .collect()
}

/// What parts the first line into the most names that are known, or else into the most names.
pub(super) fn delimiter(first: &str, plan: &Plan) -> u8 {
    let names = |delimiter: u8| {
        let names: Vec<&str> = first
            .split(char::from(delimiter))
            .map(|name| name.trim().trim_matches('"'))
            .collect();
        let known = plan.chosen(names.iter().copied()).iter().flatten().count();
        (known, names.len())
    };
    // Of equals the first.
    let best = DELIMITERS.into_iter().rev().max_by_key(|delimiter| names(*delimiter));
    best.unwrap_or(b',')
}

fn stopped(line: u64, error: &impl std::fmt::Display) -> Stopped {
    Stopped::Unreadable(Fault::last(line, format!("the file cannot be read further: {error}")))
}
