//! What the document promises of a body is enforced, or the program does not start.

use std::collections::HashSet;
use std::num::NonZeroI8;
use std::panic::catch_unwind;

use axum::routing;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::*;

/// The status that a body gets where a handler takes a `T`, and the kind of its first error.
async fn told<T>(body: &str) -> (StatusCode, Value)
where
    T: serde::de::DeserializeOwned + JsonSchema + Send + 'static,
{
    let routes = ApiRouter::new().api_route("/", post(async |_: Json<T>| {}));
    let (status, answer) = send(routes, "/", body.to_owned()).await;
    (status, first(&answer)["type"].clone())
}

async fn is_refused<T>(kind: &str, bodies: &[&str])
where
    T: serde::de::DeserializeOwned + JsonSchema + Send + 'static,
{
    for body in bodies {
        let refused = (StatusCode::UNPROCESSABLE_ENTITY, json!(kind));
        assert_eq!(told::<T>(body).await, refused, "{body}");
    }
}

async fn is_taken<T>(bodies: &[&str])
where
    T: serde::de::DeserializeOwned + JsonSchema + Send + 'static,
{
    for body in bodies {
        assert_eq!(told::<T>(body).await, (StatusCode::OK, Value::Null), "{body}");
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Default)]
struct Order {
    #[serde(alias = "qty", default)]
    #[schemars(range(max = 10))]
    quantity: u32,
    #[serde(alias = "n")]
    #[schemars(length(max = 3))]
    note: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct Strict {
    #[serde(alias = "qty")]
    #[schemars(range(max = 10))]
    quantity: u32,
}

#[tokio::test]
async fn an_alias_goes_around_nothing() {
    async fn echo(order: Json<Order>) -> Json<Order> {
        order
    }
    async fn query(Query(order): Query<Order>) -> Json<Order> {
        Json(order)
    }
    let routes = || ApiRouter::new().api_route("/", post(echo)).api_route("/q", get(query));
    let (status, answer) = send(routes(), "/", r#"{"qty": 5000, "n": "far too long"}"#).await;
    assert_eq!(
        (status, answer),
        (StatusCode::OK, json!({ "quantity": 0, "note": null })),
        "not seen"
    );
    let request = Request::get("/q?qty=5000&n=far+too+long").body(Body::empty()).unwrap();
    let (status, answer) = ask(routes().finish(()), request).await;
    assert_eq!(
        (status, answer),
        (StatusCode::OK, json!({ "quantity": 0, "note": null })),
        "not seen"
    );
    is_refused::<Order>("less_than_equal", &[r#"{"quantity": 11, "qty": 1}"#]).await;
    is_refused::<Order>("string_too_long", &[r#"{"note": "long"}"#]).await;
    is_refused::<Strict>("missing", &[r#"{"qty": 5}"#]).await;
    is_refused::<Strict>("extra_forbidden", &[r#"{"quantity": 5, "qty": 5000}"#]).await;
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Shape {
    #[serde(alias = "ring")]
    Circle(#[schemars(range(max = 10))] u32),
    Square {
        #[serde(alias = "s")]
        #[schemars(range(max = 10))]
        side: u32,
    },
    #[serde(alias = "dot")]
    Point,
}

#[tokio::test]
async fn nor_does_the_alias_of_a_kind() {
    is_taken::<Shape>(&[r#"{"circle": 10}"#, r#"{"square": {"side": 10}}"#, r#""point""#]).await;
    is_refused::<Shape>("less_than_equal", &[r#"{"circle": 11}"#, r#"{"square": {"side": 11}}"#]).await;
    is_refused::<Shape>("missing", &[r#"{"square": {"s": 11}}"#]).await;
    is_refused::<Shape>("value_error", &[r#"{"ring": 11}"#, r#""dot""#]).await;
    is_refused::<Shape>("extra_forbidden", &[r#"{"ring": 1, "circle": 1}"#]).await;
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only read")]
enum Either {
    Counted {
        #[schemars(range(max = 10))]
        quantity: u32,
    },
    Noted {
        quantity: u32,
        #[schemars(length(max = 3))]
        note: Option<String>,
    },
    Named {
        quantity: String,
    },
    List(Vec<Either>),
}

#[tokio::test]
async fn of_several_kinds_that_fit_all_must_hold() {
    is_taken::<Either>(&[
        r#"{"quantity": 10}"#,
        r#"{"quantity": "x"}"#,
        r#"[{"quantity": 1}]"#,
        "[]",
    ])
    .await;
    is_refused::<Either>(
        "less_than_equal",
        &[
            r#"{"quantity": 11}"#,
            r#"{"quantity": 11, "note": null}"#,
            r#"[{"quantity": 1}, {"quantity": 11}]"#,
            r#"[[[{"quantity": 11}]]]"#,
        ],
    )
    .await;
    is_refused::<Either>("string_too_long", &[r#"{"quantity": 1, "note": "long"}"#]).await;
    is_refused::<Either>("value_error", &[r#"{"quantity": true}"#, "5", "{}"]).await;
}

#[derive(Deserialize, JsonSchema)]
struct Flat {
    #[schemars(range(max = 10))]
    outer: u32,
    #[serde(flatten)]
    order: Order,
    #[serde(flatten)]
    kind: Figure,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("maximum" = 10))]
#[expect(dead_code, reason = "only read")]
struct Small(u32);

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
struct Deep {
    /// Said beside the reference.
    #[schemars(extend("maximum" = 5))]
    small: Small,
    inner: Option<Box<Deep>>,
    #[serde(default)]
    all: HashMap<String, Option<Small>>,
}

#[tokio::test]
async fn what_is_asked_in_flattened_nested_and_referred_types_is_asked() {
    is_taken::<Flat>(&[r#"{"outer": 1, "quantity": 1, "kind": "circle", "radius": 1}"#]).await;
    is_refused::<Flat>(
        "less_than_equal",
        &[
            r#"{"outer": 11, "kind": "square", "side": 1}"#,
            r#"{"outer": 1, "quantity": 11, "kind": "square", "side": 1}"#,
        ],
    )
    .await;
    is_refused::<Flat>(
        "greater_than_equal",
        &[r#"{"outer": 1, "kind": "circle", "radius": 0}"#],
    )
    .await;
    is_taken::<Deep>(&[r#"{"small": 5, "inner": {"small": "5"}, "all": {"a": null, "b": 10}}"#]).await;
    is_refused::<Deep>(
        "less_than_equal",
        &[
            r#"{"small": 6}"#,
            r#"{"small": "6"}"#,
            r#"{"small": 5, "inner": {"small": 6}}"#,
            r#"{"small": 5, "all": {"b": 11}}"#,
        ],
    )
    .await;
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
struct Kinds {
    #[schemars(email)]
    email: Option<String>,
    #[schemars(url)]
    url: Option<String>,
    #[schemars(extend("minProperties" = 2))]
    labels: Option<HashMap<String, u8>>,
    by_number: Option<BTreeMap<u8, u8>>,
    not_zero: Option<NonZeroI8>,
    #[schemars(length(min = 2))]
    set: Option<HashSet<u8>>,
    #[schemars(extend("type" = ["string", "integer"], "maxLength" = 2, "maximum" = 9))]
    any: Option<Value>,
    #[schemars(extend("multipleOf" = 2.5))]
    step: Option<i32>,
    #[schemars(inner(length(max = 2)))]
    words: Option<Vec<String>>,
}

#[tokio::test]
async fn every_keyword_that_schemas_are_made_of_is_enforced() {
    is_refused::<Kinds>(
        "value_error",
        &[r#"{"email": "x"}"#, r#"{"url": "x"}"#, r#"{"any": true}"#],
    )
    .await;
    is_refused::<Kinds>("value_error", &[r#"{"not_zero": 0}"#, r#"{"not_zero": "0"}"#]).await;
    is_refused::<Kinds>("too_short", &[r#"{"labels": {"a": 1}}"#, r#"{"set": [1, 1, 1]}"#]).await;
    is_refused::<Kinds>("extra_forbidden", &[r#"{"by_number": {"x": 1}}"#]).await;
    is_refused::<Kinds>("string_too_long", &[r#"{"any": "abc"}"#, r#"{"words": ["abc"]}"#]).await;
    is_refused::<Kinds>("less_than_equal", &[r#"{"any": 10}"#]).await;
    is_refused::<Kinds>("multiple_of", &[r#"{"step": 6}"#]).await;
    is_taken::<Kinds>(&[
        r#"{"email": "a@b.c", "url": "https://a.b", "labels": {"a": 1, "b": 2}, "by_number": {"7": 1}}"#,
        r#"{"not_zero": 1, "set": [1, 2, 2], "any": "ab", "step": 5, "words": ["ab"]}"#,
        r#"{"any": 9, "unknown": 1}"#,
    ])
    .await;
}

#[tokio::test]
async fn a_member_that_comes_twice_is_refused_wherever_it_stands() {
    is_refused::<HashMap<String, Value>>(
        "value_error",
        &[r#"{"a": 1, "a": 1}"#, r#"{"b": [{"a": 1, "\u0061": 2}]}"#],
    )
    .await;
    is_refused::<Order>("value_error", &[r#"{"unknown": {"a": 1, "a": 2}}"#]).await;
}

/// A type that says of its values whatever it is told to.
macro_rules! says {
    ($name:ident, $schema:tt) => {
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "only read")]
        struct $name(Value);

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

says!(Letters, { "type": "string", "pattern": "^[\\p{L} ]+$" });
says!(Keys, { "type": "object", "patternProperties": { "(?=a)": true } });
says!(Conditional, { "if": { "type": "string" }, "then": { "minLength": 1 } });
says!(Containing, { "type": "array", "contains": { "const": 1 } });
says!(Lost, { "$ref": "#/$defs/Nobody" });
says!(Old, { "type": "number", "minimum": 1, "exclusiveMinimum": true });
says!(Half, { "type": "string", "minLength": 0.5 });
says!(Typed, { "type": "text" });

#[derive(JsonSchema, Deserialize)]
#[expect(dead_code, reason = "only read")]
struct Holder {
    inner: Option<Vec<Letters>>,
}

/// With what a program ends that takes a `T` where it starts.
fn ends<T: serde::de::DeserializeOwned + JsonSchema + Send + 'static>() -> String {
    let routes = || {
        ApiRouter::<()>::new()
            .api_route("/", post(async |_: Json<T>| {}))
            .finish(())
    };
    let words = catch_unwind(routes).expect_err("it starts");
    words.downcast_ref::<String>().cloned().expect("a sentence")
}

#[test]
fn what_cannot_be_enforced_stops_the_program_with_the_type_and_the_keyword() {
    let sentence = ends::<Letters>();
    assert!(
        sentence.contains("Letters") && sentence.contains(r"pattern: ^[\p{L} ]+$"),
        "{sentence}"
    );
    for (sentence, keyword) in [
        (ends::<Holder>(), "pattern"),
        (ends::<Keys>(), "patternProperties"),
        (ends::<Conditional>(), "`if`"),
        (ends::<Containing>(), "`contains`"),
        (ends::<Lost>(), "`$ref`"),
        (ends::<Old>(), "`exclusiveMinimum`"),
        (ends::<Half>(), "`minLength`"),
        (ends::<Typed>(), "`type`"),
    ] {
        assert!(sentence.contains(keyword), "{sentence}");
    }
    let hidden = || {
        let methods = get(async |_: Query<Holder>| {}).hidden();
        ApiRouter::<()>::new().api_route("/", methods).finish(())
    };
    assert!(
        catch_unwind(hidden).is_err(),
        "a query, and a route that the document hides"
    );
}

#[tokio::test]
async fn beside_our_router_such_a_type_is_read_by_nobody() {
    let app = Router::new().route("/", routing::post(async |_: Json<Letters>| {}));
    let request = Request::post("/").header("content-type", "application/json");
    let (status, _) = ask(app, request.body(Body::from(r#""x""#)).unwrap()).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "some of it is only read")]
enum Listed {
    Pair {
        #[schemars(range(max = 10))]
        a: u32,
        #[schemars(range(max = 10))]
        b: u32,
    },
    Inner {
        pair: Small2,
    },
    Other {
        pair: Vec<u32>,
    },
    List(Vec<u32>),
}

#[derive(Deserialize, JsonSchema)]
struct Small2 {
    #[schemars(range(max = 10))]
    a: u32,
}

#[tokio::test]
async fn a_struct_that_could_stand_as_a_list_is_held_as_one() {
    is_taken::<Listed>(&["[1, 2]", "[50, 60, 70]", r#"{"pair": [10]}"#, r#"{"pair": [50, 60]}"#]).await;
    is_refused::<Listed>("less_than_equal", &["[50, 1]", "[1, 50]", r#"{"pair": [50]}"#]).await;
    is_refused::<Small2>("model_attributes_type", &["[5]"]).await;
}

/// A body of the words that the types of these tests know.
fn words() -> impl Strategy<Value = Value> {
    let names = prop_oneof![
        Just("quantity"),
        Just("qty"),
        Just("note"),
        Just("n"),
        Just("a"),
        Just("b"),
        Just("pair"),
        Just("kind"),
        Just("radius"),
        Just("side"),
        Just("circle"),
        Just("square"),
        Just("outer"),
    ];
    let leaf = prop_oneof![
        (0_u32..30).prop_map(Value::from),
        prop_oneof![
            Just("5"),
            Just("50"),
            Just("x"),
            Just("far too long"),
            Just("circle"),
            Just("square")
        ]
        .prop_map(Value::from),
        Just(Value::Null),
        Just(json!(5.0)),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..4).prop_map(|members| Value::Object(
                members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()
            )),
        ]
    })
}

/// What is read of a body, if it is taken.
fn taken<T: serde::de::DeserializeOwned + JsonSchema + 'static>(body: &Value) -> Option<T> {
    let body = body::Body {
        bytes: body.to_string().into_bytes(),
        is_json: true,
    };
    read::body(&body).ok()
}

fn keeps(order: &Order) -> bool {
    order.quantity <= 10 && order.note.as_ref().is_none_or(|note| note.len() <= 3)
}

fn either_keeps(either: &Either) -> bool {
    match either {
        Either::Counted { quantity } => *quantity <= 10,
        Either::Noted { note, .. } => note.as_ref().is_none_or(|note| note.chars().count() <= 3),
        Either::Named { .. } => true,
        Either::List(all) => all.iter().all(either_keeps),
    }
}

fn listed_keeps(listed: &Listed) -> bool {
    match listed {
        Listed::Pair { a, b } => *a <= 10 && *b <= 10,
        Listed::Inner { pair } => pair.a <= 10,
        Listed::Other { .. } | Listed::List(_) => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_taken_keeps_what_the_schema_promises(body in words()) {
        if let Some(order) = taken::<Order>(&body) {
            prop_assert!(keeps(&order), "{body}");
        }
        if let Some(either) = taken::<Either>(&body) {
            prop_assert!(either_keeps(&either), "{body}");
        }
        if let Some(listed) = taken::<Listed>(&body) {
            prop_assert!(listed_keeps(&listed), "{body}");
        }
        if let Some(flat) = taken::<Flat>(&body) {
            let right = match flat.kind {
                Figure::Circle { radius } => radius >= 1,
                Figure::Square { .. } => true,
            };
            prop_assert!(right && flat.outer <= 10 && keeps(&flat.order), "{body}");
        }
        if let Some(Shape::Circle(size) | Shape::Square { side: size }) = taken::<Shape>(&body) {
            prop_assert!(size <= 10, "{body}");
        }
    }
}
