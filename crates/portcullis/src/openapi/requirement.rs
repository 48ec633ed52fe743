//! How the guards of one handler become one requirement.

use std::fmt;

use serde_json::{Map, Value, json};

use super::guard::{Guard, LookUp, Way};
use super::security::SecurityScheme;

/// What one argument asks: any of its ways, or none of them where it is optional.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ask {
    ways: Vec<Way>,
    optional: bool,
}

impl Ask {
    /// The only way of a guard that leaves no choice, but of the place where a token stands.
    fn only(&self) -> Option<&Way> {
        match self.ways.as_slice() {
            [way] => Some(way),
            [way, placed] => (way.is_like(placed) && placed.is_elsewhere()).then_some(way),
            _ => None,
        }
    }

    /// Whether `other` asks for the same credentials.
    fn is_like(&self, other: &Self) -> bool {
        self.only()
            .zip(other.only())
            .is_some_and(|(own, other)| own.is_like(other))
    }

    /// Takes in what another asks of the same credentials. They may stand where this one, which is asked first, looks.
    fn take_in(&mut self, other: &Self) {
        for own in &mut self.ways {
            for way in &other.ways {
                own.also(way.scopes.iter().copied());
                own.active |= way.active;
                own.of_no_user |= way.of_no_user;
                own.look_up = own.look_up.or(way.look_up);
            }
        }
        self.optional &= other.optional;
    }
}

/// What all guards of one handler ask together: a caller has to satisfy every one of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirement {
    asks: Vec<Ask>,
}

impl Requirement {
    /// Any of these ways will do.
    pub fn any_of(ways: Vec<Way>) -> Self {
        Self {
            asks: vec![Ask { ways, optional: false }],
        }
    }

    fn ways(&self) -> impl Iterator<Item = &Way> {
        self.asks.iter().flat_map(|ask| &ask.ways)
    }

    /// The ways that take a token of the application's `Auth`.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &Way> {
        self.ways().filter(|way| way.token.is_some())
    }

    /// The names of the scopes that are asked of a token of the application's `Auth`, in the order in which the guards
    /// name them, each once.
    pub fn scopes(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for name in self.tokens().flat_map(|way| &way.scopes) {
            if !names.contains(name) {
                names.push(name);
            }
        }
        names
    }

    /// Whether a disabled user is refused.
    pub fn active(&self) -> bool {
        self.tokens().any(|way| way.active)
    }

    /// Whether a request without credentials passes.
    pub fn optional(&self) -> bool {
        self.asks.iter().all(|ask| ask.optional)
    }

    /// Whether a token of the application's `Auth` is looked for, beside other [schemes](crate::schemes) or alone.
    pub fn takes_tokens(&self) -> bool {
        self.tokens().next().is_some()
    }

    /// The schemes that are looked for beside the tokens of the application's `Auth`.
    pub fn schemes(&self) -> impl Iterator<Item = &SecurityScheme> {
        let others = self.ways().filter(|way| way.token.is_none());
        others.filter_map(|way| way.scheme.as_ref())
    }

    /// What the application's `Auth` is asked about credentials that are no tokens, and whether scopes are asked of them.
    pub(super) fn look_ups(&self) -> impl Iterator<Item = (LookUp, bool)> {
        let others = self.ways().filter(|way| way.token.is_none());
        others.filter_map(|way| Some((way.look_up?, !way.scopes.is_empty())))
    }

    /// Whether a guard among them asks for a token that need not be a user's: an entity's, a client's, or anyone's.
    pub fn of_no_user(&self) -> bool {
        self.tokens().any(|way| way.of_no_user)
    }

    /// All other schemes that the document names.
    pub(super) fn named(&self) -> impl Iterator<Item = &SecurityScheme> {
        self.ways().filter_map(|way| way.scheme.as_ref())
    }

    /// Whether any of them may come elsewhere than in the `Authorization` header.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.ways().any(Way::is_elsewhere)
    }

    /// The scopes that are asked of the tokens of users, in no order.
    pub(crate) fn scopes_of_users(&self) -> impl Iterator<Item = &'static str> {
        let ways = self.tokens().filter(|way| !way.of_no_user);
        ways.flat_map(|way| way.scopes.iter().copied())
    }

    /// Adds what `other` asks. Guards that ask for the same credentials are one: their scopes are joined, and the
    /// credentials may be left out only where every guard allows it.
    pub(crate) fn merge(&mut self, other: &Self) {
        for ask in &other.asks {
            match self.asks.iter_mut().find(|own| own.is_like(ask)) {
                Some(own) => own.take_in(ask),
                None => self.asks.push(ask.clone()),
            }
        }
    }

    pub(crate) fn relax(&mut self) {
        for ask in &mut self.asks {
            ask.optional = true;
        }
    }

    /// OpenAPI's list of alternatives, each one object with all that it takes: an empty one where nothing is needed.
    /// `names` says what a way's schemes are called, any of which will do, none where they have no name: a document that
    /// names none says nothing. FastAPI calls what is optional needed (`as_needed`).
    pub(super) fn to_value(&self, names: impl Fn(&Way) -> Vec<String>, as_needed: bool) -> Option<Value> {
        let mut alternatives: Vec<Map<String, Value>> = vec![Map::new()];
        let mut says = false;
        for ask in &self.asks {
            let named: Vec<_> = ask
                .ways
                .iter()
                .flat_map(|way| names(way).into_iter().map(move |name| (name, way)))
                .collect();
            if named.is_empty() {
                continue;
            }
            says = true;
            let mut next: Vec<Map<String, Value>> = Vec::new();
            for before in alternatives {
                let without = (ask.optional && !as_needed).then(|| before.clone());
                let with = named.iter().map(|(name, way)| with(&before, name, way));
                for object in without.into_iter().chain(with) {
                    if !next.contains(&object) {
                        next.push(object);
                    }
                }
            }
            alternatives = next;
        }
        says.then(|| json!(alternatives))
    }
}

