//! What became of an attempt that had its place.

use super::reserve::{Held, Reserved};
use super::{Inner, Moment};
use crate::store::StoreError;
use crate::throttle::device::Device;
use crate::throttle::event;
use crate::throttle::keys::STRANGERS;
use crate::throttle::known;
use crate::throttle::state::State;
use crate::throttle::step::{Event, IN_A_ROW, Side, step};
use crate::throttle::store::{AccountKey, KnownNetwork, SideKey};

/// How often a step is tried that nobody waits for, where others make theirs at the same moment.
const TRIES: usize = 16;

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
        let _turn = inner.flights.turn(account).await;
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
            let _turn = inner.flights.turn(account).await;
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
    /// Makes a step that nobody waits for, in its turn, however often other processes make theirs.
    async fn note(
        &self,
        account: &AccountKey,
        (side, key): (Side, SideKey),
        event: Event,
        now: Moment,
    ) -> Result<(), StoreError> {
        for _ in 0..TRIES {
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
