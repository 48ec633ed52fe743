//! What happens to a refresh token that somebody presents.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::{Inner, Sessions};
use crate::attempt::Attempt;
use crate::audit::{AuditEvent, AuditKind};
use crate::cause::Cause;
use crate::scope::ScopeSet;
use crate::session::error::{RefreshError, RefreshRefusal};
use crate::session::event::{Event, raise};
use crate::session::flight::Question;
use crate::session::record::{Ahead, EndReason, Family, Rotation, millis};
use crate::session::refresh::{Case, Decision};
use crate::session::request::{Presented, Refreshed, Standing};
use crate::session::store::Ending;
use crate::session::text::RefreshToken;
use crate::session::told::of_family;
use crate::store::StoreError;
use crate::user::UserId;

/// How often the family is looked at: it may change between the look and the step.
const LOOKS: usize = 4;

/// A refresh token that somebody presents, on its own.
struct Asked {
    token: RefreshToken,
    client: Option<Arc<str>>,
    scope: Option<ScopeSet>,
    attempt: Attempt,
}

impl Sessions {
    /// Gives new tokens for a refresh token, whoever's it is (RFC 6749 §6); `standing` says what is known of a user now.
    ///
    /// Whoever presents the same at one time shares one outcome, and a caller who goes away takes nothing along.
    ///
    /// # Errors
    /// It is no good, more is asked for than there is, or the store fails; of the last nothing is to be told of the token.
    pub async fn refresh<F, L>(&self, presented: Presented<'_>, standing: F) -> Result<Refreshed, RefreshError>
    where
        F: Fn(UserId) -> L + Send + Sync + 'static,
        L: Future<Output = Result<Option<Standing>, StoreError>> + Send,
    {
        self.keep();
        let token = RefreshToken::parse(presented.text, &self.inner.parts.secrets);
        let token = token.ok_or(RefreshRefusal::NotOurs)?;
        let turn = || {
            let (sessions, asked) = (self.clone(), Asked::new(token, &presented));
            async move { sessions.turn(&asked, standing).await }
        };
        let outcome = self.inner.flights.join(question(&presented), turn).await;
        let refreshed = outcome.unwrap_or(Err(RefreshError::Busy))?;
        self.saw(refreshed.session, None, presented.attempt.peer, self.inner.now());
        Ok(refreshed)
    }

    async fn turn<F, L>(&self, asked: &Asked, standing: F) -> Result<Refreshed, RefreshError>
    where
        F: Fn(UserId) -> L,
        L: Future<Output = Result<Option<Standing>, StoreError>>,
    {
        let inner = &*self.inner;
        let mut was_open = false;
        for _ in 0..LOOKS {
            let found = inner.store.family(asked.token.family).await?;
            let (family, session) = found.ok_or(RefreshRefusal::Unknown)?;
            let user = standing(family.user.clone()).await?;
            let secrets = &inner.parts.secrets;
            let case = Case {
                token: &asked.token,
                digest: asked.token.digest(secrets).ok_or(RefreshRefusal::SecretLost)?,
                client: asked.client.as_deref(),
                scope: asked.scope.as_ref(),
                network: inner.network(&asked.token, family.key, &asked.attempt),
                family: &family,
                session: &session,
                user: user.as_ref(),
                settings: &inner.parts.settings,
                now: millis(inner.now()),
                was_open,
            };
            let given = match case.decide() {
                // Was its successor seen? What is known of that has to be written first.
                Decision::Late if !was_open => {
                    self.flush().await;
                    was_open = true;
                    None
                }
                decision => inner.carry_out(decision, asked, &family).await?,
            };
            if let Some((token, ends)) = given {
                return inner.answer(asked, &token, ends, (family, user));
            }
        }
        Err(RefreshError::Busy)
    }
}

/// The successor, and when its family ends; `None`: the family is to be looked at anew.
type Given = Option<(RefreshToken, u64)>;

impl Inner {
    async fn carry_out(&self, decision: Decision, asked: &Asked, family: &Family) -> Result<Given, RefreshError> {
        let token = &asked.token;
        match decision {
            Decision::Rotate => self.rotate(asked, family).await,
            Decision::Late => self.answer_late(asked, family).await,
            Decision::Again => self.again(asked, family),
            Decision::RollForward => self.roll_forward(asked, family).await,
            Decision::Replay { late } => {
                let event = if late { Event::Late } else { Event::Reuse };
                if self.end_family(asked, family, EndReason::Replay, event.kind()).await? {
                    raise(event, family, token.generation, asked.attempt.peer);
                }
                Err(RefreshRefusal::Replay.into())
            }
            Decision::UserChanged => {
                self.end_family(asked, family, EndReason::UserChanged, AuditKind::RefreshRefused)
                    .await?;
                Err(RefreshRefusal::UserChanged.into())
            }
            Decision::TooWide => Err(RefreshError::InvalidScope),
            Decision::Refuse(refusal) => {
                if refusal == RefreshRefusal::OtherClient {
                    raise(Event::WrongClient, family, token.generation, asked.attempt.peer);
                    self.tell(|| asked.told(AuditKind::RefreshWrongClient, family));
                }
                Err(refusal.into())
            }
        }
    }

