//! The settings for who watches a server: what is logged of requests, and where its metrics are.

use super::key::Key;
use super::listen::Listen;

/// What of a server can be watched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Watching {
    /// Whether each request is a line of the log.
    pub(crate) log_requests: bool,
    /// Where the metrics are; `None`: nowhere.
    pub(crate) metrics: Option<Listen>,
}

/// `log_requests`.
pub(super) const LOG_REQUESTS: Key = Key {
    name: "log_requests",
    flag: "log-requests",
    value: "true|false",
    default: "false",
    help: "Whether each request is a line of the log, without its query",
    take: |settings, raw| {
        raw.truth()
            .map(|on| settings.watching.log_requests = on)
            .ok_or("true or false")
    },
};

/// `metrics_listen`.
pub(super) const METRICS_LISTEN: Key = Key {
    name: "metrics_listen",
    flag: "metrics-listen",
    value: "ADDR",
    default: "\"127.0.0.1:9464\"",
    help: "Where to serve metrics in Prometheus' form, to whoever can reach it; unset: nowhere",
    take: |settings, raw| {
        let address = raw.text().and_then(|text| text.parse().ok());
        address
            .map(|address| settings.watching.metrics = Some(address))
            .ok_or("an address such as 127.0.0.1:9464")
    },
};
