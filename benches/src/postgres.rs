//! A PostgreSQL server for measuring: in a folder and on a port of its own, gone with the bench.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::pinned;

/// A running server with one database, `bench`. It flushes to the disk as it does by default.
pub struct Postgres {
    server: Child,
    bin: PathBuf,
    port: u16,
    folder: tempfile::TempDir,
}

impl Postgres {
    /// `None` (and a line) where PostgreSQL is not installed.
    pub fn start() -> io::Result<Option<Self>> {
        Self::start_by(|program| Command::new(program))
    }

    /// The same on the core of the servers.
    pub fn start_pinned() -> io::Result<Option<Self>> {
        Self::start_by(pinned)
    }

    /// `run` says how a program is begun.
    fn start_by(run: fn(&Path) -> Command) -> io::Result<Option<Self>> {
        let Some(bin) = programs() else {
            println!("  left out: PostgreSQL is not installed (initdb, postgres, psql, pgbench)");
            return Ok(None);
        };
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        let mut owned = Command::new("chown");
        // It will not run as root.
        let root = quiet(owned.args(["-R", "postgres"]).arg(folder.path()))?;
        let mut initdb = as_postgres(&bin.join("initdb"), root, |program| Command::new(program));
        initdb.args(["-A", "trust", "-U", "app", "-E", "UTF8", "--locale=C.UTF-8", "-D"]);
        done(initdb.arg(&data))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = as_postgres(&bin.join("postgres"), root, run);
        server.arg("-D").arg(&data).arg("-k").arg(&data);
        server.args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.args(["-c", "log_min_messages=fatal", "-c", "max_wal_size=4GB"]);
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > Duration::from_secs(60) {
                return Err(io::Error::other("PostgreSQL does not listen"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let postgres = Self {
            server,
            bin,
            port,
            folder,
        };
        postgres.run_in("postgres", "CREATE DATABASE bench")?;
        Ok(Some(postgres))
    }

    /// The URL of its database.
    pub fn url(&self) -> String {
        format!("postgres://app@127.0.0.1:{}/bench", self.port)
    }

    /// Carries out statements.
    pub fn run(&self, sql: &str) -> io::Result<()> {
        self.run_in("bench", sql)
    }

    fn run_in(&self, database: &str, sql: &str) -> io::Result<()> {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "app"]);
        done(psql.args(["-p", &self.port.to_string(), "-d", database, "-c", sql]))
    }

    /// Transactions per second of a script of `pgbench`, prepared, over so many links.
    pub fn pgbench(&self, script: &str, links: usize, time: Duration) -> io::Result<f64> {
        let file = self.folder.path().join("script.sql");
        std::fs::write(&file, script)?;
        let mut pgbench = Command::new(self.bin.join("pgbench"));
        pgbench.args(["-n", "-M", "prepared", "-h", "127.0.0.1", "-U", "app"]);
        pgbench.args(["-p", &self.port.to_string(), "-c", &links.to_string(), "-j", "1"]);
        pgbench.args(["-T", &time.as_secs().max(1).to_string(), "-f"]);
        let told = pgbench.arg(&file).arg("bench").stderr(Stdio::null()).output()?;
        let told = String::from_utf8_lossy(&told.stdout);
        let rate = told.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rest| rest.split(' ').next()?.parse().ok());
        rate.ok_or_else(|| io::Error::other(format!("pgbench said {told:?}")))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // At once, its children with it.
        let _ = Command::new("kill")
            .args(["-QUIT", &self.server.id().to_string()])
            .status();
        let _ = self.server.wait();
    }
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|folder| {
        ["initdb", "postgres", "psql", "pgbench"]
            .iter()
            .all(|name| folder.join(name).exists())
    })
}

fn as_postgres(program: &Path, root: bool, run: fn(&Path) -> Command) -> Command {
    if !root {
        return run(program);
    }
    let mut command = run(Path::new("setpriv"));
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program);
    command
}

fn quiet(command: &mut Command) -> io::Result<bool> {
    Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
}

fn done(command: &mut Command) -> io::Result<()> {
    match quiet(command)? {
        true => Ok(()),
        false => Err(io::Error::other(format!("{:?} failed", command.get_program()))),
    }
}
