//! The access log: a line for each request.

use portcullis::{Exchange, Observe};

/// How much of what a client wrote is told, in characters.
const PATH_CHARS: usize = 512;
const AGENT_CHARS: usize = 160;

/// Writes the lines.
#[derive(Debug)]
pub(crate) struct AccessLog;

impl Observe for AccessLog {
    /// The path stands there without its query, and of the headers the program's name alone: nothing that can be a secret.
    /// Texts are fields, which are quoted and escaped in either form of the log, and so forge no line.
    fn answered(&self, exchange: &Exchange<'_>) {
        let micros = u32::try_from(exchange.took.as_micros()).unwrap_or(u32::MAX);
        let agent = exchange.agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        tracing::info!(
            target: "portcullis::request",
            method = %exchange.method,
            path = cut(exchange.path, PATH_CHARS),
            status = exchange.status.map_or(0, |status| status.as_u16()),
            ms = f64::from(micros) / 1000.0,
            bytes = exchange.bytes,
            peer = %exchange.peer,
            agent = cut(agent, AGENT_CHARS),
            "request"
        );
    }
}

fn cut(text: &str, chars: usize) -> &str {
    let end = text.char_indices().nth(chars).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or_default()
}
