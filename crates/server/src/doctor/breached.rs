//! The file of breached passwords, where there is to be one.

use portcullis_core::BreachedPasswords;

use super::files::{WRITE, mode};
use super::finding::{Finding, fault, good};
use crate::config::Settings;
use crate::place::Place;

const CHECK: &str = "breached_passwords";
const REMEDY: &str = "Make the file anew: portcullis hash breached build LIST -o FILE; or take breached_passwords out.";

pub(super) fn file(settings: &Settings, place: &Place) -> Finding {
    let Some(file) = &settings.new_passwords.breached else {
        return good(CHECK, "new passwords are held against no list of breached ones");
    };
    let path = place.file(file);
    match BreachedPasswords::at(&path).len() {
        Err(error) => fault(CHECK, format!("{error}: the server does not start"), REMEDY),
        Ok(0) => fault(CHECK, format!("{} holds no password", path.display()), REMEDY),
        Ok(_) if mode(&path) & WRITE != 0 => fault(
            CHECK,
            format!("others can write {}", path.display()),
            format!("chmod 644 {}", path.display()),
        ),
        Ok(count) => good(CHECK, format!("new passwords are held against {count} breached ones")),
    }
}
