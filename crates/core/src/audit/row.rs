//! A row of the trail, and the bytes that it is vouched for by.

use sha2::{Digest as _, Sha256};

use super::event::AuditKind;

/// Where a row stands: rows are numbered from 1 in the order in which they were stored, without a gap.
pub type Position = u64;

/// How many bytes the code has that vouches for a row.
pub const MAC_LEN: usize = 16;

/// A row as it is stored. What it holds is vouched for by its code: nobody without the secret can make or change one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its own: 48 bits of time and 80 that no other has.
    pub id: [u8; 16],
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// What: the number of an [`AuditKind`].
    pub kind: u16,
    /// Which process wrote it.
    pub node: u32,
    /// By whom ([`Cause::actor`](crate::Cause::actor)).
    pub actor: Option<String>,
    /// What it happened to.
    pub subject: Option<String>,
    /// By which client; `None`: the server's own.
    pub client: Option<String>,
    /// In which session.
    pub session: Option<[u8; 16]>,
    /// From which address.
    pub peer: Option<String>,
    /// With which program.
    pub agent: Option<String>,
    /// What else there is to say, as JSON.
    pub detail: Option<String>,
    /// The number of the secret that the code was made with.
    pub key: u8,
    /// The code.
    pub mac: [u8; MAC_LEN],
}

impl AuditRow {
    /// What happened; `None`: something that only a newer version knows.
    pub fn what(&self) -> Option<AuditKind> {
        AuditKind::of_number(self.kind)
    }

    /// The bytes that the code is made of: every field, each with its length, so that none can run into the next.
    pub(super) fn canonical(&self) -> Vec<u8> {
        let mut bytes = b"portcullis audit row 1\0".to_vec();
        bytes.extend(self.id);
        bytes.extend(self.at.to_be_bytes());
        bytes.extend(self.kind.to_be_bytes());
        bytes.extend(self.node.to_be_bytes());
        bytes.push(self.key);
        let texts = [
            &self.actor,
            &self.subject,
            &self.client,
            &self.peer,
            &self.agent,
            &self.detail,
        ];
        for text in texts {
            put(&mut bytes, text.as_ref().map(String::as_bytes));
        }
        put(&mut bytes, self.session.as_ref().map(<[u8; 16]>::as_slice));
        bytes
    }

    /// What a seal knows it by.
    pub(super) fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.canonical());
        hash.update(self.mac);
        hash.finalize().into()
    }
}

fn put(bytes: &mut Vec<u8>, field: Option<&[u8]>) {
    let length = field.map_or(u64::MAX, |field| u64::try_from(field.len()).unwrap_or(u64::MAX));
    bytes.extend(length.to_be_bytes());
    bytes.extend(field.unwrap_or_default());
}

/// A row and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow {
    /// Where.
    pub position: Position,
    /// What.
    pub row: AuditRow,
}
