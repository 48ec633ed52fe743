//! Programs that others wrote, as they are, against the running server: OAuth clients, and nginx in front of a plain
//! application. `scripts/foreign-clients` and `scripts/peers` install them; without them this says so and is left out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use support::{Setup, message};

#[path = "support/cli.rs"]
mod support;

fn secret(setup: &Setup, arguments: &[&str]) -> String {
    let added = setup.run(&[&["client", "add"], arguments, &["--json"]].concat()).json();
    added["client_secret"].as_str().expect("a secret").to_owned()
}

#[test]
fn requests_oauthlib_and_authlib_log_in_refresh_introspect_and_revoke() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../target/foreign/venv/bin/python");
    let has = |module: &str| {
        let look = Command::new(&python).args(["-c", &format!("import {module}")]).output();
        look.is_ok_and(|look| look.status.success())
    };
    if !(has("authlib") && has("requests_oauthlib")) {
        eprintln!("left out: no Authlib in target/foreign; run scripts/foreign-clients");
        return;
    }
    let setup = Setup::new();
    let web = secret(&setup, &["web", "--first-party", "--scopes", "users:read"]);
    let svc = secret(
        &setup,
        &["svc", "--grants", "client_credentials", "--scopes", "users:read"],
    );
    let server = setup.serve();
    let run = Command::new(&python)
        .arg(root.join("tests/stock/clients.py"))
        .args([&server.base, &setup.password, &web, &svc])
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&run.stdout);
    assert_eq!(said.trim(), "good", "{}", String::from_utf8_lossy(&run.stderr));
}

/// nginx, ended with the test.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn nginx() -> Option<PathBuf> {
    let places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];
    places.into_iter().map(PathBuf::from).find(|place| place.exists())
}

/// An application that knows nothing of tokens, behind `auth_request`.
fn configuration(folder: &Path, port: u16, server: &str) -> String {
    let folder = folder.display();
    format!(
        "daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
        events {{}}
        http {{
            access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
            uwsgi_temp_path {folder}; scgi_temp_path {folder};
            server {{
                listen 127.0.0.1:{port};
                location = /verify {{
                    internal;
                    proxy_pass {server}/verify?scope=users:read;
                    proxy_pass_request_body off;
                    proxy_set_header Content-Length \"\";
                }}
                location / {{
                    auth_request /verify;
                    auth_request_set $user $upstream_http_x_auth_request_user;
                    add_header X-User $user;
                    try_files /none =204;
                }}
            }}
        }}"
    )
}

/// The status of an answer and who it says asked.
fn ask(host: &str, token: Option<&str>) -> (u16, String) {
    use std::io::{Read as _, Write as _};
    let mut stream = TcpStream::connect(host).expect("connects");
    let request = message(host, "GET", "/", token, "", "");
    stream.write_all(request.as_bytes()).expect("sent");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
    let (mut answer, mut part) = (String::new(), [0; 4096]);
    while !answer.contains("\r\n\r\n") {
        let read = stream.read(&mut part).expect("answers");
        assert!(read > 0, "{answer}");
        answer.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let user = answer.lines().find_map(|line| line.strip_prefix("X-User: "));
    (status.expect("a status"), user.unwrap_or_default().to_owned())
}

#[test]
fn nginx_asks_before_each_request_and_tells_a_plain_application_who_it_is() {
    let Some(nginx) = nginx() else {
        eprintln!("left out: no nginx; run scripts/peers");
        return;
    };
    let setup = Setup::new();
    let server = setup.serve();
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .expect("a port")
        .port();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, configuration(folder.path(), port, &server.base)).expect("written");
    let child = Command::new(nginx)
        .arg("-c")
        .arg(&file)
        .arg("-p")
        .arg(folder.path())
        .spawn();
    let _nginx = Nginx(child.expect("nginx starts"));
    let host = format!("127.0.0.1:{port}");
    while TcpStream::connect(&host).is_err() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let log_in = |scope| server.log_in("admin", &setup.password, scope).expect("logged in");
    let (good, narrow) = (log_in("users:read"), log_in("users:write"));
    assert_eq!(ask(&host, None).0, 401);
    assert_eq!(ask(&host, Some("bad")).0, 401);
    assert_eq!(ask(&host, Some(&narrow)).0, 403);
    assert_eq!(ask(&host, Some(&good)), (204, "admin".to_owned()));
    setup.run(&["session", "end", "admin", "--all"]).good();
    // Within half a second; that it is so soon is measured, and not tested.
    while ask(&host, Some(&good)).0 != 401 {
        std::thread::sleep(Duration::from_millis(50));
    }
}
