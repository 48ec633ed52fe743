//! The server, if it runs.

use std::io;
use std::net::TcpListener;

use serde_json::Value;

use super::finding::{Finding, advice, fault, good};
use crate::ask::ask;
use crate::config::Settings;
use crate::failure::Failure;

pub(super) async fn all(settings: &Settings) -> Vec<Finding> {
    let answered = match ask(settings, "/health/ready").await {
        Ok(answered) => answered,
        Err(failure) => return vec![unanswered(settings, &failure).await],
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

/// No server of ours answers: whether one could be started.
async fn unanswered(settings: &Settings, failure: &Failure) -> Finding {
    let addresses = settings.listen.addresses().await.unwrap_or_default();
    let mut found = addresses
        .iter()
        .map(|address| TcpListener::bind(address).err().map(|error| error.kind()));
    // Of a name's addresses the server takes the first that it can.
    let listen = &settings.listen;
    match found.next().filter(|_| found.all(|error| error.is_some())).flatten() {
        Some(io::ErrorKind::AddrInUse) => fault(
            "server",
            format!("a program has {listen}, and does not answer as a server of ours does: none can be started there"),
            "`ss -ltnp` tells which it is; end it, or set listen to another address.",
        ),
        Some(io::ErrorKind::AddrNotAvailable) => fault(
            "server",
            format!("{listen} is no address of this machine: no server can be started there"),
            "Set listen to one that `ip addr` lists, or to 127.0.0.1:8000.",
        ),
        _ => advice("server", failure.sentence(), failure.remedy()),
    }
}

/// Whether it is this server at all.
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
        Some(issuer) if issuer == settings.issuer => {
            good("running_settings", "it is this issuer; other settings it does not tell")
        }
        _ => fault(
            "running_settings",
            format!("what runs there is another issuer: {}", issuer.unwrap_or("none")),
            "Start the server anew; see that no other program has its address.",
        ),
    }
}
