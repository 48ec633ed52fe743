//! The audit trail: who did what. Rows are added and read, and those that were sealed may be removed; none is ever
//! changed.

use portcullis_core::{AuditFilter, AuditRow, StoredRow, actor_of};

use super::row::{Foreign, Row, Unreadable};
use super::statement::statements;
use super::value::Value;

#[cfg(test)]
pub(crate) mod tampering;

/// The name that the steps below are remembered under.
pub(crate) const STEPS_OF: &str = "portcullis_audit";

/// The steps that make the tables in SQLite. What was released is never changed.
pub(crate) const SQLITE: &[&str] = &[include_str!("audit/sqlite/1_audit.sql")];

/// The same in PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: &[&str] = &[
    include_str!("audit/postgres/1_audit.sql"),
    include_str!("audit/postgres/2_unchecked_rows.sql"),
    include_str!("audit/postgres/3_starts.sql"),
];

statements! {
    /// At most `$2` rows behind the position `$1`, for [`stored`].
    BEHIND = "SELECT position, id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac \
        FROM portcullis_audit WHERE position > $1 AND position <= 9223372036854775807 ORDER BY position LIMIT $2";
    /// The same of those that are asked for ([`asked`]): the first. (PostgreSQL learns of what type a parameter is where it is
    /// compared, and that has to stand first.)
    FIND = "SELECT position, id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac \
        FROM portcullis_audit WHERE position > $1 AND position <= $2 AND (subject = $3 OR actor = $4 OR $3 IS NULL) \
        AND (kind = $5 OR $5 IS NULL) AND at >= $6 ORDER BY position LIMIT $7";
    /// The same of those that are asked for ([`asked`]): the last, the newest first.
    LAST = "SELECT position, id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac \
        FROM portcullis_audit WHERE position > $1 AND position <= $2 AND (subject = $3 OR actor = $4 OR $3 IS NULL) \
        AND (kind = $5 OR $5 IS NULL) AND at >= $6 ORDER BY position DESC LIMIT $7";
    /// Removes the rows up to the position `$1`, as far as a seal binds them.
    PRUNE = "DELETE FROM portcullis_audit WHERE position <= $1 AND position <= \
        coalesce((SELECT upto FROM portcullis_seals ORDER BY number DESC LIMIT 1), 0)";
}

/// What a statement that adds a row is given: that of [`audit_sequences`](super::audit_sequences) or of
/// [`audit_numbers`](super::audit_numbers).
pub(crate) fn added(row: &AuditRow) -> [Value<'_>; 13] {
    [
        row.id.as_slice().into(),
        Value::count(row.at),
        Value::count(row.kind.into()),
        Value::count(row.node.into()),
        row.actor.as_deref().into(),
        row.subject.as_deref().into(),
        row.client.as_deref().into(),
        row.session.as_ref().map(<[u8; 16]>::as_slice).into(),
        row.peer.as_deref().into(),
        row.agent.as_deref().into(),
        row.detail.as_deref().into(),
        Value::count(row.key.into()),
        row.mac.as_slice().into(),
    ]
}

/// What [`FIND`] and [`LAST`] are given: the positions behind the first of these and up to the second; `actor` is [`actor`]
/// of the same filter.
pub(crate) fn asked<'a>(
    filter: &'a AuditFilter,
    actor: Option<&'a str>,
    (after, upto): (u64, u64),
    limit: usize,
) -> [Value<'a>; 7] {
    [
        Value::count(after),
        Value::count(upto),
        filter.user.as_deref().into(),
        actor.into(),
        filter.kind.map(|kind| Value::count(kind.into())).into(),
        Value::count(filter.since.unwrap_or(0)),
        Value::count(u64::try_from(limit).unwrap_or(u64::MAX)),
    ]
}

/// How the user who is asked for is spelled where they did something.
pub(crate) fn actor(filter: &AuditFilter) -> Option<String> {
    filter.user.as_deref().map(actor_of)
}

/// Reads a row of [`BEHIND`], [`FIND`] or [`LAST`]. One that holds what no server of ours writes is a row too, and shown: but
/// nothing vouches for it.
pub(crate) fn stored(row: &dyn Row) -> Result<StoredRow, Unreadable> {
    let foreign = &mut Foreign::default();
    let text = |foreign: &mut Foreign, column| foreign.take(row.text_or_null(column)).map(str::to_owned);
    Ok(StoredRow {
        position: row.count(0)?,
        row: AuditRow {
            id: foreign.take(row.array(1)),
            at: foreign.take(row.count(2)),
            kind: foreign.take(row.number(3)),
            node: foreign.take(row.number(4)),
            actor: text(foreign, 5),
            subject: text(foreign, 6),
            client: text(foreign, 7),
            session: foreign.take(row.array_or_null(8)),
            peer: text(foreign, 9),
            agent: text(foreign, 10),
            detail: text(foreign, 11),
            key: foreign.take(row.number(12)),
            mac: {
                let mac = foreign.take(row.array(13));
                foreign.unless_found(mac)
            },
        },
    })
}
