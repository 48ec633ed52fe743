//! `service`: what the system's service manager needs.

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
        portcullis service unit --master-key /etc/portcullis/master.key\n\n\
        The server runs as a user of its own that exists while it runs, sees nothing of the system but /var/lib/portcullis,\n\
        and tells systemd when it is ready and that it lives. Make the data folder before the first start:\n  \
        portcullis init --data /var/lib/portcullis"
    )]
    Unit {
        /// The program; this one by default
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
        /// A master key that systemd hands over (LoadCredential), readable for root alone
        #[arg(long, value_name = "FILE")]
        master_key: Option<PathBuf>,
    },
}

impl Service {
    pub(crate) async fn run(self) -> Outcome {
        let What::Unit { program, master_key } = self.what;
        let program = match program {
            Some(program) => program,
            None => std::env::current_exe().or_fail("this program cannot find itself", "Name it with --program.")?,
        };
        let program = in_a_unit(&program)?;
        let master_key = master_key.map(|path| in_a_unit(&path)).transpose()?;
        say(Shown::lines(&unit(&program, master_key.as_deref())))
    }
}

/// A path as a unit takes it: a percent sign is doubled.
fn in_a_unit(path: &std::path::Path) -> Outcome<String> {
    let fit = path.to_str().filter(|text| {
        let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '\'' | '\\' | '$' | ':');
        text.starts_with('/') && text.chars().all(is_plain)
    });
    let what = format!("{} cannot stand in a unit", path.display());
    let fit = fit.ok_or_else(|| Failure::usage(what, "Name a whole path, without blanks and quotes."))?;
    Ok(fit.replace('%', "%%"))
}

fn unit(program: &str, master_key: Option<&str>) -> String {
    let master_key = master_key.map_or_else(String::new, |path| {
        format!("LoadCredential=master-key:{path}\nEnvironment=PORTCULLIS_MASTER_KEY_FILE=%d/master-key\n")
    });
    format!(
        "\
[Unit]
Description=Portcullis: logins and tokens
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
ExecStart={program} serve --data /var/lib/portcullis
{master_key}\
Restart=on-failure
WatchdogSec=30
TimeoutStopSec=30

DynamicUser=yes
StateDirectory=portcullis
StateDirectoryMode=0700
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
