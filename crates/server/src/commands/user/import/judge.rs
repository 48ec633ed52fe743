//! Whether a file may be taken in as it is read: nothing that matters is lost in silence.

use std::path::Path;

use crate::failure::{Failure, Outcome};
use crate::records::{Looks, Survey, state_fields};

/// Refuses a file of which something would be lost that users log in with, or that keeps them out.
pub(in crate::commands) fn judge(path: &Path, survey: &Survey, without_passwords: bool) -> Outcome {
    let place = path.display();
    if survey.records == 0 && survey.faults == 0 {
        return Err(Failure::new(
            format!("{place} has no users"),
            "Export it again with its users.",
        ));
    }
    let telling = survey.telling();
    if !telling.is_empty() {
        let named: Vec<String> = telling
            .iter()
            .map(|(name, looks)| format!("{name} (it looks like {})", looks.title()))
            .collect();
        let what = format!("not used, and not to be lost in silence: {}", named.join(", "));
        return Err(Failure::new(what, remedy(&telling)));
    }
    if survey.is_cut {
        let what = format!("{place} has more columns that look like a hash, a salt or a state than can be named");
        return Err(Failure::new(what, "Export fewer columns."));
    }
    if survey.with_hash == 0 && survey.records > 0 && !without_passwords {
        let what = format!("not one of the {} users in {place} has a password", survey.records);
        let remedy =
            "Say which column has the hashes: --column password_hash=COLUMN; or take them in --without-passwords.";
        return Err(Failure::new(what, remedy));
    }
    Ok(())
}

/// What to write for each.
fn remedy(telling: &[(&str, Looks)]) -> String {
    let column = |(name, looks): &(&str, Looks)| match looks {
        Looks::Hash => format!("--column password_hash={name}"),
        Looks::Salt => format!("--column salt={name}"),
        Looks::State => {
            let [field, others @ ..] = state_fields(name);
            let others = others.map(|other| format!("{other}=")).join(", ");
            format!("--column {field}={name} (or {others})")
        }
    };
    let columns: Vec<String> = telling.iter().map(column).collect();
    let ignored: Vec<String> = telling.iter().map(|(name, _)| format!("--ignore {name}")).collect();
    format!(
        "Say what it is: {}; or leave it out: {}.",
        columns.join(" "),
        ignored.join(" ")
    )
}
