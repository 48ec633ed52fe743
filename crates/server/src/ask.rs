//! A question to the server of this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use portcullis::TrustedProxies;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::config::Settings;
use crate::failure::{Failure, OrFail as _, Outcome};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// An answer beyond this is not ours.
const ANSWER_MAX_BYTES: u64 = 64 << 10;

/// The header of the PROXY protocol for whom nobody asked to connect (`LOCAL`).
const FOR_OURSELVES: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

/// What it answered.
pub(crate) struct Answered {
    pub(crate) address: SocketAddr,
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Asks the server that these settings are for.
///
/// # Errors
/// Nobody answers where it should listen, or the settings do not say where that is.
pub(crate) async fn ask(settings: &Settings, path: &str) -> Outcome<Answered> {
    let proxies = settings.trusted_proxies()?;
    let mut last = None;
    for address in settings.listen.addresses().await?.into_iter().map(reachable) {
        if address.port() == 0 {
            let what = "the settings let the server take any port";
            return Err(Failure::usage(what, "Say where it listens, with --listen."));
        }
        let asked = timeout(PATIENCE, ask_at(address, &proxies, path)).await;
        match asked.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())) {
            Ok((status, body)) => return Ok(Answered { address, status, body }),
            Err(error) => last = Some((address, error)),
        }
    }
    let (address, error) = last.or_fail("the server has no address", "Set listen.")?;
    let what = format!("no server answers at {address}");
    Err(Failure::new(what, "Start it, or say where it listens with --listen.").because(error))
}

/// Where this machine reaches a server that listens there.
fn reachable(address: SocketAddr) -> SocketAddr {
    let host = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    SocketAddr::new(host, address.port())
}

async fn ask_at(address: SocketAddr, proxies: &TrustedProxies, path: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await?;
    if proxies.sends_proxy_header(stream.local_addr()?.ip()) {
        stream.write_all(FOR_OURSELVES).await?;
    }
    // Of HTTP/1.0, so that the body comes as it is.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX_BYTES).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let foreign = || std::io::Error::other("what answers there is no server of HTTP");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(foreign)?;
    let status = head
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1))
        .and_then(|status| status.parse().ok());
    Ok((status.ok_or_else(foreign)?, body.to_owned()))
}
