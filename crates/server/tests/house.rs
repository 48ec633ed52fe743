//! The arrows of `docs/architecture.md`: a manifest that draws another one fails.

#![allow(clippy::expect_used)]

use std::collections::BTreeSet;
use std::path::Path;

/// Crate and what of ours it may depend on.
const ARROWS: &[(&str, &str, &[&str])] = &[
    ("password", "portcullis-password", &[]),
    ("jose", "portcullis-jose", &[]),
    ("core", "portcullis-core", &["portcullis-password", "portcullis-jose"]),
    ("sql", "portcullis-sql", &["portcullis-core"]),
    ("portcullis", "portcullis", &["portcullis-core", "portcullis-sql"]),
    (
        "server",
        "portcullis-server",
        &[
            "portcullis",
            "portcullis-sql",
            "portcullis-core",
            "portcullis-jose",
            "portcullis-password",
        ],
    ),
];

/// What a room must never see.
const NEVER: &[(&str, &[&str])] = &[
    ("password", &["tokio", "serde", "axum", "http", "rusqlite"]),
    ("jose", &["tokio", "axum", "http", "rusqlite", "jsonwebtoken"]),
    ("core", &["axum", "http", "hyper", "rusqlite", "schemars"]),
    ("sql", &["axum", "http", "hyper", "argon2", "bcrypt", "hmac"]),
    ("portcullis", &["rusqlite", "argon2", "bcrypt", "hmac", "clap"]),
];

fn dependencies(folder: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder)
        .join("Cargo.toml");
    let text = std::fs::read_to_string(&path).expect("a manifest");
    let manifest: toml::Table = text.parse().expect("TOML");
    let table = manifest
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .expect("dependencies");
    table.keys().cloned().collect()
}

#[test]
fn no_manifest_draws_an_arrow_that_is_not_in_the_house() {
    for (folder, name, allowed) in ARROWS {
        for dependency in dependencies(folder)
            .iter()
            .filter(|name| name.starts_with("portcullis"))
        {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn no_room_sees_what_it_must_never_see() {
    for (folder, never) in NEVER {
        let found = dependencies(folder);
        for name in *never {
            assert!(!found.contains(*name), "{folder} must not depend on {name}");
        }
    }
}

#[test]
fn every_crate_of_the_workspace_stands_in_the_house() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for entry in std::fs::read_dir(crates).expect("the crates") {
        let name = entry.expect("an entry").file_name();
        assert!(
            ARROWS.iter().any(|(folder, ..)| name == *folder),
            "{name:?} is not drawn"
        );
    }
}
