//! `serve` and its settings.

use super::support::{Setup, command, finish};

#[test]
fn an_unknown_setting_names_its_place_and_the_nearest_one() {
    let setup = Setup::new();
    std::fs::write(setup.path().join("portcullis.toml"), "lisen = \"127.0.0.1:0\"\n").expect("written");
    let error = setup.run(&["serve"]).bad(2);
    assert!(
        error.contains("`lisen`") && error.contains("portcullis.toml") && error.contains("is listen"),
        "{error}"
    );
    let mut serve = command(&["serve", "--data", &setup.data]);
    serve.env("PORTCULLIS_AUDIENC", "x");
    let error = finish(serve, "").bad(2);
    assert!(
        error.contains("PORTCULLIS_AUDIENC is no setting") && error.contains("PORTCULLIS_AUDIENCE"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_no_database_is_an_error_of_its_own() {
    let setup = Setup::new();
    for journal in ["users.db-wal", "users.db-shm"] {
        let _ = std::fs::remove_file(setup.path().join(journal));
    }
    std::fs::write(
        setup.path().join("users.db"),
        "no database at all, but long enough to be looked at".repeat(100),
    )
    .unwrap();
    let error = setup.run(&["user", "list"]).bad(1);
    assert!(error.contains("users.db cannot be opened"), "{error}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let setup = Setup::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let error = setup.run(&["serve", "--listen", &address]).bad(1);
    assert!(error.contains(&address) && error.contains("--listen"), "{error}");
}

#[test]
fn what_older_servers_do_not_live_with_is_not_carried_out_while_a_folder_is_served() {
    let setup = Setup::new();
    let server = setup.serve();
    setup.run(&["migrate"]).good();
    let error = setup.run(&["migrate", "--contract"]).bad(1);
    assert!(error.contains("Stop the server"), "{error}");
    server.log_in("admin", &setup.password, "").expect("it goes on");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    setup.run(&["migrate", "--contract"]).good();
    setup.serve().log_in("admin", &setup.password, "").expect("it goes on");
}
