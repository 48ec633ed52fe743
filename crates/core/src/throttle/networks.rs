//! What networks have tried lately: in the memory of this process, bounded.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::budgets::{ADDRESS, Budget, NETWORK, SITE};
use super::prefix::{Prefix, Prefixes};
use super::refusal::Limit;

/// How many networks are remembered.
const AT_MOST: usize = 65_536;

/// Among how many a new one looks for a place.
const WAYS: usize = 8;

/// So many locks, so that logins do not wait for each other.
const SHARDS: usize = 64;

/// What is seen of a network is forgotten after an hour.
const SEEN_FOR: u64 = 60 * 60 * 1_000;

/// So many bits of 64 are set when about 21 distinct accounts failed (linear counting: 64 (1 - e^(-n/64))).
const SPRAYED_BITS: u32 = 18;

/// What an attempt from a network costs that tries many accounts.
const SPRAYER_COST: u8 = 4;

/// One network.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// A keyed hash of it; 0: nothing stands here.
    key: u64,
    /// When its budget is full again.
    full: u64,
    /// A bit for each account that failed, where its hash falls.
    failed: u64,
    /// Since when the following is counted.
    since: u64,
    tries: u32,
    right: u32,
}

impl Entry {
    fn begin(&mut self, now: u64) {
        if now.saturating_sub(self.since) >= SEEN_FOR || now < self.since {
            (self.failed, self.since, self.tries, self.right) = (0, now, 0, 0);
        }
    }

    /// Whether it tries many accounts and seldom gets in.
    fn sprays(&self) -> bool {
        self.failed.count_ones() >= SPRAYED_BITS && self.right.saturating_mul(3) < self.tries
    }

    fn cost(&self) -> u8 {
        if self.sprays() { SPRAYER_COST } else { 1 }
    }
}

/// What was spent, to be given back or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    key: u64,
    budget: Budget,
    cost: u8,
}

/// What an attempt cost its networks, the widest first.
pub(super) type Toll = Vec<Spent>;

/// The memory.
pub(super) struct Networks {
    secret: RandomState,
    shards: Vec<Mutex<Vec<Entry>>>,
}

impl Networks {
    pub(super) fn new() -> Self {
        let shard = || Mutex::new(vec![Entry::default(); AT_MOST / SHARDS]);
        Self {
            secret: RandomState::new(),
            shards: (0..SHARDS).map(|_| shard()).collect(),
        }
    }

    /// Spends what an attempt costs all networks of an address, or nothing: what is used up, and for how long. The widest is
    /// asked first, so that who floods one adds no entries for its parts.
    pub(super) fn spend(&self, of: &Prefixes, now: u64) -> Result<Toll, (Limit, u64)> {
        let site = of.site.map(|site| (site, SITE, Limit::Site));
        let parts = [
            (of.network, NETWORK, Limit::Network),
            (of.address, ADDRESS, Limit::Address),
        ];
        let mut toll = Toll::with_capacity(3);
        for (prefix, budget, limit) in site.into_iter().chain(parts) {
            match self.spend_one(&prefix, budget, now) {
                Ok(spent) => toll.extend(spent),
                Err(wait) => {
                    self.give_back(&toll);
                    return Err((limit, wait));
                }
            }
        }
        Ok(toll)
    }

    /// `None`: there is no place for it; the wider ones count.
    fn spend_one(&self, prefix: &Prefix, budget: Budget, now: u64) -> Result<Option<Spent>, u64> {
        // Never 0.
        let key = self.secret.hash_one(prefix) | 1;
        let spent = self.with(key, |set| {
            let Some(entry) = place_of(set, key, now) else {
                return Ok(None);
            };
            entry.begin(now);
            let cost = entry.cost();
            entry.full = budget.spend(entry.full, cost, now)?;
            entry.tries = entry.tries.saturating_add(1);
            Ok(Some(Spent { key, budget, cost }))
        });
        spent.unwrap_or(Ok(None))
    }

    /// The attempt was none, or was right.
    pub(super) fn give_back(&self, toll: &Toll) {
        self.each(toll, |entry, spent| {
            entry.full = spent.budget.give_back(entry.full, spent.cost);
        });
    }

    /// It was right.
    pub(super) fn right(&self, toll: &Toll) {
        self.give_back(toll);
        self.each(toll, |entry, _| entry.right = entry.right.saturating_add(1));
    }

    /// It was wrong, for the account of this hash.
    pub(super) fn wrong(&self, toll: &Toll, account: u64) {
        let bit = 1_u64.rotate_left(u32::try_from(account % 64).unwrap_or_default());
        self.each(toll, |entry, _| entry.failed |= bit);
    }

    fn each(&self, toll: &Toll, change: impl Fn(&mut Entry, &Spent)) {
        for spent in toll {
            self.with(spent.key, |set| {
                if let Some(entry) = set.iter_mut().find(|entry| entry.key == spent.key) {
                    change(entry, spent);
                }
            });
        }
    }

    /// The few places among which a network may stand.
    fn with<T>(&self, key: u64, work: impl FnOnce(&mut [Entry]) -> T) -> Option<T> {
        let mut shard = lock(self.shards.get(one_of(self.shards.len(), key.rotate_left(16))?)?);
        let sets = shard.len().checked_div(WAYS)?;
        shard
            .chunks_exact_mut(WAYS)
            .nth(one_of(sets, key.rotate_left(32))?)
            .map(work)
    }
}

/// One of so many, by a hash.
fn one_of(many: usize, hash: u64) -> Option<usize> {
    let many = u64::try_from(many).ok()?;
    usize::try_from(hash.checked_rem(many)?).ok()
}

