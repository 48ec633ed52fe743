//! A cheap hash whose work is counted, a store that is watched, and the two put together.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::panic, clippy::arithmetic_side_effects)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use portcullis_core::jose::SigningKey;
use portcullis_core::password::{HashError, Hasher, Random, Scheme, Verdict};
use portcullis_core::{
    Account, AccountChange, AccountStore, Auth, AuthBuilder, Credentials, GateSettings, Granted, HashString, KeyRing,
    LoginError, ManualClock, MemoryUsers, Password, Passwords, StoreError, User, UserId, UserStore,
};

/// When all tests begin.
pub const NOW: u64 = 1_800_000_000;

/// `$cheap$<cost>$<password>`: current at cost 5, outdated below.
pub fn cheap(cost: u32, password: &str) -> HashString {
    HashString::new(format!("$cheap${cost}${password}"))
}

/// The chapter's user, with an outdated hash.
pub fn johndoe() -> Account {
    Account::new("johndoe")
        .with_password_hash(cheap(1, "secret"))
        .with_scopes(["me", "items"].into_iter().collect())
}

/// Logs in asking for no scope.
pub async fn login(auth: &Auth, name: &str, password: &str) -> Result<Granted, LoginError> {
    auth.log_in(Credentials::new(name, Password::from(password))).await
}

#[derive(Debug, Default, Clone)]
pub struct Cheap(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    verifications: AtomicU64,
    hashes: AtomicU64,
    last_cost: AtomicU64,
    hold: AtomicBool,
}

fn parse(hash: &HashString) -> Option<Result<(u64, &str), HashError>> {
    let rest = hash.as_str().strip_prefix("$cheap$")?;
    let parsed = rest
        .split_once('$')
        .and_then(|(cost, password)| Some((cost.parse().ok()?, password)));
    Some(parsed.ok_or(HashError::Unknown))
}

impl Scheme for Cheap {
    fn name(&self) -> &'static str {
        "cheap"
    }

    fn identify(&self, text: &str) -> bool {
        text.starts_with("$cheap$")
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        let (cost, stored) = match parse(hash)? {
            Ok(parsed) => parsed,
            Err(error) => return Some(Err(error)),
        };
        while self.0.hold.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        self.0.verifications.fetch_add(1, Ordering::SeqCst);
        self.0.last_cost.store(cost, Ordering::SeqCst);
        let matches = stored.as_bytes() == password.as_bytes() && stored != "no password has a NUL\0";
        Some(Ok(if matches { Verdict::Match } else { Verdict::Mismatch }))
    }

    fn memory_kib(&self, _hash: &HashString) -> u64 {
        1
    }

    fn decoy(&self, like: &HashString, _seed: &[u8; 32]) -> Option<HashString> {
        let (cost, _) = parse(like)?.ok()?;
        Some(HashString::new(format!("$cheap${cost}$no password has a NUL\0")))
    }
}

impl Hasher for Cheap {
    fn hash(&self, password: &Password, _random: &dyn Random) -> Result<HashString, HashError> {
        self.0.hashes.fetch_add(1, Ordering::SeqCst);
        Ok(cheap(5, std::str::from_utf8(password.as_bytes()).unwrap_or_default()))
    }

    fn needs_update(&self, hash: &HashString) -> bool {
        !matches!(parse(hash), Some(Ok((5.., _))))
    }

    fn fresh_decoy(&self, _seed: &[u8; 32]) -> HashString {
        cheap(5, "no password has a NUL\0")
    }
}

/// A store whose reads and writes are counted and can be made to fail.
#[derive(Debug, Clone, Default)]
pub struct Watched<S> {
    inner: S,
    watch: Arc<Watch>,
}

#[derive(Debug, Default)]
struct Watch {
    reads: AtomicU64,
    swaps: AtomicU64,
    fail_reads: AtomicBool,
    fail_writes: AtomicBool,
    fail_samples: AtomicBool,
    hidden_writes: AtomicU64,
}

impl<S> Watched<S> {
    pub fn reads(&self) -> u64 {
        self.watch.reads.load(Ordering::SeqCst)
    }

    pub fn swaps(&self) -> u64 {
        self.watch.swaps.load(Ordering::SeqCst)
    }

    pub fn fail_reads(&self) {
        self.watch.fail_reads.store(true, Ordering::SeqCst);
        // Whatever is remembered must not answer in the store's place.
        self.watch.hidden_writes.fetch_add(1 << 32, Ordering::SeqCst);
    }

    pub fn fail_writes(&self) {
        self.watch.fail_writes.store(true, Ordering::SeqCst);
    }

    pub fn fail_samples(&self) {
        self.watch.fail_samples.store(true, Ordering::SeqCst);
    }

    fn read(&self) -> Result<(), StoreError> {
        self.watch.reads.fetch_add(1, Ordering::SeqCst);
        if self.watch.fail_reads.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("the cable is out"));
        }
        Ok(())
    }
}

impl Watched<MemoryUsers> {
    /// A change as another process would make it: our own generation does not count.
    pub fn change_behind_our_back(&self, account: &Account) {
        let disabled = Some(account.disabled());
        let change = AccountChange {
            disabled,
            ..AccountChange::default()
        };
        let before = self.inner.generation();
        let id = account.id();
        let update = self.inner.update(&id, &change);
        futures_lite_block_on(update).expect("answers");
        self.watch
            .hidden_writes
            .fetch_sub(self.inner.generation() - before, Ordering::SeqCst);
    }
}

