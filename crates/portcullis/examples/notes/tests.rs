#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code: a failure is a panic"
)]

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use portcullis::core::ManualClock;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use super::*;

struct Notes {
    app: Router,
    clock: ManualClock,
    exporting: JoinHandle<()>,
}

type Answer = (u16, HeaderMap, String);

impl Notes {
    async fn new() -> Self {
        let users = SqliteUsers::temporary().await.unwrap();
        let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
        let clock = ManualClock::at(1_800_000_000);
        let (app, exporting) = app::app(users, key, clock.clone()).await.unwrap();
        Self { app, clock, exporting }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let (head, body) = self.app.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        (head.status.as_u16(), head.headers, String::from_utf8(body).unwrap())
    }

    async fn login(&self, scope: &str) -> String {
        let form = format!("username=johndoe&password=secret&scope={scope}");
        let login = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
        let (status, _, body) = self.send(login.body(form.into()).unwrap()).await;
        assert_eq!(status, 200);
        parsed(&body)["access_token"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {token}"));
        self.send(request.body(body.to_owned().into()).unwrap()).await
    }
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_default()
}

const BOTH: &str = "notes:read+notes:write";

#[tokio::test]
async fn nobody_reads_or_writes_without_the_scope_and_a_token_ends() {
    let notes = Notes::new().await;
    let reader = notes.login("notes:read").await;
    for (method, path, token) in [
        ("GET", "/notes", "x"),
        ("POST", "/notes", &reader),
        ("POST", "/exports", ""),
    ] {
        let (status, headers, body) = notes.ask(method, path, token, r#"{"text":"a"}"#).await;
        assert_eq!(
            (status, &parsed(&body)["status"]),
            (401, &json!(401)),
            "{method} {path}"
        );
        assert!(headers.contains_key("www-authenticate"));
    }
    assert_eq!(notes.ask("GET", "/notes", &reader, "").await.0, 200);
    notes.clock.advance(Duration::from_secs(31 * 60));
    assert_eq!(notes.ask("GET", "/notes", &reader, "").await.0, 401);
}

#[tokio::test]
async fn errors_have_one_shape_and_the_document_tells_it() {
    let notes = Notes::new().await;
    let token = notes.login(BOTH).await;
    for (method, path, body, status, title) in [
        ("POST", "/notes", r#"{"text":""}"#, 422, "The input is not valid"),
        ("GET", "/notes?limit=0", "", 422, "The input is not valid"),
        ("GET", "/notes/7", "", 404, "There is no such note"),
        ("GET", "/nowhere", "", 404, "Not Found"),
        ("PUT", "/notes", "", 405, "Method Not Allowed"),
    ] {
        let answer = notes.ask(method, path, &token, body).await;
        let problem = parsed(&answer.2);
        assert_eq!(
            (answer.0, &problem["title"]),
            (status, &json!(title)),
            "{method} {path}"
        );
    }
    let document = parsed(&notes.ask("GET", "/openapi.json", "", "").await.2);
    let told = |path: &str, method: &str| {
        let responses = document["paths"][path][method]["responses"].as_object().unwrap();
        responses.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(told("/notes", "get"), "200 422");
    assert_eq!(told("/notes", "post"), "201 422");
    assert_eq!(told("/notes/{id}", "delete"), "204 404 422");
    assert_eq!(told("/notes/events", "get"), "200");
    assert_eq!(told("/notes/socket", "get"), "101");
    assert_eq!(told("/exports", "post"), "202");
    let security = |path: &str| document["paths"][path]["get"]["security"].to_string();
    assert_eq!(
        security("/notes/events"),
        r#"[{"OAuth2PasswordBearer":["notes:read"]},{"TokenInQuery":["notes:read"]}]"#
    );
    assert_eq!(
        security("/exports/mine"),
        r#"[{"EntityToken":["download"]},{"TokenInQuery":["download"]}]"#
    );
}

#[tokio::test]
async fn notes_are_written_read_by_pages_and_removed() {
    let notes = Notes::new().await;
    let token = notes.login(BOTH).await;
    for text in ["one", "two", "three"] {
        let (status, headers, _) = notes
            .ask("POST", "/notes", &token, &json!({ "text": text }).to_string())
            .await;
        assert_eq!((status, headers["x-robots-tag"].to_str().unwrap()), (201, "noindex"));
    }
    let page = parsed(&notes.ask("GET", "/notes?limit=2", &token, "").await.2);
    assert_eq!(page["notes"][1], json!({ "id": 2, "text": "two" }));
    assert_eq!(page["next"], 2);
    let last = parsed(&notes.ask("GET", "/notes?after=2&limit=2", &token, "").await.2);
    assert_eq!(last, json!({ "notes": [{ "id": 3, "text": "three" }], "next": null }));
    assert_eq!(notes.ask("DELETE", "/notes/2", &token, "").await.0, 204);
    assert_eq!(notes.ask("DELETE", "/notes/2", &token, "").await.0, 404);
}

#[tokio::test]
async fn the_manual_is_for_members_and_an_export_for_who_holds_its_token() {
    let notes = Notes::new().await;
    let token = notes.login(BOTH).await;
    assert_eq!(
        notes
            .send(Request::get("/manual/").body(Body::empty()).unwrap())
            .await
            .0,
        401
    );
    let page = Request::get(format!("/manual/?access_token={token}"))
        .body(Body::empty())
        .unwrap();
    let (status, headers, page) = notes.send(page).await;
    assert_eq!((status, headers["cache-control"].to_str().unwrap()), (200, "no-store"));
    assert!(page.contains("<h1>Notes</h1>"));

    notes.ask("POST", "/notes", &token, r#"{"text":"kept"}"#).await;
    let (status, _, ordered) = notes.ask("POST", "/exports", &token, "").await;
    assert_eq!(status, 202);
    let link = parsed(&ordered)["token"].as_str().unwrap().to_owned();
    assert_eq!(
        notes.ask("GET", "/exports/mine", &token, "").await.0,
        401,
        "a user's token"
    );
    assert_eq!(
        notes.ask("GET", "/notes", &link, "").await.0,
        401,
        "a token of an export"
    );
    let mine = || notes.ask("GET", "/exports/mine", &link, "");
    while mine().await.0 == 404 {
        tokio::task::yield_now().await;
    }
    assert_eq!(mine().await.2, "kept");
    notes.clock.advance(Duration::from_secs(61 * 60));
    assert_eq!(mine().await.0, 401);
    // The task ends with the application.
    drop(notes.app);
    notes.exporting.await.unwrap();
}

#[tokio::test]
async fn a_page_of_the_named_origin_may_call_and_no_other() {
    let notes = Notes::new().await;
    for (origin, allowed) in [
        ("https://notes.example.com", true),
        ("https://other.example.com", false),
    ] {
        let request = Request::get("/notes")
            .header("origin", origin)
            .body(Body::empty())
            .unwrap();
        let (status, headers, _) = notes.send(request).await;
        assert_eq!(
            (status, headers.contains_key("access-control-allow-origin")),
            (401, allowed),
            "{origin}"
        );
    }
}

/// A request on a connection of its own.
async fn open(server: SocketAddr, path: &str, more: &str) -> TcpStream {
    let mut client = TcpStream::connect(server).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: notes\r\n{more}\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    client
}

/// What comes, up to `end` and no further.
async fn until(client: &mut TcpStream, end: impl AsRef<[u8]>) -> String {
    let mut come = Vec::new();
    while !come.ends_with(end.as_ref()) {
        come.push(client.read_u8().await.unwrap());
    }
    String::from_utf8_lossy(&come).into_owned()
}

#[tokio::test]
async fn browsers_hear_what_is_written_and_are_told_when_the_server_ends() {
    let notes = Notes::new().await;
    let token = notes.login(BOTH).await;
    // Who had to be cut would make this take ten minutes.
    let limits = Limits::default().grace(Duration::from_secs(600));
    let server = Server::bind("127.0.0.1:0").await.unwrap().limits(limits);
    let (addr, (end, ending)) = (server.local_addr(), oneshot::channel::<()>());
    let served = tokio::spawn(server.run(notes.app, async move { ending.await.unwrap() }));

    let mut refused = open(addr, "/notes/socket", "").await;
    assert!(until(&mut refused, "\r\n").await.contains("401"));
    let mut events = open(addr, &format!("/notes/events?access_token={token}"), "").await;
    assert!(until(&mut events, "\r\n\r\n").await.contains("text/event-stream"));
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let mut socket = open(addr, &format!("/notes/socket?access_token={token}"), upgrade).await;
    assert!(until(&mut socket, "\r\n\r\n").await.contains("101"));
    // A text of four bytes, masked with zeros (RFC 6455 §5.2).
    socket.write_all(b"\x81\x84\0\0\0\0Milk").await.unwrap();
    until(&mut socket, r#"{"id":1,"text":"Milk"}"#).await;
    until(&mut events, "event: note\ndata: {\"id\":1,\"text\":\"Milk\"}\n\n\r\n").await;

    end.send(()).unwrap();
    // Going away.
    until(&mut socket, b"\x88\x02\x03\xe9").await;
    drop(socket);
    let mut rest = String::new();
    events.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "0\r\n\r\n");
    served.await.unwrap();
    notes.exporting.await.unwrap();
}
