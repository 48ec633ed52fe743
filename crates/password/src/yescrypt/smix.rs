//! Mixing in memory: it is filled line by line, then lines are looked up whose places follow from the state (scrypt's
//! SMix, RFC 7914 section 5, and what yescrypt makes of it).

use zeroize::{Zeroize, Zeroizing};

use super::cost::{Cost, Flavour};
use super::pwxform::Pwxform;
use super::salsa::{self, Salsa8};
use super::{BLOCK, Block, hmac, reserved};
use crate::reader::Fault;

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
    fn place(&self, lines: usize) -> usize {
        let below = 1_u64 << lines.checked_ilog2().unwrap_or(0);
        usize::try_from(self.number() & below.wrapping_sub(1)).unwrap_or(0)
    }
}

/// Mixes every lane in `lanes`; yescrypt's own flavour makes `key` anew as well.
pub(super) fn mix(cost: &Cost, lanes: &mut [u8], key: &mut [u8; 32]) -> Result<(), Fault> {
    let mut table = reserved(cost.line()?.checked_mul(cost.lines()?).ok_or(Fault::Primitive)?)?;
    match cost.flavour() {
        Flavour::ReadWrite => read_write(cost, &mut table, lanes, key),
        Flavour::Classic | Flavour::Worm => write_once(cost, &mut table, lanes),
    }
}

/// The lanes one after the other, each in the whole memory.
fn write_once(cost: &Cost, table: &mut Vec<Block>, lanes: &mut [u8]) -> Result<(), Fault> {
    let lines = cost.lines()?;
    let mut mixer = Salsa8::new(cost.line()?)?;
    for lane in lanes.chunks_exact_mut(cost.lane_size()?) {
        let mut state = State::read(lane)?;
        table.clear();
        fill(table, &mut state, &mut mixer, lines)?;
        look_up(table, &mut state, &mut mixer, even(cost.look_ups(lines)))?;
        state.write(lane);
        let share = table.len();
        wipe_first_quarters(table, share);
    }
    Ok(())
}

/// Each lane fills a share of the memory and changes it; then all of them look up in the whole.
fn read_write(cost: &Cost, table: &mut Vec<Block>, lanes: &mut [u8], key: &mut [u8; 32]) -> Result<(), Fault> {
    let (count, size) = (cost.lanes()?, cost.lane_size()?);
    let share = cost.lines()?.checked_div(count).ok_or(Fault::Primitive)?;
    let look_ups = cost.look_ups(share);
    let changing = even(look_ups.checked_div(count).ok_or(Fault::Primitive)?);
    let share = share & !1;
    let mut mixers = reserved(count)?;
    let mut rest = cost.lines()?;
    for (place, lane) in lanes.chunks_exact_mut(size).enumerate() {
        let mut mixer = Pwxform::of_lane(lane)?;
        if place == 0 {
            let (_, last) = lane.split_last_chunk::<BLOCK>().ok_or(Fault::Primitive)?;
            *key = *hmac(last, key)?;
        }
        // The last one has what is left.
        let lines = if place.saturating_add(1) == count { rest } else { share };
        rest = rest.saturating_sub(lines);
        let mut state = State::read(lane)?;
        let start = table.len();
        fill_reading(table, &mut state, &mut mixer, lines)?;
        let own = table.get_mut(start..).ok_or(Fault::Primitive)?;
        change(own, &mut state, &mut mixer, changing)?;
        state.write(lane);
        mixers.push(mixer);
    }
    for (lane, mixer) in lanes.chunks_exact_mut(size).zip(&mut mixers) {
        let mut state = State::read(lane)?;
        look_up(table, &mut state, mixer, even(look_ups).saturating_sub(changing))?;
        state.write(lane);
    }
    wipe_first_quarters(table, share.saturating_mul(cost.line()?));
    Ok(())
}

/// Rounded up.
fn even(count: usize) -> usize {
    count.saturating_add(count & 1)
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
        let nothing = std::iter::repeat_n((), state.0.len());
        mixer.mix(&mut state.0, nothing);
    }
    Ok(())
}

