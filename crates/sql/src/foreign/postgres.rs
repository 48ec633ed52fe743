//! PostgreSQL: a few connections for each lane, statements prepared once and pipelined.

use std::sync::Arc;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Statement as Prepared};

use super::dialect::Statement;
use super::driver::{Access, Lane, PATIENCE, Row};
use super::error::ForeignError;
use crate::links::{Fault, Link, Patience, Server, Shared, UnfitUrl};

/// What is asked.
#[derive(Clone, Copy)]
struct Question<'a> {
    statement: &'a Statement,
    parameters: &'a [&'a str],
    changes: bool,
}

/// The rows that a question gives, or how many it changed.
#[derive(Default)]
struct Answer {
    rows: Vec<tokio_postgres::Row>,
    changed: u64,
}

/// A PostgreSQL database.
pub(super) struct Postgres {
    server: Server,
    access: Access,
    tokens: Vec<Shared<Link>>,
    logins: Vec<Shared<Link>>,
    longer: Vec<Shared<Link>>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Postgres").field(&self.server.shown()).finish()
    }
}

impl Postgres {
    pub(super) async fn open(url: &str, shown: String, access: Access) -> Result<Self, ForeignError> {
        let server = Server::of(url, shown, Patience::with_answers(PATIENCE)).map_err(unfit)?;
        let server = match access {
            Access::ReadOnly => server.read_only(),
            Access::ReadWrite => server,
        };
        let lane = |lane: Lane| (0..lane.width()).map(|_| Shared::default()).collect();
        let server = Self {
            server,
            access,
            tokens: lane(Lane::Tokens),
            logins: lane(Lane::Logins),
            longer: lane(Lane::Longer),
        };
        let look = Statement {
            sql: "SELECT '1'".to_owned(),
            order: Vec::new(),
        };
        server.rows(Lane::Tokens, &look, &[]).await.map(|_| server)
    }

    pub(super) async fn rows(
        &self,
        lane: Lane,
        statement: &Statement,
        parameters: &[&str],
    ) -> Result<Vec<Row>, ForeignError> {
        let question = Question {
            statement,
            parameters,
            changes: false,
        };
        let answer = self.ask(lane, question).await?;
        let text = |row: &tokio_postgres::Row, column| row.try_get::<_, Option<String>>(column);
        let rows = answer.rows.iter();
        let rows = rows.map(|row| (0..row.len()).map(|column| text(row, column)).collect());
        rows.collect::<Result<_, _>>()
            .map_err(|error| ForeignError::Statement(error.into()))
    }

    pub(super) async fn change(&self, statement: &Statement, parameters: &[&str]) -> Result<u64, ForeignError> {
        let question = Question {
            statement,
            parameters,
            changes: true,
        };
        Ok(self.ask(Lane::Longer, question).await?.changed)
    }

    /// The whole way within one time-out. A connection whose time was up is used by nobody any more, and those who wait at it
    /// are told at once.
    async fn ask(&self, lane: Lane, question: Question<'_>) -> Result<Answer, ForeignError> {
        let no_place = || unreachable(self.server.shown(), "no connection is allowed");
        let place = self.place(lane).ok_or_else(no_place)?;
        let _used = place.used();
        let mut asked = None;
        let answered = tokio::time::timeout(PATIENCE, self.answer(place, question, &mut asked)).await;
        answered.unwrap_or_else(|elapsed| {
            if let Some(link) = &asked {
                link.give_up();
                place.leave(link);
            }
            Err(unreachable(self.server.shown(), elapsed))
        })
    }

    /// The answer on one connection, or on a second one where that can do no harm; `asked` is the one that is waited for.
    async fn answer(
        &self,
        place: &Shared<Link>,
        question: Question<'_>,
        asked: &mut Option<Arc<Link>>,
    ) -> Result<Answer, ForeignError> {
        let mut is_first = true;
        loop {
            let link = match place.get(Link::is_up, || self.server.attempt()).await {
                // Bounded by the time-out around this.
                Err(why) if why.was_mute() => continue,
                link => link.map_err(|why| unreachable(self.server.shown(), why))?,
            };
            *asked = Some(link.clone());
            let error = match ask(&link, question, self.access).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match Fault::of(&error) {
                // Nothing was carried out.
                Fault::Stale if is_first => link.forget(error.code()),
                Fault::Lost => {
                    place.leave(&link);
                    if question.changes || !is_first {
                        return Err(unreachable(self.server.shown(), error));
                    }
                }
                Fault::Refused => return Err(unreachable(self.server.shown(), error)),
                Fault::Stale | Fault::Statement => return Err(ForeignError::Statement(error.into())),
            }
            is_first = false;
        }
    }

    /// The place of a lane that the fewest use.
    fn place(&self, lane: Lane) -> Option<&Shared<Link>> {
        let places = match lane {
            Lane::Tokens => &self.tokens,
            Lane::Logins => &self.logins,
            Lane::Longer => &self.longer,
        };
        places.iter().min_by_key(|place| place.users())
    }
}

async fn ask(link: &Link, question: Question<'_>, access: Access) -> Result<Answer, Error> {
    let Statement { sql, order } = question.statement;
    let count = order.iter().max().map_or(0, |last| last.saturating_add(1));
    match link.prepare(sql, || vec![Type::TEXT; count]).await? {
        Some(prepared) => ask_prepared(link.client(), &prepared, question).await,
        None if access == Access::ReadOnly => ask_read_only(link.client(), question).await,
        None => ask_unprepared(link.client(), question).await,
    }
}

async fn ask_prepared(client: &Client, prepared: &Prepared, question: Question<'_>) -> Result<Answer, Error> {
    let texts = question.parameters.iter();
    let parameters: Vec<_> = texts.map(|text| text as &(dyn ToSql + Sync)).collect();
    let mut answer = Answer::default();
    match question.changes {
        true => answer.changed = client.execute(prepared, &parameters).await?,
        false => answer.rows = client.query(prepared, &parameters).await?,
    }
    Ok(answer)
}

async fn ask_unprepared(client: &Client, question: Question<'_>) -> Result<Answer, Error> {
    let (sql, texts) = (&question.statement.sql, question.parameters.iter());
    let parameters: Vec<_> = texts.map(|text| (text as &(dyn ToSql + Sync), Type::TEXT)).collect();
    let mut answer = Answer::default();
    match question.changes {
        true => answer.changed = client.execute_typed(sql, &parameters).await?,
        false => answer.rows = client.query_typed(sql, &parameters).await?,
    }
    Ok(answer)
}

/// The same in a transaction that only reads, in one flight: behind a pooler no session does by itself.
async fn ask_read_only(client: &Client, question: Question<'_>) -> Result<Answer, Error> {
    let (begun, answered, ended) = tokio::join!(
        biased;
        client.batch_execute("BEGIN READ ONLY"),
        ask_unprepared(client, question),
        client.batch_execute("COMMIT")
    );
    begun?;
    let answer = answered?;
    ended?;
    Ok(answer)
}

fn unfit(error: UnfitUrl) -> ForeignError {
    match error {
        UnfitUrl::NoUrl(sentence) => ForeignError::Url(sentence),
        UnfitUrl::Tls(shown, cause) => unreachable(&shown, cause),
    }
}

fn unreachable(shown: &str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ForeignError {
    ForeignError::Unreachable {
        database: shown.to_owned(),
        cause: cause.into(),
    }
}
