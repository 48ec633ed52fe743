//! What one argument of a handler asks of the caller.

use std::borrow::Cow;

use portcullis_core::Declared;

use super::security::SecurityScheme;
use crate::challenge::WwwAuthenticate;

/// What one guard of the application's [`Auth`](portcullis_core::Auth) asks: a token of its.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    scopes: &'static [Declared],
    active: bool,
    optional: bool,
    of_no_user: bool,
}

impl Guard {
    /// A token that covers `scopes` (in the order in which documents and challenges name them) and, if `active`, whose
    /// user is not disabled.
    pub const fn requiring(scopes: &'static [Declared], active: bool) -> Self {
        Self {
            scopes,
            active,
            optional: false,
            of_no_user: false,
        }
    }

    /// The same, but the token is no user's: its scopes are not those that a login grants.
    pub(crate) const fn of_no_user(mut self) -> Self {
        self.of_no_user = true;
        self
    }

    /// The same, but a request without a token passes too.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    pub(super) const fn is_optional(self) -> bool {
        self.optional
    }
}

/// One way to satisfy a guard: a scheme, the scopes asked of it, and how it is asked for where nothing came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// `None`: the tokens of the application's `Auth`, whose scheme is named where it is mounted.
    pub(super) scheme: Option<SecurityScheme>,
    pub(super) scopes: Vec<&'static str>,
    pub(super) active: bool,
    pub(super) of_no_user: bool,
    challenge: WwwAuthenticate,
}

impl Way {
    /// A scheme that the document shows, asked for with this challenge.
    pub fn new(scheme: SecurityScheme, challenge: WwwAuthenticate) -> Self {
        Self {
            scheme: Some(scheme),
            scopes: Vec::new(),
            active: false,
            of_no_user: false,
            challenge,
        }
    }

    /// The same with scopes asked for, behind those named so far, each once.
    #[must_use]
    pub fn with_scopes(mut self, scopes: &'static [Declared]) -> Self {
        self.also(scopes.iter().map(|declared| declared.name));
        self
    }

    /// The same with scopes asked for before those named so far.
    #[must_use]
    pub(crate) fn first_asking(mut self, scopes: &'static [Declared]) -> Self {
        let inner = std::mem::take(&mut self.scopes);
        self.also(scopes.iter().map(|declared| declared.name).chain(inner));
        self
    }

    pub(super) fn also(&mut self, scopes: impl IntoIterator<Item = &'static str>) {
        for scope in scopes {
            if !self.scopes.contains(&scope) {
                self.scopes.push(scope);
            }
        }
    }

    /// How it is asked for.
    pub(crate) fn into_challenge(self) -> WwwAuthenticate {
        self.challenge
    }

    /// What it is called in a list of routes.
    pub(super) fn label(&self) -> Cow<'_, str> {
        match &self.scheme {
            Some(scheme) => scheme.name().into(),
            None => "token".into(),
        }
    }
}

impl From<Guard> for Way {
    fn from(guard: Guard) -> Self {
        let own = Self {
            scheme: None,
            scopes: Vec::new(),
            active: guard.active,
            of_no_user: guard.of_no_user,
            challenge: WwwAuthenticate::BEARER,
        };
        own.with_scopes(guard.scopes)
    }
}
