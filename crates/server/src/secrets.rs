//! Passwords and tokens as they come in: from a prompt without echo or from standard input, never from arguments.

use std::io::{self, IsTerminal, Read};

use portcullis_core::Password;
use zeroize::Zeroizing;

use crate::failure::{Failure, OrFail, Outcome};
use crate::shown::Shown;

/// What is read from standard input at most. Longer than any password or token that is taken.
const LARGEST: u64 = 64 * 1024;

/// An existing password: asked for once.
pub(crate) fn password(prompt: &str) -> Outcome<Password> {
    if io::stdin().is_terminal() {
        ask(prompt)
    } else {
        Ok(Password::from(first_line()?.as_str()))
    }
}

/// A new password: on a terminal it is asked for twice.
pub(crate) fn new_password(prompt: &str) -> Outcome<Password> {
    if !io::stdin().is_terminal() {
        return Ok(Password::from(first_line()?.as_str()));
    }
    let first = ask(prompt)?;
    let second = ask("The same again")?;
    if first.as_bytes() == second.as_bytes() {
        return Ok(first);
    }
    Err(Failure::new(
        "the two passwords differ",
        "Run the command again and type the same password twice.",
    ))
}

fn ask(prompt: &str) -> Outcome<Password> {
    let typed = rpassword::prompt_password(format!("{}: ", Shown::from(prompt)));
    let typed = typed.or_fail(
        "the password could not be read from the terminal",
        "Pipe it in on standard input.",
    )?;
    Ok(Password::from(typed))
}

/// The first line of standard input without its end. An empty input is refused: it is a forgotten pipe, not a choice.
pub(crate) fn first_line() -> Outcome<Zeroizing<String>> {
    // Reserved at once: a text that grows leaves copies of itself behind.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(LARGEST).unwrap_or(0)));
    let read = io::stdin().lock().take(LARGEST).read_to_string(&mut text);
    let read = read.or_fail("standard input cannot be read as text", "Pipe in one line of UTF-8.")?;
    let line = text.lines().next().unwrap_or_default();
    if u64::try_from(read).is_ok_and(|read| read >= LARGEST) {
        return Err(Failure::new(
            "standard input holds more than 64 KiB",
            "Pipe in one line.",
        ));
    }
    if line.is_empty() {
        return Err(Failure::new(
            "standard input is empty",
            "Pipe in one line, or run the command in a terminal.",
        ));
    }
    Ok(Zeroizing::new(line.to_owned()))
}
