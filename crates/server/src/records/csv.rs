//! CSV: the first record names the columns.

use std::io::Read;
use std::path::Path;

use super::fields::{Columns, Field, Fields};
use super::{Batches, Fault, Record, Stopped};

pub(super) fn read(input: impl Read, path: &Path, columns: &Columns, batches: &mut Batches) -> Result<(), Stopped> {
    let tabs = path.extension().is_some_and(|extension| extension == "tsv");
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader
        .delimiter(if tabs { b'\t' } else { b',' })
        .flexible(true)
        .from_reader(input);
    let header = reader.headers().map_err(|error| unreadable(1, &error))?;
    let fields = columns.chosen(header.iter());
    if !fields.contains(&Some(Field::Username)) && !fields.contains(&Some(Field::Hash)) {
        let reason = "the first line names neither a column username nor password_hash; use --column FIELD=COLUMN";
        return Err(Stopped::Unreadable(Fault::last(1, reason)));
    }
    let (width, mut record, mut line) = (fields.len(), csv::StringRecord::new(), 1);
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                line = record.position().map_or(line, csv::Position::line);
                batches.push(row(&record, &fields, width, line))?;
            }
            Err(error) => {
                let line = error.position().map_or(line, csv::Position::line);
                match error.kind() {
                    csv::ErrorKind::Utf8 { .. } => batches.push(Err(Fault::new(line, "it is no UTF-8")))?,
                    _ => return Err(unreadable(line, &error)),
                }
            }
        }
    }
}

fn row(record: &csv::StringRecord, fields: &[Option<Field>], width: usize, line: u64) -> super::Row {
    if record.len() != width {
        let reason = format!("it has {} columns and the first line {width}", record.len());
        return Err(Fault::new(line, reason));
    }
    let mut read = Fields::default();
    for (text, field) in record.iter().zip(fields) {
        if let Some(field) = field {
            read.take(*field, text).map_err(|reason| Fault::new(line, reason))?;
        }
    }
    Ok(Record { line, fields: read })
}

fn unreadable(line: u64, error: &csv::Error) -> Stopped {
    Stopped::Unreadable(Fault::last(line, format!("the file cannot be read further: {error}")))
}
