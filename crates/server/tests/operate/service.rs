//! What the machine's service manager and a container's health check meet.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixDatagram;
use std::process::Command;

use super::programs::{free_port, program};
use super::support::{Serving, Setup, command, finish, run};

#[test]
fn the_service_manager_is_told_when_the_server_is_ready_that_it_lives_and_that_it_ends() {
    let setup = Setup::new();
    let path = setup.path().join("notify");
    let manager = UnixDatagram::bind(&path).expect("bound");
    let mut start = command(&["serve", "--data", &setup.data, "--listen", "127.0.0.1:0"]);
    start.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000");
    let server = Serving::spawn(start);
    let told = || {
        let mut text = [0; 64];
        let length = manager.recv(&mut text).expect("told");
        String::from_utf8(text[..length].to_vec()).expect("text")
    };
    assert_eq!(told(), "READY=1");
    assert_eq!([told(), told()], ["WATCHDOG=1", "WATCHDOG=1"]);
    server.signal("TERM");
    while told() != "STOPPING=1" {}
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_watchdog_that_is_meant_for_another_process_and_a_manager_that_is_gone_are_no_matter() {
    let setup = Setup::new();
    let mut start = command(&["serve", "--data", &setup.data, "--listen", "127.0.0.1:0"]);
    start
        .env("NOTIFY_SOCKET", "@nobody-listens-there")
        .env("WATCHDOG_USEC", "1000")
        .env("WATCHDOG_PID", "1");
    let server = Serving::spawn(start);
    assert_eq!(server.send("GET", "/health/ready", None, "", "").status, 200);
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn health_says_by_its_exit_code_whether_the_server_is_well() {
    let setup = Setup::new();
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let health = |flags: &[&str]| setup.run(&[&["health", "--listen", &listen], flags].concat());
    let error = health(&[]).bad(1);
    assert!(error.contains(&listen) && error.contains("Start it"), "{error}");
    for flags in [&[][..], &["--proxy-protocol", "--trusted-proxies", "127.0.0.1"]] {
        let start = [&["serve", "--data", &setup.data, "--listen", &listen], flags].concat();
        let server = Serving::spawn(command(&start));
        assert_eq!(health(flags).good(), "ok\n");
        let everywhere = format!("0.0.0.0:{port}");
        let by_all = [&["health", "--listen", &everywhere], flags].concat();
        assert_eq!(setup.run(&by_all).good(), "ok\n");
        server.signal("TERM");
        server.wait();
    }
    let error = setup.run(&["health", "--listen", "127.0.0.1:0"]).bad(2);
    assert!(error.contains("--listen"), "{error}");
}

#[test]
fn a_server_without_a_key_is_not_well() {
    let setup = Setup::new();
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    // Something else listens there.
    let other = std::net::TcpListener::bind(&listen).expect("bound");
    let answering = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = other.accept().expect("asked");
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n{}");
    });
    let error = setup.run(&["health", "--listen", &listen]).bad(1);
    assert!(error.contains("503"), "{error}");
    answering.join().expect("asked");
}

