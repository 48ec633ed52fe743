//! What a context keeps of a scheme that it reads but does not write.

use std::sync::Arc;

use crate::beginnings::Beginnings;
use crate::marker::Disabled;
use crate::scheme::{Hasher, Scheme};
use crate::schemes::Named;
use crate::secret::HashString;

/// A scheme that is read, and when its hashes are to be upgraded.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) scheme: Arc<dyn Scheme>,
    role: Role,
    due: Due,
    /// The scheme's own, at hand: of many schemes most are ruled out by them.
    beginnings: Beginnings,
}

/// What the scheme is asked for beside verifying.
#[derive(Clone, Debug)]
enum Role {
    Reader,
    /// It makes new hashes where it is named.
    Hasher(Arc<dyn Hasher>),
    /// It stands where nobody can log in.
    Marker(Disabled),
}

/// When a good login should replace a hash of an accepted scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Always,
    Never,
    /// Where it is weaker than what the hasher makes.
    IfWeaker,
}

impl Accepted {
    fn new(scheme: Arc<dyn Scheme>, role: Role, due: Due) -> Self {
        Self {
            beginnings: scheme.beginnings(),
            scheme,
            role,
            due,
        }
    }

    /// A scheme that only reads, and whose hashes are always due.
    pub(crate) fn reader(scheme: Arc<dyn Scheme>) -> Self {
        Self::new(scheme, Role::Reader, Due::Always)
    }

    /// A scheme that makes new hashes where it is named.
    pub(crate) fn hasher(hasher: Arc<dyn Hasher>, due: Due) -> Self {
        Self::new(Arc::new(Arc::clone(&hasher)), Role::Hasher(hasher), due)
    }

    /// A marker.
    pub(crate) fn marker(disabled: Disabled, due: Due) -> Self {
        Self::new(disabled.clone().into_inner(), Role::Marker(disabled), due)
    }

    /// A scheme of the registry; where it is deprecated, everything of it is due.
    pub(crate) fn of(scheme: Named, deprecated: bool) -> Self {
        let unless_deprecated = |due| if deprecated { Due::Always } else { due };
        match scheme {
            Named::Current(hasher) => Self::hasher(hasher, unless_deprecated(Due::IfWeaker)),
            Named::VerifyOnly(scheme) => Self::reader(scheme),
            Named::Broken(broken) => Self::reader(broken.into_inner()),
            Named::Disabled(disabled) => Self::marker(disabled, unless_deprecated(Due::Never)),
        }
    }

    /// Whether `stored` is written in the scheme's notation.
    pub(crate) fn identifies(&self, stored: &HashString) -> bool {
        let text = stored.as_str();
        self.beginnings.fit(text) && self.scheme.identify(text)
    }

    pub(crate) fn is_due(&self, stored: &HashString) -> bool {
        match (self.due, &self.role) {
            (Due::Never, _) => false,
            (Due::IfWeaker, Role::Hasher(hasher)) => hasher.needs_update(stored),
            (Due::Always | Due::IfWeaker, _) => true,
        }
    }

    /// What makes new hashes, if it does.
    pub(crate) fn as_hasher(&self) -> Option<&Arc<dyn Hasher>> {
        match &self.role {
            Role::Hasher(hasher) => Some(hasher),
            _ => None,
        }
    }

    /// What marks disabled accounts, if it does.
    pub(crate) fn as_marker(&self) -> Option<&Disabled> {
        match &self.role {
            Role::Marker(disabled) => Some(disabled),
            _ => None,
        }
    }
}
