//! A tally as a table with bars, and as JSON.

use std::io::IsTerminal as _;

use portcullis_core::password::explain::Strength;
use serde_json::{Value, json as value};

use super::{Due, Group, Tally};
use crate::shown::Shown;

/// How wide a whole bar is.
const BAR: u64 = 30;

/// For people: a line for each scheme and cost, a bar for each, and what the policy would do.
pub(crate) fn chart(tally: &Tally) -> Shown {
    let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let groups = tally.groups();
    let rows: Vec<[String; 6]> = groups.iter().map(|group| row(tally, group)).collect();
    let header = ["SCHEME", "COST", "STRENGTH", "USERS", "SHARE", ""];
    let mut text = Shown::table(header, &rows, "There are no hashes.");
    for (line, group) in (1..).zip(&groups).filter(|_| colours) {
        text.colour(line, colour(group.strength));
    }
    text.paragraph(format!(
        "{} rows, {} of them without a password.",
        tally.total, tally.without
    ));
    let hashes = tally.total.saturating_sub(tally.without);
    for (due, sentence) in [
        (Due::No, "stay as they are"),
        (Due::Yes, "are upgraded, each at its user's next login"),
        (
            Due::Unread,
            "are not read: these users cannot log in (see `passwords.accept`)",
        ),
    ] {
        let count = tally.due(due);
        if count > 0 {
            text.line(format!("{:>7}  {sentence}", share(count, hashes)));
        }
    }
    if !tally.troubles.is_empty() {
        text.paragraph("The first rows that cannot be verified:");
        for (row, reason) in &tally.troubles {
            text.line(format!("  {row}: {reason}"));
        }
    }
    text
}

fn row(tally: &Tally, group: &Group) -> [String; 6] {
    let hashes = tally.total.saturating_sub(tally.without);
    [
        group.scheme.to_owned(),
        group.cost.map_or_else(|| "-".to_owned(), |cost| cost.to_string()),
        group.strength.name().to_owned(),
        group.count.to_string(),
        share(group.count, hashes),
        bar(group.count, hashes),
    ]
}

fn share(count: u64, of: u64) -> String {
    let thousandths = count.saturating_mul(1000).checked_div(of).unwrap_or(0);
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

/// In eighths of a character; what is there at all is seen.
fn bar(count: u64, of: u64) -> String {
    let eighths = count.saturating_mul(BAR * 8).checked_div(of).unwrap_or(0).max(1);
    let whole = usize::try_from(eighths / 8).unwrap_or(0);
    let part = usize::try_from(eighths % 8).unwrap_or(0);
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    format!("{}{}", "█".repeat(whole), parts.get(part).copied().unwrap_or(""))
}

/// The colour of a strength.
fn colour(strength: Strength) -> &'static str {
    match strength {
        Strength::Strong => "32",
        Strength::Fair => "33",
        Strength::Weak => "35",
        Strength::Broken | Strength::Unreadable => "31",
        Strength::Disabled => "2",
    }
}

/// For programs.
pub(crate) fn json(tally: &Tally) -> Value {
    let groups: Vec<Value> = tally
        .groups()
        .iter()
        .map(|group| {
            value!({
                "scheme": group.scheme,
                "cost": group.cost.map(|cost| cost.to_string()),
                "strength": group.strength.name(),
                "users": group.count,
                "upgraded": group.due == Due::Yes,
                "read": group.due != Due::Unread,
            })
        })
        .collect();
    let troubles: Vec<Value> = tally
        .troubles
        .iter()
        .map(|(row, reason)| value!({ "row": row, "reason": reason }))
        .collect();
    value!({
        "rows": tally.total,
        "without_password": tally.without,
        "upgraded": tally.due(Due::Yes),
        "not_read": tally.due(Due::Unread),
        "groups": groups,
        "troubles": troubles,
    })
}
