//! One page, used as a person uses it: what is visible is clicked with the mouse and typed into. Everything that a
//! person would find in the console or the network list is recorded.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::chromium::Chromium;

/// For something to appear; reached only when it never does.
const PATIENCE: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(50);

/// Something that should not have happened on the page.
#[derive(Debug, PartialEq)]
pub(crate) enum Trouble {
    /// A request that is not for the server under test.
    Outside(String),
    /// A violation of the content security policy.
    Policy(String),
    /// An error in the console: a script's, or of a request (its address, its text).
    Console(String, String),
}

pub(crate) struct Page {
    browser: Chromium,
    session: String,
    base: String,
}

impl Page {
    /// Opens `base` + `path` in a fresh browser; requests to any place but `base` will be noticed.
    ///
    /// # Panics
    /// If the browser refuses.
    pub(crate) fn open(program: &Path, base: &str, path: &str) -> Self {
        let mut browser = Chromium::start(program);
        let target = browser
            .call(None, "Target.createTarget", json!({"url": "about:blank"}))
            .unwrap();
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call(None, "Target.attachToTarget", attach).unwrap();
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        let mut page = Self {
            browser,
            session,
            base: base.to_owned(),
        };
        for domain in ["Page", "Runtime", "Network", "Log", "Audits"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        let size = json!({"width": 1200, "height": 1000, "deviceScaleFactor": 1, "mobile": false});
        page.call("Emulation.setDeviceMetricsOverride", size);
        page.call("Page.navigate", json!({"url": format!("{base}{path}")}));
        page
    }

    /// Goes to an address, be it elsewhere, and waits until the page has changed.
    ///
    /// # Panics
    /// If the browser refuses.
    pub(crate) fn go(&mut self, url: &str) {
        self.evaluate("document.documentElement.dataset.left = 'yes'");
        self.call("Page.navigate", json!({"url": url}));
        self.wait_for(
            "document.readyState === 'complete' && !document.documentElement.dataset.left",
            url,
        );
    }

    /// Runs a script in the page.
    ///
    /// # Panics
    /// If it fails.
    pub(crate) fn run(&mut self, script: &str) {
        self.evaluate(script);
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.browser
            .call(Some(&self.session), method, params)
            .unwrap_or_else(|why| panic!("{why}"))
    }

    /// The value of a JavaScript expression; `null` while the page is still being changed for another.
    fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true});
        let result = self.browser.call(Some(&self.session), "Runtime.evaluate", params);
        let mut result = result.unwrap_or_default();
        assert!(result.get("exceptionDetails").is_none(), "{expression}: {result}");
        result["result"]["value"].take()
    }

    fn wait_for(&mut self, expression: &str, what: &str) -> Value {
        let start = Instant::now();
        loop {
            let value = self.evaluate(expression);
            if value != Value::Null && value != Value::Bool(false) {
                return value;
            }
            if start.elapsed() > PATIENCE {
                let text = self.evaluate("document.body && document.body.innerText");
                panic!(
                    "never seen: {what}; the page shows {text}; troubles {:?}",
                    self.troubles()
                );
            }
            thread::sleep(STEP);
        }
    }

    /// Waits until a visible element of this CSS selector shows this text.
    ///
    /// # Panics
    /// If it never does; the message holds what the page shows instead.
    pub(crate) fn see(&mut self, selector: &str, text: &str) {
        self.wait_for(
            &format!("!!{}", find(selector, text)),
            &format!("{selector} with {text:?}"),
        );
    }

    /// Clicks the middle of the first visible element of this selector that has this text, once nothing covers it.
    ///
    /// # Panics
    /// If there never is one.
    pub(crate) fn click(&mut self, selector: &str, text: &str) {
        let script = format!(
            "(() => {{
                const element = {};
                if (!element) return null;
                element.scrollIntoView({{block: 'center', behavior: 'instant'}});
                const box = element.getBoundingClientRect();
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                const top = document.elementFromPoint(x, y);
                return !element.disabled && top && (element.contains(top) || top.contains(element)) ? {{x, y}} : null;
            }})()",
            find(selector, text)
        );
        let at = self.wait_for(&script, &format!("{selector} with {text:?}, to be clicked"));
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({"type": kind, "x": at["x"], "y": at["y"], "button": button, "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Clicks the field and replaces what it holds.
    ///
    /// # Panics
    /// If the field never appears or does not take the text.
    pub(crate) fn type_into(&mut self, selector: &str, text: &str) {
        self.click(selector, "");
        let field = format!("document.querySelector({})", json!(selector));
        self.wait_for(
            &format!("document.activeElement === {field}"),
            &format!("{selector} in focus"),
        );
        self.evaluate(&format!("{field}.select()"));
        self.call("Input.insertText", json!({"text": text}));
        self.wait_for(
            &format!("{field}.value === {}", json!(text)),
            &format!("{selector} holding the text"),
        );
    }

    /// What went wrong since this was last asked.
    pub(crate) fn troubles(&mut self) -> Vec<Trouble> {
        // An answer after the events: all that came before it is here.
        self.evaluate("0");
        let base = self.base.clone();
        self.browser
            .take_events()
            .iter()
            .filter_map(|event| trouble(event, &base))
            .collect()
    }

    /// What is visible from this element downwards, as a PNG file.
    ///
    /// # Panics
    /// If it cannot be written.
    pub(crate) fn screenshot(&mut self, from: &str, file: &Path) {
        let script = format!(
            "document.querySelector({}).scrollIntoView({{behavior: 'instant'}})",
            json!(from)
        );
        self.evaluate(&script);
        let shot = self.call("Page.captureScreenshot", json!({"format": "png"}));
        let bytes = STANDARD
            .decode(shot["data"].as_str().expect("a picture"))
            .expect("base64");
        std::fs::write(file, bytes).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    }
}

/// An expression for the first visible element of the selector whose text has this part.
fn find(selector: &str, text: &str) -> String {
    format!(
        "[...document.querySelectorAll({})].find(e => e.getClientRects().length && e.textContent.includes({}))",
        json!(selector),
        json!(text)
    )
}

fn trouble(event: &Value, base: &str) -> Option<Trouble> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let params = &event["params"];
    match event["method"].as_str()? {
        "Network.requestWillBeSent" => {
            let url = text(&params["request"]["url"]);
            let ours = url.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'));
            (!ours && !url.starts_with("data:") && !url.starts_with("blob:")).then_some(Trouble::Outside(url))
        }
        "Audits.issueAdded" if params["issue"]["code"] == "ContentSecurityPolicyIssue" => {
            let details = &params["issue"]["details"]["contentSecurityPolicyIssueDetails"];
            Some(Trouble::Policy(details.to_string()))
        }
        "Log.entryAdded" if params["entry"]["level"] == "error" => {
            let entry = &params["entry"];
            Some(Trouble::Console(text(&entry["url"]), text(&entry["text"])))
        }
        "Runtime.exceptionThrown" => Some(Trouble::Console(String::new(), params["exceptionDetails"].to_string())),
        "Runtime.consoleAPICalled" if params["type"] == "error" => {
            Some(Trouble::Console(String::new(), params["args"].to_string()))
        }
        _ => None,
    }
}
