//! A file of breached passwords that is open.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::error::Kind;
use super::layout::{HEAD, HEAD_LEN, INDEX, MAGIC, MOST, REST, VERSION, halves};

/// An open file whose head is as it was written.
#[derive(Debug)]
pub(super) struct Set {
    file: File,
    count: u64,
}

impl Set {
    pub(super) fn open(path: &Path) -> Result<Self, Kind> {
        let mut file = File::open(path).map_err(Kind::Io)?;
        let found = file.metadata().map_err(Kind::Io)?.len();
        let mut head = [0; HEAD_LEN];
        file.read_exact(&mut head)?;
        if head.first_chunk() != Some(&MAGIC) {
            return Err(Kind::Other);
        }
        let number = |range: std::ops::Range<usize>| {
            let bytes = head.get(range).unwrap_or_default();
            bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
        };
        let (version, count) = (number(8..12), number(12..20));
        if version != u64::from(VERSION) {
            return Err(Kind::Version(u32::try_from(version).unwrap_or(u32::MAX)));
        }
        let rests = count.saturating_mul(REST as u64);
        let expected = rests.saturating_add(HEAD).saturating_add(INDEX);
        if found != expected {
            return Err(Kind::Length { expected, found });
        }
        let mut checksum = Sha256::new_with_prefix(head.get(..20).unwrap_or_default());
        io::copy(&mut (&file).take(INDEX), &mut Checksum(&mut checksum))?;
        if head.get(20..) != Some(&checksum.finalize()[..]) {
            return Err(Kind::Damaged);
        }
        Ok(Self { file, count })
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Whether a password of this SHA-1 is in it: one read of the index, one of the entries.
    pub(super) fn holds(&self, sha1: &[u8]) -> Result<bool, Kind> {
        let Some((beginning, rest)) = halves(sha1) else {
            return Ok(false);
        };
        let mut bounds = [0; 8];
        let at = (beginning as u64).saturating_mul(4).saturating_add(HEAD);
        read_at(&self.file, &mut bounds, at).map_err(Kind::Io)?;
        let bounds = u64::from_be_bytes(bounds);
        let (from, to) = (bounds >> 32, bounds & u64::from(u32::MAX));
        let many = to
            .checked_sub(from)
            .filter(|many| *many <= u64::from(MOST) && to <= self.count);
        let many = many.and_then(|many| usize::try_from(many).ok()).ok_or(Kind::Damaged)?;
        let mut rests = vec![0; many.saturating_mul(REST)];
        let at = from
            .saturating_mul(REST as u64)
            .saturating_add(HEAD)
            .saturating_add(INDEX);
        read_at(&self.file, &mut rests, at).map_err(Kind::Io)?;
        let (rests, _) = rests.as_chunks::<REST>();
        Ok(rests.binary_search(&rest).is_ok())
    }
}

/// Takes what is written into a checksum.
struct Checksum<'a>(&'a mut Sha256);

impl io::Write for Checksum<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, at)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt as _;
    let (mut rest, mut at) = (into, at);
    while !rest.is_empty() {
        match file.seek_read(rest, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                rest = rest.get_mut(read..).unwrap_or_default();
                at = at.saturating_add(read as u64);
            }
        }
    }
    Ok(())
}
