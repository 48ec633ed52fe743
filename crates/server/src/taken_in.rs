//! What commands do to many users at once is written down.

use portcullis_core::{Audit, AuditEvent, AuditKind};
use portcullis_sql::AnyDatabase;

use crate::failure::{OrFail as _, Outcome};
use crate::place::Place;
use crate::whoever::whoever;
use crate::{kept, signing};

/// The trail to write it into. Where the master key is not at hand, as it needs not be for this, the log says that it is not
/// written down.
pub(crate) async fn trail_at_hand(place: &Place, database: &AnyDatabase) -> Outcome<Option<Audit>> {
    let Some(master) = signing::master_key_at_hand(place)? else {
        tracing::warn!("without the master key it is not written down what is done to users");
        return Ok(None);
    };
    kept::trail(database, &master).await.map(Some)
}

/// Writes down that users of a file, or of another application, were taken in, with what there is to say of it.
pub(crate) async fn taken_in(
    place: &Place,
    database: &AnyDatabase,
    more: impl FnOnce(AuditEvent) -> AuditEvent,
) -> Outcome {
    let Some(audit) = trail_at_hand(place, database).await? else {
        return Ok(());
    };
    let event = more(AuditEvent::new(AuditKind::UsersImported, whoever()));
    let written = audit.record(event).await;
    written.or_fail(
        "the users are stored, and it could not be written down",
        "Look at the disk.",
    )
}
