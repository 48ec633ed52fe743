//! What a test server has ready, and how it is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, Attempt, Auth, Granted, ScopeSet, User as _};
use serde::Serialize;

use super::forged;
use super::users::{DISABLED, Made};
use crate::failure::{OrFail as _, Outcome};
use crate::shown::Shown;

/// All there is. The names of its members stay: programs read them.
#[derive(Serialize)]
pub(super) struct Ready {
    base_url: String,
    issuer: String,
    audience: String,
    algorithm: String,
    token_endpoint: String,
    introspection_endpoint: String,
    jwks_uri: String,
    client: ReadyClient,
    users: BTreeMap<String, ReadyUser>,
    /// Whoever checks tokens by the public keys refuses these.
    refused: BTreeMap<&'static str, String>,
    /// Good to whoever knows the public keys alone, and ended by what the server knows.
    ended: BTreeMap<&'static str, String>,
}

/// Who may ask what a token is good for.
#[derive(Serialize)]
struct ReadyClient {
    client_id: &'static str,
    client_secret: String,
}

#[derive(Serialize)]
struct ReadyUser {
    password: String,
    active: bool,
    scopes: Vec<String>,
    /// With all scopes; nobody who is disabled has one.
    token: Option<String>,
    refresh_token: Option<String>,
    /// By its scopes, with spaces between: all, each alone, and none.
    tokens: BTreeMap<String, String>,
}

impl Ready {
    pub(super) async fn of(
        auth: &Auth,
        key: &SigningKey,
        base: &str,
        (client_id, client_secret): (&'static str, String),
        made: Vec<Made>,
    ) -> Outcome<Self> {
        let first = made.first().or_fail("there are no users", "Name one with --user.")?;
        let good = begun(auth, &first.account, first.account.scopes().clone()).await?;
        let ended = ended(auth, &made, &first.account).await?;
        let claims = auth.authenticate(&good.access_token).await;
        let claims = claims.or_fail("our own token is not taken", "Please report this.")?;
        let mut users = BTreeMap::new();
        for user in made {
            users.insert(user.account.username().to_owned(), ReadyUser::of(auth, user).await?);
        }
        Ok(Self {
            base_url: base.to_owned(),
            issuer: claims.token.issuer.clone().unwrap_or_default(),
            audience: claims.token.audience.first().cloned().unwrap_or_default(),
            algorithm: key.algorithm().to_string(),
            token_endpoint: format!("{base}/token"),
            introspection_endpoint: format!("{base}/introspect"),
            jwks_uri: format!("{base}/.well-known/jwks.json"),
            client: ReadyClient {
                client_id,
                client_secret,
            },
            users,
            refused: forged::all(&good.access_token, key)?.into_iter().collect(),
            ended,
        })
    }

    /// One line of JSON.
    pub(super) fn line(&self) -> Outcome<String> {
        serde_json::to_string(self).or_fail("what there is cannot be written as JSON", "Please report this.")
    }

    /// For people.
    pub(super) fn lines(&self) -> Shown {
        let mut text = format!("listening on {}\n\n", self.base_url);
        for (name, user) in &self.users {
            let scopes = user.scopes.join(" ");
            let _ = writeln!(text, "{name:<10} {}  {scopes}", user.password);
        }
        text.push_str("\nWith --json it prints ready tokens too. Ctrl-C ends it.");
        Shown::lines(&text)
    }
}

impl ReadyUser {
    async fn of(auth: &Auth, Made { account, password }: Made) -> Outcome<Self> {
        let all = account.scopes();
        let mut tokens = BTreeMap::new();
        let mut whole = None;
        if account.is_active() {
            let singles = all.iter().map(|scope| [scope].into_iter().collect());
            for scopes in singles.chain([ScopeSet::empty()]) {
                let granted = begun(auth, &account, scopes.clone()).await?;
                tokens.insert(scopes.to_string(), granted.access_token);
            }
            let granted = begun(auth, &account, all.clone()).await?;
            tokens.insert(all.to_string(), granted.access_token.clone());
            whole = Some(granted);
        }
        let (token, refresh_token) = whole.map_or((None, None), |granted| {
            (Some(granted.access_token), granted.refresh_token)
        });
        Ok(Self {
            password: password.to_string(),
            active: account.is_active(),
            scopes: all.iter().map(str::to_owned).collect(),
            token,
            refresh_token,
            tokens,
        })
    }
}

/// A token of a session that ended, and one of a user who is disabled.
async fn ended(auth: &Auth, made: &[Made], user: &Account) -> Outcome<BTreeMap<&'static str, String>> {
    let left = begun(auth, user, user.scopes().clone()).await?;
    let sessions = auth
        .sessions()
        .or_fail("sessions are not kept", "Please report this.")?;
    let refresh = left.refresh_token.as_deref().unwrap_or_default();
    let done = sessions.revoke(refresh, None).await;
    done.or_fail("a session cannot be ended", "Please report this.")?;
    let mut ended = BTreeMap::from([("logged_out", left.access_token)]);
    if let Some(disabled) = made.iter().find(|made| made.account.username() == DISABLED) {
        let granted = begun(auth, &disabled.account, disabled.account.scopes().clone()).await?;
        ended.insert("disabled_user", granted.access_token);
    }
    Ok(ended)
}

async fn begun(auth: &Auth, account: &Account, scopes: ScopeSet) -> Outcome<Granted> {
    let from = Attempt::default();
    let granted = auth.begin(account, scopes, None, &from).await;
    granted.or_fail("a token cannot be made", "Please report this.")
}
