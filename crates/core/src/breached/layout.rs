//! How the file is laid out (numbers big-endian):
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `PCBREACH` |
//! | 4 | the version, 1 |
//! | 8 | how many entries there are |
//! | 32 | SHA-256 of all above and of the index |
//! | 4 × (2^20 + 1) | the index: before the entries of each 20 bits that a SHA-1 begins with, how many others stand; and all |
//! | 3 an entry | the next 24 bits of each, rising within their 20 |

/// What it begins with.
pub(super) const MAGIC: [u8; 8] = *b"PCBREACH";

/// The one version there is.
pub(super) const VERSION: u32 = 1;

/// How many different beginnings there are.
pub(super) const BEGINNINGS: usize = 1 << 20;

/// The bytes of the index.
pub(super) const INDEX: u64 = (BEGINNINGS as u64 + 1) * 4;

/// Where the index begins.
pub(super) const HEAD: u64 = HEAD_LEN as u64;

/// The bytes before the index.
pub(super) const HEAD_LEN: usize = 8 + 4 + 8 + 32;

/// The bytes of an entry.
pub(super) const REST: usize = 3;

/// The most entries of one beginning: SHA-1 spreads them evenly, so more are no list of it. Bounds what a look-up reads.
pub(super) const MOST: u32 = 1 << 16;

/// The first 44 bits of a SHA-1: the 20 that lead to its entries, and the 24 that stand there.
pub(super) fn halves(sha1: &[u8]) -> Option<(usize, [u8; REST])> {
    let first: u64 = u64::from_be_bytes(*sha1.first_chunk()?);
    let beginning = usize::try_from(first >> 44).ok()?;
    let [.., a, b, c] = ((first >> 20) & 0xff_ffff).to_be_bytes();
    Some((beginning, [a, b, c]))
}

/// Head without checksum.
pub(super) fn head(count: u64) -> [u8; 20] {
    let mut head = [0; 20];
    let parts = [&MAGIC[..], &VERSION.to_be_bytes(), &count.to_be_bytes()].concat();
    for (to, from) in head.iter_mut().zip(parts) {
        *to = from;
    }
    head
}
