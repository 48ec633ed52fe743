//! pwxform: multiplications and look-ups in S-boxes that it writes anew as it goes.

use zeroize::Zeroizing;

use super::mixer::{Feed, Mixer, xor};
use super::pair::Pair;
use super::salsa::{self, Salsa8};
use super::state::{State, fill};
use super::{BLOCK, Block};
use crate::reader::Fault;

/// One S-box, in the parts that are written at a time. Of a fixed size, so that a masked place is inside of it and is not
/// checked again.
type SBox = [[Block; 4]; 16];

/// The lines of two blocks that three S-boxes are made of.
const LINES: usize = 96;

/// The three S-boxes of one lane, and how many parts were written.
pub(super) struct Pwxform {
    boxes: [Box<Zeroizing<SBox>>; 3],
    place: usize,
}

impl Pwxform {
    /// Makes the S-boxes out of a lane's first 128 bytes, with scrypt's mixing, which changes them.
    pub(super) fn of_lane(lane: &mut [u8]) -> Result<Self, Fault> {
        let bytes = lane.get_mut(..BLOCK.saturating_mul(2)).ok_or(Fault::Primitive)?;
        let mut state = State::read(bytes)?;
        let mut table = Zeroizing::new(super::reserved(LINES.saturating_mul(2))?);
        fill(&mut table, &mut state, &mut Salsa8::new(2)?, LINES)?;
        state.write(bytes);
        let (boxes, _) = table.as_chunks::<4>().0.as_chunks();
        let [third, second, first] = boxes else {
            return Err(Fault::Primitive);
        };
        let boxes = [first, second, third].map(|sbox: &SBox| Box::new(Zeroizing::new(*sbox)));
        Ok(Self { boxes, place: 0 })
    }
}

impl Mixer for Pwxform {
    fn mix<F: Feed>(&mut self, line: &mut [Block], mut feeds: impl DoubleEndedIterator<Item = F>) {
        let turns = line.len() % 3;
        let Some((last, others)) = line.split_last_mut() else {
            return;
        };
        if let Some(feed) = feeds.next_back() {
            feed.feed(last);
        }
        let [first, second, third] = &mut self.boxes;
        let (mut first, mut second, mut third): (&mut SBox, &mut SBox, &mut SBox) = (first, second, third);
        let mut block = *last;
        for (other, feed) in others.iter_mut().zip(feeds) {
            feed.feed(other);
            xor(&mut block, other);
            block = pwxform(block, first, second, third, self.place);
            *other = block;
            self.place = self.place.wrapping_add(1);
            (first, second, third) = (third, first, second);
        }
        xor(&mut block, last);
        block = pwxform(block, first, second, third, self.place);
        self.place = self.place.wrapping_add(1);
        salsa::core::<1>(&mut block);
        *last = block;
        self.boxes.rotate_right(turns);
    }
}

/// Mixes one block and writes a part of the third S-box: the block after each of the four middle rounds. They are written
/// out, for in a loop the compiler moves the words between two kinds of registers.
#[inline(always)]
fn pwxform(mut block: Block, first: &SBox, second: &SBox, third: &mut SBox, place: usize) -> Block {
    let Some([a, b, c, d]) = third.get_mut(place & 15) else {
        return block;
    };
    block = round(block, first, second);
    block = round(block, first, second);
    *a = block;
    block = round(block, first, second);
    *b = block;
    block = round(block, first, second);
    *c = block;
    block = round(block, first, second);
    *d = block;
    round(block, first, second)
}

#[inline(always)]
fn round(block: Block, first: &SBox, second: &SBox) -> Block {
    block.map(|pair| {
        let word = pair.first();
        let (one, other) = (found(first, word), found(second, word >> 32));
        pair.product().sum(one).xor(other)
    })
}

/// The pair that bits 4 to 11 of the word name.
#[inline(always)]
fn found(sbox: &SBox, word: u64) -> Pair {
    let place = usize::try_from(word >> 4 & 0xff).unwrap_or(0);
    sbox.as_flattened()
        .as_flattened()
        .get(place)
        .copied()
        .unwrap_or_default()
}
