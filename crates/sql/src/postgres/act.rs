//! An act: several statements that hold together or not at all, on a link of their own.

use portcullis_core::StoreError;

use super::database::PostgresDatabase;
use super::failure::{Failure, Next};
use super::lanes::{TRY, in_time};
use super::statement;
use crate::links::{Held, Link};
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
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '3s'; \
                    SET LOCAL idle_in_transaction_session_timeout = '3s'"
            }
            Self::Serializable => {
                "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL statement_timeout = '3s'; \
                    SET LOCAL idle_in_transaction_session_timeout = '3s'"
            }
        }
    }
}

/// An act over a database: `act!(database, isolation, act => future of Result<T, Failure>)` is a future of
/// `Result<T, StoreError>`. The work is begun anew where others came in between, and where its link was lost before it was
/// committed. Where the link is lost with the commit nobody knows whether the act holds. It is not begun anew, for what it did
/// may be there already (a new account would be `Taken`): the error is [`StoreError::Unavailable`], and whoever asks again
/// finds it or not.
macro_rules! act {
    ($database:expr, $isolation:expr, $act:ident => $work:expr) => {{
        let database: &$crate::postgres::database::PostgresDatabase = &$database;
        let done = async {
            let mut tries = $crate::postgres::act::Tries::of(database, $isolation);
            loop {
                let $act = tries.begin().await?;
                let done = $crate::postgres::lanes::in_time($crate::postgres::lanes::TRY, $work).await;
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
}

/// The tries of one act.
pub(super) struct Tries<'a> {
    database: &'a PostgresDatabase,
    isolation: Isolation,
    left: u32,
    had_one: bool,
    prepared: bool,
    /// Why the last one came to nothing, if no link was to be had.
    away: Option<Failure>,
}

impl<'a> Tries<'a> {
    pub(super) fn of(database: &'a PostgresDatabase, isolation: Isolation) -> Self {
        Self {
            database,
            isolation,
            left: TRIES,
            had_one: false,
            prepared: false,
            away: None,
        }
    }

    /// Begins the next one.
    pub(super) async fn begin(&mut self) -> Result<Act, StoreError> {
        loop {
            let left = self.left.checked_sub(1);
            self.left = left.ok_or_else(|| match self.away.take() {
                Some(why) => why.into(),
                None => StoreError::unavailable("others came in between, again and again"),
            })?;
            let held = match self.database.writer().await {
                Err(why) if self.had_one => {
                    self.away = Some(why);
                    self.database.pause().await;
                    continue;
                }
                held => held?,
            };
            self.away = None;
            self.had_one = true;
            let failure = match run(&held, self.isolation.begin()).await {
                Ok(()) => return Ok(Act(held)),
                Err(failure) => failure,
            };
            if !self.is_anew(&failure, held.link()).await {
                return Err(failure.into());
            }
        }
    }

    /// Ends it: with an answer that holds it is committed. `None`: it did nothing, and is to be done anew.
    pub(super) async fn end<T>(&mut self, act: Act, done: Result<T, Failure>) -> Option<Result<T, StoreError>> {
        let ended = match done {
            Ok(answer) => self.commit(&act).await.map(|()| answer),
            Err(failure) => Err(failure),
        };
        let failure = match ended {
            Ok(answer) => {
                act.0.put_back();
                return Some(Ok(answer));
            }
            Err(failure) => failure,
        };
        // What is not committed is undone as soon as it is dropped.
        match self.is_anew(&failure, act.0.link()).await {
            true => None,
            false => Some(Err(failure.into())),
        }
    }

    /// A commit that was sent and not answered may hold.
    async fn commit(&self, act: &Act) -> Result<(), Failure> {
        let link = act.0.link();
        link.take_alone();
        let failure = match run(&act.0, "COMMIT").await {
            Ok(()) if link.take_alone() => return Err(Failure::Alone),
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        match failure.next() {
            Next::Late => Err(Failure::Unknown(failure.into())),
            Next::Lost => {
                self.database.leave(link).await;
                Err(Failure::Unknown(failure.into()))
            }
            _ => Err(failure),
        }
    }

    /// Whether what failed so is to be done anew.
    async fn is_anew(&mut self, failure: &Failure, link: &Link) -> bool {
        match failure.next() {
            Next::Again | Next::Late => true,
            Next::Prepare => {
                link.forget(failure.code());
                !std::mem::replace(&mut self.prepared, true)
            }
            Next::Lost | Next::Elsewhere => {
                self.database.leave(link).await;
                true
            }
            Next::Told => false,
        }
    }
}

async fn run(held: &Held, sql: &str) -> Result<(), Failure> {
    let run = async { Ok(held.link().client().batch_execute(sql).await?) };
    in_time(TRY, run).await
}
