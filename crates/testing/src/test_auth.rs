//! An application behind an `Auth` of a test's own.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use portcullis::RouteTable;
use portcullis_core::{Auth, ManualClock, MemoryUsers, ScopeSet, UserStore};

use crate::users::TestUsers;

/// What the clock of every test shows first, in seconds since 1970: 2027-01-15T08:00:00Z.
pub const START: u64 = 1_800_000_000;

/// An application behind an [`Auth`] of a test's own: users in `S`, passwords that cost nothing, a clock that is moved by hand,
/// a key that is known. Cheap to clone; all clones are one.
///
/// See [`TestAuth::builder`].
pub struct TestAuth<S: UserStore = MemoryUsers>(Arc<Parts<S>>);

pub(crate) struct Parts<S: UserStore> {
    pub(crate) router: Router,
    pub(crate) tables: Vec<RouteTable>,
    pub(crate) auth: Auth<S::User>,
    pub(crate) users: S,
    pub(crate) clock: ManualClock,
}

impl<S: TestUsers> TestAuth<S> {
    pub(crate) fn of(parts: Parts<S>) -> Self {
        Self(Arc::new(parts))
    }

    /// The application, for any client: the one of `tower`, or one that wants it served.
    pub fn router(&self) -> Router {
        self.0.router.clone()
    }

    /// The `Auth` that the application was given.
    pub fn auth(&self) -> &Auth<S::User> {
        &self.0.auth
    }

    /// The users, to put some there, to change and to remove them.
    pub fn users(&self) -> &S {
        &self.0.users
    }

    /// The clock, which shows [`START`] until it is moved.
    ///
    /// ```
    /// # use portcullis::prelude::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use std::time::Duration;
    ///
    /// async fn read_me(user: ActiveUser) -> String {
    ///     user.username().to_owned()
    /// }
    ///
    /// let test = portcullis_testing::TestAuth::new(|auth| auth.mount(ApiRouter::new().api_route("/me", get(read_me))));
    /// let alice = test.as_user("alice");
    /// assert_eq!(alice.get("/me").await.status(), 200);
    /// test.clock().advance(Duration::from_secs(30 * 60));
    /// assert_eq!(alice.get("/me").await.status(), 401);
    /// # }
    /// ```
    pub fn clock(&self) -> &ManualClock {
        &self.0.clock
    }

    /// The tables of what was mounted while the application was built, in that order: the outermost stands last.
    pub fn tables(&self) -> &[RouteTable] {
        &self.0.tables
    }

    /// All scopes that the `Auth` declares.
    pub(crate) fn declared(&self) -> ScopeSet {
        self.auth().scopes().iter().map(|declared| declared.name).collect()
    }
}

impl<S: UserStore> Clone for TestAuth<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: UserStore> fmt::Debug for TestAuth<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestAuth").finish_non_exhaustive()
    }
}
