//! Exports of whole user databases as one JSON document each: their users are read one by one.

use std::fmt;
use std::io::Read;
use std::str::FromStr;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::fields::Fields;
use super::{Batches, Fault, Record, Row, Stopped};

/// A user of Keycloak's realm export.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeycloakUser {
    username: Option<String>,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default)]
    credentials: Vec<Value>,
    #[serde(default)]
    realm_roles: Vec<String>,
}

fn yes() -> bool {
    true
}

pub(super) fn read_keycloak(input: impl Read, batches: &mut Batches) -> Result<(), Stopped> {
    each_user(input, batches, |line, user: KeycloakUser| {
        let names = [user.first_name, user.last_name].into_iter().flatten();
        let full_name = names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
        let password = user
            .credentials
            .iter()
            .find(|credential| credential.get("type").and_then(Value::as_str) == Some("password"));
        let hash = match password {
            None => None,
            Some(credential) => Some(keycloak_hash(credential).ok_or_else(|| {
                let reason = "its password is in the form of Keycloak before version 8, which is not read";
                Fault::new(line, reason)
            })?),
        };
        Ok(Fields {
            username: user.username,
            email: user.email,
            full_name: Some(full_name).filter(|name| !name.is_empty()),
            disabled: !user.enabled,
            scopes: Some(user.realm_roles.join(" ")).filter(|roles| !roles.is_empty()),
            hash,
        })
    })
}

/// The credential as the scheme `keycloak_…` reads it.
fn keycloak_hash(credential: &Value) -> Option<String> {
    let (data, secret) = (credential.get("credentialData")?, credential.get("secretData")?);
    Some(json!({"type": "password", "credentialData": data, "secretData": secret}).to_string())
}

/// The project's hash parameters, as the Firebase console shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FirebaseConfig {
    signer_key: String,
    salt_separator: String,
    rounds: u32,
    mem_cost: u32,
}

impl FirebaseConfig {
    /// What Firebase gives to projects, with a key that is nobody's: for a look at an export whose own are not at hand.
    pub(crate) fn assumed() -> Self {
        Self {
            signer_key: format!("{}==", "A".repeat(86)),
            salt_separator: "Bw==".to_owned(),
            rounds: 8,
            mem_cost: 14,
        }
    }
}

impl FromStr for FirebaseConfig {
    type Err = &'static str;

    /// Reads `base64_signer_key: …` and its like, with or without braces around them.
    fn from_str(text: &str) -> Result<Self, &'static str> {
        let value = |name: &str| {
            let (_, rest) = text.split_once(name)?;
            let rest = rest.trim_start_matches(['"', ' ', ':', '\t']);
            rest.split([',', '\n', '"', ' ', '}'])
                .next()
                .filter(|value| !value.is_empty())
        };
        let number = |name| value(name).and_then(|value| value.parse().ok());
        let key = value("base64_signer_key").ok_or("it has no base64_signer_key")?;
        Ok(Self {
            signer_key: standard(key),
            salt_separator: standard(value("base64_salt_separator").ok_or("it has no base64_salt_separator")?),
            rounds: number("rounds").ok_or("it has no rounds")?,
            mem_cost: number("mem_cost").ok_or("it has no mem_cost")?,
        })
    }
}

/// A user of `firebase auth:export`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FirebaseUser {
    local_id: Option<String>,
    email: Option<String>,
    display_name: Option<String>,
    #[serde(default)]
    disabled: bool,
    password_hash: Option<String>,
    salt: Option<String>,
}

pub(super) fn read_firebase(
    input: impl Read,
    config: Option<&FirebaseConfig>,
    batches: &mut Batches,
) -> Result<(), Stopped> {
    let config = config.ok_or_else(|| {
        let reason = "the hash parameters of the project are missing: give them with --firebase-config FILE";
        Stopped::Unreadable(Fault::last(1, reason))
    })?;
    each_user(input, batches, |_, user: FirebaseUser| {
        let hash = match (&user.password_hash, &user.salt) {
            (Some(hash), Some(salt)) => Some(firebase_hash(config, salt, hash)),
            _ => None,
        };
        Ok(Fields {
            username: user.email.clone().or(user.local_id),
            email: user.email,
            full_name: user.display_name.filter(|name| !name.is_empty()),
            disabled: user.disabled,
            scopes: None,
            hash,
        })
    })
}

/// With everything in one text, as Supabase keeps it.
fn firebase_hash(config: &FirebaseConfig, salt: &str, hash: &str) -> String {
    let FirebaseConfig {
        signer_key,
        salt_separator,
        rounds,
        mem_cost,
    } = config;
    format!(
        "$fbscrypt$v=1,n={mem_cost},r={rounds},p=1,ss={salt_separator},sk={signer_key}${}${}",
        standard(salt),
        standard(hash)
    )
}

/// base64 in its usual alphabet.
fn standard(text: &str) -> String {
    text.replace('-', "+").replace('_', "/")
}

/// Reads the array `users` of a document, one element after the other; the rest is passed over.
fn each_user<T: for<'de> Deserialize<'de>>(
    input: impl Read,
    batches: &mut Batches,
    read: impl Fn(u64, T) -> Result<Fields, Fault>,
) -> Result<(), Stopped> {
    let mut stopped = None;
    let mut count = 0_u64;
    let mut take = |value: Value| {
        count = count.saturating_add(1);
        let line = count;
        // Its own words would quote a value.
        let user = T::deserialize(value).map_err(|_| Fault::new(line, "it is no user as such an export has them"));
        let row: Row = user
            .and_then(|user| read(line, user))
            .map(|fields| Record { line, fields });
        let pushed = batches.push(row);
        let go_on = pushed.is_ok();
        stopped = pushed.err();
        go_on
    };
    let mut deserializer = serde_json::Deserializer::from_reader(input);
    let read = deserializer.deserialize_map(Document { take: &mut take });
    match (stopped, read) {
        (Some(stopped), _) => Err(stopped),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => {
            let reason = format!(
                "the file cannot be read further: line {}, column {}",
                error.line(),
                error.column()
            );
            Err(Stopped::Unreadable(Fault::last(count.saturating_add(1), reason)))
        }
    }
}

struct Document<'a> {
    take: &'a mut dyn FnMut(Value) -> bool,
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an array `users`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let take = self.take;
        while let Some(name) = map.next_key::<String>()? {
            if name == "users" {
                map.next_value_seed(Users { take: &mut *take })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Users<'a> {
    take: &'a mut dyn FnMut(Value) -> bool,
}

impl<'de> DeserializeSeed<'de> for Users<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Users<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of users")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut users: S) -> Result<(), S::Error> {
        while let Some(user) = users.next_element::<Value>()? {
            if !(self.take)(user) {
                return Err(serde::de::Error::custom("nobody listens"));
            }
        }
        Ok(())
    }
}
