//! A text on its way in: what can be right is kept, the rest is counted.

use zeroize::Zeroizing;

/// By how much a text grows at least.
const STEP: usize = 256;

/// The bytes of one field.
pub(super) struct Text {
    bytes: Zeroizing<Vec<u8>>,
    /// How many bytes can be right.
    most: usize,
    over: bool,
}

impl Text {
    pub(super) fn new(most: usize) -> Self {
        Self {
            bytes: Zeroizing::default(),
            most,
            over: false,
        }
    }

    /// Keeps more of it, out of the `room` that the form has left. Once it is too long nothing of it is kept.
    pub(super) fn push(&mut self, more: &[u8], room: &mut usize) {
        let length = self.bytes.len().saturating_add(more.len());
        if self.over || length > self.most || more.len() > *room {
            *room = room.saturating_add(self.bytes.len());
            self.bytes = Zeroizing::default();
            self.over = true;
            return;
        }
        *room = room.saturating_sub(more.len());
        if length > self.bytes.capacity() {
            // A copy by hand, so that the old bytes are wiped.
            let twice = self.bytes.capacity().saturating_mul(2).min(self.most);
            let capacity = length.max(twice).div_ceil(STEP).saturating_mul(STEP);
            let mut grown = Zeroizing::new(Vec::with_capacity(capacity));
            grown.extend_from_slice(&self.bytes);
            self.bytes = grown;
        }
        self.bytes.extend_from_slice(more);
    }

    /// How many bytes it takes.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.bytes.capacity()
    }

    /// What was kept; `None` of a text that was too long.
    pub(super) fn finish(self) -> Option<Zeroizing<Vec<u8>>> {
        (!self.over).then_some(self.bytes)
    }
}
