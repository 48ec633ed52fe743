//! What the routes of accounts read.

use portcullis_core::accounts::{Edit, PAGE_MAX};
use portcullis_core::{NewAccount, Password, ScopeSet};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// How many users a page has unless told otherwise.
const PAGE: usize = 20;

/// Which page of the list.
#[derive(Deserialize, JsonSchema)]
pub(super) struct PageQuery {
    /// The name after which the page starts: `next` of the page before
    #[schemars(length(max = 255))]
    pub(super) after: Option<String>,
    /// How many users the page has at most
    #[serde(default = "page")]
    #[schemars(range(min = 1, max = PAGE_MAX))]
    pub(super) limit: usize,
}

fn page() -> usize {
    PAGE
}

/// A new user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUser {
    /// The login name.
    #[schemars(length(min = 1, max = 255))]
    username: String,
    /// At least 8 characters.
    #[serde(deserialize_with = "password")]
    #[schemars(with = "String", length(min = 8, max = 4096))]
    password: Password,
    email: Option<String>,
    full_name: Option<String>,
    /// What the user may be granted: nothing that the caller does not have.
    #[serde(default, deserialize_with = "scopes")]
    #[schemars(with = "Vec<String>", inner(regex(pattern = r"^[!#-\[\]-~]+$")))]
    scopes: ScopeSet,
    #[serde(default)]
    disabled: bool,
}

impl From<NewUser> for NewAccount {
    fn from(new: NewUser) -> Self {
        Self {
            username: new.username,
            password: Some(new.password),
            email: new.email,
            full_name: new.full_name,
            scopes: new.scopes,
            disabled: new.disabled,
        }
    }
}

/// Changes of a user; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserChange {
    /// `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    email: Option<Option<String>>,
    /// `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    full_name: Option<Option<String>>,
    /// Disabling also ends the user's tokens. `null` changes nothing.
    disabled: Option<bool>,
    /// What the user may be granted, in place of what was; nothing is added that the caller does not have. `null`
    /// changes nothing.
    #[serde(default, deserialize_with = "optional_scopes")]
    #[schemars(with = "Option<Vec<String>>", inner(regex(pattern = r"^[!#-\[\]-~]+$")))]
    scopes: Option<ScopeSet>,
}

impl From<UserChange> for Edit {
    fn from(change: UserChange) -> Self {
        Self {
            email: change.email,
            full_name: change.full_name,
            disabled: change.disabled,
            scopes: change.scopes,
        }
    }
}

/// One's own new password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordChange {
    /// The password that holds now.
    #[serde(deserialize_with = "password")]
    #[schemars(with = "String")]
    pub(super) current_password: Password,
    /// At least 8 characters.
    #[serde(deserialize_with = "password")]
    #[schemars(with = "String", length(min = 8, max = 4096))]
    pub(super) new_password: Password,
}

/// Somebody's new password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// At least 8 characters.
    #[serde(deserialize_with = "password")]
    #[schemars(with = "String", length(min = 8, max = 4096))]
    pub(super) password: Password,
}

fn password<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Password, D::Error> {
    String::deserialize(deserializer).map(Password::from)
}

/// Told apart from absent, which is `None`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ScopeSet, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    // Refused as a whole: none of them is ever cut off.
    ScopeSet::parse(&words.join(" ")).map_err(D::Error::custom)
}

fn optional_scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ScopeSet>, D::Error> {
    let words = Option::<Vec<String>>::deserialize(deserializer)?;
    words
        .map(|words| ScopeSet::parse(&words.join(" ")).map_err(D::Error::custom))
        .transpose()
}
