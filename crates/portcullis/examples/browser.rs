//! Pages for people: a form to log in with, a button that changes something, and a way out, without a line of script.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run --example browser
//! ```
//!
//! and open `http://127.0.0.1:8000` (johndoe, `secret`). The session is in a cookie that pages of other sites cannot use:
//! nothing here says so, for the guards look who asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::response::{Html, Redirect};
use portcullis::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

/// How often the button was pressed.
type Pressed = Arc<AtomicU64>;

/// What handlers share.
#[derive(Clone, FromRef)]
struct App {
    auth: Auth,
    pressed: Pressed,
}

/// What `/login` adds to the address when it leads back here.
#[derive(Deserialize, JsonSchema)]
struct Asked {
    error: Option<String>,
}

/// For whoever is logged in the button; for everybody else the form.
async fn page(user: Option<ActiveUser>, State(pressed): State<Pressed>, Query(asked): Query<Asked>) -> Html<String> {
    let says = match asked.error {
        Some(_) => "<p>Wrong name or password.</p>",
        None => "",
    };
    let content = match user {
        Some(_) => format!(
            "<p id=count>Pressed {} times</p>
            <form method=post action=/press><button>Press</button></form>
            <form method=post action=/logout><button>Log out</button></form>",
            pressed.load(Ordering::Relaxed)
        ),
        None => format!(
            "{says}<form method=post action=/login><input type=hidden name=failed value='/'>
            <label>Name <input name=username autocomplete=username required></label>
            <label>Password <input name=password type=password autocomplete=current-password required></label>
            <button>Log in</button></form>"
        ),
    };
    Html(format!(
        "<!doctype html><html lang=en><title>Button</title><h1>Button</h1>{content}"
    ))
}

/// A change: the guard refuses it where a page of another site asked for it.
async fn press(_: ActiveUser, State(pressed): State<Pressed>) -> Redirect {
    pressed.fetch_add(1, Ordering::Relaxed);
    Redirect::to("/")
}

/// The chapter's user: the stored hash is that of the password `secret`.
fn johndoe() -> Account {
    Account::new("johndoe").with_password_hash(HashString::new(
        "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
    ))
}

/// The whole application, as browsers find it at `url`.
pub fn app(url: &str, key: SigningKey, answers: Answers) -> Result<axum::Router, portcullis::Error> {
    let auth = Auth::builder(key, MemoryUsers::from_iter([johndoe()]))
        .sessions(MemorySessions::new())
        .cookies(Cookies::lax().public_url(url))
        .build()?;
    let routes = ApiRouter::new()
        .title("Portcullis browser")
        .api_route("/", get(page))
        .api_route("/press", post(press))
        .merge(sessions_api(&auth));
    let state = App {
        auth: auth.clone(),
        pressed: Pressed::default(),
    };
    Ok(auth.front().answers(answers).mount_with(routes, state))
}

#[tokio::main]
async fn main() -> Result<(), portcullis::Error> {
    let app = app(
        "http://127.0.0.1:8000",
        SigningKey::from_env("SECRET_KEY")?,
        Answers::rfc(),
    )?;
    println!("open http://127.0.0.1:8000");
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}
