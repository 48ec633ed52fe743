//! A database that several servers share: who copies it, who is at work on it, and how it is set.

use std::time::Duration;

use portcullis_core::StoreError;
use portcullis_sql::{PostgresDatabase, PostgresLevel, PostgresNode, PostgresNodes, PostgresSurvey, Replication};

use super::finding::{Finding, advice, fault, good};
use crate::config::Settings;
use crate::times::ago;

/// How many connections a server holds at most, while another one does not answer too.
const LINKS: u64 = 15;

const CHECKPOINTS: Duration = Duration::from_secs(15 * 60);

const WAL_MIB: u64 = 4 * 1024;

/// Asks the database and its server.
pub(super) async fn all(database: &PostgresDatabase, settings: &Settings) -> Vec<Finding> {
    match asked(database, settings).await {
        Ok(found) => found,
        Err(error) => vec![fault("postgresql", error.to_string(), "Look at its log.")],
    }
}

async fn asked(database: &PostgresDatabase, settings: &Settings) -> Result<Vec<Finding>, StoreError> {
    let survey = PostgresSurvey::of(database).await?;
    let (nodes, level) = (
        PostgresNodes::all(database).await?,
        PostgresNodes::level_of(database).await?,
    );
    let at_work = nodes.iter().filter(|node| node.is_at_work()).count();
    let pooler = if database.is_pooled() { ", behind a pooler" } else { "" };
    let mut found = vec![good("postgresql", format!("its version is {}{pooler}", survey.version))];
    found.push(replication(&survey, database.replication().await?, settings.replicated));
    if at_work == 0 {
        let remedy = "Start one: `portcullis serve` with these settings.";
        found.push(advice("nodes", "no server is at work on it", remedy));
    } else {
        found.push(good("nodes", format!("{at_work} at work")));
    }
    found.extend(nodes.iter().map(|node| of_node(node, &level)));
    found.extend(checkpoints(&survey));
    // The connections of a pooler are its own to count.
    if !database.is_pooled() {
        found.extend(connections(&survey, u64::try_from(at_work).unwrap_or(u64::MAX).max(1)));
    }
    Ok(found)
}

/// Who copies it, and whether that is what the settings ask for.
fn replication(survey: &PostgresSurvey, found: Replication, must_be: bool) -> Finding {
    const CHECK: &str = "replication";
    let standby = |standby: &portcullis_sql::PostgresStandby| match &standby.state {
        Some((state, sync)) => format!("{} ({state}, {sync})", standby.name),
        None => format!("{} (its state cannot be seen)", standby.name),
    };
    let standbys: Vec<_> = survey.standbys.iter().map(standby).collect();
    let standbys = match &*standbys {
        [] => "there is no standby".to_owned(),
        some => format!("standbys: {}", some.join(", ")),
    };
    let what = format!("{found}; {standbys}");
    let unseen = survey.standbys.iter().any(|standby| standby.state.is_none());
    let remedy = match found {
        Replication::Synchronous => return good(CHECK, what),
        _ if unseen => format!(
            "As an administrator of the database: GRANT pg_monitor TO {};",
            survey.role
        ),
        Replication::NoStandby => "Start a standby: until then every commit waits.".to_owned(),
        _ => "See \"A standby\" in docs/fleet.md: without one what is lost with this server's disk is lost.".to_owned(),
    };
    match must_be {
        true => fault(CHECK, what, remedy),
        false => advice(CHECK, what, remedy),
    }
}

/// One server. Who ended has no line; who was killed has one for a day.
fn of_node(node: &PostgresNode, level: &PostgresLevel) -> Finding {
    const CHECK: &str = "node";
    let (host, version) = (&node.host, &node.version);
    let (begun, seen) = (ago(node.age), ago(node.silent));
    let what = format!("{host}: version {version}, begun {begun}, seen {seen}");
    if !node.is_at_work() {
        let remedy = "It was killed, hangs, or cannot reach the database; after a day it is forgotten.";
        return advice(CHECK, what, remedy);
    }
    let behind = node.level.behind(level);
    let behind: Vec<_> = behind
        .iter()
        .map(|(name, own, there)| format!("{own} of {there} steps of {name}"))
        .collect();
    match &*behind {
        [] => good(CHECK, what),
        some => {
            let what = format!("{what}; it knows {}", some.join(", "));
            advice(CHECK, what, "Start the newer version in its place.")
        }
    }
}

/// What each refresh costs the log.
fn checkpoints(survey: &PostgresSurvey) -> Vec<Finding> {
    let mut found = Vec::new();
    let set = |name: &str, value: &str| format!("ALTER SYSTEM SET {name} = '{value}'; SELECT pg_reload_conf();");
    if let Some(every) = survey.checkpoint_timeout {
        let minutes = every.as_secs().checked_div(60).unwrap_or_default();
        let what = format!("{minutes} minutes lie between two checkpoints");
        found.push(match every < CHECKPOINTS {
            true => {
                let what = format!("{what}: the first change of a page after each writes all of it into the log");
                advice("checkpoint_timeout", what, set("checkpoint_timeout", "15min"))
            }
            false => good("checkpoint_timeout", what),
        });
    }
    if let Some(how) = &survey.wal_compression {
        found.push(match how == "off" {
            true => advice(
                "wal_compression",
                "pages stand in the log as they are",
                set("wal_compression", "on"),
            ),
            false => good("wal_compression", format!("pages in the log are compressed ({how})")),
        });
    }
    if let Some(size) = survey.max_wal_size_mib {
        let what = format!("{size} MiB of log make a checkpoint before its time");
        found.push(match size < WAL_MIB {
            true => advice("max_wal_size", what, set("max_wal_size", "4GB")),
            false => good("max_wal_size", what),
        });
    }
    found
}

/// Whether all servers find room.
fn connections(survey: &PostgresSurvey, servers: u64) -> Option<Finding> {
    const CHECK: &str = "max_connections";
    let room = survey.max_connections?.saturating_sub(survey.reserved_connections);
    let needed = servers.saturating_mul(LINKS);
    let what = format!("{room} connections are there, and servers ({servers}) take up to {needed}");
    let remedy = "Set max_connections higher, or put PgBouncer in between: other programs take some too.";
    Some(match needed > room {
        true => advice(CHECK, what, remedy),
        false => good(CHECK, what),
    })
}
