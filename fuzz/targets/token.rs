//! Any text as a token: refused with a reason, never a panic, and never accepted without our key.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use portcullis_jose::{Claims, KeySet, MAX_TOKEN_LEN, Policy, SigningKey, TypRule, Verifier};

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::hs256("a key that the fuzzer does not know").expect("a good key"));

fuzz_target!(|parts: (&str, &str, bool)| {
    let verifier = Verifier::new(KeySet::from(KEY.verifying_key()), Policy::new(TypRule::JwtOrAbsent));
    let now = Duration::from_secs(1_800_000_000);
    let (token, sub, append) = parts;
    assert!(verifier.verify::<()>(token, now).is_err());
    // A good token with anything behind it is another token.
    let mut claims = Claims::new(());
    claims.sub = Some(sub.to_owned());
    claims.exp = Some(1_800_000_001.into());
    if let (Ok(good), true) = (KEY.sign("JWT", &claims), append && !token.is_empty()) {
        // Escaped, a long sub may be longer than a token may be.
        assert_eq!(verifier.verify::<()>(&good, now).is_ok(), good.len() <= MAX_TOKEN_LEN);
        assert!(verifier.verify::<()>(&format!("{good}{token}"), now).is_err());
    }
});
