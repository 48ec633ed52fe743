//! The file of settings.

use std::io::Read as _;
use std::path::Path;

use super::raw::Raw;
use super::tables::TABLES;
use super::unknown::unknown;
use super::{KEYS, Key, Settings};
use crate::failure::{Failure, OrFail as _, Outcome};

/// A file beyond this is no configuration.
const LARGEST: u64 = 1 << 20;

impl Settings {
    /// Takes what a file sets; `may_name_data`: it may stand elsewhere than in the data folder, and so say where that is.
    pub(super) fn take_file(&mut self, path: &Path, may_name_data: bool) -> Outcome {
        let place = path.display();
        let text = read(path).or_fail(
            format!("the configuration {place} cannot be read"),
            "Name another with --config, or make a data folder with `portcullis init`.",
        )?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count().saturating_add(1);
            Failure::usage(
                format!("{place}, line {line}: {}", error.message()),
                "Write each setting as `name = value`.",
            )
        })?;
        for (name, value) in &table {
            if self.take_table(name, value, &place.to_string())? {
                self.in_force.say(name, Raw::Toml(value));
                continue;
            }
            let Some(key) = Key::named(name) else {
                let names = KEYS.iter().map(|key| key.name.to_owned());
                let names = names.chain(TABLES.map(str::to_owned));
                return Err(unknown(&format!("the key `{name}` in {place}"), name, names));
            };
            if key.name == "data" && !may_name_data {
                let what = format!("`data` in {place} cannot move the folder that this file lies in");
                return Err(Failure::usage(
                    what,
                    "Take the line out and use --data or PORTCULLIS_DATA.",
                ));
            }
            let raw = Raw::Toml(value);
            (key.take)(self, raw).map_err(|expected| {
                let what = format!("`{name}` in {place} is {} ({})", key.shown(raw), value.type_str());
                Failure::usage(what, format!("Give it {expected}."))
            })?;
            self.in_force.say(name, raw);
        }
        if table.contains_key("data") {
            self.data = path.parent().unwrap_or(Path::new("")).join(&self.data);
        }
        Ok(())
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let read = std::fs::File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    if u64::try_from(read).is_ok_and(|read| read < LARGEST) {
        return Ok(text);
    }
    Err(std::io::Error::other("it is larger than 1 MiB"))
}
