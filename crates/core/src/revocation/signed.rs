//! The answer to who follows: one signed text, so that nobody on the way can hide what ended, or add to it.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_jose::{
    Claims, ExtraClaims, KeySet, NumericDate, Policy, SignError, SigningKey, TypRule, Verifier, VerifyError,
};
use serde::de::MapAccess;
use serde::ser::{SerializeMap, SerializeStruct as _};
use serde::{Deserialize, Serialize, Serializer};

use super::entry::{Entry, Revoked, Subject16};
use super::page::Page;

/// The `typ` of the text: nothing else is taken for it, and it for nothing else.
pub const REVOCATIONS_TYP: &str = "revocations+jwt";

/// For how long an answer is one; an older one, of whoever kept it, hides nothing.
const GOOD_FOR: Duration = Duration::from_secs(10);

/// How far the clock of who answers may be ahead.
const AHEAD: Duration = Duration::from_secs(60);

/// The longest answer that is read, in bytes: about 600,000 entries.
pub const MAX_FEED_LEN: usize = 64 << 20;

/// The longest `next`, in bytes.
const MAX_NEXT_LEN: usize = 256;

/// Why an answer was not taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum FeedError {
    /// Malformed, forged, of another issuer, too old.
    Invalid(VerifyError),
    /// It is older than ten seconds, by our clock.
    Old,
    /// It is the answer to another question.
    OtherQuestion,
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid(_) => "the answer is not good",
            Self::Old => "the answer is older than ten seconds; do the clocks differ?",
            Self::OtherQuestion => "the answer is one to another question",
        })
    }
}

impl Error for FeedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Invalid(cause) => Some(cause),
            Self::Old | Self::OtherQuestion => None,
        }
    }
}

/// The claims of the text beside the registered ones.
#[derive(Default)]
struct FeedClaims<'a> {
    page: Cow<'a, Page>,
}

impl ExtraClaims for FeedClaims<'_> {
    fn claim<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        let page = self.page.to_mut();
        match name {
            "full" => page.full = map.next_value()?,
            "after" => page.after = Some(map.next_value()?),
            "next" => page.next = map.next_value()?,
            "entries" => page.entries = map.next_value::<Vec<Read>>()?.into_iter().map(|read| read.0).collect(),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("full", &self.page.full)?;
        if let Some(after) = &self.page.after {
            map.serialize_entry("after", after)?;
        }
        map.serialize_entry("next", &self.page.next)?;
        map.serialize_entry("entries", &Written(&self.page.entries))
    }
}

struct Written<'a>(&'a [Entry]);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(WrittenEntry))
    }
}

struct WrittenEntry<'a>(&'a Entry);

impl Serialize for WrittenEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry = self.0;
        let mut object = serializer.serialize_struct("Entry", 4)?;
        object.serialize_field("kind", entry.kind.name())?;
        object.serialize_field("subject", &URL_SAFE_NO_PAD.encode(entry.subject.0))?;
        object.serialize_field("value", &entry.value)?;
        object.serialize_field("until", &entry.until.div_ceil(1_000))?;
        object.end()
    }
}

/// An entry as it is read. One of a kind that only a newer version knows is a change: whatever it means, what is remembered
/// of users is dropped.
#[derive(Deserialize)]
#[serde(try_from = "ReadFields")]
struct Read(Entry);

#[derive(Deserialize)]
struct ReadFields<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    subject: Cow<'a, str>,
    value: u64,
    until: u64,
}

impl TryFrom<ReadFields<'_>> for Read {
    type Error = &'static str;

    fn try_from(read: ReadFields<'_>) -> Result<Self, &'static str> {
        let mut subject = Subject16::default();
        match URL_SAFE_NO_PAD.decode_slice(read.subject.as_ref(), &mut subject.0) {
            Ok(length) if length == subject.0.len() => {}
            _ => return Err("a subject is 16 bytes of base64url"),
        }
        Ok(Self(Entry {
            kind: Revoked::of_name(&read.kind).unwrap_or(Revoked::Changed),
            subject,
            value: read.value,
            until: read.until.saturating_mul(1_000),
        }))
    }
}

