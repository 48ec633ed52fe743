//! The recorded contract of `fastapi.security`: what its small applications answered, asked of the library's example to the
//! letter; and the better answers, asked of it with the strict preset. `testdata/contract/README.md` tells the origin.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "test code: a failure is a panic, and its output is read"
)]
#![allow(dead_code, reason = "what other contracts need of the runner")]

mod support {
    pub(crate) mod case;
    pub(crate) mod check;
    pub(crate) mod edit;
    pub(crate) mod http;
    pub(crate) mod json;
    pub(crate) mod mint;
    pub(crate) mod runner;
}

#[path = "../../portcullis/examples/security_schemes/main.rs"]
mod security_schemes;

use std::collections::BTreeSet;

use portcullis::{Answers, Server};
use support::case::{Case, Expect};
use support::check::Context;
use support::runner::{cases, disagreements, expect_agreement};

/// How many binding cases there are, and how many others: a check that ran nothing would pass.
const CASES: (usize, usize) = (441, 72);

#[test]
fn the_applications_answer_as_recorded() {
    against(None, CASES.0, |case| case.keep.then_some(&case.expect));
}

#[test]
fn the_strict_applications_give_the_better_answers() {
    against(Some(Answers::rfc()), CASES.1, |case| {
        case.better_expect.as_ref().filter(|_| !case.keep)
    });
}

/// Runs the cases against the example's applications, each below its name.
fn against(answers: Option<Answers>, count: usize, expected: impl Fn(&Case) -> Option<&Expect>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::bind("127.0.0.1:0")).unwrap();
    let address = server.local_addr();
    let app = security_schemes::app(answers);
    runtime.spawn(server.run(app, std::future::pending()));
    let cases = cases("security.json");
    let names: BTreeSet<&str> = cases.iter().map(|case| case.app.as_str()).collect();
    let (mut ran, mut failures) = (0, Vec::new());
    for name in names {
        let context = Context {
            base: &format!("http://{address}/{name}"),
            secret: "",
        };
        let of_app = |case| Some(case).filter(|case: &&Case| case.app == name).and_then(&expected);
        ran += disagreements(context, &cases, of_app, &mut failures);
    }
    expect_agreement((ran, count), &failures);
}
