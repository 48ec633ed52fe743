//! Keys as text: JWK files (RFC 7517, RFC 7518 §6.4) and the random secrets in them.

use std::error::Error;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_core::jose::{Algorithm, KeyError, SigningKey};
use portcullis_core::password::{OsRandom, Random, RandomError};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The members of a symmetric JWK that we write and need.
#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    alg: String,
    kid: String,
    #[serde(rename = "use", default)]
    used_for: Option<String>,
    k: Zeroizing<String>,
}

/// A new HS256 key: its id, and its JWK as text.
pub(crate) fn new(random: &dyn Random) -> Result<(String, Zeroizing<String>), KeyFileError> {
    let mut secret = Zeroizing::new([0_u8; 32]);
    random.fill(&mut *secret)?;
    let kid = hex(&bytes::<8>(random)?);
    let jwk = Jwk {
        kty: "oct".to_owned(),
        alg: Algorithm::HS256.name().to_owned(),
        kid: kid.clone(),
        used_for: Some("sig".to_owned()),
        k: Zeroizing::new(URL_SAFE_NO_PAD.encode(*secret)),
    };
    let text = serde_json::to_string_pretty(&jwk).map_err(|_| KeyFileError::NotAJwk)?;
    Ok((kid, Zeroizing::new(text + "\n")))
}

/// Reads a JWK.
pub(crate) fn read(text: &str) -> Result<SigningKey, KeyFileError> {
    // The parser's own sentence could quote the file.
    let jwk: Jwk = serde_json::from_str(text).map_err(|_| KeyFileError::NotAJwk)?;
    if jwk.kty != "oct" || jwk.used_for.is_some_and(|used_for| used_for != "sig") {
        return Err(KeyFileError::OtherKind);
    }
    let algorithm: Algorithm = jwk.alg.parse().map_err(|_| KeyFileError::OtherKind)?;
    let secret = Zeroizing::new(
        URL_SAFE_NO_PAD
            .decode(jwk.k.as_bytes())
            .map_err(|_| KeyFileError::NotAJwk)?,
    );
    Ok(SigningKey::hmac(algorithm, &secret)?.with_key_id(&jwk.kid)?)
}

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

/// Why a key file could not be made or read. Never quotes it.
#[derive(Debug)]
pub(crate) enum KeyFileError {
    NotAJwk,
    OtherKind,
    Key(KeyError),
    Random(RandomError),
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAJwk => "it is not a JSON Web Key with kty, alg, kid and k",
            Self::OtherKind => "it is not a symmetric key for HS256, HS384 or HS512 signatures",
            Self::Key(_) => "the key cannot be used",
            Self::Random(_) => "no randomness could be had",
        })
    }
}

impl Error for KeyFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Key(cause) => Some(cause),
            Self::Random(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<KeyError> for KeyFileError {
    fn from(cause: KeyError) -> Self {
        Self::Key(cause)
    }
}

impl From<RandomError> for KeyFileError {
    fn from(cause: RandomError) -> Self {
        Self::Random(cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_symmetric_signing_key_is_refused_and_not_quoted() {
        let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for bad in [
            String::new(),
            key.to_owned(),
            format!(r#"{{"kty":"RSA","alg":"HS256","kid":"a","k":"{key}"}}"#),
            format!(r#"{{"kty":"oct","alg":"A256GCM","kid":"a","k":"{key}"}}"#),
            format!(r#"{{"kty":"oct","alg":"HS256","kid":"a","use":"enc","k":"{key}"}}"#),
            format!(r#"{{"kty":"oct","alg":"HS256","k":"{key}"}}"#),
            r#"{"kty":"oct","alg":"HS256","kid":"a","k":"AAAA"}"#.to_owned(),
            format!(r#"{{"kty":"oct","alg":"HS256","kid":"a","k":"{key}="}}"#),
        ] {
            let error = read(&bad).expect_err(&bad);
            assert!(!format!("{error} {error:?}").contains("AAAA"), "{error:?}");
        }
    }

    #[test]
    fn a_new_key_comes_back_with_its_id() {
        let (id, text) = new(&random()).expect("made");
        let key = read(&text).expect("read");
        assert_eq!((key.key_id(), key.algorithm()), (Some(id.as_str()), Algorithm::HS256));
        assert_ne!(new(&random()).expect("made").1, text);
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
