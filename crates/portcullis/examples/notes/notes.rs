//! The notes of each user, in a table of our own.

use std::sync::Arc;

use axum::response::NoContent;
use futures_util::stream::{self, Stream};
use portcullis::prelude::*;
use portcullis::rusqlite::{self, OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::errors::Missing;

scopes! {
    /// Read your notes.
    pub ReadNotes = "notes:read";
    /// Write and remove your notes.
    pub WriteNotes = "notes:write";
}

const TABLES: &[&str] = &[
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, text TEXT NOT NULL) STRICT;
    CREATE INDEX notes_by_owner ON notes (owner, id)",
];

/// A note as it is sent.
#[derive(Deserialize, JsonSchema)]
pub struct NewNote {
    #[schemars(length(min = 1, max = 500))]
    pub text: String,
}

#[derive(Clone, Serialize, JsonSchema)]
pub struct Note {
    id: i64,
    text: String,
}

impl Note {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            text: row.get("text")?,
        })
    }
}

#[derive(Deserialize, JsonSchema)]
pub struct Cursor {
    /// Only notes after this one.
    #[serde(default)]
    after: i64,
    /// How many at most.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 100))]
    limit: u8,
}

fn twenty() -> u8 {
    20
}

#[derive(Serialize, JsonSchema)]
pub struct Page {
    notes: Vec<Note>,
    /// What the next page is after, where there is one.
    next: Option<i64>,
}

/// Where notes are kept, and whoever listens hears of new ones.
#[derive(Clone)]
pub struct Notes {
    database: Database,
    news: broadcast::Sender<(Arc<str>, Note)>,
}

impl Notes {
    pub async fn on(database: Database) -> Result<Self, portcullis::Error> {
        database.migrate("notes", TABLES).await?;
        let (news, _) = broadcast::channel(64);
        Ok(Self { database, news })
    }

    pub async fn add(&self, owner: &str, text: String) -> Result<Note, StoreError> {
        let owner: Arc<str> = owner.into();
        let (insert, by) = (
            "INSERT INTO notes (owner, text) VALUES (?1, ?2) RETURNING id, text",
            owner.clone(),
        );
        let added = self
            .database
            .write_own(move |database| database.query_row(insert, (by, text), Note::of));
        let note = added.await?;
        // Nobody may be listening.
        let _ = self.news.send((owner, note.clone()));
        Ok(note)
    }

    /// What is written from now on. Who is too slow misses some.
    pub fn news_of(&self, owner: &str) -> impl Stream<Item = Note> + use<> {
        let owner: Arc<str> = owner.into();
        stream::unfold((self.news.subscribe(), owner), async |(mut news, owner)| {
            loop {
                match news.recv().await {
                    Ok((by, note)) if by == owner => return Some((note, (news, owner))),
                    Err(broadcast::error::RecvError::Closed) => return None,
                    _ => {}
                }
            }
        })
    }

    /// All of them, a line each.
    pub async fn all_of(&self, owner: String) -> Result<String, StoreError> {
        let select = "SELECT coalesce(group_concat(text, char(10)), '') FROM \
                      (SELECT text FROM notes WHERE owner = ?1 ORDER BY id)";
        let all = self
            .database
            .scan(move |database| database.query_row(select, (owner,), |row| row.get(0)));
        all.await
    }
}

pub async fn write(
    user: Scoped<WriteNotes>,
    State(notes): State<Notes>,
    Json(new): Json<NewNote>,
) -> Result<Created<Json<Note>>, Refusal> {
    Ok(Created(Json(notes.add(user.username(), new.text).await?)))
}

pub async fn read_page(
    user: Scoped<ReadNotes>,
    State(notes): State<Notes>,
    Query(Cursor { after, limit }): Query<Cursor>,
) -> Result<Json<Page>, Refusal> {
    let select = "SELECT id, text FROM notes WHERE owner = ?1 AND id > ?2 ORDER BY id LIMIT ?3 + 1";
    let mut found: Vec<Note> = notes.database.read(|database| {
        let mut found = database.prepare_cached(select)?;
        let found = found.query_map((user.username(), after, limit), Note::of)?;
        found.collect()
    })?;
    let more = found.len() > usize::from(limit);
    found.truncate(limit.into());
    let next = found.last().map(|last| last.id).filter(|_| more);
    Ok(Json(Page { notes: found, next }))
}

pub async fn read(
    user: Scoped<ReadNotes>,
    State(notes): State<Notes>,
    Path(id): Path<i64>,
) -> Result<Json<Note>, Missing> {
    let select = "SELECT id, text FROM notes WHERE id = ?1 AND owner = ?2";
    let found = notes.database.read(|database| {
        let found = database.query_row(select, (id, user.username()), Note::of);
        found.optional()
    })?;
    found.map(Json).ok_or(Missing::NotFound("There is no such note"))
}

pub async fn remove(
    user: Scoped<WriteNotes>,
    State(notes): State<Notes>,
    Path(id): Path<i64>,
) -> Result<NoContent, Missing> {
    let (delete, owner) = (
        "DELETE FROM notes WHERE id = ?1 AND owner = ?2",
        user.username().to_owned(),
    );
    let removed = notes
        .database
        .write_own(move |database| database.execute(delete, (id, owner)));
    match removed.await? {
        0 => Err(Missing::NotFound("There is no such note")),
        _ => Ok(NoContent),
    }
}
