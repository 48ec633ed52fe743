//! What stands where.

use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{Html, Response};
use axum::routing;
use portcullis::Cors;
use portcullis::core::Clock;
use portcullis::prelude::*;
use portcullis::schemes::AlsoFromQuery;
use tokio::task::JoinHandle;

use crate::errors::Problem;
use crate::exports::{self, Exports};
use crate::live;
use crate::notes::{self, Notes, ReadNotes, WriteNotes};

/// What handlers take.
#[derive(Clone, FromRef)]
struct App {
    auth: Auth,
    notes: Notes,
    exports: Exports,
}

/// The whole application, with a first user, and the task that makes exports: it ends when the application is gone.
pub async fn app(
    users: SqliteUsers,
    key: SigningKey,
    clock: impl Clock,
) -> Result<(axum::Router, JoinHandle<()>), portcullis::Error> {
    let scopes = Auth::builder(key, users.clone()).scopes::<(ReadNotes, WriteNotes)>();
    let auth = scopes.clock(clock).build()?;
    if users.by_login("johndoe").await?.is_none() {
        let johndoe = Account::new("johndoe")
            .with_scopes(ScopeSet::of::<(ReadNotes, WriteNotes)>())
            .with_password_hash(auth.hash_password(Password::from("secret")).await?);
        users.insert(&johndoe).await?;
    }
    let notes = Notes::on(users.database().clone()).await?;
    let (exports, exporting) = Exports::of(&auth, &notes);
    let pages = Cors::origins(["https://notes.example.com"]).map_err(|error| portcullis::Error::Other(error.into()))?;
    let front = auth.front().error_bodies(Problem::of).cors(pages);
    let app = App {
        auth: auth.clone(),
        notes,
        exports,
    };
    Ok((front.mount_with(routes(), app), exporting))
}

fn routes() -> ApiRouter<App> {
    let notes = ApiRouter::new()
        .api_route("", get(notes::read_page).post(notes::write))
        .api_route("/{id}", get(notes::read).delete(notes::remove))
        .api_route("/events", get(live::events))
        .api_route("/socket", get(live::socket))
        .layer(map_response(not_for_search));
    let members = ApiRouter::new()
        .guard::<AlsoFromQuery<ActiveUser>>()
        .nest_service("/manual", manual());
    ApiRouter::new()
        .title("Notes")
        .version("1.0")
        .nest("/notes", notes)
        .api_route("/exports", post(exports::order).status(StatusCode::ACCEPTED))
        .api_route("/exports/mine", get(exports::download))
        .merge(members)
}

/// A layer around some of the routes.
async fn not_for_search(mut response: Response) -> Response {
    let none = HeaderValue::from_static("noindex");
    response.headers_mut().insert("x-robots-tag", none);
    response
}

/// Files, as tower-http's `ServeDir` would serve a folder of them.
fn manual() -> axum::Router {
    let page = |text: &'static str| routing::get(async move || Html(text));
    axum::Router::new()
        .route("/", page(include_str!("manual/index.html")))
        .route("/sockets.html", page(include_str!("manual/sockets.html")))
}
