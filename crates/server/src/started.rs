//! That a server started, and whether its settings are others than the time before.

use std::collections::BTreeMap;

use portcullis_core::{Audit, AuditEvent, AuditFilter, AuditKind, StoreError};
use sha2::{Digest as _, Sha256};

use crate::config::Settings;
use crate::whoever::whoever;

/// The member that holds a digest of each part of the settings.
const SETTINGS: &str = "settings";

/// Writes down that it started, and which parts of the settings changed.
pub(crate) async fn written_down(audit: &Audit, settings: &Settings) -> Result<(), StoreError> {
    let mut filter = AuditFilter::default();
    filter.kind = Some(AuditKind::ServerStarted.number());
    let before = audit.last(&filter, 1).await?.pop();
    let now = digests(&format!("{settings:#?}"));
    let told: serde_json::Map<_, _> = now
        .iter()
        .map(|(name, digest)| (name.clone(), digest.clone().into()))
        .collect();
    let started = AuditEvent::new(AuditKind::ServerStarted, whoever());
    let started = started.with("version", env!("CARGO_PKG_VERSION")).with(SETTINGS, told);
    audit.record(started).await?;
    let before = before.and_then(|stored| parts(stored.row.detail.as_deref()?));
    match before.map(|before| changed(&before, &now)) {
        Some(changed) if !changed.is_empty() => {
            let event = AuditEvent::new(AuditKind::SettingsChanged, whoever());
            audit.record(event.with("changed", changed)).await
        }
        _ => Ok(()),
    }
}

/// The digest of each part of the settings as they are printed: some parts hold what is not to be read in the trail.
fn digests(printed: &str) -> BTreeMap<String, String> {
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
        digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    };
    texts
        .iter()
        .map(|(name, text)| ((*name).to_owned(), digest(text)))
        .collect()
}

fn parts(detail: &str) -> Option<BTreeMap<String, String>> {
    let detail: serde_json::Value = serde_json::from_str(detail).ok()?;
    serde_json::from_value(detail.get(SETTINGS)?.clone()).ok()
}

/// The parts that are others; what only one version knows has not changed.
fn changed(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let others = now
        .iter()
        .filter(|(name, digest)| before.get(*name).is_some_and(|before| before != *digest));
    others.map(|(name, _)| name.clone()).collect()
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
        let digests = |settings: &Settings| digests(&format!("{settings:#?}"));
        assert_eq!(changed(&digests(&before), &digests(&before)), [""; 0]);
        let changed = changed(&digests(&before), &digests(&now));
        assert_eq!(changed, ["access_token_minutes", "sessions"]);
        // They have room in a row.
        let told = serde_json::to_string(&digests(&now)).expect("JSON");
        assert!(digests(&now).len() > 15 && told.len() < 1_500, "{told}");
    }
}
