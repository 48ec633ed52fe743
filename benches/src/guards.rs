//! What a guard costs by the way its credentials come in: each against bare axum that is sent the very same head.

use std::io;

use axum::routing;
use portcullis::prelude::*;
use portcullis::schemes::{ApiKey, BasicUser};
use portcullis::{Server as Served, end_signal};
use portcullis_core::password::schemes;
use portcullis_core::{Attempt, Cookies, MemoryApiKeys, NewApiKey};

use crate::hello::hello;
use crate::http::{ROUNDS, TIME, measure, token};
use crate::load::get as request;
use crate::process::{Server, pin_load};
use crate::table::{Table, median};

portcullis::api_key! { Partner in header "X-API-Key"; }

async fn by_token(user: ActiveUser) -> Json<Profile> {
    Json(user.profile())
}

async fn by_key(key: ApiKey<Partner>) -> Json<Profile> {
    Json(Profile::from(&key.user))
}

async fn by_password(user: BasicUser) -> Json<Profile> {
    Json(Profile::from(&user.user))
}

/// Serves the application on a free port, which it prints behind a key and a cookie, for ever.
pub fn serve() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (router, [key, cookie]) = app().await.map_err(io::Error::other)?;
        let server = Served::bind("127.0.0.1:0").await.map_err(io::Error::other)?;
        println!("{key} {cookie} listening on http://{}", server.local_addr());
        server.run(router, end_signal().map_err(io::Error::other)?).await;
        Ok(())
    })
}

async fn app() -> Result<(axum::Router, [String; 2]), Box<dyn std::error::Error + Send + Sync>> {
    let cheap = Passwords::new(schemes::Bcrypt::new(4)?);
    let user = Account::new("johndoe")
        .with_email("johndoe@example.com")
        .with_full_name("John Doe")
        .with_password_hash(cheap.hash(&"secret".into())?);
    let key = SigningKey::hs256(crate::process::SECRET)?;
    let auth = Auth::builder(key, MemoryUsers::from_iter([user.clone()]))
        .api_keys(MemoryApiKeys::new())
        .sessions(MemorySessions::new())
        .cookies(Cookies::lax().public_url("http://127.0.0.1"))
        .build()?;
    let attempt = Attempt::default();
    let begun = auth.begin_with_cookie(&user, ScopeSet::empty(), &attempt).await?;
    let made = match auth.api_keys() {
        Some(keys) => keys.add(&user, NewApiKey::named("bench")).await?,
        None => return Err("no keys".into()),
    };
    let routes = ApiRouter::new()
        .api_route("/token/me", get(by_token))
        .api_route("/key/me", get(by_key))
        .api_route("/basic/me", get(by_password));
    let bare = axum::Router::new().route("/", routing::get(hello));
    Ok((auth.mount(routes).merge(bare), [made.text.to_string(), begun.cookie]))
}

pub fn run() -> io::Result<()> {
    println!(
        "\n(l) A guarded request by the way that credentials come in, against bare axum that is sent the same head"
    );
    pin_load();
    let (bare, ours) = (Server::hello()?, Server::guards()?);
    let mut said = ours.said.split(' ');
    let [key, cookie] = [said.next(), said.next()].map(Option::unwrap_or_default);
    let (token, basic) = (token(&ours)?, "Basic am9obmRvZTpzZWNyZXQ=");
    let ways = [
        (
            "bearer token",
            "/token/me",
            format!("Authorization: Bearer {token}\r\n"),
        ),
        (
            "API key as bearer",
            "/token/me",
            format!("Authorization: Bearer {key}\r\n"),
        ),
        (
            "API key in a header of its own",
            "/key/me",
            format!("X-API-Key: {key}\r\n"),
        ),
        (
            "cookie of a session",
            "/token/me",
            format!("Cookie: session={cookie}\r\n"),
        ),
        (
            "Basic, believed for a minute",
            "/basic/me",
            format!("Authorization: {basic}\r\n"),
        ),
    ];
    let mut table = Table::new(["", "requests/s", "CPU µs/request", "bare axum/s", "ratio"]);
    for (name, path, head) in &ways {
        let (guarded, alike) = (request(path, head), request("/", head));
        let mut figures = [const { Vec::new() }; 2];
        for _ in 0..ROUNDS {
            figures[0].push(measure(&bare, &alike, TIME)?);
            figures[1].push(measure(&ours, &guarded, TIME)?);
        }
        let [floor, rate] = [0, 1].map(|index: usize| median(figures[index].iter().map(|figure| figure.0)));
        table.row([
            (*name).into(),
            format!("{rate:.0}"),
            format!("{:.2}", median(figures[1].iter().map(|figure| figure.1))),
            format!("{floor:.0}"),
            format!("{:.3}", rate / floor),
        ]);
    }
    table.print();
    Ok(())
}
