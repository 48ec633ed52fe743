//! What is published: each crate says what a registry and docs.rs ask, stands in the order of `docs/publishing.md`, and asks for no
//! newer Rust than we promise.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

/// Those of crates.io that are ours to choose from.
const CATEGORIES: &[&str] = &[
    "authentication",
    "command-line-utilities",
    "cryptography",
    "database",
    "development-tools::testing",
    "web-programming::http-server",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What cargo knows of the workspace and all that it is built from.
static METADATA: LazyLock<Value> = LazyLock::new(|| {
    let arguments = [
        "metadata",
        "--format-version=1",
        "--all-features",
        "--offline",
        "--locked",
    ];
    let told = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output();
    let told = told.expect("cargo");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    serde_json::from_slice(&told.stdout).expect("JSON")
});

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value, member: &str) -> Vec<String> {
    let texts = list(value, member).iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// Our crates that are published, as cargo knows them, by name.
fn published() -> BTreeMap<String, &'static Value> {
    let ours = texts(&METADATA, "workspace_members");
    let packages = list(&METADATA, "packages").iter();
    let ours = packages.filter(|package| ours.iter().any(|id| package["id"] == **id) && package["publish"].is_null());
    ours.map(|package| (package["name"].as_str().expect("a name").to_owned(), package))
        .collect()
}

#[test]
fn every_published_crate_says_what_a_registry_and_docs_rs_ask() {
    let crates = published();
    assert!(crates.len() > 5, "{:?}", crates.keys());
    let mut words = BTreeSet::new();
    for (name, package) in crates {
        let folder = PathBuf::from(package["manifest_path"].as_str().expect("a path"));
        let folder = folder.parent().expect("a folder");
        let said = package["description"].as_str().unwrap_or_default();
        assert!(said.len() > 20 && words.insert(said.to_owned()), "{name}: {said}");
        let keywords = texts(package, "keywords");
        assert!(
            (3..=5).contains(&keywords.len()),
            "{name}: crates.io takes five: {keywords:?}"
        );
        assert!(keywords.iter().all(|word| word.len() <= 20), "{name}: {keywords:?}");
        let categories = texts(package, "categories");
        let known = |category: &String| CATEGORIES.contains(&category.as_str());
        assert!(
            !categories.is_empty() && categories.iter().all(known),
            "{name}: {categories:?}"
        );
        let readme = read(folder.join("README.md"));
        let is_library = folder.join("src/lib.rs").exists();
        let language = if is_library { "```rust" } else { "```console" };
        assert!(readme.contains(language), "{name}: its README shows nothing");
        if is_library {
            let text = read(folder.join("src/lib.rs"));
            assert!(
                text.contains("#![cfg_attr(docsrs, feature(doc_cfg))]"),
                "{name} shows no features"
            );
            assert!(
                text.contains(r#"#[doc = include_str!("../README.md")]"#),
                "{name}: its README is not compiled"
            );
            let all = &package["metadata"]["docs"]["rs"]["all-features"];
            assert_eq!(*all, Value::Bool(true), "{name}: docs.rs shows half of it");
        }
    }
}

#[test]
fn crates_are_published_after_those_that_they_need() {
    let page = read(root().join("docs/publishing.md"));
    let (_, rest) = page.split_once("<!-- order -->").expect("the order");
    let (order, _) = rest.split_once("<!-- end -->").expect("its end");
    let order: Vec<&str> = order.split('`').skip(1).step_by(2).collect();
    let crates = published();
    let named: BTreeSet<&str> = order.iter().copied().collect();
    assert_eq!(named, crates.keys().map(String::as_str).collect());
    for (at, name) in order.iter().enumerate() {
        for needed in list(crates[*name], "dependencies") {
            let needed_name = needed["name"].as_str().expect("a name");
            // One for tests alone is left out of the package where it names no version.
            if needed["req"] != "*" && crates.contains_key(needed_name) {
                assert!(order[..at].contains(&needed_name), "{name} needs {needed_name}");
            }
        }
    }
}

/// `1.88` and `1.88.0` as numbers.
fn version(text: &str) -> Vec<u32> {
    let numbers = text.split('.').map(|number| number.parse().expect("a number"));
    numbers.take(2).collect()
}

#[test]
fn nothing_that_we_are_built_from_needs_a_newer_rust_than_we_promise() {
    let packages = list(&METADATA, "packages");
    assert!(packages.len() > 100);
    let ours = published();
    let promised: BTreeSet<_> = ours.values().map(|package| package["rust_version"].as_str()).collect();
    let [Some(promised)] = promised.into_iter().collect::<Vec<_>>()[..] else {
        panic!("our crates promise different versions");
    };
    let page = read(root().join("docs/publishing.md"));
    assert!(
        page.contains(&format!("**Rust {promised}**")),
        "docs/publishing.md promises another version"
    );
    for package in packages {
        let Some(needs) = package["rust_version"].as_str() else {
            continue;
        };
        assert!(
            version(needs) <= version(promised),
            "{} needs Rust {needs}",
            package["name"]
        );
    }
}
