//! The programs of `docs/from-fastapi.md`: each stands there letter by letter, answers as the page says, and so does the
//! real FastAPI's beside it (where `scripts/peers` installed one).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

mod ask;
mod page;

use std::path::Path;
use std::process::Command;

use axum::Router;

/// What a program's `app` gives.
trait App {
    fn router(self) -> Router;
}

impl App for Router {
    fn router(self) -> Router {
        self
    }
}

impl<E: std::fmt::Debug> App for Result<Router, E> {
    fn router(self) -> Router {
        self.expect("an application")
    }
}

/// A program as the page has it, and its application; without one it tests itself.
struct Program {
    name: &'static str,
    text: &'static str,
    app: Option<fn() -> Router>,
}

macro_rules! programs {
    ($($name:ident)+; $($test:ident)+) => {
        #[allow(dead_code, clippy::print_stdout, reason = "what starts a program is never called here")]
        mod programs {
            $(pub mod $name;)+
            $(pub mod $test;)+
        }

        const PROGRAMS: &[Program] = &[
            $(Program {
                name: stringify!($name),
                text: include_str!(concat!("programs/", stringify!($name), ".rs")),
                app: Some(|| programs::$name::app().router()),
            },)+
            $(Program {
                name: stringify!($test),
                text: include_str!(concat!("programs/", stringify!($test), ".rs")),
                app: None,
            },)+
        ];
    };
}

programs! {
    hello keys basic bearer digest login own_login tokens_from_elsewhere scopes optional dependencies guards routers models forms
    answers errors exception_handlers middleware cors lifespan background mounts root_path settings;
    testing tokens passwords
}

#[test]
fn every_program_of_the_page_is_one_that_runs() {
    let sections = page::sections();
    for section in &sections {
        if section.rust.is_empty() {
            continue;
        }
        let program = PROGRAMS.iter().find(|program| program.name == section.name);
        let program = program.unwrap_or_else(|| panic!("no program {}", section.name));
        assert_eq!(
            section.rust, program.text,
            "page and programs/{}.rs differ",
            section.name
        );
        assert!(!section.python.is_empty(), "{} has no Python", section.name);
    }
    for Program { name, app, .. } in PROGRAMS {
        let section = sections.iter().find(|section| section.name == *name);
        let section = section.unwrap_or_else(|| panic!("the page has no section {name}"));
        assert_eq!(section.exchanges.is_empty(), app.is_none(), "{name}");
    }
}

#[tokio::test]
async fn our_programs_answer_as_the_page_says() {
    let mut wrong = Vec::new();
    for section in page::sections() {
        let program = PROGRAMS.iter().find(|program| program.name == section.name);
        if let Some(app) = program.and_then(|program| program.app) {
            wrong.extend(ask::differences(app(), &section).await);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fastapi_answers_as_the_page_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../target/peers/venv/bin/python");
    if !python.exists() {
        assert!(std::env::var_os("CI").is_none(), "scripts/peers was not run");
        eprintln!("left out: FastAPI is not installed, see scripts/peers");
        return;
    }
    let peer = Command::new(python)
        .arg(root.join("tests/from_fastapi/peer.py"))
        .arg(page::path())
        .output()
        .expect("python runs");
    let (told, failed) = (
        String::from_utf8_lossy(&peer.stdout),
        String::from_utf8_lossy(&peer.stderr),
    );
    assert!(peer.status.success(), "{told}{failed}");
    let programs = PROGRAMS.len();
    assert_eq!(
        told.trim(),
        format!("{programs} programs answer as the page says"),
        "{failed}"
    );
}
