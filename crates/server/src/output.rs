//! Where commands print: answers on standard output, the rest on standard error.

use std::io::{self, Write};

use serde::Serialize;

use crate::failure::{OrFail, Outcome};
use crate::shown::Shown;

/// Prints a text and a line end on standard output. A reader who has gone away (`| head`) is no failure.
pub(crate) fn say(text: impl Into<Shown>) -> Outcome {
    let mut out = io::stdout().lock();
    let done = writeln!(out, "{}", text.into()).and_then(|()| out.flush());
    match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.or_fail(
            "standard output cannot be written",
            "Check the disk or the pipe it goes to.",
        ),
    }
}

/// Prints a text and a line end on standard error; a failure to do so is nobody's to hear.
pub(crate) fn tell(text: impl Into<Shown>) {
    let _ = writeln!(io::stderr().lock(), "{}", text.into());
}

/// Prints a value as indented JSON.
pub(crate) fn say_json(value: &impl Serialize) -> Outcome {
    let text = serde_json::to_string_pretty(value).or_fail("the answer cannot be written as JSON", "")?;
    say(Shown::json(&text))
}
