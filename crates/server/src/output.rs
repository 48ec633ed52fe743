//! What commands print: aligned tables for people, JSON for programs.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use crate::failure::{OrFail, Outcome};

/// Prints one text and a line end on standard output. A reader who has gone away (`| head`) is no failure.
pub(crate) fn say(text: impl AsRef<str>) -> Outcome {
    let mut out = io::stdout().lock();
    let done = out
        .write_all(text.as_ref().as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.or_fail(
            "standard output cannot be written",
            "Check the disk or the pipe it goes to.",
        ),
    }
}

/// Prints one line on standard error; a failure to do so is nobody's to hear.
pub(crate) fn tell(text: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
}

/// Prints a value as indented JSON.
pub(crate) fn say_json(value: &impl Serialize) -> Outcome {
    say(serde_json::to_string_pretty(value).or_fail("the answer cannot be written as JSON", "")?)
}

/// The text with characters that could steer a terminal or reorder a line written as `\u{…}`.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let reorders = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || reorders {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Rows under a header, each column as wide as its widest cell. Without rows: the sentence that says so.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: &[[String; N]], none: &str) -> String {
    if rows.is_empty() {
        return none.to_owned();
    }
    let shown: Vec<[String; N]> = rows
        .iter()
        .map(|row| row.each_ref().map(|cell| printable(cell)))
        .collect();
    let mut widths = header.map(|cell| cell.chars().count());
    for row in &shown {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let header = header.map(str::to_owned);
    for row in std::iter::once(&header).chain(&shown) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

/// Names and values under each other, the values aligned.
pub(crate) fn sheet(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let lines: Vec<String> = rows
        .iter()
        .map(|(name, value)| format!("{name:<width$}  {}", printable(value)).trim_end().to_owned())
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_steer_the_terminal_or_turn_the_line_around() {
        let rows = [["a\u{1b}[2J".to_owned(), "\u{202e}gnp.exe\u{9b}".to_owned()]];
        let text = table(["A", "B"], &rows, "");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{text:?}");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ["a".to_owned(), "x".to_owned()],
            ["bcd\u{e9}".to_owned(), String::new()],
        ];
        assert_eq!(table(["N", "VALUE"], &rows, "none"), "N     VALUE\na     x\nbcd\u{e9}");
    }

    #[test]
    fn an_empty_table_says_so() {
        assert_eq!(table::<1>(["A"], &[], "No users."), "No users.");
    }

    #[test]
    fn a_sheet_aligns_its_values() {
        assert_eq!(sheet(&[("a", "1".into()), ("long", "2".into())]), "a     1\nlong  2");
    }
}
