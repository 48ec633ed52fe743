//! The programs of `docs/tokens.md`, in other languages, check our tokens by our key set. `scripts/foreign-clients` installs
//! their libraries; without them this says so and is left out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Serving, Setup};

#[path = "support/cli.rs"]
mod support;

/// A language: the mark of its program in the page, and how the program is run.
struct Language {
    mark: &'static str,
    package: &'static str,
    file: &'static str,
    /// Added to the program: checks its first argument and prints the `sub`.
    main: &'static str,
    command: fn(&Path) -> Command,
}

const PYTHON: Language = Language {
    mark: "```python\n",
    package: "venv/bin/python",
    file: "check.py",
    main: "import sys\nprint(check(sys.argv[1])['sub'])\n",
    command: |place| Command::new(place.join("venv/bin/python")),
};

const NODE: Language = Language {
    mark: "```js\n",
    package: "node_modules/jose",
    file: "check.mjs",
    main: "console.log((await check(process.argv[2])).sub)\n",
    command: |_| Command::new("node"),
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Language {
    /// The program of the page, for this server and algorithm.
    fn program(&self, server: &Serving, algorithm: &str) -> String {
        let page = std::fs::read_to_string(root().join("docs/tokens.md")).expect("the page");
        let (_, rest) = page.split_once(self.mark).expect("a program");
        let (program, _) = rest.split_once("```").expect("its end");
        let program = program.replace("http://127.0.0.1:8000", &server.base);
        assert!(
            program.contains(&server.base) && program.contains("\"EdDSA\""),
            "{program}"
        );
        program.replace("\"EdDSA\"", &format!("\"{algorithm}\"")) + self.main
    }

    /// What the program says of a token: the `sub`, or that it refuses.
    fn check(&self, place: &Path, program: &Path, token: &str) -> Result<String, String> {
        let run = (self.command)(place).arg(program).arg(token).output();
        let run = run.expect("the program starts");
        let said = String::from_utf8_lossy(&run.stdout).trim().to_owned();
        let refused = String::from_utf8_lossy(&run.stderr).into_owned();
        if run.status.success() { Ok(said) } else { Err(refused) }
    }

    /// Good tokens of this algorithm are taken, before and after a rotation, and others are refused.
    fn agrees(&self, algorithm: &str) {
        let place = root().join("target/foreign");
        if !place.join(self.package).exists() {
            eprintln!(
                "left out: no {} in target/foreign; run scripts/foreign-clients",
                self.package
            );
            return;
        }
        let setup = Setup::with(&[], &["--algorithm", algorithm]);
        let server = setup.serve();
        // Beside the libraries, where Node looks for them.
        let folder = tempfile::tempdir_in(&place).expect("a folder");
        let program = folder.path().join(self.file);
        std::fs::write(&program, self.program(&server, algorithm)).expect("written");
        let check = |token: &str| self.check(&place, &program, token);
        let issue = || {
            server
                .log_in("admin", &setup.password, "users:read")
                .expect("logged in")
        };

        let old = issue();
        assert_eq!(check(&old).as_deref(), Ok("admin"), "{algorithm}");
        setup.run(&["key", "rotate", "--now"]).good();
        let new = setup.run(&["token", "issue", "admin"]).good();
        // The server has met the new key: it publishes it from here on.
        assert_eq!(server.get("/users/me/", new.trim()).status, 200);
        for good in [old.as_str(), new.trim()] {
            assert_eq!(check(good).as_deref(), Ok("admin"), "{algorithm}");
        }
        let elsewhere = Setup::with(&[], &["--algorithm", algorithm]);
        let foreign = elsewhere.run(&["token", "issue", "admin"]).good();
        let (head, signature) = new.trim().rsplit_once('.').expect("three parts");
        let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
        for bad in [foreign.trim(), &forged] {
            assert!(check(bad).is_err(), "{algorithm}");
        }
    }
}

#[test]
fn pyjwt_checks_our_tokens_by_our_key_set() {
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        PYTHON.agrees(algorithm);
    }
}

#[test]
fn jose_on_node_checks_our_tokens_by_our_key_set() {
    for algorithm in ["EdDSA", "ES256", "PS256"] {
        NODE.agrees(algorithm);
    }
}
