use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, MemoryUsers};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::*;
use crate::extract::Scoped;
use crate::router::get;

portcullis_core::scopes! {
    /// Read items.
    Items = "items";
    /// Write items.
    WriteItems = "items:write";
}

/// Keeps what is logged at `error`, a line each.
#[derive(Clone, Default)]
struct Errors(Arc<Mutex<Vec<String>>>);

impl Subscriber for Errors {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

/// What is logged when routes that ask for both scopes are mounted.
fn told(auth: Auth<Account>) -> Vec<String> {
    async fn read(_: Scoped<Items>) {}
    async fn write(_: Scoped<(Items, WriteItems)>) {}
    let errors = Errors::default();
    let routes = ApiRouter::new().api_route("/items", get(read).post(write));
    tracing::subscriber::with_default(errors.clone(), || drop(auth.mount(routes)));
    errors.0.lock().unwrap().clone()
}

#[test]
fn a_scope_that_a_route_asks_for_and_nobody_declared_is_told_with_its_route() {
    let builder = || {
        let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
        Auth::builder(key, MemoryUsers::new())
    };
    let told_of = told(builder().scopes::<Items>().build().unwrap());
    let [line] = told_of.as_slice() else {
        panic!("{told_of:?}");
    };
    for words in [
        "method=POST",
        "path=\"/items\"",
        "scope=\"items:write\"",
        "not declared",
    ] {
        assert!(line.contains(words), "{words}: {line}");
    }
    assert_eq!(
        told(builder().scopes::<(Items, WriteItems)>().build().unwrap()),
        [""; 0]
    );
}
