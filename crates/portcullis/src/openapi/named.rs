//! The security schemes of a document, each by a name of its own.

use serde_json::{Map, Value};

use super::guard::Way;
use super::requirement::Requirement;
use super::security::SecurityScheme;

/// The schemes that the operations of a document name.
pub(super) struct Schemes<'a> {
    /// What the tokens of the application's `Auth` stand for, and then what a user may bring in their place.
    tokens: &'a [SecurityScheme],
    /// By their names, in the order in which they came by; those of `tokens` once they are asked for.
    known: Vec<(String, SecurityScheme)>,
}

impl<'a> Schemes<'a> {
    pub(super) fn new(tokens: &'a [SecurityScheme]) -> Self {
        Self {
            tokens,
            known: Vec::new(),
        }
    }

    /// Takes in the schemes of an operation, those of `Auth`'s tokens too.
    pub(super) fn take_in(&mut self, requirement: &Requirement) {
        for way in requirement.tokens() {
            for scheme in self.behind(way) {
                self.put(scheme);
            }
        }
        for scheme in requirement.named() {
            self.put(scheme);
        }
    }

    /// Two schemes of one name are two in the document: the second one's name gets a number.
    fn put(&mut self, scheme: &SecurityScheme) {
        if self.known.iter().any(|(_, known)| known == scheme) {
            return;
        }
        let is_taken = |name: &str| {
            let of_tokens = self.tokens.iter().any(|own| own.name() == name && own != scheme);
            of_tokens || self.known.iter().any(|(known, _)| known == name)
        };
        let own = scheme.name().to_owned();
        let mut names = std::iter::once(own.clone()).chain((2_usize..).map(|number| format!("{own}{number}")));
        if let Some(free) = names.find(|name| !is_taken(name)) {
            self.known.push((free, scheme.clone()));
        }
    }

    /// What stands for a token that is shown as no other scheme: whoever is no user has no cookie.
    fn behind(&self, way: &Way) -> &'a [SecurityScheme] {
        match way {
            Way { scheme: Some(_), .. } => &[],
            way if way.of_no_user => self.tokens.get(..1).unwrap_or_default(),
            _ => self.tokens,
        }
    }

    /// Whether something else than a token in `Authorization` would do.
    pub(super) fn take_cookies(&self, requirement: &Requirement) -> bool {
        requirement
            .tokens()
            .any(|way| self.behind(way).iter().any(SecurityScheme::is_elsewhere))
    }

    /// What a way's schemes are called, any of which will do; none where it has no name.
    pub(super) fn names(&self, way: &Way) -> Vec<String> {
        let schemes = way
            .scheme
            .as_ref()
            .map_or_else(|| self.behind(way), std::slice::from_ref);
        let known = |scheme| self.known.iter().find(|(_, known)| known == scheme);
        let names = schemes.iter().filter_map(known).map(|(name, _)| name.clone());
        names.collect()
    }

    /// OpenAPI's `securitySchemes`.
    pub(super) fn into_value(self) -> Map<String, Value> {
        let known = self.known.into_iter();
        known.map(|(name, scheme)| (name, scheme.to_value())).collect()
    }
}
