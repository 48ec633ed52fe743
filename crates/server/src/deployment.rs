//! A deployment opened: its settings, its keys, its users, and the `Auth` over them.

use std::time::Duration;

use portcullis_core::{
    AccessTokenType, Account, AccountStore, Accounts, ApiKeys, Auth, AuthBuilder, BuildError, Clients, GateSettings,
    KeyRing, Passwords, Scopes as _,
};
use portcullis_sql::{AnyDatabase, AnyUsers};

use crate::app::OwnScopes;
use crate::clock;
use crate::config::{Given, Settings};
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::kept::{self, Kept};
use crate::logging;
use crate::new_passwords;
use crate::place::Place;
use crate::signing::{self, Keys};
use crate::users::{self, Users};
use crate::whoever::whoever;

/// How far the clocks of servers on one data folder, or on copies of its keys, may differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

/// What every command of a deployment starts from.
pub(crate) struct Deployment {
    pub(crate) settings: Settings,
    pub(crate) place: Place,
    /// Our own, whosever the users are.
    pub(crate) database: AnyDatabase,
    pub(crate) keys: Keys,
    pub(crate) auth: Auth,
    pub(crate) accounts: Accounts<Users>,
    pub(crate) clients: Clients,
}

impl Deployment {
    /// Opens the deployment that the flags, the environment and the configuration name.
    pub(crate) async fn open(given: &Given, log: &str) -> Outcome<Self> {
        Self::open_with(given.settings()?, log).await
    }

    /// Opens the deployment of these settings. `log` is what is logged without `RUST_LOG`.
    pub(crate) async fn open_with(settings: Settings, log: &str) -> Outcome<Self> {
        logging::start(settings.log, log);
        let place = Place::of(&settings);
        let own = place.users().await?;
        Self::over(settings, place, own).await
    }

    /// Opens one that may be still being set up, over our own users.
    pub(crate) async fn over(settings: Settings, place: Place, own: AnyUsers) -> Outcome<Self> {
        let database = own.database();
        let (keys, master) = signing::open(&place, &settings, &database).await?;
        let kept = Kept::open(&database, &master).await?;
        let users = users::open(&settings, own).await?;
        let passwords = users::passwords(&settings).await?;
        let secrets = (keys.ring(), signing::decoy_key(&master)?);
        let builder = builder(&settings, secrets, passwords, users.clone()).secrets(kept.secrets);
        let builder = new_passwords::with(builder, &settings, &place).clock(clock::of(&database));
        let machines = (kept.clients, kept.api_keys);
        let builder = kept::with(builder, &settings, kept.sessions, machines, kept.throttle);
        let auth = build(kept::written_down(builder, &settings, kept.audit))?;
        if let Some(audit) = auth.audit() {
            keys.tell(audit);
        }
        let accounts = Accounts::new(auth.clone(), users).with_clock(clock::of(&database));
        let accounts = accounts.by(whoever());
        let clients = auth.clients().cloned().map(|clients| clients.by(whoever()));
        Ok(Self {
            clients: clients.or_fail("clients are not kept", "Please report this.")?,
            settings,
            place,
            database,
            keys,
            auth,
            accounts,
        })
    }

    /// The same for who looks at API keys and ends them: they stay while they are switched off.
    pub(crate) async fn open_with_keys(mut settings: Settings, log: &str) -> Outcome<(Self, ApiKeys)> {
        settings.api_keys = true;
        let deployment = Self::open_with(settings, log).await?;
        let keys = deployment.auth.api_keys().cloned();
        let keys = keys.or_fail("API keys are not kept", "Please report this.")?;
        Ok((deployment, keys.by(whoever())))
    }

    /// That new passwords can be held against the breached ones, for what sets any. What sets none can do without: nobody is
    /// to be hindered from disabling an account because a file is missing.
    pub(crate) fn expect_breached(&self) -> Outcome {
        new_passwords::expect_breached(&self.auth)
    }
}

/// The `Auth` of a deployment without sessions: strict answers to who may log in, tokens by RFC 9068.
pub(crate) fn builder(
    settings: &Settings,
    (keys, decoy_key): (KeyRing, [u8; 32]),
    passwords: Passwords,
    users: impl AccountStore,
) -> AuthBuilder<Account> {
    let scopes = settings.scopes.declared(<OwnScopes>::LIST);
    let builder = Auth::builder(keys, users)
        .decoy_key(decoy_key)
        .passwords(passwords)
        .declared_scopes(scopes)
        .declared_roles(settings.roles.declared(scopes))
        .issuer(settings.issuer.as_str())
        .audience(settings.audience.as_str())
        .token_type(AccessTokenType::AtJwt)
        .access_token_lifetime(Duration::from_secs(
            u64::from(settings.access_token_minutes).saturating_mul(60),
        ))
        .start_leeway(CLOCKS_DIFFER)
        .hashing(hashing(settings))
        .refuse_inactive_logins();
    match &settings.public_url {
        Some(url) => builder.public_url(url),
        None => builder,
    }
}

/// Builds it.
pub(crate) fn build(builder: AuthBuilder<Account>) -> Outcome<Auth> {
    let built = match builder.build() {
        Err(BuildError::Roles(cause)) => {
            let remedy = "Look at [roles] and [scopes] in portcullis.toml.";
            return Err(Failure::usage(cause.to_string(), remedy));
        }
        built => built,
    };
    built.or_fail(
        "logins cannot be set up",
        "Look at the hashing_ settings and the limits of this user (ulimit -u).",
    )
}

fn hashing(settings: &Settings) -> GateSettings {
    let mut gate = GateSettings::default();
    if let Some(threads) = settings.hashing_threads {
        gate.threads = threads;
        gate.queue = threads.saturating_mul(64);
    }
    if let Some(queue) = settings.hashing_queue {
        gate.queue = queue;
    }
    if let Some(mib) = settings.hashing_memory_mib {
        gate.memory_kib = u64::from(mib).saturating_mul(1024);
    }
    gate
}
