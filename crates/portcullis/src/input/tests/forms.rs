use super::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Comment {
    #[schemars(length(max = 5))]
    text: String,
    stars: Option<u8>,
    #[serde(default)]
    tag: Vec<String>,
}

async fn send(Form(comment): Form<Comment>) -> Json<Comment> {
    Json(comment)
}

async fn asked_form(content_type: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    let request = Request::post("/comments").header("content-type", content_type);
    let app = ApiRouter::new().api_route("/comments", post(send)).finish(());
    ask(app, request.body(body.into()).unwrap()).await
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_form_that_lacks_something_or_is_another_type_is_refused_field_by_field() {
    let missing = json!({"type": "missing", "loc": ["body", "text"], "msg": "Field required", "input": null});
    for (content_type, body) in [
        (FORM, ""),
        (FORM, "text="),
        (FORM, "text=a&text="),
        (FORM, "Text=a"),
        ("text/plain", "text=a"),
        ("application/x-www-form-urlencodedx", "text=a"),
        ("application/x-www-form-urlencoded, application/json", "text=a"),
        ("application/json", r#"{"text": "a"}"#),
    ] {
        let (status, told) = asked_form(content_type, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(told, json!({ "detail": [missing] }), "{content_type} {body}");
    }
    let (_, told) = asked_form(FORM, "stars=x&tag=a").await;
    assert_eq!(told["detail"][0], missing, "nothing of what stands beside is repeated");
    assert_eq!(told["detail"][1]["type"], "int_parsing");
    let (_, told) = asked_form(FORM, "text=%ff").await;
    assert_eq!(told["detail"][0]["type"], "string_unicode");
    let file = "--B\r\nContent-Disposition: form-data; name=\"text\"; filename=\"a\"\r\n\r\na\r\n--B--";
    let (_, told) = asked_form("multipart/form-data; boundary=B", file).await;
    assert_eq!(told["detail"][0]["type"], "string_type");
    assert_eq!(asked_form("multipart/form-data", "x").await.0, StatusCode::BAD_REQUEST);
    let many = format!("text=a{}", "&x=".repeat(1_001));
    assert_eq!(asked_form(FORM, many).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(
        asked_form(FORM, "&".repeat((4 << 20) + 1)).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn a_form_becomes_what_its_type_says() {
    let told = |text: &str, stars: Option<u8>, tag: &[&str]| json!({ "text": text, "stars": stars, "tag": tag });
    for (content_type, body, expected) in [
        (
            FORM,
            "text=a+b&stars=5&tag=x&tag=&x=y",
            told("a b", Some(5), &["x", ""]),
        ),
        (FORM, "text=a&text=b&stars=", told("b", None, &[])),
        (
            "APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-8",
            "text=\"<>\"",
            told("\"<>\"", None, &[]),
        ),
        (FORM, "text=a\r\n", told("a\r\n", None, &[])),
        (FORM, "te%78t=%c3%a9", told("\u{e9}", None, &[])),
    ] {
        assert_eq!(
            asked_form(content_type, body).await,
            (StatusCode::OK, expected),
            "{body}"
        );
    }
    let parts = "--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\na\r\n\
                 --B\r\nContent-Disposition: form-data; name=\"other\"; filename=\"a\"\r\n\r\nx\r\n--B--";
    let told = asked_form("multipart/form-data; boundary=B", parts.as_bytes()).await;
    assert_eq!(told, (StatusCode::OK, json!({ "text": "a", "stars": null, "tag": [] })));
}

#[tokio::test]
async fn a_byte_order_mark_before_json_is_no_part_of_it() {
    let send = async |body: &'static str| {
        let request = Request::post("/numbers").header("content-type", "application/json");
        ask(routes().finish(()), request.body(Body::from(body)).unwrap()).await
    };
    assert_eq!(send("\u{feff}[1]").await, (StatusCode::OK, json!([1])));
    for body in ["\u{feff}", "\u{feff}\u{feff}[1]", "[\u{feff}1]"] {
        let (status, told) = send(body).await;
        assert_eq!(
            (status.as_u16(), &first(&told)["type"]),
            (422, &json!("json_invalid")),
            "{body:?}"
        );
    }
}

#[test]
fn a_form_is_documented_with_its_fields() {
    let routes: ApiRouter = ApiRouter::new().api_route("/comments", post(send));
    let document: Value = serde_json::from_slice(&crate::Site::new().openapi(&routes, None)).unwrap();
    let operation = &document["paths"]["/comments"]["post"];
    let schema = &operation["requestBody"]["content"][FORM]["schema"];
    assert_eq!(schema["$ref"], "#/components/schemas/Comment", "{operation}");
    assert!(operation["responses"]["422"].is_object(), "{operation}");
}
