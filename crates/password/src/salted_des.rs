//! DES as crypt(3) uses it: the expansion is disturbed by a salt, so that no plain DES will do. The tables are those of
//! FIPS 46-3; the tests compare with the `des` crate where the salt is zero.

/// Permutations give, for each bit of the output, the bit of the input, counted from one at the left.
const IP: [u8; 64] = [
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32,
    24, 16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47,
    39, 31, 23, 15, 7,
];
const FP: [u8; 64] = [
    40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21,
    61, 29, 36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9,
    49, 17, 57, 25,
];
const P: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4,
    25,
];
const PC1: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36, 63, 55,
    47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
const PC2: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30,
    40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const SHIFTS: [u32; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

#[rustfmt::skip]
const S: [[u8; 64]; 8] = [
    [14,4,13,1,2,15,11,8,3,10,6,12,5,9,0,7, 0,15,7,4,14,2,13,1,10,6,12,11,9,5,3,8,
     4,1,14,8,13,6,2,11,15,12,9,7,3,10,5,0, 15,12,8,2,4,9,1,7,5,11,3,14,10,0,6,13],
    [15,1,8,14,6,11,3,4,9,7,2,13,12,0,5,10, 3,13,4,7,15,2,8,14,12,0,1,10,6,9,11,5,
     0,14,7,11,10,4,13,1,5,8,12,6,9,3,2,15, 13,8,10,1,3,15,4,2,11,6,7,12,0,5,14,9],
    [10,0,9,14,6,3,15,5,1,13,12,7,11,4,2,8, 13,7,0,9,3,4,6,10,2,8,5,14,12,11,15,1,
     13,6,4,9,8,15,3,0,11,1,2,12,5,10,14,7, 1,10,13,0,6,9,8,7,4,15,14,3,11,5,2,12],
    [7,13,14,3,0,6,9,10,1,2,8,5,11,12,4,15, 13,8,11,5,6,15,0,3,4,7,2,12,1,10,14,9,
     10,6,9,0,12,11,7,13,15,1,3,14,5,2,8,4, 3,15,0,6,10,1,13,8,9,4,5,11,12,7,2,14],
    [2,12,4,1,7,10,11,6,8,5,3,15,13,0,14,9, 14,11,2,12,4,7,13,1,5,0,15,10,3,9,8,6,
     4,2,1,11,10,13,7,8,15,9,12,5,6,3,0,14, 11,8,12,7,1,14,2,13,6,15,0,9,10,4,5,3],
    [12,1,10,15,9,2,6,8,0,13,3,4,14,7,5,11, 10,15,4,2,7,12,9,5,6,1,13,14,0,11,3,8,
     9,14,15,5,2,8,12,3,7,0,4,10,1,13,11,6, 4,3,2,12,9,5,15,10,11,14,1,7,6,0,8,13],
    [4,11,2,14,15,0,8,13,3,12,9,7,5,10,6,1, 13,0,11,7,4,9,1,10,14,3,5,12,2,15,8,6,
     1,4,11,13,12,3,7,14,10,15,6,8,0,5,9,2, 6,11,13,8,1,4,10,7,9,5,0,15,14,2,3,12],
    [13,2,8,4,6,15,11,1,10,9,3,14,5,0,12,7, 1,15,13,8,10,3,7,4,12,5,6,11,0,14,9,2,
     7,11,4,1,9,12,14,2,0,6,10,13,15,3,5,8, 2,1,14,7,4,10,8,13,15,12,9,0,3,5,6,11],
];

/// The substitutions with the permutation behind them done already.
static BOXES: std::sync::LazyLock<[[u32; 64]; 8]> = std::sync::LazyLock::new(|| {
    let mut boxes = [[0; 64]; 8];
    for (place, (to, from)) in (0_u32..).zip(boxes.iter_mut().zip(&S)) {
        for (six, entry) in (0_usize..64).zip(to.iter_mut()) {
            let row = (six >> 4 & 2) | (six & 1);
            let column = six >> 1 & 15;
            let four = from.get(row << 4 | column).copied().unwrap_or(0);
            let shift = 28_u32.saturating_sub(place.saturating_mul(4));
            *entry = u32::try_from(permute(u64::from(four) << shift, 32, &P)).unwrap_or(0);
        }
    }
    boxes
});

fn permute(value: u64, width: u32, table: &[u8]) -> u64 {
    table.iter().fold(0, |permuted, from| {
        permuted << 1 | value >> width.saturating_sub(u32::from(*from)) & 1
    })
}

/// The sixteen round keys, of 48 bits each.
fn schedule(key: u64) -> [u64; 16] {
    const HALF: u64 = 0x0fff_ffff;
    let both = permute(key, 64, &PC1);
    let (mut left, mut right) = (both >> 28 & HALF, both & HALF);
    let mut keys = [0; 16];
    for (key, shift) in keys.iter_mut().zip(SHIFTS) {
        let turn = |half: u64| (half << shift | half >> 28_u32.saturating_sub(shift)) & HALF;
        (left, right) = (turn(left), turn(right));
        *key = permute(left << 28 | right, 56, &PC2);
    }
    keys
}

/// Encrypts `block` under `key` (eight bytes, the low bit of each unused) `times` over, with the expansion disturbed by
/// the low 24 bits of `salt`.
pub(crate) fn encrypt(key: u64, block: u64, salt: u32, times: u32) -> u64 {
    let keys = schedule(key);
    // Bit n of the salt exchanges bits n and n + 24 of the expansion, counted from the left.
    let swap = u64::from(salt.reverse_bits() >> 8);
    let block = permute(block, 64, &IP);
    let half = |value: u64| u32::try_from(value & u64::from(u32::MAX)).unwrap_or(0);
    let (mut left, mut right) = (half(block >> 32), half(block));
    for _ in 0..times {
        for key in keys {
            let expanded = expand(right);
            let differ = (expanded >> 24 ^ expanded) & swap;
            let mixed = expanded ^ differ ^ differ << 24 ^ key;
            (left, right) = (right, left ^ substitute(mixed));
        }
        (left, right) = (right, left);
    }
    permute(u64::from(left) << 32 | u64::from(right), 64, &FP)
}

/// 32 bits to 48: eight groups of six that overlap by one bit to each side.
fn expand(half: u32) -> u64 {
    let ring = u64::from(half) << 32 | u64::from(half);
    (0..8_u32).fold(0, |expanded, group| {
        let shift = 59_u32.saturating_sub(group.saturating_mul(4)) % 32;
        expanded << 6 | ring >> shift & 0x3f
    })
}

fn substitute(mixed: u64) -> u32 {
    (0_u32..).zip(BOXES.iter()).fold(0, |out, (place, table)| {
        let six = mixed >> 42_u32.saturating_sub(place.saturating_mul(6)) & 0x3f;
        out | table.get(usize::try_from(six).unwrap_or(0)).copied().unwrap_or(0)
    })
}

/// A key of the first eight bytes, seven bits of each, as crypt(3) packs it.
pub(crate) fn key(password: &[u8]) -> u64 {
    (0..8_usize).fold(0, |key, place| {
        let byte = password.get(place).copied().unwrap_or(0) & 0x7f;
        key << 8 | u64::from(byte) << 1
    })
}

#[cfg(test)]
mod tests {
    use des::Des;
    use des::cipher::{BlockCipherEncrypt, KeyInit};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn without_a_salt_it_is_des(key: u64, block: u64) {
            let mut bytes = block.to_be_bytes().into();
            Des::new(&key.to_be_bytes().into()).encrypt_block(&mut bytes);
            prop_assert_eq!(encrypt(key, block, 0, 1), u64::from_be_bytes(bytes.into()));
        }
    }
}
