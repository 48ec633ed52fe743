//! A line that is mixed, and the memory that is filled with what becomes of it.

use zeroize::Zeroizing;

use super::mixer::{Feed, Mixer};
use super::{BLOCK, Block, reserved, salsa};
use crate::reader::Fault;

/// A line that is mixed.
pub(super) struct State(Zeroizing<Vec<Block>>);

impl State {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let (blocks, _) = bytes.as_chunks::<BLOCK>();
        let mut line = reserved(blocks.len())?;
        line.extend(blocks.iter().map(|block| salsa::read(block)));
        Ok(Self(Zeroizing::new(line)))
    }

    pub(super) fn write(&self, bytes: &mut [u8]) {
        let (blocks, _) = bytes.as_chunks_mut::<BLOCK>();
        let written = blocks.iter_mut().zip(self.0.iter());
        written.for_each(|(to, from)| *to = salsa::written(from));
    }

    /// The number that names a line: the first 64 bits of the last block, in the bytes' own order.
    fn number(&self) -> u64 {
        let Some([first, _, _, fourth]) = self.0.last() else {
            return 0;
        };
        let (first, fourth) = (first.first(), fourth.first());
        first & u64::from(u32::MAX) | fourth & u64::from(u32::MAX) << 32
    }

    /// The number, cut to a power of two that is not above `lines`.
    pub(super) fn place(&self, lines: usize) -> usize {
        let below = 1_u64 << lines.checked_ilog2().unwrap_or(0);
        usize::try_from(self.number() & below.wrapping_sub(1)).unwrap_or(0)
    }

    /// How many blocks it has.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Feeds each block its own of `feeds`, then mixes the line.
    pub(super) fn mix<F: Feed>(&mut self, mixer: &mut impl Mixer, feeds: impl DoubleEndedIterator<Item = F>) {
        mixer.mix(&mut self.0, feeds);
    }
}

/// Appends `lines` states.
pub(super) fn fill(
    table: &mut Vec<Block>,
    state: &mut State,
    mixer: &mut impl Mixer,
    lines: usize,
) -> Result<(), Fault> {
    for _ in 0..lines {
        append(table, state)?;
        let nothing = std::iter::repeat_n((), state.len());
        state.mix(mixer, nothing);
    }
    Ok(())
}

/// Never beyond what was reserved, so that the memory does not move.
pub(super) fn append(table: &mut Vec<Block>, state: &State) -> Result<(), Fault> {
    let room = table.capacity().saturating_sub(table.len());
    if room < state.0.len() {
        return Err(Fault::Primitive);
    }
    // In pieces: the C library's copy of a whole line took a twelfth of the time of a hash.
    let (pieces, _) = state.0.as_chunks::<2>();
    pieces.iter().for_each(|piece| table.extend_from_slice(piece));
    Ok(())
}
