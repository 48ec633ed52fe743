//! What the columns of a table of users mean.

/// A table of users that another application owns, and what its columns mean here.
///
/// Names are those of the database, without quotes; `table` may be `schema.table`. Expressions and queries are SQL of the
/// operator's own and are carried out as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The table.
    pub table: String,
    /// The column that identifies a user for as long as the account lives: what tokens carry in `sub`.
    pub id: String,
    /// The columns that a user may log in with, the first one found decides.
    pub logins: Vec<String>,
    /// How a login is compared with them.
    pub login_match: LoginMatch,
    /// The column of the password hash.
    pub hash: String,
    /// A boolean SQL expression over the table's columns; without one every account is active.
    pub active: Option<String>,
    /// The column of the e-mail address.
    pub email: Option<String>,
    /// The columns of the full name, joined by blanks.
    pub full_name: Vec<String>,
    /// Where the scopes are found that a user may be granted.
    pub scopes: Vec<ScopeSource>,
    /// A column of whole numbers that counts up when older tokens are to end. Without one they end when the stored hash
    /// becomes another.
    pub epoch: Option<String>,
    /// The column of the salt, where it is not part of the hash.
    pub salt: Option<String>,
    /// The column of the hash's algorithm, where it is not part of the hash.
    pub algorithm: Option<String>,
}

impl Mapping {
    /// The least: a table, its id, one login and the hash.
    #[must_use]
    pub fn new(
        table: impl Into<String>,
        id: impl Into<String>,
        login: impl Into<String>,
        hash: impl Into<String>,
    ) -> Self {
        Self {
            table: table.into(),
            id: id.into(),
            logins: vec![login.into()],
            login_match: LoginMatch::Exact,
            hash: hash.into(),
            active: None,
            email: None,
            full_name: Vec::new(),
            scopes: Vec::new(),
            epoch: None,
            salt: None,
            algorithm: None,
        }
    }

    /// Every column that is named, with what it is.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let one = [("id", self.id.as_str()), ("hash", self.hash.as_str())];
        let logins = self.logins.iter().map(|column| ("login", column.as_str()));
        let names = self.full_name.iter().map(|column| ("full_name", column.as_str()));
        let maybe = [
            ("email", &self.email),
            ("epoch", &self.epoch),
            ("salt", &self.salt),
            ("algorithm", &self.algorithm),
        ];
        let maybe = maybe
            .into_iter()
            .filter_map(|(what, column)| Some((what, column.as_deref()?)));
        let scopes = self.scopes.iter().filter_map(|source| match source {
            ScopeSource::Column(column) => Some(("scopes", column.as_str())),
            _ => None,
        });
        one.into_iter().chain(logins).chain(names).chain(maybe).chain(scopes)
    }
}

/// How a login is compared with what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginMatch {
    /// As it is, also where the database's collation would fold it.
    Exact,
    /// In lower case, as the application stores every login: an index of the column serves.
    Lowered,
    /// Without regard to case, as the database folds it; a large table wants an index over `lower(column)`.
    Folded,
}

/// Where scopes are found. What cannot be the name of a scope (RFC 6749 §3.3: a blank in it, say) is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeSource {
    /// A column of names, with blanks or commas between them.
    Column(String),
    /// A query that gives a name in each row, or several texts to be joined by dots; `{id}` stands for the user's id.
    Query(String),
    /// A query that gives PHP's serialised arrays, as WordPress keeps the roles of a user: names whose value is true.
    PhpArrays(String),
}
