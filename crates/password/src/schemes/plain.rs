//! No hash at all: the password itself, and the markers that stand where nobody can log in.

use std::sync::Arc;

use super::line::{Class, Line, line};
use crate::options::{Options, SchemeError};
use crate::reader::{Reader, equal};
use crate::scheme::Scheme;
use crate::secret::{HashString, Password};
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    line("plaintext", Class::Broken, plaintext),
    line("ldap_plaintext", Class::Broken, plaintext),
    line("roundup_plaintext", Class::Broken, roundup),
    line("unix_disabled", Class::Disabled, unix_disabled),
    line("unix_fallback", Class::Disabled, unix_disabled),
    line("django_disabled", Class::Disabled, django_disabled),
    line("django_unusable", Class::Disabled, django_disabled),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// Any text; LDAP's is no `{NAME}…`.
fn plaintext(name: &'static str, _: &Options) -> Made {
    let identify: fn(&str) -> bool = if name == "plaintext" {
        |_| true
    } else {
        |text| !text.is_empty() && !has_name(text)
    };
    let check = |stored: &HashString, password: &[u8]| Ok(equal(password, stored.as_str().as_bytes()));
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).with_longest(Password::MAX_LEN),
    ))
}

fn has_name(text: &str) -> bool {
    let name = text.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    let word = |c: char| c.is_alphanumeric() || c == '_';
    name.is_some_and(|(name, _)| !name.is_empty() && name.chars().all(word))
}

/// `{plaintext}` in front.
fn roundup(name: &'static str, _: &Options) -> Made {
    const PREFIX: &str = "{plaintext}";
    let identify = |text: &str| text.starts_with(PREFIX);
    let check = |stored: &HashString, password: &[u8]| {
        let text = stored.as_str().strip_prefix(PREFIX).unwrap_or_default();
        Ok(equal(password, text.as_bytes()))
    };
    let longest = Password::MAX_LEN.saturating_add(PREFIX.len());
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check)
            .labelled("plaintext")
            .with_longest(longest),
    ))
}

/// `!` or `*` in front of whatever stood there, or nothing (shadow(5)).
fn unix_disabled(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.is_empty() || text.starts_with(['!', '*']);
    Ok(Arc::new(Reader::new(name, identify, View::Whole, |_, _| Ok(false))))
}

/// `!` and random text (`set_unusable_password`).
fn django_disabled(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.starts_with('!');
    Ok(Arc::new(Reader::new(name, identify, View::Whole, |_, _| Ok(false))))
}
