//! The refusals of guarded routes and of the login, read from the table by which they are answered.

use http::StatusCode;
use schemars::{Schema, json_schema};

use super::guard::LookUp;
use super::requirement::Requirement;
use super::{Content, Operation, Respond, ResponseObject};
use crate::answers::{Answer, Answers, Challenge};
use crate::refusal::Refusal;

impl Respond for Refusal {
    /// Nothing: guards and forms document their refusals themselves.
    fn respond(_: &mut Operation) {}
}

/// What is documented of the refusals: nothing in FastAPI's document, everything in a strict one.
pub(crate) struct Refusals {
    answers: Answers,
    shown: bool,
}

impl Refusals {
    pub(crate) fn of(answers: &Answers) -> Self {
        Self {
            answers: answers.clone(),
            shown: answers.document_refusals,
        }
    }

    pub(crate) fn are_shown(&self) -> bool {
        self.shown
    }

    /// Adds the answers that the guards of this operation, or its login, can give; `cross_site`: one of them looks who asks.
    /// Those of objects are always shown, as 422 is: they are about what the path names.
    pub(crate) fn document(&self, operation: &mut Operation, cross_site: bool) {
        let mut rows: Vec<&Answer> = match self.shown {
            true => self.all(operation, cross_site),
            false => Vec::new(),
        };
        let objects = operation.guarded_objects();
        if !objects.is_empty() {
            rows.push(&self.answers.no_object);
        }
        if objects.iter().any(|object| !object.hidden) {
            rows.push(&self.answers.not_allowed);
        }
        let schemes = operation
            .requirement()
            .is_some_and(|asked| asked.schemes().next().is_some());
        let mut statuses: Vec<StatusCode> = Vec::new();
        for row in &rows {
            if !statuses.contains(&row.status) {
                statuses.push(row.status);
            }
        }
        for status in statuses {
            let same: Vec<&Answer> = rows.iter().copied().filter(|row| row.status == status).collect();
            operation.response(status, response(status, &same, schemes));
        }
    }

    /// What guards, the login and clients are refused with.
    fn all(&self, operation: &Operation, cross_site: bool) -> Vec<&Answer> {
        let answers = &self.answers;
        let mut rows: Vec<&Answer> = Vec::new();
        if let Some(asked) = operation.requirement() {
            rows.extend(of_guards(asked, answers));
        }
        if cross_site {
            rows.push(&answers.cross_site);
        }
        if operation.is_login() {
            rows.extend([&answers.wrong_login, &answers.bad_form, &answers.bad_grant_type]);
            if answers.refuse_bad_scope {
                rows.push(&answers.bad_scope);
            }
            rows.extend([&answers.busy, &answers.unavailable]);
        }
        if operation.asks_a_password() {
            rows.extend([&answers.wrong_login, &answers.busy, &answers.unavailable]);
        }
        if operation.is_throttled() {
            rows.push(&answers.throttled);
        }
        if operation.is_for_clients() {
            let oauth = &answers.oauth;
            rows.extend([
                &oauth.invalid_request,
                &oauth.invalid_client,
                &oauth.unauthorized_client,
            ]);
            if operation.is_login() {
                rows.extend([&oauth.invalid_grant, &oauth.invalid_scope]);
            }
            rows.push(&answers.unavailable);
        }
        rows
    }
}

/// What guards refuse.
fn of_guards<'a>(asked: &Requirement, answers: &'a Answers) -> Vec<&'a Answer> {
    let mut rows: Vec<&Answer> = Vec::new();
    let schemes = asked.schemes().next().is_some();
    if !asked.optional() {
        rows.push(if schemes {
            &answers.no_credentials
        } else {
            &answers.no_token
        });
    }
    if schemes {
        rows.extend([answers.broken(), answers.doubled()]);
    }
    if asked.takes_tokens() {
        rows.push(&answers.bad_token);
    }
    if asked.takes_tokens() || !schemes {
        rows.push(&answers.bad_credentials);
    }
    if asked.active() {
        rows.push(&answers.inactive);
    }
    if !asked.scopes().is_empty() {
        rows.push(&answers.missing_scope);
    }
    for (look_up, scoped) in asked.look_ups() {
        rows.push(&answers.inactive);
        if scoped {
            rows.push(&answers.missing_scope);
        }
        if look_up == LookUp::Password {
            rows.extend([&answers.wrong_basic, &answers.throttled, &answers.busy]);
        }
        rows.push(&answers.unavailable);
    }
    if asked.takes_tokens() {
        rows.push(&answers.unavailable);
    }
    rows
}

/// One entry for all refusals of one status; `schemes`: other credentials than tokens are asked for, too.
fn response(status: StatusCode, rows: &[&Answer], schemes: bool) -> ResponseObject {
    let mut said: Vec<&str> = Vec::new();
    for row in rows {
        let sentence = if row.detail.is_empty() {
            "Fields are missing or not valid"
        } else {
            row.detail
        };
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    let mut object = ResponseObject::new(said.join(" · ")).with_content(Content::json(body(rows)));
    if rows.iter().any(|row| row.challenge != Challenge::None) {
        object = object.with_header("WWW-Authenticate", challenge(rows, schemes));
    }
    if [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&status) {
        object = object.with_header("Retry-After", "Seconds to wait (RFC 9110 §10.2.3).");
    }
    object
}

fn challenge(rows: &[&Answer], schemes: bool) -> &'static str {
    let others = [Challenge::Basic, Challenge::OfScheme];
    match schemes || rows.iter().any(|row| others.contains(&row.challenge)) {
        true => "The challenge (RFC 9110 §11.6.1).",
        false => "The Bearer challenge (RFC 6750 §3).",
    }
}

/// The body of such an answer: FastAPI's `detail`, and the members of RFC 6749 §5.2 where the table has a code.
fn body(rows: &[&Answer]) -> Schema {
    let mut codes: Vec<&str> = Vec::new();
    for code in rows.iter().filter_map(|row| row.error) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    if codes.is_empty() {
        return json_schema!({ "type": "object", "properties": { "detail": {} }, "required": ["detail"] });
    }
    let always = rows.iter().all(|row| row.error.is_some());
    let required: &[&str] = if always {
        &["detail", "error", "error_description"]
    } else {
        &["detail"]
    };
    json_schema!({
        "type": "object",
        "properties": {
            "error": { "type": "string", "enum": codes },
            "error_description": { "type": "string" },
            "detail": {}
        },
        "required": required
    })
}
