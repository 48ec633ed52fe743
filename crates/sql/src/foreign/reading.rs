//! A row of texts becomes an account.

use portcullis_core::{Account, Comparison, HashString, Login, UserId, is_scope_token};

use super::driver::Row;
use super::error::ForeignError;
use super::mapping::{LoginMatch, Mapping};
use super::statements::place;

/// What a login is checked with.
pub(super) struct ReadCredentials {
    pub(super) id: UserId,
    /// What the user logs in with, in the first of those columns.
    login: String,
    pub(super) hash: Option<HashString>,
    pub(super) active: bool,
}

/// What a row says; the scopes are not complete yet.
pub(super) struct Read {
    pub(super) id: UserId,
    pub(super) account: Account,
    pub(super) scopes: Vec<String>,
    /// Whether there is anything to log in with.
    pub(super) has_login: bool,
    /// What the column says.
    pub(super) epoch: Option<u64>,
}

/// The first columns of a row.
pub(super) fn credentials(mapping: &Mapping, row: &mut Row) -> Result<ReadCredentials, ForeignError> {
    let mut take = |place: usize| row.get_mut(place).and_then(Option::take);
    let no_id = || ForeignError::Row(format!("a row of {} has no {}", mapping.table, mapping.id));
    let id = take(place::ID)
        .filter(|id| !id.is_empty() && id.len() <= UserId::MAX_LEN)
        .ok_or_else(no_id)?;
    let login = take(place::LOGIN).unwrap_or_else(|| id.clone());
    let texts = [take(place::HASH), take(place::SALT), take(place::ALGORITHM)];
    let hash = stored(texts).map(|hash| hash.with_user(login.as_str()));
    Ok(ReadCredentials {
        id: UserId::from(id),
        login,
        hash,
        active: take(place::ACTIVE).as_deref() == Some("1"),
    })
}

/// A hash with the salt and the algorithm of their own columns; none if nothing stands in the first.
pub(super) fn stored([hash, salt, algorithm]: [Option<String>; 3]) -> Option<HashString> {
    let mut hash = HashString::from(hash.filter(|hash| !hash.is_empty())?);
    if let Some(salt) = salt {
        hash = hash.with_salt(salt);
    }
    if let Some(algorithm) = algorithm {
        hash = hash.with_algorithm(algorithm);
    }
    Some(hash)
}

/// The next three texts as [`stored`] takes them.
pub(super) fn next_stored(texts: &mut impl Iterator<Item = Option<String>>) -> Option<HashString> {
    let mut next = || texts.next().flatten();
    stored([next(), next(), next()])
}

pub(super) fn user(mapping: &Mapping, mut row: Row) -> Result<Read, ForeignError> {
    let mut full_name = row.split_off(place::FULL_NAME.min(row.len()));
    let logins = full_name.split_off(mapping.full_name.len().min(full_name.len()));
    let known = credentials(mapping, &mut row)?;
    let mut take = |place: usize| row.get_mut(place).and_then(Option::take);
    let epoch = take(place::EPOCH).map(|text| text.parse::<u64>()).transpose();
    let epoch = epoch.map_err(|_| {
        let (table, column) = (&mapping.table, mapping.epoch.as_deref().unwrap_or_default());
        ForeignError::Row(format!("{table}.{column} is no whole number in the row {}", known.id))
    })?;
    let name = logins.iter().flatten().find(|login| !login.is_empty());
    let (has_login, name) = (name.is_some(), name.map_or(known.login, Clone::clone));
    let mut account = with_logins(mapping, &logins, Account::new(name))
        .with_id(known.id.clone())
        .with_disabled(!known.active);
    if let Some(email) = take(place::EMAIL).filter(|email| !email.is_empty()) {
        account = account.with_email(email);
    }
    let names = full_name.into_iter().flatten();
    let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    if !names.is_empty() {
        account = account.with_full_name(names.join(" "));
    }
    if let Some(hash) = known.hash {
        account = account.with_password_hash(hash);
    }
    let scopes = take(place::SCOPES).unwrap_or_default();
    let scopes = scopes
        .split([' ', ',', '\t', '\n'])
        .filter(|name| is_scope(name))
        .map(str::to_owned)
        .collect();
    Ok(Read {
        id: known.id,
        account,
        has_login,
        scopes,
        epoch,
    })
}

/// What else the user logs in with, as the table compares it; the first is the name, which is always good as it is.
fn with_logins(mapping: &Mapping, logins: &[Option<String>], account: Account) -> Account {
    let comparison = match mapping.login_match {
        LoginMatch::Exact => Comparison::Exact,
        LoginMatch::Lowered | LoginMatch::Folded => Comparison::Folded,
    };
    let texts = mapping.logins.iter().zip(logins);
    let texts = texts.filter_map(|(column, text)| Some((column, text.as_deref()?)));
    texts
        .filter(|(_, text)| !text.is_empty())
        .fold(account, |account, (column, text)| {
            let login = Login::new(text, comparison);
            if mapping.email.as_ref() == Some(column) {
                return account.with_login(login.of_email());
            }
            let is_name = comparison == Comparison::Exact && text == account.username();
            if is_name { account } else { account.with_login(login) }
        })
}

/// The scopes in one row of a query.
pub(super) fn scopes(row: Row, php_arrays: bool) -> Vec<String> {
    let texts: Vec<String> = row.into_iter().flatten().collect();
    let names = if php_arrays {
        texts.iter().flat_map(|text| true_names(text)).collect()
    } else {
        vec![texts.join(".")]
    };
    names.into_iter().filter(|name| is_scope(name)).collect()
}

fn is_scope(name: &str) -> bool {
    is_scope_token(name)
}

/// The names whose value is true in a serialised PHP array: `a:1:{s:6:"editor";b:1;}`.
fn true_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("s:") {
        let Some((length, behind)) = after.split_once(":\"") else {
            break;
        };
        rest = after;
        let Some(length) = length.parse::<usize>().ok() else {
            continue;
        };
        let (Some(name), Some(end)) = (behind.get(..length), behind.get(length..)) else {
            continue;
        };
        if end.starts_with("\";b:1;") {
            names.push(name.to_owned());
        }
        rest = end;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_roles_that_are_true_are_read_from_php() {
        let text = r#"a:3:{s:13:"administrator";b:1;s:6:"editor";b:0;s:5:"s:1:"";b:1;}"#;
        assert_eq!(true_names(text), ["administrator", "s:1:\""]);
        for broken in [
            "",
            "a:1:{",
            "s:",
            "s:9:\"a\";b:1;",
            "s:99999999999999999999:\"a\";b:1;",
            "s:1:\"é\";b:1;",
        ] {
            assert_eq!(true_names(broken), Vec::<String>::new(), "{broken}");
        }
    }

    #[test]
    fn what_is_no_scope_is_left_out() {
        assert_eq!(
            scopes(vec![Some("Editors of the EU".into())], false),
            Vec::<String>::new()
        );
        assert_eq!(
            scopes(vec![Some("blog".into()), Some("add_post".into())], false),
            ["blog.add_post"]
        );
    }
}
