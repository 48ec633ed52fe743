//! A real FastAPI application with FastAPI-Users and Portcullis with the same users.

use serde_json::json;

use super::databases::Database;
use super::peer::{Peer, python, refused_soon};
use super::support::{Serving, Setup};

#[test]
fn fastapi_users_and_portcullis_share_their_users_on_sqlite() {
    share(Some(Database::sqlite()));
}

#[test]
fn fastapi_users_and_portcullis_share_their_users_on_postgresql() {
    share(Database::postgres());
}

fn share(database: Option<Database>) {
    let (Some(python), Some(database)) = (python(), database) else {
        return;
    };
    let asynchronous = database.sqlalchemy.replace("sqlite:", "sqlite+aiosqlite:");
    let mut fastapi = Peer::start(&python, "fastapi_peer.py", &json!({ "database": asynchronous }));
    fastapi.ask(json!({"do": "create", "name": "john", "password": "of fastapi", "superuser": true}));
    fastapi.ask(json!({"do": "create", "name": "old", "password": "of fastapi"}));
    fastapi.ask(json!({"do": "older", "name": "old", "password": "of fastapi"}));
    let setup = Setup::new();
    let written = setup.run(&["adopt", &database.url, "--write"]).good();
    assert!(
        written.contains("FastAPI-Users") && written.contains("user (2 users)"),
        "{written}"
    );
    let path = setup.path().join("portcullis.toml");
    let text = std::fs::read_to_string(&path)
        .expect("read")
        .replace("read-only", "write-back");
    std::fs::write(&path, format!("{text}\n[scopes]\nsuperuser = \"Everything.\"\n")).expect("written");
    let server = setup.serve();
    what_is_written_here_is_read_there(&server, &mut fastapi);
    changes_on_either_side_hold_on_the_other(&server, &mut fastapi);
}

fn stored(fastapi: &mut Peer, name: &str) -> String {
    let hash = fastapi.ask(json!({"do": "stored", "name": name}));
    hash.as_str().expect("a text").to_owned()
}

fn fastapi_lets_in(fastapi: &mut Peer, name: &str, password: &str) -> bool {
    let answer = fastapi.ask(json!({"do": "check", "name": name, "password": password}));
    answer.as_bool().expect("true or false")
}

fn what_is_written_here_is_read_there(server: &Serving, fastapi: &mut Peer) {
    assert_eq!(
        server.log_in("john@example.com", "another", "").unwrap_err().status,
        400
    );
    let before = stored(fastapi, "john");
    server
        .log_in("JOHN@example.com", "of fastapi", "")
        .expect("its own hash, and its own way with case");
    assert_eq!(stored(fastapi, "john"), before, "as good as ours");
    assert!(stored(fastapi, "old").starts_with("$2b$04$"));
    let token = server
        .log_in("old@example.com", "of fastapi", "")
        .expect("an older hash");
    let upgraded = stored(fastapi, "old");
    assert!(upgraded.starts_with("$argon2id$"), "{upgraded}");
    assert!(fastapi_lets_in(fastapi, "old", "of fastapi"));
    assert_eq!(
        stored(fastapi, "old"),
        upgraded,
        "FastAPI-Users finds nothing to upgrade"
    );
    assert_eq!(server.get("/users/me/", &token).status, 200, "an upgrade ends no token");
}

fn changes_on_either_side_hold_on_the_other(server: &Serving, fastapi: &mut Peer) {
    let login = "john@example.com";
    let token = server.log_in(login, "of fastapi", "superuser").expect("a superuser");
    fastapi.ask(json!({"do": "change", "name": "john", "password": "changed there"}));
    assert_eq!(server.log_in(login, "of fastapi", "").unwrap_err().status, 400);
    refused_soon(server, &token);
    let token = server.log_in(login, "changed there", "").unwrap();
    let change = json!({"current_password": "changed there", "new_password": "changed here"});
    let answer = server.call("PUT", "/users/me/password", &token, &change);
    assert!(answer.status < 300, "{answer:?}");
    assert!(fastapi_lets_in(fastapi, "john", "changed here") && !fastapi_lets_in(fastapi, "john", "changed there"));
    let token = server.log_in(login, "changed here", "").unwrap();
    fastapi.ask(json!({"do": "active", "name": "john", "active": false}));
    refused_soon(server, &token);
    assert_eq!(server.log_in(login, "changed here", "").unwrap_err().status, 400);
}
