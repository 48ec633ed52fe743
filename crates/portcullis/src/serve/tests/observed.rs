use std::sync::Mutex;

use super::*;
use crate::router::{ApiRouter, get as described};

/// Notes what it is told: method, path, route, status, bytes, who asks.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<String>>);

impl Observe for Notes {
    fn answered(&self, it: &Exchange<'_>) {
        let status = it.status.map_or(0, |status| status.as_u16());
        let route = it.route.unwrap_or("-");
        let agent = it.agent.and_then(|agent| agent.to_str().ok()).unwrap_or("-");
        let line = format!("{} {} {route} {status} {} {agent}", it.method, it.path, it.bytes);
        self.0.lock().unwrap().push(line);
    }
}

impl Notes {
    /// The lines, once there are so many.
    async fn lines(&self, count: usize) -> Vec<String> {
        within(async {
            while self.0.lock().unwrap().len() < count {
                sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        self.0.lock().unwrap().clone()
    }
}

async fn observed() -> (Running, Arc<Notes>) {
    let notes = Arc::new(Notes::default());
    let ours = ApiRouter::<()>::new().api_route("/ours/{name}", described(async || "mine"));
    let app = app().merge(ours.finish(()));
    let server = Server::bind("127.0.0.1:0").await.unwrap().limits(patient());
    (Running::of(server.observe(notes.clone()), app), notes)
}

#[tokio::test]
async fn every_request_is_told_once_with_its_route_and_without_its_query() {
    let (server, notes) = observed().await;
    let mut client = server.client().await;
    for (request, ends) in [
        (
            "GET /ours/x?secret=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: curl\r\n\r\n",
            "mine",
        ),
        ("POST /ours/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "}"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "hello"),
    ] {
        send(&mut client, request).await;
        answer(&mut client, ends).await;
    }
    send(&mut client, "GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").await;
    answer(&mut client, "}").await;
    send(&mut client, "GET /twice HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").await;
    rest(&mut client).await;
    let lines = notes.lines(5).await;
    assert_eq!(lines[0], "GET /ours/x /ours/{name} 200 4 curl");
    assert!(
        lines[1].starts_with("POST /ours/x ") && lines[1].contains(" 405 "),
        "{lines:?}"
    );
    assert_eq!(lines[2], "GET / - 200 5 -");
    assert!(lines[3].starts_with("GET /panic - 500 "), "{lines:?}");
    assert_eq!(lines[4], "GET /twice - 400 0 -");
    assert_eq!(lines.len(), 5);
}

#[tokio::test]
async fn a_client_that_goes_before_the_answer_or_within_it_is_told_too() {
    let notes = Arc::new(Notes::default());
    let (app, begun, _gate) = gated();
    let server = Server::bind("127.0.0.1:0").await.unwrap().limits(patient());
    let server = Running::of(server.observe(notes.clone()), app);
    let mut client = server.client().await;
    send(&mut client, "GET /gated HTTP/1.1\r\nHost: a\r\n\r\n").await;
    until(&begun).await;
    drop(client);
    assert_eq!(notes.lines(1).await, ["GET /gated - 0 0 -"]);
    let mut client = server.client().await;
    send(&mut client, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut byte = [0];
    within(client.read_exact(&mut byte)).await.unwrap();
    drop(client);
    assert!(notes.lines(2).await[1].starts_with("GET /large - 200 "));
}

#[tokio::test]
async fn requests_side_by_side_do_not_take_each_others_routes() {
    let (server, notes) = observed().await;
    let asking = (0..40).map(|number| {
        let addr = server.addr;
        tokio::spawn(async move {
            let mut client = TcpStream::connect(addr).await.unwrap();
            let path = if number % 2 == 0 { "/ours/x" } else { "/" };
            let close = "Host: a\r\nConnection: close\r\n\r\n";
            send(&mut client, &format!("GET {path} HTTP/1.1\r\n{close}")).await;
            rest(&mut client).await;
        })
    });
    for asked in asking.collect::<Vec<_>>() {
        asked.await.unwrap();
    }
    let lines = notes.lines(40).await;
    let count = |line: &str| lines.iter().filter(|told| *told == line).count();
    assert_eq!(
        (count("GET /ours/x /ours/{name} 200 4 -"), count("GET / - 200 5 -")),
        (20, 20)
    );
}
