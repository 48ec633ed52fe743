//! A guarded request against the bare framework, and against the chapter's own app.

use std::io;
use std::time::Duration;

use crate::load::{Connection, get, login_request, saturate};
use crate::process::{Server, fastapi_environment, pin_load};
use crate::table::{Table, median};

const CONNECTIONS: usize = 64;
pub const ROUNDS: usize = 5;
pub const TIME: Duration = Duration::from_secs(3);

/// A token from the server's own login.
pub fn token(server: &Server) -> io::Result<String> {
    let (status, body) = Connection::open(server.address)?.ask(&login_request("johndoe", "secret"))?;
    let answer: serde_json::Value = serde_json::from_slice(&body)?;
    match answer.get("access_token").and_then(|token| token.as_str()) {
        Some(token) if status == 200 => Ok(token.to_owned()),
        _ => Err(io::Error::other(format!("login answered {status}"))),
    }
}

/// The request that is measured.
pub fn guarded(token: &str) -> Vec<u8> {
    get("/users/me/", &format!("Authorization: Bearer {token}\r\n"))
}

/// Requests per second, and processor time per request in µs.
pub fn measure(server: &Server, request: &[u8], time: Duration) -> io::Result<(f64, f64)> {
    let before = server.cpu_seconds().unwrap_or_default();
    let outcome = saturate(server.address, request, CONNECTIONS, time)?;
    if outcome.bad > 0 {
        return Err(io::Error::other(format!("{} answers were not 200", outcome.bad)));
    }
    let cpu = server.cpu_seconds().unwrap_or_default() - before;
    Ok((
        outcome.per_second,
        cpu * 1e6 / (outcome.per_second * time.as_secs_f64()),
    ))
}

pub fn run() -> io::Result<()> {
    println!(
        "\n(a) GET /users/me/ with a good token, {CONNECTIONS} connections, server on one core, load on the other"
    );
    pin_load();
    let (hello, ours) = (Server::hello()?, Server::demo()?);
    let fastapi = fastapi_environment().and_then(|folder| Server::fastapi(&folder, "app_jwt:app").ok());
    let token = token(&ours)?;
    let (plain, with_token) = (get("/", ""), guarded(&token));
    // The head that brings the token costs the framework too.
    let alike = get("/", &format!("Authorization: Bearer {token}\r\n"));
    let peer_request = fastapi
        .as_ref()
        .map(|peer| self::token(peer).map(|token| guarded(&token)))
        .transpose()?;
    for (server, request) in [(&hello, &plain), (&ours, &with_token)] {
        measure(server, request, Duration::from_secs(1))?;
    }
    let mut figures = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        figures[0].push(measure(&hello, &plain, TIME)?);
        figures[1].push(measure(&ours, &with_token, TIME)?);
        if let (Some(peer), Some(request)) = (&fastapi, &peer_request) {
            figures[2].push(measure(peer, request, TIME)?);
        }
        figures[3].push(measure(&hello, &alike, TIME)?);
    }
    let rate = |index: usize| median(figures[index].iter().map(|figure| figure.0));
    let mut table = Table::new([
        "",
        "requests/s",
        "CPU µs/request",
        "against bare axum",
        "asked alike",
        "against FastAPI",
    ]);
    for (index, name) in [
        (0, "bare axum hello"),
        (3, "bare axum hello, the token in its head"),
        (1, "portcullis, guarded"),
        (2, "FastAPI's chapter, guarded"),
    ] {
        if figures[index].is_empty() {
            continue;
        }
        let cpu = median(figures[index].iter().map(|figure| figure.1));
        let peer = if figures[2].is_empty() {
            "-".into()
        } else {
            format!("{:.1}", rate(index) / rate(2))
        };
        table.row([
            name.into(),
            format!("{:.0}", rate(index)),
            format!("{cpu:.2}"),
            format!("{:.3}", rate(index) / rate(0)),
            format!("{:.3}", rate(index) / rate(3)),
            peer,
        ]);
    }
    table.print();
    Ok(())
}
