//! The arrows of `docs/architecture.md`: a manifest that draws another one fails.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic
)]

#[path = "house/publishing.rs"]
mod publishing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What nothing but tests may be linked with.
const TEST_KIT: &str = "portcullis-testing";

/// Crate and what of ours it may depend on.
const ARROWS: &[(&str, &str, &[&str])] = &[
    ("password", "portcullis-password", &[]),
    ("jose", "portcullis-jose", &[]),
    ("core", "portcullis-core", &["portcullis-password", "portcullis-jose"]),
    ("sql", "portcullis-sql", &["portcullis-core"]),
    ("portcullis", "portcullis", &["portcullis-core", "portcullis-sql"]),
    ("testing", TEST_KIT, &["portcullis", "portcullis-core"]),
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
    ("testing", &["rusqlite", "argon2", "bcrypt", "clap"]),
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

/// What cargo resolves for the whole workspace, with every feature: the packages' names, and for each those that are linked
/// into it or run while it is built, as far as `kinds` says.
fn resolved(kinds: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let run = std::process::Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--all-features",
            "--offline",
            "--locked",
            "--manifest-path",
        ])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let told: serde_json::Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let list = |value: &serde_json::Value| value.as_array().expect("a list").clone();
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let packages = list(&told["packages"]);
    let names: BTreeMap<String, String> = packages
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let mut all = BTreeMap::new();
    for node in list(&told["resolve"]["nodes"]) {
        let linked: &mut BTreeSet<String> = all.entry(names[&text(&node["id"])].clone()).or_default();
        for dependency in list(&node["deps"]) {
            let is = |kind: &serde_json::Value| kinds.contains(&kind["kind"].as_str().unwrap_or("normal"));
            if list(&dependency["dep_kinds"]).iter().any(is) {
                linked.insert(names[&text(&dependency["pkg"])].clone());
            }
        }
    }
    all
}

/// Cargo has no dependency that tests alone may have, so this looks at all of them, the binary's among them.
#[test]
fn the_test_kit_is_linked_into_tests_alone() {
    let linked = resolved(&["normal", "build"]);
    assert!(linked["portcullis-server"].contains("portcullis") && linked.contains_key(TEST_KIT));
    for (package, dependencies) in &linked {
        assert!(
            !dependencies.contains(TEST_KIT),
            "{package} must name {TEST_KIT} in [dev-dependencies] alone"
        );
    }
}

