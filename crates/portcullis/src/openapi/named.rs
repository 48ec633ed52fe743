//! The security schemes of a document, each by a name of its own.

use serde_json::{Map, Value};

use super::guard::Way;
use super::requirement::Requirement;
use super::security::SecurityScheme;

/// The schemes that the operations of a document name.
pub(super) struct Schemes<'a> {
    /// What the tokens of the application's `Auth` stand for.
    tokens: Option<&'a SecurityScheme>,
    /// By their names, in the order in which they came by; that of `tokens` once it is asked for.
    known: Vec<(String, SecurityScheme)>,
}

impl<'a> Schemes<'a> {
    pub(super) fn new(tokens: Option<&'a SecurityScheme>) -> Self {
        Self {
            tokens,
            known: Vec::new(),
        }
    }

    /// Takes in the schemes of an operation, those of `Auth`'s tokens too.
    pub(super) fn take_in(&mut self, requirement: &Requirement) {
        if let Some(tokens) = self.tokens.filter(|_| requirement.takes_tokens()) {
            self.put(tokens);
        }
        for scheme in requirement.schemes() {
            self.put(scheme);
        }
    }

    /// Two schemes of one name are two in the document: the second one's name gets a number.
    fn put(&mut self, scheme: &SecurityScheme) {
        if self.known.iter().any(|(_, known)| known == scheme) {
            return;
        }
        let is_taken = |name: &str| {
            let of_tokens = self.tokens.is_some_and(|own| own.name() == name && own != scheme);
            of_tokens || self.known.iter().any(|(known, _)| known == name)
        };
        let own = scheme.name().to_owned();
        let mut names = std::iter::once(own.clone()).chain((2_usize..).map(|number| format!("{own}{number}")));
        if let Some(free) = names.find(|name| !is_taken(name)) {
            self.known.push((free, scheme.clone()));
        }
    }

    /// What a way's scheme is called; `None` where it has no name.
    pub(super) fn name(&self, way: &Way) -> Option<String> {
        let scheme = way.scheme.as_ref().or(self.tokens)?;
        let known = self.known.iter().find(|(_, known)| known == scheme);
        known.map(|(name, _)| name.clone())
    }

    /// OpenAPI's `securitySchemes`.
    pub(super) fn into_value(self) -> Map<String, Value> {
        let known = self.known.into_iter();
        known.map(|(name, scheme)| (name, scheme.to_value())).collect()
    }
}
