//! What `serve`'s own document says of a route is what the route does; and strangers keep nobody out.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;

use serde_json::{Value, json};

use super::support::{Answer, Serving, Setup, json};

/// One operation of the document.
struct Operation<'a> {
    method: String,
    path: String,
    says: &'a Value,
}

impl Operation<'_> {
    fn all(document: &Value) -> Vec<Operation<'_>> {
        let paths = document["paths"].as_object().expect("paths").iter();
        let operations =
            paths.flat_map(|(path, methods)| methods.as_object().expect("methods").iter().map(move |one| (path, one)));
        let operation = |(path, (method, says)): (&String, (&String, _))| Operation {
            method: method.to_uppercase(),
            path: path.replace("{username}", "nobody"),
            says,
        };
        operations.map(operation).collect()
    }

    fn is_locked(&self) -> bool {
        self.says.get("security").is_some()
    }

    /// Whether a client has to say who it is, which no token of a user does.
    fn is_for_clients(&self) -> bool {
        matches!(self.path.as_str(), "/introspect" | "/revocations")
    }

    fn takes_a_body(&self) -> bool {
        self.says["requestBody"]["content"].get("application/json").is_some()
    }

    fn send(&self, server: &Serving, token: Option<&str>, kind: &str, body: &str) -> Answer {
        let answer = server.send(&self.method, &self.path, token, kind, body);
        let told = self.says["responses"].get(answer.status.to_string()).is_some();
        assert!(
            told,
            "{} {}: {} is not documented",
            self.method, self.path, answer.status
        );
        answer
    }
}

#[test]
fn every_answer_of_every_route_of_serve_is_one_that_its_document_tells() {
    let setup = Setup::new();
    let server = setup.serve();
    let document = json(&server.send("GET", "/openapi.json", None, "", ""));
    // Of no session, which the routes would end.
    let token = |scopes: &str| {
        let issued = setup.run(&["token", "issue", "admin", "--scopes", scopes]).good();
        issued.trim().to_owned()
    };
    let (all, some) = (
        "users:read users:write clients:read clients:write",
        "users:read clients:read",
    );
    let (mut admin, mut reader) = (token(all), token(some));
    let (mut locked, mut bodies) = (0, 0);
    for operation in Operation::all(&document) {
        let (method, path) = (&operation.method, &operation.path);
        let bare = operation.send(&server, None, "", "");
        if operation.is_for_clients() {
            assert!(matches!(bare.status, 400 | 401), "{method} {path}: {}", bare.status);
            continue;
        }
        if !operation.is_locked() {
            assert_ne!(bare.status, 401, "{method} {path} is documented as open");
            continue;
        }
        locked += 1;
        for refused in [bare, operation.send(&server, Some("bad"), "", "")] {
            assert_eq!(refused.status, 401, "{method} {path}");
            assert!(refused.header("www-authenticate").is_some(), "{method} {path}");
        }
        let asks = operation.says["security"][0]["OAuth2PasswordBearer"].to_string();
        let narrowed = operation.send(&server, Some(&reader), "", "").status;
        assert_eq!(narrowed == 403, asks.contains(":write"), "{method} {path}");
        let in_full = operation.send(&server, Some(&admin), "", "").status;
        assert!(in_full != 401 && in_full != 403, "{method} {path}: {in_full}");
        if path == "/logout" {
            (admin, reader) = (token(all), token(some));
        }
        if !operation.takes_a_body() {
            continue;
        }
        bodies += 1;
        for (kind, body) in [
            ("application/json", "{"),
            ("application/json", "[]"),
            ("application/json", r#"{"nobody knows": 1}"#),
            (
                "application/json",
                r#"{"password": "long enough", "password": "long enough"}"#,
            ),
            ("text/plain", r#"{"password": "long enough"}"#),
        ] {
            let answer = operation.send(&server, Some(&admin), kind, body);
            assert_eq!(answer.status, 422, "{method} {path} {body}: {}", answer.text());
        }
    }
    assert!(locked >= 8 && bodies >= 4, "{locked} locked, {bodies} with bodies");
}

#[test]
fn an_administrator_adds_changes_and_removes_users_over_http() {
    let setup = Setup::new();
    let server = setup.serve();
    let admin = server
        .log_in("admin", &setup.password, "users:read users:write")
        .expect("an administrator");
    let beyond = json!({ "username": "alice", "password": "long enough", "scopes": ["items"] });
    assert_eq!(server.call("POST", "/users/", &admin, &beyond).status, 403);
    let alice = json!({ "username": "alice", "password": "long enough", "scopes": ["users:read"] });
    let made = server.call("POST", "/users/", &admin, &alice);
    assert_eq!(made.status, 201, "{}", made.text());
    let tag = made.header("etag").expect("a tag");
    let change = json!({ "full_name": "Alice" });
    let request = |tag: &str| {
        format!(
            "PATCH /users/alice HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {admin}\r\n\
             If-Match: {tag}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{change}",
            change.to_string().len()
        )
    };
    for expected in [200, 412] {
        let answer = super::support::exchange(server.host(), "PATCH", request(&tag).as_bytes()).expect("an answer");
        assert_eq!(answer.status, expected, "{}", answer.text());
    }
    let last = server.call("PATCH", "/users/admin", &admin, &json!({ "scopes": [] }));
    assert_eq!(last.status, 409, "{}", last.text());
    let third = json!({ "password": "third password" });
    assert_eq!(server.call("PUT", "/users/alice/password", &admin, &third).status, 204);
    assert!(server.log_in("alice", "third password", "").is_ok());
    assert_eq!(server.send("DELETE", "/users/alice", Some(&admin), "", "").status, 204);
    assert_eq!(server.send("DELETE", "/users/admin", Some(&admin), "", "").status, 409);
}

#[test]
fn with_64_files_the_health_route_answers_beside_60_sockets_that_say_nothing() {
    let setup = Setup::new();
    let mut command = Command::new("sh");
    let server = format!(
        "ulimit -n 64; exec {} serve --data {} --listen 127.0.0.1:0",
        env!("CARGO_BIN_EXE_portcullis"),
        setup.data
    );
    command.args(["-c", &server]).stdout(std::process::Stdio::piped());
    let server = Serving::spawn(command);
    let mut silent = Vec::new();
    for round in 0..60 {
        let mut client = TcpStream::connect(server.host()).expect("a connection");
        if round % 3 == 0 {
            // Its place is needed before it says more.
            let _ = client.write_all(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        silent.push(client);
    }
    let health = server.send("GET", "/health/ready", None, "", "");
    assert_eq!(health.status, 200, "{}", health.text());
}
