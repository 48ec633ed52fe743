//! Answers without an end of their own, behind guards, and the end of their server.

use std::convert::Infallible;

use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade, close_code};
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use futures_core::Stream;
use futures_util::stream;
use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, Auth, MemoryUsers, ScopeSet, User as _};

use super::*;
use crate::extract::Scoped;
use crate::mount::Mount as _;
use crate::router::{ApiRouter, get};
use crate::schemes::AlsoFromQuery;

portcullis_core::scopes! {
    /// News.
    News = "news";
}

/// Says one word, and then nothing for ever.
fn word(who: &str) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let first = Event::default().data(who);
    stream::unfold(Some(first), async |next| match next {
        Some(event) => Some((Ok(event), None)),
        None => std::future::pending().await,
    })
}

async fn events(
    user: AlsoFromQuery<Scoped<News>>,
    ending: Ending,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(ending.closes(word(user.username())))
}

/// Does not look whether the server ends.
async fn deaf(user: Scoped<News>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(word(user.username()))
}

async fn socket(user: AlsoFromQuery<Scoped<News>>, ending: Ending, socket: WebSocketUpgrade) -> Response {
    let name = user.username().to_owned();
    socket.on_upgrade(async move |mut socket| {
        if socket.send(Message::text(name)).await.is_err() {
            return;
        }
        loop {
            tokio::select! {
                message = socket.recv() => match message {
                    Some(Ok(message)) => socket.send(message).await.unwrap(),
                    _ => return,
                },
                () = ending.begins() => break,
            }
        }
        let (code, reason) = (close_code::AWAY, "the end".into());
        let _ = socket.send(Message::Close(Some(CloseFrame { code, reason }))).await;
    })
}

fn streaming() -> (Router, String) {
    let alice = Account::new("alice").with_scopes(ScopeSet::of::<News>());
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let users = MemoryUsers::from_iter([alice.clone()]);
    let auth = Auth::builder(key, users).scopes::<News>().build().unwrap();
    let token = auth.grant(&alice, alice.scopes().clone()).unwrap().access_token;
    let routes = ApiRouter::new()
        .api_route("/events", get(events))
        .api_route("/deaf", get(deaf))
        .api_route("/socket", get(socket));
    (auth.mount(routes), token)
}

/// Without `token` by nobody.
fn asking(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n")
}

const HANDSHAKE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// The socket of a browser's page, which can send no header.
async fn socket_of(server: &Running, token: &str) -> TcpStream {
    let mut client = server.client().await;
    let head = format!("GET /socket?access_token={token} HTTP/1.1\r\nHost: a\r\n{HANDSHAKE}\r\n");
    send(&mut client, &head).await;
    client
}

/// What is answered before the first frame, byte by byte, for that may come along.
async fn switched(client: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within(client.read_u8()).await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// The bytes of the next frame, which is short: its first byte and what it holds (RFC 6455 §5.2).
async fn frame(client: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 2];
    within(client.read_exact(&mut head)).await.unwrap();
    let mut held = vec![0; usize::from(head[1])];
    within(client.read_exact(&mut held)).await.unwrap();
    (head[0], held)
}

#[tokio::test]
async fn a_stream_and_a_socket_are_refused_without_a_token() {
    let (app, token) = streaming();
    let server = Running::start(patient(), app).await;
    for path in ["/events", "/deaf", "/socket", "/events?access_token=x"] {
        let mut client = server.client().await;
        let head = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{HANDSHAKE}\r\n");
        send(&mut client, &head).await;
        assert!(answer(&mut client, "}").await.starts_with("HTTP/1.1 401 "), "{path}");
    }
    // A route that does not ask for it looks at no query.
    let mut client = server.client().await;
    let head = format!("GET /deaf?access_token={token} HTTP/1.1\r\nHost: a\r\n\r\n");
    send(&mut client, &head).await;
    assert!(answer(&mut client, "}").await.starts_with("HTTP/1.1 401 "));
}

#[tokio::test]
async fn a_guarded_stream_speaks_and_ends_when_the_server_is_called_to_end() {
    let (app, token) = streaming();
    // Where it had to be cut, the test would take ten minutes.
    let server = Running::start(patient().grace(Duration::from_secs(600)), app).await;
    let mut by_header = server.client().await;
    send(&mut by_header, &asking("/events", &token)).await;
    let mut by_query = server.client().await;
    let head = format!("GET /events?access_token={token} HTTP/1.1\r\nHost: a\r\n\r\n");
    send(&mut by_query, &head).await;
    for client in [&mut by_header, &mut by_query] {
        let begun = answer(client, "data: alice\n\n\r\n").await;
        assert!(
            begun.starts_with("HTTP/1.1 200 ") && begun.contains("text/event-stream"),
            "{begun}"
        );
    }
    server.end().await;
    for mut client in [by_header, by_query] {
        assert_eq!(rest(&mut client).await, "0\r\n\r\n", "its end was told");
    }
}

#[tokio::test]
async fn a_stream_that_does_not_look_is_cut_when_the_grace_is_over() {
    let (app, token) = streaming();
    let server = Running::start(patient().grace(SHORT), app).await;
    let mut client = server.client().await;
    send(&mut client, &asking("/deaf", &token)).await;
    answer(&mut client, "data: alice\n\n\r\n").await;
    server.end().await;
    assert_eq!(rest(&mut client).await, "", "cut in its midst");
}

#[tokio::test]
async fn a_guarded_socket_speaks_hears_and_says_goodbye_when_the_server_ends() {
    let (app, token) = streaming();
    let server = Running::start(patient().grace(Duration::from_secs(600)), app).await;
    let mut client = socket_of(&server, &token).await;
    assert!(switched(&mut client).await.starts_with("HTTP/1.1 101 "));
    assert_eq!(frame(&mut client).await, (0x81, b"alice".to_vec()));
    // A client's frame is masked (§5.3), here with zeros.
    client.write_all(b"\x81\x82\0\0\0\0hi").await.unwrap();
    assert_eq!(frame(&mut client).await, (0x81, b"hi".to_vec()));
    let ended = tokio::spawn(server.end());
    // Going away (§7.4.1).
    assert_eq!(frame(&mut client).await, (0x88, b"\x03\xe9the end".to_vec()));
    drop(client);
    within(ended).await.unwrap();
}

#[tokio::test]
async fn who_asks_after_the_call_is_told_at_once_and_who_has_no_server_never() {
    let (asked, telling) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (ask, tell) = (Arc::clone(&asked), Arc::clone(&telling));
    let handler = async move |ending: Ending| {
        assert!(!ending.has_begun());
        tell.notify_one();
        ask.notified().await;
        ending.begins().await;
        ending.has_begun().to_string()
    };
    let server = Running::start(patient(), Router::new().route("/", axum::routing::get(handler))).await;
    let mut client = server.client().await;
    send(&mut client, HELLO).await;
    within(telling.notified()).await;
    let ended = tokio::spawn(server.end());
    asked.notify_one();
    assert!(rest(&mut client).await.ends_with("true"));
    within(ended).await.unwrap();

    let alone = Ending::default();
    assert!(!alone.has_begun());
    assert!(timeout(SHORT, alone.begins()).await.is_err());
    let all = alone.closes(stream::iter([1, 2]));
    assert_eq!(futures_util::StreamExt::collect::<Vec<_>>(all).await, [1, 2]);
}
