use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use axum::extract::FromRequest as _;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::multipart::Parts;
use super::*;

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=B";
const MISSING_BOTH: [&str; 2] = ["username", "password"];

fn whole(content_type: &str, body: impl AsRef<[u8]>) -> Result<LoginForm, FormError> {
    parse_form(Some(content_type.as_bytes()), body.as_ref(), 0, FormLimits::default())
}

fn pairs(body: impl AsRef<[u8]>) -> Result<LoginForm, FormError> {
    whole(URLENCODED, body)
}

async fn read(request: Request<Body>) -> Result<LoginForm, FormError> {
    LoginForm::from_request(request, &()).await
}

fn errors(result: Result<LoginForm, FormError>) -> Vec<(String, String)> {
    match result {
        Err(FormError::Invalid(errors)) => errors
            .errors()
            .iter()
            .map(|e| (e.field().unwrap().to_owned(), e.kind().to_owned()))
            .collect(),
        other => panic!("expected field errors, got {other:?}"),
    }
}

fn missing(names: &[&str]) -> Vec<(String, String)> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), "missing".to_owned()))
        .collect()
}

fn malformed(result: Result<LoginForm, FormError>) -> String {
    match result {
        Err(FormError::Malformed(sentence)) => sentence,
        other => panic!("expected a malformed form, got {other:?}"),
    }
}

fn part(headers: &str, content: &str) -> String {
    format!("--B\r\n{headers}\r\n\r\n{content}\r\n")
}

fn field(name: &str, content: &str) -> String {
    part(&format!("Content-Disposition: form-data; name=\"{name}\""), content)
}

#[test]
fn another_content_type_or_none_is_an_empty_form() {
    for other in [
        "",
        ";;",
        "text/plain",
        "application/json",
        "application/x-www-form-urlencodedx",
        "a/b, c/d",
    ] {
        assert_eq!(
            errors(whole(other, "username=a&password=b")),
            missing(&MISSING_BOTH),
            "{other}"
        );
    }
    assert_eq!(
        errors(parse_form(None, b"username=a", 0, FormLimits::default())),
        missing(&MISSING_BOTH)
    );
}

#[test]
fn all_errors_are_reported_at_once_in_the_order_of_the_model() {
    let found = errors(pairs("password=&grant_type=x"));
    let expected = [
        ("grant_type", "string_pattern_mismatch"),
        ("username", "missing"),
        ("password", "missing"),
    ];
    assert_eq!(found, expected.map(|(name, kind)| (name.to_owned(), kind.to_owned())));
}

#[test]
fn the_parts_of_a_limit_are_counted_as_sent() {
    let small = FormLimits {
        body: 100,
        fields: 3,
        field: 10,
        ..FormLimits::default()
    };
    let read = |body: &str| parse_form(Some(URLENCODED.as_bytes()), body.as_bytes(), 1, small);
    assert!(read("username=ab&password=ba").is_ok());
    assert!(malformed(read("username=abc&password=b")).starts_with("Field exceeded"));
    assert!(
        malformed(read("username=%61&password=b")).starts_with("Field exceeded"),
        "escapes count three bytes"
    );
    assert_eq!(
        malformed(read("a&b&c&d")),
        "Too many fields. Maximum number of fields is 3."
    );
    assert_eq!(read(&"&".repeat(101)).unwrap_err(), FormError::TooLarge);
}

#[test]
fn the_default_limits_speak_fastapis_sentences() {
    let long = format!("username=a&password=b&x={}", "y".repeat(1 << 20));
    assert_eq!(malformed(pairs(long)), "Field exceeded maximum size of 1024KB.");
    let part = [field("username", &"x".repeat((1 << 20) + 1)), "--B--".into()].concat();
    assert_eq!(
        malformed(whole(MULTIPART, part)),
        "Part exceeded maximum size of 1024KB."
    );
    assert_eq!(
        malformed(pairs(format!("u=1{}", "&f=1".repeat(1_000)))),
        "Too many fields. Maximum number of fields is 1000."
    );
}

/// The same form in both notations.
fn both(fields: &[(&str, &str)]) -> [Result<LoginForm, FormError>; 2] {
    let owned: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    let parts: String = fields.iter().map(|(name, value)| field(name, value)).collect();
    [
        whole(URLENCODED, written(&owned)),
        whole(MULTIPART, format!("{parts}--B--")),
    ]
}

