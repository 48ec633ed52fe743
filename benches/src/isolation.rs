//! What logins do to everyone else: the tail of a guarded request beside eight clients that log in without pause, and beside
//! 64 connections that guess; what as many requests do to bare axum's tells how much of it is the queue alone.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::http::{guarded, token};
use crate::load::{Connection, Outcome, get, login_request, steady};
use crate::process::{Place, Server, fastapi_environment, pin_load, portcullis};
use crate::table::Table;

const RATE: u32 = 200;
const TIME: Duration = Duration::from_secs(10);
const LOGIN_CLIENTS: usize = 8;
const CONNECTIONS: u64 = 64;

/// Who does what beside the measured requests.
#[derive(Clone, Copy)]
enum Beside {
    /// They log in, each time over a new connection.
    Logins,
    /// They guess, each over a connection that stays.
    Guesses,
    /// They ask bare axum, each over a connection that stays.
    Hellos,
}

impl Beside {
    /// Threads that do it: 64 of them on the load's one core would measure the load, so one has many connections.
    fn clients(self) -> usize {
        match self {
            Self::Logins => LOGIN_CLIENTS,
            Self::Guesses | Self::Hellos => 1,
        }
    }

    fn go_on(self, address: SocketAddr, stop: &AtomicBool, done: &AtomicU64) -> io::Result<()> {
        match self {
            Self::Logins => log_in(address, stop, done),
            Self::Guesses => keep_asking(address, stop, done, |n| login_request("admin", &format!("wrong-{n}"))),
            Self::Hellos => keep_asking(address, stop, done, |_| get("/", "")),
        }
    }
}

fn log_in(address: SocketAddr, stop: &AtomicBool, done: &AtomicU64) -> io::Result<()> {
    while !stop.load(Ordering::Relaxed) {
        let (status, _) = Connection::open(address)?.ask(&login_request("johndoe", "secret"))?;
        if status == 200 {
            done.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// Keeps one request under way on each of 64 connections.
fn keep_asking(
    address: SocketAddr,
    stop: &AtomicBool,
    done: &AtomicU64,
    request: impl Fn(u64) -> Vec<u8>,
) -> io::Result<()> {
    let mut open = Vec::new();
    for n in 0..CONNECTIONS {
        let mut connection = Connection::open(address)?;
        connection.send(&request(n))?;
        open.push(connection);
    }
    let mut n = CONNECTIONS;
    while !stop.load(Ordering::Relaxed) {
        for connection in &mut open {
            if matches!(connection.receive()?, 200 | 400 | 401 | 429) {
                done.fetch_add(1, Ordering::Relaxed);
            }
            n += 1;
            connection.send(&request(n))?;
        }
    }
    Ok(())
}

/// Runs `work` while others do that; gives what it gave and how often a second they did it.
fn beside<T>(server: &Server, what: Beside, work: impl FnOnce() -> io::Result<T>) -> io::Result<(T, f64)> {
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..what.clients())
        .map(|_| {
            let (stop, count, address) = (stop.clone(), count.clone(), server.address);
            std::thread::spawn(move || what.go_on(address, &stop, &count))
        })
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    let (start, before) = (std::time::Instant::now(), count.load(Ordering::Relaxed));
    let done = work()?;
    let rate = (count.load(Ordering::Relaxed) - before) as f64 / start.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        let _ = client.join();
    }
    Ok((done, rate))
}

pub fn run() -> io::Result<()> {
    println!(
        "\n(b) GET /users/me/ at {RATE} a second, alone and beside others without pause: {LOGIN_CLIENTS} clients that log in, or {CONNECTIONS} connections that guess"
    );
    println!("    (server on one core; a request is late from the moment it was due)");
    pin_load();
    let mut table = Table::new([
        "",
        "alone p50 ms",
        "alone p99 ms",
        "beside p50 ms",
        "beside p99 ms",
        "p99 ratio",
        "beside/s",
    ]);
    let mut measure = |name: &str, server: &Server, what: Beside, request: Vec<u8>| -> io::Result<()> {
        steady(server.address, &request, RATE, Duration::from_secs(1))?;
        let alone = steady(server.address, &request, RATE, TIME)?;
        let (beside, others) = beside(server, what, || steady(server.address, &request, RATE, TIME))?;
        let ms = |outcome: &Outcome, share| outcome.percentile(share).as_secs_f64() * 1e3;
        let ratio = ms(&beside, 0.99) / ms(&alone, 0.99);
        let cells =
            [ms(&alone, 0.5), ms(&alone, 0.99), ms(&beside, 0.5), ms(&beside, 0.99)].map(|ms| format!("{ms:.3}"));
        let [a, b, c, d] = cells;
        table.row([name.into(), a, b, c, d, format!("{ratio:.1}"), format!("{others:.1}")]);
        Ok(())
    };
    let hello = Server::hello()?;
    measure("bare axum, 64 that ask it", &hello, Beside::Hellos, get("/", ""))?;
    drop(hello);
    let demo = Server::demo()?;
    measure("portcullis, logins", &demo, Beside::Logins, guarded(&token(&demo)?))?;
    let folder = tempfile::tempdir()?;
    let place = Place::folder(&folder.path().join("data"));
    portcullis(&["init"], &place)?;
    let (server, token_of_admin) = (
        Server::serve(&place)?,
        portcullis(&["token", "issue", "admin"], &place)?,
    );
    let request = guarded(token_of_admin.trim());
    measure("portcullis serve, 64 that guess", &server, Beside::Guesses, request)?;
    if let Some(folder) = fastapi_environment() {
        let server = Server::fastapi(&folder, "app_jwt:app")?;
        measure(
            "FastAPI's chapter, logins",
            &server,
            Beside::Logins,
            guarded(&token(&server)?),
        )?;
    }
    table.print();
    Ok(())
}
