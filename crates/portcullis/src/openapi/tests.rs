use std::collections::HashMap;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::response::Html;
use http::StatusCode;
use http::request::Parts;
use portcullis_core::{Declared, Scopes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;
use crate::{Answers, ApiRouter, get, post};

// Stand-ins for the extractors: only what they say of themselves matters here.

macro_rules! stand_in {
    ($name:ident<$($generic:ident: $bound:path),*>, $operation:ident => $says:expr) => {
        struct $name<$($generic),*>(std::marker::PhantomData<($($generic,)*)>);
        impl<S: Send + Sync, $($generic: $bound),*> FromRequestParts<S> for $name<$($generic),*> {
            type Rejection = StatusCode;
            async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
                Ok(Self(std::marker::PhantomData))
            }
        }
        impl<$($generic: $bound),*> Describe for $name<$($generic),*> {
            fn describe($operation: &mut Operation) {
                $says;
            }
        }
    };
}

stand_in!(Login<>, operation => operation.login_form());
stand_in!(Current<>, operation => operation.guard(Guard::requiring(&[], false)));
stand_in!(Active<Q: Scopes>, operation => operation.guard(Guard::requiring(Q::LIST, true)));
stand_in!(InQuery<T: JsonSchema>, operation => operation.parameters::<T>(In::Query));
stand_in!(XToken<>, operation => {
    let schema = operation.schema::<String>();
    operation.parameter(Parameter {
        name: "x-token".into(), location: In::Header, required: true, description: None, schema,
    });
});
stand_in!(JsonBody<T: JsonSchema>, operation => operation.body_of::<T>("application/json"));
impl<T: JsonSchema> DescribeOptional for InQuery<T> {}
impl<T: JsonSchema> DescribeOptional for JsonBody<T> {}
impl DescribeOptional for Current {}

macro_rules! optional {
    ($($name:ident<$($generic:ident: $bound:path)?>),+) => {$(
        impl<S: Send + Sync, $($generic: $bound)?> axum::extract::OptionalFromRequestParts<S> for $name<$($generic)?> {
            type Rejection = StatusCode;
            async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Option<Self>, StatusCode> {
                Ok(None)
            }
        }
    )+};
}
optional!(InQuery<T: JsonSchema>, JsonBody<T: JsonSchema>, Current<>);

portcullis_core::scopes! {
    /// Read information about the current user.
    Me = "me";
    /// Read items.
    Items = "items";
}

#[derive(Serialize, JsonSchema)]
struct Token {
    access_token: String,
    token_type: String,
}

#[derive(Serialize, JsonSchema)]
struct User {
    username: String,
    email: Option<String>,
    full_name: Option<String>,
    disabled: Option<bool>,
}

#[derive(Serialize, JsonSchema)]
struct Item {
    item_id: String,
    owner: String,
}

async fn login_for_access_token(_: Login) -> Result<Json<Token>, StatusCode> {
    Err(StatusCode::IM_A_TEAPOT)
}
async fn read_users_me(_: Active<()>) -> Result<Json<User>, StatusCode> {
    Err(StatusCode::IM_A_TEAPOT)
}
async fn read_own_items(_: Active<()>) -> Json<Vec<Item>> {
    Json(Vec::new())
}
mod scoped {
    use super::*;
    pub(super) async fn read_users_me(_: Active<Me>) -> Result<Json<User>, StatusCode> {
        Err(StatusCode::IM_A_TEAPOT)
    }
    pub(super) async fn read_own_items(_: Active<Items>, _: Active<Me>) -> Json<Value> {
        Json(Value::Null)
    }
    pub(super) async fn read_system_status(_: Current) -> Json<Value> {
        Json(Value::Null)
    }
}

fn chapter() -> ApiRouter {
    ApiRouter::new()
        .title("FastAPI")
        .api_route("/token", post(login_for_access_token))
        .api_route("/users/me/", get(read_users_me))
        .api_route("/users/me/items/", get(read_own_items).untyped())
}

