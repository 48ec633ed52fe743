//! The bodies that the routes of accounts read.

use portcullis_core::accounts::Edit;
use portcullis_core::{NewAccount, Password};
use schemars::JsonSchema;

use super::input::FromMembers;
use super::members::Members;

/// Names that mean something else in a path.
const RESERVED: [&str; 3] = ["me", ".", ".."];

/// A new user.
#[derive(JsonSchema)]
#[schemars(rename = "NewUser")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct NewUserSchema {
    /// The login name.
    #[schemars(length(min = 1, max = 255))]
    username: String,
    /// At least 8 characters.
    #[schemars(length(min = 8, max = 4096))]
    password: String,
    email: Option<String>,
    full_name: Option<String>,
    /// What the user may be granted.
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    disabled: bool,
}

/// A new user, read.
pub(super) struct NewUser(NewAccount);

impl NewUser {
    pub(super) fn into_account(self) -> NewAccount {
        self.0
    }
}

impl FromMembers for NewUser {
    type Schema = NewUserSchema;

    fn from_members(members: &mut Members) -> Option<Self> {
        let username = members.text("username");
        let password = members.text("password").map(Password::from);
        let email = members.optional_text("email").flatten();
        let full_name = members.optional_text("full_name").flatten();
        let scopes = members.scopes("scopes").unwrap_or_default();
        let disabled = members.truth("disabled").unwrap_or(false);
        if username.as_deref().is_some_and(|name| RESERVED.contains(&name)) {
            members.wrong(
                "value_error",
                "username",
                "Value error, this name means something else in a path",
            );
        }
        let (username, password) = (username?, password?);
        Some(Self(NewAccount {
            username,
            password: Some(password),
            email,
            full_name,
            scopes,
            disabled,
        }))
    }
}

/// Changes of a user; what is absent stays.
#[derive(JsonSchema)]
#[schemars(rename = "UserChange")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct UserChangeSchema {
    /// `null` takes it away.
    #[serde(default)]
    email: Option<String>,
    /// `null` takes it away.
    #[serde(default)]
    full_name: Option<String>,
    /// Disabling also ends the user's tokens.
    #[schemars(extend("default" = null))]
    disabled: Option<bool>,
    /// What the user may be granted, in place of what was.
    scopes: Option<Vec<String>>,
}

/// Changes of a user, read.
pub(super) struct UserChange(Edit);

impl From<UserChange> for Edit {
    fn from(change: UserChange) -> Self {
        change.0
    }
}

impl FromMembers for UserChange {
    type Schema = UserChangeSchema;

    fn from_members(members: &mut Members) -> Option<Self> {
        let (email, full_name) = (members.optional_text("email"), members.optional_text("full_name"));
        let (disabled, scopes) = (members.truth("disabled"), members.scopes("scopes"));
        Some(Self(Edit {
            email,
            full_name,
            disabled,
            scopes,
        }))
    }
}

/// One's own new password.
#[derive(JsonSchema)]
#[schemars(rename = "PasswordChange")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct PasswordChangeSchema {
    /// The password that holds now.
    current_password: String,
    /// At least 8 characters.
    #[schemars(length(min = 8, max = 4096))]
    new_password: String,
}

/// One's own new password, read.
pub(super) struct PasswordChange {
    pub(super) current_password: Password,
    pub(super) new_password: Password,
}

impl FromMembers for PasswordChange {
    type Schema = PasswordChangeSchema;

    fn from_members(members: &mut Members) -> Option<Self> {
        let (current, new) = (members.text("current_password"), members.text("new_password"));
        Some(Self {
            current_password: current?.into(),
            new_password: new?.into(),
        })
    }
}

/// Somebody's new password.
#[derive(JsonSchema)]
#[schemars(rename = "NewPassword")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct NewPasswordSchema {
    /// At least 8 characters.
    #[schemars(length(min = 8, max = 4096))]
    password: String,
}

/// Somebody's new password, read.
pub(super) struct NewPassword {
    pub(super) password: Password,
}

impl FromMembers for NewPassword {
    type Schema = NewPasswordSchema;

    fn from_members(members: &mut Members) -> Option<Self> {
        Some(Self {
            password: members.text("password")?.into(),
        })
    }
}
