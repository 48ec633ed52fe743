//! One deployment that several servers serve: a data folder, or a PostgreSQL database.

use std::process::Command;

use super::databases::{Database, program};
use super::relay::Relay;
use super::support::{Run, Serving, Setup, command, finish, printed_password};

const MASTER_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

pub(crate) struct Deployment {
    pub(crate) password: String,
    place: Place,
}

enum Place {
    Folder(Setup),
    /// On a server of its own.
    Database(Database),
}

impl Deployment {
    pub(crate) fn in_a_folder() -> Self {
        let setup = Setup::new();
        Self {
            password: setup.password.clone(),
            place: Place::Folder(setup),
        }
    }

    /// `None` where PostgreSQL is not installed.
    pub(crate) fn on_postgres() -> Option<Self> {
        let mut deployment = Self {
            password: String::new(),
            place: Place::Database(Database::postgres()?),
        };
        deployment.password = printed_password(&deployment.run(&["init"]).good());
        Some(deployment)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        match &self.place {
            Place::Folder(setup) => setup.command(arguments),
            Place::Database(database) => {
                let mut command = command(arguments);
                command
                    .env("PORTCULLIS_DATABASE", &database.url)
                    .env("PORTCULLIS_MASTER_KEY", MASTER_KEY);
                command
            }
        }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        finish(self.command(arguments), "")
    }

    /// A command to serve it, with these arguments more.
    pub(crate) fn server(&self, arguments: &[&str]) -> Command {
        let anywhere = ["--listen", "127.0.0.1:0"];
        let listen = if arguments.contains(&"--listen") {
            &[][..]
        } else {
            &anywhere
        };
        self.command(&[&["serve"], listen, arguments].concat())
    }

    pub(crate) fn serve(&self) -> Serving {
        self.serve_with(&[])
    }

    pub(crate) fn serve_with(&self, arguments: &[&str]) -> Serving {
        Serving::spawn(self.server(arguments))
    }

    /// A server whose way to the database is this relay, if there is one.
    pub(crate) fn serve_over(&self, way: Option<&Relay>, arguments: &[&str]) -> Serving {
        let mut command = self.server(arguments);
        if let Some(relay) = way {
            let url = format!("postgres://app@127.0.0.1:{}/postgres", relay.port);
            command.env("PORTCULLIS_DATABASE", url);
        }
        Serving::spawn(command)
    }

    /// The PostgreSQL server.
    pub(crate) fn database(&self) -> Option<&Database> {
        match &self.place {
            Place::Folder(_) => None,
            Place::Database(database) => Some(database),
        }
    }

    /// A relay in front of the PostgreSQL server, which knows connections by what they ask.
    pub(crate) fn relay(&self, known_by: Option<&'static str>) -> Relay {
        Relay::knowing(self.database().expect("on PostgreSQL").port, known_by)
    }

    /// Makes a copy, as one makes copies of such a database; what it is called as `--database`.
    pub(crate) fn copy(&self) -> String {
        match &self.place {
            Place::Folder(setup) => {
                let copy = setup.path().join("copy.db").to_str().expect("a name").to_owned();
                setup.run(&["backup", &copy]).good();
                copy
            }
            Place::Database(database) => {
                database.run("CREATE DATABASE copy");
                let copy = database.url.replace("/postgres", "/copy");
                let dump = Command::new(program("pg_dump").expect("beside the server"))
                    .args(["-d", &database.url])
                    .output()
                    .expect("it starts");
                assert!(dump.status.success(), "{dump:?}");
                let mut client = super::databases::client(&copy);
                client.stdout(std::process::Stdio::null());
                finish(client, std::str::from_utf8(&dump.stdout).expect("text")).good();
                copy
            }
        }
    }
}
