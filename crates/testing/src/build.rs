//! Building a [`TestAuth`].

use std::fmt;
use std::future::Future;

use axum::Router;
use portcullis::RouteTable;
use portcullis_core::{Auth, AuthBuilder, GateSettings, ManualClock, MemoryUsers, Passwords, UserStore};

use crate::fail::OrFail as _;
use crate::hash::TestHash;
use crate::key::signing_key;
use crate::test_auth::{Parts, START, TestAuth};
use crate::users::TestUsers;

/// Collects what a [`TestAuth`] is made of; see [`TestAuth::builder`].
pub struct TestAuthBuilder<S: UserStore = MemoryUsers> {
    users: S,
    clock: ManualClock,
    auth: AuthBuilder<S::User>,
}

impl TestAuth {
    /// An application that asks nothing of its [`Auth`]: no scopes, no sessions. For another, see [`TestAuth::builder`].
    ///
    /// # Panics
    /// As mounting the application does, and where a route asks for a scope.
    #[track_caller]
    pub fn new(app: impl FnOnce(Auth) -> Router) -> Self {
        Self::builder().app(app)
    }

    /// Starts building, with users in memory: whoever is named is made.
    ///
    /// ```
    /// use portcullis::core::AuthBuilder;
    /// use portcullis::prelude::*;
    /// use portcullis_testing::TestAuth;
    ///
    /// scopes! {
    ///     /// Read items.
    ///     pub Items = "items";
    /// }
    ///
    /// /// What the application asks of its `Auth`, in `main` and in the tests.
    /// fn settings(auth: AuthBuilder<Account>) -> AuthBuilder<Account> {
    ///     auth.scopes::<Items>().issuer("https://items.example").audience("items")
    /// }
    ///
    /// # fn app(auth: Auth) -> axum::Router { auth.mount(ApiRouter::new()) }
    /// let test = TestAuth::builder()
    ///     .settings(settings)
    ///     .settings(|auth| auth.sessions(MemorySessions::new()))
    ///     .app(app);
    /// ```
    pub fn builder() -> TestAuthBuilder {
        Self::over(MemoryUsers::new())
    }
}

impl<S: TestUsers> TestAuth<S> {
    /// The same over another store of users: of an application with a user model of its own.
    pub fn over(users: S) -> TestAuthBuilder<S> {
        let clock = ManualClock::at(START);
        let gate = GateSettings {
            threads: 1,
            floor_percent: 0,
            ..GateSettings::default()
        };
        let auth = Auth::builder(signing_key(), users.clone())
            .clock(clock.clone())
            .passwords(Passwords::new(TestHash))
            .hashing(gate);
        TestAuthBuilder { users, clock, auth }
    }
}

impl<S: TestUsers> TestAuthBuilder<S> {
    /// What the application asks of its [`Auth`]: scopes, issuer, audience, stores of sessions, clients and API keys. Best a
    /// function that `main` calls too. Can be called several times.
    #[must_use]
    pub fn settings(mut self, settings: impl FnOnce(AuthBuilder<S::User>) -> AuthBuilder<S::User>) -> Self {
        self.auth = settings(self.auth);
        self
    }

    /// Builds the application, whose state may hold whatever it likes beside the `Auth`.
    ///
    /// # Panics
    /// As mounting the application does.
    #[track_caller]
    pub fn app(self, app: impl FnOnce(Auth<S::User>) -> Router) -> TestAuth<S> {
        let (users, clock, auth) = self.built();
        let (router, tables) = RouteTable::of_mounted(|| app(auth.clone()));
        TestAuth::of(Parts {
            router,
            tables,
            auth,
            users,
            clock,
        })
    }

    /// The same of an application that is built in a future: it opens a database first, say.
    ///
    /// # Panics
    /// As [`TestAuthBuilder::app`].
    pub async fn start<F>(self, app: impl FnOnce(Auth<S::User>) -> F) -> TestAuth<S>
    where
        F: Future<Output = Router>,
    {
        let (users, clock, auth) = self.built();
        let (router, tables) = RouteTable::of_mounted_in(app(auth.clone())).await;
        TestAuth::of(Parts {
            router,
            tables,
            auth,
            users,
            clock,
        })
    }

    #[track_caller]
    fn built(self) -> (S, ManualClock, Auth<S::User>) {
        let auth = self.auth.build().or_fail("the settings of the Auth go together");
        (self.users, self.clock, auth)
    }
}

impl<S: UserStore> fmt::Debug for TestAuthBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestAuthBuilder").finish_non_exhaustive()
    }
}