/// As systemd has it: the data folder is another user's, and root runs the commands.
#[test]
fn what_root_writes_into_the_folder_of_a_server_the_server_can_read() {
    let setup = Setup::new();
    let chown = Command::new("chown").args(["-R", "65532:65532", &setup.data]).status();
    if !chown.is_ok_and(|status| status.success()) {
        eprintln!("left out: not root");
        return;
    }
    let copy = setup.path().with_file_name("copy.db");
    let copy = copy.to_str().expect("a name");
    setup.run(&["backup", copy]).good();
    let keys = setup.path().join("keys");
    std::fs::rename(keys.join("master.key"), keys.join("old.key")).expect("renamed");
    let old = keys.join("old.key");
    setup
        .run(&["key", "rewrap", "--old-file", old.to_str().expect("a name")])
        .good();
    std::fs::rename(&old, keys.join("newer.key")).expect("renamed");
    std::fs::rename(keys.join("master.key"), &old).expect("renamed");
    std::fs::rename(keys.join("newer.key"), keys.join("master.key")).expect("renamed");
    setup.run(&["restore", copy, "--force"]).good();
    for name in [
        "users.db",
        "last-backup",
        "keys/old.key",
        "keys/master.key",
        "portcullis.toml",
    ] {
        let owner = std::fs::metadata(setup.path().join(name)).expect(name).uid();
        assert_eq!(owner, 65532, "{name}");
    }
    let owner = std::fs::metadata(copy).expect("there").uid();
    assert_eq!(owner, 0, "what is elsewhere stays root's");
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let unit = run(&["service", "unit"]).good();
    assert!(
        unit.contains("Type=notify") && unit.contains("DynamicUser=yes") && unit.contains("WatchdogSec="),
        "{unit}"
    );
    let with_key = run(&["service", "unit", "--master-key", "/etc/portcullis/master.key"]).good();
    assert!(
        with_key.contains("LoadCredential=master-key:/etc/portcullis/master.key\n"),
        "{with_key}"
    );
    let file = ["--environment-file", "/etc/portcullis/node.env"];
    let key = ["--master-key", "/etc/portcullis/master.key"];
    let node = run(&[&["service", "unit"], &file[..], &key[..]].concat()).good();
    assert!(
        node.contains("EnvironmentFile=/etc/portcullis/node.env\n") && node.contains("LoadCredential=master-key:"),
        "{node}"
    );
    assert!(!node.contains("StateDirectory") && !node.contains("--data"), "{node}");
    let named = run(&[
        "service",
        "unit",
        "--database",
        "postgres://portcullis@db.internal/p%20q",
    ])
    .good();
    assert!(
        named.contains("Environment=PORTCULLIS_DATABASE=postgres://portcullis@db.internal/p%%20q\n"),
        "{named}"
    );
    let hidden = "postgres://portcullis:hunter2@db.internal/portcullis";
    for secret in [hidden, "postgres://db.internal/portcullis?password=hunter2", "hunter2"] {
        let by_flag = run(&["service", "unit", "--database", secret]);
        let mut by_environment = command(&["service", "unit"]);
        by_environment.env("PORTCULLIS_DATABASE", secret);
        for refused in [by_flag, finish(by_environment, "")] {
            assert!(!refused.out.contains("hunter2"), "{refused:?}");
            let error = refused.bad(2);
            assert!(
                error.contains("--environment-file") && !error.contains("hunter2"),
                "{error}"
            );
        }
    }
    let mut beside = command(&[&["service", "unit"], &file[..]].concat());
    beside.env("PORTCULLIS_DATABASE", hidden);
    assert!(!finish(beside, "").good().contains("hunter2"));
    for wrong in ["relative", "/with blank", "/quo\"te", "/a:b", "/new\nline"] {
        finish(command(&["service", "unit", "--program", wrong]), "").bad(2);
    }
    let Some(analyze) = program("systemd-analyze") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    for text in [unit, with_key, node, named] {
        let file = folder.path().join("portcullis.service");
        std::fs::write(&file, text).expect("written");
        let run = Command::new(&analyze)
            .arg("verify")
            .arg(&file)
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&run.stderr);
        // What it says of other units of this machine is not ours.
        assert!(run.status.success() && !said.contains("portcullis.service:"), "{said}");
    }
}

#[test]
fn a_hangup_ends_no_request_and_no_server_that_runs_in_no_terminal() {
    use std::io::{Read as _, Write as _};
    let setup = Setup::new();
    let mut start = command(&["serve", "--data", &setup.data, "--listen", "127.0.0.1:0"]);
    start.args([
        "--issuer",
        "https://login.example.com",
        "--public-url",
        "https://login.example.com/auth",
    ]);
    start.args(["--session-days", "7", "--profile", "strict"]);
    let mut child = start.spawn().expect("starts");
    let mut log = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let mut out = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let line = out.next().expect("a line").expect("text");
    let host = line
        .strip_prefix("listening on http://")
        .expect("an address")
        .to_owned();
    let mut until = |part: &str| {
        let found = log
            .by_ref()
            .map(|line| line.expect("text"))
            .find(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("no {part}"))
    };
    // What the settings say together is told at the start.
    until("public_url is https://login.example.com/auth");
    until("session_idle_days is 14");
    until("the profile is strict and there is no client");
    let mut half = std::net::TcpStream::connect(&host).expect("connected");
    half.write_all(b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n")
        .expect("sent");
    let kill = Command::new("kill").args(["-HUP", &child.id().to_string()]).status();
    assert!(kill.expect("kill").success());
    until("SIGHUP changes nothing");
    half.write_all(b"\r\n").expect("sent");
    let mut answer = String::new();
    half.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.expect("kill").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
