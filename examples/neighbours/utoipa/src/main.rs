//! A library of books whose document is made by utoipa. Its locks are those of the handlers' own guards.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run -p neighbour-utoipa
//! $ curl http://127.0.0.1:8000/openapi.json
//! ```

use axum::Json;
use axum::routing::get;
use portcullis::openapi::AsksFirst;
use portcullis::prelude::{Account, Auth, MemoryUsers, Mount as _, Password, Passwords, Scoped, SigningKey, scopes};
use portcullis::{Answers, ApiRouter, Error};
use serde::Serialize;
use utoipa::{OpenApi as _, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

scopes! {
    /// See which books one has at home.
    Loans = "loans";
}

#[derive(utoipa::OpenApi)]
#[openapi(info(title = "Library"))]
struct Document;

/// A book that is at a reader's home.
#[derive(Serialize, ToSchema)]
struct Loan {
    title: String,
    reader: String,
}

#[utoipa::path(get, path = "/loans", responses((status = OK, body = Vec<Loan>)))]
async fn read_loans(reader: Scoped<Loans>) -> Json<Vec<Loan>> {
    let reader = reader.username().to_owned();
    Json(vec![Loan {
        title: "Sketch of the Analytical Engine".into(),
        reader,
    }])
}

#[utoipa::path(get, path = "/hours", responses((status = OK, body = String)))]
async fn read_hours() -> &'static str {
    "nine to five"
}

/// Routes with the lock of their handler in utoipa's document.
fn locked<T>(handler: impl AsksFirst<T>, routes: UtoipaMethodRouter<Auth>) -> UtoipaMethodRouter<Auth> {
    let (schemas, mut paths, methods) = routes;
    let lock = handler.asks_first().to_security();
    for item in paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            operation.security = serde_json::from_value(lock.clone()).ok();
        }
    }
    (schemas, paths, methods)
}

/// The whole application.
fn app(auth: &Auth) -> Result<axum::Router, Error> {
    let front = auth.front().answers(Answers::rfc()).docs(false);
    let (own, document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(read_hours))
        .routes(locked(read_loans, routes!(read_loans)))
        .split_for_parts();
    let mut document = serde_json::to_value(&document).map_err(Error::other)?;
    front.openapi_beside(ApiRouter::new(), &mut document);
    let own = own
        .layer(front.answering_layer())
        .with_state(auth.clone())
        .route("/openapi.json", get(move || std::future::ready(Json(document))));
    Ok(own.merge(front.mount(ApiRouter::new())))
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
