//! What is counted of a server, in Prometheus' text form, on a listener of its own.
//!
//! Names and labels stay. Every label is one of a closed set: nothing that a client sends makes a new series.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use portcullis::{Limits, Server};
use portcullis_core::{Auth, Clock as _, DurationsBy, GateMetrics, KeyRing};

use crate::clock;
use crate::config::Listen;
use crate::data_dir::DataDir;
use crate::failure::Outcome;

mod http_table;
mod page;

pub(crate) use http_table::HttpTable;
use page::Page;

/// The type of the text form (version 0.0.4).
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// More than one that scrapes and one who looks.
const CONNECTIONS: usize = 16;

/// Where the metrics come from.
pub(crate) struct Metrics {
    pub(crate) http: Arc<HttpTable>,
    pub(crate) auth: Auth,
    pub(crate) keys: KeyRing,
    /// Where copies of the database are noted, if it is in a folder.
    pub(crate) folder: Option<DataDir>,
}

/// Listens where the metrics are to be.
pub(crate) async fn bind(listen: &Listen) -> Outcome<Server> {
    let server = listen.bind("the metrics", "metrics-listen").await?;
    Ok(server.limits(Limits::default().connections(CONNECTIONS).grace(Duration::ZERO)))
}

/// Serves them at `/metrics` until it is dropped.
pub(crate) async fn serve(server: Server, metrics: Metrics) {
    let metrics = Arc::new(metrics);
    let scrape = move || {
        let text = metrics.text();
        async move { ([(CONTENT_TYPE, TEXT)], text) }
    };
    let router = Router::new().route("/metrics", get(scrape));
    server.run(router, std::future::pending()).await;
}

impl Metrics {
    fn text(&self) -> String {
        let mut page = Page::default();
        self.http.write(&mut page);
        self.logins_and_tokens(&mut page);
        self.throttled(&mut page);
        hashing(&mut page, &self.auth.gate_metrics());
        self.durations(&mut page);
        self.keys(&mut page);
        if let Some(taken) = self.folder.as_ref().and_then(DataDir::last_backup) {
            let age = clock::of_this_machine().now_seconds().saturating_sub(taken);
            page.family(
                "portcullis_backup_age_seconds",
                "gauge",
                "Since the last copy of the database that was taken and checked.",
            );
            page.sample("portcullis_backup_age_seconds", &[], age);
        }
        page.family("portcullis_build_info", "gauge", "Which program this is.");
        page.sample("portcullis_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        page.text()
    }

    fn logins_and_tokens(&self, page: &mut Page) {
        let counts = self.auth.counts();
        page.family(
            "portcullis_logins_total",
            "counter",
            "Logins with a name and a password, by how they ended.",
        );
        for (result, count) in counts.logins.read() {
            page.sample(
                "portcullis_logins_total",
                &[("result", result), ("method", "password")],
                count,
            );
        }
        page.family(
            "portcullis_tokens_issued_total",
            "counter",
            "Access tokens that were given, by grant.",
        );
        for (grant, count) in counts.issued.read() {
            page.sample("portcullis_tokens_issued_total", &[("grant", grant)], count);
        }
        page.family(
            "portcullis_tokens_refused_total",
            "counter",
            "Access and refresh tokens that were refused, by reason.",
        );
        for (reason, count) in counts.refused.read() {
            page.sample("portcullis_tokens_refused_total", &[("reason", reason)], count);
        }
        page.family(
            "portcullis_refresh_reuse_total",
            "counter",
            "Refresh tokens that came again after their successor was used.",
        );
        page.sample(
            "portcullis_refresh_reuse_total",
            &[],
            counts.refused.count("refresh_reuse"),
        );
    }

    fn durations(&self, page: &mut Page) {
        let name = "portcullis_login_duration_seconds";
        page.family(name, "histogram", "How long logins took, by how they ended.");
        for (result, durations) in self.auth.counts().login_durations.read() {
            page.histogram(name, &[("result", result)], durations);
        }
        let name = "portcullis_hashing_duration_seconds";
        page.family(
            name,
            "histogram",
            "How long a password was hashed, by the scheme of what is stored.",
        );
        let schemes = self.auth.hashing_durations().into_iter().flat_map(DurationsBy::read);
        // There are many schemes, and few of them in one table.
        for (scheme, durations) in schemes.filter(|(_, durations)| durations.count() > 0) {
            page.histogram(name, &[("scheme", scheme)], durations);
        }
    }

    fn throttled(&self, page: &mut Page) {
        let Some(throttle) = self.auth.throttle() else { return };
        page.family(
            "portcullis_throttled_total",
            "counter",
            "Logins that were refused for too many before them, by what was used up.",
        );
        for (limit, count) in throttle.refused() {
            page.sample("portcullis_throttled_total", &[("key", limit.name())], count);
        }
    }

    fn keys(&self, page: &mut Page) {
        page.family(
            "portcullis_keys_active",
            "gauge",
            "Keys that sign, by algorithm: one, or none.",
        );
        let keys = self.keys.keys();
        if let Some(key) = keys.signing_key() {
            page.sample("portcullis_keys_active", &[("alg", &key.algorithm().to_string())], 1);
        }
        let known = keys.key_set().map_or(0, |set| set.iter().count());
        page.family("portcullis_keys_published", "gauge", "Keys that verify.");
        page.sample(
            "portcullis_keys_published",
            &[],
            u64::try_from(known).unwrap_or(u64::MAX),
        );
    }
}

fn hashing(page: &mut Page, gate: &GateMetrics) {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    page.family("portcullis_hashing_queue", "gauge", "Passwords that wait to be hashed.");
    page.sample("portcullis_hashing_queue", &[], number(gate.queued));
    page.family(
        "portcullis_hashing_running",
        "gauge",
        "Passwords that are being hashed.",
    );
    page.sample("portcullis_hashing_running", &[], number(gate.running));
    page.family(
        "portcullis_hashing_refused_total",
        "counter",
        "Logins for which there was no place in the queue.",
    );
    page.sample("portcullis_hashing_refused_total", &[], gate.refused);
}