#[test]
fn what_is_longer_than_can_be_right_is_not_kept_and_is_a_wrong_one() {
    let (name, password) = ("a".repeat(256), "a".repeat(4097));
    for form in both(&[
        ("username", &name),
        ("password", &password),
        ("scope", &password),
        ("client_id", &name),
    ]) {
        let form = form.unwrap();
        assert!(form.username != name && form.username.len() == 256);
        assert!(*form.password != password && form.password.len() == 4097);
        assert!(form.scope.len() == 4097 && form.client_id.unwrap().len() == 256);
    }
    let (name, password) = ("\u{e4}".repeat(127), "\u{e4}".repeat(2048));
    for form in both(&[("username", &name), ("password", &password)]) {
        let form = form.unwrap();
        assert_eq!(
            (&form.username, &*form.password),
            (&name, &password),
            "that much can be"
        );
    }
    for form in both(&[("grant_type", &name.repeat(3)), ("username", "a"), ("password", "b")]) {
        let Err(FormError::Invalid(found)) = form else {
            panic!("another grant")
        };
        assert_eq!(found.errors()[0].input(), &Value::Null);
    }
}

/// What an application's own login is told, in both notations.
async fn told(fields: &[(&str, &str)]) -> [Result<LoginForm, FormError>; 2] {
    let owned: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    let parts: String = fields.iter().map(|(name, value)| field(name, value)).collect();
    let request = |content_type, body| {
        Request::post("/")
            .header(CONTENT_TYPE, content_type)
            .body(body)
            .unwrap()
    };
    [
        read(request(URLENCODED, Body::from(written(&owned)))).await,
        read(request(MULTIPART, Body::from(format!("{parts}--B--")))).await,
    ]
}

#[tokio::test]
async fn what_a_login_of_ones_own_is_told_is_what_was_sent() {
    for length in [1, 254, 255, 256, 257, 300, 4_095, 4_096, 4_097, 5_000, 8_192, 70_000] {
        let (name, other) = ("a".repeat(length), "b".repeat(length));
        let scope = "a ".repeat(length.div_ceil(2));
        let sent = [
            ("username", name.as_str()),
            ("password", &other),
            ("scope", &scope),
            ("client_id", &name),
            ("client_secret", &other),
        ];
        for form in told(&sent).await {
            let form = form.unwrap();
            assert_eq!((&form.username, &*form.password), (&name, &other), "{length}");
            assert_eq!((&form.scope, form.client_id), (&scope, Some(name.clone())), "{length}");
            assert_eq!(form.client_secret.as_deref(), Some(&other), "{length}");
        }
    }
    let long = "a".repeat((1 << 20) + 1);
    for form in told(&[("username", &long), ("password", "b")]).await {
        assert!(malformed(form).ends_with("exceeded maximum size of 1024KB."));
    }
    let body = format!("grant_type=password&username={}&password=b", "a".repeat(300));
    let request = Request::post("/")
        .header(CONTENT_TYPE, URLENCODED)
        .body(Body::from(body));
    let StrictLoginForm(strict) = StrictLoginForm::from_request(request.unwrap(), &()).await.unwrap();
    assert_eq!(strict.username, "a".repeat(300));
}

#[tokio::test]
async fn a_form_is_ambiguous_where_a_parameter_came_twice_or_is_no_text() {
    for body in [
        "username=a&password=b&password=b",
        "username=%ff&password=b",
        "username=a&password=%e9",
    ] {
        let form = pairs(body).unwrap();
        assert!(form.unambiguous().is_err(), "{body}");
        let strict = Request::post("/").header(CONTENT_TYPE, URLENCODED);
        let strict = strict.body(Body::from(format!("grant_type=password&{body}"))).unwrap();
        assert!(StrictLoginForm::from_request(strict, &()).await.is_err(), "{body}");
    }
    assert!(pairs("username=a&password=%C3%A9").unwrap().unambiguous().is_ok());
}