/// The sources of a package, without those that it leaves out.
fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("server/tests") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_package_is_built_from_what_stands_outside_of_it() {
    let named = regex_lite::Regex::new(r#"(?:include_(?:str|bytes)!\(|#\[path = )"([^"]+)""#).expect("a pattern");
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the crates");
    for (folder, ..) in ARROWS {
        let package = crates.join(folder);
        let mut files = Vec::new();
        sources(&package, &mut files);
        assert!(files.len() > 5, "{folder}");
        for file in files {
            let text = std::fs::read_to_string(&file).expect("read");
            let place = file.strip_prefix(&package).expect("in the package").to_owned();
            let depth = place.components().count().saturating_sub(1);
            for found in named.captures_iter(&text).filter_map(|found| found.get(1)) {
                let up = found.as_str().split('/').take_while(|part| *part == "..").count();
                assert!(up <= depth, "{folder}/{}: {}", place.display(), found.as_str());
            }
            let outside = text.contains("CARGO_MANIFEST_DIR\"), \"/..") || text.contains("{}/../");
            assert!(!outside, "{folder}/{} reads outside of its package", place.display());
        }
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            assert!(package.join(licence).is_file(), "{folder} has no {licence}");
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

/// The crates whose files form a tree: no two of them know each other, by however long a way. What a file says of the files
/// below it (`mod`, and what it gives on of them) does not count.
const TREES: &[&str] = &["password", "jose", "core", "sql", "portcullis", "testing", "server"];

/// The files of a crate by their paths as modules, without tests and comments.
fn modules(folder: &Path, path: &str, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let place = entry.expect("an entry").path();
        let name = place.file_stem().and_then(|name| name.to_str()).expect("a name");
        if name.ends_with("tests") {
            continue;
        }
        let path = match (path, name) {
            ("", name) => name.to_owned(),
            (path, "mod") => path.to_owned(),
            (path, name) => format!("{path}::{name}"),
        };
        if place.is_dir() {
            modules(&place, &path, found);
        } else {
            let text = std::fs::read_to_string(&place).expect("a file");
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            found.insert(path, lines.collect::<Vec<_>>().join("\n"));
        }
    }
}

/// The paths that begin here, without those that only pass through: of `a::{b, c::D}` both `a::b` and `a::c::D`.
fn paths(text: &str, before: &str, found: &mut Vec<String>) {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    let (path, rest) = text.split_at(end.unwrap_or(text.len()));
    let path = format!("{before}{path}");
    let Some(inside) = rest
        .strip_prefix('{')
        .filter(|_| path.is_empty() || path.ends_with("::"))
    else {
        return found.push(path);
    };
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inside.char_indices() {
        if depth == 0 && (c == ',' || c == '}') {
            let part = inside[start..at].trim_start();
            if !part.is_empty() {
                paths(part, &path, found);
            }
            start = at + 1;
        }
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return,
            '}' => depth -= 1,
            _ => {}
        }
    }
}

/// The files that the one at `file` names by `crate::…` and `super::…`.
fn known<'a>(file: &str, text: &str, files: &'a BTreeMap<String, String>) -> BTreeSet<&'a str> {
    let mut found = Vec::new();
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    for (at, word) in text.match_indices("crate::").filter(|(at, _)| begins(*at)) {
        paths(&text[at + word.len()..], "", &mut found);
    }
    for (at, _) in text.match_indices("super::").filter(|(at, _)| begins(*at)) {
        let (mut above, mut rest) = (file, &text[at..]);
        while let Some(after) = rest.strip_prefix("super::") {
            (above, rest) = (above.rsplit_once("::").map_or("", |(above, _)| above), after);
        }
        let above = if above.is_empty() {
            String::new()
        } else {
            format!("{above}::")
        };
        paths(rest, &above, &mut found);
    }
    let named = found.iter().filter_map(|path| {
        let mut path = path.trim_end_matches(':');
        loop {
            if let Some((file, _)) = files.get_key_value(path) {
                return Some(file.as_str());
            }
            path = path.rsplit_once("::")?.0;
        }
    });
    named.filter(|named| *named != file).collect()
}

#[test]
fn a_file_is_known_by_whichever_way_it_is_named() {
    let files = ["a", "a::b", "a::b::c", "a::d", "e"].map(|file| (file.to_owned(), String::new()));
    let files = BTreeMap::from(files);
    for (text, expected) in [
        ("use crate::e::X;", &["e"][..]),
        ("use super::d::{X, Y};", &["a::d"]),
        ("use super::{X, b, d::{self, Z}};", &["a", "a::d"]),
        ("let x = super::super::e::X;", &["e"]),
        ("super::b::c::x()", &["a::b::c"]),
        ("use crate::{a::{d, b::c::X}, e};", &["a::b::c", "a::d", "e"]),
        ("use $crate::e; other_crate::e::x(); nosuper::d::x()", &["e"]),
    ] {
        assert_eq!(
            known("a::b", text, &files).into_iter().collect::<Vec<_>>(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn the_files_of_a_crate_form_a_tree() {
    for name in TREES {
        let mut files = BTreeMap::new();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
        modules(&source, "", &mut files);
        let arrows: BTreeMap<_, _> = files
            .iter()
            .map(|(file, text)| (file.as_str(), known(file, text, &files)))
            .collect();
        for (file, direct) in &arrows {
            let (mut reached, mut next) = (BTreeSet::new(), direct.iter().copied().collect::<Vec<_>>());
            while let Some(at) = next.pop() {
                if at != *file && reached.insert(at) {
                    next.extend(&arrows[at]);
                }
            }
            let knot = reached.iter().find(|other| arrows[*other].contains(file));
            assert_eq!(knot, None, "{name}: {file} and this one know each other");
        }
    }
}

/// A room that one can look over.
#[test]
fn a_file_has_at_most_three_hundred_lines_without_its_tests() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut folders, mut long) = (vec![crates], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                let is_code = !["tests", "testdata", "target", "assets"].contains(&name.as_str());
                folders.extend(is_code.then_some(path));
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).expect("a file");
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                long.extend((code.lines().count() > 300).then_some(path));
            }
        }
    }
    assert!(long.is_empty(), "{long:?}");
}
