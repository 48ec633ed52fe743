//! Fields of which nobody knows beforehand what they are called.

use super::limits::FormLimits;
use super::sink::{Sent, Sink};
use super::text::Text;

/// Every field that was sent, in its order.
#[derive(Default)]
pub(crate) struct Named(pub(crate) Vec<(Vec<u8>, Sent)>);

impl Sink for Named {
    type Key = Vec<u8>;

    const LONGEST_NAME: usize = usize::MAX;

    fn wants(&self, name: &[u8]) -> Option<(Vec<u8>, Text)> {
        Some((name.to_vec(), Text::new(usize::MAX)))
    }

    fn room(&self, limits: &FormLimits) -> usize {
        limits.body
    }

    fn put(&mut self, name: Vec<u8>, sent: Sent) {
        self.0.push((name, sent));
    }
}
