//! A library of books whose document is made by aide. Its locks are those of the handlers' own guards.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run -p neighbour-aide
//! $ curl http://127.0.0.1:8000/openapi.json
//! ```

use aide::OperationInput;
use aide::axum::ApiRouter;
use aide::axum::routing::get;
use aide::generate::GenContext;
use aide::openapi::{OpenApi, Operation};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use portcullis::openapi::{Describe, Requirement};
use portcullis::prelude::{Account, Auth, MemoryUsers, Mount as _, Password, Passwords, Scoped, SigningKey, scopes};
use portcullis::schemars::{self, JsonSchema};
use portcullis::{Answers, Error};
use serde::Serialize;

scopes! {
    /// See which books one has at home.
    Loans = "loans";
}

/// A book that is at a reader's home.
#[derive(Serialize, JsonSchema)]
struct Loan {
    title: String,
    reader: String,
}

/// A guard of ours that aide's document shows.
struct Guarded<G>(G);

impl<G: FromRequestParts<S>, S: Send + Sync> FromRequestParts<S> for Guarded<G> {
    type Rejection = G::Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, G::Rejection> {
        G::from_request_parts(parts, state).await.map(Self)
    }
}

impl<G: Describe> OperationInput for Guarded<G> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.security = serde_json::from_value(Requirement::of::<G>().to_security()).unwrap_or_default();
    }
}

async fn read_loans(Guarded(reader): Guarded<Scoped<Loans>>) -> Json<Vec<Loan>> {
    let reader = reader.username().to_owned();
    Json(vec![Loan {
        title: "Sketch of the Analytical Engine".into(),
        reader,
    }])
}

async fn read_hours() -> &'static str {
    "nine to five"
}

/// The whole application.
fn app(auth: &Auth) -> Result<axum::Router, Error> {
    let front = auth.front().answers(Answers::rfc()).docs(false);
    let mut document = OpenApi::default();
    document.info.title = "Library".into();
    let own = ApiRouter::new()
        .api_route("/hours", get(read_hours))
        .api_route("/loans", get(read_loans))
        .finish_api(&mut document);
    let mut document = serde_json::to_value(&document).map_err(Error::other)?;
    front.openapi_beside(portcullis::ApiRouter::new(), &mut document);
    let own = own.layer(front.answering_layer()).with_state(auth.clone()).route(
        "/openapi.json",
        axum::routing::get(move || std::future::ready(Json(document))),
    );
    Ok(own.merge(front.mount(portcullis::ApiRouter::new())))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let hash = Passwords::recommended().hash(&Password::from("engine"))?;
    let ada = Account::new("ada")
        .with_password_hash(hash)
        .with_scopes(["loans"].into_iter().collect());
    let auth = Auth::builder(SigningKey::from_env("SECRET_KEY")?, MemoryUsers::from_iter([ada]))
        .scopes::<Loans>()
        .build()?;
    portcullis::serve("127.0.0.1:8000", app(&auth)?).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
