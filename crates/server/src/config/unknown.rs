//! Names that are no settings.

use crate::failure::Failure;

/// "No such setting", with the nearest that there is.
pub(super) fn unknown(what: &str, name: &str, known: impl Iterator<Item = String>) -> Failure {
    // What other programs call where they listen.
    let meant = ["port", "host", "address", "addr", "bind"].iter().find_map(|other| {
        let before = name.len().checked_sub(other.len())?;
        let (before, last) = name.split_at_checked(before)?;
        let whole_word = before.is_empty() || before.ends_with('_');
        (whole_word && last.eq_ignore_ascii_case(other)).then(|| match last.contains(char::is_lowercase) {
            true => format!("{before}listen"),
            false => format!("{before}LISTEN"),
        })
    });
    let name = meant.as_deref().unwrap_or(name);
    let nearness = |candidate: &String| strsim::normalized_damerau_levenshtein(candidate, name);
    let nearest = known
        .max_by(|a, b| nearness(a).total_cmp(&nearness(b)))
        .unwrap_or_default();
    Failure::usage(
        format!("{what} is no setting; the nearest is {nearest}"),
        "See `portcullis serve --help` for all of them.",
    )
}

/// The same for a key of a table.
pub(super) fn unknown_in(what: &str, name: &str, known: &[&str]) -> Failure {
    unknown(what, name, known.iter().map(|known| (*known).to_owned()))
}
