//! Living tables on SQLite: what holds whatever the database is. Real frameworks stand beside us in the server's tests.
#![cfg(feature = "foreign")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use std::path::PathBuf;

use portcullis_core::password::Origin;
use portcullis_core::{AccountChange, AccountStore, HashString, StoreError, User, UserId, UserStore};
use portcullis_sql::foreign::frameworks::{Framework, look};
use portcullis_sql::foreign::{ForeignError, ForeignUsers, LoginMatch, Mapping, ScopeSource, Stage};
use portcullis_sql::{Database, rusqlite};

/// As `manage.py migrate` makes them on SQLite.
const DJANGO: &str = r#"
CREATE TABLE django_migrations (id integer PRIMARY KEY, app varchar(255) NOT NULL);
CREATE TABLE django_content_type (id integer PRIMARY KEY, app_label varchar(100), model varchar(100));
CREATE TABLE auth_group (id integer PRIMARY KEY, name varchar(150) NOT NULL UNIQUE);
CREATE TABLE auth_permission (id integer PRIMARY KEY, content_type_id integer, codename varchar(100), name varchar(255));
CREATE TABLE auth_group_permissions (id integer PRIMARY KEY, group_id integer, permission_id integer);
CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, password varchar(128) NOT NULL,
    last_login datetime NULL, is_superuser bool NOT NULL, username varchar(150) NOT NULL UNIQUE,
    last_name varchar(150) NOT NULL, email varchar(254) NOT NULL, is_staff bool NOT NULL, is_active bool NOT NULL,
    date_joined datetime NOT NULL, first_name varchar(150) NOT NULL);
CREATE TABLE auth_user_groups (id integer PRIMARY KEY, user_id integer, group_id integer);
CREATE TABLE auth_user_user_permissions (id integer PRIMARY KEY, user_id integer, permission_id integer);
INSERT INTO django_content_type VALUES (1, 'blog', 'post');
INSERT INTO auth_permission VALUES (1, 1, 'add_post', ''), (2, 1, 'change_post', ''), (3, 1, 'delete_post', '');
INSERT INTO auth_group VALUES (1, 'editors'), (2, 'Friends of the house');
INSERT INTO auth_group_permissions VALUES (1, 1, 2);
INSERT INTO auth_user VALUES
    (7, 'pbkdf2_sha256$1$salt$hash7', NULL, 0, 'johndoe', 'Doe', 'johndoe@example.com', 0, 1, '', 'John'),
    (8, 'pbkdf2_sha256$1$salt$hash8', NULL, 0, 'alice', '', '', 0, 0, '', ''),
    (9, 'pbkdf2_sha256$1$salt$hash9', NULL, 1, 'root', '', '', 1, 1, '', '');
INSERT INTO auth_user_groups VALUES (1, 7, 1), (2, 7, 2);
INSERT INTO auth_user_user_permissions VALUES (1, 7, 1);
"#;

struct Foreign {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Foreign {
    fn of(sql: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sqlite3");
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        Self { _folder: folder, path }
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.path.display())
    }

    fn change(&self, sql: &str) {
        rusqlite::Connection::open(&self.path)
            .unwrap()
            .execute_batch(sql)
            .unwrap();
    }

