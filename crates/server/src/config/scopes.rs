//! The table `[scopes]`: what tokens may carry beside the scopes of this server's own routes.

use portcullis_core::{Declared, is_scope_token};

use crate::failure::{Failure, Outcome};

/// Names and the sentence of each, as the docs show it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ScopesTable(Vec<(String, String)>);

impl ScopesTable {
    /// Reads `"blog.add_post" = "Write posts."` and so on from the file at `place`.
    pub(super) fn read(value: &toml::Value, place: &str) -> Outcome<Self> {
        let unfit = |what: String| {
            Failure::usage(
                what,
                "Write each scope as `\"blog.add_post\" = \"Write posts.\"` under [scopes].",
            )
        };
        let table = value
            .as_table()
            .ok_or_else(|| unfit(format!("`scopes` in {place} is no table")))?;
        let mut scopes = Vec::with_capacity(table.len());
        for (name, sentence) in table {
            let sentence = sentence.as_str();
            let (true, Some(sentence)) = (is_scope_token(name), sentence) else {
                return Err(unfit(format!("`scopes.{name}` in {place} is no scope with a sentence")));
            };
            scopes.push((name.clone(), sentence.to_owned()));
        }
        Ok(Self(scopes))
    }

    /// These behind those of our own. They live as long as the process, which reads its settings once.
    pub(crate) fn declared(&self, own: &'static [Declared]) -> &'static [Declared] {
        if self.0.is_empty() {
            return own;
        }
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let others = self.0.iter().filter(|(name, _)| own.iter().all(|own| own.name != name));
        let others = others.map(|(name, sentence)| Declared {
            name: leak(name),
            sentence: leak(sentence),
        });
        let all: Vec<Declared> = own.iter().copied().chain(others).collect();
        Box::leak(all.into_boxed_slice())
    }
}

impl<'a> FromIterator<&'a str> for ScopesTable {
    /// Names alone, each once; the sentence of each is its name.
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let mut scopes: Vec<(String, String)> = Vec::new();
        for name in names {
            if !scopes.iter().any(|(own, _)| own == name) {
                scopes.push((name.to_owned(), name.to_owned()));
            }
        }
        Self(scopes)
    }
}
