//! nginx and HAProxy in front: who asks is known, and what a client wrote is not believed.

use std::path::Path;
use std::process::Command;

use super::page;
use super::programs::{Beside, ask_from_elsewhere, free_port, program};
use super::support::{Serving, Setup, command, escape};

const FORM: &str = "application/x-www-form-urlencoded";

/// A login from 127.0.0.2 with a header that was made up.
fn log_in_from_elsewhere(setup: &Setup, port: u16) -> String {
    let form = format!("username=admin&password={}", escape(&setup.password));
    let request = format!(
        "POST /token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Forwarded-For: 203.0.113.9\r\n\
         Forwarded: for=203.0.113.9\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    ask_from_elsewhere(port, &request)
}

fn serve(setup: &Setup, flags: &[&str]) -> Serving {
    Serving::start(&[&["serve", "--data", &setup.data], flags].concat())
}

/// From where the newest session of the administrator began.
fn address(setup: &Setup) -> String {
    let sessions = setup.run(&["session", "list", "admin", "--json"]).json();
    let sessions = sessions["sessions"]
        .as_array()
        .or(sessions.as_array())
        .expect("a list")
        .clone();
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    setup.run(&["session", "end", "admin", "--all"]).good();
    sessions[0]["first_address"].as_str().unwrap_or_default().to_owned()
}

/// nginx in front of a server, on a port.
fn nginx(folder: &Path, port: u16, server: &Serving) -> Option<Beside> {
    let (nginx, place) = (program("nginx")?, folder.display());
    // As the page has it, but for the certificate.
    let site = page::block("nginx", 0);
    let lines = site.lines().filter(|line| !line.contains("ssl_certificate"));
    let site: String = lines.flat_map(|line| [line, "\n"]).collect();
    let site = site.replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port};"));
    let site = site.replace("http://127.0.0.1:8000", &server.base);
    let configuration = format!(
        "daemon off; master_process off; pid {place}/pid; error_log stderr crit;
        events {{}}
        http {{
            access_log off; client_body_temp_path {place}; proxy_temp_path {place}; fastcgi_temp_path {place};
            uwsgi_temp_path {place}; scgi_temp_path {place};
            {site}
        }}"
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration).expect("written");
    let mut start = Command::new(nginx);
    start.arg("-c").arg(&file).arg("-p").arg(folder);
    Some(Beside::start(start, port))
}

/// HAProxy in front of a server, on a port; `send` is how it tells whom it asks for.
fn haproxy(folder: &Path, port: u16, server: &Serving, send: &str) -> Option<Beside> {
    let haproxy = program("haproxy")?;
    let configuration = format!(
        "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n\
         listen front\n  bind 127.0.0.1:{port}\n  server one {} {send}\n",
        server.host()
    );
    let file = folder.join("haproxy.cfg");
    std::fs::write(&file, configuration).expect("written");
    let mut start = Command::new(haproxy);
    start.arg("-db").arg("-f").arg(&file);
    Some(Beside::start(start, port))
}

#[test]
fn behind_nginx_who_asks_is_known_where_it_is_listed_and_what_a_client_wrote_is_not_believed() {
    let setup = Setup::new();
    for (flags, expected) in [
        (&[][..], "127.0.0.1"),
        (&["--trusted-proxies", "127.0.0.1"], "127.0.0.2"),
    ] {
        let server = serve(&setup, flags);
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let Some(_nginx) = nginx(folder.path(), port, &server) else {
            return;
        };
        let answer = log_in_from_elsewhere(&setup, port);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert_eq!(address(&setup), expected);
    }
}

/// Caddy in front of a server, on a port, as the page has it.
fn caddy(folder: &Path, port: u16, server: &Serving) -> Option<Beside> {
    let caddy = program("caddy")?;
    let site = page::block("caddyfile", 0).replace("login.example.com", &format!(":{port}"));
    let site = site.replace("127.0.0.1:8000", server.host());
    let file = folder.join("Caddyfile");
    let configuration = format!("{{\n    admin off\n    auto_https off\n}}\n{site}");
    std::fs::write(&file, configuration).expect("written");
    let mut start = Command::new(caddy);
    start.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
    start
        .env("XDG_DATA_HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("HOME", folder);
    start.stderr(std::process::Stdio::null());
    Some(Beside::start(start, port))
}

#[test]
fn behind_caddy_who_asks_is_known_and_what_a_client_wrote_is_not_believed() {
    let setup = Setup::new();
    let server = serve(&setup, &["--trusted-proxies", "127.0.0.1,::1"]);
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let Some(_caddy) = caddy(folder.path(), port, &server) else {
        return;
    };
    let answer = log_in_from_elsewhere(&setup, port);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(address(&setup), "127.0.0.2");
}

#[test]
fn behind_haproxy_who_asks_is_known_by_the_proxy_protocol() {
    let setup = Setup::new();
    let server = serve(&setup, &["--trusted-proxies", "127.0.0.1", "--proxy-protocol", "true"]);
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    // With its checks, which speak for itself, and with what else it tells (TLVs).
    let send = "send-proxy-v2 proxy-v2-options unique-id,crc32c check inter 100ms";
    let Some(_haproxy) = haproxy(folder.path(), port, &server, send) else {
        return;
    };
    let answer = log_in_from_elsewhere(&setup, port);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(address(&setup), "127.0.0.2");
}

#[test]
fn a_proxy_that_sends_version_1_is_refused_and_the_log_says_what_to_do() {
    let setup = Setup::new();
    let log = setup.path().join("log");
    let flags = [
        "--trusted-proxies",
        "127.0.0.1",
        "--proxy-protocol",
        "true",
        "--listen",
        "127.0.0.1:0",
    ];
    let mut start = command(&[&["serve", "--data", &setup.data], &flags[..]].concat());
    start.stderr(std::fs::File::create(&log).expect("made"));
    let server = Serving::spawn_quiet(start);
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let Some(_haproxy) = haproxy(folder.path(), port, &server, "send-proxy") else {
        return;
    };
    assert_eq!(log_in_from_elsewhere(&setup, port), "");
    let text = std::fs::read_to_string(&log).expect("read");
    assert!(
        text.contains("WARN") && text.contains("version 1") && text.contains("send-proxy-v2"),
        "{text}"
    );
}

#[test]
fn a_proxy_that_nobody_listed_is_told_once() {
    let setup = Setup::new();
    let log = setup.path().join("log");
    let mut start = command(&["serve", "--data", &setup.data, "--listen", "127.0.0.1:0"]);
    start.stderr(std::fs::File::create(&log).expect("made"));
    let server = Serving::spawn_quiet(start);
    let port = server
        .host()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .expect("a port");
    for header in ["", "X-Forwarded-For: 203.0.113.9\r\n", "Forwarded: for=203.0.113.9\r\n"] {
        let request = format!("GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{header}\r\n");
        assert!(ask_from_elsewhere(port, &request).starts_with("HTTP/1.1 200"));
    }
    let text = std::fs::read_to_string(&log).expect("read");
    assert_eq!(text.matches("trusted_proxies").count(), 1, "{text}");
}
