//! How long requests take, by method, route and status.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::OnceLock;
use std::time::Duration;

use http::Method;
use portcullis::{Exchange, Observe};
use portcullis_core::Durations;

use super::page::Page;

const NAME: &str = "http_server_request_duration_seconds";

/// How many combinations of method, route and status are told apart, whatever an application answers.
const SERIES_MAX: usize = 1024;

/// What is counted under a name that there is not.
const OTHER: &str = "other";

/// One combination.
struct Series {
    method: &'static str,
    route: Box<str>,
    /// 0: the client went before the answer.
    status: u16,
    took: Durations,
}

impl Series {
    fn new((method, route, status): (&'static str, &str, u16)) -> Self {
        Self {
            method,
            route: route.into(),
            status,
            took: Durations::default(),
        }
    }

    fn is(&self, (method, route, status): (&str, &str, u16)) -> bool {
        self.status == status && self.method == method && *self.route == *route
    }
}

/// A table to which series are added and never taken away: to count is a hash, a look and two atomic steps.
pub(crate) struct HttpTable {
    series: Box<[OnceLock<Series>]>,
    /// When there is no room any more.
    rest: Series,
}

impl Default for HttpTable {
    fn default() -> Self {
        Self {
            series: (0..SERIES_MAX).map(|_| OnceLock::new()).collect(),
            rest: Series::new((OTHER, OTHER, 0)),
        }
    }
}

impl std::fmt::Debug for HttpTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpTable").finish_non_exhaustive()
    }
}

/// A method that is known; whatever else a client wrote is one more.
fn known(method: &Method) -> &'static str {
    let all = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE",
    ];
    all.into_iter().find(|known| method == known).unwrap_or(OTHER)
}

impl HttpTable {
    fn of(&self, key: (&'static str, &str, u16)) -> &Series {
        if self.rest.is(key) {
            return &self.rest;
        }
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
        let start = usize::try_from(hash % 1024).unwrap_or(0);
        let (before, from) = self.series.split_at_checked(start).unwrap_or((&[], &self.series));
        let found = from
            .iter()
            .chain(before)
            .map(|slot| slot.get_or_init(|| Series::new(key)))
            .find(|series| series.is(key));
        found.unwrap_or(&self.rest)
    }

    fn count(&self, (method, route, status): (&Method, Option<&str>, u16), took: Duration) {
        let series = self.of((known(method), route.unwrap_or(OTHER), status));
        series.took.add(took);
    }

    /// Writes all that was counted.
    pub(super) fn write(&self, page: &mut Page) {
        page.family(
            NAME,
            "histogram",
            "From a request's head to the last byte of its answer.",
        );
        for series in self.series.iter().filter_map(OnceLock::get).chain([&self.rest]) {
            let status = match series.status {
                0 => "gone".to_owned(),
                status => status.to_string(),
            };
            let labels = [
                ("method", series.method),
                ("route", &*series.route),
                ("status", &status),
            ];
            page.histogram(NAME, &labels, &series.took);
        }
    }
}

impl Observe for HttpTable {
    fn answered(&self, exchange: &Exchange<'_>) {
        let status = exchange.status.map_or(0, |status| status.as_u16());
        self.count((exchange.method, exchange.route, status), exchange.took);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(table: &HttpTable) -> String {
        let mut page = Page::default();
        table.write(&mut page);
        page.text()
    }

    #[test]
    fn what_clients_make_up_is_one_series_and_a_table_that_is_full_takes_no_more() {
        let table = HttpTable::default();
        let series = |table: &HttpTable| text(table).matches("_count{").count();
        for number in 0..500 {
            let method: Method = format!("MADEUP{number}").parse().unwrap();
            table.count((&method, None, 404), Duration::ZERO);
        }
        assert_eq!(series(&table), 2, "it and the rest");
        for number in 0..5_000 {
            let route = format!("/{number}");
            table.count((&Method::GET, Some(&route), 200), Duration::ZERO);
        }
        assert_eq!(series(&table), SERIES_MAX + 1);
        assert!(text(&table).contains("_count{method=\"other\",route=\"other\",status=\"gone\"} 3977\n"));
    }

    #[test]
    fn buckets_hold_what_took_no_longer_and_the_sum_is_of_all() {
        let table = HttpTable::default();
        for millis in [1, 2, 5, 30_000] {
            table.count((&Method::GET, Some("/a"), 200), Duration::from_millis(millis));
        }
        let text = text(&table);
        for line in ["le=\"0.001\"} 1", "le=\"0.005\"} 3", "le=\"10\"} 3", "le=\"+Inf\"} 4"] {
            assert!(
                text.contains(&format!("_bucket{{method=\"GET\",route=\"/a\",status=\"200\",{line}\n")),
                "{text}"
            );
        }
        assert!(
            text.contains("_sum{method=\"GET\",route=\"/a\",status=\"200\"} 30.008\n"),
            "{text}"
        );
    }
}
