//! What a form holds of the parameters that its endpoint knows.

use zeroize::Zeroizing;

use super::parameter::Parameter;
use super::text::Text;

/// What was sent for one parameter.
pub(super) enum Sent {
    Text(Zeroizing<Vec<u8>>),
    /// More than can be right; it was not kept.
    TooLong,
    /// A file in the place of a text. Its content is not kept.
    File,
}

impl From<Text> for Sent {
    fn from(text: Text) -> Self {
        text.finish().map_or(Self::TooLong, Self::Text)
    }
}

/// What has been read so far; of a repeated parameter the last value.
#[derive(Default)]
pub(crate) struct Fields {
    sent: Vec<(Parameter, Sent)>,
    repeated: Vec<Parameter>,
    /// The request names a content coding other than `identity`.
    pub(super) coded: bool,
}

impl Fields {
    pub(super) fn put(&mut self, parameter: Parameter, sent: Sent) {
        match self.sent.iter_mut().find(|(known, _)| *known == parameter) {
            Some((_, before)) => {
                *before = sent;
                if !self.repeated(parameter) {
                    self.repeated.push(parameter);
                }
            }
            None => self.sent.push((parameter, sent)),
        }
    }

    pub(super) fn take(&mut self, parameter: Parameter) -> Option<Sent> {
        let at = self.sent.iter().position(|(known, _)| *known == parameter)?;
        Some(self.sent.swap_remove(at).1)
    }

    /// What was sent for it as a text, where it can be looked at before the whole form is.
    pub(crate) fn peek(&self, parameter: Parameter) -> Option<&[u8]> {
        self.sent.iter().find_map(|(known, sent)| match sent {
            Sent::Text(bytes) if *known == parameter => Some(bytes.as_slice()),
            _ => None,
        })
    }

    /// Whether nothing was sent for it, or nothing but an empty text.
    pub(super) fn is_empty(&self, parameter: Parameter) -> bool {
        let sent = self.sent.iter().find(|(known, _)| *known == parameter);
        sent.is_none_or(|(_, sent)| matches!(sent, Sent::Text(bytes) if bytes.is_empty()))
    }

    /// Whether it came more than once (forbidden by RFC 6749 §3.2).
    pub(super) fn repeated(&self, parameter: Parameter) -> bool {
        self.repeated.contains(&parameter)
    }
}
