//! A scope of which the documentation could say nothing.
//~ write a `///` sentence above the scope `WriteNotes`: the documentation shows it to whoever is to grant it

portcullis::core::scopes! {
    /// Read notes.
    pub ReadNotes = "notes:read";
    pub WriteNotes = "notes:write";
}

fn main() {}
