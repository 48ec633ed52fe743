//! What the cases do to a finished token before they send it.

use base64::Engine;
use serde_json::Value;

use super::case::Edit;
use super::mint::BASE64URL;

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The token after all the edits, one after the other.
///
/// # Errors
/// A sentence, if an edit does not fit the token.
pub(crate) fn edited(token: String, edits: &[Edit]) -> Result<String, String> {
    edits.iter().try_fold(token, |token, edit| one(&token, edit))
}

fn one(token: &str, edit: &Edit) -> Result<String, String> {
    let mut segments: Vec<String> = token.split('.').map(str::to_owned).collect();
    match edit {
        Edit::Append { value } => return Ok(format!("{token}{}", value.text())),
        Edit::Prepend { value } => return Ok(format!("{}{token}", value.text())),
        Edit::AppendSegment { value } => segments.push(value.text()),
        Edit::DropSegment { segment } => {
            at(&mut segments, *segment)?;
            segments.remove(*segment);
        }
        Edit::FlipChar { segment, .. }
        | Edit::FlipBit { segment, .. }
        | Edit::TrailingBits { segment, .. }
        | Edit::ReplaceJson { segment, .. }
        | Edit::SetSegment { segment, .. }
        | Edit::Insert { segment, .. }
        | Edit::Truncate { segment, .. }
        | Edit::Pad { segment }
        | Edit::StdAlphabet { segment }
        | Edit::SwapCase { segment }
        | Edit::Zero { segment } => {
            let part = at(&mut segments, *segment)?;
            *part = changed(part, edit)?;
        }
    }
    Ok(segments.join("."))
}

fn at(segments: &mut [String], index: usize) -> Result<&mut String, String> {
    segments
        .get_mut(index)
        .ok_or_else(|| format!("the token has no segment {index}"))
}

/// One segment, changed.
fn changed(part: &str, edit: &Edit) -> Result<String, String> {
    match edit {
        Edit::FlipChar { index, .. } => {
            // As an index into what may be shorter: it wraps.
            let index = index
                .checked_rem(part.len())
                .ok_or("an empty segment has no character to flip")?;
            replaced(part, index, |value| (value + 32) % 64)
        }
        Edit::TrailingBits { bits, .. } => {
            let last = part
                .len()
                .checked_sub(1)
                .ok_or("an empty segment has no last character")?;
            replaced(part, last, |value| value | bits.unwrap_or(1))
        }
        Edit::FlipBit { byte, bit, .. } => {
            let mut bytes = decoded(part)?;
            *bytes.get_mut(*byte).ok_or("no such byte")? ^= 1 << bit;
            Ok(BASE64URL.encode(bytes))
        }
        Edit::ReplaceJson { set, unset, .. } => {
            let mut document: Value = serde_json::from_slice(&decoded(part)?).map_err(|e| e.to_string())?;
            let members = document.as_object_mut().ok_or("the segment holds no object")?;
            members.extend(set.clone());
            members.retain(|name, _| !unset.contains(name));
            Ok(BASE64URL.encode(document.to_string()))
        }
        Edit::SetSegment { value, .. } => Ok(value.text()),
        Edit::Insert { index, value, .. } => {
            let (before, after) = part.split_at_checked(*index).unwrap_or((part, ""));
            Ok(format!("{before}{value}{after}"))
        }
        Edit::Truncate { length, .. } => Ok(part.chars().take(*length).collect()),
        Edit::Pad { .. } => Ok(format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4))),
        Edit::StdAlphabet { .. } => Ok(part.replace('-', "+").replace('_', "/")),
        Edit::SwapCase { .. } => Ok(part.chars().map(swapped).collect()),
        Edit::Zero { .. } => Ok(BASE64URL.encode(vec![0; decoded(part)?.len()])),
        Edit::Append { .. } | Edit::Prepend { .. } | Edit::AppendSegment { .. } | Edit::DropSegment { .. } => {
            Err("this edit changes no single segment".to_owned())
        }
    }
}

