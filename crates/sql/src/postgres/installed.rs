//! A real server for tests, where PostgreSQL is installed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tokio_postgres::{Client, NoTls};

/// A server in a folder of its own, gone with the test.
pub(super) struct Server {
    child: Child,
    pub(super) url: String,
    _folder: tempfile::TempDir,
}

impl Server {
    /// `None` where PostgreSQL is not installed.
    pub(super) async fn start() -> Option<Self> {
        let (initdb, postgres) = (program("initdb")?, program("postgres")?);
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("made");
        // PostgreSQL will not run as root.
        let owned = Command::new("chown")
            .arg("-R")
            .arg("postgres")
            .arg(folder.path())
            .status();
        let root = owned.is_ok_and(|status| status.success());
        let mut made = as_postgres(&initdb, root);
        made.args([
            "-A",
            "trust",
            "-U",
            "app",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-D",
        ])
        .arg(&data);
        assert!(made.stdout(Stdio::null()).status().expect("initdb starts").success());
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port().to_string();
        drop(listener);
        let mut server = as_postgres(&postgres, root);
        server.arg("-D").arg(&data).arg("-k").arg(&data).args(["-p", &port]);
        server.args([
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "fsync=off",
            "-c",
            "log_min_messages=fatal",
        ]);
        let server = Self {
            child: server.stderr(Stdio::null()).spawn().expect("postgres starts"),
            url: format!("postgres://app@127.0.0.1:{port}/postgres"),
            _folder: folder,
        };
        while tokio_postgres::connect(&server.url, NoTls).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Some(server)
    }
}

impl Server {
    /// Its own way to it, past our types.
    pub(super) async fn client(&self) -> Client {
        let (client, carrier) = tokio_postgres::connect(&self.url, NoTls).await.expect("connects");
        tokio::spawn(carrier);
        client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Not killed as its children would stay; asked to end at once.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-QUIT", &pid]).status();
        let _ = self.child.wait();
    }
}

fn as_postgres(program: &Path, root: bool) -> Command {
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

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
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
