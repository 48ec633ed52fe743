//! `POST /login`: a name and a password for a session that a cookie carries.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRef, FromRequest, State};
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{Request, StatusCode};
use portcullis_core::{Attempt, Auth, CookieGranted, LoginError, Password, ScopeSet, User, UserId};
use schemars::JsonSchema;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::target::{Target, done};
use crate::answers::Answers;
use crate::attempt::login_attempt;
use crate::device::Keeping;
use crate::form::{LoginForm, Parameter, read};
use crate::input::{Json, JsonLimit, is_json};
use crate::oauth::credentials;
use crate::openapi::{Describe, Operation, ResponseObject};
use crate::refusal::Refusal;
use crate::router::{ApiMethod, post, prefix};
use crate::session_cookie;

/// What the form knows.
const PARAMETERS: &[Parameter] = &[
    Parameter::Username,
    Parameter::Password,
    Parameter::Scope,
    Parameter::Next,
    Parameter::Failed,
];

/// How large a login in JSON may be, in bytes: the longest name, password and scope, and how a text is escaped. It is a stranger's.
const TYPED_AT_MOST: JsonLimit = JsonLimit(16 << 10);

/// The same as JSON, from a page's script.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Login")]
struct Typed {
    #[schemars(length(min = 1, max = UserId::MAX_LEN))]
    username: String,
    #[schemars(length(min = 1, max = Password::MAX_LEN), extend("format" = "password"))]
    password: Zeroed,
    /// What the session is to do, names with blanks between; by default all that the user may.
    #[serde(default)]
    #[schemars(length(max = ScopeSet::MAX_LEN))]
    scope: String,
}

