//! What a text nearly is.

use crate::error::HashError;

/// What is wrong with a text that has the beginning of a scheme's.
pub(super) fn sentence(text: &str, error: &HashError) -> String {
    if let Some(around) = around(text) {
        return format!("{around} ({error})");
    }
    let bcrypt = ["$2a$", "$2b$", "$2y$", "$2x$"]
        .iter()
        .any(|ident| text.starts_with(ident));
    match text.chars().count() {
        count if bcrypt && count < 60 => format!("a bcrypt hash has 60 characters and this has {count}: it was cut"),
        count if bcrypt && count > 60 => format!("a bcrypt hash has 60 characters and this has {count}"),
        _ => error.to_string(),
    }
}

/// What a text may be that begins as no scheme's does.
pub(super) fn guess(text: &str) -> String {
    let sentence = match text {
        "" => "there is nothing: an account without a password",
        _ if around(text).is_some() => return around(text).unwrap_or_default().to_owned(),
        _ if ["2a$", "2b$", "2y$"].iter().any(|begin| text.starts_with(begin)) => {
            "it looks like bcrypt whose first dollar sign is missing"
        }
        _ if begins_with_two_digits(text) && text.len() >= 50 => {
            "it looks like bcrypt whose beginning `$2b$` was lost, as when a shell takes it for a variable"
        }
        _ if text.starts_with("argon2id$") || text.starts_with("argon2i$") => {
            "it looks like Argon2 whose first dollar sign is missing"
        }
        _ if text.starts_with('$') => "no scheme is known of the name between the first two dollar signs",
        _ if text.starts_with('{') => "no scheme is known of the name between the braces",
        _ if text.len() < 30 => "it is shorter than any hash; it may be a password as it was typed",
        _ => "it has the form of no known scheme",
    };
    sentence.to_owned()
}

/// What stands around or instead of the text.
fn around(text: &str) -> Option<&'static str> {
    if text.trim() != text {
        return Some("there is white space before or behind it");
    }
    let quoted = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if quoted('"') || quoted('\'') {
        return Some("it stands in quotes");
    }
    if text.starts_with("\\$") {
        return Some("its dollar signs are escaped with backslashes");
    }
    if text.starts_with("%24") || text.contains("&#36;") {
        return Some("it is escaped as in a URL or a page");
    }
    None
}

fn begins_with_two_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_digit)
        && bytes.get(1).is_some_and(u8::is_ascii_digit)
        && bytes.get(2) == Some(&b'$')
}
