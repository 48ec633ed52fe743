//! What a realm of Keycloak's export says of all its users: how they log in, and what their roles and groups hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Stopped;
use super::json::{once, unreadable};
use super::text::Meter;

/// The most roles and groups of a realm that are kept.
const LARGEST: usize = 200_000;

/// A realm without its users.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Realm {
    pub(crate) name: String,
    /// Whether it has an array of users at all.
    pub(super) has_users: bool,
    no_email: bool,
    doubled_emails: bool,
    /// The roles that a role holds, by name; those of a client as `client.role`.
    composites: BTreeMap<String, Vec<String>>,
    /// The roles of a group and of those above it, by path.
    groups: BTreeMap<String, Vec<String>>,
    size: usize,
}

impl Realm {
    /// Whether its users log in with their addresses too.
    pub(super) fn takes_emails(&self) -> bool {
        !self.no_email && !self.doubled_emails
    }

    /// Everything that these roles and groups hold, with what is held by that; and the groups that are not in the file.
    pub(super) fn roles<'a>(
        &'a self,
        own: impl Iterator<Item = &'a str>,
        groups: impl Iterator<Item = &'a str>,
    ) -> (BTreeSet<&'a str>, Vec<&'a str>) {
        let (mut open, mut missing): (Vec<&str>, Vec<&str>) = (own.collect(), Vec::new());
        for group in groups {
            match self.groups.get(group.trim_start_matches('/')) {
                Some(roles) => open.extend(roles.iter().map(String::as_str)),
                None => missing.push(group),
            }
        }
        let mut all = BTreeSet::new();
        while let Some(role) = open.pop() {
            if all.insert(role) {
                open.extend(self.composites.get(role).into_iter().flatten().map(String::as_str));
            }
        }
        (all, missing)
    }

    fn role(&mut self, client: Option<&str>, role: Role) {
        let held = of_clients(role.composites.client);
        let held: Vec<String> = role.composites.realm.into_iter().chain(held).collect();
        if !held.is_empty() {
            self.size = self.size.saturating_add(held.len());
            self.composites.insert(named(client, &role.name), held);
        }
    }

    fn group(&mut self, above: &str, inherited: &[String], group: Group) {
        // What is inherited multiplies: more than is read is not even made.
        if self.size > LARGEST {
            return;
        }
        let path = match above {
            "" => group.name.clone(),
            above => format!("{above}/{}", group.name),
        };
        let own = of_clients(group.client_roles);
        let mut roles: Vec<String> = inherited.to_vec();
        roles.extend(group.realm_roles.into_iter().chain(own));
        self.size = self.size.saturating_add(roles.len()).saturating_add(1);
        for inner in group.sub_groups {
            self.group(&path, &roles, inner);
        }
        // As the export writes it, where it does.
        let path = group.path.map_or(path, |path| path.trim_start_matches('/').to_owned());
        self.groups.insert(path, roles);
    }
}

/// As a role is called that is a scope.
fn named(client: Option<&str>, role: &str) -> String {
    client.map_or_else(|| role.to_owned(), |client| format!("{client}.{role}"))
}

/// The roles of clients, as they are called here.
pub(super) fn of_clients(clients: BTreeMap<String, Vec<String>>) -> impl Iterator<Item = String> {
    clients
        .into_iter()
        .flat_map(|(client, roles)| roles.into_iter().map(move |role| named(Some(&client), &role)))
}

#[derive(Deserialize)]
struct Role {
    name: String,
    #[serde(default)]
    composites: Composites,
}

#[derive(Default, Deserialize)]
struct Composites {
    #[serde(default)]
    realm: Vec<String>,
    #[serde(default)]
    client: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    path: Option<String>,
    #[serde(default)]
    realm_roles: Vec<String>,
    #[serde(default)]
    client_roles: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    sub_groups: Vec<Group>,
}

/// The realms of an export, whether it is one or an array of them; none that has no name.
pub(super) fn scan(input: impl Read, meter: &Meter) -> Result<Vec<Realm>, Stopped> {
    let mut realms = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_reader(input);
    let document = Realms {
        meter,
        realms: &mut realms,
    };
    let read = deserializer.deserialize_any(document).and_then(|()| deserializer.end());
    read.map_err(|error| unreadable(&error)).map(|()| realms)
}

struct Realms<'a> {
    meter: &'a Meter,
    realms: &'a mut Vec<Realm>,
}

impl<'de> DeserializeSeed<'de> for Realms<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Realms<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a realm or an array of realms")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        let Self { meter, realms } = self;
        while seq.next_element_seed(Realms { meter, realms })?.is_some() {}
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut realm = Realm::default();
        while let Some(name) = map.next_key::<String>()? {
            self.meter.shared();
            let truth = |value: Value| value == Value::Bool(true);
            match name.as_str() {
                "realm" => realm.name = map.next_value()?,
                "loginWithEmailAllowed" => realm.no_email = !truth(map.next_value()?),
                "duplicateEmailsAllowed" => realm.doubled_emails = truth(map.next_value()?),
                "roles" => map.next_value_seed(Part::Roles(&mut realm, self.meter))?,
                "groups" => map.next_value_seed(Part::Groups(&mut realm, self.meter))?,
                "users" => {
                    once(&mut realm.has_users)?;
                    self.meter.skipped();
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    self.meter.skipped();
                    map.next_value::<IgnoredAny>()?;
                }
            }
            self.meter.record();
        }
        self.realms.push(realm);
        Ok(())
    }
}

/// A part of a realm, read an element at a time.
enum Part<'a> {
    Roles(&'a mut Realm, &'a Meter),
    Clients(&'a mut Realm, &'a Meter),
    RolesOf(&'a mut Realm, &'a Meter, Option<String>),
    Groups(&'a mut Realm, &'a Meter),
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("roles or groups")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let (realm, meter, clients) = match self {
            Self::Roles(realm, meter) => (realm, meter, false),
            Self::Clients(realm, meter) => (realm, meter, true),
            Self::RolesOf(..) | Self::Groups(..) => return Err(serde::de::Error::custom("an array belongs here")),
        };
        while let Some(name) = map.next_key::<String>()? {
            match (clients, name.as_str()) {
                (true, _) => map.next_value_seed(Part::RolesOf(realm, meter, Some(name)))?,
                (false, "realm") => map.next_value_seed(Part::RolesOf(realm, meter, None))?,
                (false, "client") => map.next_value_seed(Part::Clients(realm, meter))?,
                (false, _) => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        let too_many = || serde::de::Error::custom("more roles and groups than are read");
        match self {
            Self::RolesOf(realm, meter, client) => {
                while let Some(role) = seq.next_element::<Role>()? {
                    meter.shared();
                    realm.role(client.as_deref(), role);
                    if realm.size > LARGEST {
                        return Err(too_many());
                    }
                }
            }
            Self::Groups(realm, meter) => {
                while let Some(group) = seq.next_element::<Group>()? {
                    meter.shared();
                    realm.group("", &[], group);
                    if realm.size > LARGEST {
                        return Err(too_many());
                    }
                }
            }
            Self::Roles(..) | Self::Clients(..) => return Err(serde::de::Error::custom("an object belongs here")),
        }
        Ok(())
    }
}
