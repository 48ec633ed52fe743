//! `POST /token`: a form in, a token out (RFC 6749 §4.3, §4.4, §6).

use std::sync::Arc;

use axum::extract::{FromRef, State};
use portcullis_core::{Auth, Client, GrantType, Granted, Presented, ScopeSet, User};
use serde_json::Value;

use super::authenticate::{known, proven};
use super::client;
use super::login::{LoginRequest, credentials};
use super::request::{Asker, TokenRequest};
use super::response::{FullToken, RefreshableToken, TokenResponse};
use crate::answers::Answers;
use crate::detail::FieldError;
use crate::form::{LoginForm, Parameter, StrictForm};
use crate::refusal::{OAuthRefusal, Refusal};
use crate::router::{ApiMethod, post};

/// The parameters of what is no login: those of a refresh and of a client for itself.
const PARAMETERS: &[Parameter] = &[
    Parameter::GrantType,
    Parameter::RefreshToken,
    Parameter::Scope,
    Parameter::ClientId,
    Parameter::ClientSecret,
    Parameter::ClientAssertion,
    Parameter::ClientAssertionType,
];

/// The route. Where there are neither sessions nor clients it knows nothing but logins, as FastAPI has them.
pub(super) fn route<S, U>(auth: &Auth<U>, answers: &Answers) -> ApiMethod<S>
where
    S: Clone + Send + Sync + 'static,
    U: User,
    Auth<U>: FromRef<S>,
{
    let full = answers.document_refusals;
    let refreshable = auth.sessions().is_some();
    let answers = Arc::new(answers.clone());
    let throttled = auth.throttle().is_some() && auth.takes_passwords();
    let method = if refreshable || auth.clients().is_some() || !auth.takes_passwords() {
        post(move |State(auth): State<Auth<U>>, request: TokenRequest| tokens(auth, answers.clone(), request))
    } else {
        post(
            move |State(auth): State<Auth<U>>, asker: Asker, LoginRequest(form): LoginRequest| {
                log_in(auth, answers.clone(), asker, form)
            },
        )
    };
    method.name("login_for_access_token").with(move |operation| {
        if throttled {
            operation.throttled();
        }
        if refreshable {
            operation.json::<RefreshableToken>();
        } else if full {
            operation.json::<FullToken>();
        }
    })
}

/// A login, where there is nothing else.
async fn log_in<U: User>(
    auth: Auth<U>,
    answers: Arc<Answers>,
    asker: Asker,
    form: LoginForm,
) -> Result<TokenResponse, Refusal> {
    let credentials = credentials(form, &answers)?;
    let granted = auth.log_in_for(credentials, None, &asker.attempt).await?;
    Ok(TokenResponse(granted, asker.keeping))
}

/// Whatever the grant. One that is not on, or that nobody knows, is answered as a login with a wrong `grant_type`.
async fn tokens<U: User>(
    auth: Auth<U>,
    answers: Arc<Answers>,
    request: TokenRequest,
) -> Result<TokenResponse, Refusal> {
    let keeping = request.asker.keeping;
    request.fields.expect_once(Parameter::GrantType)?;
    let granted = match grant_type(&request) {
        Some(GrantType::RefreshToken) if auth.sessions().is_some() => refresh(&auth, request).await,
        Some(GrantType::ClientCredentials) if auth.clients().is_some() => for_itself(&auth, request).await,
        _ => by_password(&auth, &answers, request).await,
    };
    Ok(TokenResponse(granted?, keeping))
}

fn grant_type(request: &TokenRequest) -> Option<GrantType> {
    let name = request.fields.peek(Parameter::GrantType)?;
    GrantType::of_name(std::str::from_utf8(name).ok()?)
}

/// A name and a password. Who shows no client is the server's own.
async fn by_password<U: User>(
    auth: &Auth<U>,
    answers: &Answers,
    mut request: TokenRequest,
) -> Result<Granted, Refusal> {
    if !auth.takes_passwords() {
        // Whatever is asked for is another grant (RFC 6749 §5.2), if one is asked for.
        request.fields.expect(Parameter::GrantType)?;
        return Err(not_on());
    }
    let client = match auth.clients() {
        Some(_) => {
            let mut form = request.fields.strict(client::PARAMETERS)?;
            known(auth, request.header, &mut form, &request.asker.attempt).await?
        }
        None => None,
    };
    // First whether it is a login at all: whoever asks for a grant that nobody knows, or for none, is told that.
    let is_of_others = client.as_deref().is_some_and(|client| !client.first_party);
    if is_of_others {
        request.fields.expect(Parameter::GrantType)?;
    }
    let credentials = credentials(request.fields.into_login()?, answers)?;
    if is_of_others {
        return Err(OAuthRefusal::UnauthorizedClient.into());
    }
    expect_grant(client.as_deref(), GrantType::Password)?;
    Ok(auth
        .log_in_for(credentials, client.as_deref(), &request.asker.attempt)
        .await?)
}

/// No login is taken here.
fn not_on() -> Refusal {
    let sentence = "Value error, this grant is not taken";
    let error = FieldError::new("value_error", ["body", "grant_type"], sentence, Value::Null);
    Refusal::BadGrantType { errors: vec![error] }
}

/// What a login left behind (RFC 6749 §6).
async fn refresh<U: User>(auth: &Auth<U>, mut request: TokenRequest) -> Result<Granted, Refusal> {
    let mut form = request.fields.strict(PARAMETERS)?;
    let client = known(auth, request.header, &mut form, &request.asker.attempt).await?;
    let text = form.require(Parameter::RefreshToken)?;
    let scope = scope(&mut form)?;
    expect_grant(client.as_deref(), GrantType::RefreshToken)?;
    let presented = Presented {
        text: &text,
        client: client.as_deref().map(|client| &*client.id),
        scope: scope.as_ref(),
        attempt: &request.asker.attempt,
    };
    Ok(auth.refresh(presented).await?)
}

/// A client's own proof (RFC 6749 §4.4).
async fn for_itself<U: User>(auth: &Auth<U>, mut request: TokenRequest) -> Result<Granted, Refusal> {
    let mut form = request.fields.strict(PARAMETERS)?;
    let client = proven(auth, request.header, &mut form, &request.asker.attempt).await?;
    let scope = scope(&mut form)?.unwrap_or_default();
    Ok(auth.client_credentials(&client, &scope, &request.asker.attempt).await?)
}

fn expect_grant(client: Option<&Client>, grant: GrantType) -> Result<(), Refusal> {
    match client {
        Some(client) if !client.grants.contains(&grant) => Err(OAuthRefusal::UnauthorizedClient.into()),
        _ => Ok(()),
    }
}

fn scope(form: &mut StrictForm) -> Result<Option<ScopeSet>, Refusal> {
    let text = form.take(Parameter::Scope);
    let scope = text.map(|text| ScopeSet::parse(&text)).transpose();
    scope.map_err(|_| OAuthRefusal::InvalidScope.into())
}

#[cfg(test)]
mod tests;