/// The place of a network: its own, a free one, or that of the idlest whose budget is full. `None`: all are in use.
fn place_of(set: &mut [Entry], key: u64, now: u64) -> Option<&mut Entry> {
    let wanted = |entry: &Entry| match entry.key {
        own if own == key => (0, false, 0, 0),
        // What may spray is remembered for longer than what only came by.
        _ => (1, entry.full > now, entry.failed.count_ones(), entry.full),
    };
    let best = set.iter_mut().min_by_key(|entry| wanted(entry))?;
    if best.key != key {
        if best.full > now {
            return None;
        }
        *best = Entry {
            key,
            since: now,
            ..Entry::default()
        };
    }
    Some(best)
}

fn lock(shard: &Mutex<Vec<Entry>>) -> MutexGuard<'_, Vec<Entry>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use super::*;

    const START: u64 = 1_700_000_000_000;

    fn v4(network: u8, host: u8) -> Prefixes {
        Prefixes::of(IpAddr::from([192, 0, network, host]))
    }

    #[test]
    fn the_twenty_first_attempt_of_an_address_waits_and_its_neighbours_have_eighty_together() {
        let networks = Networks::new();
        for _ in 0..20 {
            networks.spend(&v4(2, 1), START).expect("one of the twenty");
        }
        assert_eq!(networks.spend(&v4(2, 1), START).unwrap_err(), (Limit::Address, 3_000));
        let mut served = 0;
        for host in 2..=255 {
            served += u32::from(networks.spend(&v4(2, host), START).is_ok());
        }
        assert_eq!(served, 60, "what was refused cost the /24 nothing");
        assert_eq!(networks.spend(&v4(2, 9), START).unwrap_err().0, Limit::Network);
        assert!(networks.spend(&v4(3, 1), START).is_ok());
    }

    #[test]
    fn who_gets_in_pays_nothing_and_own_logins_do_not_reset_anothers_counter() {
        let networks = Networks::new();
        for _ in 0..1_000 {
            let toll = networks.spend(&v4(2, 1), START).expect("given back each time");
            networks.right(&toll);
        }
        for _ in 0..20 {
            let toll = networks.spend(&v4(2, 1), START).expect("wrong ones");
            networks.wrong(&toll, 7);
            let own = networks.spend(&v4(2, 1), START);
            own.iter().for_each(|own| networks.right(own));
        }
        assert_eq!(networks.spend(&v4(2, 1), START).unwrap_err().0, Limit::Address);
    }

    #[test]
    fn spraying_is_slowed() {
        let networks = Networks::new();
        let secret = RandomState::new();
        let (mut served, mut second) = (0_u32, 0);
        while second < 3_600 {
            if let Ok(toll) = networks.spend(&v4(2, 1), START + second * 1_000) {
                networks.wrong(&toll, secret.hash_one(served));
                served += 1;
            }
            second += 1;
        }
        assert!(
            (280..=360).contains(&served),
            "a quarter of 1,200 and what came before: {served}"
        );
        // An office in which many mistype, and then get in.
        let mut office = 0;
        for n in 0..1_800 {
            if let Ok(toll) = networks.spend(&v4(3, 1), START + n * 2_000) {
                match n % 2 {
                    0 => networks.wrong(&toll, secret.hash_one(n)),
                    _ => networks.right(&toll),
                }
                office += 1;
            }
        }
        assert_eq!(office, 1_800);
    }

    #[test]
    fn a_flood_of_networks_is_bounded() {
        flood(1_000_000);
    }

    #[test]
    #[ignore = "it takes a minute"]
    fn a_flood_of_ten_million_networks_is_bounded() {
        flood(10_000_000);
    }

    fn flood(attempts: u64) {
        let networks = Networks::new();
        let entries = |networks: &Networks| {
            networks
                .shards
                .iter()
                .map(|shard| lock(shard).capacity())
                .sum::<usize>()
        };
        let before = entries(&networks);
        let mut served = 0_u64;
        // All from one /48, within a minute, each from another /64 of it.
        for n in 0..attempts {
            let [.., a, b] = n.to_be_bytes();
            let segment = u16::from_be_bytes([a, b]);
            let address = Ipv6Addr::new(0x2001, 0xdb8, 1, segment, 0, 0, 0, 1);
            let now = START + n * 60_000 / attempts;
            served += u64::from(networks.spend(&Prefixes::of(address.into()), now).is_ok());
        }
        assert!(served <= 320 + 322, "the budget of the /48 holds: {served}");
        assert_eq!(entries(&networks), before);
        let bytes = before * size_of::<Entry>();
        println!("memory of networks: {bytes} bytes; of {attempts} attempts from one /48 in a minute {served} served");
        assert!(bytes <= 3_200_000);
        // Nobody else was thrown out of the memory for it.
        assert!(networks.spend(&v4(2, 1), START).is_ok());
    }

    #[test]
    fn where_all_places_are_in_use_the_wider_networks_count() {
        let networks = Networks::new();
        // More networks at once than there are places, each spending.
        for n in 0..400_000_u32 {
            let [_, a, b, c] = n.to_be_bytes();
            drop(networks.spend(&Prefixes::of(Ipv4Addr::new(10 + a, b, c, 1).into()), START));
        }
        let used = networks
            .shards
            .iter()
            .map(|shard| lock(shard).iter().filter(|entry| entry.key != 0).count());
        assert_eq!(used.sum::<usize>(), AT_MOST);
        // Whatever is asked is answered, and after a while all is as it was.
        assert!(networks.spend(&v4(2, 1), START).is_ok());
        for _ in 0..20 {
            networks.spend(&v4(2, 1), START + 60_000).expect("twenty");
        }
        assert!(networks.spend(&v4(2, 1), START + 60_000).is_err());
    }
}
