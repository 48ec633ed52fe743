//! What one node and two answer over HTTP. All nodes and the database are on one core, the load is on the other: what is
//! told is per core of a machine that runs everything.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::ROUNDS;
use super::refreshes::{FLOOR, FLOOR_TABLES, WRITES};
use crate::load::{Connection, follow, get};
use crate::postgres::Postgres;
use crate::process::{Place, Server, pin_load, portcullis};
use crate::sessions::{Deployment, TIME, post, set_up};
use crate::table::{Table, median};

const CONNECTIONS: usize = 64;
const REVOCATIONS: usize = 500;

/// The connections of a load, each with what it asks next.
type Load = Vec<(Connection, Vec<u8>)>;

pub fn run() -> io::Result<()> {
    println!("\n(n) nodes on PostgreSQL, {CONNECTIONS} connections; nodes and database on one core, load on the other");
    let Some(postgres) = Postgres::start_pinned()? else {
        return Ok(());
    };
    postgres.run(FLOOR_TABLES)?;
    let place = Place::database(&postgres.url());
    let deployment = set_up(&place)?;
    let nodes = [Server::serve(&place)?, Server::serve(&place)?];
    let hello = Server::hello()?;
    pin_load();
    let addresses = [nodes[0].address, nodes[1].address];
    let token = portcullis(&["token", "issue", "admin"], &place)?;
    let introspect = post("/introspect", &deployment.client, &format!("token={}", token.trim()));
    let login = login(&deployment);
    let mut table = Table::new(["", "floor", "one node", "ratio", "two nodes", "against one"]);
    let hello = || constant(&[hello.address], &get("/", ""), CONNECTIONS);
    let asked = |nodes: &[SocketAddr]| constant(nodes, &introspect, CONNECTIONS);
    row(
        &mut table,
        "introspections, against bare axum's hello",
        &addresses,
        (&hello, &asked),
    )?;
    let floor = || postgres.pgbench(FLOOR, WRITES, TIME);
    let mut loads =
        [refreshing(&addresses[..1], &login)?, refreshing(&addresses, &login)?].map(std::cell::RefCell::new);
    let refreshed = |nodes: &[SocketAddr]| follow(&mut loads[nodes.len() - 1].borrow_mut(), next_refresh, TIME);
    row(
        &mut table,
        "refreshes, against pgbench's UPDATE and INSERT",
        &addresses,
        (&floor, &refreshed),
    )?;
    let logins = |nodes: &[SocketAddr]| constant(nodes, &login, 8);
    row(
        &mut table,
        "logins, against the raw hash (Argon2id, 19 MiB)",
        &addresses,
        (&raw_hash, &logins),
    )?;
    table.print();
    let load = std::mem::take(loads[1].get_mut());
    delays(&addresses, &deployment, load)
}

type Floor<'a> = &'a dyn Fn() -> io::Result<f64>;
type Rate<'a> = &'a dyn Fn(&[SocketAddr]) -> io::Result<f64>;

/// The floor, one node and two, in turns.
fn row(
    table: &mut Table<6>,
    name: &str,
    nodes: &[SocketAddr; 2],
    (floor, rate): (Floor<'_>, Rate<'_>),
) -> io::Result<()> {
    let (mut floors, mut one, mut two) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(floor()?);
        one.push(rate(&nodes[..1])?);
        two.push(rate(nodes)?);
    }
    let (floor, one, two) = (median(floors), median(one), median(two));
    let whole = |figure: f64| format!("{figure:.0}");
    let ratio = |figure: f64| format!("{figure:.2}");
    table.row([
        name.into(),
        whole(floor),
        whole(one),
        ratio(one / floor),
        whole(two),
        ratio(two / one),
    ]);
    Ok(())
}

/// The same request on each of so many connections, shared out to the nodes.
fn constant(nodes: &[SocketAddr], request: &[u8], connections: usize) -> io::Result<f64> {
    let mut load = nodes
        .iter()
        .cycle()
        .take(connections)
        .map(|node| Ok((Connection::open(*node)?, request.to_vec())))
        .collect::<io::Result<Load>>()?;
    follow(&mut load, |_| Some(request.to_vec()), TIME)
}

