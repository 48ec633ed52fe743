//! Whether time tells one class of logins from another: ranks of interleaved tries, over a store in SQLite.
//!
//! Of each class is told in which share of all pairs (one try of it, one with an unknown name) it took longer, ties by half
//! (Mann and Whitney's U over n·m): 0.5 where nothing tells them apart. Unknown names stand among the classes too, as what
//! chance alone makes of it.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use portcullis_core::jose::SigningKey;
use portcullis_core::password::schemes;
use portcullis_core::{
    Account, AccountStore, Attempt, Auth, Credentials, HashString, LoginError, MemoryThrottle, Password, Passwords,
};
use portcullis_sql::SqliteUsers;

use crate::table::{Table, median};

/// How often each class is tried where nothing is said (`--tries N`).
const TRIES: usize = 2_000;

/// Tries that go before those of closed accounts, which take microseconds.
const WARM_UP: usize = 500;

/// Accounts of each kind.
const ACCOUNTS: usize = 20;

type Done<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A kind of login.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Unknown,
    Control,
    Wrong,
    Disabled,
}

impl Class {
    const ALL: [Self; 4] = [Self::Unknown, Self::Control, Self::Wrong, Self::Disabled];

    const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown name",
            Self::Control => "unknown name, again",
            Self::Wrong => "wrong password",
            Self::Disabled => "disabled, right password",
        }
    }

    /// The n-th try.
    fn credentials(self, n: usize, of_few: bool) -> (String, String) {
        let account = n % ACCOUNTS;
        let unknown = if of_few { account } else { n };
        match self {
            Self::Unknown => (format!("nobody{unknown:05}"), format!("kqzvt {n}")),
            Self::Control => (format!("noone{unknown:05}"), format!("kqzvt {n}")),
            Self::Wrong => (format!("user{account:05}"), format!("kqzvt {n}")),
            Self::Disabled => (format!("gone{account:05}"), "right".to_owned()),
        }
    }
}

pub fn run() -> io::Result<()> {
    let tries = tries()?;
    println!(
        "\nTime by class of login, {tries} tries each, interleaved; the share of pairs in which it is slower than an unknown name"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(measure(tries)).map_err(io::Error::other)
}

/// `--tries N`, or [`TRIES`].
fn tries() -> io::Result<usize> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--tries").skip(1);
    match arguments.next().map(|count| count.parse()) {
        None => Ok(TRIES),
        Some(Ok(count)) if count > 0 => Ok(count),
        Some(_) => Err(io::Error::other("--tries takes a number from 1")),
    }
}

async fn measure(tries: usize) -> Done<()> {
    let mut table = Table::new(["stored", "class", "median", "slower than unknown", "told apart"]);
    let formats: [(&str, Passwords); 4] = [
        ("Argon2id, 19 MiB, t=2", Passwords::recommended()),
        ("bcrypt, cost 8", Passwords::new(schemes::Bcrypt::new(8)?)),
        (
            "PBKDF2-SHA256, 29,000",
            Passwords::new(schemes::Pbkdf2Sha256::new(29_000)?),
        ),
        ("scrypt, 2^13", Passwords::new(schemes::Scrypt::new(13, 8, 1)?)),
    ];
    for (format, stored) in formats {
        let users = filled(&stored).await?;
        let auth = builder(users.clone())?.build()?;
        let times = interleaved(&auth, tries, &Class::ALL, false).await;
        report(&mut table, format, &Class::ALL, &times);
        users.close().await;
    }
    let users = filled(&Passwords::new(schemes::Bcrypt::new(4)?)).await?;
    let auth = builder(users.clone())?.throttle(MemoryThrottle::new()).build()?;
    let closed = [Class::Unknown, Class::Control, Class::Wrong];
    for class in closed {
        // From one network, until nothing is left.
        let mut n = 0;
        while n < 6 * ACCOUNTS {
            log_in(&auth, class.credentials(n, true)).await;
            n += 1;
        }
    }
    // Some go before those that are measured, lest the first tell how a process grows warm.
    interleaved(&auth, tries.min(WARM_UP), &closed, true).await;
    let times = interleaved(&auth, tries, &closed, true).await;
    report(&mut table, "throttled (bcrypt, cost 4)", &closed, &times);
    users.close().await;
    table.print();
    println!(
        "  told apart: beyond three standard deviations of chance, {:.3}",
        bound(tries)
    );
    Ok(())
}

