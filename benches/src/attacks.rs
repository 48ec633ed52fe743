//! What strangers can do to a server: its memory, and how long a health check waits, under each attack.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::load::{Connection, get};
use crate::process::Server;
use crate::table::Table;

/// How many connections each attack takes.
const CLIENTS: usize = 60;

/// The limit of open files of the second server: fewer than the attack takes.
const FEW_FILES: u64 = 64;

/// One attack on a server; what it gives is held while the server is looked at.
type Attack = fn(&Server) -> io::Result<Vec<TcpStream>>;

const ATTACKS: &[(&str, Attack)] = &[
    ("half-sent forms of 1 MiB a field, urlencoded", half_sent_pairs),
    ("half-sent forms of 1 MiB a field, multipart", half_sent_parts),
    ("idle connections", idle),
    ("half-sent heads", half_sent_heads),
    ("hang-ups in the middle of an answer, 20 each", hang_ups),
    ("tokens of bogus key ids, 20 each", bogus_keys),
];

fn clients(server: &Server, each: impl Fn(&mut TcpStream) -> io::Result<()>) -> io::Result<Vec<TcpStream>> {
    let mut open = Vec::new();
    for _ in 0..CLIENTS {
        let mut client = TcpStream::connect_timeout(&server.address, Duration::from_secs(5))?;
        client.set_write_timeout(Some(Duration::from_secs(2)))?;
        // A server that has enough of it closes: that is an answer too.
        let _ = each(&mut client);
        open.push(client);
    }
    Ok(open)
}

/// The head of a form that is longer than what is sent of it.
fn form_head(content_type: &str) -> String {
    format!("POST /token HTTP/1.1\r\nHost: a\r\nContent-Type: {content_type}\r\nContent-Length: 4194304\r\n\r\n")
}

fn half_sent_pairs(server: &Server) -> io::Result<Vec<TcpStream>> {
    let value = vec![b'x'; (1 << 20) - 20];
    clients(server, |client| {
        client.write_all(form_head("application/x-www-form-urlencoded").as_bytes())?;
        for name in ["username", "password", "scope"] {
            client.write_all(format!("&{name}=").as_bytes())?;
            client.write_all(&value)?;
        }
        Ok(())
    })
}

fn half_sent_parts(server: &Server) -> io::Result<Vec<TcpStream>> {
    let value = vec![b'x'; (1 << 20) - 20];
    clients(server, |client| {
        client.write_all(form_head("multipart/form-data; boundary=B").as_bytes())?;
        for name in ["username", "password", "scope"] {
            let head = format!("\r\n--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            client.write_all(head.trim_start_matches("\r\n").as_bytes())?;
            client.write_all(&value)?;
            client.write_all(b"\r\n")?;
        }
        Ok(())
    })
}

fn idle(server: &Server) -> io::Result<Vec<TcpStream>> {
    clients(server, |_| Ok(()))
}

fn half_sent_heads(server: &Server) -> io::Result<Vec<TcpStream>> {
    clients(server, |client| client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX: "))
}

fn hang_ups(server: &Server) -> io::Result<Vec<TcpStream>> {
    for _ in 0..20 {
        clients(server, |client| client.write_all(&get("/openapi.json", "")))?;
    }
    Ok(Vec::new())
}

/// Header and claims are in the right form; the key is nobody's.
fn bogus_keys(server: &Server) -> io::Result<Vec<TcpStream>> {
    use base64::Engine as _;
    let part = |text: &str| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text);
    for round in 0..20 {
        clients(server, |client| {
            let header = part(&format!(r#"{{"alg":"HS256","typ":"JWT","kid":"bogus-{round}"}}"#));
            let token = format!(
                "{header}.{}.{}",
                part(r#"{"sub":"johndoe","exp":9999999999}"#),
                part("signature")
            );
            client.write_all(&get("/users/me/", &format!("Authorization: Bearer {token}\r\n")))
        })?;
    }
    Ok(Vec::new())
}

/// How long a new client waits for an answer.
fn health(server: &Server) -> io::Result<Duration> {
    let start = Instant::now();
    let (status, _) = Connection::open(server.address)?.ask(&get("/openapi.json", ""))?;
    if status == 200 {
        Ok(start.elapsed())
    } else {
        Err(io::Error::other(format!("answered {status}")))
    }
}

pub fn run() -> io::Result<()> {
    println!("\n(h) {CLIENTS} connections of strangers: what the server holds, and how long a new client waits");
    let mut table = Table::new([
        "attack",
        "files",
        "before MB",
        "under it MB",
        "KB each",
        "new client ms",
    ]);
    for (name, attack) in ATTACKS {
        for files in [None, Some(FEW_FILES)] {
            // A fresh server each, so that no attack pays for the memory of another.
            let server = Server::demo_with_files(files)?;
            health(&server)?;
            let mb = |server: &Server| server.resident_kib().unwrap_or_default() as f64 / 1024.0;
            let before = mb(&server);
            let held = attack(&server)?;
            let waited = health(&server);
            let under = mb(&server);
            drop(held);
            table.row([
                (*name).into(),
                files.map_or("as it is".into(), |files| files.to_string()),
                format!("{before:.1}"),
                format!("{under:.1}"),
                format!("{:.0}", (under - before) * 1024.0 / CLIENTS as f64),
                waited.map_or_else(
                    |error| error.to_string(),
                    |time| format!("{:.1}", time.as_secs_f64() * 1e3),
                ),
            ]);
        }
    }
    table.print();
    Ok(())
}
