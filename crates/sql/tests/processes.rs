//! Several processes at one file, and processes that are killed.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
#![cfg(unix)]

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use portcullis_core::{Account, AccountChange, AccountStore, User, UserId, UserStore};
use portcullis_sql::rusqlite::Connection;
use portcullis_sql::{OpenError, SqliteUsers};

const ROLE: &str = "PORTCULLIS_TEST_ROLE";
const FILE: &str = "PORTCULLIS_TEST_FILE";

/// What the other process does: this test binary once more, told by the environment.
#[test]
#[ignore = "started by the other tests of this file"]
fn other_process() {
    let (Ok(role), Ok(path)) = (env::var(ROLE), env::var(FILE)) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    match role.split_once(' ').expect("a role and a name") {
        ("open", name) => runtime.block_on(open_and_insert(&path, name)),
        ("disable", name) => runtime.block_on(disable(&path, name)),
        ("write", name) => runtime.block_on(write_for_ever(&path, name)),
        ("refused", _) => runtime.block_on(read_only(Path::new(&path))),
        other => panic!("{other:?}"),
    }
}

fn start_with(program: &Path, role: &str, path: &Path) -> Command {
    let mut command = Command::new(program);
    command.args([
        "--exact",
        "other_process",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    command
        .env(ROLE, role)
        .env(FILE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}

fn start(role: &str, path: &Path) -> Child {
    start_with(&env::current_exe().expect("this binary"), role, path)
        .spawn()
        .expect("starts")
}

async fn open_and_insert(path: &str, name: &str) {
    let users = SqliteUsers::open(path).await.expect("opens");
    users.insert(&Account::new(name)).await.expect("stored");
}

async fn disable(path: &str, name: &str) {
    let users = SqliteUsers::open(path).await.expect("opens");
    let change = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    assert!(
        users
            .update(&UserId::new(name), &change)
            .await
            .expect("stored")
            .is_some()
    );
}

/// Inserts accounts and counts their epochs up, and says so after each answer.
async fn write_for_ever(path: &str, round: &str) {
    let users = SqliteUsers::open(path).await.expect("opens");
    let say = |name: &str, epoch: u64| {
        // One system call, so that a line is either said or not.
        std::io::stdout()
            .write_all(format!("\nanswered {name} {epoch}\n").as_bytes())
            .expect("said");
        std::io::stdout().flush().expect("said");
    };
    let mut tasks = Vec::new();
    for task in 0..8 {
        let (users, round) = (users.clone(), round.to_owned());
        tasks.push(tokio::spawn(async move {
            for n in 0_u64.. {
                let name = format!("r{round}t{task}n{n}");
                users.insert(&Account::new(name.as_str())).await.expect("stored");
                say(&name, 0);
                for epoch in 1..=n % 3 {
                    let change = AccountChange {
                        end_tokens: true,
                        ..AccountChange::default()
                    };
                    users
                        .update(&UserId::new(name.as_str()), &change)
                        .await
                        .expect("stored");
                    say(&name, epoch);
                }
            }
        }));
    }
    for task in tasks {
        task.await.expect("goes on until killed");
    }
}

#[test]
fn processes_that_open_a_new_file_at_once_migrate_it_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.db");
        let children: Vec<Child> = (0..4).map(|n| start(&format!("open n{n}"), &path)).collect();
        for child in children {
            let output = child.wait_with_output().expect("ends");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
        let made = Connection::open(&path).expect("opens");
        let count = |sql: &str| made.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("counted");
        assert_eq!(count("SELECT count(*) - max(step) FROM portcullis_migrations"), 0);
        assert_eq!(count("SELECT count(*) FROM portcullis_accounts"), 4);
    }
}

#[tokio::test]
async fn a_change_by_another_process_is_seen_by_the_next_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    let users = SqliteUsers::open(&path).await.expect("opens");
    users.insert(&Account::new("johndoe")).await.expect("stored");
    assert!(
        users
            .by_login("johndoe")
            .await
            .expect("read")
            .expect("there")
            .is_active()
    );
    assert!(start("disable johndoe", &path).wait().expect("ends").success());
    assert!(
        !users
            .by_login("johndoe")
            .await
            .expect("read")
            .expect("there")
            .is_active()
    );
}

/// What was answered, read from the child until `enough` answers came; then the child is killed.
fn answered_until_killed(mut child: Child, enough: usize, known: &mut HashMap<String, u64>) -> usize {
    let mut said = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    let mut count = 0;
    while count < enough && said.read_line(&mut line).expect("read") > 0 {
        count += usize::from(note(&line, known));
        line.clear();
    }
    child.kill().expect("killed");
    // What it had said before it died, it had answered.
    let mut rest = String::new();
    said.read_to_string(&mut rest).expect("read");
    count += rest.split_inclusive('\n').filter(|line| note(line, known)).count();
    let status = child.wait().expect("ends");
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(9),
        "it ended by itself: {status}"
    );
    count
}

