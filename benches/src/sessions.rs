//! What lasts beyond a login: refreshes that are durable, what programs and proxies ask, and a million sessions.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis_core::jose::{Algorithm, SigningKey};
use portcullis_core::{Account, Attempt, Auth, Presented, ScopeSet};
use portcullis_sql::rusqlite::Connection as Database;
use portcullis_sql::{SqliteSessions, SqliteUsers};

use crate::load::{Connection, get, saturate};
use crate::process::{Place, Server, pin_load, portcullis};
use crate::table::{Table, median};

const SESSIONS: usize = 1_000_000;
const TASKS: usize = 64;
const ROUNDS: usize = 5;
pub const TIME: Duration = Duration::from_secs(2);

type Failure = Box<dyn Error + Send + Sync>;

pub fn run() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let place = Place::folder(&data);
    let client = set_up(&place)?.client;
    println!("\n(k) what programs ask, {TASKS} connections, server on one core, load on the other");
    asked(&place, &client)?;
    println!("\n(k) {SESSIONS} sessions in SQLite, {TASKS} tasks on two threads");
    let before = held(&place)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(refreshes(&data)).map_err(io::Error::other)?;
    let with = held(&place)?;
    println!("  a server that starts: {before:.1} MiB without sessions, {with:.1} MiB with {SESSIONS} of them");
    Ok(())
}

/// A deployment with a client.
pub struct Deployment {
    /// The client's `Basic` header.
    pub client: String,
    /// The administrator's.
    pub password: String,
}

pub fn set_up(place: &Place) -> io::Result<Deployment> {
    let said = portcullis(&["init"], place)?;
    let password = said.lines().find_map(|line| line.strip_prefix("password "));
    let password = password.and_then(|rest| rest.split_whitespace().next());
    let password = password.ok_or_else(|| io::Error::other("no password"))?.to_owned();
    let added = [
        "client",
        "add",
        "job",
        "--grants",
        "client_credentials",
        "--scopes",
        "users:read",
        "--json",
    ];
    let added: serde_json::Value = serde_json::from_str(&portcullis(&added, place)?)?;
    let secret = added.get("client_secret").and_then(|secret| secret.as_str());
    let secret = secret.ok_or_else(|| io::Error::other("no secret"))?;
    let pair = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("job:{secret}"));
    let client = format!("Authorization: Basic {pair}\r\n");
    Ok(Deployment { client, password })
}

pub fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Requests per second of each kind, and of the bare framework.
fn asked(place: &Place, client: &str) -> io::Result<()> {
    let (hello, server) = (Server::hello()?, Server::serve(place)?);
    pin_load();
    let token = portcullis(&["token", "issue", "admin"], place)?;
    let token = token.trim();
    let rows = [
        ("bare axum hello", get("/", "")),
        (
            "POST /introspect",
            post("/introspect", client, &format!("token={token}")),
        ),
        (
            "GET /verify",
            get("/verify", &format!("Authorization: Bearer {token}\r\n")),
        ),
        (
            "POST /token, client_credentials",
            post("/token", client, "grant_type=client_credentials&scope=users:read"),
        ),
    ];
    let mut figures = vec![Vec::new(); rows.len()];
    for _ in 0..ROUNDS {
        for ((name, request), figures) in rows.iter().zip(&mut figures) {
            let server = if name.starts_with("bare") { &hello } else { &server };
            let (status, body) = Connection::open(server.address)?.ask(request)?;
            if status != 200 {
                return Err(io::Error::other(format!(
                    "{name}: {status} {}",
                    String::from_utf8_lossy(&body)
                )));
            }
            figures.push(saturate(server.address, request, TASKS, TIME)?.per_second);
        }
    }
    let mut table = Table::new(["", "requests/s", "against bare axum"]);
    let floor = median(figures.first().into_iter().flatten().copied());
    for ((name, _), figures) in rows.iter().zip(figures) {
        let rate = median(figures);
        table.row([(*name).into(), format!("{rate:.0}"), format!("{:.2}", rate / floor)]);
    }
    table.print();
    Ok(())
}

