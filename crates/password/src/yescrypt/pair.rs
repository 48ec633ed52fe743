//! Two words beside each other, which pwxform does the same with.

use zeroize::DefaultIsZeroes;

/// Aligned, so that a processor adds it out of memory in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(align(16))]
pub(super) struct Pair([u64; 2]);

impl DefaultIsZeroes for Pair {}

impl Pair {
    pub(super) fn new(words: [u64; 2]) -> Self {
        Self(words)
    }

    #[inline(always)]
    pub(super) fn words(self) -> [u64; 2] {
        self.0
    }

    #[inline(always)]
    pub(super) fn first(self) -> u64 {
        self.0[0]
    }

    #[inline(always)]
    pub(super) fn xor(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a ^ c, b ^ d])
    }

    #[inline(always)]
    pub(super) fn sum(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a.wrapping_add(c), b.wrapping_add(d)])
    }

    /// The two halves of each word, multiplied.
    #[inline(always)]
    pub(super) fn product(self) -> Self {
        Self(self.0.map(|word| (word >> 32).wrapping_mul(word & u64::from(u32::MAX))))
    }
}
