//! That a server started, and whether its settings are others than the time before.

use std::collections::BTreeMap;

use portcullis_core::{Audit, AuditEvent, AuditFilter, AuditKind, StoreError, StoredRow};

use crate::config::{Settings, USERS_URL_VARIABLE};
use crate::host::host;
use crate::whoever::whoever;

/// The member that holds each setting by its name: a number or a choice as it is, of others a fingerprint.
const SETTINGS: &str = "given";

/// The member that says on which machine.
const HOST: &str = "host";

/// What the environment says of the users.
const USERS_URL: &str = "users.url";

/// Where a server listens: two on one machine differ in it.
const LISTEN: &str = "listen";

/// How many starts of several servers are looked through for the last one of this server.
const STARTS: usize = 200;

/// What a fingerprint begins with.
const FINGERPRINT: char = '#';

/// Writes down that it started, and which settings changed since the start before. Where several servers share
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
    let (host, now) = (host(), told(settings, |text| audit.fingerprint(text)));
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

/// A setting that is another one than before.
struct Change {
    name: String,
    before: String,
    now: String,
}

impl Change {
    /// Whether it is known what it was and is.
    fn is_plain(&self) -> bool {
        ![&self.before, &self.now]
            .iter()
            .any(|told| told.starts_with(FINGERPRINT))
    }
}

/// What is told of each setting. Where the users of another application are may be said in the environment too.
fn told(settings: &Settings, fingerprint: impl Fn(&str) -> String) -> BTreeMap<String, String> {
    let marked = |text: &str| format!("{FINGERPRINT}{}", fingerprint(text));
    let mut told = settings.in_force.told(marked);
    if let Some(url) = std::env::var_os(USERS_URL_VARIABLE) {
        told.insert(USERS_URL.to_owned(), marked(&url.to_string_lossy()));
    }
    told
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

/// The settings that are others; what only one version knows has not changed.
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

    fn settings(values: &[(&'static str, &str)]) -> Settings {
        let given = crate::config::Given {
            config: None,
            values: values.iter().map(|(name, value)| given(name, value)).collect(),
        };
        given.settings().expect("settings")
    }

    fn told_of(settings: &Settings) -> BTreeMap<String, String> {
        told(settings, |text| text.len().to_string())
    }

    #[test]
    fn the_settings_that_changed_are_named_and_no_other() {
        let before = told_of(&settings(&[("session_days", "80")]));
        assert!(changed(&before, &before).is_empty());
        let now = settings(&[
            ("access_token_minutes", "5"),
            ("session_days", "30"),
            ("trusted_proxies", "10.0.0.0/8"),
            ("durability", "local"),
        ]);
        let now = told_of(&now);
        let changed = changed(&before, &now);
        let said: Vec<_> = changed
            .iter()
            .map(|change| (&*change.name, &*change.before, &*change.now, change.is_plain()))
            .collect();
        assert_eq!(
            said,
            [
                ("access_token_minutes", "default", "5", true),
                ("durability", "default", "local", true),
                ("session_days", "80", "30", true),
                ("trusted_proxies", "default", "#10", false),
            ]
        );
        // They have room in a row.
        let text = serde_json::to_string(&now).expect("JSON");
        assert!(text.len() < 1_800, "{} {text}", text.len());
    }

    #[test]
    fn no_text_of_the_settings_is_told() {
        let told = told_of(&settings(&[
            ("issuer", "portcullis2"),
            ("database", "postgres://app:hunter2@db/app"),
        ]));
        assert_eq!((&*told["issuer"], &*told["database"]), ("#11", "#29"), "{told:?}");
    }
}
