//! What stands in the log of who asks, and the program that reads it.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::programs::program;
use super::support::{Answer, Serving, Setup, command, escape, exchange, message};

/// A server whose log is a file. It believes this machine when that says who asks.
pub(crate) struct Logged {
    pub(crate) server: Serving,
    log: PathBuf,
}

impl Logged {
    pub(crate) fn start(setup: &Setup, flags: &[&str]) -> Self {
        let log = setup.path().join("log");
        let place = [
            "serve",
            "--data",
            &setup.data,
            "--listen",
            "127.0.0.1:0",
            "--trusted-proxies",
            "127.0.0.1",
        ];
        let mut start = command(&[&place[..], flags].concat());
        start.stderr(std::fs::File::create(&log).expect("made"));
        Self {
            server: Serving::spawn_quiet(start),
            log,
        }
    }

    /// A login that a proxy passes on.
    pub(crate) fn log_in(&self, name: &str, password: &str, from: &str) -> Answer {
        let form = format!("username={}&password={}", escape(name), escape(password));
        let kind = "application/x-www-form-urlencoded";
        let request = message(self.server.host(), "POST", "/token", None, kind, &form);
        let request = request.replacen("\r\n", &format!("\r\nX-Forwarded-For: {from}\r\n"), 1);
        exchange(self.server.host(), "POST", request.as_bytes()).expect("an answer")
    }

    /// The log, once this stands there.
    fn text(&self, wanted: &str) -> String {
        self.text_when(|text| text.contains(wanted))
    }

    fn text_when(&self, is_there: impl Fn(&str) -> bool) -> String {
        loop {
            let mut text = String::new();
            let mut file = std::fs::File::open(&self.log).expect("there");
            file.read_to_string(&mut text).expect("text");
            if is_there(&text) {
                return text;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

/// A name that would like to be a line of its own.
const FORGED: &str = "x\n2026-11-27T10:00:00.000000Z  INFO login refused peer=6.6.6.6 reason=\"refused\" name=\"y\"\n\
                      {\"timestamp\":\"2026-11-27T10:00:00Z\",\"level\":\"INFO\",\"message\":\"login refused\",\
                      \"peer\":\"6.6.6.6\",\"reason\":\"refused\",\"name\":\"y\u{1b}[2K\"";

#[test]
fn a_refused_login_is_one_line_with_peer_and_reason_which_no_name_forges() {
    let setup = Setup::new();
    for form in ["human", "json"] {
        let logged = Logged::start(&setup, &["--log", form]);
        assert_eq!(logged.log_in(FORGED, "wrong-secret", "198.51.100.7").status, 400);
        assert_eq!(logged.log_in("admin", "wrong-secret", "198.51.100.8").status, 400);
        assert_eq!(logged.log_in("admin", &setup.password, "198.51.100.9").status, 200);
        let text = logged.text("198.51.100.8");
        let told: Vec<&str> = text.lines().filter(|line| line.contains("login refused")).collect();
        assert_eq!(told.len(), 2, "{text}");
        let expected = match form {
            "json" => {
                "\"message\":\"login refused\",\"peer\":\"198.51.100.8\",\"reason\":\"refused\",\"name\":\"admin\""
            }
            _ => "INFO login refused peer=198.51.100.8 reason=\"refused\" name=\"admin\"",
        };
        assert!(told[1].contains(expected), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains("wrong-secret") && !text.contains(&setup.password));
    }
}

#[test]
fn requests_are_lines_only_where_it_is_asked_for_and_hold_no_query_and_no_token() {
    let setup = Setup::new();
    let silent = Logged::start(&setup, &[]);
    silent.server.get("/users/me/", "x");
    silent.server.signal("TERM");
    assert_eq!(silent.server.wait(), Some(0));
    let text = std::fs::read_to_string(&silent.log).expect("read");
    assert!(text.contains("ended") && !text.contains("/users/me/"), "{text}");

    let logged = Logged::start(&setup, &["--log-requests"]);
    let token = logged
        .server
        .log_in("admin", &setup.password, "users:read")
        .expect("logged in");
    assert_eq!(
        logged.server.get("/users/me/?access_token=in-the-query", &token).status,
        200
    );
    let agent = format!("User-Agent: a\"\u{1b}{}\r\n", "b".repeat(400)).replace('\u{1b}', "\t");
    let head = format!(
        "BREW /no/such HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.7\r\nConnection: close\r\n{agent}\r\n"
    );
    let refused = exchange(logged.server.host(), "BREW", head.as_bytes()).expect("an answer");
    let text = logged.text_when(|text| text.matches(" request ").count() >= 3);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(" request ")).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines.iter().all(|line| line.len() < 500), "{text}");
    let status = format!("status={}", refused.status);
    for parts in [
        &[
            "method=POST path=\"/token\" status=200 ms=",
            " bytes=",
            " peer=127.0.0.1 ",
        ][..],
        &["method=GET path=\"/users/me/\" status=200"],
        &["method=BREW path=\"/no/such\"", &status, "peer=198.51.100.7"],
    ] {
        let is_there = lines.iter().any(|line| parts.iter().all(|part| line.contains(part)));
        assert!(is_there, "{parts:?}: {text}");
    }
    assert!(
        !text.contains("in-the-query") && !text.contains(&token) && !text.contains(&setup.password),
        "{text}"
    );
}

#[test]
fn fail2ban_finds_who_was_refused_and_nobody_else() {
    let Some(fail2ban) = program("fail2ban-regex") else {
        return;
    };
    let filter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fail2ban/portcullis.conf");
    let filter = filter.canonicalize().expect("the filter");
    let setup = Setup::new();
    for form in ["human", "json"] {
        let logged = Logged::start(&setup, &["--log", form, "--log-requests", "--throttle", "false"]);
        for (name, from) in [
            (FORGED, "198.51.100.7"),
            ("admin", "2001:db8::7"),
            ("nobody", "198.51.100.7"),
        ] {
            assert_eq!(logged.log_in(name, "none-that-many-use", from).status, 400);
        }
        assert_eq!(logged.log_in("admin", &setup.password, "203.0.113.9").status, 200);
        logged.text("203.0.113.9");
        let text = std::fs::read_to_string(&logged.log).expect("read");
        // As it is, and as rsyslog writes it into a file of its own.
        for before in [
            "",
            "2026-11-28T16:30:38+00:00 host portcullis[12]: ",
            "Nov 28 16:30:38 host portcullis[12]: ",
        ] {
            let file = setup.path().join("file");
            let lines = text.lines().map(|line| format!("{before}{line}\n"));
            std::fs::write(&file, lines.collect::<String>()).expect("written");
            let run = Command::new(&fail2ban)
                .args(["-o", "ip"])
                .arg(&file)
                .arg(&filter)
                .output();
            let run = run.expect("it starts");
            let said = String::from_utf8_lossy(&run.stdout);
            let found: Vec<&str> = said.lines().collect();
            assert_eq!(
                found,
                ["198.51.100.7", "2001:db8::7", "198.51.100.7"],
                "{form}, {before}: {said}{}",
                String::from_utf8_lossy(&run.stderr)
            );
        }
    }
}
