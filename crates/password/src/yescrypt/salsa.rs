//! Salsa20's core over the order of words that yescrypt keeps, and scrypt's way of mixing with it.

use zeroize::Zeroizing;

use super::mixer::{Feed, Mixer, xor};
use super::pair::Pair;
use super::{BLOCK, Block, reserved};
use crate::reader::Fault;

/// scrypt's BlockMix with Salsa20/8 (RFC 7914 section 4).
pub(super) struct Salsa8(Zeroizing<Vec<Block>>);

impl Salsa8 {
    /// For lines of `line` blocks.
    pub(super) fn new(line: usize) -> Result<Self, Fault> {
        Ok(Self(Zeroizing::new(reserved(line)?)))
    }
}

impl Mixer for Salsa8 {
    fn mix<F: Feed>(&mut self, line: &mut [Block], mut feeds: impl DoubleEndedIterator<Item = F>) {
        let mixed = &mut *self.0;
        mixed.clear();
        let Some((last, others)) = line.split_last_mut() else {
            return;
        };
        if let Some(feed) = feeds.next_back() {
            feed.feed(last);
        }
        let mut block = *last;
        for (other, feed) in others.iter_mut().zip(feeds) {
            feed.feed(other);
            xor(&mut block, other);
            core::<4>(&mut block);
            mixed.push(block);
        }
        xor(&mut block, last);
        core::<4>(&mut block);
        mixed.push(block);
        // The even ones first.
        let odd = mixed.iter().skip(1).step_by(2);
        let halves = mixed.iter().step_by(2).chain(odd);
        line.iter_mut().zip(halves).for_each(|(to, from)| *to = *from);
    }
}

/// The Salsa20 core with `DOUBLE` double rounds. The words stand in diagonals, so that each step is one over whole rows.
pub(super) fn core<const DOUBLE: usize>(block: &mut Block) {
    let [first, second, third, fourth] = *block;
    let start = [first, second, third, fourth].map(row);
    let [mut a, mut b, mut c, mut d] = start;
    for _ in 0..DOUBLE {
        b = step::<7>(b, a, d);
        c = step::<9>(c, b, a);
        d = step::<13>(d, c, b);
        a = step::<18>(a, d, c);
        // From columns to rows.
        let ([b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]) = (b, c, d);
        (b, c, d) = ([b3, b0, b1, b2], [c2, c3, c0, c1], [d1, d2, d3, d0]);
        d = step::<7>(d, a, b);
        c = step::<9>(c, d, a);
        b = step::<13>(b, c, d);
        a = step::<18>(a, b, c);
        let ([b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]) = (b, c, d);
        (b, c, d) = ([b1, b2, b3, b0], [c2, c3, c0, c1], [d3, d0, d1, d2]);
    }
    for (to, (mixed, start)) in block.iter_mut().zip([a, b, c, d].into_iter().zip(start)) {
        *to = pair(sum(mixed, start));
    }
}

type Row = [u32; 4];

#[inline(always)]
fn step<const BITS: u32>([a, b, c, d]: Row, one: Row, other: Row) -> Row {
    let [e, f, g, h] = sum(one, other).map(|word| word.rotate_left(BITS));
    [a ^ e, b ^ f, c ^ g, d ^ h]
}

#[inline(always)]
fn sum([a, b, c, d]: Row, [e, f, g, h]: Row) -> Row {
    [
        a.wrapping_add(e),
        b.wrapping_add(f),
        c.wrapping_add(g),
        d.wrapping_add(h),
    ]
}

#[inline(always)]
fn row(pair: Pair) -> Row {
    let [first, second] = pair.words();
    [low(first), low(first >> 32), low(second), low(second >> 32)]
}

#[inline(always)]
fn pair([a, b, c, d]: Row) -> Pair {
    Pair::new([u64::from(a) | u64::from(b) << 32, u64::from(c) | u64::from(d) << 32])
}

fn low(word: u64) -> u32 {
    u32::try_from(word & u64::from(u32::MAX)).unwrap_or(0)
}

/// A block out of its bytes, of which there are 64.
pub(super) fn read(bytes: &[u8]) -> Block {
    let word = |place: usize| {
        let four = bytes.as_chunks().0.get(place.wrapping_mul(5) % 16);
        u32::from_le_bytes(four.copied().unwrap_or_default())
    };
    [0, 4, 8, 12].map(|place: usize| pair([place, place | 1, place | 2, place | 3].map(word)))
}

/// The bytes of a block.
pub(super) fn written(block: &Block) -> [u8; BLOCK] {
    let mut bytes = [0; BLOCK];
    let words = block.iter().flat_map(|pair| row(*pair));
    for (place, word) in words.enumerate() {
        if let Some(to) = bytes.as_chunks_mut().0.get_mut(place.wrapping_mul(5) % 16) {
            *to = word.to_le_bytes();
        }
    }
    bytes
}
