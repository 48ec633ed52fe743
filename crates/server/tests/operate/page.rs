//! The commands of `docs/operate.md`, run as they are written there.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::programs::{free_port, program};

fn read() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate.md");
    std::fs::read_to_string(page).expect("the page")
}

/// The fenced blocks of the page: their language and their text.
fn blocks() -> Vec<(String, String)> {
    let (page, mut found) = (read(), Vec::new());
    let mut rest = page.as_str();
    while let Some((_, after)) = rest.split_once("\n```") {
        let (language, after) = after.split_once('\n').expect("a line");
        let (block, behind) = after.split_once("```\n").expect("its end");
        found.push((language.to_owned(), block.to_owned()));
        rest = behind;
    }
    found
}

/// The block of this language, counted from 0.
pub(crate) fn block(language: &str, number: usize) -> String {
    let mut blocks = blocks().into_iter().filter(|(found, _)| found == language);
    blocks.nth(number).expect("a block").1
}

/// A machine of its own: folders in place of the system's, and a service manager that does what the unit says.
struct Machine {
    folder: tempfile::TempDir,
    listen: String,
}

const SYSTEMCTL: &str = r#"#!/bin/sh
stop() {
  [ -e "$T/pid" ] || return 0
  pid=$(cat "$T/pid")
  kill "$pid"
  while [ -d "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status"; do sleep 0.05; done
  rm "$T/pid"
}
start() {
  command=$(sed -n 's/^ExecStart=//p' "$T/units/portcullis.service" | sed "s#/var/lib/portcullis#$T/data#")
  setsid $command >>"$T/log" 2>&1 </dev/null &
  echo $! >"$T/pid"
  for _ in $(seq 300); do
    "$T/bin/portcullis" health >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  return 1
}
case "$1" in
  daemon-reload) ;;
  enable | start) start ;;
  stop) stop ;;
  restart) stop && start ;;
  *) exit 2 ;;
esac
"#;

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| folder.path().join(name);
        for name in ["bin", "units", "backups", "safe", "work"] {
            std::fs::create_dir(place(name)).expect("made");
        }
        let binary = env!("CARGO_BIN_EXE_portcullis");
        symlink(binary, place("bin/portcullis")).expect("linked");
        symlink(binary, place("work/portcullis")).expect("linked");
        let systemctl = place("bin/systemctl");
        std::fs::write(&systemctl, SYSTEMCTL).expect("written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(systemctl, mode).expect("set");
        let listen = format!("127.0.0.1:{}", free_port());
        Self { folder, listen }
    }

    /// Runs lines of a shell; what they print.
    fn run(&self, script: &str) -> String {
        let here = self.folder.path().to_str().expect("a name");
        let mut script = script.to_owned();
        for (theirs, ours) in [
            ("/var/lib/portcullis", "data"),
            ("/etc/systemd/system", "units"),
            ("/usr/local/bin", "bin"),
            ("/backups/", "backups/"),
            ("/safe/", "safe/"),
        ] {
            script = script.replace(theirs, &format!("{here}/{ours}"));
        }
        let path = format!("{here}/bin:{}", std::env::var("PATH").expect("a path"));
        let mut shell = Command::new("sh");
        let ours = |name: &str| name.starts_with("PORTCULLIS_") || name == "RUST_LOG";
        for (name, _) in std::env::vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
            shell.env_remove(name);
        }
        let shell = shell
            .args(["-e", "-c", &script])
            .current_dir(self.folder.path().join("work"))
            .envs([
                ("PATH", path.as_str()),
                ("T", here),
                ("PORTCULLIS_LISTEN", &self.listen),
            ])
            .env("PORTCULLIS_DATA", self.folder.path().join("data"));
        let run = shell.output().expect("a shell");
        let (said, wrong) = (
            String::from_utf8_lossy(&run.stdout),
            String::from_utf8_lossy(&run.stderr),
        );
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        assert!(run.status.success(), "{script}\n{said}\n{wrong}\n{log}");
        said.into_owned()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let systemctl = self.folder.path().join("bin/systemctl");
        let _ = Command::new(systemctl)
            .arg("stop")
            .env("T", self.folder.path())
            .status();
    }
}

#[test]
fn every_command_of_the_page_does_what_it_says() {
    let machine = Machine::new();
    let newest = "$(portcullis key list --json | sed -n 's/.*\"id\": \"\\(.*\\)\".*/\\1/p' | head -n 1)";
    let (mut ran, mut is_first) = (0, true);
    for (language, block) in blocks() {
        match language.as_str() {
            "console" => {
                let lines = block.lines().map(|line| line.strip_prefix("$ ").expect("a command"));
                ran += lines.clone().count();
                let script = lines.collect::<Vec<_>>().join("\n");
                machine.run(&script.replace("retire ID", &format!("retire {newest}")));
                if is_first {
                    is_first = false;
                    machine.run("portcullis user add alice --generate");
                    machine.run("portcullis client add reports --grants client_credentials --scopes users:read");
                }
            }
            "toml" => {
                let script = format!("cat >> /var/lib/portcullis/portcullis.toml <<'E'\n{block}E\n");
                machine.run(&script);
            }
            _ => {}
        }
    }
    assert!(ran >= 40, "{ran}");
    let text = machine.run("portcullis doctor");
    assert!(!text.contains('✗'), "{text}");
    let copies = std::fs::read_dir(machine.folder.path().join("backups"))
        .expect("listed")
        .count();
    assert_eq!(copies, 2);
}

#[test]
fn what_prometheus_is_told_is_a_configuration() {
    let Some(promtool) = program("promtool") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("prometheus.yml");
    std::fs::write(&file, block("yaml", 0)).expect("written");
    let run = Command::new(promtool)
        .args(["check", "config"])
        .arg(&file)
        .output()
        .expect("it starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn every_metric_that_the_page_names_is_there_and_every_setting() {
    let page = read();
    for name in [
        "trusted_proxies",
        "forwarded_header",
        "proxy_protocol",
        "log_requests",
        "metrics_listen",
    ] {
        assert!(page.contains(name), "{name}");
    }
}
