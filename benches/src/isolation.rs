//! What logins do to everyone else: the tail of a guarded request beside eight clients that log in without pause.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::http::{guarded, token};
use crate::load::{Connection, Outcome, login_request, steady};
use crate::process::{Server, fastapi_environment, pin_load};
use crate::table::Table;

const RATE: u32 = 200;
const TIME: Duration = Duration::from_secs(10);
const LOGIN_CLIENTS: usize = 8;

/// Runs `work` while eight clients log in; gives what it gave and the logins per second.
fn beside_logins<T>(server: &Server, work: impl FnOnce() -> io::Result<T>) -> io::Result<(T, f64)> {
    let (stop, logins) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..LOGIN_CLIENTS)
        .map(|_| {
            let (stop, logins, address) = (stop.clone(), logins.clone(), server.address);
            std::thread::spawn(move || -> io::Result<()> {
                let request = login_request("johndoe", "secret");
                while !stop.load(Ordering::Relaxed) {
                    if Connection::open(address)?.ask(&request)?.0 == 200 {
                        logins.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Ok(())
            })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    let (start, before) = (std::time::Instant::now(), logins.load(Ordering::Relaxed));
    let done = work()?;
    let rate = (logins.load(Ordering::Relaxed) - before) as f64 / start.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        let _ = client.join();
    }
    Ok((done, rate))
}

pub fn run() -> io::Result<()> {
    println!(
        "\n(b) GET /users/me/ at {RATE} a second, alone and beside {LOGIN_CLIENTS} clients that log in without pause"
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
        "logins/s",
    ]);
    let mut measure = |name: &str, server: &Server| -> io::Result<()> {
        let request = guarded(&token(server)?);
        steady(server.address, &request, RATE, Duration::from_secs(1))?;
        let alone = steady(server.address, &request, RATE, TIME)?;
        let (beside, logins) = beside_logins(server, || steady(server.address, &request, RATE, TIME))?;
        let ms = |outcome: &Outcome, share| outcome.percentile(share).as_secs_f64() * 1e3;
        let ratio = ms(&beside, 0.99) / ms(&alone, 0.99);
        let cells =
            [ms(&alone, 0.5), ms(&alone, 0.99), ms(&beside, 0.5), ms(&beside, 0.99)].map(|ms| format!("{ms:.3}"));
        let [a, b, c, d] = cells;
        table.row([name.into(), a, b, c, d, format!("{ratio:.1}"), format!("{logins:.1}")]);
        Ok(())
    };
    measure("portcullis", &Server::demo()?)?;
    if let Some(folder) = fastapi_environment() {
        measure("FastAPI's chapter", &Server::fastapi(&folder, "app_jwt:app")?)?;
    }
    table.print();
    Ok(())
}
