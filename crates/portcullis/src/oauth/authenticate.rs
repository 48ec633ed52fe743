//! Whether a client is who it says.

use std::sync::Arc;

use portcullis_core::{Attempt, Auth, Client, ClientAuthError, User};

use super::client::{InHeader, shown};
use crate::form::StrictForm;
use crate::refusal::Refusal;

/// The client that asks; `None`: the server's own first-party client, which shows nothing. Where there are no clients at
/// all, whatever is shown says nothing.
///
/// # Errors
/// It is not who it says (`invalid_client`), shows it in two ways (`invalid_request`), or the store is away.
pub(super) async fn known<U: User>(
    auth: &Auth<U>,
    header: InHeader,
    form: &mut StrictForm,
    attempt: &Attempt,
) -> Result<Option<Arc<Client>>, Refusal> {
    match auth.clients() {
        Some(_) => Ok(believed(auth, header, form, attempt).await?.0),
        None => Ok(None),
    }
}

/// The same where it must be one that proved who it is: what is told here is not for everybody.
///
/// # Errors
/// As for [`known`].
pub(super) async fn proven<U: User>(
    auth: &Auth<U>,
    header: InHeader,
    form: &mut StrictForm,
    attempt: &Attempt,
) -> Result<Arc<Client>, Refusal> {
    let (client, refused) = believed(auth, header, form, attempt).await?;
    client.filter(|client| !client.public).ok_or(refused)
}

/// The client, and how one is refused that is not enough.
async fn believed<U: User>(
    auth: &Auth<U>,
    header: InHeader,
    form: &mut StrictForm,
    attempt: &Attempt,
) -> Result<(Option<Arc<Client>>, Refusal), Refusal> {
    let shown = shown(header?, form)?;
    let refused = shown.refused();
    let (Some(clients), Some(proof)) = (auth.clients(), &shown.proof) else {
        return Ok((None, refused));
    };
    match clients.authenticate_from(proof, attempt).await {
        Ok(client) => Ok((Some(client), refused)),
        Err(ClientAuthError::Store(cause)) => Err(cause.into()),
        Err(reason) => {
            tracing::info!(%reason, method = proof.method().name(), "a client was not believed");
            Err(refused)
        }
    }
}
