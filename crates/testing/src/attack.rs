//! Attacks: each shows something in the place of a good token, and every guarded route must refuse it.
//!
//! All are made of a token that would be taken, and differ from it in the one thing that their name says.
//!
//! ```
//! use portcullis::prelude::*;
//! use portcullis_testing::{TestAuth, attack};
//!
//! async fn read_me(user: ActiveUser) -> String {
//!     user.username().to_owned()
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let test = TestAuth::builder()
//!     .settings(|auth| auth.sessions(MemorySessions::new()))
//!     .app(|auth| auth.mount(ApiRouter::new().api_route("/me", get(read_me))));
//! for attack in attack::all() {
//!     assert!(attack.applies_to(&test) || attack.name() == "other_issuer");
//! }
//! let stolen = test.as_user("alice").attacked_by(attack::stolen_refresh());
//! assert_eq!(stolen.get("/me").await.status(), 401);
//! # }
//! ```

use hmac::Hmac;
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use crate::attack_kind::{Attack, Forge, Happening};
use crate::key::{SECRET, Token};

/// What somebody else signs with.
const OTHER_SECRET: &[u8] = b"another secret, which is just as long as the right one";

/// An hour and more, in seconds: beyond every leeway.
const LONG: i64 = 2 * 60 * 60;

macro_rules! attacks {
    ($($(#[doc = $says:literal])+ $name:ident = $forge:expr;)+) => {
        $(
            #[doc = concat!($($says),+, ".")]
            pub const fn $name() -> Attack {
                Attack {
                    name: stringify!($name),
                    says: concat!($($says),+).trim_ascii(),
                    forge: $forge,
                }
            }
        )+

        /// All of them. Which of them there are for an application, [`Attack::applies_to`] tells.
        pub fn all() -> Vec<Attack> {
            vec![$($name()),+]
        }
    };
}

attacks! {
    /// a token that ended long ago
    expired = Forge::Token(|mut token| {
        shift(&mut token, "exp", -LONG);
        shift(&mut token, "iat", -LONG);
        token.signed_by_us()
    });
    /// a token that never ends
    endless = Forge::Token(|mut token| {
        token.claims.remove("exp");
        token.signed_by_us()
    });
    /// a token that is good from two hours from now on
    not_yet = Forge::Token(|mut token| {
        let issued = token.claims.get("iat").cloned().unwrap_or_default();
        token.claims.insert("nbf".into(), issued);
        shift(&mut token, "nbf", LONG);
        token.signed_by_us()
    });
    /// a token for somebody else
    other_audience = Forge::Token(|token| with_claim(token, "aud", json!("https://another.example")));
    /// a token of another issuer
    other_issuer = Forge::IssuedToken(|token| with_claim(token, "iss", json!("https://another.example")));
    /// a token of a user who does not exist
    unknown_user = Forge::Token(|token| with_claim(token, "sub", json!("nobody of this name")));
    /// a token of another kind: it opens one thing, whoever holds it
    other_kind = Forge::Token(|token| with_header(token, "typ", json!("entity+jwt")));
    /// a token signed with another key under the name of the right one
    other_key = Forge::Token(|token| token.signed::<Hmac<Sha256>>(OTHER_SECRET));
    /// a token signed with a key that it brings along
    own_key = Forge::Token(|mut token| {
        // `k` is the other secret in base64url.
        let key = json!({ "kty": "oct", "k": "YW5vdGhlciBzZWNyZXQsIHdoaWNoIGlzIGp1c3QgYXMgbG9uZyBhcyB0aGUgcmlnaHQgb25l" });
        token.header.insert("jwk".into(), key);
        token.signed::<Hmac<Sha256>>(OTHER_SECRET)
    });
    /// a token signed with the right key by another algorithm
    other_algorithm = Forge::Token(|mut token| {
        token.header.insert("alg".into(), json!("HS512"));
        token.signed::<Hmac<Sha512>>(SECRET.as_bytes())
    });
    /// a token that says it needs no signature
    unsigned = Forge::Token(|mut token| {
        token.header.insert("alg".into(), json!("none"));
        token.signature.clear();
        token.as_it_is()
    });
    /// a token without its signature
    signature_removed = Forge::Token(|mut token| {
        token.signature.clear();
        token.as_it_is()
    });
    /// a token that was changed after it was signed
    changed = Forge::Token(|mut token| {
        token.claims.insert("jti".into(), json!("changed"));
        token.as_it_is()
    });
    /// a token that asks for an extension that nobody knows
    unknown_extension = Forge::Token(|mut token| {
        token.header.insert("https://example.com/x".into(), json!(true));
        with_header(token, "crit", json!(["https://example.com/x"]))
    });
    /// no token at all, but some text
    no_token = Forge::Header(|_| vec!["Bearer bad".to_owned()]);
    /// a good token by another scheme than Bearer
    other_scheme = Forge::Header(|token| vec![format!("Token {token}")]);
    /// two headers with a good token each
    doubled = Forge::Header(|token| vec![format!("Bearer {token}"), format!("Bearer {token}")]);
    /// a refresh token in the place of an access token
    refresh_token = Forge::After(Happening::Mistaken);
    /// a token of a session that its user ended
    replayed = Forge::After(Happening::Logout);
    /// a token of a session whose refresh token was used by a thief
    stolen_refresh = Forge::After(Happening::Theft);
    /// a token from before its user set another password
    former_password = Forge::After(Happening::NewPassword);
}

fn with_claim(mut token: Token, name: &str, value: Value) -> String {
    token.claims.insert(name.to_owned(), value);
    token.signed_by_us()
}

fn with_header(mut token: Token, name: &str, value: Value) -> String {
    token.header.insert(name.to_owned(), value);
    token.signed_by_us()
}

/// Moves a time in a token.
fn shift(token: &mut Token, claim: &str, by: i64) {
    if let Some(seconds) = token.claims.get(claim).and_then(Value::as_i64) {
        token.claims.insert(claim.to_owned(), json!(seconds.saturating_add(by)));
    }
}

#[cfg(test)]
mod tests {
    use portcullis::prelude::*;

    use super::*;
    use crate::test_auth::TestAuth;

    async fn read_me(user: ActiveUser) -> String {
        user.username().to_owned()
    }

    /// So a forged token is refused for what is wrong with it, and not for how it was made.
    #[tokio::test]
    async fn a_token_that_is_taken_apart_and_signed_anew_without_a_change_is_taken() {
        let test = TestAuth::new(|auth| auth.mount(ApiRouter::new().api_route("/me", get(read_me))));
        let forged = |forge| Attack {
            name: "untouched",
            says: "nothing is wrong with it",
            forge,
        };
        let anew = forged(Forge::Token(|token| token.signed_by_us()));
        let as_it_is = forged(Forge::Header(|token| vec![format!("Bearer {token}")]));
        for attack in [anew, as_it_is] {
            let answer = test.as_user("alice").attacked_by(attack).get("/me").await;
            assert_eq!(answer.text(), "alice");
        }
        let other = forged(Forge::Token(|token| with_claim(token, "jti", json!("another"))));
        assert_eq!(test.as_user("alice").attacked_by(other).get("/me").await.status(), 200);
    }
}
