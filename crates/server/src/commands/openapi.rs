//! `openapi`: the document, without a server.

use axum::body::Body;
use clap::Args;
use http::Request;
use portcullis_core::jose::SigningKey;
use portcullis_core::{Accounts, MemoryApiKeys, MemoryClients, MemorySessions, MemoryThrottle, MemoryUsers, Passwords};
use tower::ServiceExt as _;

use super::demo;
use crate::app;
use crate::config::{AllFlags, AnswersName};
use crate::deployment;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::generate;
use crate::kept;
use crate::output::say_json;

/// The document is a few KiB.
const LARGEST: usize = 8 << 20;

/// Print the OpenAPI document
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis openapi > openapi.json\n  portcullis openapi --demo --scopes\n\n\
    No data folder is needed."
)]
pub(crate) struct OpenApi {
    /// The document of `demo` instead of that of `serve`
    #[arg(long)]
    demo: bool,
    /// The document of `demo --scopes`
    #[arg(long)]
    scopes: bool,
    #[command(flatten)]
    flags: AllFlags,
}

impl OpenApi {
    pub(crate) async fn run(self) -> Outcome {
        let document = if self.demo || self.scopes {
            self.of_demo().await?
        } else {
            self.of_serve()?
        };
        let document: serde_json::Value =
            serde_json::from_slice(&document).or_fail("the document is no JSON", "Please report this.")?;
        say_json(&document)
    }

    fn of_serve(&self) -> Outcome<Vec<u8>> {
        let settings = self.flags.0.settings()?;
        let users = MemoryUsers::new();
        let secrets = (some_key()?.into(), [0; 32]);
        let builder = deployment::builder(&settings, secrets, Passwords::recommended(), users.clone());
        let (sessions, machines) = (MemorySessions::new(), (MemoryClients::new(), MemoryApiKeys::new()));
        let auth = deployment::build(kept::with(
            builder,
            &settings,
            sessions,
            machines,
            MemoryThrottle::new(),
        ))?;
        Ok(app::document(&settings, &auth, Accounts::new(auth.clone(), users)))
    }

    async fn of_demo(&self) -> Outcome<Vec<u8>> {
        let folder = demo::Folder::make(None)?;
        let answers = match self
            .flags
            .0
            .values
            .iter()
            .any(|(name, value)| *name == "answers" && value == "rfc")
        {
            true => AnswersName::Rfc,
            false => AnswersName::Fastapi,
        };
        let which = match self.scopes {
            true => demo::Which::Scopes,
            false => demo::Which::Tutorial,
        };
        let app = demo::app(folder.path(), which, answers).await?;
        let what = "the demo does not show its document";
        let request = Request::get("/openapi.json").body(Body::empty()).or_fail(what, "")?;
        let Ok(response) = app.oneshot(request).await;
        if !response.status().is_success() {
            return Err(Failure::new(what, ""));
        }
        Ok(axum::body::to_bytes(response.into_body(), LARGEST)
            .await
            .or_fail(what, "")?
            .to_vec())
    }
}

/// A key that signs nothing here: the document does not depend on it.
fn some_key() -> Outcome<SigningKey> {
    let secret = generate::hex_secret(&generate::random()).or_fail("no key could be made", "Try again.")?;
    SigningKey::hs256(secret.as_bytes()).or_fail("no key could be made", "Try again.")
}