/// Runs a future that never waits.
fn futures_lite_block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(done) => done,
        std::task::Poll::Pending => panic!("it waited"),
    }
}

impl UserStore for Watched<MemoryUsers> {
    type User = Account;

    async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        self.read()?;
        self.inner.by_login(login).await
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.read()?;
        self.inner.by_id(id).await
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        self.watch.swaps.fetch_add(1, Ordering::SeqCst);
        if self.watch.fail_writes.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("the disk is full"));
        }
        self.inner.swap_hash(id, seen, new).await
    }

    async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
        if self.watch.fail_samples.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("the table is locked"));
        }
        self.inner.sample_hashes(limit).await
    }

    fn generation(&self) -> u64 {
        self.inner
            .generation()
            .wrapping_add(self.watch.hidden_writes.load(Ordering::SeqCst))
    }
}

impl AccountStore for Watched<MemoryUsers> {
    fn noting(&self, _: &portcullis_core::AuditRow) -> Option<Self> {
        None
    }

    async fn insert(&self, account: &Account) -> Result<(), StoreError> {
        self.inner.insert(account).await
    }

    async fn update(&self, id: &UserId, change: &AccountChange) -> Result<Option<Account>, StoreError> {
        self.inner.update(id, change).await
    }

    async fn delete(&self, id: &UserId) -> Result<bool, StoreError> {
        self.inner.delete(id).await
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<Account>, StoreError> {
        self.inner.list(after, limit).await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.inner.count().await
    }
}

/// An `Auth` with everything around it in our hands.
pub struct Setup {
    pub auth: Auth,
    pub store: Watched<MemoryUsers>,
    pub clock: ManualClock,
    scheme: Cheap,
}

impl Setup {
    pub fn new(accounts: impl IntoIterator<Item = Account>) -> Self {
        Self::with(accounts, |builder| builder)
    }

    pub fn with(
        accounts: impl IntoIterator<Item = Account>,
        choose: impl FnOnce(AuthBuilder<Account>) -> AuthBuilder<Account>,
    ) -> Self {
        let key = SigningKey::hs256("a key for tests that is long enough").expect("a good key");
        Self::over(key.into(), accounts, choose)
    }

    /// One that also accepts other hashes than the cheap ones.
    pub fn accepting(accounts: impl IntoIterator<Item = Account>, accept: impl FnOnce(Passwords) -> Passwords) -> Self {
        let scheme = Cheap::default();
        let passwords = accept(Passwords::new(scheme.clone()));
        let mut setup = Self::with(accounts, |builder| builder.passwords(passwords));
        setup.scheme = scheme;
        setup
    }

    /// One that signs with the keys of this ring.
    pub fn over(
        ring: KeyRing,
        accounts: impl IntoIterator<Item = Account>,
        choose: impl FnOnce(AuthBuilder<Account>) -> AuthBuilder<Account>,
    ) -> Self {
        let store = Watched {
            inner: accounts.into_iter().collect(),
            watch: Arc::default(),
        };
        let (clock, scheme) = (ManualClock::at(NOW), Cheap::default());
        let builder = Auth::builder(ring, store.clone())
            .passwords(Passwords::new(scheme.clone()))
            .clock(clock.clone());
        let auth = choose(builder).build().expect("builds");
        Self {
            auth,
            store,
            clock,
            scheme,
        }
    }

    /// One whose only hashing thread and whole queue are taken until it is dropped.
    pub async fn busy(accounts: impl IntoIterator<Item = Account>) -> Self {
        let gate = GateSettings {
            threads: 1,
            queue: 1,
            ..GateSettings::default()
        };
        let setup = Self::with(accounts, |builder| builder.hashing(gate));
        setup.hold();
        for _ in 0..8 {
            let auth = setup.auth.clone();
            tokio::spawn(async move { login(&auth, "johndoe", "x").await });
        }
        while setup.auth.gate_metrics().queued < 1 {
            tokio::task::yield_now().await;
        }
        setup
    }

    pub fn verifications(&self) -> u64 {
        self.scheme.0.verifications.load(Ordering::SeqCst)
    }

    /// How many new hashes were made.
    pub fn hashes(&self) -> u64 {
        self.scheme.0.hashes.load(Ordering::SeqCst)
    }

    /// Nothing is verified until [`Setup::release`].
    pub fn hold(&self) {
        self.scheme.0.hold.store(true, Ordering::SeqCst);
    }

    pub fn release(&self) {
        self.scheme.0.hold.store(false, Ordering::SeqCst);
    }

    pub fn last_cost(&self) -> u64 {
        self.scheme.0.last_cost.load(Ordering::SeqCst)
    }

    pub async fn token(&self, name: &str) -> String {
        self.token_with(name, "secret").await
    }

    pub async fn token_with(&self, name: &str, password: &str) -> String {
        login(&self.auth, name, password).await.expect("logs in").access_token
    }
}

impl Drop for Setup {
    fn drop(&mut self) {
        self.release();
    }
}
