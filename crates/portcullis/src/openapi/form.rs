//! The schemas of forms: FastAPI's `OAuth2PasswordRequestForm`, and those of what clients ask.

use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

use super::names::title;

/// What a page should not show while it is typed.
const SECRETS: [&str; 2] = ["password", "client_secret"];

/// A form of texts, of which some must be there.
pub(super) fn client_request(fields: impl Iterator<Item = (&'static str, bool)>) -> Schema {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, needed) in fields {
        let mut property = json!({ "type": "string", "title": title(name) });
        if let (true, Value::Object(property)) = (SECRETS.contains(&name), &mut property) {
            property.insert("format".into(), "password".into());
        }
        properties.insert(name.to_owned(), property);
        if needed {
            required.push(name);
        }
    }
    let mut schema = json_schema!({ "properties": properties, "type": "object" });
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    schema
}

/// The fields of a login as FastAPI shows them (RFC 6749 §4.3.2 and §2.3.1). By hand: pydantic puts `format` beside the
/// alternatives for `client_secret` and `pattern` inside them for `grant_type`.
pub(super) fn password_request() -> Schema {
    json_schema!({
        "properties": {
            "grant_type": {
                "anyOf": [{ "type": "string", "pattern": "^password$" }, { "type": "null" }],
                "title": "Grant Type"
            },
            "username": { "type": "string", "title": "Username" },
            "password": { "type": "string", "format": "password", "title": "Password" },
            "scope": { "type": "string", "title": "Scope", "default": "" },
            "client_id": { "anyOf": [{ "type": "string" }, { "type": "null" }], "title": "Client Id" },
            "client_secret": {
                "anyOf": [{ "type": "string" }, { "type": "null" }],
                "format": "password",
                "title": "Client Secret"
            }
        },
        "type": "object",
        "required": ["username", "password"]
    })
}