/// Signs a page: what `GET /revocations` answers at `now` (since 1970).
///
/// # Errors
/// The key does not sign.
pub(crate) fn sign(page: &Page, key: &SigningKey, issuer: Option<&str>, now: Duration) -> Result<String, SignError> {
    let mut claims = Claims::new(FeedClaims {
        page: Cow::Borrowed(page),
    });
    claims.iss = issuer.map(str::to_owned);
    claims.iat = Some(now.as_secs().into());
    claims.exp = Some(now.saturating_add(GOOD_FOR).as_secs().into());
    key.sign(REVOCATIONS_TYP, &claims)
}

/// Reads what an issuer answered at `now` (since 1970) to who asked for what came after `asked`, with the keys that it
/// publishes; and when it said so, in seconds since 1970.
///
/// # Errors
/// It is not the issuer's, not of now, or the answer to another question.
pub fn read_page(
    text: &str,
    (issuer, keys): (&str, &KeySet),
    asked: Option<&str>,
    now: Duration,
) -> Result<(Page, Duration), FeedError> {
    let policy = Policy::new(TypRule::Exactly(REVOCATIONS_TYP.into()))
        .issuer(issuer)
        .start_leeway(AHEAD);
    let policy = ["iat", "full", "next", "entries"]
        .into_iter()
        .fold(policy, Policy::require);
    let verifier = Verifier::new(keys.clone(), policy.max_token_len(MAX_FEED_LEN));
    let claims: Claims<FeedClaims<'static>> = verifier.verify(text, now).map_err(|error| match error {
        VerifyError::Expired => FeedError::Old,
        error => FeedError::Invalid(error),
    })?;
    let said = claims.iat.map(NumericDate::since_epoch).unwrap_or_default();
    if said.saturating_add(GOOD_FOR) <= now {
        return Err(FeedError::Old);
    }
    let page = claims.extra.page.into_owned();
    // Without it, the answer to somebody else who knows more would hide what they knew.
    let answers = page.full || page.after.as_deref().is_some_and(|after| Some(after) == asked);
    match answers && can_be_asked(&page.next) {
        true => Ok((page, said)),
        false => Err(FeedError::OtherQuestion),
    }
}

