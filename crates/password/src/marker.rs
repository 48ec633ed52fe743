//! Markers in place of a hash: nobody can log in, and whoever could may be let in again.

use std::sync::Arc;

use crate::encoding::to_letters;
use crate::error::HashError;
use crate::random::Random;
use crate::scheme::Scheme;
use crate::secret::HashString;

/// What stands in place of a hash where nobody can log in (`!`, `*`): recognised, and never verified.
#[derive(Debug, Clone)]
pub struct Disabled {
    scheme: Arc<dyn Scheme>,
    /// Whether the former hash stands behind the marker (shadow(5)); random text does else (Django, whose links for a
    /// forgotten password must end with the marker).
    keeps_hash: bool,
}

/// The characters of random text behind Django's marker.
const RANDOM: usize = 40;

impl Disabled {
    pub(crate) fn new(scheme: Arc<dyn Scheme>) -> Self {
        let keeps_hash = scheme.name().starts_with("unix_");
        Self { scheme, keeps_hash }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.scheme.name()
    }

    pub(crate) fn into_inner(self) -> Arc<dyn Scheme> {
        self.scheme
    }

    /// The marker, over what was stored.
    pub(crate) fn over(&self, stored: Option<&HashString>, random: &dyn Random) -> Result<HashString, HashError> {
        if !self.keeps_hash {
            let mut bytes = [0; RANDOM];
            random.fill(&mut bytes)?;
            let text: String = to_letters(&bytes).take(RANDOM).collect();
            return Ok(HashString::new(format!("!{text}")));
        }
        let Some(stored) = stored else {
            return Ok(HashString::new("!"));
        };
        // One marker is enough.
        let former = stored.as_str().strip_prefix(['!', '*']).unwrap_or(stored.as_str());
        Ok(stored.with_text(format!("!{former}")))
    }

    /// What was stored before the marker came over it.
    pub(crate) fn former(&self, stored: &HashString) -> Option<HashString> {
        let former = stored.as_str().strip_prefix(['!', '*']);
        let former = former.filter(|former| self.keeps_hash && !former.is_empty());
        former.map(|former| stored.with_text(former))
    }
}
