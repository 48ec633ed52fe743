//! The place of an attempt in the budgets of its account: taken before the password is looked at, given back if it was right.

use super::{Inner, Moment};
use crate::store::StoreError;
use crate::throttle::device::Device;
use crate::throttle::error::ThrottleError;
use crate::throttle::event;
use crate::throttle::keys::{NetworkTags, STRANGERS};
use crate::throttle::known::{self, Familiar, familiar};
use crate::throttle::prefix::Prefixes;
use crate::throttle::refusal::Limit;
use crate::throttle::state::State;
use crate::throttle::step::{Event, Guess, IN_A_ROW, Side, Taken, Verdict, step};
use crate::throttle::store::{AccountKey, AccountSeen, KnownNetwork, SideKey, SideState};

use super::enter::Entered;

/// How often a place is tried for where others take theirs at the same moment.
const TRIES: usize = 4;

/// What a password costs that was wrong on many accounts today.
const SPRAYED: u8 = 5;

/// A place in the budgets. It counts as a wrong password unless something else is said.
pub(crate) struct Reserved {
    entered: Entered,
    held: Held,
    seen: Sides,
    taken: Taken,
    is_sprayed: bool,
}

/// A side, and what stands in the store since the place was taken.
struct Held {
    side: Side,
    key: SideKey,
    state: Vec<u8>,
}

/// The sides from which an attempt may come, and what is known of them.
struct Sides {
    /// Of a device that knows the account.
    device: Option<SideKey>,
    network: NetworkTags,
    familiar: Familiar,
    account: AccountSeen,
}

