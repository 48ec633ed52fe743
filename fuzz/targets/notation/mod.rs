//! What every notation's target does: one of its schemes looks at any text.

use portcullis_password::explain::explain;
use portcullis_password::schemes::{self, Named};
use portcullis_password::{HashString, Options, Password, Passwords, SchemeError};

/// The contexts of the schemes whose names hold one of these, each alone.
pub fn contexts(of: &[&str]) -> Vec<Passwords> {
    let wanted = |name: &&str| of.iter().any(|part| name.contains(part));
    let all: Vec<Passwords> = schemes::names().filter(wanted).filter_map(alone).collect();
    assert!(!all.is_empty());
    all
}

fn alone(name: &str) -> Option<Passwords> {
    let mut options = Options::new();
    for _ in 0..8 {
        match schemes::named(name, &options) {
            Ok(Named::Disabled(_)) => return None,
            Ok(named) => return Some(Passwords::only(named)),
            Err(SchemeError::MissingOption(option)) => options = options.with(option, "1"),
            Err(_) => return None,
        }
    }
    None
}

/// Looks at a text whose first byte chooses the scheme: it never panics, never takes memory, and what the scheme takes for a
/// model of an imaginary record is one that nobody's password opens.
pub fn look(data: &[u8], contexts: &[Passwords]) {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Some(passwords) = contexts.get(usize::from(*first) % contexts.len()) else {
        return;
    };
    let stored = HashString::new(text).with_user("user");
    let known = passwords.identify(&stored).is_some();
    assert!(known || passwords.needs_update(&stored));
    let _ = explain(&stored);
    let memory = passwords.memory_kib(Some(&stored));
    match passwords.decoy_like(&stored, &[7; 32]) {
        Some(decoy) => assert_eq!(passwords.memory_kib(Some(&decoy)), memory),
        // Broken, or a digest of microseconds.
        None if known => {
            let _ = passwords.verify(&Password::from("x"), Some(&stored));
        }
        None => {}
    }
}
