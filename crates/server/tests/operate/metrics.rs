//! The metrics, and Prometheus' own program that reads them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::programs::program;
use super::support::{Serving, Setup, command, exchange, message};

/// A server with metrics, and where those are.
fn start(setup: &Setup) -> (Serving, String) {
    let flags = [
        "--listen",
        "127.0.0.1:0",
        "--metrics-listen",
        "127.0.0.1:0",
        "--trusted-proxies",
        "127.0.0.1",
    ];
    let mut server = Serving::spawn(command(&[&["serve", "--data", &setup.data], &flags[..]].concat()));
    let line = server.lines(1).remove(0);
    let address = line
        .strip_prefix("metrics on http://")
        .and_then(|rest| rest.strip_suffix("/metrics"));
    let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
    (server, address)
}

/// Once something is counted: a request is when its answer is out.
fn scrape_until(address: &str, wanted: &str) -> String {
    loop {
        let text = scrape(address);
        if text.contains(wanted) {
            return text;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn scrape(address: &str) -> String {
    let answer = exchange(
        address,
        "GET",
        message(address, "GET", "/metrics", None, "", "").as_bytes(),
    );
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4"))
    );
    answer.text()
}

fn value(text: &str, sample: &str) -> u64 {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok())
        .unwrap_or_else(|| panic!("no {sample} in {text}"))
}

/// The names and labels, without values.
fn series(text: &str) -> Vec<&str> {
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples.map(|line| line.rsplit_once(' ').expect("a value").0).collect()
}

#[test]
fn what_happened_is_counted_and_promtool_finds_nothing_wrong() {
    let setup = Setup::new();
    setup
        .run(&["backup", setup.path().join("copy.db").to_str().expect("text")])
        .good();
    let (server, address) = start(&setup);
    let token = server
        .log_in("admin", &setup.password, "users:read")
        .expect("logged in");
    server.log_in("admin", "wrong", "").expect_err("refused");
    server.get("/users/me/", &token);
    server.get("/users/me/", "no.token.at-all");
    server.get("/users/admin", &token);
    let text = scrape_until(&address, "route=\"/users/{username}\"");
    for (sample, expected) in [
        ("portcullis_logins_total{result=\"success\",method=\"password\"}", 1),
        ("portcullis_logins_total{result=\"refused\",method=\"password\"}", 1),
        ("portcullis_tokens_issued_total{grant=\"password\"}", 1),
        ("portcullis_tokens_refused_total{reason=\"other\"}", 1),
        ("portcullis_refresh_reuse_total", 0),
        ("portcullis_login_duration_seconds_count{result=\"refused\"}", 1),
        (
            "portcullis_login_duration_seconds_bucket{result=\"success\",le=\"+Inf\"}",
            1,
        ),
        ("portcullis_hashing_duration_seconds_count{scheme=\"argon2\"}", 2),
        ("portcullis_hashing_queue", 0),
        ("portcullis_keys_active{alg=\"EdDSA\"}", 1),
        ("portcullis_build_info{version=\"0.1.0\"}", 1),
    ] {
        assert_eq!(value(&text, sample), expected, "{sample}");
    }
    assert!(value(&text, "portcullis_backup_age_seconds") < 3600);
    for (route, status, count) in [
        ("/token", 200, 1),
        ("/token", 400, 1),
        ("/users/me/", 200, 1),
        ("/users/me/", 401, 1),
    ] {
        let method = if route == "/token" { "POST" } else { "GET" };
        let labels = format!("{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}");
        let sample = format!("http_server_request_duration_seconds_count{labels}");
        assert_eq!(value(&text, &sample), count, "{sample}");
    }
    let dashboard = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/grafana/portcullis.json");
    let dashboard: Value = serde_json::from_slice(&std::fs::read(dashboard).expect("read")).expect("JSON");
    for panel in dashboard["panels"].as_array().expect("panels") {
        let query = panel["targets"][0]["expr"].as_str().expect("a query");
        let words = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let name = words
            .into_iter()
            .find(|word| word.starts_with("portcullis_") || word.starts_with("http_"));
        let name = name.expect("a name");
        assert!(text.lines().any(|line| line.starts_with(name)), "{query}");
    }
    let Some(promtool) = program("promtool") else { return };
    let mut check = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    check
        .stdin
        .take()
        .expect("a pipe")
        .write_all(text.as_bytes())
        .expect("read");
    let run = check.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && said.is_empty(), "{said}");
}

#[test]
fn names_clients_addresses_and_paths_make_no_new_series() {
    let setup = Setup::new();
    let (server, address) = start(&setup);
    let ask = |number: usize, from: String| {
        let login = |client: &str| {
            let form = format!("username=u{number}&password=p{client}");
            let kind = "application/x-www-form-urlencoded";
            message(server.host(), "POST", "/token", None, kind, &form)
        };
        let made_up = format!("M{number} /p{number} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let user = message(server.host(), "GET", &format!("/users/u{number}"), Some("t"), "", "");
        let by_client = login(&format!("&client_id=c{number}"));
        for request in [login(""), by_client, made_up, user] {
            let head = format!("\r\nX-Forwarded-For: {from}\r\nUser-Agent: a{number}\r\n");
            let request = request.replacen("\r\n", &head, 1);
            exchange(server.host(), "GET", request.as_bytes()).expect("an answer");
        }
    };
    // Until what slows guessing has begun to.
    (0..40).for_each(|number| ask(number, "198.51.100.7".to_owned()));
    let before = scrape(&address);
    assert!(
        value(&before, "portcullis_throttled_total{key=\"address\"}") > 0,
        "{before}"
    );
    (40..200).for_each(|number| ask(number, format!("203.0.{number}.{number}")));
    let after = scrape(&address);
    assert_eq!(series(&after), series(&before));
    assert_ne!(after, before);
}
