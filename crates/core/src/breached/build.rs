//! Makes the file of the public list, in one pass, with 4 MiB of memory however long the list is.

use std::io::{self, Seek, SeekFrom, Write};

use sha2::{Digest as _, Sha256};

use super::layout::{BEGINNINGS, HEAD, INDEX, MOST, REST, halves, head};
use super::refused::{LineError, ListError};
use super::spread::Spread;

/// How much of the file is written at once.
const CHUNK: usize = 1 << 16;

/// Makes a file that [`BreachedPasswords`](super::BreachedPasswords) asks, of lines `SHA1:COUNT` in the order of their hashes
/// (the form of the Pwned Passwords list). An entry is cut to 44 bits and takes 3 bytes; beside them the file has 4 MiB.
#[derive(Debug)]
pub struct BreachedBuilder<W> {
    out: W,
    min_count: u64,
    /// How many entries each beginning has.
    many: Vec<u32>,
    count: u64,
    last: Option<[u8; 20]>,
    /// How the hashes of all lines lie, also of those that are left out.
    spread: Spread,
    /// The last entry that was written.
    written: Option<(usize, [u8; REST])>,
    chunk: Vec<u8>,
}

impl<W: Write + Seek> BreachedBuilder<W> {
    /// Begins a file at the beginning of `out`, which is empty, with those that were seen `min_count` times at least.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(mut out: W, min_count: u64) -> io::Result<Self> {
        // What a file begins with that was not finished is no head.
        io::copy(&mut io::Read::take(io::repeat(0), HEAD.saturating_add(INDEX)), &mut out)?;
        Ok(Self {
            out,
            min_count,
            many: vec![0; BEGINNINGS],
            count: 0,
            last: None,
            spread: Spread::default(),
            written: None,
            chunk: Vec::with_capacity(CHUNK),
        })
    }

    /// Takes a line, without its end. One whose count is 0 (filling, in what the network gives) or too low is left out, and so
    /// is one that cannot be told from the one before.
    ///
    /// # Errors
    /// It cannot be taken.
    pub fn line(&mut self, line: &[u8]) -> Result<(), LineError> {
        let (hash, seen) = read(line)?;
        if self.last.is_some_and(|last| last > hash) {
            return Err(LineError::Order);
        }
        if self.last != Some(hash) {
            self.spread.take(&hash);
        }
        self.last = Some(hash);
        let often = match seen {
            Some(seen) => seen >= self.min_count.max(1),
            None if self.min_count > 1 => return Err(LineError::Uncounted),
            None => true,
        };
        match halves(&hash).filter(|entry| often && self.written != Some(*entry)) {
            Some(entry) => self.add(entry),
            None => Ok(()),
        }
    }

    /// Ends the file: how many entries it has, and what it was written to, which is to be brought to the disk by its owner.
    ///
    /// # Errors
    /// There is no entry, or the list is not whole; it cannot be written. What was written so far is no file then.
    pub fn finish(mut self) -> Result<(u64, W), ListError> {
        if self.count == 0 {
            return Err(ListError::Empty);
        }
        if let Some((after, missing)) = self.spread.hole() {
            return Err(ListError::Hole { after, missing });
        }
        self.write_chunk()?;
        let mut index = Vec::with_capacity(BEGINNINGS.saturating_add(1).saturating_mul(4));
        let mut before = 0_u32;
        index.extend(before.to_be_bytes());
        for many in &self.many {
            before = before.saturating_add(*many);
            index.extend(before.to_be_bytes());
        }
        let head = head(self.count);
        let checksum = Sha256::new_with_prefix(head).chain_update(&index).finalize();
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&head)?;
        self.out.write_all(&checksum)?;
        self.out.write_all(&index)?;
        self.out.flush()?;
        Ok((self.count, self.out))
    }

    fn add(&mut self, entry: (usize, [u8; REST])) -> Result<(), LineError> {
        let (beginning, rest) = entry;
        let many = self.many.get_mut(beginning).ok_or(LineError::Unreadable)?;
        if *many >= MOST {
            return Err(LineError::Uneven);
        }
        if self.count >= u64::from(u32::MAX) {
            return Err(LineError::TooMany);
        }
        *many = many.saturating_add(1);
        self.count = self.count.saturating_add(1);
        self.written = Some(entry);
        if self.chunk.len().saturating_add(REST) > CHUNK {
            self.write_chunk().map_err(LineError::Io)?;
        }
        self.chunk.extend(rest);
        Ok(())
    }

    fn write_chunk(&mut self) -> io::Result<()> {
        self.out.write_all(&self.chunk)?;
        self.chunk.clear();
        Ok(())
    }
}

/// A line's hash, and how often it was seen, if that stands there.
fn read(line: &[u8]) -> Result<([u8; 20], Option<u64>), LineError> {
    let mut parts = line.trim_ascii_end().splitn(2, |byte| *byte == b':');
    let digits = parts.next().unwrap_or_default();
    if digits.len() == 35 && digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(LineError::Part);
    }
    let (pairs, odd) = digits.as_chunks::<2>();
    if pairs.len() != 20 || !odd.is_empty() {
        return Err(LineError::Unreadable);
    }
    let mut hash = [0; 20];
    for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
        let digit = |of: u8| char::from(of).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(*high)
            .zip(digit(*low))
            .map(|(high, low)| high << 4 | low)
            .ok_or(LineError::Unreadable)?;
    }
    let Some(count) = parts.next() else {
        return Ok((hash, None));
    };
    let count = std::str::from_utf8(count).ok().and_then(|count| count.parse().ok());
    Ok((hash, Some(count.ok_or(LineError::Unreadable)?)))
}