fn sequel() -> ApiRouter {
    ApiRouter::new()
        .title("FastAPI")
        .api_route("/token", post(login_for_access_token))
        .api_route("/users/me/", get(scoped::read_users_me))
        .api_route("/users/me/items/", get(scoped::read_own_items))
        .api_route("/status/", get(scoped::read_system_status))
}

fn scheme(scopes: &[Declared]) -> SecurityScheme {
    scopes
        .iter()
        .fold(SecurityScheme::password_bearer("token"), |scheme, scope| {
            scheme.scope(scope.name, scope.sentence)
        })
}

/// Where two values differ.
fn differences(at: &str, ours: &Value, theirs: &Value) -> Vec<String> {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let names: std::collections::BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
            let member = |map: &serde_json::Map<String, Value>, name: &str| map.get(name).cloned().unwrap_or_default();
            names
                .into_iter()
                .flat_map(|name| differences(&format!("{at}/{name}"), &member(ours, name), &member(theirs, name)))
                .collect()
        }
        _ if ours == theirs => Vec::new(),
        _ => vec![format!("{at}: ours {ours}, theirs {theirs}")],
    }
}

fn assert_same(ours: &Document, theirs: &str) {
    let theirs: Value = serde_json::from_str(theirs).unwrap();
    assert_eq!(differences("", ours.value(), &theirs), Vec::<String>::new());
    assert_eq!(ours.value(), &theirs);
}

#[test]
fn the_chapter_has_fastapis_document_whole() {
    let document = chapter().openapi(Some(&scheme(&[])), &Answers::fastapi());
    assert_same(&document, include_str!("../../testdata/openapi/jwt.json"));
}

#[test]
fn the_sequel_has_fastapis_document_whole() {
    let document = sequel().openapi(Some(&scheme(<(Me, Items)>::LIST)), &Answers::fastapi_scopes());
    assert_same(&document, include_str!("../../testdata/openapi/scopes.json"));
}

#[test]
fn routes_and_members_stand_in_the_order_of_the_code() {
    let text = String::from_utf8(chapter().openapi(None, &Answers::fastapi()).to_bytes().to_vec()).unwrap();
    let place = |needle: &str| text.find(needle).unwrap_or_else(|| panic!("{needle} in {text}"));
    assert!(place("\"/token\"") < place("\"/users/me/\""));
    assert!(place("\"username\":{\"type\":\"string\",\"title\":\"Username\"},\"email\"") < place("\"disabled\""));
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
    Green,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Part {
    name: String,
    weight: Option<f64>,
}

/// A thing.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Thing {
    thing_id: i64,
    full_name: String,
    color: Color,
    spare: Option<Color>,
    parts: Vec<Part>,
    main: Option<Part>,
    labels: HashMap<String, String>,
    #[serde(default)]
    extra: Value,
    #[serde(default = "price")]
    #[schemars(range(min = 0.5))]
    price: f64,
    tags: Option<Vec<String>>,
}

fn price() -> f64 {
    1.5
}

fn ten() -> i32 {
    10
}

