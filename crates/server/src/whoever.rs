//! Who gave a command: the name that the system has for them.

use std::os::unix::fs::MetadataExt as _;

use portcullis_core::Cause;

/// Whoever gave this command, as the audit trail knows them.
pub(crate) fn whoever() -> Cause {
    Cause::command(&name())
}

/// The name of the user that this process runs as; where there is none, their number. What the environment says of it
/// can be anything.
fn name() -> String {
    // The owner of a process is the owner of its folder here.
    let Ok(process) = std::fs::metadata("/proc/self") else {
        return "unknown".to_owned();
    };
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    named(&users, process.uid()).unwrap_or_else(|| format!("uid-{}", process.uid()))
}

/// The name of the user with this number, in the form of passwd(5).
fn named(users: &str, uid: u32) -> Option<String> {
    let mut users = users.lines().map(|line| line.split(':'));
    users.find_map(|mut fields| {
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_their_number_and_nobody_else_is() {
        let users = "root:x:0:0:root:/root:/bin/sh\nbroken\nalice:x:1000:1000::/home/alice:/bin/sh\n";
        assert_eq!(named(users, 1000).as_deref(), Some("alice"));
        assert_eq!(named(users, 0).as_deref(), Some("root"));
        assert_eq!((named(users, 1), named("", 0)), (None, None));
    }
}