    fn text(&self, sql: &str) -> String {
        let connection = rusqlite::Connection::open(&self.path).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    async fn django(&self, stage: Stage, beside: Option<Database>) -> ForeignUsers {
        let (framework, mapping) = Framework::recognised(&look(&self.url()).await.unwrap()).unwrap();
        assert_eq!(framework.name, "django");
        ForeignUsers::open(&self.url(), mapping, stage, beside).await.unwrap()
    }

    async fn opened(&self, mapping: Mapping) -> Result<ForeignUsers, ForeignError> {
        ForeignUsers::open(&self.url(), mapping, Stage::ReadOnly, None).await
    }
}

fn members() -> Mapping {
    Mapping::new("members", "id", "login", "hash")
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let url = format!("sqlite:{}", path.display());
    let opened = ForeignUsers::open(&url, members(), Stage::WriteBack, None).await;
    assert!(matches!(opened, Err(ForeignError::Unreachable { .. })), "{opened:?}");
    assert!(!path.exists());
    std::fs::write(&path, "no database at all, but a text of some length").unwrap();
    let opened = ForeignUsers::open(&url, members(), Stage::ReadOnly, None).await;
    assert!(matches!(opened, Err(ForeignError::Unreachable { .. })), "{opened:?}");
}

#[tokio::test]
async fn a_table_or_column_that_is_missing_is_named_with_the_nearest() {
    let foreign = Foreign::of("CREATE TABLE members (id INTEGER PRIMARY KEY, login TEXT, pw_hash TEXT)");
    let missing = foreign.opened(members()).await.unwrap_err();
    assert_eq!(
        missing.to_string(),
        "the table members has no column hash; the nearest is pw_hash"
    );
    let missing = foreign
        .opened(Mapping::new("member", "id", "login", "hash"))
        .await
        .unwrap_err();
    assert_eq!(missing.to_string(), "there is no table member; the nearest is members");
}

#[tokio::test]
async fn an_expression_that_the_database_refuses_is_named_when_the_table_is_opened() {
    let foreign = Foreign::of("CREATE TABLE members (id INTEGER PRIMARY KEY, login TEXT, hash TEXT)");
    let broken = Mapping {
        active: Some("is_there = 1".into()),
        ..members()
    };
    let error = foreign.opened(broken).await.unwrap_err();
    assert!(
        matches!(error, ForeignError::Expression { what: "active", .. }),
        "{error:?}"
    );
    let broken = Mapping {
        scopes: vec![ScopeSource::Query("SELECT name FROM roles WHERE id = {id}".into())],
        ..members()
    };
    let error = foreign.opened(broken).await.unwrap_err();
    assert!(
        matches!(error, ForeignError::Expression { what: "scopes", .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_stage_that_only_reads_writes_nothing() {
    let foreign = Foreign::of(DJANGO);
    let before = std::fs::read(&foreign.path).unwrap();
    let users = foreign.django(Stage::ReadOnly, None).await;
    let john = users.by_login("johndoe").await.unwrap().unwrap();
    let (seen, new) = (
        john.password_hash().unwrap().clone(),
        HashString::new("pbkdf2_sha256$2$s$new"),
    );
    assert!(!users.takes_upgrades());
    assert!(!users.swap_hash(&john.id(), &seen, &new).await.unwrap());
    let change = AccountChange {
        password_hash: Some(new),
        ..AccountChange::default()
    };
    let refused = users.update(&john.id(), &change).await;
    assert!(matches!(refused, Err(StoreError::Unsupported(_))), "{refused:?}");
    assert_eq!(std::fs::read(&foreign.path).unwrap(), before);
    let files = std::fs::read_dir(foreign.path.parent().unwrap()).unwrap().count();
    assert_eq!(files, 1, "no log and no lock is left beside the file");
}

#[tokio::test]
async fn a_user_of_django_is_read_with_groups_and_permissions() {
    let foreign = Foreign::of(DJANGO);
    let users = foreign.django(Stage::ReadOnly, None).await;
    let john = users.by_login("johndoe").await.unwrap().unwrap();
    assert_eq!((john.id().as_str(), john.username()), ("7", "johndoe"));
    assert_eq!(
        (john.email(), john.full_name()),
        (Some("johndoe@example.com"), Some("John Doe"))
    );
    assert!(john.is_active());
    // A group whose name has blanks cannot be a scope.
    assert_eq!(john.scopes().as_str(), "editors blog.add_post blog.change_post");
    assert_eq!(users.by_id(&john.id()).await.unwrap().unwrap(), john);
    let root = users.by_login("root").await.unwrap().unwrap();
    assert_eq!(
        root.scopes().as_str(),
        "blog.add_post blog.change_post blog.delete_post"
    );
    assert!(!users.by_login("alice").await.unwrap().unwrap().is_active());
    assert_eq!(users.count().await.unwrap(), 3);
    let page = users.list(Some("alice"), 1).await.unwrap();
    assert_eq!(page[0].username(), "johndoe");
    assert_eq!(users.sample_hashes(2).await.unwrap().len(), 2);
}

#[tokio::test]
async fn names_that_are_not_exactly_stored_are_nobody() {
    let foreign = Foreign::of(DJANGO);
    foreign.change("UPDATE auth_user SET username = 'O''Brien; DROP TABLE auth_user; --' WHERE id = 8");
    let users = foreign.django(Stage::ReadOnly, None).await;
    for name in [
        "JohnDoe",
        "johndoe ",
        " johndoe",
        "7",
        "",
        "johndoe\n",
        "%",
        "' OR 1=1 --",
    ] {
        assert!(users.by_login(name).await.unwrap().is_none(), "{name:?}");
    }
    for id in ["007", "+7", "7 ", "7.0", "johndoe", "", "7 OR 1=1", "99"] {
        assert!(users.by_id(&UserId::from(id)).await.unwrap().is_none(), "{id:?}");
    }
    let odd = users.by_login("O'Brien; DROP TABLE auth_user; --").await.unwrap();
    assert_eq!(odd.unwrap().id().as_str(), "8");
}

#[tokio::test]
async fn a_collation_of_the_table_does_not_make_two_names_one() {
    let foreign = Foreign::of(
        "CREATE TABLE members (id TEXT COLLATE NOCASE PRIMARY KEY, login TEXT COLLATE NOCASE, hash TEXT COLLATE NOCASE);
         INSERT INTO members VALUES ('a', 'johndoe', 'abc')",
    );
    let users = ForeignUsers::open(&foreign.url(), members(), Stage::WriteBack, None)
        .await
        .unwrap();
    assert!(users.by_login("JOHNDOE").await.unwrap().is_none());
    assert!(users.by_id(&"A".into()).await.unwrap().is_none());
    let (id, seen, new) = (UserId::from("a"), HashString::new("ABC"), HashString::new("new"));
    assert!(!users.swap_hash(&id, &seen, &new).await.unwrap());
    let folded = Mapping {
        login_match: LoginMatch::Folded,
        ..members()
    };
    let users = foreign.opened(folded).await.unwrap();
    assert_eq!(users.by_login("JOHNDOE").await.unwrap().unwrap().id().as_str(), "a");
}

#[tokio::test]
async fn a_login_is_folded_as_the_database_folds_what_it_stores() {
    let foreign = Foreign::of(
        "CREATE TABLE members (id INTEGER PRIMARY KEY, login TEXT, hash TEXT);
         INSERT INTO members VALUES (1, 'ÄB@Example.com', 'h'), (2, 'äb@example.com', 'h')",
    );
    for (login_match, login, id) in [
        (LoginMatch::Folded, "Äb@EXAMPLE.com", Some("1")),
        (LoginMatch::Lowered, "ÄB@EXAMPLE.com", Some("2")),
        (LoginMatch::Lowered, "äb@example.org", None),
        (LoginMatch::Exact, "ÄB@EXAMPLE.com", None),
    ] {
        let users = foreign
            .opened(Mapping {
                login_match,
                ..members()
            })
            .await
            .unwrap();
        let found = users.by_login(login).await.unwrap().map(|account| account.id());
        assert_eq!(found.as_ref().map(UserId::as_str), id, "{login_match:?} {login}");
    }
}

#[tokio::test]
async fn a_login_that_two_users_have_in_any_column_is_nobodys() {
    let foreign = Foreign::of(
        "CREATE TABLE members (id INTEGER PRIMARY KEY, login TEXT, email TEXT, hash TEXT);
         INSERT INTO members VALUES (1, 'a', 'x@example.com', 'h'), (2, 'b', 'x@example.com', 'h'), (3, 'c', 'a', 'h'),
             (4, 'd', 'd', 'h'), (5, 'x@example.com', NULL, 'h')",
    );
    let mapping = Mapping {
        logins: vec!["login".into(), "email".into()],
        ..members()
    };
    let users = foreign.opened(mapping.clone()).await.unwrap();
    for doubled in ["x@example.com", "a"] {
        assert!(users.by_login(doubled).await.unwrap().is_none(), "{doubled}");
        assert!(users.credentials(doubled).await.unwrap().is_none(), "{doubled}");
    }
    for (login, id) in [("b", "2"), ("c", "3"), ("d", "4")] {
        assert_eq!(users.by_login(login).await.unwrap().unwrap().id().as_str(), id);
    }
    assert_eq!(users.findings().await.unwrap().doubled_logins, 2);
    foreign.change("UPDATE members SET login = 'D' WHERE id = 1");
    let folded = Mapping {
        login_match: LoginMatch::Folded,
        ..mapping
    };
    let users = foreign.opened(folded).await.unwrap();
    assert!(users.by_login("d").await.unwrap().is_none(), "as it is compared");
    assert_eq!(users.findings().await.unwrap().doubled_logins, 2);
}

#[tokio::test]
async fn an_account_has_what_its_user_logs_in_with_as_the_table_compares_it() {
    let foreign = Foreign::of(
        "CREATE TABLE members (id INTEGER PRIMARY KEY, login TEXT, email TEXT, hash TEXT);
         INSERT INTO members VALUES (1, 'Anna', 'Anna@example.com', 'h'), (2, NULL, 'berta', 'h'), (3, 'carla', '', 'h'),
             (4, NULL, '', 'h')",
    );
    for (login_match, name, address) in [
        (LoginMatch::Exact, "Anna", "Anna@example.com"),
        (LoginMatch::Lowered, "ANNA", "anna@EXAMPLE.com"),
        (LoginMatch::Folded, "aNNA", "ANNA@example.com"),
    ] {
        let mapping = Mapping {
            logins: vec!["login".into(), "email".into()],
            email: Some("email".into()),
            login_match,
            ..members()
        };
        let users = foreign.opened(mapping).await.unwrap();
        let mut all = users.accounts_after(None, 3).await.unwrap();
        all.extend(users.accounts_after(Some(&UserId::from("3")), 3).await.unwrap());
        let ids: Vec<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["1", "2", "3", "4"]);
        let account = |place: usize| all[place].1.clone().unwrap();
        assert!(
            account(0).answers_to(name) && account(0).answers_to(address),
            "{login_match:?}"
        );
        assert_eq!(account(0).answers_to("ANNA"), login_match != LoginMatch::Exact);
        assert_eq!((account(1).username(), account(2).username()), ("berta", "carla"));
        assert!(all[3].1.is_none(), "nothing to log in with");
        let change = AccountChange {
            email: Some(Some("New@example.com".to_owned())),
            ..AccountChange::default()
        };
        let moved = account(0).changed(&change);
        assert!(moved.answers_to("New@example.com") && !moved.answers_to(address));
    }
}

#[tokio::test]
async fn a_login_asks_the_same_of_the_table_for_names_that_exist_and_names_that_do_not() {
    // Whatever is asked for known users alone fails here, and would be told.
    let foreign = Foreign::of(
        "CREATE TABLE members (id INTEGER PRIMARY KEY, login TEXT, hash TEXT, epoch TEXT);
         CREATE TABLE roles (id INTEGER, name TEXT);
         INSERT INTO members VALUES (1, 'john', 'h', 'no number')",
    );
    let mapping = Mapping {
        epoch: Some("epoch".into()),
        scopes: vec![ScopeSource::Query("SELECT name FROM roles WHERE id = {id}".into())],
        ..members()
    };
    let users = foreign.opened(mapping).await.unwrap();
    foreign.change("DROP TABLE roles");
    assert!(users.credentials("nobody").await.unwrap().is_none());
    let john = users.credentials("john").await.unwrap().unwrap();
    assert_eq!((john.id.as_str(), john.active), ("1", true));
    assert_eq!(john.password_hash.unwrap().as_str(), "h");
    assert!(users.by_id(&"1".into()).await.is_err(), "only afterwards");
}

#[tokio::test]
async fn a_sample_is_as_the_whole_table_is() {
    let ids = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60000)";
    for (kind, id) in [
        ("INTEGER", "n"),
        ("INTEGER", "CASE n WHEN 60000 THEN 9000000000000000 ELSE n END"),
        ("INTEGER", "CASE n WHEN 1 THEN -1 ELSE 40000000 + n * 7 END"),
        ("TEXT", "printf('01jd%08x-7000-8000', n * 1000)"),
        ("TEXT", "printf('%08x@example.com', n * 2654435761 % 4294967296)"),
    ] {
        let foreign = Foreign::of(&format!(
            "CREATE TABLE members (id {kind} PRIMARY KEY, login TEXT, hash TEXT);
             {ids} INSERT INTO members SELECT {id}, 'user' || n, CASE WHEN n <= 3000 THEN 'old' ELSE 'new' END FROM n"
        ));
        let users = foreign.opened(members()).await.unwrap();
        let sample = users.sample_hashes(1_000).await.unwrap();
        let old = sample.iter().filter(|hash| hash.as_str() == "old").count();
        assert!((250..=1_000).contains(&sample.len()), "{id}: {}", sample.len());
        let share = old * 100 / sample.len();
        assert!(
            (1..=12).contains(&share),
            "5 % of {id} are old: {share} % of {}",
            sample.len()
        );
        assert_eq!(users.sample_hashes(1_000).await.unwrap(), sample, "always the same");
        assert!(users.sample_hashes(3).await.unwrap().len() <= 3);
    }
}

#[tokio::test]
async fn a_row_with_a_null_or_broken_value_is_that_rows_matter_alone() {
    let foreign = Foreign::of(
        "CREATE TABLE members (id INTEGER PRIMARY KEY, login TEXT, hash TEXT, epoch TEXT, active);
         INSERT INTO members VALUES (1, 'null', NULL, '1', NULL), (2, 'garbage', 'not a hash', 'soon', 1),
             (3, 'empty', '', '3', 1), (4, 'good', 'x', '4', 1)",
    );
    let mapping = Mapping {
        epoch: Some("epoch".into()),
        active: Some("active".into()),
        ..members()
    };
    let users = foreign.opened(mapping).await.unwrap();
    let null = users.by_login("null").await.unwrap().unwrap();
    assert!(null.password_hash().is_none() && !null.is_active());
    assert!(
        users
            .by_login("empty")
            .await
            .unwrap()
            .unwrap()
            .password_hash()
            .is_none()
    );
    let Err(StoreError::Corrupt(cause)) = users.by_login("garbage").await else {
        panic!("an epoch that is no number")
    };
    assert_eq!(cause.to_string(), "members.epoch is no whole number in the row 2");
    assert!(users.by_login("good").await.unwrap().is_some());
}

#[tokio::test]
async fn a_schema_that_changed_under_us_is_an_error_and_no_panic() {
    let foreign = Foreign::of(DJANGO);
    let users = foreign.django(Stage::WriteBack, None).await;
    foreign.change("ALTER TABLE auth_user RENAME COLUMN password TO secret");
    let Err(StoreError::Corrupt(cause)) = users.by_login("johndoe").await else {
        panic!("a column that is gone")
    };
    assert_eq!(cause.to_string(), "the database refuses a statement");
    foreign.change("ALTER TABLE auth_user RENAME COLUMN secret TO password");
    assert!(users.by_login("johndoe").await.unwrap().is_some(), "and it goes on");
}

#[tokio::test]
async fn a_hash_is_swapped_only_if_it_is_the_one_seen() {
    let foreign = Foreign::of(DJANGO);
    let users = foreign.django(Stage::WriteBack, None).await;
    let john = users.by_login("johndoe").await.unwrap().unwrap();
    let seen = john.password_hash().unwrap();
    let other = HashString::new("pbkdf2_sha256$9$other$hash");
    let new = HashString::new("pbkdf2_sha256$2$salt$new");
    assert!(!users.swap_hash(&john.id(), &other, &new).await.unwrap());
    let generation = users.generation();
    assert!(users.swap_hash(&john.id(), seen, &new).await.unwrap());
    assert!(users.generation() > generation);
    assert_eq!(
        foreign.text("SELECT password FROM auth_user WHERE id = 7"),
        new.as_str()
    );
    assert_eq!(
        foreign.text("SELECT count(*) || '' FROM auth_user WHERE password LIKE '%new'"),
        "1"
    );
}

#[tokio::test]
async fn a_hash_that_the_column_cannot_hold_is_not_written() {
    let foreign = Foreign::of(DJANGO);
    let users = foreign.django(Stage::WriteBack, None).await;
    let john = users.by_login("johndoe").await.unwrap().unwrap();
    let seen = john.password_hash().unwrap();
    let long = HashString::new("x".repeat(129));
    let Err(StoreError::Corrupt(cause)) = users.swap_hash(&john.id(), seen, &long).await else {
        panic!("a hash that is cut would lock the user out")
    };
    assert_eq!(
        cause.to_string(),
        "auth_user.password takes at most 128 characters, and the new hash is longer"
    );
    assert!(
        users
            .swap_hash(&john.id(), seen, &HashString::new("x".repeat(128)))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn another_password_ends_older_tokens_and_an_upgraded_hash_does_not() {
    let foreign = Foreign::of(DJANGO);
    let beside = Database::temporary().await.unwrap();
    let users = foreign.django(Stage::WriteBack, Some(beside.clone())).await;
    let john = users.by_login("johndoe").await.unwrap().unwrap();
    let upgraded = HashString::new("pbkdf2_sha256$2$salt$upgraded");
    assert!(
        users
            .swap_hash(&john.id(), john.password_hash().unwrap(), &upgraded)
            .await
            .unwrap()
    );
    let after = users.by_id(&john.id()).await.unwrap().unwrap();
    assert_eq!(after.password_hash().unwrap().as_str(), upgraded.as_str());
    assert_eq!(after.token_epoch(), john.token_epoch());
    // Another process of ours, which has the same database beside.
    let other = foreign.django(Stage::ReadOnly, Some(beside)).await;
    let seen = other.by_id(&john.id()).await.unwrap().unwrap();
    assert_eq!(seen.token_epoch(), john.token_epoch());

    foreign.change("UPDATE auth_user SET password = 'pbkdf2_sha256$2$salt$elsewhere' WHERE id = 7");
    let changed_there = users.by_id(&john.id()).await.unwrap().unwrap();
    assert_ne!(changed_there.token_epoch(), john.token_epoch());
    let change = AccountChange {
        password_hash: Some(HashString::new("pbkdf2_sha256$2$salt$here")),
        only_if_hash: changed_there.password_hash().cloned(),
        ..AccountChange::default()
    };
    let changed_here = users.update(&john.id(), &change).await.unwrap().unwrap();
    assert_ne!(changed_here.token_epoch(), changed_there.token_epoch());
    assert!(users.update(&john.id(), &change).await.unwrap().is_none(), "once");
}

#[tokio::test]
async fn another_password_ends_older_tokens_also_where_the_table_counts_itself() {
    let foreign = Foreign::of(
        "CREATE TABLE members (id INTEGER PRIMARY KEY, login TEXT, hash TEXT, version INTEGER);
         INSERT INTO members VALUES (1, 'john', 'old', 4), (2, 'none', NULL, 4), (3, 'null', 'h', NULL)",
    );
    let mapping = Mapping {
        epoch: Some("version".into()),
        ..members()
    };
    let beside = Database::temporary().await.unwrap();
    let users = ForeignUsers::open(&foreign.url(), mapping, Stage::WriteBack, Some(beside))
        .await
        .unwrap();
    let john = UserId::from("1");
    let epoch = async || users.by_id(&john).await.unwrap().unwrap().token_epoch();
    let first = epoch().await;
    let (seen, upgraded) = (HashString::new("old"), HashString::new("upgraded"));
    assert!(users.swap_hash(&john, &seen, &upgraded).await.unwrap());
    assert_eq!(epoch().await, first, "the same password");
    let change = AccountChange {
        password_hash: Some(HashString::new("another")),
        ..AccountChange::default()
    };
    users.update(&john, &change).await.unwrap().unwrap();
    let second = epoch().await;
    assert_ne!(second, first, "changed here");
    foreign.change("UPDATE members SET version = 5 WHERE id = 1");
    assert_ne!(epoch().await, second, "counted up there");
    foreign.change("UPDATE members SET version = 4, hash = 'old' WHERE id = 1");
    assert_eq!(epoch().await, first, "made of the two alone");
    assert_eq!(users.by_login("none").await.unwrap().unwrap().token_epoch(), 4);
    assert_ne!(users.by_login("null").await.unwrap().unwrap().token_epoch(), 0);
}

#[tokio::test]
async fn what_the_other_application_owns_is_changed_there() {
    let foreign = Foreign::of(DJANGO);
    let users = foreign.django(Stage::WriteBack, None).await;
    let id = UserId::from("7");
    let change = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    assert!(matches!(
        users.update(&id, &change).await,
        Err(StoreError::Unsupported(_))
    ));
    assert!(matches!(users.delete(&id).await, Err(StoreError::Unsupported(_))));
    let new = portcullis_core::Account::new("new");
    assert!(matches!(users.insert(&new).await, Err(StoreError::Unsupported(_))));
}

#[tokio::test]
async fn other_frameworks_are_known_by_their_tables() {
    for (name, sql, login, scopes) in [
        (
            "flask-security",
            "CREATE TABLE user (id INTEGER PRIMARY KEY, email TEXT, username TEXT, password TEXT, active BOOLEAN,
                 fs_uniquifier TEXT);
             CREATE TABLE role (id INTEGER PRIMARY KEY, name TEXT);
             CREATE TABLE roles_users (user_id INTEGER, role_id INTEGER);
             INSERT INTO user VALUES (1, 'john@example.com', 'john', 'h', 1, 'u');
             INSERT INTO role VALUES (1, 'admin'); INSERT INTO roles_users VALUES (1, 1)",
            "John@Example.com",
            "admin",
        ),
        (
            "fastapi-users",
            "CREATE TABLE user (id CHAR(36) PRIMARY KEY, email TEXT, hashed_password TEXT, is_active BOOLEAN,
                 is_superuser BOOLEAN, is_verified BOOLEAN);
             INSERT INTO user VALUES ('9d2d', 'john@example.com', 'h', 1, 1, 1)",
            "john@example.com",
            "superuser",
        ),
        (
            "laravel",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, password TEXT, remember_token TEXT,
                 deleted_at TEXT);
             INSERT INTO users VALUES (1, 'John Doe', 'john@example.com', 'h', NULL, NULL)",
            "john@example.com",
            "",
        ),
        (
            "devise",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, encrypted_password TEXT, locked_at TEXT);
             INSERT INTO users VALUES (1, 'john@example.com', 'h', NULL)",
            "john@example.com",
            "",
        ),
        (
            "wordpress",
            "CREATE TABLE wp7_users (ID INTEGER PRIMARY KEY, user_login TEXT, user_pass TEXT, user_email TEXT,
                 display_name TEXT);
             CREATE TABLE wp7_usermeta (umeta_id INTEGER PRIMARY KEY, user_id INTEGER, meta_key TEXT, meta_value TEXT);
             INSERT INTO wp7_users VALUES (1, 'john', 'h', 'john@example.com', 'John Doe');
             INSERT INTO wp7_usermeta VALUES (1, 1, 'wp7_capabilities', 'a:1:{s:6:\"editor\";b:1;}')",
            "john@example.com",
            "editor",
        ),
        (
            "supabase",
            "CREATE TABLE users (instance_id TEXT, id TEXT PRIMARY KEY, aud TEXT, email TEXT, encrypted_password TEXT,
                 email_confirmed_at TEXT, banned_until TEXT, deleted_at TEXT);
             INSERT INTO users VALUES ('', 'a1', 'authenticated', 'john@example.com', 'h', '2024-01-01', '2024-01-01', NULL),
                 ('', 'a2', 'authenticated', 'banned@example.com', 'h', '2024-01-01', '9999-01-01', NULL)",
            "John@example.com",
            "",
        ),
        (
            "asp-net",
            r#"CREATE TABLE "AspNetUsers" ("Id" TEXT PRIMARY KEY, "UserName" TEXT, "NormalizedUserName" TEXT, "Email" TEXT,
                 "PasswordHash" TEXT, "SecurityStamp" TEXT, "LockoutEnd" TEXT, "LockoutEnabled" INTEGER);
             CREATE TABLE "AspNetRoles" ("Id" TEXT PRIMARY KEY, "Name" TEXT);
             CREATE TABLE "AspNetUserRoles" ("UserId" TEXT, "RoleId" TEXT);
             INSERT INTO "AspNetUsers" VALUES ('a1', 'john', 'JOHN', 'john@example.com', 'h', 's', NULL, 1),
                 ('a2', 'banned', 'BANNED', 'b@example.com', 'h', 's', '9999-12-31 23:59:59.9999999+00:00', 1);
             INSERT INTO "AspNetRoles" VALUES ('r', 'Admin'); INSERT INTO "AspNetUserRoles" VALUES ('a1', 'r')"#,
            "JOHN",
            "Admin",
        ),
        (
            "grafana",
            r#"CREATE TABLE "user" (id INTEGER PRIMARY KEY, version INTEGER, login TEXT, email TEXT, name TEXT, password TEXT,
                 salt TEXT, rands TEXT, org_id INTEGER, is_admin INTEGER, is_disabled INTEGER);
             INSERT INTO "user" VALUES (1, 0, 'john', 'john@example.com', 'John', 'h', 's', 'r', 1, 1, 0),
                 (2, 0, 'banned', 'banned@example.com', 'B', 'h', 's', 'r', 1, 0, 1)"#,
            "John@Example.com",
            "admin",
        ),
        (
            "gitea",
            r#"CREATE TABLE "user" (id INTEGER PRIMARY KEY, lower_name TEXT, name TEXT, full_name TEXT, email TEXT, passwd TEXT,
                 passwd_hash_algo TEXT, salt TEXT, type INTEGER, is_active INTEGER, is_admin INTEGER, prohibit_login INTEGER);
             INSERT INTO "user" VALUES (1, 'john', 'John', '', 'john@example.com', 'h', 'pbkdf2$50000$50', 's', 0, 1, 0, 0),
                 (2, 'banned', 'Banned', '', 'banned@example.com', 'h', 'pbkdf2$50000$50', 's', 0, 1, 0, 1)"#,
            "John",
            "",
        ),
        (
            "authlogic",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, email TEXT, crypted_password TEXT, password_salt TEXT,
                 persistence_token TEXT, active BOOLEAN);
             INSERT INTO users VALUES (1, 'john', 'john@example.com', 'h', 's', 'p', 1), (2, 'banned', '', 'h', 's', 'p', 0)",
            "john@example.com",
            "",
        ),
    ] {
        let foreign = Foreign::of(sql);
        let (framework, mapping) = Framework::recognised(&look(&foreign.url()).await.unwrap()).expect(name);
        assert_eq!(framework.name, name);
        let users = foreign.opened(mapping).await.unwrap();
        let user = users.by_login(login).await.unwrap().expect(name);
        assert!(user.is_active(), "{name}");
        assert_eq!(user.scopes().as_str(), scopes, "{name}");
        for banned in ["banned", "banned@example.com"] {
            let user = users.by_login(banned).await.unwrap();
            assert!(user.is_none_or(|user| !user.is_active()), "{name}");
        }
    }
    let nobody = Foreign::of("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)");
    assert!(Framework::recognised(&look(&nobody.url()).await.unwrap()).is_none());
}

