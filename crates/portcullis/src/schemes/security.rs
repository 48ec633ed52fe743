//! Scopes asked of a scheme, as the document tells them.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use ::http::request::Parts;
use portcullis_core::Scopes;

use super::scheme::{Presented, Scheme, scheme_argument};
use crate::openapi::Way;
use crate::refusal::Refusal;

/// A scheme of which these scopes are asked: FastAPI's `Security(scheme, scopes=[…])`. The document tells them; whether the
/// credentials have them is the handler's to see, who finds the names in [`ScopeSet::of::<Q>()`](portcullis_core::ScopeSet::of).
/// For the tokens of an application's `Auth` there is [`Scoped`](crate::Scoped), which looks.
///
/// Of one inside another the outer scopes are named first, each once.
#[derive(Debug, Clone, Copy)]
pub struct Security<T, Q> {
    given: T,
    scopes: PhantomData<fn() -> Q>,
}

impl<T, Q> Security<T, Q> {
    /// What the scheme gave.
    pub fn into_inner(self) -> T {
        self.given
    }
}

impl<T, Q> Deref for Security<T, Q> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.given
    }
}

impl<T, Q> DerefMut for Security<T, Q> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.given
    }
}

impl<T: Scheme, Q: Scopes> Scheme for Security<T, Q> {
    fn ways() -> Vec<Way> {
        T::ways().into_iter().map(|way| way.first_asking(Q::LIST)).collect()
    }

    fn none_came() -> Refusal {
        T::none_came()
    }
}

impl<T: Presented<S>, Q: Scopes, S: Sync> Presented<S> for Security<T, Q> {
    async fn presented(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        let given = T::presented(parts, state).await?;
        Ok(given.map(|given| Self {
            given,
            scopes: PhantomData,
        }))
    }
}

scheme_argument!([T: Scheme, Q: Scopes] Security<T, Q>);
