//! The methods of one path and their handlers.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, any};
use http::{Method, StatusCode};

use super::endpoint::Endpoint;
use super::layer::RouteLayer;
use crate::asked::Questions;
use crate::cors::Cors;
use crate::openapi::{ApiHandler, Operation, names};
use crate::render::LateInside;

/// The handlers of one path by method, made by [`get`], [`post`] and their kin, as axum's `MethodRouter`.
///
/// A method that was not named is answered 405 (HEAD and OPTIONS too), as Starlette does; see
/// [`Answers::head_and_options`](crate::Answers::head_and_options) for the two. What the types of a handler
/// cannot say about it can be added; such a call speaks of the method named last.
///
/// `S` is the state.
///
/// ```
/// use axum::http::StatusCode;
/// use portcullis::{ApiRouter, Json, get};
///
/// async fn read_notes() -> Json<Vec<String>> {
///     Json(Vec::new())
/// }
///
/// async fn add_note(note: Json<String>) -> (StatusCode, Json<String>) {
///     (StatusCode::CREATED, note)
/// }
///
/// let app: ApiRouter = ApiRouter::new()
///     .api_route("/notes", get(read_notes).post(add_note).status(StatusCode::CREATED).summary("Write it down"));
/// # let document = app.openapi(None, &portcullis::Answers::fastapi());
/// # assert_eq!(document.value()["paths"]["/notes"]["post"]["responses"]["201"]["description"], "Successful Response");
/// ```
pub struct ApiMethod<S = ()> {
    pub(crate) router: MethodRouter<S, Infallible>,
    pub(crate) endpoints: Vec<Endpoint<S>>,
    pub(crate) uniform: bool,
    /// Whether there is no method that is refused.
    pub(crate) takes_all: bool,
    pub(crate) cors: Option<Cors>,
}

/// The handlers of a path, for a router of the state `S`: an [`ApiMethod`] of the same state. There is nothing to implement; it
/// is what the compiler names where a handler takes something from the state that the state does not give.
#[diagnostic::on_unimplemented(
    message = "the state `{S}` does not give what this handler takes from it",
    label = "this is an `{Self}`: a guard takes its `Auth` from the state, `State<T>` a `T`",
    note = "derive `FromRef` on the state, which has it as a field: `#[derive(Clone, FromRef)] struct App {{ auth: Auth, … }}`",
    note = "mount it with `auth.front().mount_with(routes, app)`"
)]
pub trait MethodsOf<S> {
    /// The handlers.
    fn methods(self) -> ApiMethod<S>;
}

impl<S> MethodsOf<S> for ApiMethod<S> {
    fn methods(self) -> Self {
        self
    }
}

