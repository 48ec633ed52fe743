//! Users of a Keycloak export, used where they are and then taken over.

use serde_json::json;

use super::support::Setup;

/// "password" under PBKDF2-SHA256, as Keycloak 8 to 23 wrote it.
fn credential() -> serde_json::Value {
    let text = include_str!("../../../../testdata/passwords/vectors.json");
    let file: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let vectors = file["vectors"].as_array().expect("vectors");
    let found = vectors.iter().find(|vector| {
        vector["scheme"] == "keycloak_pbkdf2" && vector["verify"] == true && vector["secret_encoding"] == "utf8"
    });
    found.expect("a vector").clone()
}

fn setup(stage: &str) -> (Setup, String) {
    let (setup, vector) = (Setup::new(), credential());
    let hash: serde_json::Value = serde_json::from_str(vector["hash"].as_str().expect("a text")).expect("JSON");
    let realm = json!({"realm": "main", "users": [
        {"username": "john", "email": "john@example.com", "firstName": "John", "lastName": "Doe", "enabled": true,
            "realmRoles": ["editor"], "credentials": [hash]},
        {"username": "gone", "enabled": false, "credentials": [hash]},
        {"username": "ancient", "credentials": [{"type": "password", "hashedSaltedValue": "x"}]},
        {"email": "nameless@example.com"},
    ]});
    let path = setup.path().join("realm-export.json");
    std::fs::write(&path, realm.to_string()).expect("written");
    configure(&setup, stage);
    (setup, vector["secret"].as_str().expect("a text").to_owned())
}

fn configure(setup: &Setup, stage: &str) {
    let path = setup.path().join("realm-export.json");
    let text = format!(
        "[users]\nurl = \"keycloak:{}\"\nframework = \"keycloak\"\nstage = \"{stage}\"\n[scopes]\neditor = \"Edit.\"\n",
        path.display()
    );
    std::fs::write(setup.path().join("portcullis.toml"), text).expect("written");
}

#[test]
fn an_export_that_is_to_be_written_or_is_not_there_is_refused() {
    let (setup, _) = setup("write-back");
    let error = setup.run(&["serve"]).bad(2);
    assert!(error.contains("write-back") && error.contains("cut-over"), "{error}");
    configure(&setup, "read-only");
    std::fs::write(
        setup.path().join("realm-export.json"),
        "{\"realm\": \"main\", \"users\": [{\"user",
    )
    .expect("written");
    let error = setup.run(&["serve"]).bad(1);
    assert!(error.contains("realm-export.json, line 1"), "{error}");
    std::fs::remove_file(setup.path().join("realm-export.json")).expect("removed");
    assert!(setup.run(&["serve"]).bad(1).contains("realm-export.json"));
}

#[test]
fn users_of_an_export_log_in_where_they_are_and_stay_logged_in_when_they_become_our_own() {
    let (setup, password) = setup("read-only");
    let path = setup.path().join("realm-export.json");
    std::fs::write(setup.path().join("portcullis.toml"), "[scopes]\neditor = \"Edit.\"\n").expect("written");
    let written = setup.run(&["adopt", path.to_str().expect("a name"), "--write"]).good();
    assert!(
        written.contains("[users]") && written.contains("portcullis serve"),
        "{written}"
    );
    let server = setup.serve();
    for (name, tried) in [
        ("john", "another"),
        ("gone", password.as_str()),
        ("ancient", "x"),
        ("nameless@example.com", ""),
    ] {
        assert_eq!(server.log_in(name, tried, "").unwrap_err().status, 400, "{name}");
    }
    let token = server
        .log_in("JOHN@example.com", &password, "editor")
        .expect("by either name");
    let change = json!({"current_password": password, "new_password": "a new one"});
    assert_eq!(server.call("PUT", "/users/me/password", &token, &change).status, 409);
    drop(server);

    assert!(setup.run(&["adopt", "--cut-over"]).good().contains("2 users copied"));
    configure(&setup, "cut-over");
    let server = setup.serve();
    assert_eq!(server.get("/users/me/", &token).status, 200);
    server.log_in("john", &password, "editor").expect("and made anew");
    assert_eq!(server.call("PUT", "/users/me/password", &token, &change).status, 204);
}
