//! `serve`: a data folder over HTTP.

use std::time::Duration;

use clap::Args;
use portcullis_core::jose::SigningKey;

use crate::app;
use crate::config::AllFlags;
use crate::deployment::Deployment;
use crate::failure::{OrFail as _, Outcome};
use crate::output::say;
use crate::signing::{Keys, failure};

/// How often the signing keys are looked at: what the command line changes holds within a second.
const TEND_EVERY: Duration = Duration::from_millis(400);

/// Serve a data folder
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  portcullis serve --data /var/lib/portcullis\n  \
    PORTCULLIS_LISTEN=0.0.0.0:8000 portcullis serve --log json\n\n\
    A setting is looked for among the flags, then in the environment, then in portcullis.toml.\n\
    SIGTERM and Ctrl-C end it; requests in flight are finished first.")]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: AllFlags,
}

impl Serve {
    pub(crate) async fn run(self) -> Outcome {
        let deployment = Deployment::open(&self.flags.0, "info").await?;
        deployment.expect_breached()?;
        let Deployment {
            settings,
            keys,
            auth,
            accounts,
            ..
        } = deployment;
        let app = app::router(&settings, &auth, accounts);
        let proxies = settings.trusted_proxies()?;
        let server = settings.listen.bind("the server").await?.trusted_proxies(proxies);
        let end = portcullis::end_signal().or_fail("signals cannot be listened to", "")?;
        let address = server.local_addr();
        say(format!("listening on http://{address}"))?;
        tracing::info!(%address, data = %settings.data.display(), "listening");
        say_what_comes(&keys);
        let tending = tokio::spawn(tend(keys));
        server.run(app, end).await;
        tending.abort();
        if let Some(sessions) = auth.sessions() {
            sessions.flush().await;
        }
        tracing::info!("ended");
        Ok(())
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