fn replaced(part: &str, index: usize, change: impl Fn(usize) -> usize) -> Result<String, String> {
    let old = part.get(index..=index).ok_or("no such character")?;
    let value = ALPHABET
        .find(old)
        .ok_or_else(|| format!("{old:?} is not of the base64url alphabet"))?;
    let new = ALPHABET
        .get(change(value)..)
        .and_then(|rest| rest.chars().next())
        .ok_or("no such bits")?;
    Ok(format!("{}{new}{}", &part[..index], &part[index + 1..]))
}

fn decoded(part: &str) -> Result<Vec<u8>, String> {
    BASE64URL
        .decode(part)
        .map_err(|e| format!("the segment is no base64url: {e}"))
}

fn swapped(c: char) -> char {
    if c.is_ascii_lowercase() {
        c.to_ascii_uppercase()
    } else {
        c.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every edit with what it makes of this token (the worked values are those of the Python original).
    #[test]
    fn each_edit_changes_the_token_as_described() {
        let token = "eyJhIjoxfQ.eyJiIjoyfQ.AAECAw";
        let expected = [
            (
                r#"{"op":"append","value":{"repeat":"x","times":2}}"#,
                "eyJhIjoxfQ.eyJiIjoyfQ.AAECAwxx",
            ),
            (r#"{"op":"prepend","value":"x"}"#, "xeyJhIjoxfQ.eyJiIjoyfQ.AAECAw"),
            (
                r#"{"op":"flip_char","segment":0,"index":11}"#,
                "eSJhIjoxfQ.eyJiIjoyfQ.AAECAw",
            ),
            (
                r#"{"op":"flip_bit","segment":2,"byte":1,"bit":7}"#,
                "eyJhIjoxfQ.eyJiIjoyfQ.AIECAw",
            ),
            (r#"{"op":"trailing_bits","segment":2}"#, "eyJhIjoxfQ.eyJiIjoyfQ.AAECAx"),
            (
                r#"{"op":"replace_json","segment":1,"set":{"c":3},"unset":["b"]}"#,
                "eyJhIjoxfQ.eyJjIjozfQ.AAECAw",
            ),
            (r#"{"op":"set_segment","segment":1,"value":""}"#, "eyJhIjoxfQ..AAECAw"),
            (r#"{"op":"drop_segment","segment":1}"#, "eyJhIjoxfQ.AAECAw"),
            (
                r#"{"op":"append_segment","value":"z"}"#,
                "eyJhIjoxfQ.eyJiIjoyfQ.AAECAw.z",
            ),
            (
                r#"{"op":"insert","segment":2,"index":2,"value":" "}"#,
                "eyJhIjoxfQ.eyJiIjoyfQ.AA ECAw",
            ),
            (
                r#"{"op":"truncate","segment":2,"length":3}"#,
                "eyJhIjoxfQ.eyJiIjoyfQ.AAE",
            ),
            (r#"{"op":"pad","segment":2}"#, "eyJhIjoxfQ.eyJiIjoyfQ.AAECAw=="),
            (r#"{"op":"swap_case","segment":2}"#, "eyJhIjoxfQ.eyJiIjoyfQ.aaecaW"),
            (r#"{"op":"zero","segment":2}"#, "eyJhIjoxfQ.eyJiIjoyfQ.AAAAAA"),
        ];
        for (edit, after) in expected {
            let edit = serde_json::from_str(edit).unwrap();
            assert_eq!(edited(token.to_owned(), &[edit]).unwrap(), after);
        }
        let std = serde_json::from_str(r#"{"op":"std_alphabet","segment":0}"#).unwrap();
        assert_eq!(edited("a-_".to_owned(), &[std]).unwrap(), "a+/");
    }

    #[test]
    fn an_edit_of_a_missing_segment_is_an_error() {
        let edit = serde_json::from_str(r#"{"op":"zero","segment":3}"#).unwrap();
        assert!(edited("a.b.c".to_owned(), &[edit]).is_err());
    }
}
