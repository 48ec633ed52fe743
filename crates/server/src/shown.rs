//! Text that is shown to people: nothing in it steers a terminal, turns a line around or begins another one.

use std::fmt;

/// Lines to be shown. Whatever comes in as a line stays one line, with what could do harm written as `\u{…}`: names, files
/// and errors are often other people's. Texts of our own that have several lines come in by [`Shown::lines`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shown(Vec<String>);

impl Shown {
    /// A text of our own, of several lines.
    pub(crate) fn lines(text: &str) -> Self {
        Self(text.split('\n').map(escaped).collect())
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.0.push(escaped(line.as_ref()));
    }

    /// Adds these, after an empty line if something stands before them.
    pub(crate) fn paragraph(&mut self, more: impl Into<Self>) {
        if !self.0.is_empty() {
            self.0.push(String::new());
        }
        self.append(more.into());
    }

    /// Adds these.
    pub(crate) fn append(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// Adds these, two blanks further in.
    pub(crate) fn indented(&mut self, more: Self) {
        self.0.extend(more.0.iter().map(|line| format!("  {line}")));
    }

    /// Shows one line, counted from 0, in a colour of the terminal (SGR, such as `31`).
    pub(crate) fn colour(&mut self, line: usize, colour: &'static str) {
        if let Some(line) = self.0.get_mut(line) {
            *line = format!("\u{1b}[{colour}m{line}\u{1b}[0m");
        }
    }

    /// Rows under a header, each column as wide as its widest cell. Without rows: the sentence that says so.
    pub(crate) fn table<const N: usize>(header: [&str; N], rows: &[[String; N]], none: &str) -> Self {
        if rows.is_empty() {
            return none.into();
        }
        let header = [header.map(str::to_owned)];
        let cells = header.iter().chain(rows);
        let cells: Vec<_> = cells.map(|row| row.each_ref().map(|cell| escaped(cell))).collect();
        let mut widths = [0; N];
        for row in &cells {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let line = |row: &[String; N]| {
            let cells = row.iter().zip(widths);
            let line: String = cells.map(|(cell, width)| format!("{cell:<width$}  ")).collect();
            line.trim_end().to_owned()
        };
        Self(cells.iter().map(line).collect())
    }

    /// Names and values under each other, the values aligned.
    pub(crate) fn sheet(rows: &[(&str, String)]) -> Self {
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let line = |(name, value): &(&str, String)| {
            let line = format!("{:<width$}  {}", escaped(name), escaped(value));
            line.trim_end().to_owned()
        };
        Self(rows.iter().map(line).collect())
    }

    /// JSON with such characters as `\uXXXX`, which is the same to whoever reads it as JSON.
    pub(crate) fn json(text: &str) -> Self {
        let mut units = [0; 2];
        let lines = text.split('\n').map(|line| {
            let mut shown = String::with_capacity(line.len());
            for c in line.chars() {
                if is_harmful(c) {
                    let units = c.encode_utf16(&mut units).iter();
                    shown.extend(units.map(|unit| format!("\\u{unit:04x}")));
                } else {
                    shown.push(c);
                }
            }
            shown
        });
        Self(lines.collect())
    }
}

/// One line.
impl From<&str> for Shown {
    fn from(line: &str) -> Self {
        Self(vec![escaped(line)])
    }
}

/// One line.
impl From<String> for Shown {
    fn from(line: String) -> Self {
        line.as_str().into()
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Controls, line and paragraph separators, and the marks that turn the direction of a line (Unicode TR 9).
fn is_harmful(c: char) -> bool {
    let reorders = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || reorders || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[2J\r\nroot  active\u{9b}2K\u{202e}gnp.exe\u{2028}\u{61c}";

    #[test]
    fn no_way_into_what_is_shown_lets_a_name_steer_the_terminal_or_begin_a_line() {
        let mut text = Shown::sheet(&[(HOSTILE, HOSTILE.to_owned())]);
        text.line(HOSTILE);
        text.paragraph(HOSTILE.to_owned());
        text.paragraph(Shown::table(["A"], &[[HOSTILE.to_owned()]], ""));
        text.paragraph(Shown::table::<1>(["A"], &[], HOSTILE));
        let text = text.to_string();
        assert_eq!(text.lines().count(), 9, "{text}");
        assert!(!text.chars().any(|c| c != '\n' && is_harmful(c)), "{text:?}");
    }

    #[test]
    fn json_says_the_same_without_a_character_that_steers() {
        let value = serde_json::json!({ HOSTILE: [HOSTILE, "😀"] });
        let text = Shown::json(&serde_json::to_string_pretty(&value).expect("JSON")).to_string();
        assert!(!text.chars().any(|c| c != '\n' && is_harmful(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("JSON"), value);
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ["a".to_owned(), "x".to_owned()],
            ["bcd\u{e9}".to_owned(), String::new()],
        ];
        let table = Shown::table(["N", "VALUE"], &rows, "none").to_string();
        assert_eq!(table, "N     VALUE\na     x\nbcd\u{e9}");
    }

    #[test]
    fn an_empty_table_says_so() {
        assert_eq!(Shown::table::<1>(["A"], &[], "No users.").to_string(), "No users.");
    }

    #[test]
    fn a_sheet_aligns_its_values() {
        let sheet = Shown::sheet(&[("a", "1".into()), ("long", "2".into())]);
        assert_eq!(sheet.to_string(), "a     1\nlong  2");
    }
}