impl<S> ApiMethod<S>
where
    S: Clone + Send + Sync + 'static,
{
    fn none() -> Self {
        Self {
            router: MethodRouter::new(),
            endpoints: Vec::new(),
            uniform: false,
            takes_all: false,
            cors: None,
        }
    }

    fn on<H, T>(mut self, (method, filter): (Method, MethodFilter), handler: H) -> Self
    where
        H: ApiHandler<T, S>,
        T: 'static,
    {
        let inside = LateInside::default();
        self.router = self.router.on(filter, handler.layer(inside.clone()));
        self.endpoints.push(Endpoint {
            method,
            hidden: false,
            name: names::function_name(std::any::type_name::<H>()),
            operation_id: None,
            describe: <H as ApiHandler<T, S>>::describe,
            changes: Vec::new(),
            guards: Vec::new(),
            questions: Questions::default(),
            inside,
            bare: true,
            personal: false,
            takes_tokens: false,
            protocol: false,
            statuses: None,
        });
        self
    }

    /// Says of the operation what its types do not. It is said before they describe themselves, so of a body or an
    /// answer that both speak of, this stays.
    #[must_use]
    pub fn with(self, change: impl Fn(&mut Operation) + Send + Sync + 'static) -> Self {
        self.change_last(|endpoint| endpoint.changes.push(Arc::new(change)))
    }

    /// Names the operation as if the handler were called so: its summary and id are made from it.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.change_last(|endpoint| endpoint.name = Some(name))
    }

    /// The operation's id, instead of one made from the handler's name, the path and the method.
    #[must_use]
    pub fn operation_id(self, id: impl Into<String>) -> Self {
        let id = id.into();
        self.change_last(|endpoint| endpoint.operation_id = Some(id))
    }

    /// What the operation does, in a few words.
    #[must_use]
    pub fn summary(self, summary: impl Into<String>) -> Self {
        let summary = summary.into();
        self.with(move |operation| {
            operation.summary(&summary);
        })
    }

    /// What the operation does, at length (CommonMark).
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        let description = description.into();
        self.with(move |operation| {
            operation.description(&description);
        })
    }

    /// Puts the operation under a heading.
    #[must_use]
    pub fn tag(self, tag: impl Into<String>) -> Self {
        let tag = tag.into();
        self.with(move |operation| {
            operation.tag(&tag);
        })
    }

    /// Documents the status of a good answer, where it is not 200: `(StatusCode, Json<T>)` does not tell it by its type.
    /// The answer itself is not changed.
    #[must_use]
    pub fn status(self, status: StatusCode) -> Self {
        self.with(move |operation| {
            operation.success_status(status);
        })
    }

    /// Leaves the schema of a good answer open, as FastAPI does for a function without a return type.
    #[must_use]
    pub fn untyped(self) -> Self {
        self.with(|operation| {
            operation.untyped();
        })
    }

    /// Answers HEAD as GET without its body, and OPTIONS with `Allow`, whatever the table of answers says
    /// ([`Answers::head_and_options`](crate::Answers::head_and_options)): for routes that monitors and other programs ask.
    #[must_use]
    pub fn with_head_and_options(mut self) -> Self {
        self.uniform = true;
        self
    }

    /// Answers every method that was not named with a handler, HEAD and OPTIONS too; the document does not show it. For a
    /// question whose method says nothing.
    #[must_use]
    pub(crate) fn whatever_the_method<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let beside = self.endpoints.last().map(|endpoint| endpoint.inside.clone());
        self.router = self.router.merge(any(handler.layer(beside.unwrap_or_default())));
        self.takes_all = true;
        self
    }

    /// Which pages of other origins may call this path, whatever holds for the other paths
    /// ([`Front::cors`](crate::Front::cors)).
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
        self
    }

    /// Puts a layer around the handlers named so far.
    #[must_use]
    pub fn layer(mut self, layer: impl RouteLayer) -> Self {
        self.router = self.router.layer(layer);
        self.endpoints.iter_mut().for_each(|endpoint| endpoint.bare = false);
        self
    }

    /// Leaves the operation out of the document. It still stands in the [`RouteTable`](crate::RouteTable).
    #[must_use]
    pub fn hidden(self) -> Self {
        self.change_last(|endpoint| endpoint.hidden = true)
    }

    fn change_last(mut self, change: impl FnOnce(&mut Endpoint<S>)) -> Self {
        if let Some(last) = self.endpoints.last_mut() {
            change(last);
        }
        self
    }
}

impl<S> fmt::Debug for ApiMethod<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.endpoints).finish()
    }
}

macro_rules! methods {
    ($($name:ident $method:ident)+) => {
        impl<S> ApiMethod<S>
        where
            S: Clone + Send + Sync + 'static,
        {
            $(
                #[doc = concat!("Adds the handler of `", stringify!($method), "`.")]
                ///
                /// # Panics
                /// As axum's, if the method has a handler already.
                #[must_use]
                pub fn $name<H, T>(self, handler: H) -> Self
                where
                    H: ApiHandler<T, S>,
                    T: 'static,
                {
                    self.on((Method::$method, MethodFilter::$method), handler)
                }
            )+
        }

        $(
            #[doc = concat!("Answers `", stringify!($method), "` with a handler, whose signature documents and guards it.")]
            ///
            /// Other methods of the path can be chained; see [`ApiMethod`].
            pub fn $name<H, T, S>(handler: H) -> ApiMethod<S>
            where
                H: ApiHandler<T, S>,
                T: 'static,
                S: Clone + Send + Sync + 'static,
            {
                ApiMethod::none().$name(handler)
            }
        )+
    };
}
methods!(get GET post POST put PUT patch PATCH delete DELETE head HEAD options OPTIONS);
