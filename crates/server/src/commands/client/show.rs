//! Clients as they are printed.

use portcullis_core::{AddedClient, CLIENTS_PAGE_MAX, Client, Clients, rfc3339};
use serde::Serialize;

use crate::failure::{OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::shown::Shown;

/// A client as JSON.
#[derive(Serialize)]
struct Listed<'a> {
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    public: bool,
    first_party: bool,
    grants: Vec<&'static str>,
    scopes: Vec<&'a str>,
    audience: Option<&'a str>,
    /// When each was made, the oldest first.
    secrets: Vec<String>,
    has_keys: bool,
    disabled: bool,
    created: String,
}

impl<'a> From<&'a Client> for Listed<'a> {
    fn from(client: &'a Client) -> Self {
        let time = |millis: u64| rfc3339(millis / 1_000);
        Self {
            client_id: &client.id,
            client_secret: None,
            public: client.public,
            first_party: client.first_party,
            grants: client.grants.iter().map(|grant| grant.name()).collect(),
            scopes: client.scopes.iter().collect(),
            audience: client.audience.as_deref(),
            secrets: client.secrets.iter().map(|secret| time(secret.created)).collect(),
            has_keys: client.keys.is_some(),
            disabled: client.disabled,
            created: time(client.created),
        }
    }
}

impl Listed<'_> {
    /// How it proves who it is.
    fn proof(&self) -> String {
        match self.secrets.as_slice() {
            _ if self.public => "none (public)".to_owned(),
            [] => "its own key".to_owned(),
            [one] => format!("a secret of {one}"),
            several => format!("secrets of {}", several.join(" and ")),
        }
    }

    fn state(&self) -> String {
        if self.disabled { "disabled" } else { "active" }.to_owned()
    }
}

/// All clients.
pub(super) async fn list(clients: &Clients, json: bool) -> Outcome {
    let (mut all, mut after) = (Vec::new(), None::<std::sync::Arc<str>>);
    loop {
        let page = clients.list(after.as_deref(), CLIENTS_PAGE_MAX).await;
        let page = page.or_fail("the clients cannot be listed", "Try again.")?;
        all.extend(page.clients);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let listed: Vec<_> = all.iter().map(Listed::from).collect();
    if json {
        return say_json(&listed);
    }
    let row = |client: &Listed<'_>| {
        let kind = if client.public { "public" } else { "confidential" };
        let grants = client.grants.join(" ");
        let scopes = client.scopes.join(" ");
        [
            client.client_id.to_owned(),
            kind.to_owned(),
            client.state(),
            or_none(&grants),
            or_none(&scopes),
        ]
    };
    let rows: Vec<_> = listed.iter().map(row).collect();
    say(Shown::table(
        ["CLIENT", "KIND", "STATE", "GRANTS", "SCOPES"],
        &rows,
        "There are no clients.",
    ))
}

/// One client.
pub(super) fn show(client: &Client, json: bool) -> Outcome {
    let shown = Listed::from(client);
    if json {
        return say_json(&shown);
    }
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    say(Shown::sheet(&[
        ("client_id", shown.client_id.to_owned()),
        ("first party", yes_no(shown.first_party)),
        ("grants", or_none(&shown.grants.join(" "))),
        ("scopes", or_none(&shown.scopes.join(" "))),
        ("audience", or_none(shown.audience.unwrap_or_default())),
        ("proof", shown.proof()),
        ("state", shown.state()),
        ("created", shown.created.clone()),
    ]))
}

/// A client that was added or got a secret.
pub(super) fn added(added: &AddedClient, json: bool) -> Outcome {
    let secret = added.secret.as_ref().map(|secret| secret.as_str());
    if json {
        return say_json(&Listed {
            client_secret: secret,
            ..Listed::from(&added.client)
        });
    }
    let mut rows = vec![("client_id", added.client.id.to_string())];
    rows.extend(secret.map(|secret| ("client_secret", secret.to_owned())));
    say(Shown::sheet(&rows))?;
    match secret {
        Some(_) => say("The secret is shown this once and stored only as a digest."),
        None => Ok(()),
    }
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "-" } else { text }.to_owned()
}