impl Sides {
    /// What stands in the store of a side, and what that means. What another version wrote is begun anew.
    fn of(&self, key: SideKey) -> (Option<&[u8]>, State) {
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

impl Entered {
    /// Takes a place in the budgets of the account; `epoch` is its user's, where there is one and
    /// [`Entered::shows_device`].
    pub(crate) async fn reserve(self, epoch: Option<u64>) -> Result<Reserved, ThrottleError> {
        let throttle = self.throttle.clone();
        let inner = &*throttle.inner;
        let is_sprayed = inner.today.sprayed.is_common(self.password.of_all);
        let knows = |device: &&Device| epoch.is_some_and(|epoch| device.knows(&inner.keys, &self.account, epoch));
        let device = self.device.as_ref().filter(knows);
        let device = device.map(|device| device.side(&inner.keys, &self.account));
        for _ in 0..TRIES {
            let now = inner.now();
            let seen = self.look(inner, device, now).await?;
            let (key, side, next, taken) = self.choose(&seen, is_sprayed, now)?;
            let state = next.to_bytes();
            if inner.swap((&self.account, key), seen.of(key).0, next, now).await? {
                return Ok(Reserved {
                    entered: self,
                    held: Held { side, key, state },
                    seen,
                    taken,
                    is_sprayed,
                });
            }
        }
        Err(inner.refuse(Limit::AtOnce, 1).into())
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

    /// The side that pays, and what it has left then.
    fn choose(
        &self,
        seen: &Sides,
        is_sprayed: bool,
        now: Moment,
    ) -> Result<(SideKey, Side, State, Taken), ThrottleError> {
        let inner = &*self.throttle.inner;
        let guess = |cost| Guess {
            tag: self.password.of_account,
            cost,
        };
        if let Some(key) = seen.device {
            let (next, verdict) = step(Side::Device, seen.of(key).1, Event::Attempt(guess(1)), now.millis);
            match verdict {
                Verdict::Taken(taken) => return Ok((key, Side::Device, next, taken)),
                // Void: it is a stranger's then, or of a known network.
                Verdict::Refused {
                    limit: Limit::InARow, ..
                }
                | Verdict::Noted => {}
                Verdict::Refused { limit, wait } => return Err(inner.refuse(limit, wait).into()),
            }
        }
        let (side, key) = seen.without_device();
        let cost = if is_sprayed { SPRAYED } else { 1 };
        let (next, verdict) = step(side, seen.of(key).1, Event::Attempt(guess(cost)), now.millis);
        match verdict {
            Verdict::Taken(taken) => Ok((key, side, next, taken)),
            Verdict::Refused { limit, wait } => {
                // For another password it may be open still.
                if cost == 1 && limit != Limit::Repeats {
                    inner.closed.close(self.door, limit, wait, now.millis);
                }
                Err(inner.refuse(limit, wait).into())
            }
            // An attempt is never only noted.
            Verdict::Noted => Err(inner.refuse(Limit::AtOnce, 1).into()),
        }
    }
}

impl Reserved {
    /// The password was right, and this is its user's epoch: what was taken is given back, and the text of the device for
    /// next time. What cannot be stored is told in the log; the login stands.
    pub(crate) async fn right(self, epoch: u64) -> Option<String> {
        let inner = &*self.entered.throttle.inner;
        let now = inner.now();
        inner.networks.right(&self.entered.toll);
        if let Err(error) = self.settle(Event::Right(self.taken), now).await {
            tracing::warn!(%error, "what a right password took could not be given back");
        }
        if let Err(error) = self.make_known(now).await {
            tracing::warn!(%error, "from where somebody logged in could not be stored");
        }
        if self.is_sprayed && matches!(self.held.side, Side::Strangers { .. }) {
            event::sprayed_password_was_right(&self.entered.login, self.entered.attempt.peer);
        }
        let mut device = match &self.entered.device {
            Some(device) => device.clone(),
            None => {
                let mut id = [0; 8];
                inner.random.fill(&mut id).ok()?;
                Device::new(id)
            }
        };
        device.learn(&inner.keys, &self.entered.account, epoch);
        device.text(&inner.keys, now.day)
    }

    /// It was wrong.
    pub(crate) fn wrong(self) {
        let inner = &*self.entered.throttle.inner;
        let [.., a, b, c, d, e, f, g, h] = *self.entered.account.as_bytes();
        let account = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        inner.networks.wrong(&self.entered.toll, account);
        if !self.taken.repeated {
            inner.today.sprayed.count(self.entered.password.of_all);
        }
        if self.held.side == Side::Device && self.ends_the_row() {
            event::device_is_void(&self.entered.login, self.entered.attempt.peer);
        }
    }

    /// It was not found out, and not by its own fault.
    pub(crate) async fn undone(self) {
        let inner = &*self.entered.throttle.inner;
        inner.networks.give_back(&self.entered.toll);
        if let Err(error) = self.settle(Event::Undone(self.taken), inner.now()).await {
            tracing::warn!(%error, "what a login took that failed could not be given back");
        }
    }

    /// Whether it is the last one of a row of wrong ones.
    fn ends_the_row(&self) -> bool {
        let state = State::of_bytes(&self.held.state);
        !self.taken.repeated && state.is_some_and(|state| state.streak() == IN_A_ROW)
    }

    /// Writes what became of the attempt.
    async fn settle(&self, event: Event, now: Moment) -> Result<(), StoreError> {
        let inner = &*self.entered.throttle.inner;
        let account = &self.entered.account;
        let Held { side, key, state } = &self.held;
        let since = State::of_bytes(state).unwrap_or_default();
        let (next, _) = step(*side, since, event, now.millis);
        if inner.swap((account, *key), Some(state), next, now).await? {
            return Ok(());
        }
        inner.note(account, (*side, *key), event, now).await
    }

    /// The owner was there: their network is known, and where they are known the strangers' row is interrupted.
    async fn make_known(&self, now: Moment) -> Result<(), StoreError> {
        let inner = &*self.entered.throttle.inner;
        let (account, seen) = (&self.entered.account, &self.seen);
        let is_stranger = matches!(self.held.side, Side::Strangers { .. });
        if !is_stranger && seen.of(STRANGERS).1.streak() > 0 {
            // The network does not matter to this.
            let side = Side::Strangers { network: 0 };
            inner.note(account, (side, STRANGERS), Event::Forgiven, now).await?;
        }
        if self.entered.prefixes.is_some() && seen.familiar.is_due {
            let network = KnownNetwork {
                tag: seen.network.known,
                day: now.day,
            };
            inner.store.remember(account, network, known::AT_MOST).await?;
        }
        Ok(())
    }
}

impl Inner {
    /// Puts what is remembered of a side in the place of what was; nothing where nothing needs to be remembered.
    async fn swap(
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

    /// Makes a step that nobody waits for, however often others make theirs.
    async fn note(
        &self,
        account: &AccountKey,
        (side, key): (Side, SideKey),
        event: Event,
        now: Moment,
    ) -> Result<(), StoreError> {
        for _ in 0..TRIES.saturating_mul(4) {
            let seen = self.store.read(account, &[key]).await?;
            let Some((_, bytes)) = seen.sides.first() else {
                // Forgotten meanwhile.
                return Ok(());
            };
            let (next, _) = step(side, State::of_bytes(bytes).unwrap_or_default(), event, now.millis);
            if self.swap((account, key), Some(bytes), next, now).await? {
                return Ok(());
            }
        }
        tracing::warn!("too many attempts at once: what a login took was not given back");
        Ok(())
    }
}
