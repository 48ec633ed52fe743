//! A connection that many share, made by one attempt for all who wait.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Why there is no connection, told to everyone who waited for it.
#[derive(Debug, Clone)]
pub(crate) struct Why {
    cause: Arc<dyn Error + Send + Sync>,
    was_mute: bool,
}

impl Why {
    pub(crate) fn of(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: cause.into().into(),
            was_mute: false,
        }
    }

    /// The time of the attempt was up.
    pub(crate) fn mute(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            was_mute: true,
            ..Self::of(cause)
        }
    }

    /// The same in other words.
    pub(crate) fn told(self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            was_mute: self.was_mute,
            ..Self::of(cause)
        }
    }

    /// Whether nothing was heard: the attempt may be older than the server's return, so who still has time tries again.
    pub(crate) fn was_mute(&self) -> bool {
        self.was_mute
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl Error for Why {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

/// An error with its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        said = format!("{said}: {next}");
        cause = next.source();
    }
    said
}

/// What an attempt came to; `None` while it lasts.
type Attempt<L> = Option<Result<Arc<L>, Why>>;

enum State<L> {
    Down,
    Making(watch::Receiver<Attempt<L>>),
    Up(Arc<L>),
}

/// The place of one connection. It is made when it is needed, and made anew when it was lost.
pub(crate) struct Shared<L> {
    state: Arc<Mutex<State<L>>>,
    users: AtomicUsize,
}

impl<L> Default for Shared<L> {
    fn default() -> Self {
        Self {
            state: Arc::new(Mutex::new(State::Down)),
            users: AtomicUsize::new(0),
        }
    }
}

/// Counts one who uses a place.
pub(crate) struct Use<'a>(&'a AtomicUsize);

impl Drop for Use<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<L: Send + Sync + 'static> Shared<L> {
    /// How many use it.
    pub(crate) fn users(&self) -> usize {
        self.users.load(Ordering::Relaxed)
    }

    /// From now until what is given is dropped.
    pub(crate) fn used(&self) -> Use<'_> {
        self.users.fetch_add(1, Ordering::Relaxed);
        Use(&self.users)
    }

    /// The connection, if it `is_up`, or what comes of making one. The attempt is one for all who wait, and goes on when
    /// they leave.
    pub(crate) async fn get<M>(&self, is_up: impl Fn(&L) -> bool, make: impl FnOnce() -> M) -> Result<Arc<L>, Why>
    where
        M: Future<Output = Result<L, Why>> + Send + 'static,
    {
        let mut attempt = {
            let mut state = lock(&self.state);
            match &*state {
                State::Up(link) if is_up(link) => return Ok(link.clone()),
                State::Making(attempt) if attempt.has_changed().is_ok() => attempt.clone(),
                // The runtime that an attempt ran on may have ended before it.
                _ => {
                    let (sender, receiver) = watch::channel(None);
                    *state = State::Making(receiver.clone());
                    let (state, made) = (self.state.clone(), make());
                    tokio::spawn(async move {
                        let made = made.await.map(Arc::new);
                        *lock(&state) = match &made {
                            Ok(link) => State::Up(link.clone()),
                            Err(_) => State::Down,
                        };
                        let _ = sender.send(Some(made));
                    });
                    receiver
                }
            }
        };
        match attempt.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(made)) => made.clone(),
            _ => Err(Why::of("the attempt to connect was given up")),
        }
    }

    /// Gives the connection to nobody any more, unless it is still good.
    pub(crate) fn leave_unless(&self, is_good: impl Fn(&L) -> bool) {
        let mut state = lock(&self.state);
        if matches!(&*state, State::Up(known) if !is_good(known)) {
            *state = State::Down;
        }
    }

    /// Gives this connection to nobody any more.
    pub(crate) fn leave(&self, link: &Arc<L>) {
        let mut state = lock(&self.state);
        if matches!(&*state, State::Up(known) if Arc::ptr_eq(known, link)) {
            *state = State::Down;
        }
    }
}

fn lock<L>(state: &Mutex<State<L>>) -> MutexGuard<'_, State<L>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn of(
        shared: &Shared<usize>,
        made: &Arc<AtomicUsize>,
        result: Result<(), &'static str>,
    ) -> Result<usize, String> {
        let made = made.clone();
        let make = || async move {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let number = made.fetch_add(1, Ordering::Relaxed);
            result.map(|()| number).map_err(Why::of)
        };
        shared
            .get(|_| true, make)
            .await
            .map(|link| *link)
            .map_err(|why| why.to_string())
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_wait_share_one_attempt_and_its_end() {
        let (shared, made) = (Shared::default(), Arc::default());
        let begun = tokio::time::Instant::now();
        let (a, b, c) = tokio::join!(
            of(&shared, &made, Err("refused")),
            of(&shared, &made, Ok(())),
            of(&shared, &made, Ok(()))
        );
        assert_eq!([&a, &b, &c], [&Err("refused".to_owned()); 3]);
        assert_eq!(begun.elapsed(), Duration::from_secs(10), "one time-out");
        assert_eq!(of(&shared, &made, Ok(())).await, Ok(1), "a later one tries again");
        assert_eq!(of(&shared, &made, Ok(())).await, Ok(1), "and then it is there");
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_outlives_who_began_it() {
        let (shared, made) = (Shared::default(), Arc::default());
        let left = tokio::time::timeout(Duration::from_secs(1), of(&shared, &made, Ok(()))).await;
        assert!(left.is_err());
        assert_eq!(of(&shared, &made, Err("a second attempt")).await, Ok(0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_was_left_is_made_anew_once() {
        let (shared, made) = (Shared::default(), Arc::default());
        of(&shared, &made, Ok(())).await.unwrap();
        let link = shared
            .get(|_| true, || async { Err(Why::of("not asked")) })
            .await
            .unwrap();
        shared.leave(&link);
        assert_eq!(of(&shared, &made, Ok(())).await, Ok(1));
        shared.leave(&link);
        assert_eq!(
            of(&shared, &made, Ok(())).await,
            Ok(1),
            "another than the one that was left"
        );
    }
}
