//! Every host of a URL at once: the first that lets write is the database.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::task::JoinSet;

use super::link::Link;
use super::role::{self, Identity, Unfit};
use super::server::{Patience, Server};
use super::shared::{Why, chain};
use super::way::{Way, ways};

/// How patient a node is with its database. A host that is gone is noticed within ten seconds, one that does not speak in two.
pub(crate) const PATIENCE: Patience = Patience {
    attempt: Duration::from_secs(2),
    silent: (Duration::from_secs(5), Duration::from_secs(2)),
    unreceived: Duration::from_secs(5),
};

/// A link to the server that lets write.
pub(crate) struct Found {
    pub(crate) link: Link,
    /// `None`: it cannot tell.
    pub(crate) identity: Option<Identity>,
}

/// Why no host will do, each with its reason.
#[derive(Debug)]
struct Nowhere(Vec<String>);

impl fmt::Display for Nowhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for Nowhere {}

/// The first of all hosts that lets write, and is to be followed where this one was known: two seconds for names, sockets,
/// TLS, who we are, and what it is, all together.
pub(crate) async fn first_writable(server: Server, known: Option<Identity>) -> Result<Found, Why> {
    let Some(ways) = ways(server.config()) else {
        return Err(Why::of("the URL has as many ports as hosts, or one, or none"));
    };
    let tried = ways.into_iter().map(|way| of_host(server.clone(), way, known));
    let found = tokio::time::timeout(PATIENCE.attempt, first(tried)).await;
    found.map_err(Why::mute)?
}

/// One host, of which each address is tried.
async fn of_host(server: Server, way: Way, known: Option<Identity>) -> Result<Found, Why> {
    let shown = way.to_string();
    let named = |why: Why| {
        let said = Nowhere(vec![format!("{shown}: {}", chain(&why))]);
        why.told(said)
    };
    let addresses = way.addresses().await.map_err(|error| named(Why::of(error)))?;
    let tried = addresses.into_iter().map(|address| {
        let server = server.with(way.config(server.config(), address));
        async move { of_address(&server, known).await }
    });
    first(tried).await.map_err(named)
}

async fn of_address(server: &Server, known: Option<Identity>) -> Result<Found, Why> {
    let link = server.attempt().await?;
    let (role, identity) = role::look(&link).await.map_err(Why::of)?;
    role.map_err(Why::of)?;
    if server.must_be_direct() && link.is_pooled() {
        return Err(Why::of(Unfit::Pooler));
    }
    if let (Some(known), Some(found)) = (known, identity) {
        known.then(found).map_err(Why::of)?;
    }
    Ok(Found { link, identity })
}

/// What comes first of all that are tried at once; the others are given up.
async fn first<T: Send + 'static>(
    tried: impl Iterator<Item = impl Future<Output = Result<T, Why>> + Send + 'static>,
) -> Result<T, Why> {
    let mut tried: JoinSet<_> = tried.collect();
    let mut whys = Vec::new();
    while let Some(done) = tried.join_next().await {
        match done.map_err(Why::of).and_then(|found| found) {
            Ok(found) => return Ok(found),
            Err(why) => whys.push(why),
        }
    }
    match whys.pop() {
        Some(only) if whys.is_empty() => Err(only),
        last => {
            let all: Vec<Why> = whys.into_iter().chain(last).collect();
            let said = Nowhere(all.iter().map(|why| chain(why)).collect());
            let mute = all.into_iter().find(Why::was_mute);
            Err(match mute {
                Some(mute) => mute.told(said),
                None => Why::of(said),
            })
        }
    }
}
