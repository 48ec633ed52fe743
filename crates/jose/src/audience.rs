//! `aud`: a text or a list of texts, and which of the two it was.

use serde::ser::{Serialize, Serializer};

/// Whom a token is for: nobody in particular, one, or a list (RFC 7519 §4.1.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    names: Vec<String>,
    form: AudienceForm,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum AudienceForm {
    #[default]
    Absent,
    One,
    List,
}

impl Audience {
    /// Whether the claim is there at all.
    pub fn is_present(&self) -> bool {
        self.form != AudienceForm::Absent
    }

    /// Whether it is a list, be it of one name.
    pub fn is_list(&self) -> bool {
        self.form == AudienceForm::List
    }

    /// The names in it.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

impl From<Option<String>> for Audience {
    fn from(one: Option<String>) -> Self {
        one.map_or_else(Self::default, |name| Self {
            names: vec![name],
            form: AudienceForm::One,
        })
    }
}

impl From<Vec<String>> for Audience {
    fn from(names: Vec<String>) -> Self {
        let form = AudienceForm::List;
        Self { names, form }
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.form, self.names.as_slice()) {
            (AudienceForm::One, [one]) => serializer.serialize_str(one),
            (_, names) => serializer.collect_seq(names),
        }
    }
}
