//! What our own exports hold and others have no column for.

use portcullis_core::{Account, Comparison, Login, LoginKind, UserId};
use serde::{Deserialize, Serialize};

/// The highest epoch that a file may give: what every reader of JSON keeps whole.
const HIGHEST_EPOCH: u64 = (1 << 53) - 1;

/// What one logs in with beside the user name, as files have it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WrittenLogin {
    login: String,
    /// Whether letters of another case are the same.
    #[serde(default)]
    folded: bool,
    /// Whether it is the e-mail address, and changes with it.
    #[serde(default)]
    email: bool,
}

/// Those of an account.
pub(crate) fn logins_of(account: &Account) -> Vec<WrittenLogin> {
    let written = |login: &Login| WrittenLogin {
        login: login.text().to_owned(),
        folded: login.comparison() == Comparison::Folded,
        email: login.kind() == LoginKind::Email,
    };
    account.logins().iter().map(written).collect()
}

pub(super) fn logins(text: &str) -> Result<Vec<Login>, String> {
    let written: Vec<WrittenLogin> = serde_json::from_str(text)
        .map_err(|_| "its logins are not [{\"login\": …, \"folded\": …, \"email\": …}, …]".to_owned())?;
    let login = |written: WrittenLogin| {
        let comparison = if written.folded {
            Comparison::Folded
        } else {
            Comparison::Exact
        };
        let login = Login::new(&written.login, comparison);
        if written.email { login.of_email() } else { login }
    };
    Ok(written.into_iter().map(login).collect())
}

pub(super) fn id(text: &str) -> Result<UserId, String> {
    if text.len() > UserId::MAX_LEN || text.chars().any(char::is_control) {
        let longest = UserId::MAX_LEN;
        return Err(format!("its id has more than {longest} bytes or control characters"));
    }
    Ok(UserId::from(text))
}

pub(super) fn token_epoch(text: &str) -> Result<u64, String> {
    let epoch = text.parse().ok().filter(|epoch| *epoch <= HIGHEST_EPOCH);
    epoch.ok_or_else(|| format!("its token_epoch is no whole number up to {HIGHEST_EPOCH}"))
}
