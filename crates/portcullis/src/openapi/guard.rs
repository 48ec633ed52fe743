//! What one argument of a handler asks of the caller.

use std::borrow::Cow;

use portcullis_core::Declared;

use super::In;
use super::security::SecurityScheme;
use crate::challenge::WwwAuthenticate;

/// The parameter of the query that may hold a token (RFC 6750 §2.3).
pub(crate) const ACCESS_TOKEN: &str = "access_token";

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

/// Whose tokens of the application's `Auth` are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// Those of users and clients.
    OfSomebody,
    /// Those about things.
    OfSomething,
}

/// What the application's `Auth` is asked about credentials of a scheme: what it may refuse stands in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookUp {
    /// An API key.
    Key,
    /// A name and a password, with the places and budgets of logins.
    Password,
}

/// One way to satisfy a guard: a scheme, the scopes asked of it, and how it is asked for where nothing came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// `None`: that of the application's `Auth`, which is named where it is mounted.
    pub(super) scheme: Option<SecurityScheme>,
    /// Of the application's `Auth`, wherever they come.
    pub(super) token: Option<Token>,
    pub(super) scopes: Vec<&'static str>,
    pub(super) active: bool,
    pub(super) of_no_user: bool,
    /// `None`: nothing but what the request holds is looked at.
    pub(super) look_up: Option<LookUp>,
    challenge: WwwAuthenticate,
}

impl Way {
    /// A scheme that the document shows, asked for with this challenge.
    pub fn new(scheme: SecurityScheme, challenge: WwwAuthenticate) -> Self {
        Self {
            scheme: Some(scheme),
            token: None,
            scopes: Vec::new(),
            active: false,
            of_no_user: false,
            look_up: None,
            challenge,
        }
    }

    /// The same with scopes asked for, behind those named so far, each once.
    #[must_use]
    pub fn with_scopes(mut self, scopes: &'static [Declared]) -> Self {
        self.also(scopes.iter().map(|declared| declared.name));
        self
    }

    /// The same where the application's `Auth` is asked about them.
    #[must_use]
    pub(crate) fn looked_up(mut self, look_up: LookUp) -> Self {
        self.look_up = Some(look_up);
        self
    }

    /// The same for tokens about things, which no login gives.
    #[must_use]
    pub(crate) fn of_something(mut self) -> Self {
        let scheme = SecurityScheme::http("bearer").named("EntityToken").bearer_format("JWT");
        self.scheme = Some(scheme.described("A token about a thing, which whoever may give it out gives out."));
        self.token = Some(Token::OfSomething);
        self.of_no_user = true;
        self
    }

    /// The same for tokens in the query (RFC 6750 §2.3).
    #[must_use]
    pub(crate) fn in_query(mut self) -> Self {
        let scheme = SecurityScheme::api_key(In::Query, ACCESS_TOKEN).named("TokenInQuery");
        self.scheme =
            Some(scheme.described("An access token in the address, for what can send no header (RFC 6750 §2.3)."));
        self
    }

    /// Whether it takes what `other` takes, be it in another place.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self.token, other.token) {
            (None, None) => self.scheme == other.scheme,
            (own, other) => own == other,
        }
    }

    /// Whether it comes elsewhere than in the `Authorization` header.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.scheme.as_ref().is_some_and(SecurityScheme::is_elsewhere)
    }

    /// The same with scopes asked for before those named so far.
    #[must_use]
    pub(crate) fn first_asking(mut self, scopes: &'static [Declared]) -> Self {
        let inner = std::mem::take(&mut self.scopes);
        self.also(scopes.iter().map(|declared| declared.name).chain(inner));
        self
    }

    /// The names of the scopes that are asked.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &'static str> {
        self.scopes.iter().copied()
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
            token: Some(Token::OfSomebody),
            scopes: Vec::new(),
            active: guard.active,
            of_no_user: guard.of_no_user,
            look_up: None,
            challenge: WwwAuthenticate::BEARER,
        };
        own.with_scopes(guard.scopes)
    }
}
