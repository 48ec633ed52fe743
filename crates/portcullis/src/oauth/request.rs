//! What is asked of the endpoints for clients.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};
use http::request::Parts;
use http::{Extensions, HeaderMap, Request};
use portcullis_core::Attempt;
use zeroize::Zeroizing;

use super::client::{InHeader, in_header};
use crate::attempt::{attempt, login_attempt};
use crate::device::Keeping;
use crate::form::{Fields, Parameter, StrictForm, read};
use crate::openapi::{Describe, Operation};
use crate::refusal::Refusal;

/// A request for tokens. What its form holds is read as its grant asks.
pub(super) struct TokenRequest {
    pub(super) fields: Fields,
    pub(super) header: InHeader,
    pub(super) asker: Asker,
}

impl TokenRequest {
    /// The parameters of all grants.
    const PARAMETERS: &[Parameter] = &[
        Parameter::GrantType,
        Parameter::Username,
        Parameter::Password,
        Parameter::Scope,
        Parameter::ClientId,
        Parameter::ClientSecret,
        Parameter::ClientAssertion,
        Parameter::ClientAssertionType,
        Parameter::RefreshToken,
    ];
}

impl<S: Send + Sync> FromRequest<S> for TokenRequest {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Refusal> {
        let header = in_header(request.headers());
        let asker = Asker::of(request.extensions(), request.headers());
        let fields = read(request, Self::PARAMETERS).await?;
        Ok(Self { fields, header, asker })
    }
}

impl Describe for TokenRequest {
    fn describe(operation: &mut Operation) {
        operation.token_form(Self::PARAMETERS.iter().map(|parameter| (parameter.name(), false)));
    }
}

/// A token that a client asks something about (RFC 7009 §2.1, RFC 7662 §2.1).
pub(super) struct TokenQuestion {
    pub(super) token: Zeroizing<String>,
    /// The rest of the form: what a client shows.
    pub(super) form: StrictForm,
    pub(super) header: InHeader,
    pub(super) attempt: Attempt,
}

impl TokenQuestion {
    /// The hint says nothing that the token does not say itself; one that nobody knows is passed over.
    const PARAMETERS: &[Parameter] = &[
        Parameter::Token,
        Parameter::TokenTypeHint,
        Parameter::ClientId,
        Parameter::ClientSecret,
        Parameter::ClientAssertion,
        Parameter::ClientAssertionType,
    ];
}

impl<S: Send + Sync> FromRequest<S> for TokenQuestion {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Refusal> {
        let header = in_header(request.headers());
        let attempt = attempt(request.extensions(), request.headers());
        let mut form = read(request, Self::PARAMETERS).await?.strict(Self::PARAMETERS)?;
        Ok(Self {
            token: form.require(Parameter::Token)?,
            form,
            header,
            attempt,
        })
    }
}

impl Describe for TokenQuestion {
    fn describe(operation: &mut Operation) {
        let field = |parameter: &Parameter| (parameter.name(), *parameter == Parameter::Token);
        operation.client_form(Self::PARAMETERS.iter().map(field));
    }
}

/// Who asks, as far as the connection and the request say.
pub(super) struct Asker {
    pub(super) attempt: Attempt,
    pub(super) keeping: Keeping,
}

impl Asker {
    fn of(connection: &Extensions, request: &HeaderMap) -> Self {
        Self {
            attempt: login_attempt(connection, request),
            keeping: Keeping::of(request),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions, &parts.headers))
    }
}

impl Describe for Asker {
    fn describe(_: &mut Operation) {}
}
