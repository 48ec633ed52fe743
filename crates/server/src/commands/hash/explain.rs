//! `hash explain`: what a stored value is, in words.

use portcullis_core::HashString;
use portcullis_core::password::explain::{Class, Explanation, explain};
use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::output::{say, say_json};
use crate::records::seen_through;
use crate::shown::Shown;

/// Says what `hash` is; the exit code is 1 if it cannot be verified.
pub(super) fn run(hash: &HashString, as_json: bool) -> Outcome {
    let inside = seen_through(hash.as_str());
    let is_inside = inside != hash.as_str();
    let told = explain(&HashString::new(&*inside));
    if as_json {
        say_json(&json!({
            "encoding": is_inside.then_some("base64"),
            "scheme": told.scheme,
            "written_by": told.origin,
            "version": told.version,
            "cost": told.cost.map(|cost| cost.to_string()),
            "advised": told.cost.map(|cost| cost.advice()),
            "strength": told.strength.name(),
            "weaknesses": told.weaknesses,
            "needs": told.needs,
            "may_also_be": told.candidates,
            "trouble": told.trouble,
        }))?;
    } else {
        let mut rows = rows(&told);
        if is_inside {
            rows.push(("encoding", "base64 over it, which an import takes off".to_owned()));
        }
        say(Shown::sheet(&rows))?;
    }
    if told.trouble.is_some() || told.class == Class::Unknown {
        let remedy = "Put it in single quotes: a shell takes `$2b$12$…` in double quotes apart.";
        return Err(Failure::new("this cannot be verified as it stands", remedy));
    }
    Ok(())
}

fn rows(told: &Explanation) -> Vec<(&'static str, String)> {
    let mut rows = vec![("scheme", told.scheme.unwrap_or("not to be told").to_owned())];
    let mut row = |name, text: String| {
        if !text.is_empty() {
            rows.push((name, text));
        }
    };
    row("written by", told.origin.to_owned());
    row(
        "version",
        told.version
            .map(|version| format!("{version}, by its default cost"))
            .unwrap_or_default(),
    );
    if let Some(cost) = &told.cost {
        row("cost", format!("{cost} (advised today: {})", cost.advice()));
    }
    row("strength", told.strength.name().to_owned());
    row("weak", told.weaknesses.join("; "));
    row("needs", told.needs.join(", "));
    let here = match (&told.trouble, told.class) {
        (None, class) => read(class),
        (Some(_), Class::Unknown) => read(Class::Unknown),
        (Some(_), _) => "not verified as it stands",
    };
    row("here", here.to_owned());
    let name = if told.scheme.is_some() { "may also be" } else { "may be" };
    row(name, told.candidates.join(", "));
    row("wrong", told.trouble.clone().unwrap_or_default());
    rows
}

/// What becomes of a sound hash of this class.
fn read(class: Class) -> &'static str {
    match class {
        Class::Current => "verified, and made for new passwords where it is chosen",
        Class::VerifyOnly => "verified, and upgraded at the next good login",
        Class::Broken => "verified only where `passwords.accept` names it, and upgraded at the next good login",
        Class::Disabled => "never verified: nobody logs in with it",
        Class::Unknown => "not verified; where it may be several things, `passwords.accept` says which it is",
    }
}
