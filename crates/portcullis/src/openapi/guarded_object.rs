//! What the guards of a route say of single objects.

use std::fmt;

use super::schema::path_names;

/// An object that a route guards ([`Allowed`](crate::Allowed)): what it is, for which right, and what in the path names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardedObject {
    /// The name of the object's type, such as `Post`.
    pub object: String,
    /// The name of the right's type, such as `Edit`.
    pub right: String,
    /// Whether a user without the right gets the answer for an object that does not exist (404) and not 403.
    pub hidden: bool,
    pub(crate) key: PathKey,
}

impl GuardedObject {
    /// The path parameters that name it, such as `post_id`.
    pub fn parameters(&self) -> &[String] {
        &self.key.parameters
    }

    /// Whether a path, as OpenAPI writes it, has the parameters that name it.
    pub(crate) fn is_named_by(&self, path: &str) -> bool {
        let names = path_names(path);
        let PathKey { parameters, all } = &self.key;
        parameters.iter().all(|name| names.contains(name)) && all.is_none_or(|all| all == names.len())
    }
}

impl fmt::Display for GuardedObject {
    /// Such as `object Post to Edit by post_id`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "object {} to {}", self.object, self.right)?;
        match self.key.parameters.as_slice() {
            [] => Ok(()),
            names => write!(f, " by {}", names.join(" ")),
        }
    }
}

/// Which parameters of a path a type is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathKey {
    pub(super) parameters: Vec<String>,
    /// How many there must be, where it takes all of them.
    pub(super) all: Option<usize>,
}
