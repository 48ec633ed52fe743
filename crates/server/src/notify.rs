//! What the service manager is told (`sd_notify(3)`): a datagram to the socket that it names.

use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The socket of the manager, if it started us and wants to know.
pub(crate) struct Manager {
    socket: UnixDatagram,
    to: SocketAddr,
}

impl Manager {
    /// As `NOTIFY_SOCKET` says. A name that cannot be used is told, and no reason not to serve.
    pub(crate) fn of_environment() -> Option<Self> {
        let name = std::env::var("NOTIFY_SOCKET").ok().filter(|name| !name.is_empty())?;
        Self::at(&name)
            .inspect_err(|error| tracing::warn!(%error, socket = name, "the service manager cannot be told anything"))
            .ok()
    }

    /// A path, or a name of its own kind behind `@`.
    fn at(name: &str) -> io::Result<Self> {
        let to = match name.strip_prefix('@') {
            Some(name) => unnamed_by_a_path(name)?,
            None => SocketAddr::from_pathname(name)?,
        };
        let socket = UnixDatagram::unbound()?;
        // It is told, not waited for.
        socket.set_nonblocking(true)?;
        Ok(Self { socket, to })
    }

    /// Tells a state, such as `READY=1`.
    pub(crate) fn tell(&self, state: &str) {
        if let Err(error) = self.socket.send_to_addr(state.as_bytes(), &self.to) {
            tracing::warn!(%error, state, "the service manager could not be told");
        }
    }
}

#[cfg(target_os = "linux")]
fn unnamed_by_a_path(name: &str) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt as _;
    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn unnamed_by_a_path(_: &str) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

/// How often the manager wants to hear that we live, if it does (`WatchdogSec=`): half the time after which it would end
/// us.
pub(crate) fn watchdog() -> Option<Duration> {
    let variable = |name| std::env::var(name).ok();
    let micros: u64 = variable("WATCHDOG_USEC")?.parse().ok()?;
    // Meant for another process, which we were started by.
    let ours = variable("WATCHDOG_PID").is_none_or(|pid| pid.parse() == Ok(std::process::id()));
    let half = Duration::from_micros(micros).checked_div(2)?;
    (ours && !half.is_zero()).then_some(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_a_name_that_is_none_are_told_and_a_manager_that_is_gone_is_no_matter() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let by_path = UnixDatagram::bind(&path).expect("bound");
        let name = format!("portcullis-test-{}", std::process::id());
        let by_name = unnamed_by_a_path(&name).and_then(|address| UnixDatagram::bind_addr(&address));
        let by_name = by_name.expect("bound");
        for (manager, name) in [(by_path, path.to_str().expect("text")), (by_name, &format!("@{name}"))] {
            let told = Manager::at(name).expect("a socket");
            told.tell("READY=1");
            let mut text = [0; 64];
            let length = manager.recv(&mut text).expect("told");
            assert_eq!(&text[..length], b"READY=1");
            drop(manager);
            told.tell("STOPPING=1");
        }
    }
}
