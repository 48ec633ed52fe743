//! What the hashing gate is worth by itself: one core that answers small requests while eight clients hash passwords,
//! in each of the ways one might do that, without the rest of the server around it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portcullis_core::{GateSettings, HashingGate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::table::Table;

const LOGIN_CLIENTS: usize = 8;
const CONNECTIONS: usize = 64;
const WARM_UP: Duration = Duration::from_secs(1);
const TIME: Duration = Duration::from_secs(6);
/// What a request costs on top of its system calls: a signature, a user, some JSON.
const REQUEST: Duration = Duration::from_micros(5);
const ARGON2_KIB: u64 = 19_456;

/// Where the password work is done.
#[derive(Clone)]
enum Way {
    None,
    Inline,
    SpawnBlocking,
    Gate(HashingGate),
}

impl Way {
    async fn log_in(&self) {
        match self {
            Self::None => std::future::pending().await,
            Self::Inline => {
                hash();
                tokio::task::yield_now().await;
            }
            Self::SpawnBlocking => tokio::task::spawn_blocking(hash).await.unwrap_or_default(),
            Self::Gate(gate) => gate.run(ARGON2_KIB, hash).await.unwrap_or_default(),
        }
    }
}

fn hash() {
    let _ = std::hint::black_box(bcrypt::hash_with_salt("secret", 12, [7; 16]));
}

fn gate(nice: i32, floor_percent: u32) -> Way {
    let settings = GateSettings {
        threads: 1,
        nice,
        floor_percent,
        ..GateSettings::default()
    };
    HashingGate::new(settings).map_or(Way::None, Way::Gate)
}

/// Puts the calling thread, and those it starts from now on, on one core; without `taskset` the figures are mixed up.
fn pin(core: usize) {
    let own = std::fs::read_link("/proc/thread-self").ok();
    let Some(thread) = own.as_deref().and_then(|link| link.file_name()) else {
        return;
    };
    let mut taskset = Command::new("taskset");
    taskset
        .args(["-p", "-c", &core.to_string()])
        .arg(thread)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if !taskset.status().is_ok_and(|status| status.success()) {
        println!("  (taskset is missing: nothing is pinned)");
    }
}

/// Runs `main` on a thread and a runtime of their own, on this core.
fn on_core<T: Send + 'static, F: Future<Output = T>>(
    core: usize,
    main: impl FnOnce() -> F + Send + 'static,
) -> std::thread::JoinHandle<io::Result<T>> {
    std::thread::spawn(move || {
        pin(core);
        Ok(tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(main()))
    })
}

async fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut request = [0_u8; 64];
    while stream.read(&mut request).await? > 0 {
        let begun = Instant::now();
        while begun.elapsed() < REQUEST {
            std::hint::spin_loop();
        }
        stream.write_all(b"answer").await?;
    }
    Ok(())
}

/// Serves and logs in until told to stop.
async fn serve(
    listener: std::net::TcpListener,
    way: Way,
    logins: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    for _ in 0..LOGIN_CLIENTS {
        let (way, logins) = (way.clone(), Arc::clone(&logins));
        tokio::spawn(async move {
            loop {
                way.log_in().await;
                logins.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    while !stop.load(Ordering::Relaxed) {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(answer(stream));
    }
    Ok(())
}

/// Asks on one connection for `time`, with this pause in between; how long each answer took.
async fn ask(address: SocketAddr, pause: Duration, time: Duration) -> io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (begun, mut took, mut answer) = (Instant::now(), Vec::new(), [0_u8; 64]);
    while begun.elapsed() < time {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let sent = Instant::now();
        stream.write_all(b"request").await?;
        if stream.read(&mut answer).await? == 0 {
            break;
        }
        took.push(sent.elapsed());
    }
    Ok(took)
}

async fn load(address: SocketAddr, pause: Duration, time: Duration) -> Vec<Duration> {
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(ask(address, pause, time)))
        .collect();
    let mut took = Vec::new();
    for client in clients {
        took.extend(client.await.ok().and_then(Result::ok).unwrap_or_default());
    }
    took.sort_unstable();
    took
}

/// Requests per second, their p50 and p99 in milliseconds, logins per second.
fn measure(way: impl FnOnce() -> Way + Send + 'static, pause: Duration) -> io::Result<[f64; 4]> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let (logins, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let (counted, told) = (Arc::clone(&logins), Arc::clone(&stop));
    let server = on_core(0, move || serve(listener, way(), counted, told));
    let client = on_core(1, move || async move {
        load(address, pause, WARM_UP).await;
        let before = logins.load(Ordering::Relaxed);
        let took = load(address, pause, TIME).await;
        let seconds = TIME.as_secs_f64();
        let at = |share: f64| {
            took.get((took.len() as f64 * share) as usize)
                .map_or(f64::NAN, |t| t.as_secs_f64() * 1e3)
        };
        let logins = logins.load(Ordering::Relaxed) - before;
        stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(address).await;
        [took.len() as f64 / seconds, at(0.5), at(0.99), logins as f64 / seconds]
    });
    let figures = client.join().map_err(|_| io::Error::other("the load failed"))??;
    server.join().map_err(|_| io::Error::other("the server failed"))???;
    Ok(figures)
}

/// Prints both tables: some load, and as much as one core can answer.
pub fn run() -> io::Result<()> {
    println!(
        "\nThe hashing gate: {CONNECTIONS} connections to one core, {LOGIN_CLIENTS} clients that hash bcrypt 12 without pause"
    );
    for (load, pause) in [("some load", Duration::from_millis(15)), ("saturated", Duration::ZERO)] {
        let mut table = Table::new([load, "requests/s", "p50 ms", "p99 ms", "logins/s"]);
        let mut row = |name: &str, figures: [f64; 4]| {
            let [requests, p50, p99, logins] = figures;
            table.row([
                name.into(),
                format!("{requests:.0}"),
                format!("{p50:.2}"),
                format!("{p99:.2}"),
                format!("{logins:.1}"),
            ]);
        };
        row("no logins", measure(|| Way::None, pause)?);
        row("inline", measure(|| Way::Inline, pause)?);
        row("spawn_blocking", measure(|| Way::SpawnBlocking, pause)?);
        row("gate, same priority", measure(|| gate(0, 0), pause)?);
        row("gate, nice 10, no floor", measure(|| gate(10, 0), pause)?);
        row("gate, nice 10, floor 25 % (default)", measure(|| gate(10, 25), pause)?);
        row("gate, nice 19, no floor", measure(|| gate(19, 0), pause)?);
        row("gate, nice 19, floor 25 %", measure(|| gate(19, 25), pause)?);
        table.print();
    }
    Ok(())
}
