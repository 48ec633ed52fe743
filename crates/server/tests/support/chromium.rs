//! Headless Chromium, spoken to over two pipes in its DevTools protocol: JSON messages, each ended by a NUL.
//!
//! The protocol: <https://chromedevtools.github.io/devtools-protocol/>. Pipes need no port and no WebSocket; the shell
//! is there because Chromium expects them at the descriptors 3 and 4.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// For one answer of the browser; its first start on a busy machine takes many seconds.
const PATIENCE: Duration = Duration::from_secs(60);

const FLAGS: &[&str] = &[
    "--headless",
    "--remote-debugging-pipe",
    // Chromium's sandbox does not start for root, as which tests run in containers; only our own pages are opened.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // No name leads anywhere but those of tests, which lead here: a page that asks for one is noticed, and nothing is sent.
    "--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// A running browser with a fresh profile; both are gone when dropped.
pub(crate) struct Chromium {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    last_id: u64,
    events: Vec<Value>,
    // Removed after the browser has ended: fields are dropped after `drop`.
    _profile: TempDir,
}

impl Chromium {
    /// The browser to use: the `CHROMIUM` variable, or the first that the search path has.
    pub(crate) fn find() -> Option<PathBuf> {
        if let Some(path) = std::env::var_os("CHROMIUM") {
            return Some(path.into());
        }
        let path = std::env::var_os("PATH")?;
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let mut programs = std::env::split_paths(&path).flat_map(|dir| names.map(|name| dir.join(name)));
        programs.find(|program| program.is_file())
    }

    /// # Panics
    /// If the program does not start.
    pub(crate) fn start(program: &Path) -> Self {
        let profile = TempDir::new().expect("a temporary folder");
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#])
            .arg(program)
            .args(FLAGS);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("a shell");
        let input = child.stdin.take().expect("a pipe");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, messages) = channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            while output.read_until(0, &mut bytes).is_ok_and(|length| length > 0) {
                let message = serde_json::from_slice(bytes.strip_suffix(&[0]).unwrap_or(&bytes));
                if message.map(|message| sender.send(message)).is_err() {
                    return;
                }
                bytes.clear();
            }
        });
        Self {
            child,
            input,
            messages,
            last_id: 0,
            events: Vec::new(),
            _profile: profile,
        }
    }

    /// Calls a method and gives its result. Events that arrive meanwhile are kept.
    ///
    /// # Errors
    /// What the browser says against it.
    ///
    /// # Panics
    /// If the browser has ended or does not answer.
    pub(crate) fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Result<Value, String> {
        self.last_id += 1;
        let mut message = json!({"id": self.last_id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let sent = self
            .input
            .write_all(format!("{message}\0").as_bytes())
            .and_then(|()| self.input.flush());
        sent.unwrap_or_else(|e| panic!("the browser has ended before {method}: {e}"));
        loop {
            let answer = self.messages.recv_timeout(PATIENCE);
            let mut answer = answer.unwrap_or_else(|e| panic!("the browser does not answer {method}: {e}"));
            if answer["id"] == json!(self.last_id) {
                return match answer.get("error") {
                    Some(error) => Err(format!("{method}: {error}")),
                    None => Ok(answer["result"].take()),
                };
            }
            self.events.push(answer);
        }
    }

    /// The events so far, each once.
    pub(crate) fn take_events(&mut self) -> Vec<Value> {
        self.events.extend(self.messages.try_iter());
        std::mem::take(&mut self.events)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Asked to close, it ends its children too; killed, it leaves that to the closed pipes.
        let _ = self.input.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