#[tokio::test]
async fn a_wordpress_that_is_not_known_to_be_new_gets_what_every_version_reads() {
    let users = "CREATE TABLE wp7_users (ID INTEGER PRIMARY KEY, user_login TEXT, user_pass TEXT, user_email TEXT);";
    let options = "CREATE TABLE wp7_options (option_id INTEGER PRIMARY KEY, option_name TEXT, option_value TEXT);
        INSERT INTO wp7_options VALUES (1, 'siteurl', 'https://example.com')";
    let revision = |text: &str| format!("{options}, (2, 'db_version', '{text}');");
    for (more, expected) in [
        (String::new(), Origin::WordPressBefore68),
        (options.to_owned(), Origin::WordPressBefore68),
        (revision("53496"), Origin::WordPressBefore68), // 6.1
        (revision("58975"), Origin::WordPressBefore68), // 6.7, and 6.8
        (revision("garbage"), Origin::WordPressBefore68),
        (revision("60421"), Origin::WordPress), // 6.8.2
        (revision("61833"), Origin::WordPress), // 7.1
    ] {
        let foreign = Foreign::of(&format!("{users}{more}"));
        let (framework, mapping) = Framework::recognised(&look(&foreign.url()).await.unwrap()).expect("WordPress");
        let origin = framework.origin(&foreign.url(), &mapping).await.unwrap();
        assert_eq!(origin, Some(expected), "{more}");
    }
    let django = Framework::named("django").expect("known");
    let nowhere = django
        .origin("sqlite:/nowhere.db", &Mapping::new("a", "b", "c", "d"))
        .await;
    assert_eq!(nowhere.unwrap(), Some(Origin::Django), "nobody was asked");
}

