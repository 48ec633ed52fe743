use std::error::Error;
use std::time::Duration;

use portcullis::core::jose::{Claims, KeySet, Policy, SigningKey, TypRule, Verifier, VerifyError};
use portcullis::core::{Clock, SystemClock};

const SECRET: &str = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7";

fn encode(sub: &str, lifetime: Duration, now: Duration) -> Result<String, Box<dyn Error>> {
    let mut claims = Claims::new(());
    claims.sub = Some(sub.to_owned());
    claims.exp = Some((now + lifetime).as_secs().into());
    Ok(SigningKey::hs256(SECRET)?.sign("JWT", &claims)?)
}

fn decode(token: &str, now: Duration) -> Result<Option<String>, Box<dyn Error>> {
    let keys = KeySet::from(SigningKey::hs256(SECRET)?.verifying_key());
    let verifier = Verifier::new(keys, Policy::new(TypRule::JwtOrAbsent));
    Ok(verifier.verify::<()>(token, now)?.sub)
}

#[test]
fn a_token_says_who_it_is_for_until_it_ends() -> Result<(), Box<dyn Error>> {
    let now = SystemClock.now();
    let token = encode("johndoe", Duration::from_secs(1800), now)?;
    assert_eq!(decode(&token, now)?.as_deref(), Some("johndoe"));

    let ended = decode(&token, now + Duration::from_secs(1800));
    let ended = ended.map_err(|error| error.downcast::<VerifyError>().map(|error| *error));
    assert!(matches!(ended, Err(Ok(VerifyError::Expired))));
    Ok(())
}
