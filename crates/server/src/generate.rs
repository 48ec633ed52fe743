//! Secrets from the system's randomness, as text.

use portcullis_core::password::{OsRandom, Random, RandomError};
use zeroize::Zeroizing;

/// A secret of 256 bits as 64 hexadecimal digits: what `openssl rand -hex 32` prints.
pub(crate) fn hex_secret(random: &dyn Random) -> Result<Zeroizing<String>, RandomError> {
    Ok(Zeroizing::new(hex(&*Zeroizing::new(bytes::<32>(random)?))))
}

/// A password of 125 bits that can be read aloud: five groups of five, without `i`, `l`, `o` and `u`.
pub(crate) fn spoken_password(random: &dyn Random) -> Result<Zeroizing<String>, RandomError> {
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
    use super::*;

    #[test]
    fn secrets_have_the_length_that_was_promised() {
        let secret = hex_secret(&random()).expect("made");
        assert!(secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let password = spoken_password(&random()).expect("made");
        assert_eq!(password.split('-').map(str::len).collect::<Vec<_>>(), [5; 5]);
        assert_ne!(*password, *spoken_password(&random()).expect("made"));
    }
}
