//! Secrets from the system's randomness, as text.

use portcullis_core::password::{OsRandom, Password, PasswordRules, Random, RandomError};
use zeroize::Zeroizing;

/// A secret of 256 bits as 64 hexadecimal digits: what `openssl rand -hex 32` prints.
pub(crate) fn hex_secret(random: &dyn Random) -> Result<Zeroizing<String>, RandomError> {
    Ok(Zeroizing::new(hex(&*Zeroizing::new(bytes::<32>(random)?))))
}

/// How often a password is drawn at most.
const DRAWS: usize = 8;

/// A password of 125 bits that can be read aloud: five groups of five, without `i`, `l`, `o` and `u`.
pub(crate) fn spoken_password(random: &dyn Random) -> Result<Zeroizing<String>, RandomError> {
    // The list of common passwords takes a few in a million for what they are not.
    let rules = PasswordRules::recommended();
    let mut text = drawn(random)?;
    for _ in 1..DRAWS {
        if rules.check(&Password::from(text.as_str()), &[]).is_ok() {
            break;
        }
        text = drawn(random)?;
    }
    Ok(text)
}

fn drawn(random: &dyn Random) -> Result<Zeroizing<String>, RandomError> {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let drawn = Zeroizing::new(bytes::<25>(random)?);
    let mut text = Zeroizing::new(String::with_capacity(30));
    for (place, byte) in drawn.iter().enumerate() {
        if place > 0 && place % 5 == 0 {
            text.push('-');
        }
        // 256 is a multiple of 32: every letter is as likely.
        text.extend(LETTERS.get(usize::from(byte % 32)).map(|letter| char::from(*letter)));
    }
    Ok(text)
}

/// The operating system's randomness, for commands.
pub(crate) fn random() -> OsRandom {
    OsRandom
}

fn bytes<const N: usize>(random: &dyn Random) -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// `qwert` and zeros, and from then on what the system gives.
    struct WeakFirst(AtomicBool);

    impl Random for WeakFirst {
        fn fill(&self, dest: &mut [u8]) -> Result<(), RandomError> {
            match self.0.swap(true, Ordering::Relaxed) {
                true => random().fill(dest),
                false => {
                    let letters = [23, 28, 14, 24, 26].into_iter().chain(std::iter::repeat(0));
                    dest.iter_mut().zip(letters).for_each(|(to, letter)| *to = letter);
                    Ok(())
                }
            }
        }
    }

    #[test]
    fn a_password_that_would_be_refused_is_drawn_anew() {
        let first = drawn(&WeakFirst(AtomicBool::new(false))).expect("drawn");
        let rules = PasswordRules::recommended();
        assert!(rules.check(&Password::from(first.as_str()), &[]).is_err(), "{}", *first);
        assert_ne!(
            *spoken_password(&WeakFirst(AtomicBool::new(false))).expect("made"),
            *first
        );
    }

    #[test]
    fn secrets_have_the_length_that_was_promised() {
        let secret = hex_secret(&random()).expect("made");
        assert!(secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let password = spoken_password(&random()).expect("made");
        assert_eq!(password.split('-').map(str::len).collect::<Vec<_>>(), [5; 5]);
        assert_ne!(*password, *spoken_password(&random()).expect("made"));
    }
}
