//! What makes links to the database that lets write, and knows how that went.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis_core::password::Random;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::backoff::Backoff;
use super::hosts::{Found, first_writable};
use super::link::{Link, Seat};
use super::role::Identity;
use super::server::Server;
use super::shared::Why;

/// How many connections a node makes at once: a server that comes back has others to let in too.
const AT_ONCE: usize = 4;

/// The way of one node to its database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Inner>);

struct Inner {
    server: Server,
    random: Arc<dyn Random>,
    turns: Semaphore,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seat: Seat,
    /// The newest server that was seen.
    known: Option<Identity>,
    /// Whether a pooler was in between at the last attempt.
    pooled: bool,
    backoff: Backoff,
    /// Whether an attempt is made that nobody waits for.
    probes: bool,
}

impl State {
    /// Whether this server follows another one: then links of before are used no more.
    fn follow(&mut self, found: Identity) -> bool {
        match self.known {
            Some(known) if known == found || known.then(found).is_err() => false,
            known => {
                self.known = Some(found);
                if known.is_some() {
                    self.seat.era = self.seat.era.saturating_add(1);
                    self.seat.place = self.seat.place.saturating_add(1);
                }
                known.is_some()
            }
        }
    }
}

/// An attempt that nobody waits for; it may end with its runtime.
struct Probe(Connector);

impl Drop for Probe {
    fn drop(&mut self) {
        self.0.state().probes = false;
    }
}

impl Connector {
    pub(crate) fn to(server: Server, random: Arc<dyn Random>) -> Self {
        Self(Arc::new(Inner {
            server,
            random,
            turns: Semaphore::new(AT_ONCE),
            state: Mutex::default(),
        }))
    }

    /// What the database is called in the log.
    pub(crate) fn shown(&self) -> &str {
        self.0.server.shown()
    }

    /// The randomness that was handed in.
    pub(crate) fn random(&self) -> &dyn Random {
        self.0.random.as_ref()
    }

    /// A link, or at once why there is none where the last attempt failed a moment ago. Where it heard nothing, the next may take
    /// as long: it is made beside, and until one has succeeded nobody waits.
    pub(crate) async fn connect(self) -> Result<Link, Why> {
        self.is_away()?;
        if let Some(why) = self.is_mute() {
            return Err(why);
        }
        self.attempt().await
    }

    fn is_mute(&self) -> Option<Why> {
        let mut state = self.state();
        let why = state.backoff.last().filter(|why| why.was_mute()).cloned()?;
        let probes = std::mem::replace(&mut state.probes, true);
        drop(state);
        if !probes {
            let probe = Probe(self.clone());
            tokio::spawn(async move {
                // The link that it makes is nobody's: that it was made is what counts.
                let _ = probe.0.attempt().await;
            });
        }
        Some(why)
    }

    async fn attempt(&self) -> Result<Link, Why> {
        let _turn = self.0.turns.acquire().await.map_err(Why::of)?;
        // Others may have tried while this one waited.
        self.is_away()?;
        let (seat, known) = {
            let state = self.state();
            (state.seat, state.known)
        };
        match first_writable(self.0.server.clone(), known).await {
            Ok(found) => self.seated(found, seat),
            Err(why) => {
                let now = Instant::now();
                let mut state = self.state();
                state.backoff.failed(now, why.clone(), self.0.random.as_ref());
                let leads_elsewhere = state.pooled && !why.was_mute();
                drop(state);
                // Behind a pooler the links that there are lead to where this one was refused.
                if leads_elsewhere {
                    self.leave(seat);
                }
                Err(why)
            }
        }
    }

    pub(crate) fn is_away(&self) -> Result<(), Why> {
        self.state().backoff.away(Instant::now()).cloned().map_or(Ok(()), Err)
    }

    /// How long no attempt is made, and a moment.
    pub(crate) async fn pause(&self) {
        let left = self.state().backoff.left(Instant::now());
        tokio::time::sleep(left.max(Duration::from_millis(10))).await;
    }

    /// Of which time links are now.
    pub(crate) fn seat(&self) -> Seat {
        self.state().seat
    }

    /// Whether it is up, and nothing has ended the trust in it.
    pub(crate) fn is_good(&self, link: &Link) -> bool {
        link.is_up() && link.seat() == self.seat()
    }

    /// Links of this time that nobody has are used no more: whatever ended one has often ended them all.
    pub(crate) fn leave(&self, seat: Seat) {
        let mut state = self.state();
        if state.seat.era == seat.era {
            state.seat.era = state.seat.era.saturating_add(1);
        }
    }

    /// The link, of the time in which its attempt began, or of a new one where another server lets write.
    fn seated(&self, Found { link, identity }: Found, began: Seat) -> Result<Link, Why> {
        let mut state = self.state();
        // Another attempt was faster, and led to a newer server.
        if let (Some(known), Some(found)) = (state.known, identity) {
            known.then(found).map_err(Why::of)?;
        }
        state.backoff.succeeded();
        if !std::mem::replace(&mut state.pooled, link.is_pooled()) && state.pooled {
            tracing::info!(
                database = self.shown(),
                "a pooler is in between: no statement is prepared"
            );
        }
        Ok(match identity {
            Some(found) if state.follow(found) => {
                tracing::warn!(database = self.shown(), "another server lets write now");
                link.at(state.seat)
            }
            _ => link.at(began),
        })
    }

    /// Whether a pooler is in between, so that other servers may come to be behind the same links.
    pub(crate) fn is_pooled(&self) -> bool {
        self.state().pooled
    }

    /// This server is behind the links of that time now.
    pub(crate) fn saw(&self, seat: Seat, found: Identity) {
        let mut state = self.state();
        let unfit = state.known.and_then(|known| known.then(found).err());
        if state.follow(found) {
            tracing::warn!(database = self.shown(), "another server lets write now");
        } else if let Some(unfit) = unfit {
            tracing::warn!(database = self.shown(), %unfit, "another server is there now");
            drop(state);
            self.leave(seat);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use portcullis_core::password::OsRandom;
    use tokio::runtime::{Builder, Runtime};

    use super::super::hosts::PATIENCE;
    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().build().unwrap()
    }

    #[test]
    fn of_a_server_that_says_nothing_nobody_waits_for_the_next_attempt_which_may_end_with_its_runtime() {
        let mute = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("postgres://app@127.0.0.1:{}/app", mute.local_addr().unwrap().port());
        let server = Server::of(&url, "a mute one".to_owned(), PATIENCE).unwrap();
        let connector = Connector::to(server, Arc::new(OsRandom));
        let told = |runtime: &Runtime| {
            let link = runtime.block_on(async {
                connector.pause().await;
                connector.clone().connect().await
            });
            link.err().expect("nothing is heard")
        };
        let first = runtime();
        assert!(told(&first).was_mute());
        for runtime in [first, runtime()] {
            assert!(told(&runtime).was_mute());
            assert!(connector.state().probes, "it is on its way, and was not waited for");
            drop(runtime);
            assert!(
                !connector.state().probes,
                "it went with its runtime, and another may begin"
            );
        }
    }
}