fn note(line: &str, known: &mut HashMap<String, u64>) -> bool {
    let whole = line.strip_suffix('\n').and_then(|line| line.strip_prefix("answered "));
    let Some((name, epoch)) = whole.and_then(|line| line.split_once(' ')) else {
        return false;
    };
    let epoch = epoch.parse().expect("a number");
    let last = known.entry(name.to_owned()).or_insert(epoch);
    *last = epoch.max(*last);
    true
}

#[test]
fn nothing_that_was_answered_is_lost_by_fifty_kills() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    let mut known = HashMap::new();
    let mut answers = 0;
    for round in 0..50_u64 {
        let child = start(&format!("write {round}"), &path);
        if round % 5 == 0 {
            // While it opens, migrates or recovers what the last one left.
            std::thread::sleep(Duration::from_millis(round));
            answers += answered_until_killed(child, 0, &mut known);
        } else {
            let enough = usize::try_from(round * 7919 % 397).expect("small");
            answers += answered_until_killed(child, enough, &mut known);
        }
        let Some(stored) = stored(&path) else {
            assert!(known.is_empty(), "round {round}: the table is gone");
            continue;
        };
        for (name, epoch) in &known {
            let found = stored.get(name);
            assert!(
                found >= Some(epoch),
                "round {round}: {name} was answered at epoch {epoch} and is at {found:?}"
            );
        }
    }
    assert!(answers > 2000, "only {answers} writes were answered before the kills");
}

/// Every account's epoch as it is in the file; `None` while there is no table yet.
fn stored(path: &Path) -> Option<HashMap<String, u64>> {
    let file = Connection::open(path).expect("opens");
    let sound: String = file
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("checked");
    assert_eq!(sound, "ok");
    let mut statement = file.prepare("SELECT id, token_epoch FROM portcullis_accounts").ok()?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))
        .expect("read");
    Some(
        rows.map(|row| {
            row.map(|(id, epoch)| (id, u64::try_from(epoch).expect("positive")))
                .expect("read")
        })
        .collect(),
    )
}

fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
}

/// Each place that cannot be written: a new file, a file, and a file whose log cannot be made.
async fn read_only(folder: &Path) {
    for place in ["shut/new.db", "open/shut.db", "shut/open.db"] {
        let error = SqliteUsers::open(folder.join(place)).await.expect_err(place);
        assert!(matches!(error, OpenError::ReadOnly(_)), "{place}: {error:?}");
        assert!(
            error
                .to_string()
                .contains("check the owner and mode of the file and its folder"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_called_so() {
    let folder = tempfile::tempdir().expect("a folder");
    mode(folder.path(), 0o755);
    // Outside of a home folder, which another user may not enter.
    let program = folder.path().join("program");
    fs::copy(env::current_exe().expect("this binary"), &program).expect("copied");
    mode(&program, 0o755);
    for name in ["open", "shut"] {
        let place = folder.path().join(name);
        fs::create_dir(&place).expect("made");
        SqliteUsers::open(place.join(format!("{name}.db")))
            .await
            .expect("opens")
            .close()
            .await;
    }
    fs::rename(folder.path().join("open/open.db"), folder.path().join("shut/open.db")).expect("moved");
    fs::rename(folder.path().join("shut/shut.db"), folder.path().join("open/shut.db")).expect("moved");
    mode(&folder.path().join("shut/open.db"), 0o666);
    mode(&folder.path().join("open/shut.db"), 0o444);
    mode(&folder.path().join("open"), 0o777);
    mode(&folder.path().join("shut"), 0o555);
    let mut command = start_with(&program, "refused x", folder.path());
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        // Nothing is shut to root: the other process is nobody.
        std::os::unix::process::CommandExt::uid(&mut command, 65534);
    }
    let output = command.output().expect("runs");
    mode(&folder.path().join("shut"), 0o755);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}
