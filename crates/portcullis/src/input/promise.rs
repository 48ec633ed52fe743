//! Whether everything that a schema asks is asked of values.

use std::collections::HashMap;

use regex_lite::Regex;
use serde_json::Value;

use super::echo;

/// Keywords by which a schema would refuse values, and which are not looked at.
const UNKEPT: [&str; 14] = [
    "$dynamicRef",
    "$recursiveRef",
    "additionalItems",
    "contains",
    "contentSchema",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "then",
    "unevaluatedItems",
];

/// What a look through a schema finds.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) patterns: HashMap<String, Regex>,
    /// Whether a value may hold a secret, in whatever place a client puts it.
    pub(super) secret: bool,
    /// The first keyword that cannot be kept, and why.
    pub(super) unkept: Option<String>,
}

impl Survey {
    /// Looks through all of a schema and what it holds.
    pub(super) fn of(root: &Value) -> Self {
        let mut survey = Self::default();
        survey.schema(root, root);
        survey
    }

    fn schema(&mut self, root: &Value, schema: &Value) {
        let Value::Object(keywords) = schema else {
            if !schema.is_boolean() {
                self.unkept(&schema.to_string(), "it stands in the place of a schema");
            }
            return;
        };
        for (keyword, said) in keywords {
            let kept = match keyword.as_str() {
                "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
                    said.is_u64()
                }
                "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => said.is_number(),
                "multipleOf" => said.as_f64().is_some_and(|step| step > 0.0),
                "uniqueItems" | "unevaluatedProperties" => said.is_boolean(),
                "required" => said.as_array().is_some_and(|names| names.iter().all(Value::is_string)),
                "enum" => said.is_array(),
                "type" => is_type(said),
                "$ref" => said.as_str().is_some_and(|text| pointed(root, text).is_some()),
                "pattern" => self.pattern(said.as_str().unwrap_or_default(), keyword) && said.is_string(),
                "format" => {
                    self.secret |= said == "password";
                    true
                }
                "writeOnly" => {
                    self.secret |= *said == Value::Bool(true);
                    true
                }
                "items" | "additionalProperties" | "not" | "propertyNames" => {
                    self.schema(root, said);
                    true
                }
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => self.all(root, said.as_array().map(|all| all.iter())),
                "properties" | "patternProperties" | "$defs" | "definitions" => self.named(root, keyword, said),
                name => !UNKEPT.contains(&name),
            };
            if !kept {
                self.unkept(keyword, "it is not asked of values");
            }
        }
    }

    fn all<'v>(&mut self, root: &Value, schemas: Option<impl Iterator<Item = &'v Value>>) -> bool {
        let is_list = schemas.is_some();
        schemas
            .into_iter()
            .flatten()
            .for_each(|schema| self.schema(root, schema));
        is_list
    }

    fn named(&mut self, root: &Value, keyword: &str, said: &Value) -> bool {
        let names = said.as_object();
        for name in names.into_iter().flat_map(|names| names.keys()) {
            match keyword {
                "properties" => self.secret |= echo::is_secret(name),
                "patternProperties" => _ = self.pattern(name, keyword),
                _ => {}
            }
        }
        self.all(root, names.map(|names| names.values()))
    }

    fn pattern(&mut self, pattern: &str, keyword: &str) -> bool {
        match Regex::new(pattern) {
            Ok(regex) => _ = self.patterns.insert(pattern.to_owned(), regex),
            Err(error) => self.unkept(&format!("{keyword}: {pattern}"), &error.to_string()),
        }
        true
    }

    fn unkept(&mut self, what: &str, why: &str) {
        self.unkept
            .get_or_insert_with(|| format!("the schema says `{what}`, which cannot be enforced: {why}"));
    }
}

fn is_type(said: &Value) -> bool {
    let known = |name: &Value| {
        let known = ["string", "integer", "number", "boolean", "array", "object", "null"];
        name.as_str().is_some_and(|name| known.contains(&name))
    };
    match said {
        Value::Array(several) => !several.is_empty() && several.iter().all(known),
        one => known(one),
    }
}

/// The schema at the end of a reference within its document.
pub(super) fn pointed<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer))
}
