//! Keycloak's realm exports: one realm, or an array of them.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use portcullis_core::is_scope_token;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::field::LogIn;
use super::fields::Fields;
use super::json::{Element, Users, unreadable};
use super::realm::{Realm, of_clients};
use super::text::Meter;
use super::{Fault, Record, Row, Sink, Stopped};

/// Reads the users of the realm at this place of the document.
pub(super) fn read(input: impl Read, realm: &Realm, place: usize, sink: &mut Sink<'_>) -> Result<(), Stopped> {
    let (mut stopped, mut count, meter) = (None, 0_u64, sink.meter.clone());
    let mut take = |element: Element| {
        count = count.saturating_add(1);
        let row = row(count, element, realm, sink);
        let pushed = sink.push(row);
        let go_on = pushed.is_ok();
        stopped = pushed.err();
        go_on
    };
    let mut deserializer = serde_json::Deserializer::from_reader(input);
    let document = OneRealm {
        take: &mut take,
        meter: &meter,
        place,
    };
    let read = deserializer.deserialize_any(document).and_then(|()| deserializer.end());
    match (stopped, read) {
        (Some(stopped), _) => Err(stopped),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(unreadable(&error)),
    }
}

/// The realm at `place` of an array, or the only one.
struct OneRealm<'a> {
    take: &'a mut dyn FnMut(Element) -> bool,
    meter: &'a Meter,
    place: usize,
}

impl<'de> DeserializeSeed<'de> for OneRealm<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneRealm<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a realm or an array of realms")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == "users" {
                self.meter.record();
                map.next_value_seed(Users { take: &mut *self.take })?;
            } else {
                self.meter.skipped();
                map.next_value::<IgnoredAny>()?;
            }
            self.meter.record();
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        for _ in 0..self.place {
            self.meter.skipped();
            seq.next_element::<IgnoredAny>()?;
        }
        self.meter.record();
        seq.next_element_seed(OneRealm {
            take: self.take,
            meter: self.meter,
            place: 0,
        })?;
        self.meter.skipped();
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

fn row(line: u64, element: Element, realm: &Realm, sink: &mut Sink<'_>) -> Row {
    let members = match element {
        Element::Object(members) => members,
        Element::Doubled(name) => return Err(Fault::new(line, format!("it has the member {name} twice"))),
        Element::Other => return Err(Fault::new(line, "it is no user as such an export has them")),
    };
    let user = User::of(members, sink).map_err(|reason| Fault::new(line, reason))?;
    let full_name = [user.first_name, user.last_name].into_iter().flatten();
    let full_name = full_name.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    let (hash, password) = user.secret.map_or((None, None), |secret| match secret {
        Secret::Hash(hash) => (Some(hash), None),
        Secret::Password(password) => (None, Some(password)),
    });
    let own: Vec<String> = user
        .realm_roles
        .into_iter()
        .chain(of_clients(user.client_roles))
        .collect();
    let groups = user.groups.iter().map(String::as_str);
    let (roles, missing) = realm.roles(own.iter().map(String::as_str), groups);
    for group in missing {
        sink.other(&format!(
            "memberships of the group {group}, which the file does not have"
        ));
    }
    // A scope has no blank in it (RFC 6749 §3.3): two of one role would be two rights.
    let (roles, unfit): (Vec<&str>, Vec<&str>) = roles.into_iter().partition(|role| is_scope_token(role));
    for role in unfit {
        sink.other(&format!("holders of the role {role}, whose name cannot be a scope's"));
    }
    let fields = Fields {
        username: user.username,
        email: user.email,
        full_name: Some(full_name).filter(|name| !name.is_empty()),
        disabled: user.disabled,
        scopes: Some(roles.join(" ")).filter(|roles| !roles.is_empty()),
        hash,
        password,
        log_in: LogIn {
            by_email: realm.takes_emails(),
            any_case: true,
        },
        ..Fields::default()
    };
    Ok(Record { line, fields })
}

/// What a member of `users` says.
#[derive(Default)]
struct User {
    username: Option<String>,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    disabled: bool,
    secret: Option<Secret>,
    realm_roles: Vec<String>,
    client_roles: BTreeMap<String, Vec<String>>,
    groups: Vec<String>,
}

enum Secret {
    /// As a scheme reads it.
    Hash(String),
    /// As it is typed.
    Password(Zeroizing<String>),
}

