//! How the hashes of a list lie: evenly, if it is whole.

/// So many hashes are not missing in one place by chance: the odds are e^-64 for each hash of the list.
const NO_CHANCE: u64 = 64;

/// Takes in hashes in their order.
#[derive(Debug, Default)]
pub(super) struct Spread {
    many: u64,
    /// The first 64 bits of the last one.
    last: u64,
    /// Where the widest gap begins, and how wide it is.
    widest: (u64, u64),
}

impl Spread {
    pub(super) fn take(&mut self, hash: &[u8; 20]) {
        self.many = self.many.saturating_add(1);
        let next = hash.first_chunk().copied().map_or(0, u64::from_be_bytes);
        self.widest = self.widest_with(next);
        self.last = next;
    }

    fn widest_with(&self, next: u64) -> (u64, u64) {
        let gap = next.saturating_sub(self.last);
        match gap > self.widest.1 {
            true => (self.last, gap),
            false => self.widest,
        }
    }

    /// A part that is missing: the first 32 bits of the hash before it, and how many should stand there.
    pub(super) fn hole(&self) -> Option<(u32, u64)> {
        let (after, gap) = self.widest_with(u64::MAX);
        // If they are spread over all that is not the gap.
        let there = u128::from(u64::MAX.saturating_sub(gap)).max(1);
        let expected = u128::from(self.many).saturating_mul(gap.into()).checked_div(there);
        let missing = u64::try_from(expected.unwrap_or_default()).unwrap_or(u64::MAX);
        (self.many > NO_CHANCE && missing > NO_CHANCE).then(|| (u32::try_from(after >> 32).unwrap_or(0), missing))
    }
}
