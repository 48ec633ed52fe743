//! PostgreSQL: a few connections for each lane, statements prepared once and pipelined.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::dialect::Statement;
use super::driver::{Access, KEEPALIVE, Lane, PATIENCE, Row};
use super::error::ForeignError;

mod link;
mod shared;
mod tls;

use link::{Answer, Fault, Link, Question};
use shared::{Shared, Why};

/// How long one attempt to connect may take: half of what a caller waits, so that whoever joined one that began before the
/// server came back has time for another.
const ATTEMPT: Duration = Duration::from_secs(5);

/// A PostgreSQL database.
pub(super) struct Postgres {
    config: Config,
    /// With the system's certificates; `None`: in plain text.
    tls: Option<MakeRustlsConnect>,
    shown: String,
    tokens: Vec<Shared<Link>>,
    logins: Vec<Shared<Link>>,
    longer: Vec<Shared<Link>>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Postgres").field(&self.shown).finish()
    }
}

impl Postgres {
    pub(super) async fn open(url: &str, shown: String, access: Access) -> Result<Self, ForeignError> {
        let mut config = configured(url, access)?;
        let tls = tls::choose(&mut config).map_err(|cause| unreachable(&shown, cause))?;
        let lane = |lane: Lane| (0..lane.width()).map(|_| Shared::default()).collect();
        let server = Self {
            config,
            tls,
            shown,
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
        let no_place = || unreachable(&self.shown, "no connection is allowed");
        let place = self.place(lane).ok_or_else(no_place)?;
        let _used = place.used();
        let mut asked = None;
        let answered = tokio::time::timeout(PATIENCE, self.answer(place, question, &mut asked)).await;
        answered.unwrap_or_else(|elapsed| {
            if let Some(link) = &asked {
                link.give_up();
                place.leave(link);
            }
            Err(unreachable(&self.shown, elapsed))
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
            let link = match place.get(Link::is_up, || self.attempt()).await {
                // Bounded by the time-out around this.
                Err(why) if why.was_mute() => continue,
                link => link.map_err(|why| unreachable(&self.shown, why))?,
            };
            *asked = Some(link.clone());
            let error = match link.ask(question).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match Fault::of(&error) {
                // Nothing was carried out.
                Fault::Stale if is_first => link.forget(),
                Fault::Lost => {
                    place.leave(&link);
                    if question.changes || !is_first {
                        return Err(unreachable(&self.shown, error));
                    }
                }
                Fault::Refused => return Err(unreachable(&self.shown, error)),
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

    /// One attempt to connect, which ends in time by itself.
    fn attempt(&self) -> impl Future<Output = Result<Link, Why>> + Send + 'static {
        let (config, tls, shown) = (self.config.clone(), self.tls.clone(), self.shown.clone());
        async move {
            let made = tokio::time::timeout(ATTEMPT, Link::make(&config, tls, shown)).await;
            made.map_err(Why::mute)?.map_err(Why::of)
        }
    }
}

/// What the URL says, and what it leaves open.
fn configured(url: &str, access: Access) -> Result<Config, ForeignError> {
    // The cause is not told: it may quote the URL.
    let mut config: Config = url.parse().map_err(|_| {
        ForeignError::Url("the URL of a PostgreSQL database looks like postgres://user:password@host:5432/database")
    })?;
    if config.get_application_name().is_none() {
        config.application_name("portcullis");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(PATIENCE);
    }
    if config.get_keepalives_interval().is_none() {
        config
            .keepalives_idle(KEEPALIVE)
            .keepalives_interval(PATIENCE)
            .keepalives_retries(3);
    }
    if access == Access::ReadOnly {
        // The server itself then refuses what would write. The last one counts.
        let own = config.get_options().unwrap_or_default();
        let options = format!("{own} -c default_transaction_read_only=on");
        config.options(options.trim_start());
    }
    Ok(config)
}

fn unreachable(shown: &str, cause: impl Into<Box<dyn Error + Send + Sync>>) -> ForeignError {
    ForeignError::Unreachable {
        database: shown.to_owned(),
        cause: cause.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(url: &str, access: Access) -> Option<String> {
        let config = configured(url, access).unwrap();
        config.get_options().map(str::to_owned)
    }

    #[test]
    fn what_the_url_says_of_the_session_holds_and_it_only_reads() {
        let url = "postgres://app@127.0.0.1/app?options=-c%20search_path%3Dtenant";
        let read_only = "-c default_transaction_read_only=on";
        assert_eq!(
            options(url, Access::ReadWrite).as_deref(),
            Some("-c search_path=tenant")
        );
        assert_eq!(
            options(url, Access::ReadOnly),
            Some(format!("-c search_path=tenant {read_only}"))
        );
        assert_eq!(
            options("postgres://app@127.0.0.1/app", Access::ReadOnly).as_deref(),
            Some(read_only)
        );
    }

    #[test]
    fn a_silent_server_is_noticed_unless_the_url_says_when() {
        let config = configured("postgres://127.0.0.1/app", Access::ReadOnly).unwrap();
        assert_eq!(config.get_tcp_user_timeout(), Some(&PATIENCE));
        assert_eq!(
            (config.get_keepalives(), config.get_keepalives_idle()),
            (true, KEEPALIVE)
        );
        let url = "postgres://127.0.0.1/app?tcp_user_timeout=3&keepalives_interval=7&connect_timeout=2";
        let config = configured(url, Access::ReadOnly).unwrap();
        assert_eq!(config.get_tcp_user_timeout().map(|time| time.as_secs()), Some(3));
        assert_eq!(config.get_connect_timeout().map(|time| time.as_secs()), Some(2));
        assert_eq!(config.get_keepalives_interval().map(|time| time.as_secs()), Some(7));
    }
}
