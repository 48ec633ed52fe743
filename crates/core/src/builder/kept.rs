//! What is kept beside the users, each in a store of its own where it is on.

use std::sync::Arc;

use portcullis_password::Random;

use super::api_keys::api_keys;
use super::audit::trail;
use super::cookies::settle;
use super::error::BuildError;
use super::own::clients_by;
use super::sessions::{apply, losses, refresh_secrets};
use super::throttle::throttle;
use crate::api_key::{ApiKeyParts, ApiKeys, ErasedApiKeys};
use crate::audit::{Audit, ErasedAudit, RefreshRows};
use crate::client::{Clients, ErasedClients};
use crate::clock::Clock;
use crate::cookies::{Cookies, SessionCookie};
use crate::revocation::{ErasedRevocations, Revocations, StaleFeed};
use crate::role::RoleBook;
use crate::secrets::Secrets;
use crate::session::{ErasedSessions, SessionParts, SessionSettings, Sessions};
use crate::throttle::{ErasedThrottle, Throttle};
use crate::token_kind::TokenSettings;

/// The stores that were chosen.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) secrets: Option<Secrets>,
    pub(super) realm: Option<String>,
    pub(super) clients: Option<Arc<dyn ErasedClients>>,
    pub(super) sessions: Option<Arc<dyn ErasedSessions>>,
    pub(super) session_settings: SessionSettings,
    pub(super) cookies: Option<Cookies>,
    pub(super) revocations: Option<Arc<dyn ErasedRevocations>>,
    pub(super) stale: StaleFeed,
    pub(super) throttle: Option<Arc<dyn ErasedThrottle>>,
    pub(super) audit: Option<Arc<dyn ErasedAudit>>,
    pub(super) refresh_rows: RefreshRows,
    pub(super) api_keys: Option<Arc<dyn ErasedApiKeys>>,
    /// What users may have by roles, of whom keys are.
    pub(super) roles: RoleBook,
}

/// What is made over them.
pub(super) struct Services {
    pub(super) clients: Option<Clients>,
    pub(super) sessions: Option<Sessions>,
    pub(super) revocations: Option<Revocations>,
    pub(super) throttle: Option<Throttle>,
    pub(super) audit: Option<Audit>,
    pub(super) api_keys: Option<ApiKeys>,
    pub(super) cookies: Option<SessionCookie>,
}

impl Kept {
    /// The services over these stores. Where no secrets were given, `own` draws one.
    pub(super) fn services(
        self,
        settings: &TokenSettings,
        (clock, random): (Arc<dyn Clock>, Arc<dyn Random>),
        own: impl Fn(&str) -> Result<[u8; 32], BuildError>,
    ) -> Result<Services, BuildError> {
        let given = self.secrets;
        let secrets = || given.clone().map_or_else(|| own("digests").map(Secrets::of_one), Ok);
        // Whose login it was is told by nothing else in a store that two of us share.
        let realm = self.realm;
        let apart = || {
            let own = secrets()?;
            Ok::<_, BuildError>(
                realm
                    .as_deref()
                    .map_or_else(|| own.clone(), |realm| own.of_realm(realm)),
            )
        };
        let parts = || (clock.clone(), random.clone());
        let revocations = self.revocations.map(|store| {
            let kept = Revocations::of_store(store, clock.clone(), self.stale);
            kept.lives(settings.lifetime);
            kept
        });
        let cookies = self.cookies.map(|cookies| {
            let lifetime = self.session_settings.absolute;
            settle(cookies, self.sessions.is_some(), (settings.base(), lifetime))
        });
        let audit = trail(self.audit, self.refresh_rows, secrets, (clock.clone(), &*random))?;
        let sessions = self.sessions.map(|store| {
            let parts = SessionParts {
                secrets: refresh_secrets(&apart()?)?,
                settings: self.session_settings,
                clock: clock.clone(),
                random: random.clone(),
                token_lifetime: settings.lifetime,
                apply: apply(revocations.clone()),
                losses: losses(revocations.clone()),
                audit: audit.clone(),
            };
            Ok::<_, BuildError>(Sessions::new(store, parts))
        });
        let sessions = sessions.transpose()?;
        let clients = self.clients.map(|store| {
            let clients = clients_by(settings, Clients::over(store, secrets()?, parts())).told(audit.clone());
            Ok::<_, BuildError>(clients.ending(revocations.clone(), sessions.clone()))
        });
        let slowed = self.throttle.map(|store| throttle(store, secrets()?, parts()));
        let of_keys = ApiKeyParts {
            clock: clock.clone(),
            random: random.clone(),
            audit: audit.clone(),
            roles: self.roles,
            losses: losses(revocations.clone()),
        };
        let keys = self.api_keys.map(|store| api_keys(store, &apart()?, of_keys));
        Ok(Services {
            clients: clients.transpose()?,
            throttle: slowed.transpose()?,
            api_keys: keys.transpose()?,
            cookies: cookies.transpose()?,
            sessions,
            revocations,
            audit,
        })
    }
}
