//! Tables of ours in PostgreSQL: what every store answers, on a real server.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;

use portcullis_core::{
    Account, AccountStore as _, Entry, RevocationStore as _, Revoked, StoreError, Subject16, UserStore as _,
};
use portcullis_sql::{PostgresDatabase, PostgresError, PostgresSessions, PostgresUsers};

use crate::databases::Database;

/// In which database what is to be carried out, and what says that it is.
type Order = ([String; 2], Sender<()>);

/// A server that lives as long as a test uses it. It is the child of a thread of its own, for a test's thread would take it
/// along.
struct Server {
    /// Until it is dropped.
    run: Mutex<Option<Sender<Order>>>,
    url: String,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// `None` where PostgreSQL is not installed.
    fn start() -> Option<Self> {
        let (say, said) = channel();
        let (run, to_run): (_, Receiver<Order>) = channel();
        let thread = std::thread::spawn(move || {
            let database = Database::postgres();
            say.send(database.as_ref().map(|database| database.url.clone()))
                .expect("heard");
            for ([name, sql], done) in to_run {
                database.as_ref().expect("a server").run_in(&name, &sql);
                done.send(()).expect("heard");
            }
        });
        Some(Self {
            run: Mutex::new(Some(run)),
            url: said.recv().expect("the thread says")?,
            thread: Some(thread),
        })
    }

    /// The one that other tests use, or a new one.
    fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Some(server);
        }
        let server = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&server);
        Some(server)
    }

    fn run(&self, name: &str, sql: &str) {
        let (done, is_done) = channel();
        let run = self.run.lock().expect("never poisoned");
        run.as_ref()
            .expect("until it is dropped")
            .send(([name.to_owned(), sql.to_owned()], done))
            .expect("heard");
        is_done.recv().expect("carried out");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.run.get_mut().expect("never poisoned").take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

thread_local! {
    /// Until the test's thread ends.
    static USED: RefCell<Option<Arc<Server>>> = const { RefCell::new(None) };
}

/// The URL of a fresh database.
pub(crate) fn fresh(options: &str) -> Option<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = Server::shared()?;
    let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    server.run("postgres", &format!("CREATE DATABASE {name} {options}"));
    let url = server.url.replace("/postgres", &format!("/{name}"));
    USED.set(Some(server));
    Some(url)
}

/// Runs this in the database of this URL.
pub(crate) fn run(url: &str, sql: &str) {
    let name = url.rsplit('/').next().expect("a name");
    USED.with_borrow(|server| server.as_ref().expect("in use").run(name, sql));
}

async fn users() -> Option<PostgresUsers> {
    let url = fresh("")?;
    Some(PostgresUsers::open(&url).await.expect("opens"))
}

mod contract {
    portcullis_core::store_contract!(if super::users());
}

#[tokio::test]
async fn two_nodes_that_begin_at_once_make_the_tables_once_and_see_each_others_users() {
    let Some(url) = fresh("") else { return };
    let nodes: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { PostgresUsers::open(&url).await })
        })
        .collect();
    let mut users = Vec::new();
    for node in nodes {
        users.push(node.await.expect("no panic").expect("opens"));
    }
    users[0].insert(&Account::new("anna")).await.expect("stored");
    assert!(users[7].by_login("anna").await.expect("read").is_some());
    let taken = users[1].insert(&Account::new("anna")).await;
    assert!(matches!(taken, Err(StoreError::Taken)), "{taken:?}");
}

#[tokio::test]
async fn what_changes_a_user_forgets_those_who_are_remembered_and_what_ends_a_token_forgets_none() {
    let Some(users) = users().await else { return };
    let sessions = PostgresSessions::on(users.database().clone()).await.expect("opens");
    let entry = Entry {
        kind: Revoked::Token,
        subject: Subject16([7; 16]),
        value: 0,
        until: 1,
    };
    let at_first = users.generation();
    sessions.revoke(&[entry]).await.expect("kept");
    assert_eq!(sessions.forget(2, 10).await.expect("gone"), 1);
    assert_eq!(users.generation(), at_first);
    users.insert(&Account::new("anna")).await.expect("stored");
    let inserted = users.generation();
    assert!(inserted > at_first);
    assert!(users.insert(&Account::new("anna")).await.is_err());
    assert!(users.generation() > inserted, "what failed may hold all the same");
}

#[tokio::test]
async fn a_link_that_the_server_ended_is_made_anew_and_nobody_hears_of_it() {
    let Some(url) = fresh("") else { return };
    let users = PostgresUsers::open(&url).await.expect("opens");
    users.insert(&Account::new("anna")).await.expect("stored");
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    run(&url, end);
    assert!(users.by_login("anna").await.expect("read").is_some());
    users
        .insert(&Account::new("bert"))
        .await
        .expect("stored over a link of its own");
    assert_eq!(users.count().await.expect("read"), 2);
}

#[tokio::test]
async fn a_database_of_another_encoding_and_a_newer_one_are_told_with_what_to_do() {
    let Some(url) = fresh("ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0") else {
        return;
    };
    let error = PostgresDatabase::open(&url).await.expect_err("refused");
    assert!(matches!(error, PostgresError::Encoding(_)), "{error:?}");
    assert!(error.to_string().contains("CREATE DATABASE"), "{error}");
    let url = fresh("").expect("a server");
    let users = PostgresUsers::open(&url).await.expect("opens");
    drop(users);
    run(&url, "INSERT INTO portcullis_migrations VALUES ('portcullis', 2, 'x')");
    let error = PostgresUsers::open(&url).await.expect_err("refused");
    assert!(
        matches!(error, PostgresError::Newer { found: 2, known: 1, .. }),
        "{error:?}"
    );
}
