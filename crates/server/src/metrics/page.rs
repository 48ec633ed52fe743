//! Prometheus' text form, version 0.0.4.

use std::fmt::Write as _;
use std::time::Duration;

use portcullis_core::Durations;

/// A text that grows line by line.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// The two lines before the samples of one name. `help` has no line end and no backslash.
    pub(super) fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing into a text does not fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// A whole number.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        self.name(name, labels);
        let _ = writeln!(self.0, " {value}");
    }

    /// A time in seconds.
    pub(super) fn seconds(&mut self, name: &str, labels: &[(&str, &str)], value: Duration) {
        self.name(name, labels);
        let _ = writeln!(self.0, " {}", value.as_secs_f64());
    }

    /// A family of the type `histogram`: its buckets, its sum and its count.
    pub(super) fn histogram(&mut self, name: &str, labels: &[(&str, &str)], durations: &Durations) {
        let (bucket, mut all) = (format!("{name}_bucket"), 0);
        for (bound, count) in durations.read() {
            let bound = bound.map_or("+Inf".to_owned(), |bound| bound.as_secs_f64().to_string());
            self.sample(&bucket, &[labels, &[("le", &bound)]].concat(), count);
            all = count;
        }
        self.seconds(&format!("{name}_sum"), labels, durations.sum());
        // Of the buckets as they were read: what is counted meanwhile is not among them.
        self.sample(&format!("{name}_count"), labels, all);
    }

    fn name(&mut self, name: &str, labels: &[(&str, &str)]) {
        self.0.push_str(name);
        for (at, (label, value)) in labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{before}{label}=\"");
            for c in value.chars() {
                match c {
                    '\\' | '"' => self.0.extend(['\\', c]),
                    '\n' => self.0.push_str("\\n"),
                    _ => self.0.push(c),
                }
            }
            self.0.push('"');
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
    }

    pub(super) fn text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut page = Page::default();
        page.sample("a_total", &[("x", "say \"\\\"\n"), ("y", "z")], 3);
        page.seconds("b", &[], Duration::from_millis(1500));
        assert_eq!(page.text(), "a_total{x=\"say \\\"\\\\\\\"\\n\",y=\"z\"} 3\nb 1.5\n");
    }
}
