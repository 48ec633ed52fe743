//! The servers under test, each a process of its own on one core.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The core that servers run on, and the one for the load.
pub const SERVER_CORE: &str = "0";
pub const LOAD_CORE: &str = "1";

/// The secret that all servers share, so that one token is good everywhere.
pub const SECRET: &str = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7";

/// A running server, stopped on drop.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// The first line that it printed.
    pub said: String,
    /// From the start of the process to its first answer.
    pub first_answer: Duration,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where servers keep what they know, as their environment says it.
pub struct Place(Vec<(&'static str, OsString)>);

impl Place {
    /// In SQLite in this folder.
    pub fn folder(data: &Path) -> Self {
        Self(vec![("PORTCULLIS_DATA", data.into())])
    }

    /// In PostgreSQL.
    pub fn database(url: &str) -> Self {
        let variables = [("PORTCULLIS_DATABASE", url), ("PORTCULLIS_MASTER_KEY", SECRET)];
        Self(variables.map(|(name, value)| (name, value.into())).into())
    }
}

/// What a command of this build prints, of this place.
pub fn portcullis(arguments: &[&str], place: &Place) -> io::Result<String> {
    let done = Command::new(portcullis_binary()?)
        .args(arguments)
        .envs(place.0.iter().map(|(name, value)| (name, value)))
        .stderr(Stdio::null())
        .output()?;
    match done.status.success() {
        true => Ok(String::from_utf8_lossy(&done.stdout).into_owned()),
        false => Err(io::Error::other(format!("{arguments:?} ended with {}", done.status))),
    }
}

impl Server {
    /// `portcullis demo` of this build.
    pub fn demo() -> io::Result<Self> {
        let mut command = pinned(&portcullis_binary()?);
        command
            .args(["demo", "--listen", "127.0.0.1:0"])
            .env("SECRET_KEY", SECRET);
        Self::start_printing(command)
    }

    /// The same under a limit of open files.
    pub fn demo_with_files(files: Option<u64>) -> io::Result<Self> {
        let Some(files) = files else {
            return Self::demo();
        };
        let mut command = Command::new("sh");
        let demo = format!("ulimit -n {files}; exec \"$0\" demo --listen 127.0.0.1:0");
        command
            .args(["-c", &demo])
            .arg(portcullis_binary()?)
            .env("SECRET_KEY", SECRET);
        Self::start_printing(command)
    }

    /// `portcullis serve` of this build, of this place.
    pub fn serve(place: &Place) -> io::Result<Self> {
        let mut command = pinned(&portcullis_binary()?);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        command.envs(place.0.iter().map(|(name, value)| (name, value)));
        Self::start_printing(command)
    }

    /// A bare axum server of this build that answers `GET /` with a small JSON object.
    pub fn hello() -> io::Result<Self> {
        let mut command = pinned(&std::env::current_exe()?);
        command.arg("serve-hello");
        Self::start_printing(command)
    }

    /// An application of this build with a guard for each way that credentials come in; it says an API key first.
    pub fn guards() -> io::Result<Self> {
        let mut command = pinned(&std::env::current_exe()?);
        command.arg("serve-guards");
        Self::start_printing(command)
    }

    /// The chapter's app under uvicorn, from the environment that [`fastapi_environment`] made.
    pub fn fastapi(environment: &Path, app: &str) -> io::Result<Self> {
        let address = free_address()?;
        let mut command = pinned(&environment.join("bin/python"));
        let port = address.port().to_string();
        command.args([
            "-m",
            "uvicorn",
            app,
            "--port",
            &port,
            "--no-access-log",
            "--log-level",
            "error",
        ]);
        command
            .args(["--app-dir", &peers().join("fastapi").to_string_lossy()])
            .env("SECRET_KEY", SECRET);
        let start = Instant::now();
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Self::wait(child, (address, String::new()), start)
    }

    fn start_printing(mut command: Command) -> io::Result<Self> {
        let start = Instant::now();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim().rsplit("http://").next().and_then(|text| text.parse().ok());
        let address = address.ok_or_else(|| io::Error::other(format!("no address in {line:?}")))?;
        Self::wait(child, (address, line), start)
    }

    fn wait(child: Child, (address, said): (SocketAddr, String), start: Instant) -> io::Result<Self> {
        let mut server = Self {
            child,
            address,
            said,
            first_answer: Duration::ZERO,
        };
        while start.elapsed() < Duration::from_secs(30) {
            if TcpStream::connect(address).is_ok() {
                crate::load::Connection::open(address)?.ask(&crate::load::get("/openapi.json", ""))?;
                server.first_answer = start.elapsed();
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(io::Error::other("the server did not answer within 30 s"))
    }

    /// Memory that is really held, in KiB.
    pub fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }

    /// Processor time used so far, in seconds (clock ticks of 10 ms).
    pub fn cpu_seconds(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        let fields: Vec<&str> = stat.rsplit(") ").next()?.split(' ').collect();
        let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        Some(ticks / 100.0)
    }
}

/// A command on the servers' core, where `taskset` is there.
pub fn pinned(program: &Path) -> Command {
    if !has("taskset") {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", SERVER_CORE]).arg(program);
    command
}

/// Puts this process on the load's core.
pub fn pin_load() {
    let own = std::process::id().to_string();
    let _ = Command::new("taskset")
        .args(["-acp", LOAD_CORE, &own])
        .stdout(Stdio::null())
        .status();
}

fn has(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// Where the peers are kept, a folder each.
pub fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// The server's binary of the same build, built if it is not there or old.
pub fn portcullis_binary() -> io::Result<PathBuf> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built = Command::new(cargo)
        .args(["build", "--release", "--quiet", "-p", "portcullis-server"])
        .current_dir(workspace)
        .status()?;
    if !built.success() {
        return Err(io::Error::other("the server could not be built"));
    }
    let here = std::env::current_exe()?;
    let folder = here.parent().ok_or_else(|| io::Error::other("no folder"))?;
    Ok(folder.join("portcullis"))
}

/// Makes the throw-away environment of the FastAPI peer; `None` (and a line) if that cannot be done here.
pub fn fastapi_environment() -> Option<PathBuf> {
    environment("fastapi")
}

/// Makes the throw-away environment of the peers of this folder; `None` (and a line) if that cannot be done here.
pub fn environment(peer: &str) -> Option<PathBuf> {
    let folder = std::env::temp_dir().join(format!("portcullis-bench-{peer}"));
    if folder.join("ready").exists() {
        return Some(folder);
    }
    eprintln!("installing the peer {peer} into {} (once) ...", folder.display());
    let setup = Command::new(peers().join(peer).join("setup"))
        .arg(&folder)
        .stdout(Stdio::null())
        .status();
    if setup.is_ok_and(|status| status.success()) {
        let _ = std::fs::write(folder.join("ready"), "");
        return Some(folder);
    }
    println!("  left out: the peer {peer} could not be installed (python3 with venv and a package index are needed)");
    None
}
