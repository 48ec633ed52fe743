//! What forms hold: FastAPI's `OAuth2PasswordRequestForm`, and those of what clients ask.

use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value, json};

use super::names::title;
use super::objects::Content;
use super::operation::Operation;

/// What a page should not show while it is typed.
const SECRETS: [&str; 2] = ["password", "client_secret"];

/// A form of texts, of which some must be there.
fn client_request(fields: impl Iterator<Item = (&'static str, bool)>) -> Schema {
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
fn password_request() -> Schema {
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

/// The same where the grant is named too. FastAPI says nothing of what a page should not show.
fn strict_password_request(as_fastapi: bool) -> Schema {
    let mut schema = password_request();
    let needed = json!(["grant_type", "username", "password"]);
    schema.insert("required".into(), needed);
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        let grant = json!({ "type": "string", "pattern": "^password$", "title": "Grant Type" });
        properties.insert("grant_type".into(), grant);
        let secrets = properties.iter_mut().filter(|_| as_fastapi);
        for property in secrets.filter_map(|(_, property)| property.as_object_mut()) {
            property.remove("format");
        }
    }
    schema
}

impl Operation {
    /// Reads a form whose fields are arguments of this operation rather than a type of its own: FastAPI then names the
    /// schema `Body_` and the operation's id.
    pub fn form_fields(&mut self, mut fields: Schema) -> &mut Self {
        if self.body.is_some() {
            return self;
        }
        let name = format!("Body_{}", self.id);
        fields.insert("title".into(), name.as_str().into());
        let schema = self.components.insert(name, fields);
        self.body(Content {
            media_type: "application/x-www-form-urlencoded".into(),
            schema,
        })
    }

    /// Reads the form of a login (RFC 6749 §4.3.2) as FastAPI's `OAuth2PasswordRequestForm`.
    pub fn login_form(&mut self) -> &mut Self {
        self.login = true;
        self.form_fields(password_request())
    }

    /// Reads the form of a page's login: each field, and whether it must be there.
    pub(crate) fn page_login(&mut self, fields: impl Iterator<Item = (&'static str, bool)>) -> &mut Self {
        self.login = true;
        self.form_fields(client_request(fields))
    }

    /// Takes a `T` of another media type in the place of the body.
    pub(crate) fn or_body_of<T: JsonSchema>(&mut self, media_type: &'static str) -> &mut Self {
        let schema = self.schema::<T>();
        let media_type = media_type.into();
        self.other_body.get_or_insert(Content { media_type, schema });
        self
    }

    /// Reads the form of a login that names its grant, as FastAPI's `OAuth2PasswordRequestFormStrict`.
    pub(crate) fn strict_login_form(&mut self) -> &mut Self {
        self.login = true;
        let as_fastapi = self.components.as_fastapi;
        self.form_fields(strict_password_request(as_fastapi))
    }

    /// Reads the form of a request for tokens where there is more than logins (RFC 6749 §4): each field, and whether it must
    /// be there.
    pub(crate) fn token_form(&mut self, fields: impl Iterator<Item = (&'static str, bool)>) -> &mut Self {
        self.login = true;
        self.client_form(fields)
    }

    /// Reads the form of what a client asks.
    pub(crate) fn client_form(&mut self, fields: impl Iterator<Item = (&'static str, bool)>) -> &mut Self {
        self.for_clients()
            .refuses_otherwise()
            .form_fields(client_request(fields))
    }

    /// A password is asked for beside the guards, and may be wrong.
    pub(crate) fn with_a_password(&mut self) -> &mut Self {
        self.password = true;
        self
    }

    pub(crate) fn asks_a_password(&self) -> bool {
        self.password
    }

    /// A client that does not prove who it is is refused.
    pub(crate) fn for_clients(&mut self) -> &mut Self {
        self.clients = true;
        self
    }

    /// What is wrong with a request is not told as FastAPI tells it.
    pub(crate) fn refuses_otherwise(&mut self) -> &mut Self {
        self.own_refusals = true;
        self
    }
}
