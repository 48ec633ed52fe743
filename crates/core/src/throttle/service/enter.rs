//! What is looked at before the store is asked: networks, devices, and who was refused a moment ago.

use portcullis_password::Password;

use super::Throttle;
use crate::attempt::Attempt;
use crate::throttle::closed::Door;
use crate::throttle::device::Device;
use crate::throttle::error::ThrottleError;
use crate::throttle::networks::Toll;
use crate::throttle::prefix::Prefixes;
use crate::throttle::store::AccountKey;
use crate::throttle::today::PasswordTags;

/// An attempt that got past what the memory of this process knows.
pub(crate) struct Entered {
    pub(super) throttle: Throttle,
    pub(super) login: String,
    pub(super) account: AccountKey,
    pub(super) attempt: Attempt,
    /// The networks of who asks, where that is known.
    pub(super) prefixes: Option<Prefixes>,
    pub(super) toll: Toll,
    /// A good device, whatever accounts it knows.
    pub(super) device: Option<Device>,
    pub(super) password: PasswordTags,
    pub(super) door: Door,
    /// Whether it is somebody with a token of the account.
    pub(super) is_own: bool,
}

impl Throttle {
    /// Begins an attempt.
    pub(crate) fn enter(&self, login: &str, password: &Password, attempt: &Attempt) -> Result<Entered, ThrottleError> {
        self.keep();
        let inner = &*self.inner;
        let now = inner.now();
        let prefixes = attempt.origin().map(Prefixes::of);
        let toll = match &prefixes {
            Some(prefixes) => inner.networks.spend(prefixes, now.millis),
            None => Ok(Toll::default()),
        };
        let toll = toll.map_err(|(limit, wait)| inner.refuse(limit, wait))?;
        let account = inner.keys.account(login);
        let device = attempt.device.as_ref();
        let device = device.and_then(|device| Device::parse(device.text(), &inner.keys, now.day));
        let own = device.as_ref().filter(|device| device.has(&inner.keys, &account));
        let home = prefixes.as_ref().map(Prefixes::home);
        let door = inner.closed.door(&(account, home, own.map(Device::id)));
        if let Some((limit, wait)) = inner.closed.wait(door, now.millis) {
            return Err(inner.refuse(limit, wait).into());
        }
        Ok(Entered {
            throttle: self.clone(),
            login: login.to_owned(),
            account,
            attempt: attempt.clone(),
            prefixes,
            toll,
            device,
            password: inner.today.tags(now.day, &account, password, &*inner.random)?,
            door,
            is_own: false,
        })
    }
}

impl Entered {
    /// Whether somebody logged in to this account on the device that is shown, so that the epoch of its user is wanted.
    pub(crate) fn shows_device(&self) -> bool {
        let device = self.device.as_ref();
        device.is_some_and(|device| device.has(&self.throttle.inner.keys, &self.account))
    }

    /// It came to nothing, and not by its own fault.
    pub(crate) fn undone(self) {
        self.throttle.inner.networks.give_back(&self.toll);
    }
}
