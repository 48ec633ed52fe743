//! The passwords that most people use, as fingerprints: the lists of Django and of zxcvbn together (`assets/common-passwords.md`
//! says where they come from). 64 bits of SHA-256, scaled to the number of entries times 2^17, sorted, and the
//! differences written in Rice's code: 18.6 bits an entry.

use sha2::{Digest as _, Sha256};

use super::folded::Folded;

/// The number of entries (32 bits), then their differences.
static LIST: &[u8] = include_bytes!("../../assets/common-passwords.bin");

/// How many bits of a difference are written as they are; also how rare a wrong find is.
const BITS: u32 = 17;

/// The fewest characters of what counts when it is padded or repeated.
const SHORTEST: usize = 4;

/// Whether a password is in the list, or something of it padded, repeated or spelled otherwise, or a short text repeated.
pub(super) fn is_common(password: &Folded) -> bool {
    password.repeats_little() || is_listed(LIST, password)
}

fn is_listed(list: &[u8], password: &Folded) -> bool {
    let Some((count, differences)) = list.split_first_chunk() else {
        return false;
    };
    let count = u32::from_be_bytes(*count);
    let forms = password.forms();
    let long = forms.iter().filter(|form| form.chars().count() >= SHORTEST);
    let mut asked: Vec<u64> = long.map(|form| fingerprint(form, count)).collect();
    asked.sort_unstable();
    let mut asked = asked.into_iter().peekable();
    for entry in entries(differences, count) {
        while asked.next_if(|asked| *asked < entry).is_some() {}
        match asked.peek() {
            Some(asked) if *asked == entry => return true,
            Some(_) => {}
            None => return false,
        }
    }
    false
}

/// Where a text stands among so many entries.
fn fingerprint(text: &str, count: u32) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    let first = digest.first_chunk().copied().unwrap_or_default();
    let range = u128::from(count) << BITS;
    let scaled = u128::from(u64::from_be_bytes(first)).saturating_mul(range) >> 64;
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// The entries, rising.
fn entries(differences: &[u8], count: u32) -> impl Iterator<Item = u64> {
    let mut bits = Bits {
        bytes: differences.iter(),
        window: 0,
        held: 0,
    };
    let mut entry = 0_u64;
    (0..count).map_while(move |_| {
        entry = entry.saturating_add(bits.difference()?);
        Some(entry)
    })
}

/// What is left of a text of bits, the next ones highest.
struct Bits<'a> {
    bytes: std::slice::Iter<'a, u8>,
    window: u64,
    held: u32,
}

impl Bits<'_> {
    /// As many ones as there are whole 2^[`BITS`], a zero, and the rest; nothing where the text has ended.
    fn difference(&mut self) -> Option<u64> {
        self.fill();
        if self.held == 0 {
            return None;
        }
        let whole = self.window.leading_ones();
        self.pass(whole.saturating_add(1));
        self.fill();
        let rest = self.window >> (u64::BITS - BITS);
        self.pass(BITS);
        Some((u64::from(whole) << BITS) | rest)
    }

    fn fill(&mut self) {
        while self.held <= u64::BITS - u8::BITS {
            let Some(byte) = self.bytes.next() else { return };
            let up = (u64::BITS - u8::BITS).saturating_sub(self.held);
            self.window |= u64::from(*byte).checked_shl(up).unwrap_or(0);
            self.held = self.held.saturating_add(u8::BITS);
        }
    }

    fn pass(&mut self, bits: u32) {
        self.window = self.window.checked_shl(bits).unwrap_or(0);
        self.held = self.held.saturating_sub(bits);
    }
}

#[cfg(test)]
mod tests;
