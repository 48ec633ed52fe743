use std::sync::atomic::AtomicBool;

use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use bytes::Bytes;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::*;

mod observed;
mod proxies;
mod streams;

const SHORT: Duration = Duration::from_millis(150);
/// No test waits longer for what must come.
const AT_MOST: Duration = Duration::from_secs(20);

/// Limits so long that none of them ends a test, from which each test shortens one.
fn patient() -> Limits {
    let long = Duration::from_secs(600);
    Limits {
        head_time: long,
        body_pause: long,
        body_time: long,
        write_pause: long,
        idle: long,
        ..Limits::default()
    }
}

struct Running {
    addr: SocketAddr,
    end: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Running {
    async fn start(limits: Limits, app: Router) -> Self {
        Self::of(Server::bind("127.0.0.1:0").await.unwrap().limits(limits), app)
    }

    fn of(server: Server, app: Router) -> Self {
        let addr = server.local_addr();
        let (end, ending) = oneshot::channel::<()>();
        let ended = tokio::spawn(server.run(app, async {
            let _ = ending.await;
        }));
        Self { addr, end, ended }
    }

    async fn client(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.unwrap()
    }

    async fn end(self) {
        self.end.send(()).unwrap();
        within(self.ended).await.unwrap();
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(AT_MOST, future).await.expect("it takes far too long")
}

fn app() -> Router {
    Router::new()
        .route("/", get(async || "hello"))
        .route(
            "/echo",
            post(async |body: Result<Bytes, _>| body.map_err(|_| StatusCode::REQUEST_TIMEOUT)),
        )
        .route("/blind", post(async || "not looked at"))
        .route(
            "/peer",
            get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()),
        )
        .route("/panic", get(async || -> &'static str { panic!("on purpose") }))
        .route("/large", get(async || vec![b'x'; 64 << 20]))
}

async fn send(client: &mut TcpStream, text: &str) {
    client.write_all(text.as_bytes()).await.unwrap();
}

/// All that comes until the server closes; a reset counts as an end.
async fn rest(client: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let _ = within(client.read_to_end(&mut all)).await;
    String::from_utf8(all).unwrap()
}

/// One answer on a connection that stays open.
async fn answer(client: &mut TcpStream, ends_with: &str) -> String {
    let mut all = Vec::new();
    while !all.ends_with(ends_with.as_bytes()) {
        let read = within(client.read_buf(&mut all)).await.unwrap();
        assert_ne!(read, 0, "closed after {:?}", String::from_utf8_lossy(&all));
    }
    String::from_utf8(all).unwrap()
}

const HELLO: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn a_head_that_never_ends_is_cut_even_if_bytes_keep_coming() {
    let server = Running::start(
        Limits {
            head_time: SHORT,
            ..patient()
        },
        app(),
    )
    .await;
    let mut client = server.client().await;
    let (mut reader, mut writer) = client.split();
    let dripping = async {
        while writer.write_all(b"X").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let mut byte = [0];
    tokio::select! {
        () = dripping => {}
        read = within(reader.read(&mut byte)) => assert!(matches!(read, Ok(0) | Err(_))),
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_cut() {
    let server = Running::start(
        Limits {
            head_time: SHORT,
            ..patient()
        },
        app(),
    )
    .await;
    let mut client = server.client().await;
    assert_eq!(rest(&mut client).await, "");
}

#[tokio::test]
async fn a_second_head_that_never_ends_is_cut_too() {
    let server = Running::start(
        Limits {
            head_time: SHORT,
            ..patient()
        },
        app(),
    )
    .await;
    let mut client = server.client().await;
    send(&mut client, HELLO).await;
    answer(&mut client, "hello").await;
    send(&mut client, "GET / HT").await;
    assert_eq!(rest(&mut client).await, "");
}

#[tokio::test]
async fn a_body_that_stalls_gives_the_handler_a_time_out() {
    let server = Running::start(
        Limits {
            body_pause: SHORT,
            ..patient()
        },
        app(),
    )
    .await;
    let mut client = server.client().await;
    send(
        &mut client,
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123",
    )
    .await;
    assert!(rest(&mut client).await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn a_body_that_drips_is_ended_after_its_whole_time() {
    let server = Running::start(
        Limits {
            body_time: SHORT,
            ..patient()
        },
        app(),
    )
    .await;
    let mut client = server.client().await;
    send(
        &mut client,
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n",
    )
    .await;
    let (mut reader, mut writer) = client.split();
    let dripping = async {
        while writer.write_all(b"X").await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut head = [0; 12];
    tokio::select! {
        () = dripping => {}
        read = within(reader.read_exact(&mut head)) => {
            read.unwrap();
            assert_eq!(&head, b"HTTP/1.1 408");
        }
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = Running::start(
        Limits {
            idle: SHORT,
            ..patient()
        },
        app(),
    )
    .await;
    let mut client = server.client().await;
    send(&mut client, HELLO).await;
    answer(&mut client, "hello").await;
    assert_eq!(rest(&mut client).await, "");
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_cut() {
    let limits = Limits {
        write_pause: SHORT,
        connections: 1,
        ..patient()
    };
    let server = Running::start(limits, app()).await;
    let mut deaf = server.client().await;
    send(&mut deaf, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await;
    // There is one place only: the next client is served when the first is gone.
    let mut next = server.client().await;
    send(&mut next, HELLO).await;
    answer(&mut next, "hello").await;
}

#[tokio::test]
async fn a_slow_handler_is_no_slow_client() {
    let app = Router::new().route(
        "/slow",
        post(async |body: Bytes| {
            sleep(SHORT * 4).await;
            body
        }),
    );
    let limits = Limits {
        head_time: SHORT,
        body_pause: SHORT,
        body_time: SHORT,
        write_pause: SHORT,
        ..patient()
    };
    let server = Running::start(Limits { idle: SHORT, ..limits }, app).await;
    let mut client = server.client().await;
    send(
        &mut client,
        "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    )
    .await;
    answer(&mut client, "abc").await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_431_and_the_answer_arrives() {
    let server = Running::start(patient(), app()).await;
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(200 << 10));
    let above = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(64 << 10));
    let between = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(90_000));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(100));
    for head in [long, above, between, many] {
        let mut client = server.client().await;
        send(&mut client, &head).await;
        assert!(rest(&mut client).await.starts_with("HTTP/1.1 431 "));
    }
    let mut client = server.client().await;
    send(
        &mut client,
        &format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(60 << 10)),
    )
    .await;
    answer(&mut client, "hello").await;
}

#[tokio::test]
async fn fewer_header_lines_can_be_asked_for() {
    let server = Running::start(
        Limits {
            head_lines: 3,
            ..patient()
        },
        app(),
    )
    .await;
    let mut client = server.client().await;
    send(&mut client, "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\n\r\n").await;
    answer(&mut client, "hello").await;
    send(&mut client, "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\nE: f\r\n\r\n").await;
    assert!(rest(&mut client).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn an_answer_that_comes_before_the_body_arrives_whole() {
    let server = Running::start(patient(), app()).await;
    let mut client = server.client().await;
    let size = 4 << 20;
    send(
        &mut client,
        &format!("POST /blind HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n"),
    )
    .await;
    client.write_all(&vec![b'x'; size]).await.unwrap();
    assert!(rest(&mut client).await.ends_with("not looked at"));
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_server_goes_on() {
    let server = Running::start(patient(), app()).await;
    let mut client = server.client().await;
    send(&mut client, "GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let answered = answer(&mut client, "}").await;
    assert!(answered.starts_with("HTTP/1.1 500 "), "{answered}");
    assert!(
        answered.ends_with("\r\n\r\n{\"detail\":\"Internal Server Error\"}"),
        "{answered}"
    );
    send(&mut client, HELLO).await;
    answer(&mut client, "hello").await;
}

#[tokio::test]
async fn bad_clients_do_not_stop_the_accepting() {
    let server = Running::start(patient(), app()).await;
    for bad in ["\u{0}\u{1}\u{2}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET", ""] {
        let mut client = server.client().await;
        send(&mut client, bad).await;
        drop(client);
    }
    let mut client = server.client().await;
    send(&mut client, "nonsense\r\n\r\n").await;
    assert!(rest(&mut client).await.starts_with("HTTP/1.1 400 "));
    let mut client = server.client().await;
    send(&mut client, HELLO).await;
    answer(&mut client, "hello").await;
}

/// An application with a handler that is busy until it is told.
fn busy_app(began: Arc<Semaphore>, until: Arc<Notify>) -> Router {
    let busy = move || {
        let (began, until) = (Arc::clone(&began), Arc::clone(&until));
        async move {
            began.add_permits(1);
            until.notified().await;
            "done"
        }
    };
    app().route("/busy", get(busy))
}

const BUSY: &str = "GET /busy HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn where_all_are_busy_further_connections_wait_for_a_place() {
    let (began, until) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let app = busy_app(Arc::clone(&began), Arc::clone(&until));
    let server = Running::start(patient().connections(2), app).await;
    let (mut first, mut second) = (server.client().await, server.client().await);
    send(&mut first, BUSY).await;
    send(&mut second, BUSY).await;
    let _both = within(began.acquire_many(2)).await.unwrap();
    let mut third = server.client().await;
    send(&mut third, HELLO).await;
    let mut byte = [0];
    assert!(
        timeout(SHORT, third.peek(&mut byte)).await.is_err(),
        "there is no place for a third"
    );
    until.notify_one();
    answer(&mut third, "hello").await;
    until.notify_one();
    // Nobody who was busy was cut.
    answer(&mut first, "done").await;
    answer(&mut second, "done").await;
}

#[tokio::test]
async fn the_connection_that_is_idle_for_longest_makes_room() {
    let server = Running::start(patient().connections(3), app()).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = server.client().await;
        send(&mut client, HELLO).await;
        answer(&mut client, "hello").await;
        clients.push(client);
    }
    let mut next = server.client().await;
    send(&mut next, HELLO).await;
    answer(&mut next, "hello").await;
    assert_eq!(rest(&mut clients[0]).await, "", "the first has gone");
    send(&mut clients[2], HELLO).await;
    answer(&mut clients[2], "hello").await;
}

#[tokio::test]
async fn sockets_that_say_nothing_or_half_of_it_keep_nobody_out() {
    let server = Running::start(patient().connections(4), app()).await;
    let mut silent = Vec::new();
    for (round, said) in [
        "",
        "GET / HT",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
    ]
    .into_iter()
    .cycle()
    .take(60)
    .enumerate()
    {
        let mut client = server.client().await;
        send(&mut client, said).await;
        silent.push(client);
        if round % 10 == 9 {
            let mut client = server.client().await;
            send(&mut client, HELLO).await;
            answer(&mut client, "hello").await;
        }
    }
}

#[tokio::test]
async fn the_handler_knows_the_peer() {
    let server = Running::start(patient(), app()).await;
    let mut client = server.client().await;
    let own = client.local_addr().unwrap().to_string();
    send(&mut client, "GET /peer HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(answer(&mut client, &own).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn several_requests_sent_at_once_are_answered_in_order() {
    let server = Running::start(patient(), app()).await;
    let mut client = server.client().await;
    send(
        &mut client,
        &format!("{HELLO}{HELLO}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
    )
    .await;
    assert_eq!(rest(&mut client).await.matches("hello").count(), 3);
}

/// A handler that has begun and goes on when it is let.
fn gated() -> (Router, Arc<AtomicBool>, Arc<Notify>) {
    let (begun, gate) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&begun), Arc::clone(&gate));
    let handler = move || {
        let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
        async move {
            tell.store(true, Ordering::SeqCst);
            wait.notified().await;
            "finished"
        }
    };
    (app().route("/gated", get(handler)), begun, gate)
}

async fn until(begun: &AtomicBool) {
    within(async {
        while !begun.load(Ordering::SeqCst) {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn at_the_end_requests_in_flight_finish_and_idle_connections_close() {
    let (app, begun, gate) = gated();
    let server = Running::start(
        Limits {
            grace: AT_MOST,
            ..patient()
        },
        app,
    )
    .await;
    let (mut idle, mut silent, mut busy) = (server.client().await, server.client().await, server.client().await);
    send(&mut idle, HELLO).await;
    answer(&mut idle, "hello").await;
    send(&mut busy, "GET /gated HTTP/1.1\r\nHost: a\r\n\r\n").await;
    until(&begun).await;
    let addr = server.addr;
    server.end.send(()).unwrap();
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(rest(&mut silent).await, "");
    assert!(TcpStream::connect(addr).await.is_err(), "nobody listens any more");
    assert!(!server.ended.is_finished());
    gate.notify_one();
    assert!(rest(&mut busy).await.ends_with("finished"));
    within(server.ended).await.unwrap();
}

#[tokio::test]
async fn what_outlasts_the_grace_is_cut() {
    let (app, begun, _gate) = gated();
    let server = Running::start(
        Limits {
            grace: SHORT,
            ..patient()
        },
        app,
    )
    .await;
    let mut busy = server.client().await;
    send(&mut busy, "GET /gated HTTP/1.1\r\nHost: a\r\n\r\n").await;
    until(&begun).await;
    server.end().await;
    assert_eq!(rest(&mut busy).await, "");
}

#[tokio::test]
async fn a_server_that_is_dropped_cuts_its_connections() {
    let server = Running::start(patient(), app()).await;
    let mut client = server.client().await;
    send(&mut client, HELLO).await;
    answer(&mut client, "hello").await;
    server.ended.abort();
    assert_eq!(rest(&mut client).await, "");
}

/// A handler that takes the connection over and echoes what comes, as a WebSocket's would.
async fn take_over(mut request: axum::extract::Request) -> axum::response::Response {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgrade.await.unwrap());
        let (mut reader, mut writer) = tokio::io::split(&mut stream);
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
    });
    let head = [("connection", "upgrade"), ("upgrade", "echo")];
    (StatusCode::SWITCHING_PROTOCOLS, head).into_response()
}

async fn taken_over(server: &Running) -> TcpStream {
    let mut client = server.client().await;
    let head = "GET /echoes HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
    send(&mut client, head).await;
    assert!(answer(&mut client, "\r\n\r\n").await.starts_with("HTTP/1.1 101"));
    client
}

#[tokio::test]
async fn a_connection_that_a_handler_took_over_speaks_is_not_timed_and_keeps_its_place() {
    let app = app().route("/echoes", get(take_over));
    let server = Running::start(patient().idle(SHORT).connections(1), app).await;
    let mut client = taken_over(&server).await;
    sleep(SHORT * 4).await;
    send(&mut client, "still here").await;
    assert_eq!(answer(&mut client, "here").await, "still here");
    // The one place is taken until it ends: it is not idle.
    let mut second = server.client().await;
    send(&mut second, HELLO).await;
    let mut byte = [0];
    assert!(timeout(SHORT, second.peek(&mut byte)).await.is_err());
    drop(client);
    assert!(answer(&mut second, "hello").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_connection_that_a_handler_took_over_is_cut_when_the_grace_is_over() {
    let app = app().route("/echoes", get(take_over));
    let server = Running::start(patient().grace(SHORT), app).await;
    let mut client = taken_over(&server).await;
    server.end().await;
    assert_eq!(rest(&mut client).await, "");
}

#[tokio::test]
async fn an_address_that_is_taken_or_none_is_named_in_the_error() {
    let server = Server::bind("127.0.0.1:0").await.unwrap();
    for addr in [server.local_addr().to_string(), "nonsense".to_owned()] {
        let error = Server::bind(addr.as_str()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen on {addr}"));
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[test]
fn only_errors_of_one_client_are_passed_over_at_once() {
    assert!(concerns_one_client(&io::ErrorKind::ConnectionAborted.into()));
    let too_many_files = io::Error::from_raw_os_error(24);
    assert!(!concerns_one_client(&too_many_files));
}
