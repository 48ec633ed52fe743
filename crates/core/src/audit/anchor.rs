//! Anchors: what is known of the chain outside of the database.

use std::fmt;
use std::str::FromStr;

use super::seal::{Hash, Seal};

/// A seal as it is noted elsewhere, one line each: a copy that was cut, rows and seals alike, does not have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// [`Seal::number`].
    pub number: u64,
    /// [`Seal::era`].
    pub era: u64,
    /// [`Seal::at`].
    pub at: u64,
    /// [`Seal::hash`].
    pub hash: Hash,
}

impl Anchor {
    /// That of a seal.
    pub fn of(seal: &Seal) -> Self {
        Self {
            number: seal.number,
            era: seal.era,
            at: seal.at,
            hash: seal.hash(),
        }
    }

    /// Every anchor of a file, and the numbers, from 1, of the lines that are none: a write that was cut off leaves such a line,
    /// and what else stands there is as good as before. Empty lines are passed over.
    pub fn read(text: &str) -> (Vec<Self>, Vec<usize>) {
        let (mut anchors, mut others) = (Vec::new(), Vec::new());
        for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
            match line.parse() {
                Ok(anchor) => anchors.push(anchor),
                Err(NoAnchor) => others.push(number),
            }
        }
        (anchors, others)
    }
}

/// A line is no anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAnchor;

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seal {} era {} at {} sha256 ", self.number, self.era, self.at)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Anchor {
    type Err = NoAnchor;

    fn from_str(line: &str) -> Result<Self, NoAnchor> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["seal", number, "era", era, "at", at, "sha256", hash] = words[..] else {
            return Err(NoAnchor);
        };
        let count = |text: &str| text.parse().map_err(|_| NoAnchor);
        Ok(Self {
            number: count(number)?,
            era: count(era)?,
            at: count(at)?,
            hash: hash_of(hash).ok_or(NoAnchor)?,
        })
    }
}

fn hash_of(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        let start = at.checked_mul(2)?;
        *byte = u8::from_str_radix(text.get(start..start.checked_add(2)?)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_read_as_it_was_written_and_nothing_else_is_one() {
        let anchor = Anchor {
            number: 7,
            era: 1,
            at: 1_700_000_000_000,
            hash: [0xab; 32],
        };
        let line = anchor.to_string();
        assert_eq!(
            Anchor::read(&format!("{line}\n\n{line}\n")),
            (vec![anchor, anchor], vec![])
        );
        assert_eq!(Anchor::read(""), (vec![], vec![]));
        for broken in [
            "seal",
            &line[..line.len() - 1],
            &line.replace("ab", "xy"),
            &line.replace("seal 7", "seal -7"),
        ] {
            let read = Anchor::read(&format!("{line}\n{broken}\n{line}"));
            assert_eq!(read, (vec![anchor, anchor], vec![2]), "{broken}");
        }
    }
}
