//! `serve`: a data folder over HTTP.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use portcullis::Server;
use portcullis_core::Auth;
use portcullis_core::jose::SigningKey;
use tokio::task::JoinSet;

use crate::access_log::AccessLog;
use crate::app;
use crate::config::{AllFlags, Settings};
use crate::deployment::Deployment;
use crate::failure::{OrFail as _, Outcome};
use crate::metrics::{self, HttpTable, Metrics};
use crate::notify::{self, Manager};
use crate::output::say;
use crate::presence::Presence;
use crate::sealing::Sealing;
use crate::signing::{Keys, failure};

/// How often the signing keys are looked at: what the command line changes holds within a second.
const TEND_EVERY: Duration = Duration::from_millis(400);

/// Serve a data folder
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  portcullis serve --data /var/lib/portcullis\n  \
    PORTCULLIS_LISTEN=0.0.0.0:8000 portcullis serve --log json\n\n\
    A setting is looked for among the flags, then in the environment, then in portcullis.toml.\n\
    SIGTERM and Ctrl-C end it; requests in flight are finished first. So does SIGHUP where it runs in a terminal;\n\
    else SIGHUP changes nothing: settings are read once, at the start.")]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: AllFlags,
}

impl Serve {
    pub(crate) async fn run(self) -> Outcome {
        let deployment = Deployment::open(&self.flags.0, "info").await?;
        deployment.expect_breached()?;
        let settings = &deployment.settings;
        let proxies = settings.trusted_proxies()?;
        let auth = deployment.auth.clone();
        let app = app::router(
            settings,
            &auth,
            deployment.accounts.clone(),
            Some(deployment.database.clone()),
        );
        let server = settings.listen.bind("the server", "listen").await?;
        let server = server.trusted_proxies(proxies);
        let scraped = match &settings.watching.metrics {
            Some(listen) => Some(metrics::bind(listen).await?),
            None => None,
        };
        let end = portcullis::end_signal().or_fail("signals cannot be listened to", "")?;
        let sealing = Sealing::of(&auth, settings, &deployment.database).await?;
        let mut presence = Presence::of(&deployment.database).await?;
        // Nothing fails from here on.
        let address = server.local_addr();
        say(format!("listening on http://{address}"))?;
        tracing::info!(%address, database = deployment.place.shown(), "listening");
        // What is beside the requests ends with them.
        let mut beside = JoinSet::new();
        let server = watched(server, scraped, &deployment, &mut beside)?;
        say_what_comes(&deployment.keys);
        say_what_contradicts(settings, &auth).await;
        beside.spawn(tend(deployment.keys));
        let manager = Manager::of_environment().map(Arc::new);
        if let Some(manager) = &manager {
            manager.tell("READY=1");
            if let Some(every) = notify::watchdog() {
                beside.spawn(live(Arc::clone(manager), every));
            }
        }
        let mut outdated = None;
        let end = async {
            tokio::select! {
                () = end => {}
                failure = Presence::outdated(presence.as_mut()) => outdated = Some(failure),
            }
            if let Some(manager) = &manager {
                manager.tell("STOPPING=1");
            }
        };
        server.run(app, end).await;
        beside.shutdown().await;
        ended(&auth, sealing, presence).await;
        tracing::info!("ended");
        outdated.map_or(Ok(()), Err)
    }
}

/// What is kept in memory is written, and who does what for others gives it up.
async fn ended(auth: &Auth, sealing: Option<Sealing>, presence: Option<Presence>) {
    if let Some(sessions) = auth.sessions() {
        sessions.flush().await;
    }
    if let Some(keys) = auth.api_keys() {
        keys.flush().await;
    }
    if let Some(sealing) = sealing {
        sealing.end().await;
    }
    if let Some(presence) = presence {
        presence.end().await;
    }
}

/// The server with those who watch its requests.
fn watched(
    mut server: Server,
    scraped: Option<Server>,
    deployment: &Deployment,
    beside: &mut JoinSet<()>,
) -> Outcome<Server> {
    if deployment.settings.watching.log_requests {
        server = server.observe(Arc::new(AccessLog));
    }
    if let Some(scraped) = scraped {
        say(format!("metrics on http://{}/metrics", scraped.local_addr()))?;
        let http = Arc::new(HttpTable::default());
        server = server.observe(http.clone());
        let metrics = Metrics {
            http,
            auth: deployment.auth.clone(),
            keys: deployment.keys.ring(),
            folder: deployment.place.data_folder().cloned(),
        };
        beside.spawn(metrics::serve(scraped, metrics));
    }
    Ok(server)
}

/// Tells the service manager that our tasks get their turn.
async fn live(manager: Arc<Manager>, every: Duration) {
    loop {
        manager.tell("WATCHDOG=1");
        tokio::time::sleep(every).await;
    }
}

/// A key of another algorithm than new ones are for, such as that of version 0.1, does not stay for ever: said in time.
fn say_what_comes(keys: &Keys) {
    let present = keys.ring().keys().signing_key().map(SigningKey::algorithm);
    let (next, by_itself) = (keys.schedule().algorithm, keys.schedule().rotate_every.is_some());
    if let Some(present) = present.filter(|present| *present != next) {
        tracing::info!(%present, %next, by_itself, "the next signing key is for another algorithm; see `key list`");
    }
}

/// Settings that do not mean together what they say: `doctor` tells them too. Without the password grant and without a client
/// nobody can log in.
async fn say_what_contradicts(settings: &Settings, auth: &Auth) {
    for found in settings.together() {
        tracing::warn!(setting = found.setting, remedy = found.remedy, "{}", found.what);
    }
    let Some(clients) = auth.clients().filter(|_| !settings.sessions.takes_passwords()) else {
        return;
    };
    if clients.list(None, 1).await.is_ok_and(|page| page.clients.is_empty()) {
        tracing::info!("the profile is strict and there is no client: good are API keys, and sessions from before");
    }
}

/// Keeps the signing keys current: takes in what other processes changed, and rotates on schedule.
async fn tend(keys: Keys) {
    let mut trouble = None;
    loop {
        tokio::time::sleep(TEND_EVERY).await;
        // What lasts is said once.
        let now = keys.tend().await.err().map(|error| failure(error).to_string());
        match &now {
            Some(error) if now != trouble => tracing::error!(error, "the signing keys are not as they should be"),
            None if trouble.is_some() => tracing::info!("the signing keys are tended again"),
            _ => {}
        }
        trouble = now;
    }
}