    /// Makes the next generation.
    async fn rotate(&self, asked: &Asked, family: &Family) -> Result<Given, RefreshError> {
        let (secrets, now) = (&self.parts.secrets, self.now());
        let key = secrets.current();
        let mut nonce = [0; 16];
        self.parts.random.fill(&mut nonce)?;
        let next = asked.token.successor(key, &nonce, secrets);
        let next = next.ok_or(RefreshRefusal::Ended)?;
        let rotation = Rotation {
            key,
            digest: next.digest(secrets).ok_or(RefreshRefusal::SecretLost)?,
            nonce,
            rotated: millis(now),
            idle: self.idle(now, family.ends),
            network: self.network(&asked.token, key, &asked.attempt),
        };
        let audit = self.parts.audit.as_ref();
        let audit = audit.filter(|audit| audit.tells_refresh(family.rotated, millis(now)));
        let act = self.act_if(audit, || asked.told(AuditKind::Refresh, family));
        let rotated = act.rotate(family, &rotation).await?;
        act.happened(rotated).await;
        Ok(rotated.then_some((next, rotation.idle)))
    }

    /// The same answer once more.
    fn again(&self, asked: &Asked, family: &Family) -> Result<Given, RefreshError> {
        let next = self.successor(&asked.token, family)?;
        if let Some(audit) = self.parts.audit.as_ref().filter(|audit| audit.tells_all_refreshes()) {
            audit.tell(asked.told(AuditKind::RefreshAgain, family));
        }
        Ok(Some((next, family.idle)))
    }

    /// Writes down what changes nothing.
    fn tell(&self, event: impl FnOnce() -> AuditEvent) {
        if let Some(audit) = &self.parts.audit {
            audit.tell(event());
        }
    }

    /// The successor that was made of a token already.
    fn successor(&self, token: &RefreshToken, family: &Family) -> Result<RefreshToken, RefreshError> {
        let secrets = &self.parts.secrets;
        let next = token.successor(family.key, &family.nonce, secrets);
        let same = next.filter(|next| next.digest(secrets) == Some(family.digest));
        same.ok_or_else(|| {
            tracing::error!(
                family = %family.id,
                secret = family.key,
                "a refresh token cannot be given again: the secret that it was made with is another one, or not known here"
            );
            RefreshRefusal::SecretLost.into()
        })
    }

    async fn answer_late(&self, asked: &Asked, family: &Family) -> Result<Given, RefreshError> {
        let next = self.successor(&asked.token, family)?;
        let act = self.act(|| asked.told(AuditKind::RefreshLateRetry, family));
        let answered = act.answer_late(family.id, family.generation).await?;
        act.happened(answered).await;
        if !answered {
            return Ok(None);
        }
        raise(Event::LateRetry, family, asked.token.generation, asked.attempt.peer);
        Ok(Some((next, family.idle)))
    }

    async fn roll_forward(&self, asked: &Asked, family: &Family) -> Result<Given, RefreshError> {
        let token = &asked.token;
        let ahead = Ahead {
            generation: token.generation,
            key: token.key,
            digest: token.digest(&self.parts.secrets).ok_or(RefreshRefusal::SecretLost)?,
        };
        let act = self.act(|| asked.told(AuditKind::RefreshRolledForward, family));
        let rolled = act.roll_forward(family.id, &ahead).await?;
        act.happened(rolled).await;
        if rolled {
            raise(Event::RolledForward, family, token.generation, asked.attempt.peer);
        }
        Ok(None)
    }

    /// Ends the session of a family; whether it had not ended.
    async fn end_family(
        &self,
        asked: &Asked,
        family: &Family,
        why: EndReason,
        kind: AuditKind,
    ) -> Result<bool, StoreError> {
        let act = self.act(|| asked.told(kind, family).with("why", why.name()));
        let ended = self.end(act, &Ending::Session(family.session), why, &[]).await?;
        Ok(!ended.is_empty())
    }

    fn answer(
        &self,
        asked: &Asked,
        token: &RefreshToken,
        ends: u64,
        (family, user): (Family, Option<Standing>),
    ) -> Result<Refreshed, RefreshError> {
        let user = user.ok_or(RefreshRefusal::UserChanged)?;
        let text = token.text(&self.parts.secrets).ok_or(RefreshRefusal::SecretLost)?;
        let scopes = asked.scope.as_ref().unwrap_or(&family.scopes);
        Ok(Refreshed {
            session: family.session,
            epoch: user.epoch,
            generation: token.generation,
            refresh_token: text,
            scopes: scopes.intersection(&user.scopes),
            user: family.user,
            client: family.client,
            audience: family.audience,
            ends: Duration::from_millis(ends),
        })
    }
}

impl Asked {
    fn new(token: RefreshToken, presented: &Presented<'_>) -> Self {
        Self {
            token,
            client: presented.client.map(Arc::from),
            // Without a value it was not sent (RFC 6749 §3.1).
            scope: presented.scope.filter(|scope| !scope.is_empty()).cloned(),
            attempt: presented.attempt.clone(),
        }
    }

    /// What is written down of it. Whoever has the token is its user, as far as is known.
    fn told(&self, kind: AuditKind, family: &Family) -> AuditEvent {
        let cause = Cause::user(&family.user)
            .from(&self.attempt)
            .with_client(self.client.as_deref());
        of_family(kind, family, self.token.generation, cause)
    }
}

/// What makes two questions the same: the token, and everything that the answer depends on.
fn question(presented: &Presented<'_>) -> Question {
    let peer = presented.attempt.peer.map(|peer| match peer {
        IpAddr::V4(peer) => peer.to_ipv6_mapped(),
        IpAddr::V6(peer) => peer,
    });
    let mut question = Sha256::new();
    // All but the last have one length, or end where the next begins.
    question.update(presented.text);
    question.update(peer.map_or([0; 16], |peer| peer.octets()));
    question.update([u8::from(peer.is_some()), u8::from(presented.client.is_some())]);
    question.update(presented.scope.map_or("", ScopeSet::as_str));
    question.update([0]);
    question.update(presented.client.unwrap_or_default());
    question.finalize().into()
}
