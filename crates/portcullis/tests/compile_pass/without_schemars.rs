//! The prelude is enough for types of bodies: the derive finds its crate there.

use portcullis::prelude::*;

#[derive(serde::Deserialize, serde::Serialize, JsonSchema)]
pub struct Note {
    #[schemars(length(min = 1, max = 200))]
    pub text: String,
}

pub async fn write_note(_: ActiveUser, Json(note): Json<Note>) -> Created<Json<Note>> {
    Created(Json(note))
}

pub fn main() {
    let _: ApiRouter<Auth> = ApiRouter::new().api_route("/notes", post(write_note));
}
