//! What `adopt --write` puts into portcullis.toml.

use std::path::{Path, PathBuf};

use portcullis_sql::foreign::Address;

use super::cost::OwnersCost;
use crate::config::{CONFIG_VARIABLE, Given, USERS_URL_VARIABLE};
use crate::data_dir::DataDir;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::tell;
use crate::shown::Shown;
use crate::{private, users};

/// Where the users are, as the file says it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the file.
    Kept(String),
    /// The environment said it, or has to, because it may hold a password: in no file and on no screen.
    Environment,
}

impl Place {
    /// Of a database. What came from the environment stays there, whatever it is.
    pub(super) fn of(url: &str, is_from_environment: bool) -> Outcome<Self> {
        let address = Address::parse(url).map_err(users::failure)?;
        if is_from_environment || address.holds_secret() {
            return Ok(Self::Environment);
        }
        let kept = address.kept();
        kept.map(Self::Kept)
            .or_fail(format!("{} cannot be found", address.shown()), "Look at its name.")
    }
}

/// What belongs to `[users]` under `[passwords]`.
#[derive(Debug, Default)]
pub(super) struct Passwords<'a> {
    /// Schemes that must be named to be read.
    pub(super) accept: &'a [&'static str],
    pub(super) cost: Option<&'a OwnersCost>,
}

/// The table `[users]`, and what belongs to it.
pub(super) fn text(framework: &str, place: &Place, passwords: &Passwords<'_>) -> String {
    let place = match place {
        Place::Environment => format!("# url: in {USERS_URL_VARIABLE}, because it may hold a password"),
        Place::Kept(url) => format!("url = {}", toml::Value::from(url.as_str())),
    };
    let accept = match passwords.accept {
        [] => String::new(),
        names => format!("\n[passwords]\naccept = {names:?}\n"),
    };
    let cost = passwords.cost.and_then(OwnersCost::policy).unwrap_or_default();
    format!("[users]\n{place}\nframework = \"{framework}\"\nstage = \"read-only\"\n{accept}{cost}")
}

/// The file that the settings are read from.
pub(super) fn path(given: &Given, folder: &DataDir) -> PathBuf {
    let named = std::env::var_os(CONFIG_VARIABLE).map(PathBuf::from);
    given.config.clone().or(named).unwrap_or_else(|| folder.config())
}

/// Adds it to the file, which must not have such tables yet.
pub(super) fn write(path: &Path, written: &str) -> Outcome {
    let place = path.display();
    let before = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).or_fail(format!("{place} cannot be read"), "Run it as its owner."),
    };
    let table: toml::Table = before
        .parse()
        .or_fail(format!("{place} cannot be read"), "Mend it first.")?;
    if table.contains_key("users") {
        let what = format!("{place} has a table [users] already; nothing was changed");
        return Err(Failure::new(what, "Change it by hand, or take it out first."));
    }
    let text = format!("{}\n\n{written}", before.trim_end());
    if text.parse::<toml::Table>().is_err() {
        let what = format!("{place} has settings under [passwords] that this cannot be added to; nothing was changed");
        tell(Shown::lines(written));
        return Err(Failure::new(what, "Add by hand what stands above."));
    }
    private::replace(path, &text).or_fail(format!("{place} cannot be written"), "Check who owns it.")
}
