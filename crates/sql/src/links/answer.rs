//! What a plain question is answered.

use tokio_postgres::SimpleQueryMessage;

/// The first two columns of the first row.
pub(super) fn texts(answer: &[SimpleQueryMessage]) -> [Option<&str>; 2] {
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.map_or([None, None], |row| {
        [0, 1].map(|column| row.try_get(column).ok().flatten())
    })
}