/// A text that is wiped.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
struct Zeroed(#[schemars(with = "String")] Zeroizing<String>);

/// The route.
pub(super) fn route<S, U>(auth: &Auth<U>, answers: &Answers) -> ApiMethod<S>
where
    S: Clone + Send + Sync + 'static,
    U: User,
    Auth<U>: FromRef<S>,
{
    let throttled = auth.throttle().is_some();
    let answers = Arc::new(answers.clone());
    let handler = move |State(auth): State<Auth<U>>, login: PageLogin<U>| log_in(auth, answers.clone(), login);
    post(handler)
        .name("log_in")
        .tag("me")
        .description(
            "Begins a session that a cookie carries. A form is led to `next`, a path of this site (by default its root), or, \
             where it is refused, to `failed` with `error` in the query; JSON is answered with 204. What a page of another \
             site sends is refused.",
        )
        .with(move |operation| {
            if throttled {
                operation.throttled();
            }
        })
}

async fn log_in<U: User>(auth: Auth<U>, answers: Arc<Answers>, login: PageLogin<U>) -> Result<Response, Refusal> {
    let PageLogin {
        form,
        lead,
        failed,
        asks,
        ..
    } = login;
    let credentials = credentials(form, &answers)?;
    let granted = match (auth.log_in_with_cookie(credentials, &asks.attempt).await, failed) {
        (Ok(granted), _) => granted,
        (Err(error), Some(failed)) => return Ok(refused(error, failed)),
        (Err(error), None) => return Err(error.into()),
    };
    // Whoever logs in anew has one session, not one that nobody can reach any more.
    if let Some(before) = &asks.before
        && let Err(error) = auth.end_cookie(before, &asks.attempt).await
    {
        // The new one began: without its cookie nobody could reach or end it.
        tracing::warn!(%error, "the session that a browser had before a login could not be ended");
    }
    Ok(begun(&auth, &granted, lead, asks.keeping))
}

/// The page that asked says why.
fn refused(error: LoginError, failed: Target) -> Response {
    let why = error.class();
    // What is our own fault goes to the log.
    let _ = Refusal::from(error);
    done(Some(failed.because(why)))
}

fn begun<U: User>(auth: &Auth<U>, granted: &CookieGranted, lead: Option<Target>, keeping: Keeping) -> Response {
    let mut response = done(lead);
    let own = auth.cookies();
    if let Some(line) = own.and_then(|own| session_cookie::set(own, &granted.cookie)) {
        response.headers_mut().append(SET_COOKIE, line);
    }
    if let Some(device) = &granted.device {
        keeping.tell(device, response.headers_mut());
    }
    response
}

/// Somebody who logs in with a page.
struct PageLogin<U: User> {
    form: LoginForm,
    /// Where a form is led; `None`: a script asks.
    lead: Option<Target>,
    /// Where it is led if it is refused.
    failed: Option<Target>,
    asks: Asks,
    user: std::marker::PhantomData<fn() -> U>,
}

/// Who asks.
struct Asks {
    attempt: Attempt,
    keeping: Keeping,
    /// The cookie of the session that the browser has.
    before: Option<String>,
}

impl<S, U> FromRequest<S> for PageLogin<U>
where
    S: Send + Sync,
    U: User,
    Auth<U>: FromRef<S>,
{
    type Rejection = Response;

    /// Who asks is looked at before the body is read.
    async fn from_request(mut request: Request<Body>, state: &S) -> Result<Self, Response> {
        let auth = Auth::<U>::from_ref(state);
        let Some(own) = auth.cookies() else {
            return Err(Refusal::Failed.into_response());
        };
        let headers = request.headers();
        let is_json = is_json(headers);
        session_cookie::expect_page(own, headers, is_json).map_err(IntoResponse::into_response)?;
        let asks = Asks {
            attempt: login_attempt(request.extensions(), headers),
            keeping: Keeping::of(headers),
            before: session_cookie::only_one(own, headers).map(str::to_owned),
        };
        let root = Target::root(&prefix::prefix(&request));
        let user = std::marker::PhantomData;
        if is_json {
            request.extensions_mut().insert(TYPED_AT_MOST);
            let typed = Json::<Typed>::from_request(request, state).await;
            let Json(typed) = typed.map_err(IntoResponse::into_response)?;
            return Ok(Self {
                form: typed.into(),
                lead: None,
                failed: None,
                asks,
                user,
            });
        }
        let read = of_form(request).await.map_err(IntoResponse::into_response)?;
        let (form, next, failed) = read;
        Ok(Self {
            form,
            lead: Some(next.unwrap_or(root)),
            failed,
            asks,
            user,
        })
    }
}

async fn of_form(request: Request<Body>) -> Result<(LoginForm, Option<Target>, Option<Target>), Refusal> {
    let mut fields = read(request, PARAMETERS).await?;
    let mut places = fields.strict(&[Parameter::Next, Parameter::Failed])?;
    let next = Target::asked(places.take(Parameter::Next));
    let failed = Target::asked(places.take(Parameter::Failed));
    Ok((fields.into_login()?, next, failed))
}

impl From<Typed> for LoginForm {
    fn from(typed: Typed) -> Self {
        Self {
            grant_type: None,
            username: typed.username,
            password: typed.password.0,
            scope: typed.scope,
            client_id: None,
            client_secret: None,
            repeated: false,
            replaced: false,
            coded: false,
        }
    }
}

impl<U: User> Describe for PageLogin<U> {
    fn describe(operation: &mut Operation) {
        let field = |parameter: &Parameter| {
            let needed = [Parameter::Username, Parameter::Password].contains(parameter);
            (parameter.name(), needed)
        };
        operation.page_login(PARAMETERS.iter().map(field));
        operation.or_body_of::<Typed>("application/json");
        operation
            .success_status(StatusCode::NO_CONTENT)
            .success_description("The session began")
            .success_header("Set-Cookie", "The session's cookie.");
        let led = ResponseObject::new("The session began, and a form is led on")
            .with_header("Location", "A path of this site.")
            .with_header("Set-Cookie", "The session's cookie.");
        operation.response(StatusCode::SEE_OTHER, led);
        let foreign = ResponseObject::new("Asked for by another site");
        operation.response(StatusCode::FORBIDDEN, foreign);
    }
}
