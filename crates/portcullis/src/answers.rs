//! What is answered: every refusal → status, body, challenge. One table, two presets.

use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use crate::challenge::WwwAuthenticate;
use crate::refusal::Refusal;

mod answer;
mod oauth;

pub use answer::{Answer, Challenge};
pub use oauth::OAuthAnswers;

use answer::answer;

/// The whole table. Take a preset and change single rows:
///
/// ```
/// use portcullis::{Answers, Challenge};
/// let mut answers = Answers::fastapi();
/// answers.no_token.detail = "Please log in";
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// No `Authorization` header, or one of another scheme.
    pub no_token: Answer,
    /// A token malformed, forged, expired, ended, or of a user who is gone; a cookie whose session has ended.
    pub bad_token: Answer,
    /// A token given in a way that cannot be read for certain, such as two `Authorization` headers.
    pub bad_credentials: Answer,
    /// No credentials of any [scheme](crate::schemes) that would do.
    pub no_credentials: Answer,
    /// Credentials of the right scheme that cannot be right. `None`: as where none came, whatever that row says; where it has a
    /// challenge, that of the scheme that they are of.
    pub broken_credentials: Option<Answer>,
    /// Credentials of a [scheme](crate::schemes) that came more than once with different values. `None`: as where none came.
    pub doubled_credentials: Option<Answer>,
    /// Name and password by Basic that are not right.
    pub wrong_basic: Answer,
    /// A change, or a WebSocket, that a page of another site asks for with the user's cookie, or a login that it asks for.
    pub cross_site: Answer,
    /// The user is disabled.
    pub inactive: Answer,
    /// The token does not cover what the route asks.
    pub missing_scope: Answer,
    /// An object that does not exist, or that is hidden from who has no right to it ([`Guarded`](crate::Guarded)).
    pub no_object: Answer,
    /// No right to an object that is not hidden.
    pub not_allowed: Answer,
    /// An API key, where a user is asked for in person: whatever opens accounts is not changed by one.
    pub not_in_person: Answer,
    /// Name or password wrong.
    pub wrong_login: Answer,
    /// The form's fields are not valid. The `detail` is FastAPI's list of errors in both presets.
    pub bad_form: Answer,
    /// A `grant_type` other than `password`.
    pub bad_grant_type: Answer,
    /// A `scope` that cannot be granted.
    pub bad_scope: Answer,
    /// Too many logins are waiting; `Retry-After` says when to come back.
    pub busy: Answer,
    /// Too much was tried on an account or from a network; `Retry-After` says when to come back. The same for names that
    /// there are and that there are not.
    pub throttled: Answer,
    /// The store cannot be reached; `Retry-After` says when to come back.
    pub unavailable: Answer,
    /// Something of ours failed; the cause is in the log.
    pub failed: Answer,
    /// What the OAuth endpoints answer beside logins.
    pub oauth: OAuthAnswers,
    /// Whether a scope that cannot be granted refuses the login (RFC 6749 §3.3) where nothing else was asked for;
    /// otherwise it is left out.
    pub refuse_bad_scope: bool,
    /// Whether a disabled account is refused at login already, as if the password were wrong; otherwise it gets a token
    /// that opens no route which asks for an active user, as in the chapter.
    pub refuse_inactive_logins: bool,
    /// Whether the OpenAPI document shows the refusals of each guarded route; FastAPI's does not.
    pub document_refusals: bool,
    /// The realm of a challenge that must name one (Basic, RFC 7617 §2), where its scheme names none; FastAPI leaves it out.
    pub realm: Option<&'static str>,
    /// Whether the document says of security what FastAPI's says where that is not so: an optional scheme stands as a needed
    /// one, an address of tokens below a prefix as it was written, and the strict form's password as any text.
    pub document_as_fastapi: bool,
    /// Whether HEAD is answered wherever GET is, and OPTIONS with `Allow` (RFC 9110 §9.3.2, §9.3.7); FastAPI answers both
    /// with 405.
    pub head_and_options: bool,
    /// Whether `Allow` names the first method of a path alone, as Starlette does where each method is a route of its own;
    /// otherwise it names all of them (RFC 9110 §10.2.1).
    pub allow_first: bool,
    /// Whether `/` leads to `/docs`, where there are docs and nothing else answers it; FastAPI answers 404.
    pub root_to_docs: bool,
}

