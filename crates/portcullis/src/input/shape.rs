//! The schema of a type, made once, and what the reader has to know of it.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use regex_lite::Regex;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Number, Value};

use super::echo;

/// How many references may lead to one another.
const HOPS: usize = 16;

/// What is known of a type's values.
pub(super) struct Shape {
    root: Value,
    patterns: HashMap<String, Option<Regex>>,
    /// Whether the schema asks something that serde does not look at.
    pub(super) constrained: bool,
    /// Whether a value may hold a secret, in whatever place a client puts it.
    pub(super) secret: bool,
}

type Shapes = RwLock<HashMap<TypeId, Arc<Shape>>>;

static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::default);

impl Shape {
    /// That of `T`. There are as many as types that handlers take, so all are kept.
    pub(super) fn of<T: JsonSchema + 'static>() -> Arc<Self> {
        let id = TypeId::of::<T>();
        if let Some(known) = SHAPES.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return known.clone();
        }
        let schema = SchemaSettings::draft2020_12()
            .into_generator()
            .into_root_schema_for::<T>();
        let shape = Arc::new(Self::new(schema.to_value()));
        let mut shapes = SHAPES.write().unwrap_or_else(PoisonError::into_inner);
        shapes.entry(id).or_insert(shape).clone()
    }

    pub(super) fn new(root: Value) -> Self {
        let mut shape = Self {
            root: Value::Null,
            patterns: HashMap::new(),
            constrained: false,
            secret: false,
        };
        shape.survey(&root);
        Self { root, ..shape }
    }

    fn survey(&mut self, value: &Value) {
        match value {
            Value::Object(object) => {
                let bounds = natural_bounds(value);
                for (name, inner) in object {
                    match (name.as_str(), inner) {
                        ("pattern", Value::String(pattern)) => self.pattern(pattern),
                        ("minimum", Value::Number(bound)) => {
                            self.constrained |= bound.as_i128() != bounds.map(|(least, _)| least);
                        }
                        ("maximum", Value::Number(bound)) => {
                            self.constrained |= bound.as_i128() != bounds.map(|(_, most)| most);
                        }
                        (
                            "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "minLength" | "maxLength"
                            | "minItems" | "maxItems",
                            Value::Number(_),
                        ) => self.constrained = true,
                        ("format", Value::String(format)) => self.secret |= format == "password",
                        ("writeOnly", Value::Bool(hidden)) => self.secret |= hidden,
                        ("properties", Value::Object(members)) => {
                            self.secret |= members.keys().any(|name| echo::is_secret(name));
                        }
                        _ => {}
                    }
                    self.survey(inner);
                }
            }
            Value::Array(items) => items.iter().for_each(|inner| self.survey(inner)),
            _ => {}
        }
    }

    fn pattern(&mut self, pattern: &str) {
        self.constrained = true;
        let compiled = Regex::new(pattern);
        if let Err(error) = &compiled {
            tracing::warn!(pattern, %error, "the pattern of a schema cannot be read and is not asked of values");
        }
        self.patterns.insert(pattern.to_owned(), compiled.ok());
    }

    /// Whether a text has the form of a pattern of this schema.
    pub(super) fn matches(&self, pattern: &str, text: &str) -> bool {
        match self.patterns.get(pattern) {
            Some(Some(regex)) => regex.is_match(text),
            _ => true,
        }
    }

    /// The schema of the type itself.
    pub(super) fn root(&self) -> &Value {
        self.resolve(&self.root)
    }

    /// What a schema stands for where it is a reference.
    pub(super) fn resolve<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..HOPS {
            let Some(pointer) = schema.get("$ref").and_then(Value::as_str) else {
                return schema;
            };
            match pointer.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)) {
                Some(target) => schema = target,
                None => return &Value::Null,
            }
        }
        &Value::Null
    }
}

/// The least and the largest number of Rust's integer type that a schema's `format` names; of those that JSON numbers
/// can carry here.
pub(super) fn natural_bounds(schema: &Value) -> Option<(i128, i128)> {
    let (least, most) = match schema.get("format")?.as_str()? {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" | "int" => (i64::MIN.into(), i64::MAX.into()),
        "int128" => (i64::MIN.into(), u64::MAX.into()),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" | "uint" | "uint128" => (0, u64::MAX.into()),
        _ => return None,
    };
    Some((least, most))
}

/// A whole number as JSON carries it.
pub(super) fn number(whole: i128) -> Option<Number> {
    Number::from_i128(whole)
}
