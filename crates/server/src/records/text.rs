//! The bytes of a file as UTF-8, no record longer than it may be.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

/// The most bytes of one record: a quote that is never closed must not take the whole file into memory.
const LARGEST: u64 = 1 << 20;

/// The most bytes of a part that many records share, such as the groups of a realm.
const SHARED: u64 = 16 << 20;

/// How many bytes were read since the last record ended, and how many may be.
#[derive(Clone)]
pub(super) struct Meter(Rc<Cell<(u64, u64)>>);

impl Meter {
    pub(super) fn new() -> Self {
        Self(Rc::new(Cell::new((0, LARGEST))))
    }

    /// A record begins.
    pub(super) fn record(&self) {
        self.0.set((0, LARGEST));
    }

    /// A part begins that is kept whole.
    pub(super) fn shared(&self) {
        self.0.set((0, SHARED));
    }

    /// A part begins of which nothing is kept.
    pub(super) fn skipped(&self) {
        self.0.set((0, u64::MAX));
    }

    fn add(&self, count: usize) {
        let (since, limit) = self.0.get();
        self.0
            .set((since.saturating_add(u64::try_from(count).unwrap_or(u64::MAX)), limit));
    }

    fn is_over(&self) -> bool {
        let (since, limit) = self.0.get();
        since > limit
    }
}

/// The text of a file, whatever it was written in.
pub(super) struct Text<R> {
    input: R,
    meter: Meter,
    kind: Option<Kind>,
    /// Bytes that were read from the input and not given yet.
    ready: VecDeque<u8>,
    /// Half a unit, or half a pair.
    half: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Kind {
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
}

impl<R: Read> Text<R> {
    pub(super) fn new(input: R, meter: Meter) -> Self {
        Self {
            input,
            meter,
            kind: None,
            ready: VecDeque::new(),
            half: Vec::new(),
        }
    }

    /// By the mark at the beginning, which is no part of the text.
    fn begin(&mut self) -> io::Result<Kind> {
        let mut head = Vec::new();
        self.input.by_ref().take(3).read_to_end(&mut head)?;
        let (kind, rest) = match head.as_slice() {
            [0xef, 0xbb, 0xbf] => (Kind::Utf8, &[] as &[u8]),
            [0xff, 0xfe, rest @ ..] => (Kind::Utf16(u16::from_le_bytes), rest),
            [0xfe, 0xff, rest @ ..] => (Kind::Utf16(u16::from_be_bytes), rest),
            all => (Kind::Utf8, all),
        };
        match kind {
            Kind::Utf8 => self.ready.extend(rest),
            Kind::Utf16(_) => self.half.extend(rest),
        }
        self.kind = Some(kind);
        Ok(kind)
    }

    /// Makes a piece of UTF-16 ready.
    fn decode(&mut self, unit: fn([u8; 2]) -> u16) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.half);
        let before = bytes.len();
        self.input.by_ref().take(1 << 14).read_to_end(&mut bytes)?;
        let ended = bytes.len() == before;
        let mut units: Vec<u16> = Vec::with_capacity(bytes.len() / 2);
        let pairs = bytes.chunks_exact(2);
        self.half.extend(pairs.remainder());
        units.extend(pairs.filter_map(|pair| Some(unit([*pair.first()?, *pair.get(1)?]))));
        let high = units.pop_if(|unit| !ended && (0xd800..0xdc00).contains(unit));
        if high.is_some() {
            let pair = bytes.len().saturating_sub(self.half.len());
            let mut kept = bytes.get(pair.saturating_sub(2)..pair).unwrap_or_default().to_vec();
            kept.append(&mut self.half);
            self.half = kept;
        }
        if ended && !self.half.is_empty() {
            return Err(io::Error::other("its last character is cut (UTF-16)"));
        }
        for letter in char::decode_utf16(units) {
            let letter = letter.map_err(|_| io::Error::other("it is no UTF-16, although its mark says so"))?;
            self.ready.extend(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(())
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.meter.is_over() {
            return Err(io::Error::other("a record is longer than 1 MiB"));
        }
        let kind = match self.kind {
            Some(kind) => kind,
            None => self.begin()?,
        };
        if let (Kind::Utf16(unit), true) = (kind, self.ready.is_empty()) {
            self.decode(unit)?;
        }
        let mut count = self.ready.read(buffer)?;
        if let (Kind::Utf8, Some(rest)) = (kind, buffer.get_mut(count..).filter(|rest| !rest.is_empty())) {
            count = count.saturating_add(self.input.read(rest)?);
        }
        self.meter.add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        Text::new(bytes, Meter::new()).read_to_string(&mut text)?;
        Ok(text)
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(bytes)
            .collect()
    }

    #[test]
    fn what_is_no_utf16_is_told() {
        for bytes in [&b"\xff\xfea\0b"[..], b"\xff\xfe\0\xdca\0", b"\xff\xfea\0\0\xd8"] {
            assert!(text(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_mark_is_no_part_of_the_text() {
        assert_eq!(text(b"\xef\xbb\xbfab").unwrap(), "ab");
        for bytes in [&b""[..], b"a", b"\xef\xbb"] {
            let mut read = Vec::new();
            Text::new(bytes, Meter::new()).read_to_end(&mut read).unwrap();
            assert_eq!(read, bytes);
        }
    }

    proptest::proptest! {
        #[test]
        fn a_text_is_the_same_in_every_encoding(said in "\\PC{0,60}", repeated in 1_usize..700) {
            let said = said.repeat(repeated);
            proptest::prop_assume!(said.len() < 900_000 && !said.starts_with('\u{feff}'));
            for bytes in [said.as_bytes().to_vec(), utf16(&said, u16::to_le_bytes), utf16(&said, u16::to_be_bytes)] {
                proptest::prop_assert_eq!(text(&bytes).unwrap(), said.clone());
            }
        }
    }
}