#[test]
fn scopes_are_split_where_python_splits() {
    let form = pairs("username=a&password=b&scope=+a%1Cb%1Fc%0Ad%C2%A0e++f").unwrap();
    assert_eq!(form.scopes().collect::<Vec<_>>(), ["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn a_form_holds_what_its_limit_says_whatever_is_sent() {
    let limits = FormLimits::default().kept(100);
    let body = format!("scope={}&username=a&password={}", "s".repeat(90), "p".repeat(20));
    let form = parse_form(Some(URLENCODED.as_bytes()), body.as_bytes(), 7, limits).unwrap();
    assert_eq!((form.scope.len(), form.username.as_str()), (90, "a"));
    assert_eq!(form.password.len(), 4097, "no room was left for it");
    let mut text = text::Text::new(4096);
    let mut room = 8 << 10;
    for _ in 0..4096 {
        text.push(b"x", &mut room);
    }
    assert_eq!(room, 4096);
    text.push(b"x", &mut room);
    assert_eq!((room, text.finish()), (8 << 10, None), "what was kept is given back");
}

#[test]
fn a_multipart_that_stops_halfway_holds_no_more_than_it_keeps() {
    let mut parts = Parts::new(Some(b"B"), Known::bounded(LoginForm::PARAMETERS), FormLimits::default()).unwrap();
    parts
        .push(format!("--B\r\n{}", "A: b\r\n".repeat(7)).as_bytes())
        .unwrap();
    parts
        .push(b"Content-Disposition: form-data; name=\"password\"\r\n\r\n")
        .unwrap();
    for _ in 0..200 {
        parts.push(&[b'x'; 4096]).unwrap();
        assert!(parts.held() <= 8 << 10, "{}", parts.held());
    }
}

#[tokio::test]
async fn a_form_that_never_ends_is_too_slow() {
    let never = Body::new(Never);
    let limits = FormLimits::default().time(std::time::Duration::from_millis(20));
    let request = Request::post("/token")
        .header(CONTENT_TYPE, URLENCODED)
        .extension(limits)
        .body(never)
        .unwrap();
    assert_eq!(read(request).await.unwrap_err(), FormError::Slow);
}

#[tokio::test]
async fn a_login_route_of_ones_own_reads_the_form_under_the_limits_of_a_layer() {
    let routes = crate::ApiRouter::new().api_route("/", crate::post(async |form: LoginForm| form.username));
    let app = routes.finish(()).layer(axum::Extension(FormLimits::default().body(30)));
    for (body, status) in [
        ("username=a&password=b", StatusCode::OK),
        ("username=a", StatusCode::UNPROCESSABLE_ENTITY),
        ("username=a&password=bbbbbbbbbbbb", StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let request = Request::post("/")
            .header(CONTENT_TYPE, URLENCODED)
            .body(Body::from(body))
            .unwrap();
        assert_eq!(
            tower::ServiceExt::oneshot(app.clone(), request).await.unwrap().status(),
            status,
            "{body}"
        );
    }
}

/// A body of which nothing ever comes.
struct Never;

impl hyper::body::Body for Never {
    type Data = bytes::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        Poll::Pending
    }
}

#[test]
fn a_multipart_without_a_boundary_or_cut_off_is_refused() {
    assert_eq!(
        malformed(whole("multipart/form-data", "--B--")),
        "Missing boundary in multipart."
    );
    assert_eq!(
        malformed(whole("multipart/form-data; boundary=", "--B--")),
        "Missing boundary in multipart."
    );
    let long = format!("multipart/form-data; boundary={}", "b".repeat(257));
    assert_eq!(malformed(whole(&long, "")), "Invalid multipart data.");
    let all = [field("username", "a"), field("password", "b"), "--B--".into()].concat();
    for end in 1..all.len() {
        assert_eq!(
            malformed(whole(MULTIPART, &all[..end])),
            "Invalid multipart data.",
            "cut at {end}"
        );
    }
    assert!(whole(MULTIPART, &all).is_ok());
}

#[test]
fn broken_part_headers_are_refused() {
    for headers in [
        "no colon",
        ": x",
        "A b: x",
        "A: x\rB: y",
        &"A: b\r\n".repeat(9),
        &format!("A:{:5000}", "x"),
    ] {
        let body = [part(headers, "x"), "--B--".into()].concat();
        assert_eq!(
            malformed(whole(MULTIPART, body)),
            "Invalid multipart data.",
            "{headers:?}"
        );
    }
    let nameless = part("Content-Disposition: form-data", "x");
    assert!(malformed(whole(MULTIPART, nameless)).contains("\"name\" must be provided"));
}

#[test]
fn a_file_in_the_place_of_a_text_is_named_and_not_shown() {
    let file = part(
        "Content-Disposition: form-data; name=\"username\"; filename=\"a.txt\"",
        "johndoe",
    );
    let Err(FormError::Invalid(found)) = whole(MULTIPART, [file, field("password", "b"), "--B--".into()].concat())
    else {
        panic!("a file is no user name")
    };
    assert_eq!(
        json!(found.errors()),
        json!([{"type": "string_type", "loc": ["body", "username"], "msg": "Input should be a valid string", "input": null}])
    );
}

#[test]
fn of_a_repeated_parameter_the_last_value_counts_and_the_repetition_is_told() {
    let form = pairs("username=a&password=b&password=c").unwrap();
    assert_eq!((form.password.as_str(), form.repeated), ("c", true));
    assert_eq!(errors(pairs("username=a&password=b&password=")), missing(&["password"]));
    assert!(
        !pairs("username=a&password=b&x=1&x=2").unwrap().repeated,
        "a parameter nobody knows is nobody's matter"
    );
}

#[test]
fn bytes_that_are_no_utf8_are_replaced_and_the_replacement_is_told() {
    let form = pairs(b"username=%ff%fe&password=\xe9").unwrap();
    assert_eq!(
        (form.username.as_str(), form.password.as_str()),
        ("\u{fffd}\u{fffd}", "\u{fffd}")
    );
    assert!(form.replaced);
    let form = pairs("username=é%C3%A9&password=b").unwrap();
    assert_eq!((form.username.as_str(), form.replaced), ("éé", false));
}

#[test]
fn escapes_are_read_once_and_broken_ones_stay() {
    let form = pairs("username=a%2bb+c%zz%4&pass%77ord=%2525%&=x&&;").unwrap();
    assert_eq!((form.username.as_str(), form.password.as_str()), ("a+b c%zz%4", "%25%"));
}

#[test]
fn the_other_parameters_are_optional() {
    let form = pairs("username=a&password=b&scope=me+items&client_id=c&client_secret=d&grant_type=password").unwrap();
    assert_eq!(
        (form.scope.as_str(), form.client_id.as_deref()),
        ("me items", Some("c"))
    );
    assert_eq!(form.client_secret.as_deref().map(String::as_str), Some("d"));
    let form = pairs("username=a&password=b&scope=&client_id=&client_secret=&grant_type=").unwrap();
    assert_eq!((form.scope.as_str(), form.client_id, form.grant_type), ("", None, None));
}

#[test]
fn a_multipart_may_have_padding_an_epilogue_and_lines_that_look_like_boundaries() {
    let body = "\r\n--B \t\r\ncontent-disposition: x; NAME=username\r\nA:\r\n\r\na\r\n--Bx\r\n--\r\n--B \r\n\
                Content-Disposition: form-data; name=\"password\"\r\n\r\n\r\nb\r\n--B--epilogue --B";
    let form = whole("Multipart/Form-Data; boundary=\"B\"", body).unwrap();
    assert_eq!(
        (form.username.as_str(), form.password.as_str()),
        ("a\r\n--Bx\r\n--", "\r\nb")
    );
}

#[test]
fn debug_shows_neither_password_nor_client_secret() {
    let form = pairs("username=a&password=hunter2&client_secret=hunter3").unwrap();
    assert!(!format!("{form:?}").contains("hunter"));
}

#[tokio::test]
async fn a_request_is_read_with_its_content_coding() {
    let request = |coding: &str| {
        let request = Request::post("/token")
            .header(CONTENT_TYPE, URLENCODED)
            .header(CONTENT_ENCODING, coding);
        request.body(Body::from("username=a&password=b")).unwrap()
    };
    assert!(read(request("gzip")).await.unwrap().coded);
    assert!(!read(request("identity")).await.unwrap().coded);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_incomplete() {
    let broken = Body::new(Frames {
        good: 3,
        then_fail: true,
    });
    let request = Request::post("/token")
        .header(CONTENT_TYPE, URLENCODED)
        .body(broken)
        .unwrap();
    assert_eq!(read(request).await.unwrap_err(), FormError::Incomplete);
}

#[tokio::test]
async fn nothing_is_read_beyond_the_first_error_and_nothing_at_all_of_another_type() {
    for (content_type, expected) in [(URLENCODED, FormError::TooLarge), (MULTIPART, broken())] {
        let endless = Body::new(Frames {
            good: usize::MAX,
            then_fail: false,
        });
        let request = Request::post("/token")
            .header(CONTENT_TYPE, content_type)
            .body(endless)
            .unwrap();
        assert_eq!(read(request).await.unwrap_err(), expected);
    }
    let endless = Body::new(Frames {
        good: usize::MAX,
        then_fail: false,
    });
    let request = Request::post("/token")
        .header(CONTENT_TYPE, "text/plain")
        .body(endless)
        .unwrap();
    assert_eq!(errors(read(request).await), missing(&MISSING_BOTH));
}

fn broken() -> FormError {
    FormError::Malformed("Invalid multipart data.".into())
}

/// A body of ampersands.
struct Frames {
    good: usize,
    then_fail: bool,
}

impl hyper::body::Body for Frames {
    type Data = bytes::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        if self.good == 0 {
            return Poll::Ready(self.then_fail.then(|| Err(std::io::ErrorKind::ConnectionReset.into())));
        }
        self.good = self.good.saturating_sub(1);
        Poll::Ready(Some(Ok(hyper::body::Frame::data(bytes::Bytes::from_static(
            &[b'&'; 4096],
        )))))
    }
}

/// The recorded questions to `POST /token`, as far as the form alone decides the answer.
#[test]
fn the_recorded_forms_are_read_as_recorded() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/contract/cases.json");
    let cases: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let (mut read, mut refused) = (0, 0);
    for case in cases["cases"].as_array().unwrap() {
        let (request, expect) = (&case["request"], &case["expect"]);
        let ours = request["method"] == "POST" && request["path"] == "/token" && request.get("raw_http").is_none();
        if !ours || case["keep"] != json!(true) {
            continue;
        }
        let (content_type, body) = recorded_body(request);
        for piece in [0, 1, 7] {
            let found = parse_form(
                content_type.as_deref().map(str::as_bytes),
                &body,
                piece,
                FormLimits::default(),
            );
            let found = found
                .map(|_| ())
                .map_err(|error| (error.status().as_u16(), answer(&error)));
            let expected = match (expect["status"].as_u64().unwrap(), &expect["json"]) {
                (422, body) => Err((422, body.clone())),
                (400, body) if body["detail"] != "Incorrect username or password" => Err((400, body.clone())),
                _ => Ok(()),
            };
            assert_eq!(found, expected, "{}", case["id"]);
            match expected {
                Ok(()) => read += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(
        read > 100 && refused > 100,
        "the cases are there: {read} read, {refused} refused"
    );
}

fn answer(error: &FormError) -> Value {
    match error {
        FormError::Invalid(errors) => json!(errors),
        other => json!({ "detail": other.to_string() }),
    }
}

fn text(value: &Value) -> String {
    let Some(repeated) = value.get("repeat") else {
        return value.as_str().unwrap().to_owned();
    };
    let around = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let times = usize::try_from(value["times"].as_u64().unwrap()).unwrap();
    [
        around("prefix"),
        repeated.as_str().unwrap().repeat(times),
        around("suffix"),
    ]
    .concat()
}

fn recorded_body(request: &Value) -> (Option<String>, Vec<u8>) {
    let headers = request.get("headers").and_then(Value::as_array).into_iter().flatten();
    let mut named = headers.filter(|header| header[0].as_str().unwrap().eq_ignore_ascii_case("content-type"));
    let content_type = named.next().map(|header| text(&header[1]));
    if let Some(form) = request.get("form").and_then(Value::as_array) {
        let form: Vec<(String, String)> = form.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
        return (content_type.or(Some(URLENCODED.into())), written(&form));
    }
    let body = match (request.get("body"), request.get("body_b64"), request.get("json")) {
        (Some(body), ..) => text(body).into_bytes(),
        (_, Some(base64), _) => STANDARD.decode(base64.as_str().unwrap()).unwrap(),
        (.., Some(json)) => return (Some("application/json".into()), json.to_string().into_bytes()),
        _ => Vec::new(),
    };
    (content_type, body)
}

/// What axum's own form writer makes of the pairs.
fn written(pairs: &[(String, String)]) -> Vec<u8> {
    let response = axum::Form(pairs).into_response();
    let mut body = std::pin::pin!(response.into_body().collect());
    match body.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(body) => body.unwrap().to_bytes().to_vec(),
        Poll::Pending => panic!("the body is all there"),
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_the_pieces_do_not_matter(
        content_type in prop_oneof![Just(URLENCODED), Just(MULTIPART), Just("multipart/form-data; boundary=-")],
        body in proptest::collection::vec(any::<u8>(), 0..300),
        piece in 1_usize..20,
    ) {
        let all = summary(parse_form(Some(content_type.as_bytes()), &body, 0, FormLimits::default()));
        let pieces = summary(parse_form(Some(content_type.as_bytes()), &body, piece, FormLimits::default()));
        prop_assert_eq!(all, pieces);
    }

    #[test]
    fn what_looks_like_multipart_is_read_alike_in_any_pieces(
        tokens in proptest::collection::vec(prop_oneof![
            Just("\r\n"), Just("--B"), Just("--"), Just("\r"), Just("\n"), Just("-"), Just(" "), Just("x"), Just("\r\n--B"),
            Just("\r\n--B--"), Just("Content-Disposition: form-data; name="), Just("username"), Just("password"),
            Just("\r\n--B\r\nContent-Disposition: form-data; name=password\r\n\r\n"), Just("; filename=a"),
        ], 0..30),
        piece in 1_usize..9,
    ) {
        let body = format!("--B\r\nContent-Disposition: form-data; name=username\r\n\r\n{}", tokens.concat());
        let all = summary(whole(MULTIPART, &body));
        let pieces = summary(parse_form(Some(MULTIPART.as_bytes()), body.as_bytes(), piece, FormLimits::default()));
        prop_assert_eq!(all, pieces);
    }

    #[test]
    fn what_a_form_writer_writes_is_read_back(username in ".+", password in ".+", scope in ".*", other in ".*") {
        let names = ["username", "password", "scope", "x y"].map(str::to_owned);
        let pairs: Vec<_> = names.into_iter().zip([username.clone(), password.clone(), scope.clone(), other]).collect();
        let form = whole(URLENCODED, written(&pairs)).unwrap();
        prop_assert_eq!((form.username, form.password.to_string(), form.scope), (username, password, scope));
        prop_assert!(!form.repeated && !form.replaced);
    }

    #[test]
    fn what_stands_in_a_multipart_is_read_back(username in ".+", password in ".+") {
        prop_assume!(!username.contains("\r\n--B") && !password.contains("\r\n--B"));
        let body = [field("username", &username), field("password", &password), "--B--".into()].concat();
        let form = whole(MULTIPART, body).unwrap();
        prop_assert_eq!((form.username, form.password.to_string()), (username, password));
    }

    #[test]
    fn any_header_can_be_taken_apart(header in proptest::collection::vec(any::<u8>(), 0..80)) {
        prop_assert!(header::parse(&header).value.len() <= header.len());
    }
}

type Summary = Result<(String, String, String, bool, bool), FormError>;

fn summary(result: Result<LoginForm, FormError>) -> Summary {
    result.map(|form| {
        (
            form.username,
            form.password.to_string(),
            form.scope,
            form.repeated,
            form.replaced,
        )
    })
}

/// Whether the bytes of a secret still stand where they stood before it was dropped.
#[cfg(target_os = "linux")]
fn remains<T>(secret: T, bytes: impl Fn(&T) -> &[u8]) -> bool {
    use std::os::unix::fs::FileExt as _;
    let (known, place) = (bytes(&secret).to_vec(), bytes(&secret).as_ptr().addr());
    let memory = std::fs::File::open("/proc/self/mem").expect("our own memory");
    let mut found = vec![0; known.len()];
    drop(secret);
    let read = memory.read_exact_at(&mut found, u64::try_from(place).expect("a place"));
    // The beginning is the allocator's as soon as it is free.
    read.is_ok_and(|()| found[32..] == known[32..])
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_secret_of_a_form_or_a_header_stands_nowhere_once_it_was_dropped() {
    const PAIRS: Option<&[u8]> = Some(b"application/x-www-form-urlencoded");
    let secret = "correct-horse-battery-staple-".repeat(7);
    let strict = || {
        let body = format!("client_id=a&client_secret={secret}");
        let mut sent = parse_strict_form(PAIRS, body.as_bytes(), 0, FormLimits::default()).unwrap();
        sent.pop().unwrap().1
    };
    let login = || {
        let body = format!("username=a&password={secret}");
        parse_form(PAIRS, body.as_bytes(), 0, FormLimits::default())
            .unwrap()
            .password
    };
    let header = || {
        let value = format!("Basic {}", STANDARD.encode(format!("a:{secret}")));
        crate::basic::parse_basic(value.as_bytes()).unwrap().unwrap().secret
    };
    for _ in 0..20 {
        for read in [&strict as &dyn Fn() -> Zeroizing<String>, &login, &header] {
            let read = read();
            assert_eq!(*read, secret);
            assert!(!remains(read, |secret| secret.as_bytes()));
        }
    }
}
