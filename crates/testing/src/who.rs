//! On whose behalf a request is made.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderName, HeaderValue};
use portcullis_core::{Attempt, Credentials, Granted, MemoryUsers, Password, ScopeSet, Scopes, User as _};
use tokio::sync::OnceCell;

use crate::attack_kind::Attack;
use crate::authorize::{SEC_FETCH_SITE, bearer, value};
use crate::fail::{OrFail as _, fail};
use crate::hash::PASSWORD;
use crate::test_auth::TestAuth;
use crate::users::TestUsers;

/// Somebody who asks: a user with a token, or nobody. Made by [`TestAuth::as_user`] and its kin.
///
/// The token is made when it is first needed and then stays, as a client would keep it: it ends when the clock is moved beyond
/// it. Where the `Auth` keeps sessions it belongs to one. Clones share it.
pub struct As<S: TestUsers = MemoryUsers> {
    test: TestAuth<S>,
    user: Asker<S>,
    scopes: ScopeSet,
    attack: Option<Attack>,
    browser: bool,
    granted: Arc<OnceCell<Granted>>,
    cookie: Arc<OnceCell<String>>,
}

/// Who it is.
enum Asker<S: TestUsers> {
    Nobody,
    Called(Arc<str>),
    Known(Arc<S::User>),
}

impl<S: TestUsers> TestAuth<S> {
    /// As the user of this name, with a token that may do nothing but speak for them. In a store of accounts whoever is not there
    /// is made, with every scope that the `Auth` declares and the password [`PASSWORD`](crate::PASSWORD); in one of the
    /// application's own they must be there when the first request is sent.
    pub fn as_user(&self, name: &str) -> As<S> {
        self.asking(Asker::Called(name.into()))
    }

    /// As this user, whom the store should have.
    pub fn as_this(&self, user: S::User) -> As<S> {
        self.asking(Asker::Known(Arc::new(user)))
    }

    /// As somebody without a token.
    pub fn as_nobody(&self) -> As<S> {
        self.asking(Asker::Nobody)
    }

    fn asking(&self, user: Asker<S>) -> As<S> {
        As {
            test: self.clone(),
            user,
            scopes: ScopeSet::empty(),
            attack: None,
            browser: false,
            granted: Arc::default(),
            cookie: Arc::default(),
        }
    }
}

impl<S: TestUsers> As<S> {
    /// With a token for these scopes: one, or a tuple of them.
    #[must_use]
    pub fn scopes<Q: Scopes>(self, _: Q) -> Self {
        self.scope_set(ScopeSet::of::<Q>())
    }

    /// The same by their names.
    #[must_use]
    pub fn scope_set(self, scopes: ScopeSet) -> Self {
        Self {
            scopes,
            granted: Arc::default(),
            cookie: Arc::default(),
            ..self
        }
    }

    /// With what an attacker would show in the place of a token of this user.
    #[must_use]
    pub fn attacked_by(&self, attack: Attack) -> Self {
        Self {
            attack: Some(attack),
            granted: Arc::default(),
            ..self.clone()
        }
    }

    /// As a page of the application itself in a browser: with the cookie of a session in place of the token, where the `Auth` has
    /// them ([`AuthBuilder::cookies`](portcullis_core::AuthBuilder::cookies)).
    #[must_use]
    pub fn in_browser(self) -> Self {
        Self { browser: true, ..self }
    }

    /// The cookie of a session, as a pair for any client: the `Cookie` header. It is logged in for with
    /// [`PASSWORD`](crate::PASSWORD) when it is first needed; without scopes it has all that the user has.
    ///
    /// # Panics
    /// The `Auth` has no cookies, or the user another password.
    pub async fn cookie(&self) -> (HeaderName, HeaderValue) {
        let own = self
            .test
            .auth()
            .cookies()
            .or_fail("the Auth has no cookies: `.cookies(…)` in its settings");
        (COOKIE, value(&format!("{}={}", own.name(), self.cookie_value().await)))
    }

