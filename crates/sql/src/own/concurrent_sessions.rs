//! Acts on sessions where several write at once, such as in PostgreSQL: each is one statement, and all lock in one order
//! (sessions by their ids, then their families), so that none waits for one that waits for it.
//!
//! A refresh locks its family alone; what locks a family without its session locks nothing else.

use std::collections::BTreeMap;
use std::net::IpAddr;

use portcullis_core::{Activity, AuditRow, Ended, Ending, Family, Rotation, SessionId};

use super::families::rotate;
use super::list::{Hex, list};
use super::sessions::{due, lives, looked_at_again, over};
use super::statement::statements;
use super::value::Value;
use super::{audit, families, sessions};

/// How many sessions of a client are ended in one act: no one else waits for long, and no deadline is too short.
pub(crate) const AT_ONCE: usize = 1_000;

/// Ends the sessions for which this holds, in the order of their ids, with their families.
macro_rules! end {
    ($which:literal $(, at most $limit:literal)?) => {
        concat!(
            "WITH living AS (SELECT id FROM portcullis_sessions WHERE ended IS NULL AND ",
            $which,
            " ORDER BY id",
            $(" LIMIT ", $limit,)?
            " FOR UPDATE), \
            over AS (UPDATE portcullis_sessions s SET ended = $1, ended_why = $2, \
            purge = CASE WHEN s.purge < $3 THEN s.purge ELSE $3 END FROM living WHERE s.id = living.id RETURNING s.id), \
            families AS (UPDATE portcullis_refresh_families f SET ended = $1, ended_why = $2 FROM over \
            WHERE f.session_id = over.id AND f.ended IS NULL) \
            SELECT id FROM over"
        )
    };
}

statements! {
    /// The next generation of a family with a row of the audit trail ([`rotated_and_noted`]), if it is still the one that was
    /// seen: one flight instead of four.
    ROTATE_AND_NOTE = concat!("WITH rotated AS (", rotate!(), " RETURNING id) \
        INSERT INTO portcullis_audit (id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac) \
        SELECT $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22 FROM rotated");
    /// Ends the session `$4`; like each of the following, at `$1`, for the reason `$2`, to go from the day `$3` on, and
    /// gives the ids of those that it ended.
    END = end!("id = $4");
    /// The session `$4` of the user `$5`.
    END_OF_USER = end!("id = $4 AND user_id = $5");
    /// All of the user `$4`, but for the session `$5`.
    END_ALL_OF_USER = end!("user_id = $4 AND id IS DISTINCT FROM $5");
    /// A thousand ([`AT_ONCE`]) of the client `$4`: it may have those of all users.
    END_SOME_OF_CLIENT = end!("client_id = $4", at most "1000");
    /// Sessions were used, and generations of their families confirmed ([`touched`]).
    TOUCH = "WITH used AS (SELECT decode(used.id, 'hex') AS id, used.seen, used.address \
        FROM unnest(string_to_array($1, ','), string_to_array($2, ',')::bigint[], string_to_array($3, ',', '')) \
        AS used (id, seen, address)), \
        held AS (SELECT s.id FROM portcullis_sessions s WHERE s.id IN (SELECT used.id FROM used) \
        ORDER BY s.id FOR NO KEY UPDATE), \
        touched AS (UPDATE portcullis_sessions s SET seen = used.seen, \
        last_address = coalesce(used.address, s.last_address) FROM used JOIN held ON held.id = used.id \
        WHERE s.id = held.id AND s.seen <= used.seen) \
        UPDATE portcullis_refresh_families f SET confirmed = 1 \
        FROM unnest(string_to_array($4, ','), string_to_array($5, ',')::bigint[]) AS known (id, generation) \
        JOIN held ON held.id = decode(known.id, 'hex') \
        WHERE f.session_id = held.id AND f.generation = known.generation AND f.confirmed = 0";
    /// At most `$2` sessions that are to be looked at on the day `$1`, and live, are looked at again when that is over.
    KEEP = concat!("UPDATE portcullis_sessions SET ", looked_at_again!(), " WHERE id IN (", due!(), " AND ", lives!(),
        " ORDER BY s.purge, s.id LIMIT $2 FOR UPDATE OF s SKIP LOCKED)");
    /// Removes at most `$2` sessions that are over on the day `$1`, with their families; what others have in hand is passed
    /// over.
    PURGE = concat!("WITH over AS (", over!(), " FOR UPDATE OF s SKIP LOCKED), \
        families AS (DELETE FROM portcullis_refresh_families f USING over WHERE f.session_id = over.id) \
        DELETE FROM portcullis_sessions s USING over WHERE s.id = over.id");
}

/// What [`ROTATE_AND_NOTE`] is given.
pub(crate) fn rotated_and_noted<'a>(seen: &'a Family, next: &'a Rotation, row: &'a AuditRow) -> Vec<Value<'a>> {
    let rotated = families::rotated(seen, next).into_iter();
    rotated.chain(audit::added(row)).collect()
}

/// The statement that ends these sessions, and what it is given; none for an end that is not known here.
pub(crate) fn ending(which: &Ending, ended: Ended) -> Option<(&'static str, Vec<Value<'_>>)> {
    let (_, values) = sessions::ending(which, ended)?;
    let sql = match which {
        Ending::Session(_) => END,
        Ending::SessionOf(..) => END_OF_USER,
        Ending::OfUser(..) => END_ALL_OF_USER,
        Ending::OfClient(_) => END_SOME_OF_CLIENT,
        _ => return None,
    };
    Some((sql, values))
}

/// What [`TOUCH`] is given: each session once, as it was used last.
pub(crate) fn touched(used: &[Activity]) -> [String; 5] {
    let mut in_order: Vec<&Activity> = used.iter().collect();
    in_order.sort_by_key(|used| used.seen);
    let mut each: BTreeMap<SessionId, (u64, Option<IpAddr>)> = BTreeMap::new();
    for used in in_order {
        let (seen, address) = each.entry(used.session).or_default();
        *seen = used.seen;
        *address = used.address.or(*address);
    }
    let addresses = each
        .values()
        .map(|(_, address)| address.map(|address| address.to_string()));
    let confirmed: Vec<_> = used
        .iter()
        .filter_map(|used| Some((used.session, used.generation?)))
        .collect();
    [
        list(each.keys().map(|id| Hex(id.as_bytes()))),
        list(each.values().map(|(seen, _)| i64::try_from(*seen).unwrap_or(i64::MAX))),
        list(addresses.map(Option::unwrap_or_default)),
        list(confirmed.iter().map(|(id, _)| Hex(id.as_bytes()))),
        list(confirmed.iter().map(|(_, generation)| generation)),
    ]
}
