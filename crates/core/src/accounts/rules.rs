//! What a name, a new password and the other fields of an account must be.

use std::error::Error;
use std::fmt;

use portcullis_password::Unusable;

use crate::account::Account;
use crate::user::UserId;

/// The most bytes of an e-mail address or a full name.
pub const TEXT_MAX_BYTES: usize = 255;

/// Names that mean something else in a path, so that nobody could be reached under them: `/users/me/` is one's own
/// account, and the others are steps (RFC 3986 §5.2.4) however they are written.
const RESERVED: [&str; 3] = ["me", ".", ".."];

/// Whether a new account may have this name. Every such name can be given in a path, and is itself in a header, of whose value
/// blanks at the ends are no part (RFC 9110 §5.5).
///
/// # Errors
/// Why not.
pub fn check_name(name: &str) -> Result<(), Unfit> {
    check_possible(name)?;
    let rule = match name {
        _ if RESERVED.contains(&name) => Rule::Reserved,
        _ if name.trim() != name => Rule::Blank,
        _ => return Ok(()),
    };
    Err(Unfit {
        field: Field::Username,
        rule,
    })
}

/// Whether a store may have an account of this name: also one that is older than a rule.
pub(super) fn check_possible(name: &str) -> Result<(), Unfit> {
    let unfit = |rule| {
        Err(Unfit {
            field: Field::Username,
            rule,
        })
    };
    match name {
        "" => unfit(Rule::TooShort { at_least: 1 }),
        _ if name.len() > UserId::MAX_LEN => unfit(Rule::TooLong {
            at_most: UserId::MAX_LEN,
        }),
        _ if name.chars().any(char::is_control) => unfit(Rule::Control),
        _ => Ok(()),
    }
}

/// Whether name and texts of an account are such as a new one may have.
///
/// # Errors
/// The first that is not.
pub fn check_account(account: &Account) -> Result<(), Unfit> {
    check_name(account.username())?;
    check_text(Field::Email, account.email())?;
    check_text(Field::FullName, account.full_name())?;
    account
        .logins()
        .iter()
        .try_for_each(|login| check_text(Field::Login, Some(login.text())))
}

pub(super) fn check_text(field: Field, text: Option<&str>) -> Result<(), Unfit> {
    match text.unwrap_or_default() {
        long if long.len() > TEXT_MAX_BYTES => Err(Unfit {
            field,
            rule: Rule::TooLong {
                at_most: TEXT_MAX_BYTES,
            },
        }),
        text if text.chars().any(char::is_control) => Err(Unfit {
            field,
            rule: Rule::Control,
        }),
        _ => Ok(()),
    }
}

/// Of a new password, as of any field.
impl From<Unusable> for Unfit {
    fn from(reason: Unusable) -> Self {
        let rule = match reason {
            Unusable::TooShort { at_least } => Rule::TooShort { at_least },
            Unusable::TooLong { at_most } => Rule::TooLong { at_most },
            reason => Rule::Unusable(reason),
        };
        Self {
            field: Field::Password,
            rule,
        }
    }
}

/// A part of an account that a rule speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// The login name.
    Username,
    /// A new password.
    Password,
    /// The e-mail address.
    Email,
    /// The full name.
    FullName,
    /// What one logs in with beside the user name.
    Login,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Username => "user name",
            Self::Password => "password",
            Self::Email => "e-mail address",
            Self::FullName => "full name",
            Self::Login => "login",
        })
    }
}

/// A rule that a field breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Fewer characters than this.
    TooShort {
        /// The fewest characters.
        at_least: usize,
    },
    /// More bytes than this.
    TooLong {
        /// The most bytes.
        at_most: usize,
    },
    /// Control characters, which would garble logs and terminals.
    Control,
    /// It means something else in a path.
    Reserved,
    /// Blanks (Unicode's white space) at its beginning or its end: it would be taken for the one without.
    Blank,
    /// A new password that may not be used.
    Unusable(Unusable),
}

/// A field of an account that cannot be taken, and why. The value itself is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfit {
    /// Which field.
    pub field: Field,
    /// Which rule.
    pub rule: Rule,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, rule } = self;
        match rule {
            Rule::TooShort { at_least: 1 } => write!(f, "the {field} is empty"),
            Rule::TooShort { at_least } => write!(f, "the {field} has fewer than {at_least} characters"),
            Rule::TooLong { at_most } => write!(f, "the {field} has more than {at_most} bytes"),
            Rule::Control => write!(f, "the {field} has control characters"),
            Rule::Reserved => write!(f, "this {field} means something else in a path"),
            Rule::Blank => write!(f, "the {field} begins or ends with a blank"),
            Rule::Unusable(reason) => reason.fmt(f),
        }
    }
}

impl Error for Unfit {}
