//! What differs between the SQL of three databases.

/// Whose SQL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

/// What a parameter is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// PostgreSQL's own type.
    Uuid,
    /// PostgreSQL's text that the database itself folds.
    Citext,
}

impl Kind {
    /// The kind of a column by the name of its type.
    pub(crate) fn of(type_name: &str) -> Self {
        let name = type_name.to_ascii_lowercase();
        if name.contains("int") || name.contains("serial") {
            Self::Integer
        } else if name == "uuid" {
            Self::Uuid
        } else if name == "citext" {
            Self::Citext
        } else {
            Self::Text
        }
    }

    /// Whether `text` is written as the database would write a value of this kind: one value, one spelling.
    pub(crate) fn fits(self, text: &str) -> bool {
        match self {
            Self::Text | Self::Citext => true,
            Self::Integer => text.parse::<i64>().is_ok_and(|number| number.to_string() == text),
            Self::Uuid => {
                let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                let dash = |place: usize| matches!(place, 8 | 13 | 18 | 23);
                let mut bytes = text.bytes().enumerate();
                text.len() == 36 && bytes.all(|(place, byte)| if dash(place) { byte == b'-' } else { hex(byte) })
            }
        }
    }
}

impl Dialect {
    /// A name in quotes; `schema.table` becomes two quoted names.
    #[must_use]
    pub fn quoted(self, name: &str) -> String {
        let quote = if self == Self::Mysql { '`' } else { '"' };
        let doubled = [quote, quote].iter().collect::<String>();
        let parts = name
            .split('.')
            .map(|part| format!("{quote}{}{quote}", part.replace(quote, &doubled)));
        parts.collect::<Vec<_>>().join(".")
    }

    /// A text literal.
    pub(crate) fn literal(self, text: &str) -> String {
        let text = text.replace('\'', "''");
        if self == Self::Mysql {
            format!("'{}'", text.replace('\\', "\\\\"))
        } else {
            format!("'{text}'")
        }
    }

    /// An expression as text.
    pub(super) fn text(self, expression: &str) -> String {
        let kind = if self == Self::Mysql { "CHAR" } else { "TEXT" };
        format!("CAST({expression} AS {kind})")
    }

    /// A text as its bytes, whatever the table's collation and character set, so that nothing folds them.
    pub(super) fn bytes(self, expression: &str) -> String {
        match self {
            Self::Mysql => format!("CAST(CONVERT({expression} USING utf8mb4) AS BINARY)"),
            Self::Sqlite => format!("CAST({expression} AS TEXT) COLLATE BINARY"),
            Self::Postgres => format!("CAST({expression} AS TEXT) COLLATE \"C\""),
        }
    }

    /// Whether a column of this kind is the parameter at `place`, byte for byte. An index of the column serves.
    pub(super) fn is_exactly(self, column: &str, kind: Kind, place: &str) -> String {
        let bytes = format!("{} = {}", self.bytes(column), self.bytes(place));
        match (self, kind) {
            // It does not compare these with a text.
            (Self::Postgres, Kind::Integer | Kind::Uuid) => bytes,
            _ => format!("{column} = {place} AND {bytes}"),
        }
    }

    /// The same without regard to case, as the database folds it.
    pub(super) fn is_folded(self, column: &str, kind: Kind, place: &str) -> String {
        match (self, kind) {
            (Self::Postgres, Kind::Integer | Kind::Uuid) => self.is_exactly(column, kind, place),
            // MySQL's usual collations fold, and with `lower` no index would be used.
            (Self::Mysql, _) | (_, Kind::Citext) => format!("{column} = {place}"),
            _ => format!("lower({column}) = lower({place})"),
        }
    }

    fn parameter(self, number: usize, kind: Kind) -> String {
        let place = match self {
            Self::Sqlite => format!("?{number}"),
            Self::Postgres => format!("${number}"),
            Self::Mysql => "?".to_owned(),
        };
        match (self, kind) {
            (Self::Postgres, Kind::Integer) => format!("CAST({place} AS bigint)"),
            (Self::Postgres, Kind::Uuid) => format!("CAST({place} AS uuid)"),
            (Self::Postgres, Kind::Citext) => format!("CAST({place} AS citext)"),
            (Self::Sqlite, Kind::Integer) => format!("CAST({place} AS INTEGER)"),
            (Self::Mysql, Kind::Integer) => format!("CAST({place} AS SIGNED)"),
            _ => place,
        }
    }

    /// Puts parameters in the place of `{0}`, `{1}` …, which are of these kinds.
    pub(super) fn statement(self, template: &str, kinds: &[Kind]) -> Statement {
        let (mut sql, mut order) = (String::with_capacity(template.len()), Vec::new());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            sql.push_str(before);
            let marker = after.split_once('}').and_then(|(name, behind)| {
                let index = name.parse::<usize>().ok()?;
                Some((index, *kinds.get(index)?, behind))
            });
            rest = match marker {
                Some((index, kind, behind)) => {
                    sql.push_str(&self.parameter(index.saturating_add(1), kind));
                    order.push(index);
                    behind
                }
                None => {
                    sql.push('{');
                    after
                }
            };
        }
        sql.push_str(rest);
        Statement { sql, order }
    }
}

/// SQL, and which parameter stands at each of its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    /// For a database whose places have no numbers.
    pub(crate) order: Vec<usize>,
}

impl Statement {
    /// The same for so many rows at most.
    pub(super) fn limited(&self, rows: usize) -> Self {
        Self {
            sql: format!("{} LIMIT {rows}", self.sql),
            order: self.order.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_quotes_in_it_stays_a_name() {
        assert_eq!(Dialect::Postgres.quoted("public.auth_user"), r#""public"."auth_user""#);
        assert_eq!(
            Dialect::Sqlite.quoted(r#"a"; DROP TABLE b; --"#),
            r#""a""; DROP TABLE b; --""#
        );
        assert_eq!(Dialect::Mysql.quoted("a`b"), "`a``b`");
        assert_eq!(Dialect::Mysql.literal(r"it's \'"), r"'it''s \\'''");
    }

    #[test]
    fn each_database_gets_its_own_places() {
        let template = "a = {0} AND b = {1} OR c = {0} AND d = '{x}'";
        let kinds = [Kind::Integer, Kind::Text];
        let postgres = Dialect::Postgres.statement(template, &kinds);
        assert_eq!(
            postgres.sql,
            "a = CAST($1 AS bigint) AND b = $2 OR c = CAST($1 AS bigint) AND d = '{x}'"
        );
        let mysql = Dialect::Mysql.statement(template, &kinds);
        assert_eq!(
            mysql.sql,
            "a = CAST(? AS SIGNED) AND b = ? OR c = CAST(? AS SIGNED) AND d = '{x}'"
        );
        assert_eq!(mysql.order, [0, 1, 0]);
    }

    #[test]
    fn an_id_has_one_spelling() {
        for (kind, text) in [
            (Kind::Integer, "007"),
            (Kind::Integer, "+7"),
            (Kind::Integer, "7 "),
            (Kind::Integer, "7; DROP"),
            (Kind::Integer, ""),
            (Kind::Uuid, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
            (Kind::Uuid, "a0eebc999c0b4ef8bb6d6bb9bd380a11"),
        ] {
            assert!(!kind.fits(text), "{text}");
        }
        assert!(Kind::Integer.fits("7") && Kind::Integer.fits("-7") && Kind::Text.fits("007"));
        assert!(Kind::Uuid.fits("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
        assert_eq!(Kind::of("bigint(20) unsigned"), Kind::Integer);
        assert_eq!(Kind::of("varchar(150)"), Kind::Text);
    }
}
