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

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use support::{Serving, Setup, free_address, json, message};

#[path = "support/cli.rs"]
mod support;

/// A server with a client that logs users in, one that does so without a secret, and a machine.
struct Stock {
    setup: Setup,
    server: Serving,
    web: String,
    svc: String,
}

impl Stock {
    fn new() -> Self {
        let setup = Setup::new();
        let add = |arguments: &[&str]| setup.run(&[&["client", "add"], arguments, &["--json"]].concat()).json();
        let secret = |arguments: &[&str]| add(arguments)["client_secret"].as_str().expect("a secret").to_owned();
        let all = "users:read,clients:read,clients:write";
        add(&["page", "--public", "--first-party", "--scopes", "users:read"]);
        add(&["operator", "--public", "--first-party", "--scopes", all]);
        Self {
            web: secret(&["web", "--first-party", "--scopes", "users:read"]),
            svc: secret(&["svc", "--grants", "client_credentials", "--scopes", "users:read"]),
            server: setup.serve_as_issuer(),
            setup,
        }
    }

    /// A token of the machine's own.
    fn machine(&self, scope: &str) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id=svc&client_secret={}&scope={scope}",
            self.svc
        );
        let kind = "application/x-www-form-urlencoded";
        let answer = json(&self.server.send("POST", "/token", None, kind, &form));
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// Runs a program, which is told where the server is, the password and the secrets, and says that all is good.
    fn is_good_to(&self, program: &mut Command, server: &str) {
        program.args([server, &self.setup.password, &self.web, &self.svc]);
        let run = program.output().expect("the program starts");
        let said = String::from_utf8_lossy(&run.stdout);
        assert_eq!(said.trim(), "good", "{}", String::from_utf8_lossy(&run.stderr));
    }
}

fn tests() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
}

/// Where `scripts/foreign-clients` put what others wrote.
fn foreign() -> PathBuf {
    tests().join("../../../target/foreign")
}

/// Says that a test is left out.
fn left_out(what: &str) {
    eprintln!("left out: no {what} in target/foreign; run scripts/foreign-clients");
}

#[test]
fn requests_oauthlib_and_authlib_log_in_refresh_introspect_and_revoke() {
    let python = foreign().join("venv/bin/python");
    let has = |module: &str| {
        let look = Command::new(&python).args(["-c", &format!("import {module}")]).output();
        look.is_ok_and(|look| look.status.success())
    };
    if !(has("authlib") && has("requests_oauthlib")) {
        return left_out("Authlib");
    }
    let stock = Stock::new();
    let mut program = Command::new(&python);
    program.arg(tests().join("stock/clients.py"));
    stock.is_good_to(&mut program, &stock.server.base);
}

#[test]
fn openid_client_and_oauth4webapi_find_all_by_the_metadata_and_prove_themselves_by_keys_of_their_own() {
    let packages = foreign().join("node_modules");
    if !(packages.join("openid-client").exists() && packages.join("oauth4webapi").exists()) {
        return left_out("openid-client");
    }
    let stock = Stock::new();
    // Beside the libraries, where Node looks for them.
    let folder = tempfile::tempdir_in(foreign()).expect("a folder");
    let file = folder.path().join("clients.mjs");
    std::fs::copy(tests().join("stock/clients.mjs"), &file).expect("copied");
    stock.is_good_to(Command::new("node").arg(file), &stock.server.base);
}

#[test]
fn the_oauth2_crate_logs_in_refreshes_introspects_and_revokes() {
    let program = foreign().join("oauth2/debug/stock-oauth2");
    if !program.exists() {
        return left_out("oauth2");
    }
    let stock = Stock::new();
    stock.is_good_to(&mut Command::new(program), stock.server.host());
}

/// A proxy, ended with the test.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn installed(name: &str) -> Option<PathBuf> {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = places.map(|place| Path::new(place).join(name)).into_iter();
    let found = found.into_iter().find(|place| place.exists());
    if found.is_none() {
        eprintln!("left out: no {name}; run scripts/peers");
    }
    found
}

