//! Whether a server itself is at the other end of a connection, or a pooler, which may give each transaction another session.

use tokio_postgres::Client;
use tokio_postgres::error::{DbError, SqlState};

use super::answer::texts;

/// What a connection said of itself when it began, as the server heard it.
const HEARD: &str = "SELECT current_setting('application_name'), count(*) FROM pg_settings \
    WHERE name IN ('application_name', 'client_encoding') AND source = 'client'";

/// What to do where a pooler lets nobody in who says how sessions are to be.
pub(super) const OPTIONS: &str = "a pooler is in between, which takes no `options` from a URL: \
    say the same with ALTER ROLE ... SET, or to the server without a pooler";

/// Whether it is a pooler. The connection is called `name`; where the server did not hear so when its session began, another
/// than us began it: a pooler, which sets what it was told later, or tells it nobody. Who cannot tell is taken for one: that
/// costs a little, and the opposite may carry out another's statement.
pub(super) async fn is_pooler(client: &Client, name: &str) -> bool {
    let heard = client.simple_query(HEARD).await;
    !heard.is_ok_and(|heard| is_heard(texts(&heard), name))
}

fn is_heard([told, by_us]: [Option<&str>; 2], name: &str) -> bool {
    // Other names a server writes in its own way.
    let is_plain = name.len() < 64 && name.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    by_us == Some("2") && (!is_plain || told == Some(name))
}

/// Whether what was prepared is not known where it is carried out, or its name is another's.
pub(super) fn is_of_another_session(code: &SqlState) -> bool {
    [SqlState::INVALID_SQL_STATEMENT_NAME, SqlState::DUPLICATE_PSTATEMENT].contains(code)
}

/// Whether a pooler refused `options`. It has no code for it.
pub(super) fn is_of_options(error: &tokio_postgres::Error) -> bool {
    let said = error.as_db_error().map(DbError::message);
    said.is_some_and(|said| said.starts_with("unsupported startup parameter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_did_not_hear_when_the_session_began_a_pooler_told_it() {
        assert!(is_heard([Some("us"), Some("2")], "us"));
        for heard in [
            [Some("us"), Some("1")],
            [Some("a pooler"), Some("2")],
            [Some("us"), None],
            [None, None],
        ] {
            assert!(!is_heard(heard, "us"), "{heard:?}");
        }
        assert!(is_heard([Some("f??"), Some("2")], "fü"));
        assert!(is_heard([Some(&"a".repeat(63)), Some("2")], &"a".repeat(64)));
    }
}
