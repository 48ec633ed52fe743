//! What an index begins with.

use crate::foreign::driver::Row;

/// Of a row with the first column, if it is one, and the statement that made the index.
pub(super) fn begins(row: &Row) -> Option<String> {
    let text = |place: usize| row.get(place).and_then(Option::as_deref);
    match text(0) {
        Some(column) => Some(plain(column)),
        None => text(1).and_then(first_expression),
    }
}

/// The first expression of a `CREATE INDEX`.
fn first_expression(sql: &str) -> Option<String> {
    let (_, list) = sql.split_once('(')?;
    let mut depth = 0_usize;
    let end = list.find(|sign| match sign {
        '(' => {
            depth = depth.saturating_add(1);
            false
        }
        ')' if depth > 0 => {
            depth = depth.saturating_sub(1);
            false
        }
        ',' | ')' => depth == 0,
        _ => false,
    })?;
    list.get(..end).map(plain)
}

/// One spelling of an expression: without quotes, blanks, casts to a text, and brackets that hold nothing but a column, a
/// call, or others.
pub(super) fn plain(expression: &str) -> String {
    let mut text = expression.to_lowercase();
    text.retain(|sign| !matches!(sign, '"' | '`' | '[' | ']') && !sign.is_whitespace());
    for cast in ["::text", "::charactervarying", "::varchar", "::citext"] {
        text = text.replace(cast, "");
    }
    while text.contains("((") && text.contains("))") {
        text = text.replace("((", "(").replace("))", ")");
    }
    match inside_brackets(&text) {
        Some(inside) => inside.to_owned(),
        None => text,
    }
}

/// What one pair of brackets around the whole of a text holds.
fn inside_brackets(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0_usize;
    for sign in inside.chars() {
        depth = match sign {
            '(' => depth.checked_add(1)?,
            ')' => depth.checked_sub(1)?,
            _ => depth,
        };
    }
    (depth == 0).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_known_by_what_it_begins_with() {
        for sql in [
            "CREATE INDEX i ON user (lower(email))",
            r#"CREATE UNIQUE INDEX "i" ON "user" ( LOWER("email"), id )"#,
            "CREATE INDEX i ON [user] ((lower([email])))",
            "CREATE INDEX i ON `user` (((lower(`email`))), id)",
        ] {
            assert_eq!(first_expression(sql).as_deref(), Some("lower(email)"), "{sql}");
        }
        for expression in [
            "lower(email::text)",
            "lower((email)::text)",
            "lower(\"email\")",
            "(lower(email))",
        ] {
            assert_eq!(plain(expression), "lower(email)");
        }
        assert_eq!(first_expression("CREATE INDEX i"), None);
        assert_eq!(first_expression("CREATE INDEX i ON t ((("), None);
    }
}
