//! What mixes a line: scrypt's way (`salsa.rs`) and yescrypt's (`pwxform.rs`).

use super::Block;

/// A way of mixing one line.
pub(super) trait Mixer {
    /// Feeds each block its own of `feeds`, then mixes the line.
    fn mix<F: Feed>(&mut self, line: &mut [Block], feeds: impl DoubleEndedIterator<Item = F>);
}

/// What comes to a block of the state before it is mixed. Done in the mixer's loop, so that the memory is read while
/// the processor still multiplies.
pub(super) trait Feed {
    fn feed(self, block: &mut Block);
}

/// Nothing comes.
impl Feed for () {
    fn feed(self, _: &mut Block) {}
}

/// The memory's block is added.
impl Feed for &Block {
    #[inline(always)]
    fn feed(self, block: &mut Block) {
        xor(block, self);
    }
}

/// The memory's block is added, and the sum is what the memory holds from now on.
impl Feed for &mut Block {
    #[inline(always)]
    fn feed(self, block: &mut Block) {
        xor(block, self);
        *self = *block;
    }
}

#[inline(always)]
pub(super) fn xor(block: &mut Block, other: &Block) {
    block.iter_mut().zip(other).for_each(|(to, from)| *to = to.xor(*from));
}
