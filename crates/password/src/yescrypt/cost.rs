//! The parameters of a yescrypt hash and how crypt(3) writes them.

use crate::encoding::CRYPT;
use crate::error::Flaw;
use crate::reader::Fault;

/// The ways of mixing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// scrypt as it is.
    Classic,
    /// scrypt whose number of look-ups is `t`'s to choose ("write once, read many").
    Worm,
    /// yescrypt's own: pwxform, with S-boxes that change, over memory that is written anew. Six rounds, four gathers,
    /// pairs of words, S-boxes of 12 KiB: no other kind is defined.
    ReadWrite,
}

/// The parameters, each within what yescrypt defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    flavour: Flavour,
    n: u64,
    r: u32,
    p: u32,
    t: u32,
}

impl Cost {
    /// From one digit for the flavour, the numbers log2 N and r, and, if one of them differs from 1 and 0, a number that
    /// says which of p and t follow. Its other bits announce upgrades and a table in ROM.
    pub(crate) fn parse(text: &str) -> Result<Self, Flaw> {
        let mut digits = text.bytes();
        let flavour = match number(&mut digits, 0)? {
            0 => Flavour::Classic,
            1 => Flavour::Worm,
            47 => Flavour::ReadWrite,
            _ => return Err(Flaw::ParameterRange),
        };
        let (log_n, r) = (number(&mut digits, 1)?, number(&mut digits, 1)?);
        let have = if digits.len() == 0 { 0 } else { number(&mut digits, 1)? };
        let p = if have & 1 == 0 { 1 } else { number(&mut digits, 2)? };
        let t = if have & 2 == 0 { 0 } else { number(&mut digits, 1)? };
        if have > 3 || digits.len() > 0 {
            return Err(Flaw::ParameterRange);
        }
        Self::new(flavour, log_n, [r, p, t])
    }

    /// From the flavour, log2 N, and r, p, t. As in libxcrypt, N is at least 4, so is the share of a lane,
    /// and scrypt has no `t`.
    pub(crate) fn new(flavour: Flavour, log_n: u32, [r, p, t]: [u32; 3]) -> Result<Self, Flaw> {
        let n = 1_u64.checked_shl(log_n).ok_or(Flaw::ParameterRange)?;
        let each = n.checked_div(p.into()).ok_or(Flaw::ParameterRange)?;
        let defined = match flavour {
            Flavour::Classic => t == 0,
            Flavour::Worm => true,
            Flavour::ReadWrite => each >= 4,
        };
        if n < 4 || r == 0 || !defined {
            return Err(Flaw::ParameterRange);
        }
        Ok(Self { flavour, n, r, p, t })
    }

    pub(super) fn flavour(&self) -> Flavour {
        self.flavour
    }

    /// N, the lines of the memory.
    pub(super) fn lines(&self) -> Result<usize, Fault> {
        usize::try_from(self.n).map_err(|_| Fault::Primitive)
    }

    /// p.
    pub(super) fn lanes(&self) -> Result<usize, Fault> {
        usize::try_from(self.p).map_err(|_| Fault::Primitive)
    }

    /// The blocks of a line: 2 r.
    pub(super) fn line(&self) -> Result<usize, Fault> {
        usize::try_from(self.r)
            .ok()
            .and_then(|r| r.checked_mul(2))
            .ok_or(Fault::Primitive)
    }

    /// The bytes of a lane's state, as many as a line has.
    pub(super) fn lane_size(&self) -> Result<usize, Fault> {
        self.line()?.checked_mul(super::BLOCK).ok_or(Fault::Primitive)
    }

    /// The cost of the hash that stands in for the password where each lane's memory is large enough: a 64th of it.
    pub(super) fn of_prehash(&self) -> Option<Self> {
        let each = self.n.checked_div(self.p.into())?;
        let large = each >= 0x100 && each.saturating_mul(self.r.into()) >= 0x2_0000;
        (large && self.flavour == Flavour::ReadWrite).then_some(Self {
            n: self.n >> 6,
            t: 0,
            ..*self
        })
    }

    /// How often one lane looks a line up, of the `lines` that are its share.
    pub(super) fn look_ups(&self, lines: usize) -> usize {
        let t = usize::try_from(self.t).unwrap_or(usize::MAX);
        let half = lines.div_ceil(2);
        match (self.flavour, t) {
            (Flavour::Classic, _) | (Flavour::Worm, 0) => lines,
            (Flavour::Worm, 1) => lines.saturating_add(half),
            (Flavour::Worm, t) => lines.saturating_mul(t),
            (Flavour::ReadWrite, 0) => lines.div_ceil(3),
            (Flavour::ReadWrite, 1) => lines.saturating_mul(2).div_ceil(3),
            (Flavour::ReadWrite, t) => lines.saturating_mul(t.saturating_sub(1)),
        }
    }

    /// N times r times p.
    pub(crate) fn work(&self) -> u64 {
        self.n.saturating_mul(self.r.into()).saturating_mul(self.p.into())
    }

    /// N lines, one for each lane and two for the mixing, each of r times 128 bytes; each lane's S-boxes; and a little.
    pub(crate) fn memory_kib(&self) -> u64 {
        let lines = self.n.saturating_add(self.p.into()).saturating_add(2);
        let boxes = u64::from(self.p).saturating_mul(12);
        let lines = lines.saturating_mul(self.r.into()).saturating_div(8);
        lines.saturating_add(boxes).saturating_add(128)
    }
}

/// For each number of digits, one to six, the first digits that announce it.
const FIRST_DIGITS: [(u64, u64); 6] = [(0, 47), (48, 55), (56, 59), (60, 61), (62, 62), (63, 63)];

/// The next number, not below `least`. Small ones take one digit; what the shorter spellings reach the longer ones count
/// from, so each number has one spelling. The digits behind the first have the high bits first.
fn number(digits: &mut std::str::Bytes<'_>, least: u64) -> Result<u32, Flaw> {
    let mut digit = || {
        let byte = digits.next()?;
        let place = CRYPT.iter().position(|digit| *digit == byte)?;
        u64::try_from(place).ok()
    };
    let first = digit().ok_or(Flaw::ParameterRange)?;
    let (mut from, mut bits) = (least, 0_u32);
    for (low, high) in FIRST_DIGITS {
        if first <= high {
            let mut value = first.saturating_sub(low);
            for _ in 0..bits / 6 {
                value = value << 6 | digit().ok_or(Flaw::ParameterRange)?;
            }
            return u32::try_from(from.saturating_add(value)).map_err(|_| Flaw::ParameterRange);
        }
        let reached = high.saturating_sub(low).saturating_add(1) << bits;
        from = from.saturating_add(reached);
        bits = bits.saturating_add(6);
    }
    Err(Flaw::ParameterRange)
}
