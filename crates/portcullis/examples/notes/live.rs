//! What browsers keep open: events (`new EventSource("/notes/events?access_token=…")`) and a socket. They close when the server
//! ends.

use std::pin::pin;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, StreamExt as _};
use portcullis::Ending;
use portcullis::prelude::*;
use portcullis::schemes::AlsoFromQuery;

use crate::notes::{Note, Notes, ReadNotes, WriteNotes};

/// New notes as they are written.
pub async fn events(
    user: AlsoFromQuery<Scoped<ReadNotes>>,
    State(notes): State<Notes>,
    ending: Ending,
) -> Sse<impl Stream<Item = Result<Event, axum::Error>>> {
    let news = notes.news_of(user.username());
    let events = news.map(|note| Event::default().event("note").json_data(note));
    Sse::new(ending.closes(events)).keep_alive(KeepAlive::default())
}

/// Writes each text that comes as a note, and sends what was written, wherever.
pub async fn socket(
    user: AlsoFromQuery<Scoped<(ReadNotes, WriteNotes)>>,
    State(notes): State<Notes>,
    ending: Ending,
    upgrade: WebSocketUpgrade,
) -> Response {
    let owner = user.username().to_owned();
    upgrade.on_upgrade(async move |mut socket| {
        // Whoever went needs no farewell.
        if let Ok(code) = talk(&mut socket, &owner, &notes, &ending).await {
            let reason = "".into();
            let _ = socket.send(Message::Close(Some(CloseFrame { code, reason }))).await;
        }
    })
}

/// Until the server ends or a note cannot be kept; the code says which (RFC 6455 §7.4.1).
async fn talk(socket: &mut WebSocket, owner: &str, notes: &Notes, ending: &Ending) -> Result<u16, axum::Error> {
    let mut news = pin!(notes.news_of(owner));
    loop {
        tokio::select! {
            message = socket.recv() => match message.transpose()? {
                Some(Message::Text(text)) if !(1..=500).contains(&text.chars().count()) => return Ok(close_code::POLICY),
                Some(Message::Text(text)) if notes.add(owner, text.to_string()).await.is_err() => return Ok(close_code::ERROR),
                Some(_) => {}
                None => return Ok(close_code::NORMAL),
            },
            Some(note) = news.next() => socket.send(written(&note)).await?,
            () = ending.begins() => return Ok(close_code::AWAY),
        }
    }
}

fn written(note: &Note) -> Message {
    Message::text(serde_json::to_string(note).unwrap_or_default())
}
