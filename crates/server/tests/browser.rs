//! The documentation page as a person uses it: headless Chromium logs in on `/docs`, calls a guarded route, and is
//! refused with a wrong password.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

mod support {
    pub(crate) mod chromium;
    pub(crate) mod cli;
    #[allow(dead_code, reason = "another test uses the rest")]
    pub(crate) mod page;
}

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse as _;
use http::{Request, StatusCode};
use portcullis::prelude::*;
use support::chromium::Chromium;
use support::cli::Serving;
use support::page::{Page, Trouble};
use tower::ServiceExt as _;

const SECRET: &str = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7";

const AUTHORIZE: &str = ".auth-wrapper .btn.authorize";
const DIALOG: &str = ".dialog-ux .modal-ux";
const DIALOG_BUTTON: &str = ".dialog-ux .auth-btn-wrapper button";

/// The browser; `None`, with a line that says so, where there is none and that is allowed.
fn browser() -> Option<PathBuf> {
    let found = Chromium::find();
    if found.is_none() {
        let missing = "no chromium found (on Debian: apt-get install chromium; or set CHROMIUM to its path)";
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        // Past the test harness, which swallows what a passing test prints.
        let _ = writeln!(std::io::stderr(), "SKIPPED browser test: {missing}");
    }
    found
}

#[test]
fn a_person_logs_in_on_the_docs_page_and_is_refused_with_a_wrong_password() {
    let Some(program) = browser() else { return };
    let own = std::env::var("PORTCULLIS_BROWSER_URL")
        .is_err()
        .then(|| Serving::with_secret(&["demo"], SECRET));
    let base = own
        .as_ref()
        .map_or_else(|| std::env::var("PORTCULLIS_BROWSER_URL").unwrap(), |s| s.base.clone());
    let mut page = Page::open(&program, &base, "/docs");

    log_in(&mut page, "secret");
    page.see(DIALOG_BUTTON, "Logout");
    page.click(DIALOG_BUTTON, "Close");
    read_users_me(&mut page, "200", "John Doe");
    assert_eq!(page.troubles(), []);
    if let Some(file) = std::env::var_os("PORTCULLIS_SCREENSHOT") {
        page.screenshot(".scheme-container", &PathBuf::from(file));
    }

    page.click(AUTHORIZE, "Authorize");
    page.click(DIALOG_BUTTON, "Logout");
    page.click(DIALOG_BUTTON, "Close");
    log_in(&mut page, "wrong");
    page.see(".dialog-ux .errors", "Unauthorized");
    page.see(DIALOG_BUTTON, "Authorize");
    // Chromium itself notes the refused request in the console; nothing else may be there.
    let refused = |t: &Trouble| matches!(t, Trouble::Console(url, text) if *url == format!("{base}/token") && text.contains("401"));
    let troubles = page.troubles();
    assert!(troubles.len() == 1 && troubles.iter().all(refused), "{troubles:?}");
}

/// Nested in another application, behind a proxy that takes the prefix off, and at the root.
#[test]
fn a_person_logs_in_on_the_docs_page_wherever_it_stands() {
    let Some(program) = browser() else { return };
    let nested = Router::new().nest("/api/v1", application(""));
    for (place, app, prefix) in [
        ("nested", nested, "/api/v1"),
        ("behind a proxy", stripping("/auth", application("/auth")), "/auth"),
        ("at the root", application(""), ""),
    ] {
        let base = format!("{}{prefix}", serve(app));
        let mut page = Page::open(&program, &base, "/docs");
        log_in(&mut page, "secret");
        page.see(DIALOG_BUTTON, "Logout");
        page.click(DIALOG_BUTTON, "Close");
        read_users_me(&mut page, "200", "johndoe");
        assert_eq!(page.troubles(), [], "{place}");
        let mut page = Page::open(&program, &base, "/redoc");
        page.see("h1", "Portcullis");
        assert_eq!(page.troubles(), [], "{place}");
    }
}