fn hundred() -> i32 {
    100
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Wish {
    q: Option<String>,
    #[serde(default = "ten")]
    limit: i32,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Filter {
    #[serde(default = "hundred")]
    limit: i32,
    offset: Option<i64>,
    q: String,
}

async fn read_thing(_: crate::Path<i64>, _: crate::Query<Wish>) -> Result<Json<Thing>, StatusCode> {
    Err(StatusCode::IM_A_TEAPOT)
}
async fn list_things(_: crate::Query<Filter>) -> Json<Vec<Thing>> {
    Json(Vec::new())
}
async fn create_thing(_: crate::Json<Thing>) -> Result<(StatusCode, Json<Thing>), StatusCode> {
    Err(StatusCode::IM_A_TEAPOT)
}
async fn put_part(_: crate::Path<(i64, String)>, _: crate::Json<Part>) -> Json<Option<Part>> {
    Json(None)
}
async fn delete_thing(_: crate::Path<i64>) -> axum::response::NoContent {
    axum::response::NoContent
}
async fn page() -> Html<&'static str> {
    Html("")
}
async fn plain() -> String {
    String::new()
}
async fn read_file(_: State<()>, _: crate::Path<String>, _: XToken) -> Json<HashMap<String, i64>> {
    Json(HashMap::new())
}
async fn count() -> Json<i64> {
    Json(0)
}

#[test]
fn every_kind_of_schema_is_written_as_fastapi_writes_it() {
    let app: ApiRouter = ApiRouter::new()
        .title("Shapes")
        .version("2.0")
        .description("All kinds of shapes.")
        .api_route("/things/{thing_id}", get(read_thing).delete(delete_thing))
        .api_route(
            "/things/",
            get(list_things).post(create_thing).status(StatusCode::CREATED),
        )
        .api_route("/things/{thing_id}/parts/{part}", crate::put(put_part))
        .api_route("/page", get(page))
        .api_route("/plain", get(plain))
        .api_route(
            "/files/{*path}",
            get(read_file)
                .tag("files")
                .summary("A file")
                .description("Reads it.")
                .with(|operation| {
                    operation.deprecated();
                }),
        )
        .api_route("/count", get(count));
    let document = app.openapi(None, &Answers::fastapi());
    assert_same(&document, include_str!("../../testdata/openapi/shapes.json"));
}

// What cannot be compared with FastAPI.

async fn reads_status_twice(_: Current, _: Option<Current>) -> Result<Json<Value>, StatusCode> {
    Ok(Json(Value::Null))
}
async fn may_be_anyone(_: Option<Current>, _: Option<InQuery<Filter>>, _: Option<JsonBody<Part>>) {}
async fn documents_its_own_422(_: JsonBody<Part>) -> Gone {
    Gone
}

struct Gone;
impl axum::response::IntoResponse for Gone {
    fn into_response(self) -> axum::response::Response {
        StatusCode::GONE.into_response()
    }
}
impl Respond for Gone {
    fn respond(operation: &mut Operation) {
        operation.response(StatusCode::UNPROCESSABLE_ENTITY, ResponseObject::new("Not that one"));
        operation.response(StatusCode::UNPROCESSABLE_ENTITY, ResponseObject::new("Nor that one"));
        operation.response(StatusCode::OK, ResponseObject::new("Not a second time"));
    }
}

fn operation(app: ApiRouter, answers: &Answers, pointer: &str) -> Value {
    let document = app.openapi(Some(&scheme(<(Me, Items)>::LIST)), answers);
    document.value().pointer(&format!("/paths/{pointer}")).unwrap().clone()
}

#[test]
fn two_guards_are_one_requirement_and_not_a_choice() {
    let items = operation(sequel(), &Answers::fastapi(), "~1users~1me~1items~1/get");
    assert_eq!(items["security"], json!([{ "OAuth2PasswordBearer": ["items", "me"] }]));
    let app = ApiRouter::new().api_route("/", get(reads_status_twice));
    assert_eq!(
        operation(app, &Answers::fastapi(), "~1/get")["security"],
        json!([{ "OAuth2PasswordBearer": [] }])
    );
}

#[test]
fn what_is_optional_is_not_required() {
    let app = ApiRouter::new().api_route("/", post(may_be_anyone));
    let operation = operation(app, &Answers::fastapi(), "~1/post");
    assert_eq!(operation["security"], json!([{}, { "OAuth2PasswordBearer": [] }]));
    assert_eq!(operation["requestBody"].get("required"), None);
    let required: Vec<_> = operation["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| &own["required"])
        .collect();
    assert_eq!(required, [&json!(false), &json!(false), &json!(false)]);
}

#[test]
fn a_status_is_documented_once_and_the_first_entry_stays() {
    let app = ApiRouter::new().api_route("/", post(documents_its_own_422));
    let responses = &operation(app, &Answers::fastapi(), "~1/post")["responses"];
    assert_eq!(responses["422"], json!({ "description": "Not that one" }));
    assert_eq!(responses["200"], json!({ "description": "Successful Response" }));
}

#[test]
fn the_error_side_of_an_answer_says_nothing_of_the_good_one() {
    async fn fails() -> Result<(), String> {
        Ok(())
    }
    let app = ApiRouter::new().api_route("/", post(fails));
    let responses = &operation(app, &Answers::fastapi(), "~1/post")["responses"];
    assert_eq!(responses, &json!({ "200": { "description": "Successful Response" } }));
}

#[test]
fn a_change_made_at_the_route_goes_before_what_the_types_say() {
    let changed = post(documents_its_own_422).with(|operation| {
        operation.json::<Part>();
        operation.response(StatusCode::UNPROCESSABLE_ENTITY, ResponseObject::new("Changed"));
    });
    let operation = operation(ApiRouter::new().api_route("/", changed), &Answers::fastapi(), "~1/post");
    assert_eq!(operation["responses"]["422"], json!({ "description": "Changed" }));
    let schema = operation["responses"]["200"].pointer("/content/application~1json/schema/$ref");
    assert_eq!(schema, Some(&json!("#/components/schemas/Part")));
    assert!(operation["requestBody"].is_object());
}

#[test]
fn refusals_are_documented_where_the_answers_ask_for_it() {
    let items = operation(sequel(), &Answers::rfc(), "~1users~1me~1items~1/get");
    let statuses: Vec<_> = items["responses"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(statuses, ["200", "401", "400", "403", "503"]);
    for status in ["401", "400", "403"] {
        assert!(
            items["responses"][status]["headers"]["WWW-Authenticate"].is_object(),
            "{status}"
        );
    }
    let codes = "/content/application~1json/schema/properties/error/enum";
    assert_eq!(
        items["responses"]["403"].pointer(codes),
        Some(&json!(["insufficient_scope"]))
    );

    let open = operation(ApiRouter::new().api_route("/", get(count)), &Answers::rfc(), "~1/get");
    assert_eq!(open["responses"].as_object().unwrap().len(), 1);
}

#[test]
fn a_strict_login_documents_400_and_no_422() {
    let login = operation(chapter(), &Answers::rfc(), "~1token/post");
    let statuses: Vec<_> = login["responses"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(statuses, ["200", "400", "503"]);
    let error = "/content/application~1json/schema/properties/error/enum";
    let expected = json!([
        "invalid_grant",
        "invalid_request",
        "unsupported_grant_type",
        "invalid_scope"
    ]);
    assert_eq!(login["responses"]["400"].pointer(error), Some(&expected));
}

#[test]
fn an_optional_guard_does_not_refuse_for_want_of_a_token() {
    let app = ApiRouter::new().api_route("/", post(may_be_anyone));
    let refused = &operation(app, &Answers::rfc(), "~1/post")["responses"]["401"]["description"];
    assert_eq!(refused, "Could not validate credentials");
}

#[test]
fn what_no_operation_shows_is_not_in_the_document() {
    let app: ApiRouter = ApiRouter::new()
        .api_route("/a", get(read_own_items).hidden())
        .api_route(
            "/b",
            get(list_things).untyped().with(|operation| {
                operation.summary("Things");
            }),
        );
    let document = app.openapi(None, &Answers::fastapi());
    assert_eq!(
        document.value()["paths"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["/b"]
    );
    let schemas = document.value()["components"]["schemas"].as_object().unwrap();
    assert_eq!(
        schemas.keys().collect::<Vec<_>>(),
        ["HTTPValidationError", "ValidationError"]
    );
    assert_eq!(document.value().pointer("/components/securitySchemes"), None);
}

#[test]
fn an_empty_application_has_a_document() {
    let document = ApiRouter::<()>::new().openapi(Some(&scheme(&[])), &Answers::rfc());
    let expected = json!({ "openapi": "3.1.0", "info": { "title": "Portcullis", "version": "0.1.0" }, "paths": {} });
    assert_eq!(document.value(), &expected);
}

#[test]
fn two_types_of_one_name_are_two_schemas() {
    mod other {
        #[derive(serde::Serialize, schemars::JsonSchema)]
        pub(super) struct Part {
            pub(super) size: u8,
        }
    }
    async fn one() -> Json<Option<Part>> {
        Json(None)
    }
    async fn two() -> Json<Vec<other::Part>> {
        Json(vec![other::Part { size: 1 }])
    }
    let app: ApiRouter = ApiRouter::new().api_route("/1", get(one)).api_route("/2", get(two));
    let document = app.openapi(None, &Answers::fastapi());
    let schemas = document.value()["components"]["schemas"].as_object().unwrap();
    assert_eq!(schemas.keys().collect::<Vec<_>>(), ["Part", "Part2"]);
    assert_eq!(schemas["Part2"]["properties"]["size"]["maximum"], 255);
}

#[test]
fn the_table_of_routes_says_what_each_asks() {
    let app = sequel().merge(ApiRouter::new().api_route("/a", get(may_be_anyone_get).hidden()));
    let app = app.nest("/admin", ApiRouter::new().api_route("/count", get(count)));
    let app = app.route("/raw/{*rest}", axum::routing::get(|| async {}));
    let expected = "POST    /token  open\n\
                    GET     /users/me/  token, active user, scopes me\n\
                    GET     /users/me/items/  token, active user, scopes items me\n\
                    GET     /status/  token\n\
                    GET     /a  token optional\n\
                    GET     /admin/count  open\n\
                    ?       /raw/{rest}  not described\n";
    let table = app.routes();
    assert_eq!(table.to_string(), expected);
    assert_eq!(table.open().count(), 2);
    assert_eq!(
        table.operations()[2].requirement.as_ref().unwrap().scopes(),
        ["items", "me"]
    );
}

async fn may_be_anyone_get(_: Option<Current>) {}

/// As types of other crates: extractors and answers that say nothing of themselves.
#[tokio::test]
async fn what_another_crate_has_is_taken_and_given_as_it_is() {
    use std::convert::Infallible;

    use axum::body::Body;
    use axum::extract::FromRequestParts;
    use axum::response::Sse;
    use axum::response::{IntoResponseParts, ResponseParts};
    use http::request::Parts;
    use tower::ServiceExt as _;

    struct Jar(String);
    impl<S: Send + Sync> FromRequestParts<S> for Jar {
        type Rejection = StatusCode;
        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
            let found = parts.headers.get("cookie").and_then(|value| value.to_str().ok());
            found.map(|text| Self(text.to_owned())).ok_or(StatusCode::IM_A_TEAPOT)
        }
    }
    impl IntoResponseParts for Jar {
        type Error = Infallible;
        fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
            parts.headers_mut().insert("set-cookie", self.0.parse().unwrap());
            Ok(parts)
        }
    }
    async fn bake(
        Undescribed(jar): Undescribed<Jar>,
        Undescribed(body): Undescribed<axum::body::Bytes>,
    ) -> (Undescribed<Jar>, String) {
        (Undescribed(jar), String::from_utf8(body.to_vec()).unwrap())
    }
    let streams = || get(async || ()).with(<Sse<()> as Respond>::respond);
    let routes = || {
        ApiRouter::new()
            .api_route("/bake", post(bake))
            .api_route("/tell", streams())
    };
    let document = routes().openapi(None, &Answers::fastapi());
    let paths = &document.value()["paths"];
    assert_eq!(paths["/bake"]["post"].get("parameters"), None);
    let told = &paths["/tell"]["get"]["responses"]["200"]["content"];
    assert!(told.get("text/event-stream").is_some(), "{told}");
    let app = routes().finish(());
    let sent = http::Request::post("/bake")
        .header("cookie", "a=1")
        .body(Body::from("raisins"))
        .unwrap();
    let response = app.clone().oneshot(sent).await.unwrap();
    assert_eq!(response.headers()["set-cookie"], "a=1");
    let bare = http::Request::post("/bake").body(Body::empty()).unwrap();
    assert_eq!(app.oneshot(bare).await.unwrap().status(), StatusCode::IM_A_TEAPOT);
}
