//! What tells an error that is answered here from one that an application answers.

/// Beside a response: its body is JSON with FastAPI's `detail`, which nobody has written anew yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OurError;
