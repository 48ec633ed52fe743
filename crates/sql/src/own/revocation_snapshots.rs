//! What is new among the entries where several write at once, such as in PostgreSQL. No number is given out in the order of
//! commits there, so where a reader stopped is what was visible to it: a snapshot. Whatever was not visible then is new.
//!
//! A row carries the number of the act that wrote it. An act that was going on at the snapshot is in its list, a later one
//! has a number from its end on; both are found by the index, however long another act has been going on.

use std::collections::BTreeMap;

use portcullis_core::Entry;

use super::list::{Hex, list};
use super::revocations::entry;
use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

statements! {
    /// Adds entries ([`added`]). One that is there and is needed for less long is written anew, so that who has read the
    /// shorter one reads the longer one too.
    ADD = "INSERT INTO portcullis_revocations AS kept (kind, subject, value, until, xid) \
        SELECT new.kind, decode(new.subject, 'hex'), new.value, new.until, pg_current_xact_id()::text::bigint \
        FROM unnest(string_to_array($1, ',')::bigint[], string_to_array($2, ','), string_to_array($3, ',')::bigint[], \
        string_to_array($4, ',')::bigint[]) AS new (kind, subject, value, until) \
        ON CONFLICT (kind, subject, value) DO UPDATE SET until = excluded.until, xid = excluded.xid \
        WHERE kept.until < excluded.until";
    /// What is new since the place ([`Place::values`]), for [`found`]: where a reader is then, and of what was to come and of
    /// what was going on at most `$4` each.
    ///
    /// Where numbers of acts may have been given out a second time the place means nothing: another server (or the same one
    /// anew), one that recovered from a crash (its counters of what it writes begin anew then), another table, fewer acts
    /// than there were. Nor can a standby tell which acts are going on. Rows of acts that are still to come were brought from
    /// elsewhere.
    NEWS = "WITH server AS (SELECT concat_ws('.', (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint, \
        (extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time()) * 1000000)::bigint, \
        'portcullis_revocations'::regclass::oid) AS instance, \
        pg_current_snapshot() AS seen, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next), \
        place AS (SELECT instance, seen, next, instance = $1 AND next >= $2 AS holds FROM server) \
        SELECT 0::bigint AS kind, NULL::bytea AS subject, holds::integer::bigint AS value, \
        pg_is_in_recovery()::integer::bigint AS until, instance || '/' || seen::text AS place FROM place \
        UNION ALL (SELECT kind, subject, value, until, NULL FROM portcullis_revocations \
        WHERE xid >= $2 AND xid < (SELECT next FROM place) AND (SELECT holds FROM place) LIMIT $4) \
        UNION ALL (SELECT kind, subject, value, until, NULL FROM portcullis_revocations \
        WHERE xid = ANY(string_to_array($3, ',')::bigint[]) AND (SELECT holds FROM place) LIMIT $4)";
    /// At most `$4` of all entries, behind that of the kind `$1`, the subject `$2` and the value `$3`, for [`keyed`].
    PAGE = "SELECT kind, subject, value, until FROM portcullis_revocations \
        WHERE (kind, subject, value) > ($1, $2, $3) ORDER BY kind, subject, value LIMIT $4";
    /// Removes at most `$2` entries that nobody needs at `$1`; what others have in hand is passed over.
    FORGET = "WITH over AS (SELECT kind, subject, value FROM portcullis_revocations WHERE until <= $1 ORDER BY until \
        LIMIT $2 FOR UPDATE SKIP LOCKED) \
        DELETE FROM portcullis_revocations r USING over \
        WHERE r.kind = over.kind AND r.subject = over.subject AND r.value = over.value";
}

/// What [`ADD`] is given: each entry once, in an order that all who write keep.
pub(crate) fn added(entries: &[Entry]) -> [String; 4] {
    let mut each = BTreeMap::new();
    for entry in entries {
        let until: &mut u64 = each
            .entry((entry.kind.number(), entry.subject, entry.value))
            .or_default();
        *until = entry.until.max(*until);
    }
    [
        list(each.keys().map(|(kind, ..)| kind)),
        list(each.keys().map(|(_, subject, _)| Hex(&subject.0))),
        // Any number of 64 bits, as in a row by itself.
        list(each.keys().map(|(.., value)| value.cast_signed())),
        list(each.values().map(|until| i64::try_from(*until).unwrap_or(i64::MAX))),
    ]
}

