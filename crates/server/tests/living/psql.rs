//! PostgreSQL's own client beside us: what stands in a database, and who keeps a table to themselves.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};

use super::databases::client;

/// What a statement answers, a line a row.
pub(crate) fn ask(url: &str, sql: &str) -> String {
    let answered = client(url).args(["-c", sql]).output().expect("the client starts");
    assert!(answered.status.success(), "{sql}");
    String::from_utf8(answered.stdout).expect("text").trim().to_owned()
}

/// A session that has begun something, which ends when it is dropped.
pub(crate) struct Session(Child);

impl Session {
    /// Carries these statements out, and stays.
    pub(crate) fn after(url: &str, sql: &str) -> Self {
        let mut command = client(url);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the client starts");
        let mut to = child.stdin.as_ref().expect("a pipe");
        writeln!(to, "{sql};\n\\echo done").expect("it reads");
        let mut from = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        while line.trim() != "done" {
            line.clear();
            assert!(from.read_line(&mut line).expect("text") > 0, "{sql}");
        }
        Self(child)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Its input ends, and so it ends, and what it had begun.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
