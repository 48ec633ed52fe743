//! For documents that another crate makes: what a guard asks, as OpenAPI writes it, and what of ours stands beside.

use serde_json::{Map, Value, json};

use super::describe::Describe;
use super::guard::Way;
use super::operation::Operation;
use super::requirement::Requirement;
use super::schema::Components;
use super::security::{LOGIN, SecurityScheme};

impl Requirement {
    /// What one argument of a handler asks, such as `Scoped<Items>`, `Option<ActiveUser>` or `AnyOf<…>`; nothing where it is no
    /// guard. For documents that another crate makes (utoipa, aide): ours asks each handler's signature.
    ///
    /// ```
    /// use portcullis::openapi::Requirement;
    /// use portcullis::prelude::*;
    ///
    /// scopes! {
    ///     /// Read items.
    ///     Items = "items";
    /// }
    ///
    /// let lock = Requirement::of::<Scoped<Items>>().to_security();
    /// assert_eq!(lock.to_string(), r#"[{"OAuth2PasswordBearer":["items"]}]"#);
    /// ```
    pub fn of<G: Describe>() -> Self {
        let (id, summary, path) = (String::new(), String::new(), String::new());
        let mut operation = Operation::new(id, summary, path, Components::default());
        G::describe(&mut operation);
        operation.requirement().cloned().unwrap_or_default()
    }

    /// An operation's `security`: OpenAPI's list of alternatives, each an object with all that it takes. Schemes have their own
    /// names there, and that of an `Auth`'s tokens (the one of a session's cookie stands at no lock here) the name of
    /// [`Front::openapi_beside`](crate::Front::openapi_beside). An empty list where nothing is asked.
    pub fn to_security(&self) -> Value {
        let name = |way: &Way| way.scheme.as_ref().map_or(LOGIN, SecurityScheme::name).to_owned();
        self.to_value(|way| vec![name(way)], false).unwrap_or_else(|| json!([]))
    }
}

/// A handler that another crate documents. What its first argument asks is what it asks: name the guard first, and 401 comes
/// before whatever is wrong with the rest. Implemented for every function of up to eight arguments.
pub trait AsksFirst<Arguments> {
    /// What the first argument asks.
    fn asks_first(&self) -> Requirement;
}

macro_rules! asks_first {
    ($first:ident $($rest:ident)*) => {
        impl<Function, Answer, $first: Describe, $($rest),*> AsksFirst<($first, $($rest,)*)> for Function
        where
            Function: FnOnce($first, $($rest),*) -> Answer,
        {
            fn asks_first(&self) -> Requirement {
                Requirement::of::<$first>()
            }
        }
    };
}
asks_first!(A);
asks_first!(A B);
asks_first!(A B C);
asks_first!(A B C D);
asks_first!(A B C D E);
asks_first!(A B C D E F);
asks_first!(A B C D E F G);
asks_first!(A B C D E F G H);

/// Puts the paths, schemas and schemes of `own`, and those of an `Auth`'s tokens, into a document of another crate. What
/// stands there already stays.
pub(crate) fn beside(document: &mut Value, own: &Value, tokens: &[SecurityScheme]) {
    let schemes: Map<String, Value> = tokens
        .iter()
        .map(|scheme| (scheme.name().to_owned(), scheme.to_value()))
        .collect();
    let schemes = json!({ "components": { "securitySchemes": schemes } });
    for own in [own, &schemes] {
        for place in [
            &["paths"][..],
            &["components", "schemas"],
            &["components", "securitySchemes"],
        ] {
            let found = place.iter().try_fold(own, |value, name| value.get(name));
            for (name, value) in found.and_then(Value::as_object).into_iter().flatten() {
                let held = place.iter().try_fold(&mut *document, |value, name| member(value, name));
                match held.and_then(|held| member(held, name)) {
                    Some(held) if held.is_null() => *held = value.clone(),
                    _ => {}
                }
            }
        }
    }
}

/// A member of an object, made where there is none; `None` of what is no object.
fn member<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    Some(value.as_object_mut()?.entry(name).or_insert(Value::Null))
}

#[cfg(test)]
mod tests {
    use portcullis_core::{Account, Auth};

    use super::*;
    use crate::extract::ActiveUser;
    use crate::schemes::{AnyOf, RawApiKey};

    crate::api_key! { Partner in header "X-API-Key"; }

    fn lock<G: Describe>() -> String {
        Requirement::of::<G>().to_security().to_string()
    }

    #[test]
    fn what_stands_in_a_document_stays_and_what_is_no_document_is_left_alone() {
        let own = json!({ "paths": { "/token": 1, "/own": 2 }, "components": { "schemas": { "Login": 3 } } });
        let tokens = [SecurityScheme::password_bearer("token")];
        let mut document = json!({ "info": {}, "paths": { "/token": "theirs" } });
        beside(&mut document, &own, &tokens);
        assert_eq!(document["paths"], json!({ "/token": "theirs", "/own": 2 }));
        assert_eq!(document["components"]["schemas"], json!({ "Login": 3 }));
        assert_eq!(document["components"]["securitySchemes"][LOGIN], tokens[0].to_value());
        for none in [json!([]), json!("text"), json!({ "paths": [], "components": 7 })] {
            let mut left = none.clone();
            beside(&mut left, &own, &tokens);
            assert_eq!(left, none);
        }
    }

    #[test]
    fn what_is_no_guard_asks_nothing() {
        assert_eq!(lock::<axum::extract::State<Auth>>(), "[]");
    }

    #[test]
    fn a_handler_of_others_asks_what_its_first_argument_asks() {
        async fn read(_: ActiveUser, _: axum::extract::Path<u32>, _: axum::Json<String>) {}
        assert_eq!(read.asks_first(), Requirement::of::<ActiveUser>());
        assert_eq!((|_: axum::http::Method| ()).asks_first(), Requirement::default());
    }

    #[test]
    fn a_guard_alone_asks_what_it_asks_in_a_handler() {
        assert_eq!(lock::<ActiveUser>(), r#"[{"OAuth2PasswordBearer":[]}]"#);
        assert_eq!(lock::<Option<ActiveUser>>(), r#"[{},{"OAuth2PasswordBearer":[]}]"#);
        type Either = AnyOf<(ActiveUser<Account>, RawApiKey<Partner>)>;
        assert_eq!(lock::<Either>(), r#"[{"OAuth2PasswordBearer":[]},{"APIKeyHeader":[]}]"#);
    }
}