/// The status of an answer and who it says asked. Whoever asks says that they are somebody else.
fn ask(host: &str, method: &str, token: Option<&str>) -> (u16, String) {
    use std::io::{Read as _, Write as _};
    let mut stream = TcpStream::connect(host).expect("connects");
    let request = message(host, method, "/?scope=none", token, "", "");
    let request = request.replacen(
        "\r\n",
        "\r\nX-Auth-Request-User: root\r\nX-Auth-Request-Client: root\r\n",
        1,
    );
    stream.write_all(request.as_bytes()).expect("sent");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
    let (mut answer, mut part) = (String::new(), [0; 4096]);
    while !answer.contains("\r\n\r\n") {
        let read = stream.read(&mut part).expect("answers");
        assert!(read > 0, "{answer}");
        answer.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut headers = answer.lines().filter_map(|line| line.split_once(": "));
    let user = headers.find(|(name, _)| name.eq_ignore_ascii_case("x-user"));
    (
        status.expect("a status"),
        user.map(|(_, user)| user.to_owned()).unwrap_or_default(),
    )
}

/// A proxy asks before each request, and tells a plain application who it is. Of what it is started with, `{host}` is where
/// it shall listen and `{server}` is ours.
fn stands_in_front(configuration: &str, start: impl Fn(&Path, &Path) -> Command) {
    let stock = Stock::new();
    let (folder, host) = (tempfile::tempdir().expect("a folder"), free_address());
    let file = folder.path().join("configuration");
    let configuration = configuration
        .replace("{folder}", &folder.path().display().to_string())
        .replace("{host}", &host)
        .replace("{server}", stock.server.host());
    std::fs::write(&file, configuration).expect("written");
    let _proxy = Proxy(start(&file, folder.path()).spawn().expect("it starts"));
    while TcpStream::connect(&host).is_err() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let log_in = |scope| {
        stock
            .server
            .log_in("admin", &stock.setup.password, scope)
            .expect("logged in")
    };
    let (good, narrow) = (log_in("users:read"), log_in("users:write"));
    for method in ["GET", "HEAD", "OPTIONS", "DELETE"] {
        assert_eq!(ask(&host, method, None).0, 401, "{method}");
        assert_eq!(ask(&host, method, Some("bad")).0, 401, "{method}");
        assert_eq!(ask(&host, method, Some(&narrow)).0, 403, "{method}");
        assert_eq!(ask(&host, method, Some(&good)), (204, "admin".to_owned()), "{method}");
    }
    let machine = stock.machine("users:read");
    assert_eq!(ask(&host, "GET", Some(&machine)), (204, "svc".to_owned()));
    stock.setup.run(&["session", "end", "admin", "--all"]).good();
    // Within half a second; that it is so soon is measured, and not tested.
    while ask(&host, "GET", Some(&good)).0 != 401 {
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// An application that knows nothing of tokens, behind `auth_request`.
const NGINX: &str = "
daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
events {}
http {
    access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {
        listen {host};
        location = /_verify {
            internal;
            proxy_pass http://{server}/verify?scope=users:read;
            proxy_pass_request_body off;
            proxy_set_header Content-Length \"\";
        }
        location / {
            auth_request /_verify;
            auth_request_set $user $upstream_http_x_auth_request_user;
            auth_request_set $client $upstream_http_x_auth_request_client;
            add_header X-User $user$client;
            try_files /none =204;
        }
    }
}";

#[test]
fn nginx_asks_before_each_request_and_tells_a_plain_application_who_it_is() {
    let Some(nginx) = installed("nginx") else { return };
    stands_in_front(NGINX, |file, folder| {
        let mut command = Command::new(&nginx);
        command.arg("-c").arg(file).arg("-p").arg(folder);
        command
    });
}

/// The same by hand what `forward_auth` stands for: that one hands on a header that is not there as the text of its name.
const CADDY: &str = "
{
    log {
        level ERROR
    }
    admin off
    auto_https off
    storage file_system {folder}
}
http://{host} {
    route {
        request_header -X-Auth-Request-*
        reverse_proxy {server} {
            method GET
            rewrite /verify?scope=users:read
            @user {
                status 200
                header X-Auth-Request-User *
            }
            handle_response @user {
                request_header X-Auth-Request-User {http.reverse_proxy.header.X-Auth-Request-User}
            }
            @machine {
                status 200
                header X-Auth-Request-Client *
            }
            handle_response @machine {
                request_header X-Auth-Request-Client {http.reverse_proxy.header.X-Auth-Request-Client}
            }
        }
        header X-User {header.X-Auth-Request-User}{header.X-Auth-Request-Client}
        respond 204
    }
}";

#[test]
fn caddy_asks_before_each_request_and_tells_a_plain_application_who_it_is() {
    let Some(caddy) = installed("caddy") else { return };
    stands_in_front(CADDY, |file, folder| {
        let mut command = Command::new(&caddy);
        command.env("HOME", folder);
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
        command
    });
}
