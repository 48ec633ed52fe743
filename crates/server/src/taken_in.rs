//! That users of a file, or of another application, were taken in, is written down.

use portcullis_core::{AuditEvent, AuditKind};
use portcullis_sql::AnyDatabase;

use crate::failure::{OrFail as _, Outcome};
use crate::place::Place;
use crate::whoever::whoever;
use crate::{kept, signing};

/// Writes it down, with what there is to say of it. Where the master key is not at hand, as it needs not be for this,
/// the log says that it was not.
pub(crate) async fn taken_in(
    place: &Place,
    database: &AnyDatabase,
    more: impl FnOnce(AuditEvent) -> AuditEvent,
) -> Outcome {
    let Some(master) = signing::master_key_at_hand(place)? else {
        tracing::warn!("without the master key it is not written down that users were taken in");
        return Ok(());
    };
    let audit = kept::trail(database, &master).await?;
    let event = more(AuditEvent::new(AuditKind::UsersImported, whoever()));
    let written = audit.record(event).await;
    written.or_fail(
        "the users are stored, and it could not be written down",
        "Look at the disk.",
    )
}
