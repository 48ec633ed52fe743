//! Half a million revocations: what a look-up costs and takes, and a guarded request beside one that knows of none.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use portcullis::prelude::*;
use portcullis_core::jose::Algorithm;
use portcullis_core::{
    Clock as _, Entry, Keys, Occasion, ResourceServer, Revocations, Revoked, StaleFeed, Subject16, SystemClock,
};
use tower::ServiceExt as _;

use crate::table::{Table, median};

const ENTRIES: usize = 500_000;
const ROUNDS: usize = 15;
const REQUESTS: usize = 20_000;
const ISSUER: &str = "https://login.example.com";

pub fn run() -> io::Result<()> {
    println!("\n(i) {ENTRIES} sessions that ended, one thread");
    let revocations = Revocations::followed(Arc::new(SystemClock), StaleFeed::Refuse);
    let subjects: Vec<_> = (0..2 * ENTRIES).map(|id| Subject16::of(&id.to_string())).collect();
    let (ended, living) = subjects.split_at(ENTRIES);
    let occasion = Occasion {
        now: SystemClock.now(),
        lifetime: Duration::from_secs(3_600),
    };
    let entry = |subject: &Subject16| Entry {
        subject: *subject,
        ..occasion.key("")
    };
    let entries: Vec<_> = ended
        .iter()
        .map(|subject| Entry {
            kind: Revoked::Session,
            ..entry(subject)
        })
        .collect();
    let start = Instant::now();
    revocations.apply(&entries);
    let applied = start.elapsed().as_secs_f64() * 1e9 / ENTRIES as f64;

    let mut table = Table::new(["", "ns", "bound"]);
    table.row(["taken in".into(), format!("{applied:.0}"), String::new()]);
    for (name, subjects) in [
        ("look-up of one that lives", living),
        ("look-up of one that ended", ended),
    ] {
        let figure = median((0..ROUNDS).map(|_| look_up(&revocations, subjects)));
        table.row([name.into(), format!("{figure:.0}"), "100".into()]);
    }
    table.print();
    let mebibytes = revocations.bytes() as f64 / f64::from(1 << 20);
    println!("  memory: {mebibytes:.1} MiB of 32");
    requests(&revocations)
}

/// Nanoseconds a look-up, of all in turn: none is in the processor's memory yet.
fn look_up(revocations: &Revocations, subjects: &[Subject16]) -> f64 {
    let found = revocations.look_up(Revoked::Session, subjects);
    let start = Instant::now();
    let found = (0..subjects.len()).filter(|at| found(*at)).count();
    let elapsed = start.elapsed().as_secs_f64() * 1e9 / subjects.len() as f64;
    std::hint::black_box(found);
    elapsed
}

async fn read(user: CurrentUser) -> String {
    user.username().to_owned()
}

/// A guarded request, without a connection, with and without revocations.
fn requests(revocations: &Revocations) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let key = SigningKey::generate(Algorithm::EdDSA).map_err(io::Error::other)?;
    let issuer: Auth = Auth::builder(key.clone(), MemoryUsers::new())
        .issuer(ISSUER)
        .build()
        .map_err(io::Error::other)?;
    let granted = issuer.grant(&Account::new("johndoe"), ScopeSet::empty());
    let token = granted.map_err(io::Error::other)?.access_token;
    let app = |followed: Option<&Revocations>| {
        let keys = Keys::verifying(key.verifying_key().into());
        let server = ResourceServer::new(ISSUER, keys).token_type(portcullis::AccessTokenType::Jwt);
        let server = match followed {
            Some(revocations) => server.revocations(revocations.clone()),
            None => server,
        };
        let auth: Auth = server.build();
        auth.mount(ApiRouter::new().api_route("/", get(read)))
    };
    let (plain, following) = (app(None), app(Some(revocations)));
    let mut figures = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        figures[0].push(runtime.block_on(measure(&plain, &token, || {}))?);
        figures[1].push(runtime.block_on(measure(&following, &token, || revocations.renew(SystemClock.now())))?);
        // Something ended before each request, so that each looks.
        let mut number = 0;
        let ends = || {
            number += 1;
            let id = format!("{number} at {:?}", SystemClock.now());
            let occasion = Occasion {
                now: SystemClock.now(),
                lifetime: Duration::ZERO,
            };
            revocations.apply(&[occasion.key(&id)]);
            revocations.renew(SystemClock.now());
        };
        figures[2].push(runtime.block_on(measure(&following, &token, ends))?);
    }
    let [plain, following, looking] = figures.map(median);
    let mut table = Table::new(["a guarded request, without HTTP", "ns", "against none"]);
    for (name, figure) in [
        ("no revocations", plain),
        ("revocations followed", following),
        ("one more before each request", looking),
    ] {
        table.row([name.into(), format!("{figure:.0}"), format!("{:.3}", plain / figure)]);
    }
    table.print();
    Ok(())
}

/// Nanoseconds a request.
async fn measure(app: &Router, token: &str, mut before: impl FnMut()) -> io::Result<f64> {
    let mut taken = Duration::ZERO;
    for _ in 0..REQUESTS {
        let request = Request::get("/").header("Authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).map_err(io::Error::other)?;
        let app = app.clone();
        before();
        let start = Instant::now();
        let answer = app.oneshot(request).await.map_err(io::Error::other)?;
        taken += start.elapsed();
        if answer.status() != 200 {
            return Err(io::Error::other(format!("answered {}", answer.status())));
        }
    }
    Ok(taken.as_secs_f64() * 1e9 / REQUESTS as f64)
}
