//! What a node asks its database twice a second: what time it is, whether it still lets write, and who copies it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use portcullis_core::StoreError;

use super::clock::PostgresClock;
use super::lanes::Lanes;
use super::replication::Replication;
use crate::links::{WHICH, which};

/// How often.
const EVERY: Duration = Duration::from_millis(500);

const PULSE: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, \
    CASE WHEN pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' THEN 1::bigint ELSE 0::bigint END";

/// How often the first answer is asked for, half a second each time.
const TRIES: u32 = 6;

/// Asks until it is answered, and then again and again for as long as somebody has the lanes.
///
/// # Errors
/// What the last question came to, if no answer comes.
pub(super) async fn begin(lanes: &Arc<Lanes>, clock: &PostgresClock) -> Result<(), StoreError> {
    let mut felt = feel(lanes, clock).await;
    for _ in 1..TRIES {
        if felt.is_ok() {
            break;
        }
        lanes.connector().pause().await;
        felt = feel(lanes, clock).await;
    }
    felt?;
    tokio::spawn(go_on(Arc::downgrade(lanes), clock.clone()));
    Ok(())
}

/// Asks once.
async fn feel(lanes: &Lanes, clock: &PostgresClock) -> Result<(), StoreError> {
    let seat = lanes.connector().seat();
    let asked = clock.elapsed();
    let told = lanes
        .feed(PULSE, &[], |row| Ok((row.integer(0)?, row.flag(1)?)))
        .await?;
    let answered = clock.elapsed();
    for (told, lets_nobody_write) in told {
        clock.learn(asked, told, answered);
        // What is looked at there is of yesterday.
        if lets_nobody_write {
            lanes.connector().leave(seat);
        }
    }
    if lanes.connector().is_pooled() {
        // Not every engine can tell.
        let found = lanes.feed(WHICH, &[], which).await.unwrap_or_default();
        for found in found.into_iter().flatten() {
            lanes.connector().saw(seat, found);
        }
    }
    if lanes.must_be_replicated() {
        let seen = Replication::look(lanes).await?;
        lanes.saw_replicated(seat.place, seen == Replication::Synchronous);
    }
    Ok(())
}

async fn go_on(lanes: Weak<Lanes>, clock: PostgresClock) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(lanes) = lanes.upgrade() else { return };
        // That the database is away others say.
        let _ = feel(&lanes, &clock).await;
        lanes.leave_old();
    }
}
