//! A right on an object that is loaded from what the application's state does not have.
//~ cannot stand at a route
//~ that of `Allowed<R, T>` is the `User` of `Guarded<R>`, and its `State` must be in there too

use portcullis::prelude::*;

struct Edit;

struct Post;

impl Guarded<Edit> for Post {
    type User = Account;
    type Key = u32;
    type State = Vec<u32>;

    async fn load(known: &Vec<u32>, id: u32) -> Result<Option<Self>, StoreError> {
        Ok(known.contains(&id).then_some(Self))
    }

    fn allows(&self, _: &Account) -> bool {
        true
    }
}

async fn edit(_: Allowed<Edit, Post>) -> String {
    String::new()
}

fn main() {
    let _: ApiRouter<Auth> = ApiRouter::new().api_route("/posts/{post_id}", get(edit));
}
