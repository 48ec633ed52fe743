//! Mixing in memory: it is filled line by line, then lines are looked up whose places follow from the state (scrypt's
//! SMix, RFC 7914 section 5, and what yescrypt makes of it).

use zeroize::Zeroize;

use super::cost::{Cost, Flavour};
use super::mixer::Mixer;
use super::pwxform::Pwxform;
use super::salsa::Salsa8;
use super::state::{State, append, fill};
use super::{BLOCK, Block, hmac, reserved};
use crate::reader::Fault;

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

/// Fills as [`fill`] does, and from the third line on an earlier one of them is added to each state.
fn fill_reading(table: &mut Vec<Block>, state: &mut State, mixer: &mut impl Mixer, lines: usize) -> Result<(), Fault> {
    let start = table.len();
    fill(table, state, mixer, lines.min(2))?;
    for filled in 2..lines {
        append(table, state)?;
        // One of the newest, as many as the greatest power of two there is.
        let newest = 1_usize << filled.ilog2();
        let place = state.place(newest).saturating_add(filled.saturating_sub(newest));
        let own = table.get_mut(start..).ok_or(Fault::Primitive)?;
        let added = line(own, place, state.len())?;
        state.mix(mixer, added.iter());
    }
    Ok(())
}

/// Adds lines to the state.
fn look_up(table: &mut [Block], state: &mut State, mixer: &mut impl Mixer, times: usize) -> Result<(), Fault> {
    let size = state.len();
    let lines = table.len().checked_div(size).ok_or(Fault::Primitive)?;
    for _ in 0..times {
        let place = state.place(lines);
        state.mix(mixer, line(table, place, size)?.iter());
    }
    Ok(())
}

/// Adds lines to the state and puts the sum in their place.
fn change(table: &mut [Block], state: &mut State, mixer: &mut impl Mixer, times: usize) -> Result<(), Fault> {
    let size = state.len();
    let lines = table.len().checked_div(size).ok_or(Fault::Primitive)?;
    for _ in 0..times {
        let place = state.place(lines);
        state.mix(mixer, line(table, place, size)?.iter_mut());
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
