//! A setting's value as it was found, and what can be read from it.

use std::ffi::OsStr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use http::Uri;

/// A value as it was found.
#[derive(Clone, Copy)]
pub(super) enum Raw<'a> {
    /// In a flag or an environment variable: always text.
    Text(&'a OsStr),
    /// In the file: with a type.
    Toml(&'a toml::Value),
}

impl<'a> Raw<'a> {
    pub(super) fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => text.to_str(),
            Self::Toml(value) => value.as_str(),
        }
    }

    /// An http or https address that a path can be put behind.
    pub(super) fn address(self) -> Option<&'a str> {
        let text = self.text().filter(|text| !text.contains(['#', '@']))?;
        let address: Uri = text.parse().ok()?;
        let is_web = matches!(address.scheme_str(), Some("http" | "https"));
        let has_host = address.host().is_some_and(|host| !host.is_empty());
        (is_web && has_host && address.query().is_none()).then_some(text)
    }

    /// Several texts: in the file a list, in a flag or the environment between commas or blanks.
    pub(super) fn list(self) -> Option<Vec<String>> {
        match self {
            Self::Toml(toml::Value::Array(items)) => {
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
            }
            _ => {
                let items = self.text()?.split([',', ' ']).filter(|item| !item.is_empty());
                Some(items.map(str::to_owned).collect())
            }
        }
    }

    /// A text that can stand in a claim and in a log line.
    pub(super) fn name(self) -> Result<String, &'static str> {
        let text = self.text().filter(|text| !text.is_empty() && text.len() <= 255);
        let text = text.filter(|text| !text.chars().any(char::is_control));
        text.map(str::to_owned)
            .ok_or("a text of 1 to 255 bytes without control characters")
    }

    pub(super) fn path(self) -> Result<PathBuf, &'static str> {
        self.file().map_err(|_| "the path of a folder")
    }

    pub(super) fn file(self) -> Result<PathBuf, &'static str> {
        let path = match self {
            Self::Text(text) => Some(PathBuf::from(text)),
            Self::Toml(value) => value.as_str().map(PathBuf::from),
        };
        path.filter(|path| !path.as_os_str().is_empty())
            .ok_or("the path of a file")
    }

    pub(super) fn number<N: TryFrom<i64> + PartialOrd>(self, range: RangeInclusive<N>) -> Option<N> {
        let number = match self {
            Self::Text(text) => text.to_str().and_then(|text| text.parse::<i64>().ok()),
            Self::Toml(value) => value.as_integer(),
        };
        number
            .and_then(|number| N::try_from(number).ok())
            .filter(|number| range.contains(number))
    }

    pub(super) fn truth(self) -> Option<bool> {
        match self {
            Self::Text(text) => text.to_str().and_then(|text| text.parse().ok()),
            Self::Toml(value) => value.as_bool(),
        }
    }

    /// The value for an error message, cut short.
    pub(super) fn shown(self) -> String {
        let text = match self {
            Self::Text(text) => format!("{:?}", text.to_string_lossy()),
            Self::Toml(value) => value.to_string(),
        };
        match text.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }
}
