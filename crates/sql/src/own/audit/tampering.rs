//! What somebody with the database in hand may do to the trail, and what is found then: the same in every database.

use portcullis_core::{Anchor, Audit, AuditEvent, AuditKind, Cause, Finding};

/// What is spelled differently.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    /// 16 bytes that no other row has.
    pub(crate) random: &'static str,
    /// The statements after which its tables take what they were made not to.
    pub(crate) unchecked: &'static str,
    /// The statement after which the database remembers that this was the last position or number that it gave in a table.
    pub(crate) forget: fn(table: &str, last: u32) -> String,
}

/// Its name, the statements, and what is found.
pub(crate) type Case = (&'static str, String, Vec<Finding>);

const AUDIT: &str = "portcullis_audit";
const SEALS: &str = "portcullis_seals";
const COPY: &str = "at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac";

pub(crate) fn event(subject: &str) -> AuditEvent {
    AuditEvent::new(AuditKind::UserAdded, Cause::command("root")).of(subject)
}

/// So many seals of four rows each; the anchor of the last.
pub(crate) async fn sealed(audit: &Audit, seals: u32) -> Option<Anchor> {
    let mut anchor = None;
    for seal in 0..seals {
        for row in 0..4 {
            audit.record(event(&format!("{seal}-{row}"))).await.expect("written");
        }
        anchor = audit.seal().await.expect("sealed").map(|seal| Anchor::of(&seal));
    }
    anchor
}

/// Three seals of four rows each, two rows that none binds yet, and the anchor of the last seal.
pub(crate) async fn filled(audit: &Audit) -> Anchor {
    let anchor = sealed(audit, 3).await;
    for row in 0..2 {
        audit.record(event(&format!("late-{row}"))).await.expect("written");
    }
    anchor.expect("a seal")
}

fn last(table: &str, column: &str, keep: u32) -> String {
    format!("DELETE FROM {table} WHERE {column} > {keep};")
}

fn cut() -> String {
    last(AUDIT, "position", 8) + &last(SEALS, "number", 2)
}

fn swap(a: u32, b: u32) -> String {
    format!(
        "UPDATE portcullis_audit SET position = 1000000 WHERE position = {a}; \
         UPDATE portcullis_audit SET position = {a} WHERE position = {b}; \
         UPDATE portcullis_audit SET position = {b} WHERE position = 1000000;"
    )
}

impl Dialect {
    fn inserted(self) -> String {
        let random = self.random;
        format!(
            "INSERT INTO portcullis_audit (id, {COPY}) SELECT {random}, {COPY} FROM portcullis_audit WHERE position = 2;"
        )
    }

    fn squeezed(self) -> String {
        let random = self.random;
        format!(
            "UPDATE portcullis_audit SET position = position + 1000001 WHERE position > 5; \
             UPDATE portcullis_audit SET position = position - 1000000 WHERE position > 1000000; \
             INSERT INTO portcullis_audit (position, id, {COPY}) \
             SELECT 6, {random}, {COPY} FROM portcullis_audit WHERE position = 2;"
        )
    }

    /// Rows and a seal before the first: the seal follows the last one, so that none can follow that any more.
    fn astray(self) -> String {
        let (unchecked, random) = (self.unchecked, self.random);
        let row = |position: i32| {
            format!(
                "INSERT INTO portcullis_audit (position, id, {COPY}) \
                 SELECT {position}, {random}, {COPY} FROM portcullis_audit WHERE position = 2;"
            )
        };
        let seal = "INSERT INTO portcullis_seals (number, prev, root, rows, upto, era, at, node, key, signature) \
            SELECT -1, root, root, rows, upto, era, at, node, key, signature FROM portcullis_seals WHERE number = 3;";
        format!("{unchecked} {} {} {seal}", row(0), row(-5))
    }

    /// What no server of ours writes, in this column of this row of a table.
    fn foreign(self, set: &str) -> String {
        format!(
            "{} UPDATE portcullis_audit SET {set} WHERE position = 6;",
            self.unchecked
        )
    }

    /// Rows and seals cut, and what the database remembers of them: nothing here tells of it but an anchor.
    pub(crate) fn unseen(self) -> String {
        cut() + &(self.forget)(AUDIT, 8) + &(self.forget)(SEALS, 2)
    }

    /// Of what [`filled`] a trail.
    pub(crate) fn cases(self) -> Vec<Case> {
        vec![
            (
                "altered",
                "UPDATE portcullis_audit SET subject = 'mallory' WHERE position = 6".into(),
                vec![Finding::RowAltered { position: 6, seal: 2 }],
            ),
            (
                "altered and not sealed yet",
                "UPDATE portcullis_audit SET actor = NULL WHERE position = 14".into(),
                vec![Finding::RowInserted { position: 14 }],
            ),
            (
                "deleted",
                "DELETE FROM portcullis_audit WHERE position IN (6, 7)".into(),
                vec![Finding::RowsDeleted { first: 6, last: 7 }],
            ),
            (
                "the last one of a seal deleted",
                "DELETE FROM portcullis_audit WHERE position = 8".into(),
                vec![Finding::RowsDeleted { first: 8, last: 8 }],
            ),
            ("inserted", self.inserted(), vec![Finding::RowInserted { position: 15 }]),
            (
                "inserted between others",
                self.squeezed(),
                vec![
                    Finding::RowAltered { position: 6, seal: 2 },
                    Finding::RowsSwapped {
                        seal: 3,
                        first: 9,
                        last: 12,
                    },
                ],
            ),
            (
                "swapped",
                swap(6, 7),
                vec![Finding::RowsSwapped {
                    seal: 2,
                    first: 5,
                    last: 8,
                }],
            ),
            (
                "swapped over a seal",
                swap(4, 5),
                vec![
                    Finding::RowsSwapped {
                        seal: 1,
                        first: 1,
                        last: 4,
                    },
                    Finding::RowsSwapped {
                        seal: 2,
                        first: 5,
                        last: 8,
                    },
                ],
            ),
            (
                "a seal dropped",
                "DELETE FROM portcullis_seals WHERE number = 2".into(),
                vec![Finding::SealsMissing { first: 2, last: 2 }],
            ),
            (
                "the first seal dropped",
                "DELETE FROM portcullis_seals WHERE number = 1".into(),
                vec![Finding::SealsMissing { first: 1, last: 1 }],
            ),
            (
                "a seal altered",
                "UPDATE portcullis_seals SET at = at + 1 WHERE number = 2".into(),
                vec![Finding::SealAltered { number: 2 }, Finding::SealUnlinked { number: 3 }],
            ),
            (
                "the last seal dropped",
                last(SEALS, "number", 2),
                vec![Finding::SealsCut { first: 3, last: 3 }],
            ),
            ("before the first", self.astray(), vec![Finding::Astray { count: 3 }]),
            (
                "altered into a kind that there cannot be",
                self.foreign("kind = 99999999"),
                vec![Finding::RowAltered { position: 6, seal: 2 }],
            ),
            (
                "altered into what is before all time",
                self.foreign("at = -1"),
                vec![Finding::RowAltered { position: 6, seal: 2 }],
            ),
            (
                "altered into one of a secret that there cannot be",
                self.foreign("key = 1000"),
                vec![Finding::RowAltered { position: 6, seal: 2 }],
            ),
            (
                "a seal altered into one of a secret that there cannot be",
                "UPDATE portcullis_seals SET key = -1 WHERE number = 2".into(),
                vec![Finding::SealAltered { number: 2 }, Finding::SealUnlinked { number: 3 }],
            ),
            (
                "what the database remembers of it set back, and nothing else",
                (self.forget)(AUDIT, 1) + &(self.forget)(SEALS, 1),
                Vec::new(),
            ),
            (
                "the tail cut",
                last(AUDIT, "position", 10),
                vec![
                    Finding::RowsDeleted { first: 11, last: 12 },
                    Finding::RowsCut { first: 13, last: 14 },
                ],
            ),
            (
                "the tail cut, rows and seals",
                cut(),
                vec![
                    Finding::RowsCut { first: 9, last: 14 },
                    Finding::SealsCut { first: 3, last: 3 },
                ],
            ),
        ]
    }

    /// Of two seals of four rows each whose secrets were wiped, and the row that tells of that.
    pub(crate) fn cases_after_a_reset(self) -> Vec<Case> {
        vec![
            (
                "a row altered",
                "UPDATE portcullis_audit SET subject = 'mallory' WHERE position = 2".into(),
                vec![Finding::RowsSwapped {
                    seal: 1,
                    first: 1,
                    last: 4,
                }],
            ),
            (
                "a row deleted",
                "DELETE FROM portcullis_audit WHERE position = 6".into(),
                vec![Finding::RowsDeleted { first: 6, last: 6 }],
            ),
            (
                "a seal altered",
                "UPDATE portcullis_seals SET at = at + 1 WHERE number = 1".into(),
                vec![Finding::SealUnlinked { number: 2 }],
            ),
            (
                "the last seal altered, and the one behind it dropped unseen",
                "UPDATE portcullis_seals SET at = at + 1 WHERE number = 2;".to_owned()
                    + &last(SEALS, "number", 2)
                    + &(self.forget)(SEALS, 2),
                vec![Finding::SealAltered { number: 2 }],
            ),
            (
                "the last seals dropped unseen",
                last(SEALS, "number", 1) + &(self.forget)(SEALS, 1),
                vec![Finding::SealsCut { first: 2, last: 2 }],
            ),
            (
                "a row put in behind it",
                self.inserted(),
                vec![Finding::RowInserted { position: 10 }],
            ),
            (
                "the row that tells of it gone unseen",
                last(AUDIT, "position", 8)
                    + &(self.forget)(AUDIT, 8)
                    + &last(SEALS, "number", 2)
                    + &(self.forget)(SEALS, 2),
                vec![Finding::KeyMissing { number: 1 }],
            ),
            (
                "the row that tells of it altered",
                "UPDATE portcullis_audit SET detail = replace(detail, '\"upto\":8', '\"upto\":9') WHERE position = 9"
                    .into(),
                vec![
                    Finding::KeyMissing { number: 1 },
                    Finding::RowAltered { position: 9, seal: 3 },
                ],
            ),
        ]
    }
}
