//! What a form holds of the parameters that its endpoint knows.

use super::error::FormError;
use super::parameter::Parameter;
use super::sink::Sent;

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

    /// The same, if everything that was sent could be kept.
    ///
    /// # Errors
    /// [`FormError::TooLarge`].
    pub(super) fn whole(self) -> Result<Self, FormError> {
        let lost = |(_, sent): &(Parameter, Sent)| matches!(sent, Sent::TooLong);
        match self.sent.iter().any(lost) {
            true => Err(FormError::TooLarge),
            false => Ok(self),
        }
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
