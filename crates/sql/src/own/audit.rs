//! The audit trail: who did what. Rows are added and read, and those that were sealed may be removed; none is ever
//! changed.

use portcullis_core::{AuditFilter, AuditRow, StoredRow, actor_of};

use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

/// The name that the steps below are remembered under.
pub(crate) const STEPS_OF: &str = "portcullis_audit";

/// The steps that make the tables in SQLite. What was released is never changed.
pub(crate) const SQLITE: &[&str] = &[include_str!("audit/sqlite/1_audit.sql")];

/// The same in PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: &[&str] = &[include_str!("audit/postgres/1_audit.sql")];

statements! {
    /// Adds a row ([`added`]), unless it is there: then no position is given either, not even in SQLite, where one that is
    /// refused for a conflict takes one.
    ADD = "INSERT INTO portcullis_audit (id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac) \
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 \
        WHERE NOT EXISTS (SELECT 1 FROM portcullis_audit WHERE id = $1) ON CONFLICT (id) DO NOTHING";
    /// At most `$2` rows behind the position `$1`, for [`stored`].
    BEHIND = "SELECT position, id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac \
        FROM portcullis_audit WHERE position > $1 ORDER BY position LIMIT $2";
    /// The same of those that are asked for ([`asked`]): the first.
    FIND = "SELECT position, id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac \
        FROM portcullis_audit WHERE position > $1 AND ($2 IS NULL OR subject = $2 OR actor = $3) \
        AND ($4 IS NULL OR kind = $4) AND at >= $5 ORDER BY position LIMIT $6";
    /// The same of those that are asked for ([`asked`]): the last, the newest first.
    LAST = "SELECT position, id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac \
        FROM portcullis_audit WHERE position > $1 AND ($2 IS NULL OR subject = $2 OR actor = $3) \
        AND ($4 IS NULL OR kind = $4) AND at >= $5 ORDER BY position DESC LIMIT $6";
    /// Removes the rows up to the position `$1`, as far as a seal binds them.
    PRUNE = "DELETE FROM portcullis_audit WHERE position <= $1 AND position <= \
        coalesce((SELECT upto FROM portcullis_seals ORDER BY number DESC LIMIT 1), 0)";
}

/// What [`ADD`] is given.
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

/// What [`FIND`] and [`LAST`] are given; `actor` is [`actor`] of the same filter.
pub(crate) fn asked<'a>(filter: &'a AuditFilter, actor: Option<&'a str>, after: u64, limit: usize) -> [Value<'a>; 6] {
    [
        Value::count(after),
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

/// Reads a row of [`BEHIND`], [`FIND`] or [`LAST`].
pub(crate) fn stored(row: &dyn Row) -> Result<StoredRow, Unreadable> {
    let text = |column| Ok::<_, Unreadable>(row.text_or_null(column)?.map(str::to_owned));
    Ok(StoredRow {
        position: row.count(0)?,
        row: AuditRow {
            id: row.array(1)?,
            at: row.count(2)?,
            kind: row.number(3)?,
            node: row.number(4)?,
            actor: text(5)?,
            subject: text(6)?,
            client: text(7)?,
            session: row.array_or_null(8)?,
            peer: text(9)?,
            agent: text(10)?,
            detail: text(11)?,
            key: row.number(12)?,
            mac: row.array(13)?,
        },
    })
}
