//! An act: several statements that hold together or not at all, on a link of their own.

use portcullis_core::StoreError;

use super::database::PostgresDatabase;
use super::failure::Failure;
use super::statement;
use crate::links::{Fault, Held};
use crate::own::row::Read;
use crate::own::value::Value;

/// How often an act is begun anew because others came in between.
const TRIES: u32 = 32;

/// What of other acts one sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Isolation {
    /// Each statement sees what is committed when it begins: where the `WHERE` of each write alone makes it right.
    ReadCommitted,
    /// As if acts were carried out one after the other: where what holds for several rows must go on to hold.
    Serializable,
}

impl Isolation {
    /// One act that is waited for no more ends by itself.
    fn begin(self) -> &'static str {
        match self {
            Self::ReadCommitted => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '5s'; \
                    SET LOCAL idle_in_transaction_session_timeout = '5s'"
            }
            Self::Serializable => {
                "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL statement_timeout = '5s'; \
                    SET LOCAL idle_in_transaction_session_timeout = '5s'"
            }
        }
    }
}

/// An act over a database: `act!(database, isolation, act => future of Result<T, Failure>)` is a future of
/// `Result<T, StoreError>`. The work is begun anew where others came in between.
macro_rules! act {
    ($database:expr, $isolation:expr, $act:ident => $work:expr) => {{
        let database: &$crate::postgres::database::PostgresDatabase = &$database;
        let done = async {
            let mut tries = $crate::postgres::act::Tries::of(database, $isolation);
            loop {
                let $act = tries.begin().await?;
                let done = $work.await;
                if let Some(answer) = tries.end($act, done).await {
                    return answer;
                }
            }
        };
        database.within(done).await
    }};
}
pub(super) use act;

/// A transaction. One that is dropped unended is undone, and its link is nobody's until then.
pub(super) struct Act(Held);

impl Act {
    async fn begin(database: &PostgresDatabase, isolation: Isolation) -> Result<Self, Failure> {
        let held = database.writer().await?;
        match held.link().client().batch_execute(isolation.begin()).await {
            Ok(()) => Ok(Self(held)),
            // It had ended while nobody had it: nothing was begun.
            Err(error) if Fault::of(&error) == Fault::Lost => {
                drop(held);
                database.forget_idle();
                let held = database.writer().await?;
                held.link().client().batch_execute(isolation.begin()).await?;
                Ok(Self(held))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Runs a statement and says how many rows it wrote.
    pub(super) async fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Failure> {
        statement::execute(self.0.link(), sql, values).await
    }

    /// Every row of the answer.
    pub(super) async fn all<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Vec<T>, Failure> {
        statement::all(self.0.link(), sql, values, read).await
    }

    /// The first row of the answer.
    pub(super) async fn first<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Option<T>, Failure> {
        Ok(self.all(sql, values, read).await?.into_iter().next())
    }

    async fn end(self, how: &str) -> Result<(), Failure> {
        self.0.link().client().batch_execute(how).await?;
        self.0.put_back();
        Ok(())
    }
}

/// The tries of one act.
pub(super) struct Tries<'a> {
    database: &'a PostgresDatabase,
    isolation: Isolation,
    left: u32,
}

impl<'a> Tries<'a> {
    pub(super) fn of(database: &'a PostgresDatabase, isolation: Isolation) -> Self {
        Self {
            database,
            isolation,
            left: TRIES,
        }
    }

    /// Begins the next one.
    pub(super) async fn begin(&mut self) -> Result<Act, StoreError> {
        let left = self.left.checked_sub(1);
        self.left = left.ok_or_else(|| StoreError::unavailable("others came in between, again and again"))?;
        Ok(Act::begin(self.database, self.isolation).await?)
    }

    /// Ends it: with an answer that holds it is committed. `None`: others came in between, and it is to be done anew.
    pub(super) async fn end<T>(&self, act: Act, done: Result<T, Failure>) -> Option<Result<T, StoreError>> {
        let ended = match done {
            Ok(answer) => act.end("COMMIT").await.map(|()| answer),
            Err(failure) => {
                // Where even that fails the link is gone, and the server undoes the act.
                let _ = act.end("ROLLBACK").await;
                Err(failure)
            }
        };
        match ended {
            Ok(answer) => {
                self.database.changed();
                Some(Ok(answer))
            }
            Err(failure) if failure.is_conflict() => None,
            Err(failure) => Some(Err(failure.into())),
        }
    }
}