/// How far a reader has read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Place {
    /// What tells a server that goes on from one where numbers of acts may come again.
    instance: String,
    /// Acts with this number and later ones were still to come.
    next: i64,
    /// Those that were going on.
    running: String,
}

impl Place {
    /// That of a text; `None` if it is none of ours.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (instance, snapshot) = text.split_once('/')?;
        let plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
        if !instance.bytes().all(plain) {
            return None;
        }
        let mut parts = snapshot.split(':');
        let (_, next, running) = (parts.next()?, parts.next()?, parts.next()?);
        let numbers = |list: &str| list.split(',').all(|number| number.parse::<i64>().is_ok());
        if parts.next().is_some() || !(running.is_empty() || numbers(running)) {
            return None;
        }
        Some(Self {
            instance: instance.to_owned(),
            next: next.parse().ok()?,
            running: running.to_owned(),
        })
    }

    /// What [`NEWS`] is given.
    pub(crate) fn values(&self, limit: u64) -> [Value<'_>; 4] {
        [
            self.instance.as_str().into(),
            Value::Integer(self.next),
            self.running.as_str().into(),
            Value::count(limit),
        ]
    }
}

/// A row of [`NEWS`].
pub(crate) enum Found {
    /// Where a reader is now.
    Here {
        /// The text of that place.
        place: String,
        /// Whether the place that was handed in says what is new; everything is to be read if not.
        holds: bool,
        /// Whether the server is a standby, which does not know what goes on.
        standby: bool,
    },
    /// What is new; `None`: of a kind that only a newer version knows.
    New(Option<Entry>),
}

/// Reads a row of [`NEWS`].
pub(crate) fn found(row: &dyn Row) -> Result<Found, Unreadable> {
    match row.count(0)? {
        0 => Ok(Found::Here {
            place: row.text(4)?.to_owned(),
            holds: row.flag(2)?,
            standby: row.flag(3)?,
        }),
        _ => entry(row).map(Found::New),
    }
}

/// What tells one row from another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    kind: i64,
    subject: [u8; 16],
    value: i64,
}

impl Key {
    /// Before all others.
    pub(crate) const FIRST: Self = Self {
        kind: i64::MIN,
        subject: [0; 16],
        value: i64::MIN,
    };

    /// What [`PAGE`] is given for at most `limit` rows behind this one.
    pub(crate) fn behind(&self, limit: u64) -> [Value<'_>; 4] {
        [
            Value::Integer(self.kind),
            self.subject.as_slice().into(),
            Value::Integer(self.value),
            Value::count(limit),
        ]
    }
}

/// Reads a row of [`PAGE`].
pub(crate) fn keyed(row: &dyn Row) -> Result<(Key, Option<Entry>), Unreadable> {
    let key = Key {
        kind: row.integer(0)?,
        subject: row.array(1)?,
        value: row.integer(2)?,
    };
    Ok((key, entry(row)?))
}

#[cfg(test)]
mod tests {
    use portcullis_core::{Revoked, Subject16};

    use super::*;

    #[test]
    fn a_text_that_is_no_place_is_none() {
        let place = Place::of("1.2.3/740:745:740,743").expect("one");
        assert_eq!((place.next, place.running.as_str()), (745, "740,743"));
        assert_eq!(Place::of("1.2.3/740:740:").map(|place| place.next), Some(740));
        for text in [
            "", "0", ":", "/", "1/", "1/2", "1/2:3", "1/2:x:", "1/2:3:x", "1/2:3:4,", "1/2:3::", "'/1:2:", "1\0/1:2:",
        ] {
            assert_eq!(Place::of(text), None, "{text}");
        }
    }

    #[test]
    fn an_entry_that_comes_twice_is_added_once_with_the_later_end() {
        let entry = |subject: u8, value, until| Entry {
            kind: Revoked::Token,
            subject: Subject16([subject; 16]),
            value,
            until,
        };
        let added = added(&[entry(2, 0, 5), entry(1, u64::MAX, 7), entry(2, 0, 9), entry(2, 0, 6)]);
        let subjects = format!("{},{}", "01".repeat(16), "02".repeat(16));
        assert_eq!(added, ["2,2", &subjects, "-1,0", "7,9"]);
    }
}
