//! Tests of applications behind Portcullis, for dev-dependencies only.
//!
//! An application is a function of an [`Auth`](portcullis_core::Auth). Its tests hand it another one, whose users stand in
//! memory, whose passwords cost nothing to verify, whose clock is moved by hand and whose key is known: nothing is overridden,
//! and nothing has to be put back.
//!
//! ```
//! use portcullis::prelude::*;
//! use portcullis_testing::{TestAuth, attack};
//!
//! scopes! {
//!     /// Read items.
//!     pub Items = "items";
//! }
//!
//! async fn read_items(user: Scoped<Items>) -> Json<Vec<String>> {
//!     Json(vec![format!("an item of {}", user.username())])
//! }
//!
//! // The application, as `main` builds it too.
//! fn app(auth: Auth) -> axum::Router {
//!     auth.mount(ApiRouter::new().api_route("/users/me/items/", get(read_items)))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let test = TestAuth::builder().settings(|auth| auth.scopes::<Items>()).app(app);
//! let alice = test.as_user("alice").scopes((Items,));
//!
//! let items = alice.get("/users/me/items/").await;
//! assert_eq!(items.json::<Vec<String>>(), ["an item of alice"]);
//!
//! let forged = alice.attacked_by(attack::other_key()).get("/users/me/items/").await;
//! assert_eq!(forged.status(), 401);
//!
//! // Every route refuses whoever has no token, too little scope, or a token that is no good; and only this one is open.
//! test.walk().open(["/token"]).await;
//! # }
//! ```
//!
//! # It never stands in a program
//!
//! The key and the hash are known to everybody, so this crate must not be linked into what is shipped. Cargo has no dependency
//! that only tests may have as normal one, so two things hold it back: it does not compile without debug assertions, which a
//! release build has not (`cargo test --release` needs the feature `release-tests`), and its hash ([`TestHash`]) is a scheme
//! that only this crate has: every other [`Passwords`](portcullis_core::Passwords) refuses what it wrote.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(debug_assertions, feature = "release-tests")))]
compile_error!(
    "portcullis-testing is for tests: its key and its password hash are known to everybody. Name it in [dev-dependencies] and \
     nowhere else. For `cargo test --release`, and for nothing that is shipped, switch its feature `release-tests` on"
);

mod answer;
mod attack_kind;
mod authorize;
mod build;
mod call;
mod fail;
mod hash;
mod key;
mod test_auth;
mod users;
mod walk;
mod who;

pub mod attack;

pub use answer::Answer;
pub use attack_kind::Attack;
pub use build::TestAuthBuilder;
pub use call::Call;
pub use hash::{PASSWORD, TestHash, hash};
pub use key::SECRET;
pub use test_auth::{START, TestAuth};
pub use users::TestUsers;
pub use walk::{Report, Walk};
pub use who::As;

/// The README's program, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
