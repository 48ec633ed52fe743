//! The place of an attempt in the budgets of its account: taken before the password is looked at, given back if it was right.

use std::sync::OnceLock;

use portcullis_password::{Password, Unusable};

use super::enter::Entered;
use super::{Inner, Moment, Throttle};
use crate::attempt::Attempt;
use crate::store::StoreError;
use crate::throttle::error::ThrottleError;
use crate::throttle::flights::UnderWay;
use crate::throttle::keys::{NetworkTags, STRANGERS};
use crate::throttle::known::{Familiar, familiar};
use crate::throttle::networks::Toll;
use crate::throttle::prefix::Prefixes;
use crate::throttle::refusal::{Limit, Throttled};
use crate::throttle::state::State;
use crate::throttle::step::{Event, Guess, Side, Taken, Verdict, step};
use crate::throttle::store::{AccountKey, AccountSeen, SideKey, SideState};
use crate::user::UserId;

/// How often a place is tried for where other processes take theirs at the same moment.
const TRIES: usize = 4;

/// What a password costs that was wrong on many accounts today.
const SPRAYED: u8 = 5;

/// What one costs that many people use.
const COMMON: u8 = 3;

/// A place in the budgets. It counts as a wrong password unless something else is said.
pub(crate) struct Reserved {
    pub(super) entered: Entered,
    pub(super) held: Held,
    pub(super) seen: Sides,
    pub(super) taken: Taken,
    pub(super) is_sprayed: bool,
    _under_way: UnderWay,
}

/// A side that pays, and what it has left then.
struct Chosen {
    key: SideKey,
    side: Side,
    next: State,
    taken: Taken,
}

/// Why an attempt may not be made.
struct Refused {
    limit: Limit,
    /// For how many milliseconds.
    wait: u64,
    /// Whether nobody who comes the same way needs to be looked at until then.
    closes: bool,
}

impl Refused {
    /// Of this attempt.
    fn once((limit, wait): (Limit, u64)) -> Self {
        Self {
            limit,
            wait,
            closes: false,
        }
    }
}

/// A side, and what stands in the store since the place was taken.
pub(super) struct Held {
    pub(super) side: Side,
    pub(super) key: SideKey,
    pub(super) state: Vec<u8>,
}

/// The sides from which an attempt may come, and what is known of them.
pub(super) struct Sides {
    /// Of a device that knows the account.
    device: Option<SideKey>,
    pub(super) network: NetworkTags,
    pub(super) familiar: Familiar,
    account: AccountSeen,
}

impl Sides {
    /// What stands in the store of a side, and what that means. What another version wrote is begun anew.
    pub(super) fn of(&self, key: SideKey) -> (Option<&[u8]>, State) {
        let found = self.account.sides.iter().find(|(own, _)| *own == key);
        let bytes = found.map(|(_, bytes)| &**bytes);
        (bytes, bytes.and_then(State::of_bytes).unwrap_or_default())
    }

    /// From which side an attempt comes that is no device's.
    fn without_device(&self) -> (Side, SideKey) {
        match self.familiar.is_known {
            true => (Side::KnownNetwork, self.network.side),
            false => {
                let network = self.network.place;
                (Side::Strangers { network }, STRANGERS)
            }
        }
    }
}

impl Throttle {
    /// Takes a place for a user who is asked for their password beside a good token: ten an hour, whoever has the token, and
    /// nobody else's attempts count.
    pub(crate) async fn reserve_own(&self, user: &UserId, password: &Password) -> Result<Reserved, ThrottleError> {
        let inner = &*self.inner;
        let account = inner.keys.account(user.as_str());
        let entered = Entered {
            throttle: self.clone(),
            login: user.as_str().to_owned(),
            account,
            attempt: Attempt::default(),
            prefixes: None,
            toll: Toll::default(),
            device: None,
            password: inner.today.tags(inner.now().day, &account, password, &*inner.random)?,
            door: inner.closed.door(&account),
            is_own: true,
        };
        entered.reserve(None, password).await
    }
}

impl Entered {
    /// Takes a place in the budgets of the account; `epoch` is its user's, where there is one and
    /// [`Entered::shows_device`].
    pub(crate) async fn reserve(self, epoch: Option<u64>, password: &Password) -> Result<Reserved, ThrottleError> {
        let throttle = self.throttle.clone();
        let inner = &*throttle.inner;
        let is_sprayed = inner.today.sprayed.is_common(self.password.of_all);
        // Looked up once at most, and only for what would be hashed.
        let cost = OnceLock::new();
        let cost = || *cost.get_or_init(|| inner.cost(is_sprayed, password));
        let device = self.own_side(epoch);
        let tried = (self.account, self.password.of_account);
        loop {
            let turn = inner.flights.turn(&self.account).await;
            let same = inner.flights.of(&tried);
            // From now on: what ends while it is looked is not missed.
            let one_ended = same.as_ref().map(|same| same.notified());
            let found = match self.take(device, &cost).await {
                Ok(found) => found,
                Err(error) => {
                    self.undone();
                    return Err(error.into());
                }
            };
            let refused = match found {
                Ok((held, seen, taken)) => {
                    return Ok(Reserved {
                        held,
                        seen,
                        taken,
                        is_sprayed,
                        _under_way: inner.flights.begin(tried),
                        entered: self,
                    });
                }
                Err(refused) => refused,
            };
            drop(turn);
            match one_ended {
                // Where that one is right it gives back what it took.
                Some(one_ended) => one_ended.await,
                None => return Err(self.refuse(refused).into()),
            }
        }
    }

