//! Programs of others, run beside the server.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Where a program is installed, if it is.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = folders
        .iter()
        .map(|folder| PathBuf::from(folder).join(name))
        .find(|path| path.exists());
    if found.is_none() {
        eprintln!("left out: no {name}; run scripts/peers");
    }
    found
}

/// A port that was free just now.
pub(crate) fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    free.expect("a port").port()
}

/// A program that serves, ended with the test.
pub(crate) struct Beside(Child);

impl Beside {
    /// Starts it and waits until it listens there.
    pub(crate) fn start(mut command: Command, port: u16) -> Self {
        let child = command.stdout(Stdio::null()).spawn().expect("it starts");
        let mut beside = Self(child);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert_eq!(beside.0.try_wait().expect("asked"), None, "it ended");
            std::thread::sleep(Duration::from_millis(20));
        }
        beside
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A connection to a port of this machine that comes from 127.0.0.2.
fn from_elsewhere(port: u16) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let stream = runtime.expect("a runtime").block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket
            .bind(SocketAddr::from(([127, 0, 0, 2], 0)))
            .expect("an address of this machine");
        let stream = socket.connect(SocketAddr::from(([127, 0, 0, 1], port))).await;
        stream.and_then(tokio::net::TcpStream::into_std).expect("connects")
    });
    stream.set_nonblocking(false).expect("set");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    stream
}

/// Sends a request from 127.0.0.2; the whole answer, empty where there was none. Its connection must be one that closes.
pub(crate) fn ask_from_elsewhere(port: u16, request: &str) -> String {
    let mut stream = from_elsewhere(port);
    let (mut answer, sent) = (Vec::new(), stream.write_all(request.as_bytes()));
    if sent.is_ok() {
        let _ = stream.read_to_end(&mut answer);
    }
    String::from_utf8(answer).expect("text")
}
