//! One part of a multipart form (RFC 7578 §4): what of its content is kept.

use super::error::FormError;
use super::header;
use super::sink::{Sent, Sink};
use super::text::Text;

/// A part that is being read.
pub(super) struct Part<K> {
    /// Its content, if somebody wants it.
    content: Option<(K, Text)>,
    is_file: bool,
    size: usize,
}

impl<K> Default for Part<K> {
    fn default() -> Self {
        Self {
            content: None,
            is_file: false,
            size: 0,
        }
    }
}

impl<K> Part<K> {
    /// What its `Content-Disposition` says that it is.
    ///
    /// # Errors
    /// It has no name (RFC 7578 §4.2).
    pub(super) fn new(disposition: &[u8], sink: &impl Sink<Key = K>) -> Result<Self, FormError> {
        let disposition = header::parse(disposition);
        let name = disposition.parameter(b"name").ok_or_else(|| {
            FormError::Malformed("The Content-Disposition header field \"name\" must be provided.".into())
        })?;
        Ok(Self {
            content: sink.wants(name),
            is_file: disposition.parameter(b"filename").is_some(),
            size: 0,
        })
    }

    pub(super) fn is_file(&self) -> bool {
        self.is_file
    }

    /// Takes more of its content, at most `limit` bytes in all and as much as there is `room` for. A file is thrown away.
    ///
    /// # Errors
    /// It is too long.
    pub(super) fn keep(&mut self, content: &[u8], limit: usize, room: &mut usize) -> Result<(), FormError> {
        if self.is_file {
            return Ok(());
        }
        self.size = self.size.saturating_add(content.len());
        if self.size > limit {
            return Err(FormError::too_big("Part", limit));
        }
        if let Some((_, text)) = &mut self.content {
            text.push(content, room);
        }
        Ok(())
    }

    /// What came, if somebody wants it.
    pub(super) fn end(self) -> Option<(K, Sent)> {
        let (key, text) = self.content?;
        let sent = if self.is_file { Sent::File } else { text.into() };
        Some((key, sent))
    }

    /// How many bytes its content takes.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.content.as_ref().map_or(0, |(_, text)| text.held())
    }
}
