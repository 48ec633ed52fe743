//! How a file of users is to be read: what every command asks that reads one.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::failure::{Failure, OrFail as _, Outcome};
use crate::records::{Columns, FirebaseConfig, Format, Preset, Source};

#[derive(Debug, Default, Args)]
pub(in crate::commands) struct FileFlags {
    /// How it is written [default: by what stands in it]
    #[arg(long, value_enum)]
    pub(in crate::commands) format: Option<Format>,
    /// Whose export or table it is [default: by the names of its columns]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(Preset::names()))]
    pub(in crate::commands) from: Option<String>,
    /// What a column is: username=login, password_hash=pw, salt=pw_salt, disabled=gone, disabled_until=banned, …
    #[arg(long = "column", value_name = "FIELD=COLUMN")]
    columns: Vec<String>,
    /// Leave a column out, although it looks like a hash, a salt or a state
    #[arg(long = "ignore", value_name = "COLUMN")]
    ignored: Vec<String>,
    /// What parts the columns: a character, or tab [default: by the first line]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The realm, of a Keycloak export that holds several
    #[arg(long, value_name = "NAME")]
    realm: Option<String>,
    /// What users log in with: username, email, or both [default: as its source does]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FIELD")]
    logins: Vec<LoginField>,
    /// Letters of another case are the same in a user name
    #[arg(long)]
    fold_case: bool,
    /// The project's hash parameters, as the Firebase console shows them, in a file
    #[arg(long, value_name = "FILE")]
    firebase_config: Option<PathBuf>,
    /// Take users in although not one of them has a password
    #[arg(long)]
    pub(in crate::commands) without_passwords: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LoginField {
    Username,
    Email,
}

impl LoginField {
    fn name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
        }
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n".contains(byte) => Ok(*byte),
        _ => Err("it is one character, such as ; or tab".to_owned()),
    }
}

impl FileFlags {
    /// The file at `path`, to be read so.
    pub(in crate::commands) fn source(&self, path: &Path) -> Outcome<Source> {
        let mut columns = Columns::default();
        for text in &self.columns {
            columns = columns
                .with(text)
                .map_err(|reason| Failure::usage(reason, "Write --column username=login."))?;
        }
        columns = self.ignored.iter().fold(columns, |columns, name| columns.without(name));
        Ok(Source {
            path: path.to_owned(),
            format: self.format,
            preset: self.from.as_deref().and_then(Preset::named),
            columns,
            delimiter: self.delimiter,
            realm: self.realm.clone(),
            by_email: (!self.logins.is_empty()).then(|| self.logins.contains(&LoginField::Email)),
            fold_case: self.fold_case,
            firebase: self.firebase()?,
        })
    }

    /// Whether a column was left out by hand.
    pub(in crate::commands) fn ignores(&self, column: &str) -> bool {
        self.ignored.iter().any(|ignored| ignored == column)
    }

    fn firebase(&self) -> Outcome<Option<FirebaseConfig>> {
        let Some(path) = &self.firebase_config else {
            return Ok(None);
        };
        let place = path.display();
        let text = std::fs::read_to_string(path);
        let text = text.or_fail(format!("{place} cannot be read"), "Look at its name and mode.")?;
        let remedy = "Copy it from the Firebase console: Authentication, Users, Password hash parameters.";
        let config = text.parse();
        config
            .or_fail(format!("{place} holds no hash parameters"), remedy)
            .map(Some)
    }

    /// The flags as they were given, but for the format and Firebase's.
    pub(in crate::commands) fn written(&self) -> String {
        let from = self.from.iter().map(|name| format!(" --from {name}"));
        let columns = self.columns.iter().map(|text| format!(" --column {}", quoted(text)));
        let ignored = self.ignored.iter().map(|name| format!(" --ignore {}", quoted(name)));
        let realm = self.realm.iter().map(|name| format!(" --realm {}", quoted(name)));
        let delimiter = self.delimiter.iter().map(|byte| match byte {
            b'\t' => " --delimiter tab".to_owned(),
            byte => format!(" --delimiter {}", quoted(&char::from(*byte).to_string())),
        });
        let logins: Vec<&str> = self.logins.iter().map(|field| field.name()).collect();
        let logins = (!logins.is_empty()).then(|| format!(" --logins {}", logins.join(",")));
        let fold_case = self.fold_case.then(|| " --fold-case".to_owned());
        let without = self.without_passwords.then(|| " --without-passwords".to_owned());
        from.chain(columns)
            .chain(ignored)
            .chain(realm)
            .chain(delimiter)
            .chain(logins)
            .chain(fold_case)
            .chain(without)
            .collect()
    }
}

/// As a shell takes it for one word.
pub(in crate::commands) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=+,@%".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    let inside = text.replace('\'', r"'\''");
    match text.starts_with('-') {
        true => format!("'./{inside}'"),
        false => format!("'{inside}'"),
    }
}
