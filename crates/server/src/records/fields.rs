//! The fields of a record, under whatever names the file has for them.

use serde_json::Value;

/// What a file says of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) username: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) full_name: Option<String>,
    pub(crate) disabled: bool,
    pub(crate) scopes: Option<String>,
    pub(crate) hash: Option<String>,
}

/// A field that a file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Username,
    Email,
    FullName,
    Disabled,
    Active,
    Scopes,
    Hash,
}

/// The names that are known of each, the usual one first.
const KNOWN: &[(Field, &[&str])] = &[
    (Field::Username, &["username", "login", "user_login", "user"]),
    (Field::Email, &["email", "user_email", "mail"]),
    (Field::FullName, &["full_name", "name", "display_name"]),
    (Field::Disabled, &["disabled"]),
    (Field::Active, &["active", "is_active", "enabled"]),
    (Field::Scopes, &["scopes", "scope"]),
    (
        Field::Hash,
        &[
            "password_hash",
            "hash",
            "password",
            "hashed_password",
            "encrypted_password",
            "user_pass",
        ],
    ),
];

/// Other names for fields, as `--column username=login` gives them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns(Vec<(Field, String)>);

impl Columns {
    /// Reads `FIELD=COLUMN`.
    pub(crate) fn with(mut self, text: &str) -> Result<Self, String> {
        let (field, column) = text
            .split_once('=')
            .ok_or_else(|| format!("{text} is not FIELD=COLUMN"))?;
        let known = KNOWN.iter().find(|(_, names)| names.first() == Some(&field));
        let (field, _) = known.ok_or_else(|| {
            let names: Vec<&str> = KNOWN.iter().filter_map(|(_, names)| names.first().copied()).collect();
            format!("there is no field {field}; there are {}", names.join(", "))
        })?;
        self.0.push((*field, column.to_owned()));
        Ok(self)
    }

    /// The field of a column of this name; one that was named by hand is nothing else.
    pub(super) fn field(&self, column: &str) -> Option<Field> {
        if let Some((field, _)) = self.0.iter().find(|(_, name)| name == column) {
            return Some(*field);
        }
        let (field, _) = KNOWN.iter().find(|(_, names)| names.contains(&column))?;
        let given = self.0.iter().any(|(named, _)| named == field);
        (!given).then_some(*field)
    }

    /// Of several columns for one field, the one whose name is the most usual.
    pub(super) fn chosen<'a>(&self, header: impl Iterator<Item = &'a str>) -> Vec<Option<Field>> {
        let mut chosen: Vec<Option<Field>> = Vec::new();
        let mut best: Vec<(Field, usize, usize)> = Vec::new();
        for (place, column) in header.enumerate() {
            let column = column.trim();
            chosen.push(None);
            let Some(field) = self.field(column) else { continue };
            let names = KNOWN.iter().find(|(known, _)| *known == field).map(|(_, names)| *names);
            let rank = names
                .and_then(|names| names.iter().position(|name| *name == column))
                .unwrap_or(0);
            match best.iter_mut().find(|(known, ..)| *known == field) {
                Some(known) if known.1 <= rank => {}
                Some(known) => *known = (field, rank, place),
                None => best.push((field, rank, place)),
            }
        }
        for (field, _, place) in best {
            if let Some(slot) = chosen.get_mut(place) {
                *slot = Some(field);
            }
        }
        chosen
    }
}

impl Fields {
    /// Takes a text as this field; an empty one is none.
    pub(super) fn take(&mut self, field: Field, text: &str) -> Result<(), String> {
        let text = match field {
            // A hash stands as it stands.
            Field::Hash => text,
            _ => text.trim(),
        };
        if text.is_empty() {
            return Ok(());
        }
        let owned = Some(text.to_owned());
        match field {
            Field::Username => self.username = owned,
            Field::Email => self.email = owned,
            Field::FullName => self.full_name = owned,
            Field::Scopes => self.scopes = Some(text.replace([',', ';'], " ")),
            Field::Hash => self.hash = owned,
            Field::Disabled => self.disabled = truth(text, "disabled")?,
            Field::Active => self.disabled = !truth(text, "active")?,
        }
        Ok(())
    }

    /// The members of a JSON object.
    pub(super) fn of_object(object: &serde_json::Map<String, Value>, columns: &Columns) -> Result<Self, String> {
        let mut fields = Self::default();
        let chosen = columns.chosen(object.keys().map(String::as_str));
        for ((name, value), field) in object.iter().zip(chosen) {
            let Some(field) = field else { continue };
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                Value::Array(values) if values.iter().all(Value::is_string) => {
                    values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
                }
                _ => return Err(format!("the member {name} is no text")),
            };
            fields.take(field, &text)?;
        }
        Ok(fields)
    }
}

fn truth(text: &str, field: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" | "yes" | "y" | "on" => Ok(true),
        "false" | "f" | "0" | "no" | "n" | "off" => Ok(false),
        _ => Err(format!("{field} is neither true nor false")),
    }
}
