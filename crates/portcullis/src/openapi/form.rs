//! The schema of FastAPI's `OAuth2PasswordRequestForm`.

use schemars::{Schema, json_schema};

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
