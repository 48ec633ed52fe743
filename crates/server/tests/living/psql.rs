//! PostgreSQL's own client beside us: what stands in a database, and who keeps a table to themselves.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Stdio};

use super::databases::client;

/// What a statement answers, a line a row.
pub(crate) fn ask(url: &str, sql: &str) -> String {
    let answered = client(url).args(["-c", sql]).output().expect("the client starts");
    assert!(answered.status.success(), "{sql}");
    String::from_utf8(answered.stdout).expect("text").trim().to_owned()
}

/// A session that has begun something, which ends when it is dropped.
pub(crate) struct Session {
    client: Child,
    answers: BufReader<ChildStdout>,
}

impl Session {
    /// Carries these statements out, and stays.
    pub(crate) fn after(url: &str, sql: &str) -> Self {
        let mut command = client(url);
        let mut client = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the client starts");
        let answers = BufReader::new(client.stdout.take().expect("a pipe"));
        let mut session = Self { client, answers };
        session.ask(sql);
        session
    }

    /// Carries these statements out too, and says what they answer, a line a row.
    pub(crate) fn ask(&mut self, sql: &str) -> String {
        self.begin(sql);
        self.end()
    }

    /// Hands statements over, and does not wait for them.
    pub(crate) fn begin(&mut self, sql: &str) {
        let mut to = self.client.stdin.as_ref().expect("a pipe");
        writeln!(to, "{sql};\n\\echo done").expect("it reads");
    }

    /// What the statements that were handed over answer.
    pub(crate) fn end(&mut self) -> String {
        let mut answer = String::new();
        loop {
            let from = answer.len();
            assert!(
                self.answers.read_line(&mut answer).expect("text") > 0,
                "a statement failed"
            );
            if answer[from..].trim() == "done" {
                return answer[..from].trim().to_owned();
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Its input ends, and so it ends, and what it had begun.
        drop(self.client.stdin.take());
        let _ = self.client.wait();
    }
}