/// An alternative with one way more: the scopes of a scheme that is in it already are joined.
fn with(before: &Map<String, Value>, name: &str, way: &Way) -> Map<String, Value> {
    let mut object = before.clone();
    let entry = object.entry(name).or_insert_with(|| json!([]));
    if let Value::Array(scopes) = entry {
        for scope in &way.scopes {
            if !scopes.iter().any(|own| own == scope) {
                scopes.push((*scope).into());
            }
        }
    }
    object
}

impl From<Guard> for Requirement {
    fn from(guard: Guard) -> Self {
        let mut own = Self::any_of(vec![guard.into()]);
        if guard.is_optional() {
            own.relax();
        }
        own
    }
}

impl fmt::Display for Requirement {
    /// In a few words, such as `token, active user, scopes items` or `APIKeyHeader or HTTPBearer optional`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, ask) in self.asks.iter().enumerate() {
            f.write_str(if number == 0 { "" } else { " and " })?;
            let labels: Vec<_> = ask.ways.iter().map(Way::label).collect();
            write!(
                f,
                "{}{}",
                labels.join(" or "),
                if ask.optional { " optional" } else { "" }
            )?;
            if ask.ways.iter().any(|way| way.active) {
                f.write_str(", active user")?;
            }
            let mut scopes: Vec<&str> = Vec::new();
            for scope in ask.ways.iter().flat_map(|way| &way.scopes) {
                if !scopes.contains(scope) {
                    scopes.push(scope);
                }
            }
            if !scopes.is_empty() {
                write!(f, ", scopes {}", scopes.join(" "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::Declared;

    use super::*;
    use crate::challenge::WwwAuthenticate;
    use crate::openapi::In;

    const ME: Declared = Declared {
        name: "me",
        sentence: "Me.",
    };
    const ITEMS: Declared = Declared {
        name: "items",
        sentence: "Items.",
    };

    fn key(name: &'static str) -> Way {
        let scheme = SecurityScheme::api_key(In::Header, name).named(name);
        Way::new(scheme, WwwAuthenticate::spelled("APIKey"))
    }

    fn one(name: &'static str) -> Requirement {
        Requirement::any_of(vec![key(name)])
    }

    fn optional(mut requirement: Requirement) -> Requirement {
        requirement.relax();
        requirement
    }

    fn all(requirements: impl IntoIterator<Item = Requirement>) -> Requirement {
        let mut all = Requirement::default();
        requirements.into_iter().for_each(|own| all.merge(&own));
        all
    }

    fn written(requirement: &Requirement) -> String {
        let name = |way: &Way| vec![way.label().into_owned()];
        requirement.to_value(name, false).unwrap().to_string()
    }

    #[test]
    fn scopes_of_two_guards_are_joined_in_the_order_first_seen_each_once() {
        let mut both = Requirement::from(Guard::requiring(&[ITEMS, ME], false));
        both.merge(&Guard::requiring(&[ME], true).into());
        assert_eq!(both.scopes(), ["items", "me"]);
        assert!(both.active());
        assert_eq!(written(&both), r#"[{"token":["items","me"]}]"#);
    }

    #[test]
    fn one_guard_that_insists_makes_the_optional_one_beside_it_insist() {
        let mut both = Requirement::from(Guard::requiring(&[], false).optional());
        both.merge(&Guard::requiring(&[], false).optional().into());
        assert!(both.optional());
        assert_eq!(written(&both), r#"[{},{"token":[]}]"#);
        both.merge(&Guard::requiring(&[], false).into());
        assert!(!both.optional());
        assert_eq!(written(&both), r#"[{"token":[]}]"#);
    }

    #[test]
    fn a_scope_named_twice_in_one_guard_counts_once() {
        assert_eq!(Requirement::from(Guard::requiring(&[ME, ME], false)).scopes(), ["me"]);
    }

    #[test]
    fn two_schemes_are_one_object_and_either_of_two_is_two() {
        assert_eq!(written(&all([one("a"), one("b")])), r#"[{"a":[],"b":[]}]"#);
        let either = Requirement::any_of(vec![key("a"), key("b")]);
        assert_eq!(written(&either), r#"[{"a":[]},{"b":[]}]"#);
        let with_third = all([either, one("c")]);
        assert_eq!(written(&with_third), r#"[{"a":[],"c":[]},{"b":[],"c":[]}]"#);
    }

    #[test]
    fn what_is_optional_may_be_left_out_beside_what_is_needed() {
        let half = all([one("a"), optional(one("b"))]);
        assert_eq!(written(&half), r#"[{"a":[]},{"a":[],"b":[]}]"#);
        assert!(!half.optional());
        let name = |way: &Way| vec![way.label().into_owned()];
        assert_eq!(half.to_value(name, true).unwrap().to_string(), r#"[{"a":[],"b":[]}]"#);
    }

    #[test]
    fn one_scheme_that_is_needed_and_one_of_a_choice_is_no_choice_any_more_in_that_object() {
        let own = all([Requirement::any_of(vec![key("a"), key("b")]), one("a")]);
        assert_eq!(written(&own), r#"[{"a":[]},{"b":[],"a":[]}]"#);
    }

    #[test]
    fn only_tokens_of_the_auth_have_scopes_that_a_login_grants() {
        let foreign = Requirement::any_of(vec![key("a").with_scopes(&[ME])]);
        assert_eq!(foreign.scopes(), [""; 0]);
        assert_eq!(written(&foreign), r#"[{"a":["me"]}]"#);
        assert_eq!(
            key("a").with_scopes(&[ME]).first_asking(&[ITEMS, ME]).scopes,
            ["items", "me"]
        );
    }

    #[test]
    fn a_token_that_may_come_in_the_query_is_one_token_with_those_asked_after_it() {
        let way = || Way::from(Guard::requiring(&[ME], false));
        let also = || Requirement::any_of(vec![way(), way().in_query()]);
        let items = || Requirement::from(Guard::requiring(&[ITEMS], true));
        let places = all([also(), items()]);
        assert_eq!(
            written(&places),
            r#"[{"token":["me","items"]},{"TokenInQuery":["me","items"]}]"#
        );
        assert!(places.active() && places.is_elsewhere() && places.schemes().next().is_none());
        // Whoever is asked first looks at the header alone.
        let header = all([items(), also()]);
        assert_eq!(written(&header), r#"[{"token":["items","me"]}]"#);
        assert!(!header.is_elsewhere());
    }

    #[test]
    fn a_token_about_a_thing_is_none_of_a_user() {
        let thing = || Requirement::any_of(vec![Way::from(Guard::requiring(&[ITEMS], false)).of_something()]);
        let both = all([Guard::requiring(&[ME], true).into(), thing()]);
        assert_eq!(written(&both), r#"[{"token":["me"],"EntityToken":["items"]}]"#);
        assert_eq!(both.scopes_of_users().collect::<Vec<_>>(), ["me"]);
        assert_eq!(both.scopes(), ["me", "items"]);
    }

    #[test]
    fn what_has_no_name_in_the_document_is_not_said() {
        assert_eq!(
            Requirement::from(Guard::requiring(&[ME], true)).to_value(|_| Vec::new(), false),
            None
        );
    }

    #[test]
    fn it_is_told_in_a_few_words() {
        let own = all([
            Guard::requiring(&[ME], true).into(),
            optional(Requirement::any_of(vec![key("a"), key("b")])),
        ]);
        assert_eq!(own.to_string(), "token, active user, scopes me and a or b optional");
        let token = Way::from(Guard::requiring(&[ME], false));
        let places = Requirement::any_of(vec![token.clone(), token.in_query()]);
        assert_eq!(places.to_string(), "token or TokenInQuery, scopes me");
    }
}