#[tokio::test]
async fn hundreds_of_scopes_are_kept() {
    let foreign = Foreign::of(DJANGO);
    foreign.change(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 500)
         INSERT INTO auth_permission SELECT 100 + n, 1, printf('can_do_something_that_is_long_%d', n), '' FROM n",
    );
    let (_, mapping) = Framework::recognised(&look(&foreign.url()).await.unwrap()).unwrap();
    let users = foreign.opened(mapping).await.unwrap();
    let root = users.by_login("root").await.unwrap().unwrap();
    assert_eq!(root.scopes().iter().count(), 503);
    assert!(root.scopes().contains("blog.can_do_something_that_is_long_99"));
}

#[tokio::test]
async fn what_nothing_uses_and_what_is_missing_is_told() {
    let foreign = Foreign::of(
        "CREATE TABLE members (id INTEGER PRIMARY KEY, login TEXT, email TEXT UNIQUE, hash TEXT, banned INTEGER, seen BLOB,
             is_on INTEGER);
         CREATE INDEX partial ON members (login) WHERE login <> '';
         INSERT INTO members VALUES (1, 'john', 'j', 'h', 1, x'ff00ff', 1)",
    );
    let mapping = Mapping {
        logins: vec!["login".into(), "email".into()],
        active: Some("\"is_on\" = 1".into()),
        ..members()
    };
    let users = foreign.opened(mapping.clone()).await.unwrap();
    let unused = users.unused_columns(9).await.unwrap();
    let unused: Vec<_> = unused
        .iter()
        .map(|column| (column.name.as_str(), column.samples.len()))
        .collect();
    assert_eq!(unused, [("banned", 1), ("seen", 0)]);
    let wanted = "CREATE INDEX \"members_login_login\" ON \"members\" (\"login\")";
    assert_eq!(users.missing_indexes(), [wanted]);
    foreign.change(wanted);
    assert_eq!(
        foreign.opened(mapping.clone()).await.unwrap().missing_indexes(),
        [""; 0]
    );
    let folded = Mapping {
        login_match: LoginMatch::Folded,
        ..mapping
    };
    let missing = foreign.opened(folded.clone()).await.unwrap().missing_indexes();
    assert_eq!(missing.len(), 2, "{missing:?}");
    foreign.change("CREATE UNIQUE INDEX folded ON members (lower(login))");
    let missing = foreign.opened(folded).await.unwrap().missing_indexes();
    assert_eq!(
        missing,
        ["CREATE INDEX \"members_email_login\" ON \"members\" (lower(\"email\"))"]
    );
}
