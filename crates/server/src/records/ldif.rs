//! LDIF (RFC 2849): what `slapcat` and `ldapsearch` write.

use std::io::BufRead;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::field::Field;
use super::fields::Reading;
use super::{Fault, Record, Row, Sink, Stopped, lines};

/// Whose entries are users, by their class; the others are branches, groups and the like.
const PEOPLE: &[&str] = &[
    "person",
    "organizationalperson",
    "inetorgperson",
    "posixaccount",
    "shadowaccount",
    "account",
    "user",
    "simplesecurityobject",
];

/// Reads the entries; those that are no users are counted as such.
pub(super) fn read(input: impl BufRead, sink: &mut Sink<'_>) -> Result<(), Stopped> {
    let mut entry = Entry::default();
    let done = lines::each(input, sink, |line, text, sink| {
        if text.is_empty() {
            return std::mem::take(&mut entry).row(sink);
        }
        entry.line(line, text);
        // An entry is no longer than a record, a line at a time.
        entry.is_too_long().then(|| {
            entry = Entry::default();
            Err(Fault::last(line, "a record is longer than 1 MiB"))
        })
    });
    done?;
    match entry.row(sink) {
        Some(row) => sink.push(row),
        None => Ok(()),
    }
}

/// The lines of an entry, folded ones as one.
#[derive(Default)]
struct Entry {
    begins: u64,
    lines: Vec<String>,
    size: usize,
    in_comment: bool,
}

impl Entry {
    fn line(&mut self, line: u64, text: &str) {
        self.size = self.size.saturating_add(text.len());
        if let Some(rest) = text.strip_prefix(' ') {
            if !self.in_comment
                && let Some(last) = self.lines.last_mut()
            {
                last.push_str(rest);
            }
            return;
        }
        self.in_comment = text.starts_with('#');
        if !self.in_comment {
            if self.lines.is_empty() {
                self.begins = line;
            }
            self.lines.push(text.to_owned());
        }
    }

    fn is_too_long(&self) -> bool {
        self.size > 1 << 20
    }

    fn row(self, sink: &mut Sink<'_>) -> Option<Row> {
        let line = self.begins;
        let values: Result<Vec<_>, _> = self.lines.iter().map(|line| attribute(line)).collect();
        let values = match values {
            Ok(values) => values,
            Err(reason) => return Some(Err(Fault::new(line, reason))),
        };
        let values: Vec<(&str, Option<String>)> = values
            .into_iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("version"))
            .collect();
        if values.is_empty() {
            return None;
        }
        let value = |wanted: &'static str| values.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted));
        if value("changetype").any(|(_, kind)| kind.as_deref() != Some("add")) {
            return Some(Err(Fault::new(line, "it is a change and no entry")));
        }
        let is_user = value("objectClass").any(|(_, class)| {
            class
                .as_ref()
                .is_some_and(|class| PEOPLE.contains(&&*class.to_lowercase()))
        });
        if !is_user && value("userPassword").next().is_none() {
            let class = value("objectClass")
                .next_back()
                .and_then(|(_, class)| class.as_deref())
                .unwrap_or("none");
            sink.other(&format!("entries of the class {class}"));
            return None;
        }
        Some(user(line, &values, sink))
    }
}

/// `name: text`, `name:: base64`; options of the name (`;lang-de`) are no part of it.
/// Bytes that are no text are none: a picture or a key.
fn attribute(line: &str) -> Result<(&str, Option<String>), String> {
    let (name, value) = line.split_once(':').ok_or("a line of it has no colon")?;
    let name = name.split(';').next().unwrap_or(name).trim();
    let text = match value.as_bytes().first() {
        Some(b'<') => return Err(format!("its {name} stands in another file")),
        Some(b':') => {
            let encoded = value.get(1..).unwrap_or_default().trim();
            let bytes = STANDARD
                .decode(encoded)
                .map_err(|_| format!("its {name} is no base64"))?;
            String::from_utf8(bytes).ok()
        }
        _ => Some(value.trim_start().to_owned()),
    };
    Ok((name, text))
}

fn user(line: u64, values: &[(&str, Option<String>)], sink: &mut Sink<'_>) -> Row {
    // Several values of one attribute are one column.
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in values {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    let fields = sink.plan.chosen(names.iter().copied());
    let mut reading = Reading::default();
    for (name, field) in names.into_iter().zip(fields) {
        let of = values.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut texts = of.clone().map(|(_, value)| value.as_deref().unwrap_or_default());
        if let Some(field) = field {
            sink.used(name);
            if of.clone().any(|(_, value)| value.is_none()) {
                return Err(Fault::new(line, format!("its {name} is no text")));
            }
            let first = texts.next().unwrap_or_default();
            let taken = reading.take(field, name, first, sink.plan);
            taken.map_err(|reason| Fault::new(line, reason))?;
            if field == Field::Hash && texts.clone().next().is_some() {
                return Err(Fault::new(line, format!("it has {name} more than once")));
            }
        }
        let further = if field.is_some() {
            format!("{name} (further values)")
        } else {
            name.to_owned()
        };
        for text in texts {
            sink.unused(&further, text);
        }
    }
    Ok(Record {
        line,
        fields: reading.end(sink.plan),
    })
}
