//! Following an issuer: what it ended before its time is refused here too, without a call per request.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderValue;
use portcullis_core::jose::VerifyError;
use portcullis_core::{Clock, FeedError, KeyRing, KeySource as _, MAX_FEED_LEN, Page, Revocations, read_page};
use zeroize::Zeroizing;

use super::FetchError;
use super::discovery::Place;
use super::fetch::Fetcher;
use super::keys::IssuerKeys;

/// How long, in seconds, the issuer waits for news before it says that there are none. Not longer: who hears nothing does not
/// know that nothing happened.
const WAIT: u64 = 1;

/// How long an answer may take.
const NEWS_WITHIN: Duration = Duration::from_secs(3);

/// And one with everything.
const ALL_WITHIN: Duration = Duration::from_secs(60);

/// The pause before the next question.
const PAUSE: Duration = Duration::from_millis(100);

/// The longest pause after failures.
const PAUSE_AT_MOST: Duration = Duration::from_secs(1);

/// The pause after an answer that says that this client is not let in.
const PAUSE_REFUSED: Duration = Duration::from_secs(10);

/// How often, at most, trouble is told.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// An answer so long is read on a thread where that holds up nobody.
const LONG: usize = 100_000;

/// A client at the issuer, in whose name revocations are asked for. `Debug` does not show its secret.
#[derive(Clone)]
pub struct FollowingClient {
    id: String,
    secret: Zeroizing<String>,
}

impl FollowingClient {
    /// The client of this id and secret (`client_secret_basic`, RFC 6749 §2.3.1).
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: Zeroizing::new(secret.into()),
        }
    }

    fn credentials(&self) -> HeaderValue {
        let pair = Zeroizing::new(format!("{}:{}", *encode(&self.id), *encode(&self.secret)));
        let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        // Base64 always can be one.
        let mut value = HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

impl fmt::Debug for FollowingClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowingClient")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// As a form writes it (RFC 6749 appendix B).
fn encode(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(text.len()));
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            // Into a text nothing fails.
            _ => _ = write!(encoded, "%{byte:02X}"),
        }
    }
    encoded
}

/// Who asks an issuer for news, and how far it has read.
pub(super) struct Follower {
    credentials: HeaderValue,
    place: Place,
    fetcher: Fetcher,
    ring: KeyRing,
    revocations: Revocations,
    clock: Arc<dyn Clock>,
    after: Option<String>,
    pause: Duration,
    /// When trouble was told last.
    told: Option<Duration>,
}

/// Why there was no progress.
#[derive(Debug)]
enum Trouble {
    Fetch(FetchError),
    Feed(FeedError),
    NoKeys,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch(error) => error.fmt(f),
            Self::Feed(error) => error.fmt(f),
            Self::NoKeys => f.write_str("the issuer's keys are not known"),
        }
    }
}

impl Error for Trouble {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Fetch(error) => error.source(),
            Self::Feed(error) => error.source(),
            Self::NoKeys => None,
        }
    }
}

impl Trouble {
    fn is_refusal(&self) -> bool {
        matches!(self, Self::Fetch(FetchError::Status(400 | 401 | 403 | 404)))
    }

    /// Whether another key may be the reason.
    fn is_of_keys(&self) -> bool {
        matches!(
            self,
            Self::Feed(FeedError::Invalid(VerifyError::UnknownKey | VerifyError::Algorithm)) | Self::NoKeys
        )
    }
}

impl Follower {
    pub(super) fn new(
        client: &FollowingClient,
        place: Place,
        fetcher: Fetcher,
        (ring, revocations): (KeyRing, Revocations),
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            credentials: client.credentials(),
            place,
            fetcher,
            ring,
            revocations,
            clock,
            after: None,
            pause: Duration::ZERO,
            told: None,
        }
    }

    pub(super) fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// Asks on and on, for as long as somebody uses the keys.
    pub(super) fn look_in_background(mut self, keys: &IssuerKeys) {
        let used = keys.while_used();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(self.pause).await;
                let Some(keys) = used() else { return };
                self.look(&keys).await;
            }
        });
    }

    /// Asks once.
    pub(super) async fn look(&mut self, keys: &IssuerKeys) {
        let begun = self.clock.now();
        match self.ask(keys).await {
            Ok((page, said)) => {
                let learnt = self.revocations.apply(&page.entries);
                // What is said in a second may have been said at its end; and it was said after it was asked for.
                let whole = said
                    .saturating_add(Duration::from_secs(1))
                    .min(self.clock.now())
                    .max(begun);
                self.revocations.renew(whole);
                self.after = Some(page.next);
                self.pause = PAUSE;
                if self.told.take().is_some() {
                    tracing::info!(issuer = self.place.issuer, "the issuer's revocations are known again");
                }
                if learnt.keys > 0 {
                    keys.look_anew(&self.ring).await;
                }
            }
            Err(trouble) => {
                self.revocations.fail();
                self.pause = match trouble.is_refusal() {
                    true => PAUSE_REFUSED,
                    false => self.pause.saturating_mul(2).clamp(PAUSE, PAUSE_AT_MOST),
                };
                self.tell(&trouble);
                if trouble.is_of_keys() {
                    let _ = keys.refresh(&self.ring).await;
                }
            }
        }
    }

    async fn ask(&self, keys: &IssuerKeys) -> Result<(Page, Duration), Trouble> {
        let base = self
            .place
            .base
            .as_ref()
            .unwrap_or(&self.place.issuer)
            .trim_end_matches('/');
        let address = keys.status().revocations_endpoint;
        let address = address.unwrap_or_else(|| format!("{base}/revocations"));
        let mark = if address.contains('?') { '&' } else { '?' };
        let (address, limit) = match &self.after {
            Some(after) => (format!("{address}{mark}after={after}&wait={WAIT}"), NEWS_WITHIN),
            None => (address, ALL_WITHIN),
        };
        let uri = self.place.plain.allowed(&address).map_err(Trouble::Fetch)?;
        let fetched = self.fetcher.get_with(uri, &self.credentials, (MAX_FEED_LEN, limit));
        self.read(fetched.await.map_err(Trouble::Fetch)?.body).await
    }

    async fn read(&self, body: Bytes) -> Result<(Page, Duration), Trouble> {
        let keys = self.ring.keys();
        let set = keys.key_set().cloned().ok_or(Trouble::NoKeys)?;
        let (issuer, after, now) = (self.place.issuer.clone(), self.after.clone(), self.clock.now());
        let long = body.len() > LONG;
        let read = move || {
            let text = std::str::from_utf8(&body).map_err(|_| FeedError::Invalid(VerifyError::Base64))?;
            read_page(text.trim_ascii(), (&issuer, &set), after.as_deref(), now)
        };
        let page = match long {
            true => tokio::task::spawn_blocking(read).await.unwrap_or(Err(FeedError::Old)),
            false => read(),
        };
        page.map_err(Trouble::Feed)
    }

    fn tell(&mut self, trouble: &Trouble) {
        let now = self.clock.now();
        let due = |told: Duration| now < told || now >= told.saturating_add(TELL_EVERY);
        if self.told.is_none_or(due) {
            self.told = Some(now);
            let (issuer, cause) = (&self.place.issuer, trouble.source().map(ToString::to_string));
            tracing::warn!(issuer, error = %trouble, cause, "the issuer's revocations are not known");
        }
    }
}

#[cfg(test)]
mod tests;
