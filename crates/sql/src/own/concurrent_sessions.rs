//! Acts on sessions where several write at once, such as in PostgreSQL: each is one statement, and all lock in one order
//! (sessions by their ids, then their families), so that none waits for one that waits for it.
//!
//! A refresh locks its family alone, but for once a week; what locks a family without its session locks nothing else.

use std::collections::BTreeMap;
use std::net::IpAddr;

use portcullis_core::{Activity, AuditRow, Ended, Ending, Family, Rotation, SessionId};

use super::list::{Hex, list};
use super::statement::statements;
use super::value::Value;
use super::{audit, families, sessions};

/// Ends the sessions for which this holds, in the order of their ids, with their families.
macro_rules! end {
    ($which:literal) => {
        concat!(
            "WITH living AS (SELECT id FROM portcullis_sessions WHERE ended IS NULL AND ",
            $which,
            " ORDER BY id FOR UPDATE), \
            over AS (UPDATE portcullis_sessions s SET ended = $1, ended_why = $2, \
            purge = CASE WHEN s.purge < $3 THEN s.purge ELSE $3 END FROM living WHERE s.id = living.id RETURNING s.id), \
            families AS (UPDATE portcullis_refresh_families f SET ended = $1, ended_why = $2 FROM over \
            WHERE f.session_id = over.id AND f.ended IS NULL) \
            SELECT id FROM over"
        )
    };
}

/// The session of a family that is refreshed is kept for longer.
macro_rules! longer {
    () => {
        "longer AS (UPDATE portcullis_sessions SET purge = $10 WHERE id = $11 AND purge + 7 <= $10 \
        AND ended IS NULL RETURNING id)"
    };
}

/// Behind it.
macro_rules! rotate {
    () => {
        "UPDATE portcullis_refresh_families SET generation = generation + 1, parent = digest, key = $1, digest = $2, \
        nonce = $3, rotated = $4, idle = $5, network = $6, confirmed = 0, late = 0 \
        WHERE id = $7 AND generation = $8 AND digest = $9 AND ended IS NULL AND (SELECT count(*) FROM longer) >= 0"
    };
}

statements! {
    /// The next generation of a family ([`rotated`]), if it is still the one that was seen. First its session is over on the
    /// day `$10` at the earliest, if what is noted lies more than a week before; that may hold where the rest does not.
    ROTATE = concat!("WITH ", longer!(), " ", rotate!());
    /// The same with a row of the audit trail ([`rotated_and_noted`]), which says whether it was: one flight instead of four.
    ROTATE_AND_NOTE = concat!("WITH ", longer!(), ", rotated AS (", rotate!(), " RETURNING id) \
        INSERT INTO portcullis_audit (id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac) \
        SELECT $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24 FROM rotated");
    /// Ends the session `$4`; like each of the following, at `$1`, for the reason `$2`, to go from the day `$3` on, and
    /// gives the ids of those that it ended.
    END = end!("id = $4");
    /// The session `$4` of the user `$5`.
    END_OF_USER = end!("id = $4 AND user_id = $5");
    /// All of the user `$4`, but for the session `$5`.
    END_ALL_OF_USER = end!("user_id = $4 AND id IS DISTINCT FROM $5");
    /// All of the client `$4`.
    END_ALL_OF_CLIENT = end!("client_id = $4");
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
    /// Removes at most `$2` sessions that are over on the day `$1`, with their families; what others have in hand is passed
    /// over.
    PURGE = "WITH over AS (SELECT id FROM portcullis_sessions WHERE purge <= $1 ORDER BY purge, id LIMIT $2 \
        FOR UPDATE SKIP LOCKED), \
        families AS (DELETE FROM portcullis_refresh_families f USING over WHERE f.session_id = over.id) \
        DELETE FROM portcullis_sessions s USING over WHERE s.id = over.id";
}

/// What [`ROTATE`] is given.
pub(crate) fn rotated<'a>(seen: &'a Family, next: &'a Rotation) -> [Value<'a>; 11] {
    let [key, digest, nonce, rotated, idle, network, id, generation, before] = families::rotated(seen, next);
    let over = sessions::over(next.idle, seen.ends);
    let session = seen.session.as_bytes().as_slice().into();
    [
        key, digest, nonce, rotated, idle, network, id, generation, before, over, session,
    ]
}

/// What [`ROTATE_AND_NOTE`] is given.
pub(crate) fn rotated_and_noted<'a>(seen: &'a Family, next: &'a Rotation, row: &'a AuditRow) -> Vec<Value<'a>> {
    rotated(seen, next).into_iter().chain(audit::added(row)).collect()
}

/// The statement that ends these sessions, and what it is given; none for an end that is not known here.
pub(crate) fn ending(which: &Ending, ended: Ended) -> Option<(&'static str, Vec<Value<'_>>)> {
    let (_, values) = sessions::ending(which, ended)?;
    let sql = match which {
        Ending::Session(_) => END,
        Ending::SessionOf(..) => END_OF_USER,
        Ending::OfUser(..) => END_ALL_OF_USER,
        Ending::OfClient(_) => END_ALL_OF_CLIENT,
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
