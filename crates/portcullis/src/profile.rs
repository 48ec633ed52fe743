//! What an account shows of itself: the chapter's `User` model, without the hash.

use portcullis_core::Account;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use crate::extract::{ActiveUser, CurrentUser, Scoped};

/// The public part of an [`Account`]: the chapter's response model `User`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "User", transform = without_descriptions)]
pub struct Profile {
    /// The login name.
    pub username: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// The full name.
    pub full_name: Option<String>,
    /// Whether the account is disabled.
    pub disabled: Option<bool>,
}

/// The chapter's model has no descriptions in the document.
pub(crate) fn without_descriptions(schema: &mut Schema) {
    schema.remove("description");
    let properties = schema
        .get_mut("properties")
        .and_then(|properties| properties.as_object_mut());
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        if let Some(property) = property.as_object_mut() {
            property.remove("description");
        }
    }
}

impl From<&Account> for Profile {
    fn from(account: &Account) -> Self {
        Self {
            username: account.username().to_owned(),
            email: account.email().map(str::to_owned),
            full_name: account.full_name().map(str::to_owned),
            disabled: Some(account.disabled()),
        }
    }
}

impl CurrentUser<Account> {
    /// What the account shows of itself.
    pub fn profile(&self) -> Profile {
        Profile::from(&self.0)
    }
}

impl ActiveUser<Account> {
    /// What the account shows of itself.
    pub fn profile(&self) -> Profile {
        Profile::from(&self.0)
    }
}

impl<S> Scoped<S, Account> {
    /// What the account shows of itself.
    pub fn profile(&self) -> Profile {
        Profile::from(&**self)
    }
}
