//! How a client says which one it is (RFC 6749 §2.3, RFC 7523 §2.2).

use http::HeaderMap;
use portcullis_core::{ClientProof, ProofMethod};

use crate::authorization::{Twice, authorization};
use crate::basic::{Basic, Broken, parse_basic};
use crate::form::{Parameter, StrictForm};
use crate::refusal::{OAuthRefusal, Refusal};

/// The one kind of assertion that there is (RFC 7523 §2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client may say of itself in a form.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::ClientId,
    Parameter::ClientSecret,
    Parameter::ClientAssertion,
    Parameter::ClientAssertionType,
];

/// What a client shows of itself.
pub(super) struct Shown {
    /// `None` where it shows nothing at all.
    pub(super) proof: Option<ClientProof>,
    /// Whether it did so by `Authorization: Basic`.
    pub(super) basic: bool,
}

impl Shown {
    /// The answer to a client that is not known or proved nothing.
    pub(super) fn refused(&self) -> Refusal {
        OAuthRefusal::InvalidClient { basic: self.basic }.into()
    }
}

/// What the header shows.
pub(super) type InHeader = Result<Option<Basic>, Refusal>;

/// Puts together what a client shows in the header and in the form.
///
/// # Errors
/// Two ways at once, half of one, two ids (`invalid_request`).
pub(super) fn shown(basic: Option<Basic>, form: &mut StrictForm) -> Result<Shown, Refusal> {
    let id = form.take(Parameter::ClientId);
    let secret = form.take(Parameter::ClientSecret);
    let assertion = form.take(Parameter::ClientAssertion);
    let kind = form.take(Parameter::ClientAssertionType);
    let ways = [basic.is_some(), secret.is_some(), assertion.is_some() || kind.is_some()];
    if ways.into_iter().filter(|way| *way).count() > 1 {
        return Err(invalid(None, "The client authenticates in more than one way"));
    }
    let is_basic = basic.is_some();
    let id = id.map(|id| id.to_string());
    let proof = match (basic, secret) {
        (Some(basic), _) => Some(by_header(basic, id)?),
        (None, Some(secret)) => Some(ClientProof::Secret {
            id: id.ok_or_else(|| invalid(Some(Parameter::ClientId), "Field required"))?,
            secret,
            method: ProofMethod::Post,
        }),
        (None, None) => match (assertion, kind) {
            (None, None) => id.map(|id| ClientProof::None { id }),
            (Some(token), Some(kind)) if *kind == JWT_BEARER => Some(ClientProof::Assertion {
                id,
                token: token.to_string(),
            }),
            (None, Some(_)) => return Err(invalid(Some(Parameter::ClientAssertion), "Field required")),
            (Some(_), None) => return Err(invalid(Some(Parameter::ClientAssertionType), "Field required")),
            _ => {
                return Err(invalid(
                    Some(Parameter::ClientAssertionType),
                    "Not a known type of assertion",
                ));
            }
        },
    };
    Ok(Shown { proof, basic: is_basic })
}

/// What a client shows in the header. A page that was told of no client shows a name and a secret that are empty: nothing.
///
/// # Errors
/// Two headers (`invalid_request`), or one that cannot be read (`invalid_client`).
pub(super) fn in_header(headers: &HeaderMap) -> InHeader {
    let value = authorization(headers).map_err(|Twice| invalid(None, "Credentials given more than once"))?;
    match value.map_or(Ok(None), parse_basic) {
        Ok(Some(basic)) if basic.id.is_empty() && basic.secret.is_empty() => Ok(None),
        Ok(Some(basic)) if basic.id.is_empty() => Err(OAuthRefusal::InvalidClient { basic: true }.into()),
        Ok(basic) => Ok(basic),
        Err(Broken) => Err(OAuthRefusal::InvalidClient { basic: true }.into()),
    }
}

/// An id may stand in the form too, if it is the same. Who has no secret shows an empty one, as stock clients do.
fn by_header(basic: Basic, id: Option<String>) -> Result<ClientProof, Refusal> {
    if id.is_some_and(|id| id != basic.id) {
        return Err(invalid(Some(Parameter::ClientId), "Another client than in the header"));
    }
    Ok(if basic.secret.is_empty() {
        ClientProof::None { id: basic.id }
    } else {
        ClientProof::Secret {
            id: basic.id,
            secret: basic.secret,
            method: ProofMethod::Basic,
        }
    })
}

fn invalid(parameter: Option<Parameter>, sentence: &'static str) -> Refusal {
    OAuthRefusal::invalid_request(parameter.map(Parameter::name), sentence).into()
}

#[cfg(test)]
mod tests;
