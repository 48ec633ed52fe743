//! `demo`: the tutorial's application, as `examples/tutorial.rs` has it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use portcullis::Answers;
use portcullis_core::jose::SigningKey;

use crate::config::{AnswersName, Listen, LogFormat};
use crate::failure::{OrFail as _, Outcome};
use crate::generate;
use crate::logging;
use crate::output::say;
use crate::shown::Shown;

// All are links to `crates/portcullis/examples/`, where they are programs of their own.
#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "an example, which is a program of its own"
)]
mod scopes;
#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "an example, which is a program of its own"
)]
mod sessions;
#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "an example, which is a program of its own"
)]
mod tutorial;

/// Run the tutorial's application with its demo users
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis demo\n  portcullis demo --scopes --listen 127.0.0.1:0\n  portcullis demo --sessions\n\n\
    SECRET_KEY is the HS256 key, as in the tutorial; without it a random one is made.\n\
    Everything is in a temporary folder, which is removed at the end, unless --data names one."
)]
pub(crate) struct Demo {
    /// Where to listen; port 0 picks a free one and prints it
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8000")]
    listen: Listen,
    /// Where the database is kept [default: a temporary folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The tutorial's sequel: scopes `me` and `items`, and the disabled user alice
    #[arg(long)]
    scopes: bool,
    /// Logins that last: refresh tokens, a list of sessions, logout
    #[arg(long, conflicts_with = "scopes")]
    sessions: bool,
    /// How refusals are answered
    #[arg(long, value_enum, default_value_t = AnswersName::Fastapi)]
    answers: AnswersName,
}

impl Demo {
    fn shown(&self) -> Which {
        match (self.scopes, self.sessions) {
            (true, _) => Which::Scopes,
            (false, true) => Which::Sessions,
            (false, false) => Which::Tutorial,
        }
    }

    pub(crate) async fn run(self) -> Outcome {
        logging::start(LogFormat::Human, "warn");
        let folder = Folder::make(self.data.clone())?;
        let shown = self.shown();
        let app = app(folder.path(), shown, self.answers).await?;
        let server = self.listen.bind("the demo", "listen").await?;
        let end = portcullis::end_signal().or_fail("signals cannot be listened to", "")?;
        say(welcome(server.local_addr(), shown))?;
        server.run(app, end).await;
        Ok(())
    }
}

/// Which of the applications is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The chapter.
    Tutorial,
    /// Its sequel.
    Scopes,
    /// Logins that last.
    Sessions,
}

/// The application in a folder; the key is `SECRET_KEY`, or a random one.
pub(crate) async fn app(folder: &std::path::Path, which: Which, answers: AnswersName) -> Outcome<axum::Router> {
    let key = match std::env::var("SECRET_KEY") {
        Ok(secret) => SigningKey::hs256(secret).or_fail("SECRET_KEY cannot be used", "Make one: `portcullis key new`."),
        Err(_) => {
            let secret = generate::hex_secret(&generate::random()).or_fail("no key could be made", "Try again.")?;
            SigningKey::hs256(secret.as_bytes()).or_fail("no key could be made", "Try again.")
        }
    }?;
    let answers = match (answers, which) {
        (AnswersName::Rfc, _) => Answers::rfc(),
        (AnswersName::Fastapi, Which::Scopes) => Answers::fastapi_scopes(),
        (AnswersName::Fastapi, _) => Answers::fastapi(),
    };
    let app = match which {
        Which::Tutorial => tutorial::app(folder, key, answers).await,
        Which::Scopes => scopes::app(folder, key, answers).await,
        Which::Sessions => sessions::app(folder, key, answers).await,
    };
    app.or_fail(
        "the demo cannot be set up",
        "Check that its folder can be written, or leave --data out.",
    )
}

/// The demo's folder; a temporary one is removed with it.
pub(crate) enum Folder {
    Kept(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Folder {
    pub(crate) fn make(kept: Option<PathBuf>) -> Outcome<Self> {
        match kept {
            Some(path) => {
                let what = format!("the folder {} cannot be made", path.display());
                std::fs::create_dir_all(&path).or_fail(what, "Name another with --data.")?;
                Ok(Self::Kept(path))
            }
            None => {
                let folder = tempfile::Builder::new().prefix("portcullis-demo-").tempdir();
                folder
                    .or_fail("no temporary folder can be made", "Name one with --data.")
                    .map(Self::Temporary)
            }
        }
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

/// What is printed at the start. Its first line is for programs.
fn welcome(address: SocketAddr, which: Which) -> Shown {
    let base = format!("http://{}", reachable(address));
    let form = if which == Which::Scopes {
        "username=johndoe&password=secret&scope=me+items"
    } else {
        "username=johndoe&password=secret"
    };
    let log_in = format!("curl -s -d '{form}' {base}/token");
    let cut = r#"sed 's/.*"access_token": *"\([^"]*\)".*/\1/'"#;
    let alice = if which == Which::Scopes {
        " (and alice / secretalice, who is disabled)"
    } else {
        ""
    };
    let (asked, path) = match which {
        Which::Sessions => ("where else", "/users/me/sessions"),
        _ => ("who that is", "/users/me/"),
    };
    Shown::lines(&format!(
        "listening on http://{address}\n\n\
         Documentation  {base}/docs\n\
         Login          johndoe / secret{alice}\n\n\
         Log in:\n  {log_in}\n\n\
         Log in and ask {asked}:\n  curl -s -H \"Authorization: Bearer $({log_in} | {cut})\" {base}{path}\n\n\
         Ctrl-C ends it."
    ))
}

/// An address that can be called: one's own machine, where it listens on all addresses.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curl_lines_call_an_address_that_can_be_called() {
        let text = welcome(SocketAddr::from(([0, 0, 0, 0], 8000)), Which::Tutorial).to_string();
        assert!(text.starts_with("listening on http://0.0.0.0:8000\n"), "{text}");
        assert!(
            text.contains(" http://127.0.0.1:8000/users/me/") && !text.contains("0.0.0.0:8000/"),
            "{text}"
        );
        let text = welcome(SocketAddr::from(([0_u16; 8], 1)), Which::Scopes).to_string();
        assert!(
            text.contains("http://[::1]:1/token") && text.contains("scope=me+items"),
            "{text}"
        );
    }
}
