//! Project Wycheproof's JSON Web files: each test is one verification of bytes.

use std::error::Error;
use std::path::Path;

use portcullis_jose::{Algorithm, JwkSet, KeyLoader, KeySet, Policy, TypRule, Verifier, VerifyError};
use serde_json::Value;

use crate::tally::Tally;

/// The files with signatures; the fourth is of encryption.
const FILES: [&str; 3] = [
    "json_web_signature_test.json",
    "json_web_key_test.json",
    "json_web_crypto_test.json",
];

/// Tests that contradict themselves or ask for more than any RFC, by the NOTICE beside the files: nothing is asked of
/// them. (`file`, ids.)
const LEFT_OUT: [(&str, &[u64]); 3] = [
    (
        "json_web_signature_test.json",
        &[346, 350, 347, 351, 372, 373, 367, 370],
    ),
    ("json_web_key_test.json", &[7]),
    ("json_web_crypto_test.json", &[46]),
];

pub(crate) fn run(folder: &Path) -> Result<Tally, Box<dyn Error>> {
    let mut tally = Tally::default();
    for file in FILES {
        let text = std::fs::read(folder.join(file))?;
        let tests: Value = serde_json::from_slice(&text)?;
        for group in tests["testGroups"].as_array().ok_or("no groups")? {
            let keys = keys(group);
            for test in group["tests"].as_array().ok_or("no tests")? {
                one(file, test, &keys, &mut tally);
            }
        }
    }
    // Encryption is not here; where its file lies beside the others, it is counted.
    if let Ok(text) = std::fs::read(folder.join("json_web_encryption_test.json")) {
        let tests: Value = serde_json::from_slice(&text)?;
        let count = tests["numberOfTests"].as_u64().unwrap_or(0);
        tally.skipped += usize::try_from(count).unwrap_or(0);
    }
    Ok(tally)
}

fn one(file: &str, test: &Value, keys: &Result<KeySet, String>, tally: &mut Tally) {
    let number = test["tcId"].as_u64().unwrap_or(0);
    let left_out = LEFT_OUT
        .iter()
        .any(|(name, ids)| *name == file && ids.contains(&number));
    // A token is `jws`; what has `jwe` alone is of encryption.
    let token = test["jws"].as_str();
    if left_out || (token.is_none() && !test["jws"].is_object()) {
        tally.skipped += 1;
        return;
    }
    let token = token.map_or_else(|| test["jws"].to_string(), str::to_owned);
    let accepted = match keys {
        Err(refusal) => Err(refusal.clone()),
        Ok(keys) => verify(keys.clone(), &token).map_err(|refusal| refusal.to_string()),
    };
    match (test["result"] == "valid", accepted) {
        (true, Ok(_)) | (false, Err(_)) => tally.passed += 1,
        (true, Err(refusal)) => tally
            .failed
            .push((format!("{file} {number}"), format!("refused: {refusal}"))),
        (false, Ok(_)) => tally.failed.push((format!("{file} {number}"), "accepted".to_owned())),
    }
}

fn keys(group: &Value) -> Result<KeySet, String> {
    let key = group
        .get("public")
        .or_else(|| group.get("private"))
        .unwrap_or(&Value::Null);
    let loader = |algorithms: &[Algorithm]| KeyLoader::new(algorithms);
    if key.get("keys").is_some() {
        let set = JwkSet::from_json(key.to_string()).map_err(|error| error.to_string())?;
        return loader(&Algorithm::ALL).key_set(&set).map_err(|error| error.to_string());
    }
    let key = loader(&Algorithm::ALL).verifying_key_from_jwk(key.to_string());
    key.map(KeySet::from).map_err(|error| error.to_string())
}

fn verify(keys: KeySet, token: &str) -> Result<Vec<u8>, VerifyError> {
    let policy = Policy::new(TypRule::JwtOrAbsent)
        .dangerous_skip_typ()
        .max_token_len(64 * 1024);
    Verifier::new(keys, policy).verify_bytes(token)
}
