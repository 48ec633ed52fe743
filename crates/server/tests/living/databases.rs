//! Real database servers, each in a folder and on a port of its own, gone with the test.
#![allow(dead_code, reason = "each test file uses a part")]

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A database for one application.
pub(crate) struct Database {
    /// For us.
    pub(crate) url: String,
    /// Of a server.
    pub(crate) port: u16,
    /// For Django.
    pub(crate) django: Value,
    /// For SQLAlchemy.
    pub(crate) sqlalchemy: String,
    server: Option<Child>,
    folder: tempfile::TempDir,
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.sqlite3").display().to_string();
        Self {
            url: format!("sqlite://{path}"),
            port: 0,
            django: json!({"ENGINE": "django.db.backends.sqlite3", "NAME": path}),
            sqlalchemy: format!("sqlite:///{path}"),
            server: None,
            folder,
        }
    }

    /// `None` where PostgreSQL is not installed.
    pub(crate) fn postgres() -> Option<Self> {
        Self::postgres_with(|_| None)
    }

    /// The same with further arguments, which may need files in its folder.
    pub(crate) fn postgres_with(prepare: impl FnOnce(&Path) -> Option<&'static [&'static str]>) -> Option<Self> {
        let initdb = program("initdb")?;
        let folder = tempfile::tempdir().expect("a folder");
        let (data, port) = (folder.path().join("data"), free_port());
        std::fs::create_dir(&data).expect("made");
        let path = data.to_str().expect("a name");
        // PostgreSQL will not run as root.
        let root = Command::new("chown")
            .args(["-R", "postgres", folder.path().to_str().expect("a name")])
            .status();
        let root = root.is_ok_and(|status| status.success());
        let made = as_postgres(&initdb, root)
            .args([
                "-D",
                path,
                "-A",
                "trust",
                "-U",
                "app",
                "--no-sync",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ])
            .stdout(Stdio::null())
            .status();
        assert!(made.expect("initdb starts").success());
        let more = prepare(&data).unwrap_or_default();
        if root {
            let owned = Command::new("chown").args(["-R", "postgres", path]).status();
            assert!(owned.expect("chown").success());
        }
        let server = up(serving(&data, port).args(more).stderr(Stdio::null()), port);
        lets_in(port);
        Some(Self::on(port, server, folder))
    }

    /// A server that listens there.
    fn on(port: u16, server: Child, folder: tempfile::TempDir) -> Self {
        Self {
            url: format!("postgres://app@127.0.0.1:{port}/postgres"),
            port,
            django: json!({"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "app",
                "HOST": "127.0.0.1", "PORT": port}),
            sqlalchemy: format!("postgresql+psycopg://app@127.0.0.1:{port}/postgres"),
            server: Some(server),
            folder,
        }
    }

    /// A standby of this PostgreSQL server, which follows it.
    pub(crate) fn standby(&self) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, port) = (folder.path().join("data"), free_port());
        self.copy_into(&data);
        let server = up(serving(&data, port).stderr(Stdio::null()), port);
        lets_in(port);
        Self::on(port, server, folder)
    }

    /// All of it, to be followed from there.
    fn copy_into(&self, data: &Path) {
        let folder = data.parent().expect("a folder");
        let root = Command::new("chown").arg("postgres").arg(folder).status();
        let root = root.is_ok_and(|status| status.success());
        let mut copy = as_postgres(&program("pg_basebackup").expect("beside the server"), root);
        copy.args(["-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", &self.url, "-D"])
            .arg(data);
        let copied = copy.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(copied.expect("it starts").success());
    }

    /// Comes back on its port as a standby of that server, with nothing of what it had.
    pub(crate) fn follow(&mut self, primary: &Self) {
        std::fs::remove_dir_all(self.data()).expect("it has ended");
        primary.copy_into(&self.data());
        self.revive();
    }

    /// `STOP`, `CONT` or another signal, for the server and all that belongs to it.
    pub(crate) fn signal(&self, name: &str) {
        let server = self.server.as_ref().expect("it runs").id().to_string();
        let sent = Command::new("pkill")
            .args([&format!("-{name}"), "-P", &server])
            .status();
        assert!(sent.expect("pkill").success());
    }

    /// Ends a PostgreSQL server as a crash would: without a word.
    pub(crate) fn crash(&mut self) {
        self.halt("QUIT");
    }

    /// Ends a PostgreSQL server by this signal.
    pub(crate) fn halt(&mut self, signal: &str) {
        let mut server = self.server.take().expect("it runs");
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &server.id().to_string()])
            .status();
        assert!(sent.expect("kill").success());
        server.wait().expect("it ends");
    }

    /// Starts one that ended, on the port that it had.
    pub(crate) fn revive(&mut self) {
        self.server = Some(up(serving(&self.data(), self.port).stderr(Stdio::null()), self.port));
        lets_in(self.port);
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres:")
    }

    /// Carries out statements in another database of a PostgreSQL server, with its own client.
    pub(crate) fn run_in(&self, database: &str, sql: &str) {
        let url = self.url.replace("/postgres", &format!("/{database}"));
        let mut client = Command::new(program("psql").expect("psql"));
        client.args(["-q", "-v", "ON_ERROR_STOP=1", "-d", &url, "-c", sql]);
        let status = client.stdout(Stdio::null()).status().expect("the client starts");
        assert!(status.success(), "{sql}");
    }

    /// Carries out statements on a server, with its own client.
    pub(crate) fn run(&self, sql: &str) {
        let mut client = match self.is_postgres() {
            true => return self.run_in("postgres", sql),
            false => {
                let mut client = Command::new(program("mariadb").expect("the client of MariaDB"));
                client.args([
                    "--no-defaults",
                    "--host=127.0.0.1",
                    "--user=app",
                    "--password=p@ss word",
                ]);
                client.args(["--default-character-set=utf8mb4", "--database=app"]);
                // The body of a function has semicolons.
                client.arg(format!(
                    "--delimiter={}",
                    if sql.contains(" BEGIN ") { "//" } else { ";" }
                ));
                client.args([&format!("--port={}", self.port), "--execute", sql]);
                client
            }
        };
        let status = client.stdout(Stdio::null()).status().expect("the client starts");
        assert!(status.success(), "{sql}");
    }

    /// PostgreSQL's own folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// `None` where MariaDB is not installed.
    pub(crate) fn mariadb() -> Option<Self> {
        let (install, daemon) = (program("mariadb-install-db")?, program("mariadbd")?);
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let data = format!("--datadir={}", path("data"));
        // Beside many others it may find the system short of something for a moment; what it left is no database.
        let made = (0..3).any(|_| {
            let _ = std::fs::remove_dir_all(path("data"));
            let made = Command::new(&install)
                .args([
                    "--no-defaults",
                    &data,
                    "--skip-test-db",
                    "--auth-root-authentication-method=normal",
                ])
                .args(["--user=root"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            made.expect("mariadb-install-db starts").success()
        });
        assert!(made, "mariadb-install-db makes no database");
        // A statement a line.
        let first = "CREATE DATABASE app CHARACTER SET utf8mb4;\nCREATE USER app@'%' IDENTIFIED BY 'p@ss word';\n\
            GRANT ALL ON app.* TO app@'%';\n";
        std::fs::write(folder.path().join("first.sql"), first).expect("written");
        let mut server = Command::new(daemon);
        server.args([
            "--no-defaults",
            &data,
            "--user=root",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
        ]);
        server.arg(format!("--port={port}"));
        server.arg(format!("--socket={}", path("socket")));
        server.arg(format!("--pid-file={}", path("pid")));
        server.arg(format!("--init-file={}", path("first.sql")));
        let server = up(server.stdout(Stdio::null()).stderr(Stdio::null()), port);
        Some(Self {
            url: format!("mysql://app:p%40ss%20word@127.0.0.1:{port}/app"),
            port,
            django: json!({"ENGINE": "django.db.backends.mysql", "NAME": "app", "USER": "app",
                "PASSWORD": "p@ss word", "HOST": "127.0.0.1", "PORT": port}),
            sqlalchemy: format!("mysql+pymysql://app:p%40ss%20word@127.0.0.1:{port}/app"),
            server: Some(server),
            folder,
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // PostgreSQL's children go with it only if it is asked.
            let _ = Command::new("kill").args(["-INT", &server.id().to_string()]).status();
            let _ = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
            let _ = server.wait();
        }
    }
}

/// PostgreSQL's own client at this URL, which tells nothing but values.
pub(crate) fn client(url: &str) -> Command {
    let mut client = Command::new(program("psql").expect("psql"));
    client.args(["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url]);
    client
}

/// Where a program is; in CI it must be somewhere.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    let found = folders
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|path| path.exists());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{name} is missing: scripts/peers was not run"
        );
        eprintln!("left out: {name} is not installed, see scripts/peers");
    }
    found
}

