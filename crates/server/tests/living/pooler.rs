//! PgBouncer in transaction mode in front of a PostgreSQL server, gone with the test.

use std::cell::RefCell;
use std::process::{Child, Command, Stdio};

use super::databases::{as_postgres, free_port, program, up};
use super::own_tables::fresh;

/// A pooler of its own, with four sessions a database, so that links share them.
pub(crate) struct Pooler {
    child: Child,
    pub(crate) port: u16,
    folder: tempfile::TempDir,
}

impl Pooler {
    /// `None` where PgBouncer is not installed.
    pub(crate) fn before(server: u16) -> Option<Self> {
        program("pgbouncer")?;
        let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
        write(&folder, port, server);
        let child = start(&folder, port);
        Some(Self { child, port, folder })
    }

    /// The same database through it.
    pub(crate) fn url(&self, url: &str) -> String {
        url.replace(&format!(":{}/", port_of(url)), &format!(":{}/", self.port))
    }

    /// `TERM`, `HUP` (its settings are read anew), `USR1` (it hands out no session), `USR2` (it does again).
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill").success());
    }

    /// From now on it leads to this server.
    pub(crate) fn lead_to(&self, server: u16) {
        write(&self.folder, self.port, server);
        self.signal("HUP");
    }

    /// Ends it, with all links through it.
    pub(crate) fn end(&mut self) {
        self.signal("TERM");
        self.child.wait().expect("it ends");
    }

    /// Starts it again, after [`Self::end`].
    pub(crate) fn revive(&mut self) {
        self.child = start(&self.folder, self.port);
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it is told, whoever owns that file.
fn write(folder: &tempfile::TempDir, port: u16, server: u16) {
    let settings = format!(
        "[databases]\n* = host=127.0.0.1 port={server} user=app\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
        listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n\
        default_pool_size = 4\nmax_client_conn = 500\nserver_login_retry = 1\n"
    );
    std::fs::write(folder.path().join("pgbouncer.ini"), settings).expect("written");
}

fn start(folder: &tempfile::TempDir, port: u16) -> Child {
    // Nor will it run as root, who may give folders away.
    let owned = Command::new("chown")
        .args(["-R", "postgres"])
        .arg(folder.path())
        .stderr(Stdio::null())
        .status();
    let root = owned.is_ok_and(|status| status.success());
    let mut pgbouncer = as_postgres(&program("pgbouncer").expect("installed"), root);
    pgbouncer.arg("-q").arg(folder.path().join("pgbouncer.ini"));
    up(pgbouncer.stdout(Stdio::null()).stderr(Stdio::null()), port)
}

/// The port of a server.
pub(crate) fn port_of(url: &str) -> u16 {
    let port = url.rsplit([':', '/']).nth(1).expect("a port");
    port.parse().expect("a number")
}

thread_local! {
    /// Until the test's thread ends.
    static USED: RefCell<Vec<Pooler>> = const { RefCell::new(Vec::new()) };
}

/// The URLs of a fresh database: of the server itself, and through a pooler.
pub(crate) fn fresh_behind() -> Option<[String; 2]> {
    let url = fresh("")?;
    let pooler = Pooler::before(port_of(&url))?;
    let through = pooler.url(&url);
    USED.with_borrow_mut(|used| used.push(pooler));
    Some([url, through])
}
