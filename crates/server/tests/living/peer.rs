//! A program of another framework beside us: requests go in, answers come out, a line each.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::support::Serving;

/// The Python that `scripts/peers` filled; `None` where it was not run.
pub(crate) fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers/venv/bin/python");
    if python.exists() {
        return Some(python);
    }
    assert!(std::env::var_os("CI").is_none(), "scripts/peers was not run");
    eprintln!("left out: Django and Flask are not installed, see scripts/peers");
    None
}

pub(crate) struct Peer {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a program beside this file with one argument, and waits until it says that it is ready.
    pub(crate) fn start(python: &Path, program: &str, argument: &Value) -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/living").join(program);
        let mut child = Command::new(python)
            .arg(program)
            .arg(argument.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python starts");
        let mut peer = Self {
            requests: child.stdin.take().expect("a pipe"),
            answers: BufReader::new(child.stdout.take().expect("a pipe")),
            child,
        };
        assert_eq!(peer.line(), "ready");
        peer
    }

    /// One request, and its answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, request: Value) -> Value {
        writeln!(self.requests, "{request}").expect("it reads");
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{request}: {line:?}"))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("text");
        line.trim().to_owned()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// For how long a change is waited for that holds within a second on a machine that has the time.
const PATIENCE: Duration = Duration::from_secs(20);

/// What changed there ends a token here.
#[track_caller]
pub(crate) fn refused_soon(server: &Serving, token: &str) {
    let begun = Instant::now();
    while server.get("/users/me/", token).status == 200 {
        assert!(begun.elapsed() < PATIENCE, "still good");
        std::thread::sleep(Duration::from_millis(20));
    }
}