/// Whether it can stand in a query as it is (RFC 3986 §2.3).
fn can_be_asked(next: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (1..=MAX_NEXT_LEN).contains(&next.len()) && next.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects)]

    use portcullis_jose::Algorithm;
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://login.example.com";

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_800_000_000 + seconds)
    }

    fn key() -> SigningKey {
        SigningKey::generate(Algorithm::EdDSA)
            .unwrap()
            .with_key_id("one")
            .unwrap()
    }

    fn page() -> Page {
        let entry = |kind, value| Entry {
            kind,
            subject: Subject16::of("an id"),
            value,
            until: 1_800_000_060_500,
        };
        Page {
            entries: vec![entry(Revoked::Session, 0), entry(Revoked::User, u64::MAX)],
            full: false,
            after: Some("1.a.1".to_owned()),
            next: "2.a.3".to_owned(),
        }
    }

    fn read(text: &str, key: &SigningKey, asked: &str, now: Duration) -> Result<Page, FeedError> {
        let keys = KeySet::from(key.verifying_key());
        read_page(text, (ISSUER, &keys), Some(asked), now).map(|(page, _)| page)
    }

    fn signed(key: &SigningKey) -> String {
        sign(&page(), key, Some(ISSUER), at(0)).unwrap()
    }

    /// A text of the issuer that says this.
    fn saying(key: &SigningKey, typ: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = json!({
            "iss": ISSUER, "iat": 1_800_000_000, "exp": 1_800_000_010, "full": true, "next": "2.a.3", "entries": [],
        });
        change(&mut claims);
        key.sign_bytes(typ, claims.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_replayed_feed_is_no_progress() {
        let key = key();
        let text = signed(&key);
        assert!(read(&text, &key, "1.a.1", at(9)).is_ok());
        assert!(matches!(read(&text, &key, "1.a.1", at(10)), Err(FeedError::Old)));
        let longer = saying(&key, REVOCATIONS_TYP, |claims| claims["exp"] = 1_900_000_000.into());
        assert!(
            matches!(read(&longer, &key, "1.a.1", at(10)), Err(FeedError::Old)),
            "whatever its end"
        );
    }

    #[test]
    fn another_issuers_feed_is_refused() {
        let key = key();
        let other = saying(&key, REVOCATIONS_TYP, |claims| {
            claims["iss"] = "https://example.com".into()
        });
        assert!(matches!(
            read(&other, &key, "1.a.1", at(0)),
            Err(FeedError::Invalid(VerifyError::Issuer))
        ));
        let forged = signed(&self::key());
        assert!(matches!(
            read(&forged, &key, "1.a.1", at(0)),
            Err(FeedError::Invalid(VerifyError::Signature))
        ));
    }

    #[test]
    fn the_answer_to_another_question_is_refused() {
        let key = key();
        assert!(matches!(
            read(&signed(&key), &key, "1.a.2", at(0)),
            Err(FeedError::OtherQuestion)
        ));
        let nobodys = saying(&key, REVOCATIONS_TYP, |claims| claims["full"] = false.into());
        assert!(matches!(
            read(&nobodys, &key, "1.a.1", at(0)),
            Err(FeedError::OtherQuestion)
        ));
        for next in ["", "a b", "a&wait=0", "ä", &"a".repeat(257)] {
            let text = saying(&key, REVOCATIONS_TYP, |claims| claims["next"] = next.into());
            assert!(read(&text, &key, "1.a.1", at(0)).is_err(), "{next}");
        }
    }

    #[test]
    fn what_is_no_feed_is_refused() {
        let key = key();
        for typ in ["JWT", "at+jwt", "entity+jwt"] {
            let text = saying(&key, typ, |_| {});
            assert!(read(&text, &key, "1.a.1", at(0)).is_err(), "{typ}");
        }
        let changes: [fn(&mut Value); 8] = [
            |claims| claims["iat"] = Value::Null,
            |claims| drop(claims.as_object_mut().unwrap().remove("iat")),
            |claims| drop(claims.as_object_mut().unwrap().remove("entries")),
            |claims| drop(claims.as_object_mut().unwrap().remove("full")),
            |claims| claims["iat"] = 1_800_000_061_u64.into(),
            |claims| claims["entries"] = json!({}),
            |claims| claims["entries"] = json!([{"kind": "session", "subject": "AAAA", "value": 0, "until": 0}]),
            |claims| claims["entries"] = json!([{"kind": "session", "subject": "AAAAAAAAAAAAAAAAAAAAAA", "until": 0}]),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let text = saying(&key, REVOCATIONS_TYP, change);
            assert!(read(&text, &key, "1.a.1", at(0)).is_err(), "{number}");
        }
        assert!(read(&saying(&key, REVOCATIONS_TYP, |_| {}), &key, "1.a.1", at(0)).is_ok());
    }

    #[test]
    fn what_was_told_comes_over_with_its_end_rounded_up() {
        let key = key();
        let told = read(&signed(&key), &key, "1.a.1", at(0)).unwrap();
        let mut expected = page();
        for entry in &mut expected.entries {
            entry.until = 1_800_000_061_000;
        }
        assert_eq!(told, expected);
    }

    #[test]
    fn an_entry_of_a_kind_that_is_not_known_yet_is_a_change() {
        let key = key();
        let text = saying(&key, REVOCATIONS_TYP, |claims| {
            claims["entries"] = json!([
                {"kind": "device", "subject": "AAAAAAAAAAAAAAAAAAAAAA", "value": 7, "until": 1, "more": true},
            ]);
        });
        let told = read(&text, &key, "1.a.1", at(0)).unwrap();
        assert_eq!(
            told.entries.iter().map(|entry| entry.kind).collect::<Vec<_>>(),
            [Revoked::Changed]
        );
    }
}
