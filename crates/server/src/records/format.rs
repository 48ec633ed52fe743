//! How a file of users is written.

use std::path::Path;

/// How a file of users is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns, named in the first line
    Csv,
    /// A JSON object a line
    Jsonl,
    /// One JSON document: an array of objects, or an object whose member `users` is one
    Json,
    /// Apache's `user:hash`
    Htpasswd,
    /// A Keycloak realm export, or an array of them with --realm
    Keycloak,
    /// `firebase auth:export`, with --firebase-config
    Firebase,
    /// A directory's entries, as slapcat and ldapsearch write them
    Ldif,
}

impl Format {
    /// As `--format` takes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Json => "json",
            Self::Htpasswd => "htpasswd",
            Self::Keycloak => "keycloak",
            Self::Firebase => "firebase",
            Self::Ldif => "ldif",
        }
    }

    /// What it is for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Csv => "a table of users (CSV)",
            Self::Jsonl => "users as JSON, one a line",
            Self::Json => "users as one JSON document",
            Self::Htpasswd => "Apache's htpasswd",
            Self::Keycloak => "a realm export of Keycloak",
            Self::Firebase => "an export of Firebase Authentication",
            Self::Ldif => "entries of a directory (LDIF)",
        }
    }

    /// By the file's name.
    pub(crate) fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv" | "tsv") => Self::Csv,
            Some("jsonl" | "ndjson") => Self::Jsonl,
            Some("ldif" | "ldf") => Self::Ldif,
            Some("json") if name.contains("firebase") => Self::Firebase,
            Some("json") => Self::Keycloak,
            _ => Self::Htpasswd,
        }
    }
}
