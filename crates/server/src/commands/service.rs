//! `service`: what the system's service manager needs.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::config::{DATABASE_VARIABLE, DatabaseUrl};
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::say;
use crate::shown::Shown;

/// Print what systemd needs to run the server
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Service {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print a unit for systemd
    #[command(
        after_help = "Examples:\n  portcullis service unit > /etc/systemd/system/portcullis.service\n  \
        portcullis service unit --master-key /etc/portcullis/master.key\n  \
        portcullis service unit --environment-file /etc/portcullis/node.env --master-key /etc/portcullis/master.key\n\n\
        The server runs as a user of its own that exists while it runs, sees nothing of the system but /var/lib/portcullis,\n\
        and tells systemd when it is ready and that it lives. Make the data folder before the first start:\n  \
        portcullis init --data /var/lib/portcullis\n\n\
        One of several servers on a PostgreSQL database has no data folder. Its settings are in a file that only root reads\n\
        (chmod 600), such as PORTCULLIS_DATABASE=postgres://portcullis:choose-one@db.internal/portcullis and, in a line of its\n\
        own, PORTCULLIS_ISSUER=https://login.example.com; systemd hands them over. No password of a URL is printed."
    )]
    Unit(Choices),
}

#[derive(Debug, Args)]
struct Choices {
    /// The program; this one by default
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// A master key that systemd hands over (LoadCredential), readable for root alone
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
    /// For a server without a data folder: its settings, PORTCULLIS_DATABASE among them (EnvironmentFile), readable for root alone
    #[arg(long, value_name = "FILE")]
    environment_file: Option<PathBuf>,
    /// For a server without a data folder: its PostgreSQL database, by a URL without a password
    #[arg(long, value_name = "URL", conflicts_with = "environment_file")]
    database: Option<String>,
}

impl Service {
    pub(crate) async fn run(self) -> Outcome {
        let What::Unit(choices) = self.what;
        let program = match &choices.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().or_fail("this program cannot find itself", "Name it with --program.")?,
        };
        let program = in_a_unit(&program)?;
        let master_key = choices.master_key.as_deref().map(in_a_unit).transpose()?;
        say(Shown::lines(&unit(&program, master_key.as_deref(), &place(&choices)?)))
    }
}

/// Where what it serves is.
enum Place {
    Folder,
    /// In a database; the line that says in which.
    Database(String),
}

/// What is chosen, or else what the environment of whoever asks says.
fn place(choices: &Choices) -> Outcome<Place> {
    if let Some(file) = &choices.environment_file {
        return Ok(Place::Database(format!("EnvironmentFile={}", in_a_unit(file)?)));
    }
    let told = std::env::var(DATABASE_VARIABLE).ok();
    let Some(url) = choices.database.as_ref().or(told.as_ref()) else {
        return Ok(Place::Folder);
    };
    let hidden = "Write PORTCULLIS_DATABASE=… into a file that only root reads, and name it with --environment-file.";
    let parsed = DatabaseUrl::parse(url).filter(|_| url.chars().all(is_plain));
    let parsed = parsed.ok_or_else(|| Failure::usage("the URL of the database cannot stand in a unit", hidden))?;
    if parsed.holds_secret() {
        let what = "the URL of the database holds a password, or may hold one, and a unit is read by everybody";
        return Err(Failure::usage(what, hidden));
    }
    Ok(Place::Database(format!(
        "Environment={DATABASE_VARIABLE}={}",
        doubled(parsed.whole())
    )))
}

/// A path as a unit takes it.
fn in_a_unit(path: &Path) -> Outcome<String> {
    let fit = path
        .to_str()
        .filter(|text| text.starts_with('/') && text.chars().all(|c| is_plain(c) && c != ':'));
    let what = format!("{} cannot stand in a unit", path.display());
    let fit = fit.ok_or_else(|| Failure::usage(what, "Name a whole path, without blanks and quotes."))?;
    Ok(doubled(fit))
}

/// Whether systemd takes it for nothing else.
fn is_plain(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '\'' | '\\' | '$')
}

fn doubled(text: &str) -> String {
    text.replace('%', "%%")
}

fn unit(program: &str, master_key: Option<&str>, place: &Place) -> String {
    let master_key = master_key.map_or_else(String::new, |path| {
        format!("LoadCredential=master-key:{path}\nEnvironment=PORTCULLIS_MASTER_KEY_FILE=%d/master-key\n")
    });
    let (start, state) = match place {
        Place::Folder => (
            format!("ExecStart={program} serve --data /var/lib/portcullis\n"),
            "StateDirectory=portcullis\nStateDirectoryMode=0700\n",
        ),
        // It may be away when the machine starts.
        Place::Database(line) => (format!("ExecStart={program} serve\n{line}\nRestartSec=5\n"), ""),
    };
    format!(
        "\
[Unit]
Description=Portcullis: logins and tokens
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
{start}\
{master_key}\
Restart=on-failure
WatchdogSec=30
TimeoutStopSec=30

DynamicUser=yes
{state}\
UMask=0077

CapabilityBoundingSet=
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target"
    )
}
