//! The one layer around every route: refusals are written by the table, and personal
//! answers are not stored by caches.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL};
use http::{HeaderValue, Request};
use pin_project_lite::pin_project;
use tower::ServiceExt as _;
use tower_layer::Layer;
use tower_service::Service;

use crate::answered::answered;
use crate::answers::Answers;
use crate::asked::Questions;
use crate::error_bodies::ErrorBodies;
use crate::hidden_field::{self, OwnCookie};
use crate::matched;
use crate::ours::OurError;
use crate::personal;
use crate::refusal::Refusal;
use crate::statuses::Statuses;

/// The layer.
#[derive(Debug, Clone)]
pub(crate) struct Render {
    /// `None`: a refusal as it comes is right already.
    answers: Option<Arc<Answers>>,
    /// Credentials come elsewhere than in `Authorization`, so every answer may be somebody's own.
    personal: bool,
    /// What tells a cookie of ours: with one, a form's field may show that a page of our own asks for a change.
    own_cookie: Option<OwnCookie>,
    /// How the bodies of errors are written, if otherwise than FastAPI's.
    bodies: Option<ErrorBodies>,
}

impl Render {
    pub(crate) fn new(answers: Arc<Answers>) -> Self {
        Self {
            answers: (*answers != Answers::fastapi()).then_some(answers),
            personal: false,
            own_cookie: None,
            bodies: None,
        }
    }

    /// The same where users may come with a cookie.
    pub(crate) fn for_cookies(mut self, own: Option<OwnCookie>) -> Self {
        self.own_cookie = own;
        self
    }

    /// The same with bodies of errors in the shape of the application's own.
    pub(crate) fn with_bodies(mut self, bodies: Option<ErrorBodies>) -> Self {
        self.bodies = bodies;
        self
    }

    /// A response as it goes out.
    fn rendered(&self, mut response: Response) -> Response {
        if response.extensions().get::<Refusal>().is_some() {
            response = answered(response, self.answers.as_deref());
        }
        // Once, as the table's answer is: a router around this one leaves it so.
        let ours = response.extensions_mut().remove::<OurError>();
        match self.bodies.as_ref().filter(|_| ours.is_some()) {
            Some(bodies) => bodies.rewrite(response),
            None => response,
        }
    }

    /// The same around a route whose errors are those of OAuth (RFC 6749 §5.2), which its clients read.
    pub(crate) fn for_a_protocol(mut self) -> Self {
        self.bodies = None;
        self
    }

    /// The same around a route whose answers may be somebody's own whatever headers a request has.
    pub(crate) fn for_personal_answers(mut self) -> Self {
        self.personal = true;
        self
    }
}

impl<S> Layer<S> for Render {
    type Service = Rendered<S>;

    fn layer(&self, inner: S) -> Rendered<S> {
        let inside = Arc::new(Inside::new(Some(self.clone()), Questions::default()));
        Rendered { inner, inside }
    }
}

/// What stands right around a handler.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inside {
    /// `None`: answers pass as they are.
    render: Option<Render>,
    /// What is asked before the handler.
    questions: Questions,
    /// Credentials come elsewhere than in `Authorization`, to what no router of ours renders.
    personal: bool,
    /// What the document says of it, where it is held against that.
    statuses: Option<Arc<Statuses>>,
}

impl Inside {
    pub(crate) fn new(render: Option<Render>, questions: Questions) -> Self {
        Self {
            render,
            questions,
            ..Self::default()
        }
    }

    /// The same where answers may be somebody's own whatever headers a request has.
    pub(crate) fn for_personal_answers(mut self, personal: bool) -> Self {
        self.personal = personal;
        self
    }

    /// The same where answers are held against what the document says.
    pub(crate) fn held_against(mut self, statuses: Option<Arc<Statuses>>) -> Self {
        self.statuses = statuses;
        self
    }
}

impl<S> Layer<S> for Inside {
    type Service = Rendered<S>;

    fn layer(&self, inner: S) -> Rendered<S> {
        let inside = Arc::new(self.clone());
        Rendered { inner, inside }
    }
}

/// The same before it is known what will be rendered and asked, and whether. A layer around a finished route costs a request
/// three allocations more.
#[derive(Debug, Clone, Default)]
pub(crate) struct LateInside(Arc<OnceLock<Arc<Inside>>>);

impl LateInside {
    /// From now on; the first time counts.
    pub(crate) fn begin(&self, inside: Inside) {
        self.0.get_or_init(|| Arc::new(inside));
    }
}

impl<S> Layer<S> for LateInside {
    type Service = Rendered<S>;

    fn layer(&self, inner: S) -> Rendered<S> {
        let inside = self.0.get().cloned().unwrap_or_default();
        Rendered { inner, inside }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Rendered<S> {
    inner: S,
    /// One for all requests: axum clones what stands around a handler for each.
    inside: Arc<Inside>,
}

impl<S> Service<Request<Body>> for Rendered<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Rendering<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        matched::tell(request.extensions());
        let inside = &self.inside;
        let asked = |render: &Render| render.personal || request.headers().contains_key(AUTHORIZATION);
        let personal = inside.personal || inside.render.as_ref().is_some_and(asked);
        let own = inside.render.as_ref().and_then(|render| render.own_cookie.as_ref());
        let field = own.is_some_and(|own| hidden_field::may_count(&request, own));
        let way = if inside.questions.are_none() && !field {
            Way::Open {
                inner: self.inner.call(request),
            }
        } else {
            let inner = self.inner.clone();
            Way::Guarded {
                inner: Box::pin(guarded(inside.questions.clone(), inner, (request, field))),
            }
        };
        Rendering {
            way,
            inside: inside.clone(),
            personal,
        }
    }
}

/// Asks before the body is touched; but where only a `field` of it can say whose page asks, that is looked for first.
async fn guarded<S>(
    questions: Questions,
    inner: S,
    (request, field): (Request<Body>, bool),
) -> Result<Response, Infallible>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
{
    let request = match field {
        true => match hidden_field::look(request).await {
            Ok(request) => request,
            Err(refusal) => return Ok(refusal.into_response()),
        },
        false => request,
    };
    let (mut parts, body) = request.into_parts();
    match questions.ask(&mut parts).await {
        Some(refused) => Ok(refused),
        None => inner.oneshot(Request::from_parts(parts, body)).await,
    }
}

pin_project! {
    #[project = Projected]
    enum Way<F> {
        Open { #[pin] inner: F },
        Guarded { inner: Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>> },
    }
}

pin_project! {
    pub(crate) struct Rendering<F> {
        #[pin]
        way: Way<F>,
        inside: Arc<Inside>,
        personal: bool,
    }
}

impl<F> Future for Rendering<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = personal::asked(this.personal, || match this.way.project() {
            Projected::Open { inner } => inner.poll(context),
            Projected::Guarded { inner } => inner.as_mut().poll(context),
        });
        let Ok(mut response) = ready!(polled);
        if let Some(statuses) = &this.inside.statuses {
            statuses.look_at(response.status());
        }
        if let Some(render) = &this.inside.render {
            response = render.rendered(response);
        }
        // What was answered to someone in particular is for nobody else (RFC 9111 §5.2.2.5).
        if *this.personal && !response.headers().contains_key(CACHE_CONTROL) {
            response
                .headers_mut()
                .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        Poll::Ready(Ok(response))
    }
}
