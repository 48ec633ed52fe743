use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, MemoryUsers};

use super::*;
use crate::extract::Scoped;
use crate::router::get;

portcullis_core::scopes! {
    /// Read items.
    Items = "items";
    /// Write items.
    WriteItems = "items:write";
}

fn builder() -> portcullis_core::AuthBuilder<Account> {
    let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
    Auth::builder(key, MemoryUsers::new())
}

/// Routes that ask for both scopes.
fn routes() -> ApiRouter<Auth<Account>> {
    async fn read(_: Scoped<Items>) {}
    async fn write(_: Scoped<(Items, WriteItems)>) {}
    ApiRouter::new().api_route("/items", get(read).post(write))
}

#[test]
#[should_panic(
    expected = "POST /items asks for the scope `items:write`, which no login can grant: name its type in `.scopes::<…>()`"
)]
fn a_scope_that_nobody_declared_stops_the_program_with_what_to_write() {
    drop(builder().scopes::<Items>().build().unwrap().mount(routes()));
}

#[test]
#[should_panic(expected = "GET /stats asks for the scope `items`")]
fn a_guard_of_a_group_is_looked_at_too() {
    async fn stats() {}
    let routes = ApiRouter::new()
        .guard::<Scoped<Items>>()
        .api_route("/stats", get(stats));
    drop(builder().build().unwrap().mount(routes));
}

#[test]
fn scopes_that_are_declared_are_mounted() {
    drop(
        builder()
            .scopes::<(Items, WriteItems)>()
            .build()
            .unwrap()
            .mount(routes()),
    );
}
