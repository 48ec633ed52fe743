//! What an attacker shows in the place of a good token.

use std::fmt;
use std::net::IpAddr;

use http::HeaderValue;
use portcullis_core::{Attempt, Auth, Granted, Presented, Sessions};

use crate::authorize::{bearer, value};
use crate::fail::{OrFail as _, fail};
use crate::key::Token;
use crate::test_auth::TestAuth;
use crate::users::TestUsers;

/// Something that an attacker shows in the place of a good token, and that must be refused. See [`attack`](crate::attack).
#[derive(Clone, Copy)]
pub struct Attack {
    pub(crate) name: &'static str,
    pub(crate) says: &'static str,
    pub(crate) forge: Forge,
}

/// How it is made of a good token.
#[derive(Clone, Copy)]
pub(crate) enum Forge {
    /// Another token.
    Token(fn(Token) -> String),
    /// The same where tokens name their issuer.
    IssuedToken(fn(Token) -> String),
    /// Other values of `Authorization`, of which it is one.
    Header(fn(&str) -> Vec<String>),
    /// The token stays, and something happens before it is shown.
    After(Happening),
}

/// What happens before a token is shown.
#[derive(Clone, Copy)]
pub(crate) enum Happening {
    /// The session ends, as by a logout.
    Logout,
    /// Somebody presents a refresh token that was used before.
    Theft,
    /// The user sets another password.
    NewPassword,
    /// The refresh token is shown in its place.
    Mistaken,
}

impl Attack {
    /// What it is called: the name of its function in [`attack`](crate::attack).
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What is shown, in a few words.
    pub fn says(&self) -> &'static str {
        self.says
    }

    /// Whether there is such an attack on this application: a refresh token is stolen only where sessions are kept.
    pub fn applies_to<S: TestUsers>(&self, test: &TestAuth<S>) -> bool {
        match self.forge {
            Forge::Token(_) | Forge::Header(_) => true,
            Forge::IssuedToken(_) => test.auth().issuer().is_some(),
            Forge::After(Happening::NewPassword) => S::ENDS_TOKENS,
            Forge::After(_) => test.auth().sessions().is_some(),
        }
    }

    /// The values of `Authorization` that are shown, of what a user was granted.
    pub(crate) async fn shows<S: TestUsers>(
        self,
        auth: &Auth<S::User>,
        users: &S,
        user: &S::User,
        granted: &Granted,
    ) -> Vec<HeaderValue> {
        let token = &granted.access_token;
        match self.forge {
            Forge::Token(forge) | Forge::IssuedToken(forge) => vec![bearer(&forge(Token::read(token)))],
            Forge::Header(forge) => forge(token).iter().map(|line| value(line)).collect(),
            Forge::After(Happening::NewPassword) => {
                users.end_tokens(user).await;
                vec![bearer(token)]
            }
            Forge::After(happening) => {
                let sessions = auth
                    .sessions()
                    .or_fail("this attack needs sessions: `applies_to` tells");
                let refresh = granted
                    .refresh_token
                    .as_deref()
                    .or_fail("a login of a session has a refresh token");
                let shown = match happening {
                    Happening::Logout => logged_out(sessions, refresh, token).await,
                    Happening::Theft => stolen(auth, refresh).await,
                    Happening::Mistaken | Happening::NewPassword => refresh.to_owned(),
                };
                vec![bearer(&shown)]
            }
        }
    }
}

async fn logged_out(sessions: &Sessions, refresh: &str, token: &str) -> String {
    sessions.revoke(refresh, None).await.or_fail("the session ends");
    token.to_owned()
}

/// The owner uses the refresh token and the one that came of it; then the thief uses the first. What is shown is the thief's
/// token if they get one, and else the owner's newest, which must have ended with the session.
async fn stolen<U: portcullis_core::User>(auth: &Auth<U>, first: &str) -> String {
    let from = |last: u8| Attempt::default().from_peer(Some(IpAddr::from([192, 0, 2, last])));
    let (owner, thief) = (from(1), from(200));
    let used = |text: String, attempt: Attempt| async move {
        auth.refresh(Presented {
            text: &text,
            client: None,
            scope: None,
            attempt: &attempt,
        })
        .await
    };
    let mut granted = None;
    let mut next = first.to_owned();
    for _ in 0..2 {
        let refreshed = used(next, owner.clone())
            .await
            .or_fail("the owner's refresh token is good");
        next = refreshed.refresh_token.clone().unwrap_or_default();
        granted = Some(refreshed);
    }
    let of_thief = used(first.to_owned(), thief).await.ok();
    match of_thief.or(granted) {
        Some(granted) => granted.access_token,
        None => fail("the owner has a token"),
    }
}

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.says)
    }
}

impl fmt::Debug for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Attack").field(&self.name).finish()
    }
}