/// A PostgreSQL server over this folder.
fn serving(data: &Path, port: u16) -> Command {
    // PostgreSQL will not run as root, who may give folders away.
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout == b"0\n");
    let mut server = as_postgres(&program("postgres").expect("installed"), root);
    server
        .arg("-D")
        .arg(data)
        .arg("-k")
        .arg(data)
        .args(["-p", &port.to_string()]);
    server.args([
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "fsync=off",
        "-c",
        "log_min_messages=fatal",
    ]);
    server
}

/// A program that will not run as root, with our end as its own.
pub(crate) fn as_postgres(program: &Path, root: bool) -> Command {
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args([
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            "--pdeathsig=TERM",
        ])
        .arg(program);
    command
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Waits until a PostgreSQL server that listens lets somebody in.
fn lets_in(port: u16) {
    let ready = program("pg_isready").expect("beside the server");
    let asked = || {
        Command::new(&ready)
            .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
            .status()
    };
    while !asked().expect("it starts").success() {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Starts it and waits until it listens.
pub(crate) fn up(server: &mut Command, port: u16) -> Child {
    let mut child = server.stdin(Stdio::null()).spawn().expect("the server starts");
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(child.try_wait().expect("its state").is_none(), "the server ended");
        assert!(begun.elapsed() < Duration::from_secs(60), "the server does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}
