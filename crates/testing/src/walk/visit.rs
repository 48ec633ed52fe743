//! One route with a guard, and all that it must refuse.

use http::Method;
use portcullis::openapi::Requirement;
use portcullis_core::ScopeSet;

use super::checks::Checks;
use crate::answer::Answer;
use crate::attack;
use crate::test_auth::TestAuth;
use crate::users::TestUsers;
use crate::who::As;

/// A route that is visited.
pub(super) struct Visit<'a, S: TestUsers> {
    pub(super) test: &'a TestAuth<S>,
    pub(super) method: Method,
    pub(super) uri: String,
    /// Who has all that is asked.
    pub(super) user: String,
    pub(super) asked: &'a Requirement,
    pub(super) objects: Objects<'a>,
}

/// What is known of the objects that a route guards.
pub(super) enum Objects<'a> {
    /// It guards none.
    None,
    /// They are the user's, and this one has no right to them.
    Known(&'a str),
    /// Of this kind none was named.
    Unknown(&'a str),
}

impl<S: TestUsers> Visit<'_, S> {
    /// How many refusals were asked for, and what was not refused.
    pub(super) async fn checks(&self, mut checks: Checks) -> (usize, Vec<String>) {
        let alone = self.test.as_nobody();
        if self.asked.optional() {
            // From the application's own page: what changes may refuse any other.
            let own = alone
                .request(self.method.clone(), &self.uri)
                .header("sec-fetch-site", "same-origin");
            let answer = own.head().await;
            checks.let_in("a request without credentials, which may be left out", &answer);
        } else {
            checks.refused("a request without credentials", &self.ask(&alone).await);
        }
        if self.asked.takes_tokens() {
            self.attacks(&mut checks).await;
            // What takes anyone's token asks nevertheless that a user is active.
            if self.asked.of_no_user() && !self.asked.active() {
                let own = self.ask(&self.good()).await;
                checks.refused("a user's token, where one of no user is asked for", &own);
            } else {
                self.users(&mut checks).await;
            }
        }
        checks.done()
    }

    async fn attacks(&self, checks: &mut Checks) {
        for attack in attack::all() {
            // What comes by another scheme is no token, and may be left out where tokens may.
            let optional = self.asked.optional() && attack.name() == "other_scheme";
            if attack.applies_to(self.test) && !optional {
                let answer = self.ask(&self.good().attacked_by(attack)).await;
                checks.refused(&attack.to_string(), &answer);
            }
        }
    }

    /// Users who may not, who may no longer, and who may.
    async fn users(&self, checks: &mut Checks) {
        let all = self.scopes();
        for scope in all.iter() {
            let others: ScopeSet = self.declared().iter().filter(|other| *other != scope).collect();
            let answer = self.ask(&self.user().scope_set(others)).await;
            checks.refused(&format!("a token without the scope `{scope}`"), &answer);
        }
        let users = self.test.users();
        let none = ScopeSet::empty();
        if !all.is_empty()
            && let Some(former) = users.user_called("scopeless-in-a-walk", &none).await
        {
            let answer = self.ask(&self.test.as_this(former).scope_set(all.clone())).await;
            checks.refused("a token with scopes that its user does not have any more", &answer);
        }
        if self.asked.active()
            && let Some(disabled) = users.disabled_user(&self.declared()).await
        {
            let answer = self.ask(&self.test.as_this(disabled).scope_set(all.clone())).await;
            checks.refused("a token of a disabled user", &answer);
        }
        self.roles(checks, &all).await;
        // Before the owner, who may take the object away.
        match self.objects {
            Objects::None => {}
            Objects::Known(stranger) => {
                let answer = self.ask(&self.test.as_user(stranger).scope_set(all)).await;
                checks.refused("a token of a user who has no right to the object", &answer);
            }
            Objects::Unknown(kind) => {
                checks.failed(format!(
                    "it guards a {kind}, and the walk knows none: name one with `object`"
                ));
                return;
            }
        }
        // With what else is asked for beside the token, the walk cannot know what would be right.
        if self.asked.schemes().next().is_none() {
            checks.let_in("a good token", &self.ask(&self.good()).await);
        }
    }

    /// Users of one role each: in where it holds all that is asked, out where it does not.
    async fn roles(&self, checks: &mut Checks, all: &ScopeSet) {
        for role in self.test.auth().roles() {
            let (own, name) = (ScopeSet::from_iter([role.name]), format!("{}-in-a-walk", role.name));
            let Some(user) = self.test.users().user_called(&name, &own).await else {
                continue;
            };
            let lacks = all
                .iter()
                .any(|scope| role.scopes.iter().all(|held| held.name != scope));
            let answer = self.ask(&self.test.as_this(user).scope_set(all.clone())).await;
            if lacks {
                checks.refused(&format!("a token of a user of the role `{}` alone", role.name), &answer);
            } else if matches!(self.objects, Objects::None) && self.asked.schemes().next().is_none() {
                checks.let_in(&format!("a good token of a user of the role `{}`", role.name), &answer);
            }
        }
    }

    /// Whether all objects are known that the route guards.
    pub(super) fn is_known(&self) -> bool {
        !matches!(self.objects, Objects::Unknown(_))
    }

    fn user(&self) -> As<S> {
        self.test.as_user(&self.user)
    }

    /// Whoever has all that is asked.
    pub(super) fn good(&self) -> As<S> {
        self.user().scope_set(self.scopes())
    }

    fn scopes(&self) -> ScopeSet {
        self.asked.scopes().into_iter().collect()
    }

    fn declared(&self) -> ScopeSet {
        self.test.declared()
    }

    async fn ask(&self, who: &As<S>) -> Answer {
        who.request(self.method.clone(), &self.uri).head().await
    }
}
