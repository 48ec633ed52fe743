//! The C implementations, in a Python process that is asked over its standard input.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::process;

/// What all stored hashes of the bench are made of; `peer.py` has it too.
pub const PASSWORD: &str = "correct horse battery staple";

/// The running process, stopped on drop.
pub struct Peer {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Peer {
    /// In an environment of its own, or where that cannot be made in the system's Python, which has OpenSSL and
    /// libxcrypt alone. `None` (and a line): there is no Python.
    pub fn start() -> Option<Self> {
        let own = process::environment("passwords").map(|folder| folder.join("bin/python"));
        let started = Self::with(own.as_deref().unwrap_or(Path::new("python3")));
        started
            .inspect_err(|error| println!("  left out: every peer, since python3 does not run ({error})"))
            .ok()
    }

    fn with(python: &Path) -> io::Result<Self> {
        let mut child = Command::new(python)
            .arg(process::peers().join("passwords/peer.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (questions, answers) = (child.stdin.take(), child.stdout.take());
        let (questions, answers) = questions.zip(answers).ok_or_else(|| io::Error::other("no pipe"))?;
        Ok(Self {
            child,
            questions,
            answers: BufReader::new(answers),
        })
    }

    fn ask(&mut self, question: &str) -> io::Result<String> {
        writeln!(self.questions, "{question}")?;
        self.questions.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        match answer.trim().strip_prefix("missing: ") {
            Some(why) => Err(io::Error::other(why.to_owned())),
            None if answer.is_empty() => Err(io::Error::other("the peer has ended")),
            None => Ok(answer.trim().to_owned()),
        }
    }

    /// What stands behind a name.
    pub fn version(&mut self, name: &str) -> io::Result<String> {
        self.ask(name)
    }

    /// Nanoseconds of processor time for one verify, the mean of `count`.
    pub fn verify(&mut self, name: &str, count: u32, stored: &str) -> io::Result<f64> {
        let answer = self.ask(&format!("{name} {count} {stored}"))?;
        answer.parse().map_err(io::Error::other)
    }
}
