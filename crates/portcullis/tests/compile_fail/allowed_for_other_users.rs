//! A right of users whom the application's `Auth` does not know.
//~ cannot stand at a route
//~ that of `Allowed<R, T>` is the `User` of `Guarded<R>`, and its `State` must be in there too

use portcullis::prelude::*;

struct Edit;

struct Post;

#[derive(Clone)]
struct Customer(ScopeSet);

impl User for Customer {
    fn id(&self) -> UserId {
        UserId::new("7")
    }
    fn password_hash(&self) -> Option<&HashString> {
        None
    }
    fn is_active(&self) -> bool {
        true
    }
    fn scopes(&self) -> &ScopeSet {
        &self.0
    }
}

impl Guarded<Edit> for Post {
    type User = Customer;
    type Key = u32;
    type State = Auth;

    async fn load(_: &Auth, _: u32) -> Result<Option<Self>, StoreError> {
        Ok(Some(Self))
    }

    fn allows(&self, _: &Customer) -> bool {
        true
    }
}

async fn edit(_: Allowed<Edit, Post>) -> String {
    String::new()
}

fn main() {
    let _: ApiRouter<Auth> = ApiRouter::new().api_route("/posts/{post_id}", get(edit));
}
