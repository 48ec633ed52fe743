//! What is asked of a request before its handler's own guards: the guards of the groups of routes that it stands in.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;

/// The refusal, if it is refused.
type Asking<'a> = Pin<Box<dyn Future<Output = Option<Response>> + Send + 'a>>;

trait Ask: Send + Sync {
    fn ask<'a>(&'a self, parts: &'a mut Parts) -> Asking<'a>;
}

struct Of<G, S> {
    state: S,
    guard: PhantomData<fn() -> G>,
}

impl<G, S> Ask for Of<G, S>
where
    G: FromRequestParts<S>,
    S: Send + Sync,
{
    fn ask<'a>(&'a self, parts: &'a mut Parts) -> Asking<'a> {
        Box::pin(async move {
            let asked = G::from_request_parts(parts, &self.state).await;
            asked.err().map(IntoResponse::into_response)
        })
    }
}

/// One guard without its type, and the state that it looks at.
#[derive(Clone)]
pub(crate) struct Question(Arc<dyn Ask>);

impl Question {
    pub(crate) fn of<G, S>(state: S) -> Self
    where
        G: FromRequestParts<S> + 'static,
        S: Send + Sync + 'static,
    {
        Self(Arc::new(Of::<G, S> {
            state,
            guard: PhantomData,
        }))
    }
}

/// Several, in the order in which they are asked.
#[derive(Clone, Default)]
pub(crate) struct Questions(Option<Arc<[Question]>>);

impl Questions {
    pub(crate) fn are_none(&self) -> bool {
        self.0.is_none()
    }

    /// Asks one after the other; the first refusal is the answer.
    pub(crate) async fn ask(&self, parts: &mut Parts) -> Option<Response> {
        for question in self.0.iter().flat_map(|questions| questions.iter()) {
            let refused = question.0.ask(parts).await;
            if refused.is_some() {
                return refused;
            }
        }
        None
    }
}

impl FromIterator<Question> for Questions {
    fn from_iter<I: IntoIterator<Item = Question>>(questions: I) -> Self {
        let questions: Arc<[Question]> = questions.into_iter().collect();
        Self((!questions.is_empty()).then_some(questions))
    }
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} guards", self.0.as_ref().map_or(0, |questions| questions.len()))
    }
}
