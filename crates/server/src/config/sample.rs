//! The commented `portcullis.toml` that `init` writes.

use std::fmt::Write as _;

use super::KEYS;

/// The same with one setting set, whose value is written as in the file.
pub(crate) fn sample_with(name: &str, value: &str) -> String {
    let set = |line: &str| match line.strip_prefix('#').and_then(|line| line.split_once(" = ")) {
        Some((found, _)) if found == name => format!("{name} = {value}\n"),
        _ => format!("{line}\n"),
    };
    sample().lines().map(set).collect()
}

/// A configuration that sets nothing and explains everything.
pub(crate) fn sample() -> String {
    let mut text = String::from(
        "# Settings of `portcullis serve`. Every line is optional.\n\
         # An environment variable goes before this file, and a flag before both.\n",
    );
    for key in KEYS.iter().filter(|key| key.name != "data") {
        let (variable, flag) = (key.variable(), key.flag);
        let _ = write!(
            text,
            "\n# {}.\n# ({variable}, --{flag})\n#{} = {}\n",
            key.help, key.name, key.default
        );
    }
    text.push_str(TABLES);
    text
}

/// The end of the sample.
const TABLES: &str = "
# What tokens may carry beside the scopes of this server's own routes, each with a sentence for the docs. Users get them by
# `portcullis user scopes NAME SCOPE …`; over HTTP only who has a scope can give it (`portcullis user scopes admin --all`).
#[scopes]
#\"blog.add_post\" = \"Write posts.\"

# Sets of scopes with a name. A user has a role by `portcullis user scopes NAME ROLE`, and then may do what it holds today.
#[roles]
#editor = [\"blog.add_post\"]
";