    /// Takes the place, or says what is used up.
    async fn take(
        &self,
        device: Option<SideKey>,
        cost: &impl Fn() -> u8,
    ) -> Result<Result<(Held, Sides, Taken), Refused>, StoreError> {
        let inner = &*self.throttle.inner;
        for _ in 0..TRIES {
            let now = inner.now();
            let seen = self.look(inner, device, now).await?;
            let chosen = match self.choose(&seen, cost, now) {
                Ok(chosen) => chosen,
                Err(refused) => return Ok(Err(refused)),
            };
            let Chosen { key, side, next, taken } = chosen;
            let state = next.to_bytes();
            if inner.swap((&self.account, key), seen.of(key).0, next, now).await? {
                return Ok(Ok((Held { side, key, state }, seen, taken)));
            }
        }
        Ok(Err(Refused::once((Limit::AtOnce, 1))))
    }

    fn refuse(&self, Refused { limit, wait, closes }: Refused) -> Throttled {
        let inner = &*self.throttle.inner;
        if closes {
            inner.closed.close(self.door, limit, wait, inner.now().millis);
        }
        inner.refuse(limit, wait)
    }

    /// The side that is known by more than a network: a device's, or that of whoever has a token already.
    fn own_side(&self, epoch: Option<u64>) -> Option<SideKey> {
        let keys = &self.throttle.inner.keys;
        if self.is_own {
            return Some(keys.own_side(&self.account));
        }
        let device = self.device.as_ref()?;
        let knows = epoch.is_some_and(|epoch| device.knows(keys, &self.account, epoch));
        knows.then(|| device.side(keys, &self.account))
    }

    async fn look(&self, inner: &Inner, device: Option<SideKey>, now: Moment) -> Result<Sides, StoreError> {
        let home = self.prefixes.as_ref().map(Prefixes::home);
        let network = inner.keys.network(&self.account, home.as_ref());
        let sides = [STRANGERS, network.side, device.unwrap_or(STRANGERS)];
        let account = inner.store.read(&self.account, &sides).await?;
        Ok(Sides {
            device,
            network,
            familiar: familiar(&account.networks, network.known, now.day),
            account,
        })
    }

    fn choose(&self, seen: &Sides, cost: &impl Fn() -> u8, now: Moment) -> Result<Chosen, Refused> {
        let attempt = |side, key, cost| {
            let guess = Guess {
                tag: self.password.of_account,
                cost,
            };
            match step(side, seen.of(key).1, Event::Attempt(guess), now.millis) {
                (next, Verdict::Taken(taken)) => Ok(Chosen { key, side, next, taken }),
                (_, Verdict::Refused { limit, wait }) => Err((limit, wait)),
                // An attempt is never only noted.
                (_, Verdict::Noted) => Err((Limit::AtOnce, 1)),
            }
        };
        if let Some(key) = seen.device {
            match attempt(Side::Device, key, 1) {
                // Void: it is a stranger's then, or of a known network.
                Err((Limit::InARow, _)) if !self.is_own => {}
                outcome => return outcome.map_err(Refused::once),
            }
        }
        let (side, key) = seen.without_device();
        let cheapest = attempt(side, key, 1).map_err(|(limit, wait)| Refused {
            limit,
            wait,
            // Of a repeat it is known of this password alone.
            closes: limit != Limit::Repeats,
        })?;
        match cheapest.taken.repeated {
            true => Ok(cheapest),
            false => attempt(side, key, cost()).map_err(Refused::once),
        }
    }
}

impl Inner {
    /// What a password costs.
    fn cost(&self, is_sprayed: bool, password: &Password) -> u8 {
        match is_sprayed {
            true => SPRAYED,
            false if self.guessable.check(password, &[]) == Err(Unusable::Common) => COMMON,
            false => 1,
        }
    }

    /// Puts what is remembered of a side in the place of what was; nothing where nothing needs to be remembered.
    pub(super) async fn swap(
        &self,
        (account, key): (&AccountKey, SideKey),
        seen: Option<&[u8]>,
        next: State,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let row = (!next.is_empty(now.millis)).then(|| SideState {
            state: next.to_bytes(),
            streak: next.streak(),
            touched: now.millis,
        });
        if row.is_none() && seen.is_none() {
            return Ok(true);
        }
        self.store.swap(account, &key, seen, row.as_ref()).await
    }
}
