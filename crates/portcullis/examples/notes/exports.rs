//! Exports: ordered by a user, made by a task, and taken by whoever holds the token of one, such as a link in a mail.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use portcullis::prelude::*;
use portcullis::schemes::AlsoFromQuery;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::errors::Missing;
use crate::notes::{Notes, ReadNotes};

entities! {
    /// All notes of one user, as they were when it was made.
    pub Export = "export";
}

scopes! {
    /// Take it.
    pub Download = "download";
}

const AN_HOUR: Duration = Duration::from_secs(60 * 60);

/// Those that were made, by the users whose they are, and how to order one.
#[derive(Clone)]
pub struct Exports {
    made: Arc<Mutex<HashMap<Arc<str>, String>>>,
    orders: mpsc::Sender<String>,
}

impl Exports {
    /// With the task that makes them, until nobody is left who could order one.
    pub fn of(auth: &Auth, notes: &Notes) -> (Self, JoinHandle<()>) {
        let (orders, mut ordered) = mpsc::channel::<String>(16);
        let made = Arc::default();
        let own = Self { made, orders };
        let (auth, notes, made) = (auth.clone(), notes.clone(), own.made.clone());
        let exporting = tokio::spawn(async move {
            while let Some(token) = ordered.recv().await {
                // An order shows what it is for, wherever it comes from.
                match auth.authenticate_entity::<Export, Download>(&token).await {
                    Ok(owner) => match notes.all_of(owner.to_string()).await {
                        Ok(text) => drop(made.lock().unwrap_or_else(PoisonError::into_inner).insert(owner, text)),
                        Err(error) => tracing::error!(%error, "an export was not made"),
                    },
                    Err(error) => tracing::warn!(%error, "an order was refused"),
                }
            }
        });
        (own, exporting)
    }
}

#[derive(Serialize, JsonSchema)]
pub struct Ordered {
    /// For `/exports/mine`, for an hour.
    token: String,
}

pub async fn order(
    user: Scoped<ReadNotes>,
    State(auth): State<Auth>,
    State(exports): State<Exports>,
) -> Result<(StatusCode, Json<Ordered>), Refusal> {
    let token = auth.issue_entity::<Export, Download>(user.username(), AN_HOUR)?;
    let ordered = exports.orders.send(token.clone()).await;
    ordered.map_err(StoreError::unavailable)?;
    Ok((StatusCode::ACCEPTED, Json(Ordered { token })))
}

pub async fn download(
    export: AlsoFromQuery<Permit<Export, Download>>,
    State(exports): State<Exports>,
) -> Result<String, Missing> {
    let made = exports.made.lock().unwrap_or_else(PoisonError::into_inner);
    let text = made.get(export.0.id()).cloned();
    text.ok_or(Missing::NotFound("It is not made yet"))
}
