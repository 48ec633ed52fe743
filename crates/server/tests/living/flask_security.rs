//! A real Flask application with Flask-Security and Portcullis with the same users.

use serde_json::json;

use super::databases::Database;
use super::peer::{Peer, python, refused_soon};
use super::support::{Serving, Setup, finish};

/// `SECURITY_PASSWORD_SALT`.
const SALT: &str = "146585145368132386173505678016728509634";

#[test]
fn flask_security_and_portcullis_share_their_users_on_sqlite() {
    share(Some(Database::sqlite()));
}

#[test]
fn flask_security_and_portcullis_share_their_users_on_postgresql() {
    share(Database::postgres());
}

#[test]
fn flask_security_and_portcullis_share_their_users_on_mariadb() {
    share(Database::mariadb());
}

fn share(database: Option<Database>) {
    let (Some(python), Some(database)) = (python(), database) else {
        return;
    };
    let argument = json!({"salt": SALT, "database": database.sqlalchemy});
    let mut flask = Peer::start(&python, "flask_peer.py", &argument);
    flask.ask(json!({"do": "create", "name": "john", "password": "of flask", "role": "editor"}));
    flask.ask(json!({"do": "create", "name": "old", "password": "of flask"}));
    // As an application wrote it that had `SECURITY_PASSWORD_HASH = "bcrypt"` and few rounds.
    flask.ask(json!({"do": "set_stored", "name": "old",
        "stored": weak_bcrypt(&python)}));
    let setup = Setup::new();
    let text = format!(
        "[users]\nurl = {:?}\nframework = \"flask-security\"\nstage = \"write-back\"\n[scopes]\neditor = \"Edit.\"\n",
        database.url
    );
    std::fs::write(setup.path().join("portcullis.toml"), text).expect("written");
    without_its_secret_nothing_starts(&setup);
    let mut serve = setup.command(&["serve", "--listen", "127.0.0.1:0"]);
    serve.env("PORTCULLIS_USERS_PEPPER", SALT);
    let server = Serving::spawn(serve);
    what_is_written_here_is_read_there(&server, &mut flask);
    changes_on_either_side_hold_on_the_other(&server, &mut flask);
}

/// Flask-Security's bcrypt of "of flask" at cost 4, by its own recipe in another language than ours.
fn weak_bcrypt(python: &std::path::Path) -> String {
    let program = "import base64, bcrypt, hashlib, hmac, sys\n\
        mac = hmac.new(sys.argv[1].encode(), b'of flask', hashlib.sha512).digest()\n\
        print(bcrypt.hashpw(base64.b64encode(mac)[:72], bcrypt.gensalt(4)).decode(), end='')";
    let output = std::process::Command::new(python)
        .args(["-c", program, SALT])
        .output()
        .expect("python");
    String::from_utf8(output.stdout).expect("text")
}

fn without_its_secret_nothing_starts(setup: &Setup) {
    let error = finish(setup.command(&["serve"]), "").bad(2);
    assert!(
        error.contains("SECURITY_PASSWORD_SALT") && error.contains("PORTCULLIS_USERS_PEPPER"),
        "{error}"
    );
}

fn stored(flask: &mut Peer, name: &str) -> String {
    let hash = flask.ask(json!({"do": "stored", "name": name}));
    hash.as_str().expect("a text").to_owned()
}

fn flask_lets_in(flask: &mut Peer, name: &str, password: &str) -> bool {
    let answer = flask.ask(json!({"do": "check", "name": name, "password": password}));
    answer.as_bool().expect("true or false")
}

fn what_is_written_here_is_read_there(server: &Serving, flask: &mut Peer) {
    let before = stored(flask, "john");
    server
        .log_in("John@Example.com", "of flask", "")
        .expect("its own hash, and its own way with case");
    assert_eq!(stored(flask, "john"), before, "as good as ours");
    assert_eq!(
        server.log_in("john@example.com", "another", "").unwrap_err().status,
        400
    );
    assert!(stored(flask, "old").starts_with("$2b$04$"));
    server.log_in("old@example.com", "of flask", "").expect("an older hash");
    let upgraded = stored(flask, "old");
    assert!(upgraded.starts_with("$argon2id$"), "{upgraded}");
    assert!(flask_lets_in(flask, "old", "of flask"));
    assert_eq!(
        stored(flask, "old"),
        upgraded,
        "Flask-Security finds nothing to upgrade"
    );
}

fn changes_on_either_side_hold_on_the_other(server: &Serving, flask: &mut Peer) {
    let token = server.log_in("john@example.com", "of flask", "editor").unwrap();
    flask.ask(json!({"do": "change", "name": "john", "password": "changed there"}));
    assert_eq!(
        server.log_in("john@example.com", "of flask", "").unwrap_err().status,
        400
    );
    refused_soon(server, &token);
    let token = server.log_in("john@example.com", "changed there", "").unwrap();
    let change = json!({"current_password": "changed there", "new_password": "changed here"});
    let answer = server.call("PUT", "/users/me/password", &token, &change);
    assert!(answer.status < 300, "{answer:?}");
    assert!(flask_lets_in(flask, "john", "changed here") && !flask_lets_in(flask, "john", "changed there"));
    let token = server.log_in("john@example.com", "changed here", "").unwrap();
    flask.ask(json!({"do": "active", "name": "john", "active": false}));
    refused_soon(server, &token);
    assert_eq!(
        server
            .log_in("john@example.com", "changed here", "")
            .unwrap_err()
            .status,
        400
    );
}