/// The same, and from the third line on an earlier one of them is added to each state.
fn fill_reading(table: &mut Vec<Block>, state: &mut State, mixer: &mut impl Mixer, lines: usize) -> Result<(), Fault> {
    let start = table.len();
    fill(table, state, mixer, lines.min(2))?;
    for filled in 2..lines {
        append(table, state)?;
        // One of the newest, as many as the greatest power of two there is.
        let newest = 1_usize << filled.ilog2();
        let place = state.place(newest).saturating_add(filled.saturating_sub(newest));
        let own = table.get_mut(start..).ok_or(Fault::Primitive)?;
        let added = line(own, place, state.0.len())?;
        mixer.mix(&mut state.0, added.iter());
    }
    Ok(())
}

/// Never beyond what was reserved, so that the memory does not move.
fn append(table: &mut Vec<Block>, state: &State) -> Result<(), Fault> {
    let room = table.capacity().saturating_sub(table.len());
    if room < state.0.len() {
        return Err(Fault::Primitive);
    }
    // In pieces: the C library's copy of a whole line took a twelfth of the time of a hash.
    let (pieces, _) = state.0.as_chunks::<2>();
    pieces.iter().for_each(|piece| table.extend_from_slice(piece));
    Ok(())
}

/// Adds lines to the state.
fn look_up(table: &mut [Block], state: &mut State, mixer: &mut impl Mixer, times: usize) -> Result<(), Fault> {
    let size = state.0.len();
    let lines = table.len().checked_div(size).ok_or(Fault::Primitive)?;
    for _ in 0..times {
        let place = state.place(lines);
        mixer.mix(&mut state.0, line(table, place, size)?.iter());
    }
    Ok(())
}

/// Adds lines to the state and puts the sum in their place.
fn change(table: &mut [Block], state: &mut State, mixer: &mut impl Mixer, times: usize) -> Result<(), Fault> {
    let size = state.0.len();
    let lines = table.len().checked_div(size).ok_or(Fault::Primitive)?;
    for _ in 0..times {
        let place = state.place(lines);
        mixer.mix(&mut state.0, line(table, place, size)?.iter_mut());
    }
    Ok(())
}

fn line(table: &mut [Block], place: usize, size: usize) -> Result<&mut [Block], Fault> {
    let start = place.saturating_mul(size);
    table.get_mut(start..start.saturating_add(size)).ok_or(Fault::Primitive)
}

/// Wipes the first quarter of every lane's share; what the last one has above it counts as one more.
///
/// The allocator keeps the memory as it is. Without these quarters a guess that is held against what is left costs at
/// least their filling. Wiping everything would take longer than that is worth.
fn wipe_first_quarters(table: &mut [Block], share: usize) {
    for share in table.chunks_mut(share.max(1)) {
        let quarter = share.len().div_ceil(4);
        let (first, _) = share.split_at_mut(quarter);
        first.as_flattened_mut().zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which lines of the memory are zero after all.
    fn wiped(flavour: Flavour, p: u32) -> Vec<bool> {
        let cost = Cost::new(flavour, 4, [2, p, 0]).unwrap();
        let (mut table, mut key) = (reserved(4 * 16).unwrap(), [7; 32]);
        let mut lanes = [1; 256].repeat(cost.lanes().unwrap());
        match flavour {
            Flavour::ReadWrite => read_write(&cost, &mut table, &mut lanes, &mut key).unwrap(),
            _ => write_once(&cost, &mut table, &mut lanes).unwrap(),
        }
        let zero = |line: &[Block]| line.as_flattened().iter().all(|pair| pair.words() == [0, 0]);
        table.chunks(4).map(zero).collect()
    }

    #[test]
    fn what_is_left_has_lost_the_first_quarter_of_every_lane() {
        let lines = |text: &str| text.bytes().map(|line| line == b'0').collect::<Vec<_>>();
        assert_eq!(wiped(Flavour::ReadWrite, 1), lines("0000xxxxxxxxxxxx"));
        // Shares of four lines; the last lane has one more.
        assert_eq!(wiped(Flavour::ReadWrite, 3), lines("0xxx0xxx0xxx0xxx"));
        assert_eq!(wiped(Flavour::Worm, 3), lines("0000xxxxxxxxxxxx"));
    }
}
