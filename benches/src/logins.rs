//! What a login costs beside its hash: logins per second through `Auth`, against the raw primitive on as many threads.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portcullis::core::jose::SigningKey;
use portcullis::core::password::schemes;
use portcullis::core::{Account, Auth, AuthBuilder, Credentials, GateSettings, MemoryUsers, Password, Passwords};
use portcullis_sql::{Database, SqliteAudit, SqliteThrottle};

use crate::table::{Table, median};

const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_secs(4);
const CLIENTS: usize = 8;

/// Runs `work` on `threads` threads for `time`; gives how often a second it was done.
fn raw(threads: usize, time: Duration, work: impl Fn() + Send + Sync) -> f64 {
    let (done, start) = (AtomicU64::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while start.elapsed() < time {
                    work();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

/// Logins a second while eight clients, each with an account, log in without pause.
async fn logins(auth: &Auth, time: Duration) -> f64 {
    let (done, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (auth, done) = (auth.clone(), done.clone());
            tokio::spawn(async move {
                while start.elapsed() < time {
                    let credentials = Credentials::new(name(client), Password::from("secret"));
                    if auth.log_in(credentials).await.is_ok() {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    for client in clients {
        let _ = client.await;
    }
    done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

fn name(client: usize) -> String {
    format!("johndoe{client}")
}

fn builder(passwords: Passwords, threads: usize) -> io::Result<AuthBuilder<Account>> {
    let hash = passwords.hash(&Password::from("secret")).map_err(io::Error::other)?;
    let users = (0..CLIENTS).map(|client| Account::new(name(client)).with_password_hash(hash.clone()));
    let users = MemoryUsers::from_iter(users);
    let key = SigningKey::hs256(crate::process::SECRET).map_err(io::Error::other)?;
    // One thread is the pool's own floor thread, which a pool that gets its time never uses.
    let settings = GateSettings {
        threads,
        ..GateSettings::default()
    };
    Ok(Auth::builder(key, users).passwords(passwords).hashing(settings))
}

/// What is tried is remembered and what happens is written down, both durably.
async fn guarded(builder: AuthBuilder<Account>, folder: &Path) -> Result<Auth, Box<dyn Error + Send + Sync>> {
    let database = Database::open(folder.join("door.db")).await?;
    let throttle = SqliteThrottle::on(database.clone()).await?;
    let audit = SqliteAudit::on(database).await?;
    Ok(builder.throttle(throttle).audit(audit).build()?)
}

pub fn run() -> io::Result<()> {
    let threads = GateSettings::default().threads;
    println!(
        "\n(c) logins per second through Auth, {CLIENTS} clients, against the raw primitive on the same {threads} thread(s)"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut table = Table::new(["", "raw/s", "logins/s", "ratio", "throttle, audit", "ratio"]);
    let bcrypt = || {
        std::hint::black_box(bcrypt::bcrypt(12, [7; 16], b"secret\0"));
    };
    let params = argon2::Params::new(19_456, 2, 1, Some(32)).map_err(|error| io::Error::other(error.to_string()))?;
    let hasher = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let argon = || {
        let mut tag = [0; 32];
        let _ = hasher.hash_password_into(b"secret", &[7; 16], &mut tag);
        std::hint::black_box(tag);
    };
    let bcrypt_context = Passwords::new(schemes::Bcrypt::default());
    let cases: [(&str, Passwords, &(dyn Fn() + Send + Sync)); 2] = [
        ("bcrypt, cost 12", bcrypt_context, &bcrypt),
        ("Argon2id, 19 MiB, t=2, p=1", Passwords::recommended(), &argon),
    ];
    for (name, passwords, primitive) in cases {
        let auth = builder(passwords.clone(), threads)?.build().map_err(io::Error::other)?;
        let folder = tempfile::tempdir()?;
        let door = guarded(builder(passwords, threads)?, folder.path());
        let door = runtime.block_on(door).map_err(io::Error::other)?;
        let (mut floor, mut ours, mut held) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            floor.push(raw(threads, TIME, primitive));
            ours.push(runtime.block_on(logins(&auth, TIME)));
            held.push(runtime.block_on(logins(&door, TIME)));
        }
        let (floor, ours, held) = (median(floor), median(ours), median(held));
        table.row([
            name.into(),
            format!("{floor:.2}"),
            format!("{ours:.2}"),
            format!("{:.3}", ours / floor),
            format!("{held:.2}"),
            format!("{:.3}", held / floor),
        ]);
    }
    table.print();
    Ok(())
}
