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
    pub(crate) mod page;
    pub(crate) mod spawn;
}

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use support::chromium::Chromium;
use support::page::{Page, Trouble};
use support::spawn::Server;

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
        .then(|| Server::start(&["demo"], SECRET));
    let base = own.as_ref().map_or_else(
        || std::env::var("PORTCULLIS_BROWSER_URL").unwrap(),
        |s| s.base().to_owned(),
    );
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
