//! The folder that a container is made of: the server runs in it with nothing else around, for a user who owns nothing
//! there but the data.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::programs::free_port;

const USER: &str = "65532:65532";

/// A command of the program, with the folder for the whole system.
fn inside(root: &Path, port: u16, arguments: &[&str]) -> Command {
    let mut command = Command::new("chroot");
    command
        .arg(format!("--userspec={USER}"))
        .arg(root)
        .arg("/portcullis")
        .args(arguments);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
        .env("PORTCULLIS_DATA", "/data")
        .env("PORTCULLIS_LISTEN", format!("0.0.0.0:{port}"));
    command
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_image_has_all_that_the_server_needs_and_writes_nothing_but_its_data() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("root");
    let mut make = Command::new("bash");
    make.arg(repository.join("scripts/image"))
        .args(["--program", env!("CARGO_BIN_EXE_portcullis")])
        .arg(&root);
    let made = make.output().expect("a shell");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let run = |port: u16, arguments: &[&str]| inside(&root, port, arguments).output().expect("chroot");
    let port = free_port();
    let init = run(port, &["init"]);
    let wrong = String::from_utf8_lossy(&init.stderr).into_owned();
    if wrong.contains("Operation not permitted") || wrong.contains("chroot:") {
        eprintln!("left out: no chroot here: {wrong}");
        return;
    }
    assert!(init.status.success(), "{wrong}");
    assert!(!run(port, &["health"]).status.success(), "nobody answers yet");
    let serve = inside(&root, port, &["serve"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut serving = Running(serve.expect("it starts"));
    while !run(port, &["health"]).status.success() {
        assert_eq!(serving.0.try_wait().expect("asked"), None, "it ended");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let doctor = run(port, &["doctor"]);
    let text = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.status.success() && text.contains("✓ server"), "{text}");
    let written = Command::new("find")
        .arg(&root)
        .args(["-newer"])
        .arg(root.join("etc/passwd"))
        .arg("-type")
        .arg("f")
        .output();
    let written = String::from_utf8(written.expect("find").stdout).expect("text");
    let outside: Vec<&str> = written
        .lines()
        .filter(|path| {
            !["data", "etc"]
                .iter()
                .any(|own| Path::new(path).starts_with(root.join(own)))
        })
        .collect();
    assert_eq!(outside, Vec::<&str>::new());
}

/// docker or podman, where one can run.
fn engine() -> Option<&'static str> {
    let runs = |name: &&str| {
        Command::new(name)
            .arg("info")
            .output()
            .is_ok_and(|run| run.status.success())
    };
    ["docker", "podman"].into_iter().find(runs)
}

/// A container and its data, gone with the test.
struct Container(&'static str, String);

impl Container {
    fn run(&self, arguments: &[&str]) -> std::process::Output {
        Command::new(self.0).args(arguments).output().expect("it starts")
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.run(&["rm", "-f", &self.1]);
        self.run(&["volume", "rm", "-f", &self.1]);
        self.run(&["rmi", "-f", &self.1]);
    }
}

#[test]
fn a_container_of_the_image_serves_with_nothing_to_write_to_but_its_volume() {
    let Some(engine) = engine() else {
        eprintln!("left out: neither docker nor podman runs here");
        return;
    };
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("root");
    let root = root.to_str().expect("a name");
    let mut make = Command::new("bash");
    make.arg(repository.join("scripts/image"));
    let made = make
        .args(["--program", env!("CARGO_BIN_EXE_portcullis"), root])
        .output();
    assert!(made.expect("a shell").status.success());
    let container = Container(engine, format!("portcullis-test-{}", std::process::id()));
    let name = container.1.as_str();
    let file = repository.join("Containerfile");
    let good = |arguments: &[&str]| {
        let run = container.run(arguments);
        assert!(
            run.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
    };
    good(&["build", "-q", "-t", name, "-f", file.to_str().expect("a name"), root]);
    let volume = format!("{name}:/data");
    let closed = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "-v", &volume];
    good(&[&["run", "--rm"], &closed[..], &[name, "init"]].concat());
    good(&[&["run", "-d", "--name", name], &closed[..], &[name]].concat());
    while !container.run(&["exec", name, "/portcullis", "health"]).status.success() {
        let state = container.run(&["inspect", "-f", "{{.State.Running}}", name]);
        assert_eq!(String::from_utf8_lossy(&state.stdout).trim(), "true");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

#[test]
fn the_container_file_runs_the_program_for_nobody_in_particular_and_asks_for_its_health() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Containerfile");
    let text = std::fs::read_to_string(file).expect("the file");
    for line in [
        "FROM scratch",
        "USER 65532:65532",
        "HEALTHCHECK --interval=30s --timeout=6s --start-period=10s CMD [\"/portcullis\", \"health\"]",
        "ENTRYPOINT [\"/portcullis\"]",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}");
    }
}