impl Answers {
    /// The recorded answers of FastAPI's chapter, to the letter.
    pub fn fastapi() -> Self {
        use Challenge::{Bearer, None as Silent, OfScheme, WithScope};
        let ours = StatusCode::SERVICE_UNAVAILABLE;
        Self {
            no_token: answer(StatusCode::UNAUTHORIZED, "Not authenticated", None, Bearer),
            bad_token: answer(
                StatusCode::UNAUTHORIZED,
                "Could not validate credentials",
                None,
                WithScope,
            ),
            bad_credentials: answer(
                StatusCode::UNAUTHORIZED,
                "Could not validate credentials",
                None,
                WithScope,
            ),
            no_credentials: answer(StatusCode::UNAUTHORIZED, "Not authenticated", None, OfScheme),
            broken_credentials: None,
            doubled_credentials: None,
            wrong_basic: answer(
                StatusCode::UNAUTHORIZED,
                "Incorrect username or password",
                None,
                OfScheme,
            ),
            cross_site: answer(StatusCode::FORBIDDEN, "Asked for by another site", None, Silent),
            inactive: answer(StatusCode::BAD_REQUEST, "Inactive user", None, Silent),
            missing_scope: answer(StatusCode::UNAUTHORIZED, "Not enough permissions", None, WithScope),
            no_object: answer(StatusCode::NOT_FOUND, "Not Found", None, Silent),
            not_allowed: answer(StatusCode::FORBIDDEN, "Not allowed", None, Silent),
            not_in_person: answer(StatusCode::FORBIDDEN, "An API key cannot do this", None, Silent),
            wrong_login: answer(StatusCode::UNAUTHORIZED, "Incorrect username or password", None, Bearer),
            bad_form: answer(StatusCode::UNPROCESSABLE_ENTITY, "", None, Silent),
            bad_grant_type: answer(StatusCode::UNPROCESSABLE_ENTITY, "", None, Silent),
            bad_scope: answer(StatusCode::BAD_REQUEST, "Scope cannot be granted", None, Silent),
            busy: answer(ours, "Too many logins are waiting, try again later", None, Silent),
            throttled: answer(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many attempts, try again later",
                None,
                Silent,
            ),
            unavailable: answer(ours, "Temporarily unavailable, try again later", None, Silent),
            failed: answer(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", None, Silent),
            oauth: OAuthAnswers::default(),
            refuse_bad_scope: false,
            refuse_inactive_logins: false,
            document_refusals: false,
            realm: None,
            document_as_fastapi: false,
            head_and_options: false,
            allow_first: false,
            root_to_docs: false,
        }
    }

    /// The answers of the chapter's sequel on scopes: as [`Answers::fastapi`], but a wrong login is 400 without a
    /// challenge.
    pub fn fastapi_scopes() -> Self {
        let mut answers = Self::fastapi();
        answers.wrong_login.status = StatusCode::BAD_REQUEST;
        answers.wrong_login.challenge = Challenge::None;
        answers
    }

    /// The recorded answers of the classes of `fastapi.security`, to the letter: as [`Answers::fastapi`], but the document is
    /// FastAPI's also where that says what is not so ([`Answers::document_as_fastapi`]).
    pub fn fastapi_security() -> Self {
        Self {
            document_as_fastapi: true,
            allow_first: true,
            ..Self::fastapi()
        }
    }

    /// RFC 6749 §5.2 and RFC 6750 §3, with FastAPI's `detail` kept beside `error` and `error_description`.
    pub fn rfc() -> Self {
        use Challenge::{Bearer, None as Silent, WithError};
        let bad = StatusCode::BAD_REQUEST;
        let mut answers = Self::fastapi();
        answers.no_token.challenge = Bearer;
        answers.bad_token = answer(
            StatusCode::UNAUTHORIZED,
            "Could not validate credentials",
            Some("invalid_token"),
            WithError,
        );
        answers.bad_credentials = answer(
            bad,
            "Credentials given more than once",
            Some("invalid_request"),
            WithError,
        );
        answers.doubled_credentials = Some(answers.bad_credentials.clone());
        answers.inactive = answers.bad_token.clone();
        answers.missing_scope = answer(
            StatusCode::FORBIDDEN,
            "Not enough permissions",
            Some("insufficient_scope"),
            WithError,
        );
        answers.not_in_person.error = Some("insufficient_scope");
        answers.wrong_login = answer(bad, "Incorrect username or password", Some("invalid_grant"), Silent);
        answers.bad_form = answer(bad, "", Some("invalid_request"), Silent);
        answers.bad_grant_type = answer(bad, "", Some("unsupported_grant_type"), Silent);
        answers.bad_scope.error = Some("invalid_scope");
        answers.busy.error = Some("temporarily_unavailable");
        answers.throttled.error = Some("temporarily_unavailable");
        answers.unavailable.error = Some("temporarily_unavailable");
        answers.failed.error = Some("server_error");
        answers.refuse_bad_scope = true;
        answers.refuse_inactive_logins = true;
        answers.document_refusals = true;
        answers.realm = Some("api");
        answers.head_and_options = true;
        answers.root_to_docs = true;
        answers
    }

    /// The row of credentials that cannot be right.
    pub(crate) fn broken(&self) -> &Answer {
        self.broken_credentials.as_ref().unwrap_or(&self.no_credentials)
    }

    /// The row of credentials of a scheme that came more than once.
    pub(crate) fn doubled(&self) -> &Answer {
        self.doubled_credentials.as_ref().unwrap_or(&self.no_credentials)
    }

    /// The answer to what came of a scheme, with the row that was chosen for it, if one was. Which scheme it is of is known, so a
    /// fixed challenge for whoever brought nothing would lead to another one.
    fn respond_to_own(&self, chosen: &Option<Answer>, challenges: &[WwwAuthenticate]) -> Response {
        let mut row = chosen.as_ref().unwrap_or(&self.no_credentials).clone();
        if chosen.is_none() && row.challenge != Challenge::None {
            row.challenge = Challenge::OfScheme;
        }
        row.respond_for(challenges, self.realm)
    }

    fn respond_of_scheme(&self, refusal: &Refusal, challenges: &[WwwAuthenticate]) -> Response {
        match refusal {
            Refusal::MissingScope { .. } => self.missing_scope.respond_for(challenges, self.realm),
            Refusal::Inactive { .. } => self.inactive.respond_for(challenges, self.realm),
            other => self.respond(other),
        }
    }

    /// The answer to a refusal.
    pub fn respond(&self, refusal: &Refusal) -> Response {
        let (row, scope, fields) = match refusal {
            Refusal::NoToken => (&self.no_token, None, None),
            Refusal::BadToken { scope } | Refusal::SessionEnded { scope } => (&self.bad_token, Some(scope), None),
            Refusal::BadCredentials { scope } => (&self.bad_credentials, Some(scope), None),
            Refusal::Inactive { scope } => (&self.inactive, Some(scope), None),
            Refusal::MissingScope { scope } => (&self.missing_scope, Some(scope), None),
            Refusal::NoObject => (&self.no_object, None, None),
            Refusal::NotAllowed => (&self.not_allowed, None, None),
            Refusal::NotInPerson => (&self.not_in_person, None, None),
            Refusal::WrongLogin => (&self.wrong_login, None, None),
            Refusal::BadForm { errors } => (&self.bad_form, None, Some(errors)),
            Refusal::BadGrantType { errors } => (&self.bad_grant_type, None, Some(errors)),
            Refusal::BadBody { status, detail } => {
                return self.bad_form.respond_with(*status, "", detail.as_str().into());
            }
            Refusal::OAuth(refusal) => return self.oauth.respond(refusal),
            Refusal::NoCredentials { challenges } => return self.no_credentials.respond_for(challenges, self.realm),
            Refusal::BrokenCredentials { challenges } => {
                return self.respond_to_own(&self.broken_credentials, challenges);
            }
            Refusal::DoubledCredentials { challenges } => {
                return self.respond_to_own(&self.doubled_credentials, challenges);
            }
            Refusal::OfScheme { refusal, challenges } => return self.respond_of_scheme(refusal, challenges),
            Refusal::WrongBasic { challenges } => return self.wrong_basic.respond_for(challenges, self.realm),
            Refusal::CrossSite => (&self.cross_site, None, None),
            Refusal::BadScope => (&self.bad_scope, None, None),
            Refusal::Busy { .. } => (&self.busy, None, None),
            Refusal::Throttled { .. } => (&self.throttled, None, None),
            Refusal::Unavailable { .. } => (&self.unavailable, None, None),
            Refusal::Failed => (&self.failed, None, None),
        };
        let scope = scope.map_or_else(String::new, |scope| scope.as_str().to_owned());
        let mut response = row.respond(&scope, fields.map(|errors| errors.as_slice()));
        if let Refusal::Busy { retry_after }
        | Refusal::Throttled { retry_after }
        | Refusal::Unavailable { retry_after } = refusal
        {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        response
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self::fastapi()
    }
}
