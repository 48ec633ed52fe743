//! Where a PostgreSQL server is, and how a link to it is made.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::link::Link;
use super::pooler::{OPTIONS, is_of_options};
use super::shared::Why;
use super::tls;
use super::url::{self, Roots};

/// How patient one is with a server; where the URL says otherwise, the URL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// With one attempt to connect.
    pub(crate) attempt: Duration,
    /// With a connection that is silent, before the system asks whether the other side is still there, and then between two
    /// of three such questions.
    pub(crate) silent: (Duration, Duration),
    /// With what was sent and is not received, and with one address.
    pub(crate) unreceived: Duration,
}

impl Patience {
    /// From a server whose answers are waited for this long.
    pub(crate) fn with_answers(patience: Duration) -> Self {
        Self {
            // Half of it, so that whoever joined an attempt that began before the server came back has time for another.
            attempt: patience.checked_div(2).unwrap_or(patience),
            silent: (Duration::from_secs(30), patience),
            unreceived: patience,
        }
    }
}

/// A server, by its URL.
#[derive(Clone)]
pub(crate) struct Server {
    config: Config,
    /// With the system's certificates; `None`: in plain text.
    tls: Option<MakeRustlsConnect>,
    shown: String,
    /// How long one attempt to connect may take.
    attempt: Duration,
    direct: bool,
    /// What is said where a pooler takes no `options`, if the URL has none.
    without_options: Option<Config>,
}

/// Why there is no server of this URL.
#[derive(Debug)]
pub(crate) enum UnfitUrl {
    /// It is none; what one looks like. The cause is not told: it may quote it.
    NoUrl(&'static str),
    /// There are no certificates to trust for this server.
    Tls(String, Box<dyn Error + Send + Sync>),
}

impl fmt::Display for UnfitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUrl(sentence) => f.write_str(sentence),
            Self::Tls(shown, _) => write!(f, "the connection to {shown} cannot be encrypted"),
        }
    }
}

impl Error for UnfitUrl {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoUrl(_) => None,
            Self::Tls(_, cause) => Some(cause.as_ref()),
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.shown).finish()
    }
}

impl Server {
    /// The server of this URL, called `shown` in the log.
    pub(crate) fn of(url: &str, shown: String, patience: Patience) -> Result<Self, UnfitUrl> {
        let (mut config, roots) = configured(url, patience)?;
        let tls = tls::choose(&mut config, &roots).map_err(|cause| UnfitUrl::Tls(shown.clone(), cause))?;
        Ok(Self {
            config,
            tls,
            shown,
            attempt: patience.attempt,
            direct: false,
            without_options: None,
        })
    }

    /// The same with another way to it.
    pub(crate) fn with(&self, config: Config) -> Self {
        Self { config, ..self.clone() }
    }

    /// What the URL says.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The same, which itself refuses what would write; through a pooler it may not.
    pub(crate) fn read_only(mut self) -> Self {
        self.without_options = self.config.get_options().is_none().then(|| self.config.clone());
        // The last one counts.
        let own = self.config.get_options().unwrap_or_default();
        let options = format!("{own} -c default_transaction_read_only=on");
        self.config.options(options.trim_start());
        self
    }

    /// The same, but no pooler that stands for it.
    pub(crate) fn direct(mut self, direct: bool) -> Self {
        self.direct = direct;
        self
    }

    /// Whether a pooler does not do.
    pub(super) fn must_be_direct(&self) -> bool {
        self.direct
    }

    /// What it is called in the log.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// One attempt to connect, which ends in time by itself.
    pub(crate) fn attempt(&self) -> impl Future<Output = Result<Link, Why>> + Send + 'static {
        let server = self.clone();
        async move {
            tokio::time::timeout(server.attempt, server.link())
                .await
                .map_err(Why::mute)?
        }
    }

    async fn link(&self) -> Result<Link, Why> {
        let make = |config| Link::make(config, self.tls.clone(), self.shown.clone());
        let refused = match make(&self.config).await {
            Err(error) if is_of_options(&error) => Why::of(OPTIONS),
            made => return made.map_err(Why::of),
        };
        match &self.without_options {
            Some(config) => make(config).await.map_err(Why::of),
            None => Err(refused),
        }
    }
}

/// What the URL says, and what it leaves open.
fn configured(url: &str, patience: Patience) -> Result<(Config, Roots), UnfitUrl> {
    let (mut config, roots) = url::read(url).map_err(UnfitUrl::NoUrl)?;
    let is_torn = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
    if config.get_hosts().iter().any(is_torn) {
        return Err(UnfitUrl::NoUrl(url::ESCAPED));
    }
    if config.get_application_name().is_none() {
        config.application_name("portcullis");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(patience.unreceived);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(patience.unreceived);
    }
    if config.get_keepalives_interval().is_none() {
        config
            .keepalives_idle(patience.silent.0)
            .keepalives_interval(patience.silent.1)
            .keepalives_retries(3);
    }
    Ok((config, roots))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERS: Duration = Duration::from_secs(10);

    fn patience() -> Patience {
        Patience::with_answers(ANSWERS)
    }

    fn options(url: &str, reads_only: bool) -> Option<String> {
        let server = Server::of(url, String::new(), patience()).unwrap();
        let server = if reads_only { server.read_only() } else { server };
        server.config.get_options().map(str::to_owned)
    }

    #[test]
    fn what_the_url_says_of_the_session_holds_and_it_only_reads() {
        let url = "postgres://app@127.0.0.1/app?options=-c%20search_path%3Dtenant";
        let read_only = "-c default_transaction_read_only=on";
        assert_eq!(options(url, false).as_deref(), Some("-c search_path=tenant"));
        assert_eq!(options(url, true), Some(format!("-c search_path=tenant {read_only}")));
        assert_eq!(
            options("postgres://app@127.0.0.1/app", true).as_deref(),
            Some(read_only)
        );
    }

    #[test]
    fn a_silent_server_is_noticed_unless_the_url_says_when() {
        let (config, _) = configured("postgres://127.0.0.1/app", patience()).unwrap();
        assert_eq!(config.get_tcp_user_timeout(), Some(&ANSWERS));
        assert_eq!(
            (config.get_keepalives(), config.get_keepalives_idle()),
            (true, Duration::from_secs(30))
        );
        let url = "postgres://127.0.0.1/app?tcp_user_timeout=3&keepalives_interval=7&connect_timeout=2";
        let (config, _) = configured(url, patience()).unwrap();
        assert_eq!(config.get_tcp_user_timeout().map(|time| time.as_secs()), Some(3));
        assert_eq!(config.get_connect_timeout().map(|time| time.as_secs()), Some(2));
        assert_eq!(config.get_keepalives_interval().map(|time| time.as_secs()), Some(7));
    }
}