async fn read_me(user: ActiveUser) -> Json<Profile> {
    Json(user.profile())
}

/// One guarded route and the chapter's user.
fn application(root_path: &str) -> Router {
    let hash = HashString::new("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW");
    let users: MemoryUsers = [Account::new("johndoe").with_password_hash(hash)].into_iter().collect();
    let auth = Auth::builder(SigningKey::hs256(SECRET).unwrap(), users)
        .build()
        .unwrap();
    let routes = ApiRouter::new().api_route("/users/me/", get(read_me));
    auth.front().root_path(root_path).mount(routes)
}

/// A proxy that hands on what is below a prefix, without it.
fn stripping(prefix: &'static str, app: Router) -> Router {
    Router::new().fallback(async move |request: Request<Body>| {
        let (head, body) = request.into_parts();
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let Some(target) = target.strip_prefix(prefix) else {
            return StatusCode::BAD_GATEWAY.into_response();
        };
        let mut passed = Request::builder().method(head.method).uri(target);
        *passed.headers_mut().unwrap() = head.headers;
        app.oneshot(passed.body(body).unwrap()).await.into_response()
    })
}

/// Serves an application for as long as the test runs.
fn serve(app: Router) -> String {
    let (told, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = portcullis::Server::bind("127.0.0.1:0").await.unwrap();
            told.send(server.local_addr()).unwrap();
            server.run(app, std::future::pending()).await;
        });
    });
    format!("http://{}", address.recv().unwrap())
}

fn log_in(page: &mut Page, password: &str) {
    page.click(AUTHORIZE, "Authorize");
    page.see(DIALOG, "OAuth2PasswordBearer");
    page.type_into("#oauth_username", "johndoe");
    page.type_into("#oauth_password", password);
    page.click(DIALOG_BUTTON, "Authorize");
}

fn read_users_me(page: &mut Page, status: &str, body: &str) {
    const OPERATION: &str = ".opblock:has([data-path='/users/me/'])";
    page.click(&format!("{OPERATION} .opblock-summary-control"), "");
    page.click(&format!("{OPERATION} .try-out__btn"), "Try it out");
    page.click(&format!("{OPERATION} button.execute"), "Execute");
    page.see(
        &format!("{OPERATION} .live-responses-table .response-col_status"),
        status,
    );
    page.see(
        &format!("{OPERATION} .live-responses-table .response-col_description"),
        body,
    );
}

/// What the first test relies on to find nothing must find something on a page that has it.
#[test]
fn a_page_that_misbehaves_is_noticed() {
    let Some(program) = browser() else { return };
    let base = serve_once(
        "<!doctype html><link rel=icon href='data:,'><p id=p>shown</p>\
         <script nonce=a>console.error('said'); fetch('http://outside.invalid/x').catch(() => {});\
         document.getElementById('p').setAttribute('onclick', 'evil()'); setTimeout(() => { thrown() })</script>",
        "script-src 'nonce-a'",
    );
    let mut page = Page::open(&program, &base, "/");
    page.see("p", "shown");
    let mut seen = Vec::new();
    let wanted: [fn(&Trouble) -> bool; 4] = [
        |t| *t == Trouble::Outside("http://outside.invalid/x".to_owned()),
        |t| matches!(t, Trouble::Policy(details) if details.contains("script-src")),
        |t| matches!(t, Trouble::Console(_, text) if text.contains("said")),
        |t| matches!(t, Trouble::Console(_, text) if text.contains("thrown")),
    ];
    for _ in 0..200 {
        seen.extend(page.troubles());
        if wanted.iter().all(|kind| seen.iter().any(kind)) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("noticed only {seen:?}");
}

/// Serves one page to whoever asks, for as long as the test runs.
fn serve_once(html: &str, policy: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Security-Policy: {policy}");
    let answer = format!(
        "{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{html}",
        html.len()
    );
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    base
}
