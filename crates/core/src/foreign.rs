//! What the tokens of other issuers say: scopes and clients stand where each issuer puts them.

use serde_json::{Map, Value};

use crate::auth_error::AuthError;
use crate::record_id::SessionId;
use crate::scope::{Declared, ScopeSet};

/// All claims but the registered ones.
pub(crate) type Claims = Map<String, Value>;

/// How the tokens of another issuer are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Foreign {
    /// Where its scopes stand: names of claims and of members in them. Without any, in `scope`, or else in `scp`.
    pub(crate) places: Vec<Vec<String>>,
    /// What it calls what: its name for a role, say, and the scopes that are ours.
    pub(crate) names: Vec<(String, &'static [Declared])>,
    /// The clients whose tokens are taken; without any, all.
    pub(crate) clients: Vec<String>,
    /// The claims that handlers want to read.
    pub(crate) kept: Vec<String>,
}

impl Foreign {
    /// The client it was given to, if that is one whose tokens are taken.
    pub(crate) fn client(&self, claims: &Claims) -> Result<Option<String>, AuthError> {
        let client = claims.get("client_id").and_then(Value::as_str);
        if !self.clients.is_empty() && !client.is_some_and(|client| self.clients.iter().any(|ours| ours == client)) {
            return Err(AuthError::WrongClient);
        }
        Ok(client.map(str::to_owned))
    }

    /// The session, where the issuer is one of us.
    pub(crate) fn session(claims: &Claims) -> Option<SessionId> {
        claims.get("sid")?.as_str()?.parse().ok()
    }

    /// The user's epoch, where the issuer is one of us; 0 where it says none.
    pub(crate) fn epoch(claims: &Claims) -> u64 {
        claims.get("epoch").and_then(Value::as_u64).unwrap_or_default()
    }

    /// The claims that are kept.
    pub(crate) fn keep(&self, mut claims: Claims) -> Claims {
        claims.retain(|name, _| self.kept.contains(name));
        claims
    }

    /// The scopes, in the order of the places.
    pub(crate) fn scopes(&self, claims: &Claims) -> Result<ScopeSet, AuthError> {
        let mut words = Vec::new();
        let usual = claims.get("scope").or_else(|| claims.get("scp"));
        if let Some(usual) = usual.filter(|_| self.places.is_empty()) {
            collect(usual, &mut words)?;
        }
        for place in &self.places {
            let mut names = place.iter();
            let claim = names.next().and_then(|name| claims.get(name));
            if let Some(value) = names.fold(claim, |value, name| value?.get(name)) {
                collect(value, &mut words)?;
            }
        }
        Ok(self.ours(&words))
    }

    /// Each by the names that are ours, in their order.
    fn ours(&self, words: &[&str]) -> ScopeSet {
        let mut ours: Vec<&str> = Vec::with_capacity(words.len());
        for word in words {
            match self.names.iter().find(|(theirs, _)| theirs == word) {
                Some((_, scopes)) => ours.extend(scopes.iter().map(|scope| scope.name)),
                None => ours.push(word),
            }
        }
        ours.into_iter().collect()
    }
}

/// The words of a text, or the members of a list, each of which is one name.
fn collect<'a>(value: &'a Value, words: &mut Vec<&'a str>) -> Result<(), AuthError> {
    match value {
        Value::String(text) => words.extend(text.split(' ').filter(|word| !word.is_empty())),
        Value::Array(names) => {
            for name in names {
                words.push(name.as_str().ok_or(AuthError::BadScopeClaim)?);
            }
        }
        _ => return Err(AuthError::BadScopeClaim),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(foreign: &Foreign, claims: Value) -> Result<String, AuthError> {
        let Value::Object(claims) = claims else {
            panic!("an object")
        };
        foreign.scopes(&claims).map(|scopes| scopes.to_string())
    }

    fn from(places: &[&[&str]]) -> Foreign {
        let owned = |place: &&[&str]| place.iter().map(|name| (*name).to_owned()).collect();
        Foreign {
            places: places.iter().map(owned).collect(),
            ..Foreign::default()
        }
    }

    #[test]
    fn a_place_that_holds_no_names_refuses_the_token() {
        for bad in [json!(7), json!(null), json!({}), json!(["a", 7]), json!(true)] {
            let refused = read(&Foreign::default(), json!({ "scope": bad }));
            assert!(matches!(refused, Err(AuthError::BadScopeClaim)), "{bad}");
        }
        let refused = read(
            &from(&[&["realm_access", "roles"]]),
            json!({"realm_access": {"roles": {}}}),
        );
        assert!(matches!(refused, Err(AuthError::BadScopeClaim)));
    }

    #[test]
    fn scopes_stand_in_scope_or_scp_as_text_or_list_unless_told_otherwise() {
        for (claims, scopes) in [
            (json!({}), ""),
            (json!({"scope": "items  me"}), "items me"),
            (json!({"scope": ["items", "me"]}), "items me"),
            (json!({"scp": ["items"]}), "items"),
            (json!({"scp": "items me", "roles": ["admin"]}), "items me"),
            (json!({"scope": "", "scp": "admin"}), ""),
        ] {
            assert_eq!(
                read(&Foreign::default(), claims.clone()).expect("read"),
                scopes,
                "{claims}"
            );
        }
    }

    #[test]
    fn every_place_that_was_named_counts_and_no_other() {
        let keycloak = from(&[
            &["realm_access", "roles"],
            &["resource_access", "my.shop", "roles"],
            &["permissions"],
        ]);
        let claims = json!({
            "scope": "openid admin",
            "realm_access": {"roles": ["user", "offline_access"]},
            "resource_access": {"my.shop": {"roles": ["buyer"]}, "other": {"roles": ["owner"]}},
            "permissions": ["read:items"],
        });
        let scopes = read(&keycloak, claims).expect("read");
        assert_eq!(scopes, "user offline_access buyer read:items");
        assert_eq!(
            read(&keycloak, json!({"realm_access": [], "permissions": []})).expect("read"),
            ""
        );
    }

    #[test]
    fn a_name_with_a_blank_is_one_name_and_none_of_its_parts() {
        const ITEMS: &[Declared] = &[Declared {
            name: "items",
            sentence: "Read items.",
        }];
        let mut foreign = from(&[&["roles"]]);
        let claims = json!({"roles": ["Billing admin", "viewer"]});
        assert_eq!(read(&foreign, claims.clone()).expect("read"), "viewer");
        foreign.names.push(("Billing admin".to_owned(), ITEMS));
        assert_eq!(read(&foreign, claims).expect("read"), "items viewer");
    }

    #[test]
    fn of_many_names_none_is_lost() {
        let roles: Vec<_> = (0..1_000)
            .map(|number| format!("a-role-with-number-{number}"))
            .collect();
        let scopes = read(&from(&[&["roles"]]), json!({ "roles": roles })).expect("read");
        assert_eq!(scopes, roles.join(" "));
    }
}