/// What a server holds that just started and was asked once, in MiB.
fn held(place: &Place) -> io::Result<f64> {
    let server = Server::serve(place)?;
    Connection::open(server.address)?.ask(&get("/health/ready", ""))?;
    Ok(server.resident_kib().unwrap_or_default() as f64 / 1024.0)
}

/// The floor: one thread, one prepared UPDATE of a row of the same size, a commit each.
fn commits(path: &Path) -> Result<f64, Failure> {
    let database = Database::open(path)?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE IF NOT EXISTS t (id BLOB PRIMARY KEY, digest BLOB, parent BLOB, generation INTEGER) WITHOUT ROWID;
         INSERT OR IGNORE INTO t VALUES (x'00', zeroblob(32), zeroblob(32), 0)",
    )?;
    let mut update = database.prepare("UPDATE t SET digest = ?1, parent = digest, generation = generation + 1")?;
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < TIME {
        update.execute([&[7_u8; 32][..]])?;
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

async fn refreshes(data: &Path) -> Result<(), Failure> {
    let users = SqliteUsers::open(data.join("users.db")).await?;
    let admin = portcullis_core::UserStore::by_login(&users, "admin")
        .await?
        .ok_or("no user")?;
    let sessions = SqliteSessions::on(users.database().clone()).await?;
    let auth: Auth = Auth::builder(SigningKey::generate(Algorithm::EdDSA)?, users)
        .sessions(sessions)
        .build()?;
    let begun = Instant::now();
    let admin = Arc::new(admin);
    let started: Vec<_> = (0..TASKS)
        .map(|_| tokio::spawn(begin(auth.clone(), admin.clone())))
        .collect();
    let mut tokens = Vec::new();
    for task in started {
        tokens.push(task.await??);
    }
    let rate = SESSIONS as f64 / begun.elapsed().as_secs_f64();
    let mut table = Table::new(["", "per second", "against a bare commit each"]);
    let (mut floors, mut refreshed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let floor = data.join("floor.db");
        floors.push(tokio::task::spawn_blocking(move || commits(&floor)).await??);
        let begun = Instant::now();
        let running: Vec<_> = std::mem::take(&mut tokens)
            .into_iter()
            .map(|token| tokio::spawn(refresh(auth.clone(), token, begun)))
            .collect();
        let mut count = 0_u32;
        for task in running {
            let (token, times) = task.await??;
            tokens.push(token);
            count += times;
        }
        refreshed.push(f64::from(count) / begun.elapsed().as_secs_f64());
    }
    let floor = median(floors);
    for (name, rate) in [
        ("floor: one thread, an UPDATE and a commit each", floor),
        ("sessions begun, durable, with both tokens", rate),
        ("refreshes, durable, with both tokens", median(refreshed)),
    ] {
        table.row([name.into(), format!("{rate:.0}"), format!("{:.2}", rate / floor)]);
    }
    table.print();
    Ok(())
}

/// Begins a task's share of the sessions; the refresh token of the last.
async fn begin(auth: Auth, user: Arc<Account>) -> Result<String, Failure> {
    let mut last = None;
    for _ in 0..SESSIONS / TASKS {
        last = auth
            .begin(&user, ScopeSet::empty(), None, &Attempt::default())
            .await?
            .refresh_token;
    }
    last.ok_or_else(|| "no refresh token".into())
}

/// One client that refreshes without pause; its last token, and how often.
pub async fn refresh(auth: Auth, mut token: String, begun: Instant) -> Result<(String, u32), Failure> {
    let mut times = 0;
    while begun.elapsed() < TIME {
        let presented = Presented {
            text: &token,
            client: None,
            scope: None,
            attempt: &Attempt::default(),
        };
        token = auth.refresh(presented).await?.refresh_token.ok_or("no refresh token")?;
        times += 1;
    }
    Ok((token, times))
}
