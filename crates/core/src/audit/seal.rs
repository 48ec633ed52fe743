//! Seals: each binds the rows since the one before, and the one before itself.

use sha2::{Digest as _, Sha256};

use super::row::{Position, StoredRow};

/// The hash of a seal, and of what it binds.
pub type Hash = [u8; 32];

/// A seal. It binds the rows that stand behind the last row of the one before it, up to its own last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Its number, from 1, without a gap.
    pub number: u64,
    /// The hash of the one before; zeros for the first.
    pub prev: Hash,
    /// What its rows come to.
    pub root: Hash,
    /// How many they are.
    pub rows: u64,
    /// Where the last of them stands.
    pub upto: Position,
    /// Counted up where the database was brought back from an older copy.
    pub era: u64,
    /// When it was made, in milliseconds since 1970.
    pub at: u64,
    /// By which process.
    pub node: u32,
    /// The number of the secret that its key comes from.
    pub key: u8,
    /// Its signature (Ed25519).
    pub signature: Vec<u8>,
}

impl Seal {
    /// The bytes that are signed.
    pub(super) fn signed(&self) -> Vec<u8> {
        let mut bytes = b"portcullis audit seal 1\0".to_vec();
        bytes.extend(self.number.to_be_bytes());
        bytes.extend(self.prev);
        bytes.extend(self.root);
        for number in [self.rows, self.upto, self.era, self.at] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(self.node.to_be_bytes());
        bytes.push(self.key);
        bytes
    }

    /// What the next one knows it by.
    pub fn hash(&self) -> Hash {
        let mut hash = Sha256::new();
        hash.update(self.signed());
        hash.update(&self.signature);
        hash.finalize().into()
    }
}

/// What rows come to, taken in one after the other in the order of their positions.
#[derive(Clone, Default)]
pub(super) struct Root(Sha256);

impl Root {
    pub(super) fn take(&mut self, position: Position, row: &Hash) {
        self.0.update(position.to_be_bytes());
        self.0.update(row);
    }

    pub(super) fn end(self) -> Hash {
        self.0.finalize().into()
    }

    pub(super) fn of(rows: &[StoredRow]) -> Hash {
        let mut root = Self::default();
        for stored in rows {
            root.take(stored.position, &stored.row.hash());
        }
        root.end()
    }
}