/// Accounts whose hashes are all made so, half of them disabled.
async fn filled(stored: &Passwords) -> Done<SqliteUsers> {
    let users = SqliteUsers::temporary().await?;
    for (name, disabled) in [("user", false), ("gone", true)] {
        for n in 0..ACCOUNTS {
            let hash: HashString = stored.hash(&Password::from("right"))?;
            let account = Account::new(format!("{name}{n:05}")).with_disabled(disabled);
            users.insert(&account.with_password_hash(hash)).await?;
        }
    }
    Ok(users)
}

fn builder(users: SqliteUsers) -> Done<portcullis_core::AuthBuilder<Account>> {
    let key = SigningKey::hs256(crate::process::SECRET)?;
    Ok(Auth::builder(key, users).refuse_inactive_logins())
}

async fn log_in(auth: &Auth, (name, password): (String, String)) -> Duration {
    let credentials = Credentials::new(name, Password::from(password));
    let begun = Instant::now();
    let outcome = auth.log_in_for(credentials, None, &Attempt::default()).await;
    let took = begun.elapsed();
    debug_assert!(matches!(outcome, Err(LoginError::Refused | LoginError::Throttled(_))));
    took
}

/// The times of each class, one try of each after the other, in another order each round.
async fn interleaved(auth: &Auth, tries: usize, classes: &[Class], of_few: bool) -> Vec<Vec<Duration>> {
    let mut times = vec![Vec::with_capacity(tries); classes.len()];
    for n in 0..tries {
        for place in 0..classes.len() {
            // Forwards and backwards, from another one each round: nobody is always behind the same one.
            let turn = if n % 2 == 0 { place } else { classes.len() - 1 - place };
            let at = (turn + n / 2) % classes.len();
            times[at].push(log_in(auth, classes[at].credentials(n, of_few)).await);
        }
    }
    times
}

fn report(table: &mut Table<5>, format: &str, classes: &[Class], times: &[Vec<Duration>]) {
    let unknown = &times[0];
    for (class, own) in classes.iter().zip(times) {
        let share = slower(own, unknown);
        let is_apart = (share - 0.5).abs() > bound(own.len());
        let of_itself = *class == Class::Unknown;
        table.row([
            format.into(),
            class.name().into(),
            format!("{:.3} ms", median(own.iter().map(|time| time.as_secs_f64() * 1e3))),
            if of_itself {
                String::new()
            } else {
                format!("{share:.3}")
            },
            if of_itself {
                ""
            } else if is_apart {
                "YES"
            } else {
                "no"
            }
            .into(),
        ]);
    }
}

/// In which share of all pairs one of the first took longer than one of the second, ties by half.
fn slower(one: &[Duration], other: &[Duration]) -> f64 {
    let mut sorted = other.to_vec();
    sorted.sort_unstable();
    let below = |time: &Duration| {
        let shorter = sorted.partition_point(|other| other < time);
        let not_longer = sorted.partition_point(|other| other <= time);
        (shorter + not_longer) as f64 / 2.0
    };
    one.iter().map(below).sum::<f64>() / (one.len() * sorted.len()) as f64
}

/// How far from a half chance leads: three standard deviations of U over n·n for two samples of one kind.
fn bound(tries: usize) -> f64 {
    let n = tries as f64;
    3.0 * ((2.0 * n + 1.0) / (12.0 * n * n)).sqrt()
}
