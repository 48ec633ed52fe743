//! `test-server`: made-up users and ready tokens for the tests of programs in any language.

use std::time::Duration;

use clap::Args;
use portcullis_core::jose::SigningKey;
use portcullis_core::password::schemes::Argon2;
use portcullis_core::{
    Accounts, Auth, MemoryApiKeys, MemoryClients, MemorySessions, MemoryThrottle, MemoryUsers, NewClient, Passwords,
};

use crate::app;
use crate::config::{AnswersName, Listen, LogFormat, ScopesTable, Settings};
use crate::deployment;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::generate;
use crate::kept;
use crate::logging;
use crate::output::{say, tell};
use crate::shown::Shown;

mod forged;
mod parent;
mod ready;
mod users;

use ready::Ready;
use users::TestUser;

/// The client that a program under test asks `POST /introspect` as.
const CLIENT: &str = "resource";

/// Said before anything else.
const WARNING: &str = "portcullis test-server is for tests and for nothing else: it gives every secret away. \
    It listens on this machine alone and ends with the program that started it.";

/// Serve made-up users and ready tokens for the tests of other programs
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  portcullis test-server --json\n  \
    portcullis test-server --json --audience https://api.example.com --user alice:items:read,items:write --user bob\n\n\
    It prints one line of JSON when it is ready: `base_url`, `issuer`, `jwks_uri`, the `users` with their passwords and tokens, \
    tokens that must be `refused`, and tokens that have `ended`, which the server alone can know (POST /introspect, as `client`).\n\
    Everything is in memory and new each time. It ends when its standard input does, if that is a pipe, and when the program \
    that started it ends.")]
pub(crate) struct TestServer {
    /// Where to listen: on this machine alone; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: Listen,
    /// A user, with scopes; can be given several times [default: alice:items:read,items:write and bob:items:read]
    #[arg(long = "user", value_name = "NAME:SCOPE,SCOPE")]
    users: Vec<TestUser>,
    /// Whom the tokens are for (`aud`)
    #[arg(long, value_name = "TEXT", default_value = "portcullis")]
    audience: String,
    /// Who issues the tokens (`iss`) [default: the address where it listens]
    #[arg(long, value_name = "TEXT")]
    issuer: Option<String>,
    /// How refusals are answered
    #[arg(long, value_enum, default_value_t = AnswersName::Rfc)]
    answers: AnswersName,
    /// Print all there is as one line of JSON, for programs
    #[arg(long)]
    json: bool,
}

impl TestServer {
    pub(crate) async fn run(self) -> Outcome {
        logging::start(LogFormat::Human, "warn");
        tell(WARNING);
        let gone = parent::gone();
        self.expect_this_machine_alone().await?;
        let server = self.listen.bind("the test server", "listen").await?;
        let address = server.local_addr();
        if !address.ip().is_loopback() {
            return Err(elsewhere(&self.listen));
        }
        let base = format!("http://{address}");
        let users = users::all(&self.users)?;
        let settings = self.settings(&base, &users);
        let key = key(&settings)?;
        let store = MemoryUsers::new();
        let auth = auth(&settings, &key, store.clone())?;
        let made = users::made(&auth, &store, &users).await?;
        let secret = client(&auth).await?;
        let ready = Ready::of(&auth, &key, &base, (CLIENT, secret), made).await?;
        let app = app::router(&settings, &auth, Accounts::new(auth.clone(), store), None);
        let end = portcullis::end_signal().or_fail("signals cannot be listened to", "")?;
        match self.json {
            true => say(Shown::json(&ready.line()?))?,
            false => say(ready.lines())?,
        }
        let end = async {
            tokio::select! {
                () = end => {}
                () = gone => {}
            }
        };
        server.run(app, end).await;
        Ok(())
    }

    /// Nobody else reaches it: before anything listens.
    async fn expect_this_machine_alone(&self) -> Outcome {
        let addresses = self.listen.addresses().await?;
        match addresses.iter().all(|address| address.ip().is_loopback()) {
            true => Ok(()),
            false => Err(elsewhere(&self.listen)),
        }
    }

    fn settings(&self, base: &str, users: &[TestUser]) -> Settings {
        Settings {
            issuer: self.issuer.clone().unwrap_or_else(|| base.to_owned()),
            public_url: Some(base.to_owned()),
            audience: self.audience.clone(),
            answers: self.answers,
            scopes: users.iter().flat_map(TestUser::scopes).collect::<ScopesTable>(),
            throttle: false,
            ..Settings::default()
        }
    }
}

fn elsewhere(listen: &Listen) -> Failure {
    Failure::usage(
        format!("the test server does not listen on {listen}: others could reach it, and it gives every secret away"),
        "Use an address of this machine alone, such as 127.0.0.1:0.",
    )
}

/// A key of this run.
fn key(settings: &Settings) -> Outcome<SigningKey> {
    let id = generate::hex_secret(&generate::random()).or_fail("no key could be made", "Try again.")?;
    let id = id.get(..16).unwrap_or_default();
    let key = SigningKey::generate(settings.algorithm).and_then(|key| key.with_key_id(id));
    key.or_fail("no key could be made", "Try again.")
}

/// As `serve` has it, in memory and with passwords that cost next to nothing.
fn auth(settings: &Settings, key: &SigningKey, users: MemoryUsers) -> Outcome<Auth> {
    let cheap = Argon2::new(8, 1, 1).or_fail("passwords cannot be hashed", "Please report this.")?;
    let secrets = (key.clone().into(), [0; 32]);
    let builder = deployment::builder(settings, secrets, Passwords::new(cheap), users);
    let machines = (MemoryClients::new(), MemoryApiKeys::new());
    let builder = kept::with(
        builder,
        settings,
        MemorySessions::new(),
        machines,
        MemoryThrottle::new(),
    );
    deployment::build(builder.remember(Duration::ZERO))
}

/// Adds the client; gives its secret.
async fn client(auth: &Auth) -> Outcome<String> {
    let clients = auth.clients().or_fail("clients are not kept", "Please report this.")?;
    let added = clients.add(NewClient::named(CLIENT)).await;
    let added = added.or_fail("the client cannot be added", "Please report this.")?;
    let secret = added
        .secret
        .or_fail("the client has no secret", "Please report this.")?;
    Ok(secret.to_string())
}
