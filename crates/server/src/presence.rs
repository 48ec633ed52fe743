//! That a server tells those which share its database that it is at work.

use std::sync::Arc;
use std::time::Duration;

use portcullis_sql::{AnyDatabase, PostgresError, PostgresNodes};
use tokio::task::JoinHandle;

use crate::failure::{Failure, OrFail as _, Outcome};
use crate::host::host;

/// How often. Who is silent for a minute counts as gone.
const EVERY: Duration = Duration::from_secs(15);

/// One of several servers, for as long as it is at work.
pub(crate) struct Presence {
    node: Arc<PostgresNodes>,
    /// Ends where this program can live with the tables no more.
    task: JoinHandle<Failure>,
}

impl Presence {
    /// Tells it for the first time, where a database is shared.
    ///
    /// # Errors
    /// A step of the tables was carried out meanwhile that this program does not live with.
    pub(crate) async fn of(database: &AnyDatabase) -> Outcome<Option<Self>> {
        let AnyDatabase::Postgres(database) = database else {
            return Ok(None);
        };
        let (what, remedy) = (
            "which servers are at work cannot be written down",
            "Look at the reason above.",
        );
        let node = PostgresNodes::on(database.clone(), &host(), env!("CARGO_PKG_VERSION")).await;
        let node = Arc::new(node.or_fail(what, remedy)?);
        if let Some(newer) = node.tell().await.or_fail(what, remedy)? {
            return Err(outdated(newer));
        }
        let task = tokio::spawn(go_on(node.clone()));
        Ok(Some(Self { node, task }))
    }

    /// Ends only where this program can live with the tables no more.
    pub(crate) async fn outdated(presence: Option<&mut Self>) -> Failure {
        let ended = match presence {
            Some(presence) => (&mut presence.task).await,
            None => std::future::pending().await,
        };
        ended.unwrap_or_else(|error| Failure::new("what tells of this server ended", "Start it anew.").because(error))
    }

    /// It is at work no more.
    pub(crate) async fn end(self) {
        self.task.abort();
        // What has ended may have been waited for.
        if !self.task.is_finished() {
            let _ = self.task.await;
        }
        if let Err(error) = self.node.leave().await {
            let error = error.to_string();
            tracing::warn!(error, "others take this server to be at work for another minute");
        }
    }
}

/// Tells it again and again.
async fn go_on(node: Arc<PostgresNodes>) -> Failure {
    loop {
        tokio::time::sleep(EVERY).await;
        // That the database is away others say.
        if let Ok(Some(newer)) = node.tell().await {
            return outdated(newer);
        }
    }
}

fn outdated(newer: PostgresError) -> Failure {
    let what = "this server is too old for its tables";
    Failure::new(what, "Start the newer version in its place.").because(newer)
}
