//! A right on an object of which nothing says who has it.
//~ nothing says who has the right `Edit` to a `Post`
//~ write `impl Guarded<Edit> for Post`

use portcullis::{Allowed, ApiRouter, get};

struct Edit;

struct Post;

async fn edit(_: Allowed<Edit, Post>) -> String {
    String::new()
}

fn main() {
    let _: ApiRouter = ApiRouter::new().api_route("/posts/{post_id}", get(edit));
}
