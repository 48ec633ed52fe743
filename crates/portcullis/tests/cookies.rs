//! The example with pages, as a person uses it in headless Chromium, while pages of other origins attack: one of another port,
//! one of a sibling's name, one of another site.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

#[allow(dead_code)]
#[path = "../examples/browser.rs"]
mod browser_app;
#[allow(dead_code, reason = "others use the rest")]
mod support {
    pub(crate) mod chromium;
    pub(crate) mod page;
}

use std::io::Write as _;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use portcullis::prelude::{Answers, SigningKey};
use support::chromium::Chromium;
use support::page::{Page, Trouble};

const BUTTON: &str = "button";
const COUNT: &str = "#count";
/// What a page of JSON shows.
const REFUSED: &str = "Asked for by another site";

/// Serves an application that knows its own address, under this name, for as long as the test runs.
fn serve(name: &str, app: impl FnOnce(&str) -> Router + Send + 'static) -> String {
    let (told, base) = std::sync::mpsc::channel();
    let name = name.to_owned();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = portcullis::Server::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://{name}:{}", server.local_addr().port());
            let app = app(&base);
            told.send(base).unwrap();
            server.run(app, std::future::pending()).await;
        });
    });
    base.recv().unwrap()
}

fn ours(name: &str) -> String {
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    serve(name, |base| browser_app::app(base, key, Answers::rfc()).unwrap())
}

/// Pages that send forms of every kind to `target`, and a script that tries without a form.
fn attacker(name: &str, target: &str) -> String {
    let form = |path: &str, kind: &str, fields: &str| {
        format!(
            "<form method=post action='{target}{path}' enctype='{kind}'>{fields}<button>{path} {kind}</button></form>"
        )
    };
    const PLANTED: &str = "<input type=hidden name=csrf_token value=planted>";
    const LOGIN: &str = "<input type=hidden name=username value=johndoe><input type=hidden name=password value=secret>";
    let kinds = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    let mut html = "<!doctype html><title>Win</title><h1>Win</h1>".to_owned();
    for kind in kinds {
        html += &form("/press", kind, PLANTED);
        html += &form("/logout", kind, PLANTED);
        html += &form("/login", kind, LOGIN);
    }
    html += &format!(
        "<button onclick=\"fetch('{target}/press', {{method: 'POST', credentials: 'include', mode: 'no-cors', \
         headers: {{'Content-Type': 'text/plain'}}, body: 'x'}}).then(() => document.title = 'sent', \
         () => document.title = 'sent').then(() => document.body.append('over'))\">script</button>"
    );
    serve(name, |_| Router::new().route("/", get(|| async { Html(html) })))
}

fn log_in(page: &mut Page, password: &str) {
    page.type_into("input[name=username]", "johndoe");
    page.type_into("input[name=password]", password);
    page.click(BUTTON, "Log in");
}

/// Every attack in turn; afterwards the person is logged in as before, and the button was pressed as often as they did.
fn attack(page: &mut Page, ours: &str, evil: &str, with_cookie: bool, pressed: u32) {
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"] {
        for path in ["/press", "/logout", "/login"] {
            page.go(&format!("{evil}/"));
            page.click(BUTTON, &format!("{path} {kind}"));
            // Where the browser keeps the cookie back there is nobody to press; else the guard sees who asks.
            let expected = if path == "/press" && !with_cookie {
                "Not authenticated"
            } else {
                REFUSED
            };
            page.see("body", expected);
            page.go(&format!("{ours}/"));
            page.see(COUNT, &format!("Pressed {pressed} times"));
        }
    }
    page.go(&format!("{evil}/"));
    page.click(BUTTON, "script");
    page.see("body", "over");
    page.go(&format!("{ours}/"));
    page.see(COUNT, &format!("Pressed {pressed} times"));
}

#[test]
fn a_person_logs_in_presses_a_button_and_out_while_other_pages_attack() {
    let Some(program) = Chromium::find() else {
        let missing = "no chromium found (on Debian: apt-get install chromium; or set CHROMIUM to its path)";
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        let _ = writeln!(std::io::stderr(), "SKIPPED browser test: {missing}");
        return;
    };
    // Over plain http Chromium says who asks (`Sec-Fetch-Site`) to this machine alone; elsewhere it sends `Origin`.
    for (name, attackers) in [
        ("127.0.0.1", [("127.0.0.1", true), ("evil.test", false)]),
        (
            "notes.portcullis.test",
            [("evil.portcullis.test", true), ("evil.test", false)],
        ),
    ] {
        let ours = ours(name);
        let mut page = Page::open(&program, &ours, "/");
        log_in(&mut page, "wrong");
        page.see("p", "Wrong name or password");
        log_in(&mut page, "secret");
        page.see(COUNT, "Pressed 0 times");
        page.click(BUTTON, "Press");
        page.see(COUNT, "Pressed 1 times");
        let troubles = page.troubles();
        assert!(troubles.iter().all(is_icon), "{troubles:?}");
        for (evil, with_cookie) in attackers {
            let evil = attacker(evil, &ours);
            attack(&mut page, &ours, &evil, with_cookie, 1);
        }
        if name != "127.0.0.1" {
            let evil = attacker("evil.portcullis.test", &ours);
            toss(&mut page, &ours, &evil);
        }
        page.click(BUTTON, "Press");
        page.see(COUNT, "Pressed 2 times");
        page.click(BUTTON, "Log out");
        page.see(BUTTON, "Log in");
        page.go(&format!("{ours}/users/me/sessions"));
        page.see("body", "Not authenticated");
    }
}

/// A sibling's page plants a second cookie of the session's name: which one is meant nobody can say.
fn toss(page: &mut Page, ours: &str, evil: &str) {
    let planted = "session=planted; domain=portcullis.test; path=/";
    page.go(&format!("{evil}/"));
    page.see("h1", "Win");
    page.run(&format!("document.cookie = '{planted}'"));
    page.go(&format!("{ours}/"));
    page.see("body", "Credentials given more than once");
    page.go(&format!("{evil}/"));
    page.see("h1", "Win");
    page.run(&format!("document.cookie = '{planted}; max-age=0'"));
    page.go(&format!("{ours}/"));
    page.see(COUNT, "Pressed 1 times");
}

/// Chromium asks for an icon by itself.
fn is_icon(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Console(url, _) if url.ends_with("/favicon.ico"))
}
