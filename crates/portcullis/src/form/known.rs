//! The parameters that somebody knows, and how much of each is kept.

use super::fields::Fields;
use super::limits::FormLimits;
use super::parameter::{LONGEST_NAME, Parameter};
use super::sink::{Sent, Sink};
use super::text::Text;

/// Takes in what was sent for the parameters that are known.
pub(super) struct Known {
    parameters: &'static [Parameter],
    whole: bool,
    pub(super) fields: Fields,
}

impl Known {
    /// Those of an endpoint of ours: of a value that is longer than can be right it is only known that it came.
    pub(super) fn bounded(parameters: &'static [Parameter]) -> Self {
        Self {
            parameters,
            whole: false,
            fields: Fields::default(),
        }
    }

    /// Those of a handler that is not ours: what can be right there is not known here, so a value is kept as it was sent.
    pub(super) fn whole(parameters: &'static [Parameter]) -> Self {
        Self {
            whole: true,
            ..Self::bounded(parameters)
        }
    }
}

impl Sink for Known {
    type Key = Parameter;

    const LONGEST_NAME: usize = LONGEST_NAME;

    fn wants(&self, name: &[u8]) -> Option<(Parameter, Text)> {
        let parameter = Parameter::named(name, self.parameters)?;
        let most = if self.whole { usize::MAX } else { parameter.most() };
        Some((parameter, Text::new(most)))
    }

    fn room(&self, limits: &FormLimits) -> usize {
        if self.whole { limits.body } else { limits.kept }
    }

    fn put(&mut self, parameter: Parameter, sent: Sent) {
        self.fields.put(parameter, sent);
    }
}
