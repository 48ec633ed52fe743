//! The built binary as a server of its own, for as long as a test needs it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How long a start may take: a debug build hashes the demo users' passwords on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `portcullis`, killed when dropped.
pub(crate) struct Server {
    child: Child,
    base: String,
}

impl Server {
    /// Starts `portcullis` with these arguments and `--listen 127.0.0.1:0`, signing with this secret, and waits until it
    /// says where it listens. Settings of our own environment do not reach it.
    ///
    /// # Panics
    /// If it does not start; the message holds what it printed.
    pub(crate) fn start(arguments: &[&str], secret: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PORTCULLIS_")) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .args(["--listen", "127.0.0.1:0"])
            .env("SECRET_KEY", secret);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the built binary starts");
        let (sender, lines) = channel();
        let errors = sender.clone();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        // Both pipes are read to their end, so that the server never blocks on a full one.
        let out = thread::spawn(move || each_line(stdout, |line| drop(sender.send((true, line)))));
        let err = thread::spawn(move || each_line(stderr, |line| drop(errors.send((false, line)))));
        match address(&lines) {
            Ok(base) => Self { child, base },
            Err(printed) => {
                stop(&mut child);
                drop((out.join(), err.join()));
                panic!(
                    "portcullis {} did not say where it listens: {printed}",
                    arguments.join(" ")
                );
            }
        }
    }

    /// Where it listens, such as `http://127.0.0.1:40123`, without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn each_line(pipe: Option<impl Read>, mut take: impl FnMut(String)) {
    if let Some(pipe) = pipe {
        BufReader::new(pipe).lines().map_while(Result::ok).for_each(&mut take);
    }
}

/// The first address on standard output, or all that was printed instead.
fn address(lines: &Receiver<(bool, String)>) -> Result<String, String> {
    let mut printed = Vec::new();
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok((true, line)) => match address_in(&line) {
                Some(base) => return Ok(base),
                None => printed.push(line),
            },
            Ok((false, line)) => printed.push(line),
            Err(RecvTimeoutError::Timeout) => return Err(format!("it went on printing nothing {printed:?}")),
            Err(RecvTimeoutError::Disconnected) => return Err(format!("it ended {printed:?}")),
        }
    }
}

fn address_in(line: &str) -> Option<String> {
    let start = line.find("http://127.0.0.1:")?;
    let authority = &line[start + "http://".len()..];
    let end = authority
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'))
        .unwrap_or(authority.len());
    let port: u16 = authority[..end].rsplit_once(':')?.1.parse().ok()?;
    (port != 0).then(|| format!("http://127.0.0.1:{port}"))
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn the_address_is_found_in_its_sentence() {
        let found = address_in("Listening on http://127.0.0.1:40123/docs, say");
        assert_eq!(found.as_deref(), Some("http://127.0.0.1:40123"));
        assert_eq!(address_in("http://127.0.0.1:0"), None);
        assert_eq!(address_in("nothing here"), None);
    }
}
