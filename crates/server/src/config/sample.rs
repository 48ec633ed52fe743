//! The commented `portcullis.toml` that `init` writes.

use std::fmt::Write as _;

use super::KEYS;

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
    text
}
