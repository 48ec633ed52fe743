//! The key of every test, and tokens that are signed beside the rules.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use portcullis_core::jose::SigningKey;
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::fail::OrFail as _;

/// The secret that signs every test's tokens (HS256). It is known to everybody.
pub const SECRET: &str = "the secret of portcullis-testing, which everybody knows";

/// The id of the key, as it stands in the tokens.
const KEY_ID: &str = "portcullis-testing";

pub(crate) fn signing_key() -> SigningKey {
    let key = SigningKey::hs256(SECRET).and_then(|key| key.with_key_id(KEY_ID));
    key.or_fail("the key of the tests is one")
}

/// A token in its parts.
pub(crate) struct Token {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    /// As it stands in the token.
    pub(crate) signature: String,
}

impl Token {
    /// Takes a signed token apart.
    pub(crate) fn read(text: &str) -> Self {
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else {
            crate::fail::fail("an access token is a signed one, of three parts");
        };
        Self {
            header: object(header),
            claims: object(claims),
            signature: (*signature).to_owned(),
        }
    }

    /// What is signed.
    pub(crate) fn input(&self) -> String {
        let part = |object: &Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(object.clone()).to_string());
        format!("{}.{}", part(&self.header), part(&self.claims))
    }

    /// The token with the signature that it has, whether it fits or not.
    pub(crate) fn as_it_is(&self) -> String {
        format!("{}.{}", self.input(), self.signature)
    }

    /// The token signed with this secret, whatever its header says.
    pub(crate) fn signed<M: Mac + KeyInit>(&self, secret: &[u8]) -> String {
        let input = self.input();
        let mac = <M as KeyInit>::new_from_slice(secret).or_fail("HMAC takes a key of any length");
        let signature = mac.chain_update(&input).finalize().into_bytes();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The same as the key of the tests signs.
    pub(crate) fn signed_by_us(&self) -> String {
        self.signed::<Hmac<Sha256>>(SECRET.as_bytes())
    }
}

fn object(part: &str) -> Map<String, Value> {
    let json = URL_SAFE_NO_PAD.decode(part).or_fail("a part of a token is base64");
    serde_json::from_slice(&json).or_fail("a part of a token is an object")
}