    pub(crate) async fn cookie_value(&self) -> &str {
        let log_in = || async {
            let name = match (&self.user, self.user().await) {
                (Asker::Called(name), _) => name.to_string(),
                (_, user) => user.id().to_string(),
            };
            let credentials = Credentials::new(name, Password::from(PASSWORD)).with_scope(self.scopes.clone());
            let from = Attempt::default();
            let begun = self.test.auth().log_in_with_cookie(credentials, &from).await;
            begun.or_fail("the user logs in with the password of all tests").cookie
        };
        self.cookie.get_or_init(log_in).await
    }

    /// What shows who asks, as a pair for any client: the `Authorization` header. Under an attack that sends several, the last.
    ///
    /// # Panics
    /// Nobody shows nothing.
    pub async fn header(&self) -> (HeaderName, HeaderValue) {
        let shown = self.authorization().await.pop();
        (
            AUTHORIZATION,
            shown.or_fail("nobody shows no token: name a user with `as_user`"),
        )
    }

    /// The token itself, whatever the attack.
    ///
    /// # Panics
    /// Nobody has none.
    pub async fn token(&self) -> String {
        self.granted().await.access_token.clone()
    }

    /// The refresh token that came with it; `None` where the `Auth` keeps no sessions.
    ///
    /// # Panics
    /// Nobody has none.
    pub async fn refresh_token(&self) -> Option<String> {
        self.granted().await.refresh_token.clone()
    }

    /// The headers that show who asks.
    pub(crate) async fn shown(&self) -> Vec<(HeaderName, HeaderValue)> {
        if self.browser && self.attack.is_none() {
            return vec![
                self.cookie().await,
                (SEC_FETCH_SITE, HeaderValue::from_static("same-origin")),
            ];
        }
        let values = self.authorization().await.into_iter();
        values.map(|value| (AUTHORIZATION, value)).collect()
    }

    /// The values of `Authorization`.
    async fn authorization(&self) -> Vec<HeaderValue> {
        match (&self.user, self.attack) {
            (Asker::Nobody, _) => Vec::new(),
            (_, None) => vec![bearer(&self.granted().await.access_token)],
            (_, Some(attack)) => {
                let (auth, users) = (self.test.auth(), self.test.users());
                attack
                    .shows(auth, users, &self.user().await, self.granted().await)
                    .await
            }
        }
    }

    async fn granted(&self) -> &Granted {
        let begin = || async {
            let (user, scopes) = (self.user().await, self.scopes.clone());
            let from = Attempt::default();
            let begun = self.test.auth().begin(&user, scopes, None, &from).await;
            begun.or_fail("the Auth gives a token")
        };
        self.granted.get_or_init(begin).await
    }

    async fn user(&self) -> S::User {
        match &self.user {
            Asker::Nobody => fail("nobody has no token: name a user with `as_user`"),
            Asker::Known(user) => S::User::clone(user),
            Asker::Called(name) => {
                let user = self.test.users().user_called(name, &self.test.declared()).await;
                user.or_fail(&format!(
                    "the store of the test has no user `{name}`: put one there first"
                ))
            }
        }
    }

    pub(crate) fn router(&self) -> Router {
        self.test.router()
    }
}

impl<S: TestUsers> Clone for As<S> {
    fn clone(&self) -> Self {
        Self {
            test: self.test.clone(),
            user: self.user.clone(),
            scopes: self.scopes.clone(),
            attack: self.attack,
            browser: self.browser,
            granted: self.granted.clone(),
            cookie: self.cookie.clone(),
        }
    }
}

impl<S: TestUsers> Clone for Asker<S> {
    fn clone(&self) -> Self {
        match self {
            Self::Nobody => Self::Nobody,
            Self::Called(name) => Self::Called(name.clone()),
            Self::Known(user) => Self::Known(user.clone()),
        }
    }
}

impl<S: TestUsers> fmt::Debug for As<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.user {
            Asker::Nobody => "nobody".to_owned(),
            Asker::Called(name) => String::from(&**name),
            Asker::Known(user) => user.id().to_string(),
        };
        f.debug_struct("As")
            .field("user", &name)
            .field("scopes", &self.scopes)
            .field("attack", &self.attack)
            .finish_non_exhaustive()
    }
}
