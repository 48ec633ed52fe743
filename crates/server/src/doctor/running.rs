//! The server, if it runs.

use serde_json::Value;

use super::finding::{Finding, advice, fault, good};
use crate::ask::ask;
use crate::config::Settings;

pub(super) async fn all(settings: &Settings) -> Vec<Finding> {
    let answered = match ask(settings, "/health/ready").await {
        Ok(answered) => answered,
        Err(failure) => return vec![advice("server", failure.sentence(), failure.remedy())],
    };
    let address = answered.address;
    if answered.status != 200 {
        let what = format!(
            "the server at {address} answers {} to /health/ready: {}",
            answered.status, answered.body
        );
        return vec![fault("server", what, "Its log says why.")];
    }
    vec![
        good("server", format!("it is well at {address}")),
        issuer(settings).await,
    ]
}

/// A server that was not started anew since its settings changed.
async fn issuer(settings: &Settings) -> Finding {
    if !settings.issuer.contains("://") {
        return good("running_settings", "nothing tells whether it runs with other settings");
    }
    let answered = ask(settings, "/.well-known/oauth-authorization-server").await;
    let told: Option<Value> = answered
        .ok()
        .and_then(|answered| serde_json::from_str(&answered.body).ok());
    let issuer = told
        .as_ref()
        .and_then(|told| told.get("issuer"))
        .and_then(Value::as_str);
    match issuer {
        Some(issuer) if issuer == settings.issuer => good("running_settings", "it runs with these settings"),
        _ => fault(
            "running_settings",
            format!("what runs there is another issuer: {}", issuer.unwrap_or("none")),
            "Start the server anew; see that no other program has its address.",
        ),
    }
}