fn login(deployment: &Deployment) -> Vec<u8> {
    let password = &deployment.password;
    post("/token", "", &format!("username=admin&password={password}"))
}

/// Connections that each logged in, and refresh from then on.
fn refreshing(nodes: &[SocketAddr], login: &[u8]) -> io::Result<Load> {
    let begin = |node: &SocketAddr| {
        let mut connection = Connection::open(*node)?;
        let (status, body) = connection.ask(login)?;
        let request = next_refresh(&body).ok_or_else(|| io::Error::other(format!("a login was answered {status}")))?;
        Ok((connection, request))
    };
    nodes.iter().cycle().take(CONNECTIONS).map(begin).collect()
}

/// What is asked with the refresh token of an answer.
fn next_refresh(answer: &[u8]) -> Option<Vec<u8>> {
    let token = field(answer, "refresh_token")?;
    Some(post(
        "/token",
        "",
        &format!("grant_type=refresh_token&refresh_token={token}"),
    ))
}

/// A text in an object.
fn field(answer: &[u8], name: &str) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(answer).ok()?;
    answer.get(name)?.as_str().map(str::to_owned)
}

/// Hashes a second of one thread.
fn raw_hash() -> io::Result<f64> {
    let params = argon2::Params::new(19_456, 2, 1, Some(32)).map_err(|error| io::Error::other(error.to_string()))?;
    let hasher = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < TIME {
        let mut tag = [0; 32];
        let _ = hasher.hash_password_into(b"secret", &[7; 16], &mut tag);
        std::hint::black_box(tag);
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

/// How long after it was answered that a token ended the other node takes it, while both refresh for others.
fn delays(nodes: &[SocketAddr; 2], deployment: &Deployment, mut load: Load) -> io::Result<()> {
    let done = AtomicBool::new(false);
    // Not as fast as they can: what is measured is the way of the news, and not a full core.
    load.truncate(4);
    let delays = std::thread::scope(|scope| {
        let working = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                follow(&mut load, next_refresh, Duration::from_millis(20))?;
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok::<_, io::Error>(())
        });
        let delays = revoke_all(nodes, deployment);
        done.store(true, Ordering::Relaxed);
        working.join().map_err(|_| io::Error::other("the load failed"))??;
        delays
    });
    let mut delays = delays?;
    delays.sort();
    let at = |part: usize| delays[(delays.len() - 1) * part / 100].as_millis();
    println!(
        "  {REVOCATIONS} tokens revoked at one node are refused by the other after p50 {} ms, p99 {} ms, at most {} ms",
        at(50),
        at(99),
        at(100)
    );
    Ok(())
}

fn revoke_all(nodes: &[SocketAddr; 2], deployment: &Deployment) -> io::Result<Vec<Duration>> {
    let (mut one, mut other) = (Connection::open(nodes[0])?, Connection::open(nodes[1])?);
    let issue = post(
        "/token",
        &deployment.client,
        "grant_type=client_credentials&scope=users:read",
    );
    let mut delays = Vec::new();
    for number in 0..REVOCATIONS {
        let (_, body) = one.ask(&issue)?;
        let token = field(&body, "access_token").ok_or_else(|| io::Error::other("no token"))?;
        let verify = get("/verify", &format!("Authorization: Bearer {token}\r\n"));
        if other.ask(&verify)?.0 != 200 {
            return Err(io::Error::other("a new token was refused"));
        }
        // At moments that have nothing to do with the beat of those who look.
        std::thread::sleep(Duration::from_millis(number as u64 * 7 % 50));
        let (status, _) = one.ask(&post("/revoke", &deployment.client, &format!("token={token}")))?;
        let since = Instant::now();
        while status == 200 && other.ask(&verify)?.0 == 200 {
            std::thread::sleep(Duration::from_millis(1));
        }
        delays.push(since.elapsed());
    }
    Ok(delays)
}
