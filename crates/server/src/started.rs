//! That a server started, and whether its settings are others than the time before.

use std::collections::BTreeMap;

use portcullis_core::{Audit, AuditEvent, AuditFilter, AuditKind, StoreError, StoredRow};
use sha2::{Digest as _, Sha256};

use crate::config::Settings;
use crate::host::host;
use crate::whoever::whoever;

/// The member that holds each part of the settings: a number or a choice as it is, of others a digest.
const SETTINGS: &str = "settings";

/// The member that says on which machine.
const HOST: &str = "host";

/// Where a server listens: two on one machine differ in it.
const LISTEN: &str = "listen";

/// How many starts of several servers are looked through for the last one of this server.
const STARTS: usize = 200;

/// What a digest begins with.
const DIGEST: char = '#';

/// Writes down that it started, and which parts of the settings changed since the start before. Where several servers share
/// what they serve, that is the last start of this one: what they differ in is told when it comes to be, and not by each of
/// them again and again.
pub(crate) async fn written_down(
    audit: &Audit,
    settings: &Settings,
    is_one_of_several: bool,
) -> Result<(), StoreError> {
    let mut filter = AuditFilter::default();
    filter.kind = Some(AuditKind::ServerStarted.number());
    let starts = audit.last(&filter, if is_one_of_several { STARTS } else { 1 }).await?;
    let (host, now) = (host(), told(&format!("{settings:#?}")));
    let before = match is_one_of_several {
        true => before(&starts, &host, &now),
        false => starts.last().and_then(Start::of),
    };
    let all: serde_json::Map<_, _> = now
        .iter()
        .map(|(name, told)| (name.clone(), told.clone().into()))
        .collect();
    let started = AuditEvent::new(AuditKind::ServerStarted, whoever());
    let started = started.with("version", env!("CARGO_PKG_VERSION"));
    audit.record(started.with(HOST, host).with(SETTINGS, all)).await?;
    match before.map(|before| changed(&before.settings, &now)) {
        Some(changed) if !changed.is_empty() => {
            let event = AuditEvent::new(AuditKind::SettingsChanged, whoever());
            let names: Vec<_> = changed.iter().map(|change| change.name.clone()).collect();
            let values = changed.into_iter().filter(Change::is_plain);
            let values: serde_json::Map<_, _> = values
                .map(|change| (change.name, vec![change.before, change.now].into()))
                .collect();
            let event = event.with("changed", names);
            audit
                .record(match values.is_empty() {
                    true => event,
                    false => event.with("values", values),
                })
                .await
        }
        _ => Ok(()),
    }
}

/// A part of the settings that is another one than before.
struct Change {
    name: String,
    before: String,
    now: String,
}

impl Change {
    /// Whether it is known what it was and is.
    fn is_plain(&self) -> bool {
        ![&self.before, &self.now].iter().any(|told| told.starts_with(DIGEST))
    }
}

/// What is told of each part of the settings as they are printed. Texts, and what is made of several, may hold what is not
/// to be read in the trail.
fn told(printed: &str) -> BTreeMap<String, String> {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    let mut part = None;
    for line in printed.lines() {
        let own = line
            .strip_prefix("    ")
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
        if let Some((name, _)) = own.and_then(|line| line.split_once(": ")) {
            part = Some(name);
        }
        if let Some(part) = part {
            texts.entry(part).or_default().push_str(line);
        }
    }
    let digest = |text: &str| {
        let digest = Sha256::digest(text);
        let hex = digest.iter().take(4).map(|byte| format!("{byte:02x}"));
        std::iter::once(DIGEST.to_string()).chain(hex).collect()
    };
    let told = |name: &str, text: &str| match plain(name, text) {
        Some(value) => value.to_owned(),
        None => digest(text),
    };
    texts
        .iter()
        .map(|(name, text)| ((*name).to_owned(), told(name, text)))
        .collect()
}

/// A part that is a number, a truth or a choice.
fn plain<'a>(name: &str, text: &'a str) -> Option<&'a str> {
    let value = text
        .trim_start()
        .strip_prefix(name)?
        .strip_prefix(": ")?
        .strip_suffix(',')?;
    let is_word = value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_word && value.len() <= 20).then_some(value)
}

/// What was told of a start.
struct Start {
    host: Option<String>,
    settings: BTreeMap<String, String>,
}

impl Start {
    fn of(stored: &StoredRow) -> Option<Self> {
        let detail: serde_json::Value = serde_json::from_str(stored.row.detail.as_deref()?).ok()?;
        Some(Self {
            host: detail.get(HOST).and_then(serde_json::Value::as_str).map(str::to_owned),
            settings: serde_json::from_value(detail.get(SETTINGS)?.clone()).ok()?,
        })
    }
}

/// The last start on this machine at this address; of a server that never started, the last one of all.
fn before(starts: &[StoredRow], host: &str, now: &BTreeMap<String, String>) -> Option<Start> {
    let newest_first = || starts.iter().rev().filter_map(Start::of);
    let is_ours = |start: &Start| start.host.as_deref() == Some(host) && start.settings.get(LISTEN) == now.get(LISTEN);
    newest_first().find(is_ours).or_else(|| newest_first().next())
}

/// The parts that are others; what only one version knows has not changed.
fn changed(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<Change> {
    let both = now
        .iter()
        .filter_map(|(name, now)| Some((name, before.get(name)?, now)));
    let others = both.filter(|(_, before, now)| before != now);
    let change = |(name, before, now): (&String, &String, &String)| Change {
        name: name.clone(),
        before: before.clone(),
        now: now.clone(),
    };
    others.map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::given;

    #[test]
    fn the_parts_of_the_settings_that_changed_are_named_and_no_other() {
        let before = Settings::default();
        let given = crate::config::Given {
            config: None,
            values: vec![given("access_token_minutes", "5"), given("session_days", "30")],
        };
        let now = given.settings().expect("settings");
        let told = |settings: &Settings| told(&format!("{settings:#?}"));
        assert!(changed(&told(&before), &told(&before)).is_empty());
        let changed = changed(&told(&before), &told(&now));
        assert!(
            changed
                .iter()
                .map(|change| &*change.name)
                .eq(["access_token_minutes", "sessions"])
        );
        let [minutes, sessions] = &changed[..] else {
            panic!("two")
        };
        assert_eq!((minutes.is_plain(), &*minutes.before, &*minutes.now), (true, "30", "5"));
        assert!(!sessions.is_plain());
        // They have room in a row.
        let text = serde_json::to_string(&told(&now)).expect("JSON");
        assert!(told(&now).len() > 15 && text.len() < 1_500, "{text}");
    }

    #[test]
    fn no_text_of_the_settings_is_told() {
        let given = crate::config::Given {
            config: None,
            values: vec![given("issuer", "https://secret.example.com")],
        };
        let settings = given.settings().expect("settings");
        let told = told(&format!("{settings:#?}"));
        assert!(told["issuer"].starts_with(DIGEST), "{told:?}");
    }
}
