//! The schema of a type, made once, and what the reader has to know of it.

use std::any::{TypeId, type_name};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use regex_lite::Regex;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Number, Value};

use super::promise::{Survey, pointed};

/// How many references may lead to one another.
const HOPS: usize = 16;

/// What is known of a type's values.
pub(super) struct Shape {
    root: Value,
    patterns: HashMap<String, Regex>,
    /// Whether a value may hold a secret, in whatever place a client puts it.
    pub(super) secret: bool,
    /// What the schema promises and cannot be kept, with the name of the type.
    pub(super) unkept: Option<String>,
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
        let shape = Arc::new(Self::made::<T>());
        let mut shapes = SHAPES.write().unwrap_or_else(PoisonError::into_inner);
        shapes.entry(id).or_insert(shape).clone()
    }

    /// That of `T`, made for this call.
    pub(super) fn made<T: JsonSchema>() -> Self {
        let schema = SchemaSettings::draft2020_12()
            .into_generator()
            .into_root_schema_for::<T>();
        let shape = Self::new(schema.to_value());
        Self {
            unkept: shape.unkept.map(|unkept| format!("{}: {unkept}", type_name::<T>())),
            ..shape
        }
    }

    pub(super) fn new(root: Value) -> Self {
        let Survey {
            patterns,
            secret,
            unkept,
        } = Survey::of(&root);
        Self {
            root,
            patterns,
            secret,
            unkept,
        }
    }

    /// Whether a text has the form of a pattern of this schema. One that is not known is not kept, and nothing matches it.
    pub(super) fn matches(&self, pattern: &str, text: &str) -> bool {
        self.patterns.get(pattern).is_some_and(|regex| regex.is_match(text))
    }

    /// The schema of the type itself.
    pub(super) fn root(&self) -> &Value {
        self.resolve(&self.root)
    }

    /// What a schema refers to.
    pub(super) fn referred(&self, schema: &Value) -> Option<&Value> {
        pointed(&self.root, schema.get("$ref")?.as_str()?)
    }

    /// What a schema stands for where it is a reference.
    pub(super) fn resolve<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..HOPS {
            match self.referred(schema) {
                Some(target) => schema = target,
                None => return schema,
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
