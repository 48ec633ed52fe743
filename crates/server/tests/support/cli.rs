//! The built binary, run as a user would.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::too_many_arguments)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

#[path = "http.rs"]
pub(crate) mod http;

pub(crate) use http::{Answer, exchange, host};

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Its standard output, of a command that must succeed.
    #[track_caller]
    pub(crate) fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// Its standard error, of a command that must fail with this code and say nothing else.
    #[track_caller]
    pub(crate) fn bad(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
        self.err
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.good()).expect("JSON")
    }
}

/// The binary without any setting of our own environment.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    let ours = |name: &str| name.starts_with("PORTCULLIS_") || name == "SECRET_KEY" || name == "RUST_LOG";
    for (name, _) in std::env::vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a command to its end with nothing on standard input.
pub(crate) fn run(arguments: &[&str]) -> Run {
    finish(command(arguments), "")
}

/// The same with this text on standard input.
pub(crate) fn run_with(arguments: &[&str], input: &str) -> Run {
    finish(command(arguments), input)
}

pub(crate) fn finish(mut command: Command, input: &str) -> Run {
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the built binary starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A command that reads nothing may have ended already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Run {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// A data folder with an administrator.
pub(crate) struct Setup {
    folder: tempfile::TempDir,
    pub(crate) data: String,
    pub(crate) password: String,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self::with(&[], &[])
    }

    /// With variables of the environment and further arguments of `init`.
    pub(crate) fn with(variables: &[(&str, &str)], arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data").to_str().expect("a name").to_owned();
        let mut init = command(&[&["init", "--data", &data], arguments].concat());
        init.envs(variables.iter().copied());
        let out = finish(init, "").good();
        let password = printed_password(&out);
        Self { folder, data, password }
    }

    pub(crate) fn path(&self) -> &Path {
        Path::new(&self.data)
    }

    /// A command on this folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        command(&[arguments, &["--data", &self.data]].concat())
    }

    /// Runs a command on this folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Run {
        run_with(&[arguments, &["--data", &self.data]].concat(), input)
    }

    pub(crate) fn serve(&self) -> Serving {
        Serving::start(&["serve", "--data", &self.data])
    }

    /// The same under the name of its own address, by which other programs find what there is.
    pub(crate) fn serve_as_issuer(&self) -> Serving {
        let address = free_address();
        let issuer = format!("http://{address}");
        Serving::spawn(self.command(&["serve", "--listen", &address, "--issuer", &issuer]))
    }
}

/// An address that is free now, on which a server may then listen.
pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// The password that a command printed.
pub(crate) fn printed_password(out: &str) -> String {
    let line = out
        .lines()
        .find(|line| line.starts_with("password "))
        .unwrap_or_else(|| panic!("{out}"));
    line.split_whitespace().nth(1).expect("a password").to_owned()
}

/// A server, killed when dropped.
pub(crate) struct Serving {
    child: Child,
    pub(crate) base: String,
    /// What it printed up to its address.
    pub(crate) first_line: String,
    out: BufReader<std::process::ChildStdout>,
}

impl Serving {
    /// Starts it on a free port and waits until it says where it listens.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(command(&[arguments, &["--listen", "127.0.0.1:0"]].concat()))
    }

    /// The same, signing with this secret.
    pub(crate) fn with_secret(arguments: &[&str], secret: &str) -> Self {
        let mut command = command(&[arguments, &["--listen", "127.0.0.1:0"]].concat());
        command.env("SECRET_KEY", secret);
        Self::spawn(command)
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        command.stderr(Stdio::inherit());
        Self::spawn_quiet(command)
    }

    /// The same where somebody reads what it writes on standard error.
    pub(crate) fn spawn_quiet(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the built binary starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut first_line = String::new();
        out.read_line(&mut first_line).expect("text");
        let base = first_line.trim().strip_prefix("listening on ").map(str::to_owned);
        let base = base.unwrap_or_else(|| panic!("it said {first_line:?} first"));
        Self {
            child,
            base,
            first_line,
            out,
        }
    }

    /// As many lines more of what it prints.
    pub(crate) fn lines(&mut self, count: usize) -> Vec<String> {
        let lines = self.out.by_ref().lines().take(count);
        lines.map(|line| line.expect("text")).collect()
    }

    /// `TERM`, or another signal.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .expect("a shell")
                .success()
        );
    }

    /// Waits for its end; gives the exit code.
    pub(crate) fn wait(mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }

    pub(crate) fn host(&self) -> &str {
        host(&self.base)
    }

    pub(crate) fn port(&self) -> u16 {
        let port = self.host().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        port.expect("a port")
    }

    /// A token for a login, or the refusal.
    pub(crate) fn log_in(&self, name: &str, password: &str, scope: &str) -> Result<String, Answer> {
        let form = format!(
            "username={}&password={}&scope={}",
            escape(name),
            escape(password),
            escape(scope)
        );
        let kind = "application/x-www-form-urlencoded";
        let answer = self.send("POST", "/token", None, kind, &form);
        match json(&answer)["access_token"].as_str() {
            Some(token) if answer.status == 200 => Ok(token.to_owned()),
            _ => Err(answer),
        }
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> Answer {
        self.send("GET", path, Some(token), "", "")
    }

    pub(crate) fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        self.send(method, path, Some(token), "application/json", &body.to_string())
    }

    pub(crate) fn send(&self, method: &str, path: &str, token: Option<&str>, kind: &str, body: &str) -> Answer {
        let request = message(self.host(), method, path, token, kind, body);
        exchange(self.host(), method, request.as_bytes()).expect("an answer")
    }
}

/// A whole request.
pub(crate) fn message(host: &str, method: &str, path: &str, token: Option<&str>, kind: &str, body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    if let Some(token) = token {
        text += &format!("Authorization: Bearer {token}\r\n");
    }
    if !kind.is_empty() {
        text += &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
    }
    text + "\r\n" + body
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body as JSON; `null` if it is none.
pub(crate) fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// Percent-encodes everything but letters and digits.
pub(crate) fn escape(text: &str) -> String {
    let one = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(one).collect()
}