impl User {
    fn of(members: Vec<(String, Value)>, sink: &mut Sink<'_>) -> Result<Self, String> {
        let (mut user, mut enabled) = (Self::default(), None);
        for (name, value) in members {
            if value.is_null() {
                continue;
            }
            match name.as_str() {
                "username" => user.username = read_as(&name, value)?,
                "email" => user.email = read_as(&name, value)?,
                "firstName" => user.first_name = read_as(&name, value)?,
                "lastName" => user.last_name = read_as(&name, value)?,
                "enabled" => enabled = Some(read_as::<bool>(&name, value)?),
                "realmRoles" => user.realm_roles = read_as(&name, value)?,
                "clientRoles" => user.client_roles = read_as(&name, value)?,
                "groups" => user.groups = read_as(&name, value)?,
                "credentials" => user.secret = secret(read_as(&name, value)?, sink)?,
                _ => {
                    user.disabled |= others(&name, &value, sink)?;
                    continue;
                }
            }
            sink.used(&name);
        }
        match enabled {
            Some(enabled) => user.disabled |= !enabled,
            // As its own import reads it.
            None => {
                user.disabled = true;
                sink.other("users without the member enabled, who are disabled there too");
            }
        }
        Ok(user)
    }
}

/// A member that is no field: each of the attributes under a name of its own (`attributes.banned`), with all their values.
/// Whether one that was said to be a state bars the user.
fn others(name: &str, value: &Value, sink: &mut Sink<'_>) -> Result<bool, String> {
    let mut barred = false;
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                barred |= others(&format!("{name}.{member}"), value, sink)?;
            }
        }
        Value::Array(items) if items.iter().all(Value::is_string) && !items.is_empty() => {
            for item in items {
                barred |= others(name, item, sink)?;
            }
        }
        Value::String(text) => barred = other(name, text, sink)?,
        value => barred = other(name, &value.to_string(), sink)?,
    }
    Ok(barred)
}

fn other(name: &str, text: &str, sink: &mut Sink<'_>) -> Result<bool, String> {
    match sink.plan.state(name) {
        Some(state) => {
            sink.used(name);
            state.bars(text, name, sink.plan.now())
        }
        None => {
            sink.unused(name, text);
            Ok(false)
        }
    }
}

fn read_as<T: for<'de> Deserialize<'de>>(name: &str, value: Value) -> Result<T, String> {
    // Its own words would quote a value.
    T::deserialize(value).map_err(|_| format!("its member {name} is not as such an export has it"))
}

/// The password among the credentials.
fn secret(credentials: Vec<Value>, sink: &mut Sink<'_>) -> Result<Option<Secret>, String> {
    let mut found = None;
    for credential in credentials {
        match credential.get("type").and_then(Value::as_str) {
            Some("password") if found.is_some() => return Err("it has two passwords".to_owned()),
            Some("password") => found = Some(of_credential(&credential)?),
            kind => sink.unused(&format!("credentials ({})", kind.unwrap_or("without a type")), "1"),
        }
    }
    Ok(found)
}

fn of_credential(credential: &Value) -> Result<Secret, String> {
    let text = |name: &str| credential.get(name).and_then(Value::as_str);
    // Before version 8 everything stood in the credential itself.
    if let Some(value) = text("hashedSaltedValue") {
        let salt = text("salt").ok_or("its password is in the form of Keycloak before version 8 and has no salt")?;
        let rounds = credential.get("hashIterations").cloned().unwrap_or_default();
        let data = json!({"hashIterations": rounds, "algorithm": text("algorithm").unwrap_or("pbkdf2")});
        return Ok(Secret::Hash(written(&data, &json!({"value": value, "salt": salt}))));
    }
    if let (Some(data), Some(secret)) = (inner(credential, "credentialData"), inner(credential, "secretData")) {
        return of_hash(&data, &secret);
    }
    match text("value") {
        Some(value) => Ok(Secret::Password(Zeroizing::new(value.to_owned()))),
        None => Err("its password has neither a hash nor a value".to_owned()),
    }
}

/// JSON in a text, or as it is where people wrote the file.
fn inner(credential: &Value, name: &str) -> Option<Value> {
    match credential.get(name)? {
        Value::String(text) => serde_json::from_str(text).ok(),
        value => Some(value.clone()),
    }
}

fn of_hash(data: &Value, secret: &Value) -> Result<Secret, String> {
    let algorithm = data.get("algorithm").and_then(Value::as_str).unwrap_or_default();
    let value = secret.get("value").and_then(Value::as_str).unwrap_or_default();
    match algorithm {
        "" => Err("its password does not say its algorithm".to_owned()),
        // The providers of bcrypt keep its whole text.
        _ if value.starts_with("$2") => Ok(Secret::Hash(value.to_owned())),
        "pbkdf2" | "pbkdf2-sha256" | "pbkdf2-sha512" | "argon2" => Ok(Secret::Hash(written(data, secret))),
        _ => Err(format!("its password is hashed with {algorithm}, which is not read")),
    }
}

/// The credential as the scheme `keycloak_…` reads it.
fn written(data: &Value, secret: &Value) -> String {
    json!({"type": "password", "credentialData": data.to_string(), "secretData": secret.to_string()}).to_string()
}
