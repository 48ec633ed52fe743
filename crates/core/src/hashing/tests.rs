use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use super::*;

fn settings(threads: usize, queue: usize) -> GateSettings {
    // Without the floor thread, so that what runs and what waits depends on nothing but the order of calls.
    GateSettings {
        threads,
        queue,
        memory_kib: 100,
        nice: 10,
        floor_percent: 0,
    }
}

fn gate(threads: usize, queue: usize) -> HashingGate {
    HashingGate::new(settings(threads, queue)).expect("a gate")
}

/// Polls a call once: it is then let in or refused.
fn begin<F: Future>(call: F) -> (Pin<Box<F>>, Poll<F::Output>) {
    let mut call = Box::pin(call);
    let first = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    (call, first)
}

/// Waits for what must come; a test that would hang says so instead.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..60_000 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("never came: {what}");
}

/// A work that runs until it is let go.
struct Held {
    call: Pin<Box<dyn Future<Output = Result<(), GateError>> + Send>>,
    go: mpsc::Sender<()>,
}

impl Held {
    async fn end(self) {
        self.go.send(()).expect("the work is still there");
        self.call.await.expect("was let in");
    }
}

fn hold(gate: &HashingGate, memory_kib: u64) -> Held {
    let (go, held) = mpsc::channel();
    let own = gate.clone();
    let running = gate.metrics().running;
    let (call, first) = begin(async move { own.run(memory_kib, move || held.recv().unwrap_or_default()).await });
    assert!(first.is_pending());
    until("the held work runs", || gate.metrics().running > running);
    Held { call, go }
}

fn retry_after<T>(answer: Poll<Result<T, GateError>>) -> u64 {
    match answer {
        Poll::Ready(Err(GateError::Busy { retry_after })) => retry_after,
        Poll::Ready(Err(other)) => panic!("{other}"),
        Poll::Ready(Ok(_)) => panic!("was let in"),
        Poll::Pending => panic!("waits"),
    }
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let good = settings(1, 1);
    for (wrong, word) in [
        (
            GateSettings {
                threads: 0,
                ..good.clone()
            },
            "threads",
        ),
        (
            GateSettings {
                threads: 1025,
                ..good.clone()
            },
            "threads",
        ),
        (
            GateSettings {
                queue: usize::MAX,
                ..good.clone()
            },
            "queue",
        ),
        (
            GateSettings {
                memory_kib: 0,
                ..good.clone()
            },
            "memory_kib",
        ),
        (
            GateSettings {
                nice: -1,
                ..good.clone()
            },
            "nice",
        ),
        (
            GateSettings {
                nice: 20,
                ..good.clone()
            },
            "nice",
        ),
        (
            GateSettings {
                floor_percent: 51,
                ..good.clone()
            },
            "floor_percent",
        ),
    ] {
        let refused = HashingGate::new(wrong).expect_err(word);
        assert!(matches!(refused, GateError::Settings(_)));
        assert!(refused.to_string().contains(word), "{refused}");
    }
    GateSettings::default().check().expect("the default is in range");
}

#[tokio::test]
async fn a_full_gate_refuses_at_once_and_takes_works_again_when_one_has_ended() {
    let gate = gate(1, 2);
    let held = hold(&gate, 1);
    let (second, _) = begin(gate.run(1, || 2));
    let (third, _) = begin(gate.run(1, || 3));
    let (_, refused) = begin(gate.run(1, || 4));
    assert!((1..=60).contains(&retry_after(refused)));
    assert_eq!(gate.metrics().refused, 1);
    held.end().await;
    assert_eq!((second.await.expect("done"), third.await.expect("done")), (2, 3));
    assert_eq!(gate.run(1, || 5).await.expect("there is room again"), 5);
}

#[tokio::test]
async fn a_caller_who_comes_back_the_moment_he_is_answered_finds_his_place_free() {
    let gate = gate(1, 0);
    for round in 0..200 {
        assert_eq!(
            gate.run(1, move || round)
                .await
                .expect("never refused by its own shadow"),
            round
        );
    }
}

#[test]
fn the_wait_named_in_a_refusal_grows_with_what_is_inside_and_stays_within_bounds() {
    let retry = |threads, inside| Pool::new(settings(threads, 0), false).retry_after(inside);
    assert_eq!(retry(1, 1), 1);
    assert_eq!(retry(1, 16), 4);
    assert_eq!(retry(4, 16), 1);
    assert_eq!(retry(1, usize::MAX), 60);
}

#[tokio::test]
async fn a_work_over_the_whole_budget_is_refused_even_by_an_idle_gate() {
    let gate = gate(1, 1);
    let refused = gate.run(101, || ()).await;
    assert!(matches!(
        refused,
        Err(GateError::OverBudget {
            asked_kib: 101,
            budget_kib: 100
        })
    ));
    gate.run(100, || ()).await.expect("exactly the budget is within it");
    assert_eq!((gate.metrics().refused, gate.metrics().done), (1, 1));
}

#[tokio::test]
async fn a_panic_is_the_callers_error_and_the_thread_lives_on_with_its_place_and_memory_free() {
    struct PanicsWhenDropped;
    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let gate = gate(1, 0);
    for _ in 0..3 {
        assert!(matches!(
            gate.run(100, || panic!("in a work")).await,
            Err::<(), _>(GateError::Failed)
        ));
        let payload = gate.run(100, || std::panic::panic_any(PanicsWhenDropped)).await;
        assert!(matches!(payload, Err::<(), _>(GateError::Failed)));
    }
    assert_eq!(gate.run(100, || 7).await.expect("the one thread lives"), 7);
    let metrics = gate.metrics();
    assert_eq!(
        (metrics.done, metrics.failed, metrics.running, metrics.queued),
        (7, 6, 0, 0)
    );
}

#[tokio::test]
async fn a_result_that_nobody_wants_and_that_panics_when_dropped_does_not_end_the_thread() {
    struct Fragile(Arc<AtomicBool>);
    impl Drop for Fragile {
        fn drop(&mut self) {
            if self.0.load(SeqCst) {
                panic!("dropped");
            }
        }
    }
    let gate = gate(1, 0);
    let (armed, (go, held)) = (Arc::new(AtomicBool::new(true)), mpsc::channel());
    let fragile = Fragile(Arc::clone(&armed));
    let (call, _) = begin(gate.run(1, move || held.recv().map(|()| fragile)));
    until("it runs", || gate.metrics().running == 1);
    drop(call);
    go.send(()).expect("it runs");
    until("it ended", || gate.metrics().done == 1);
    assert_eq!(gate.run(1, || 7).await.expect("the one thread lives"), 7);
    armed.store(false, SeqCst);
}

#[tokio::test]
async fn works_begin_in_the_order_they_came() {
    let gate = gate(1, 50);
    let held = hold(&gate, 1);
    let order = Arc::new(Mutex::new(Vec::new()));
    let calls: Vec<_> = (0..50)
        .map(|number| {
            let order = Arc::clone(&order);
            begin(gate.run(1, move || order.lock().expect("whole").push(number))).0
        })
        .collect();
    held.end().await;
    for call in calls {
        call.await.expect("done");
    }
    assert_eq!(*order.lock().expect("whole"), (0..50).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_work_of_a_caller_who_went_away_is_dropped_at_once_and_never_begun() {
    let gate = gate(1, 2);
    let held = hold(&gate, 1);
    let (begun, secret) = (Arc::new(AtomicBool::new(false)), Arc::new("a password"));
    let (flag, kept) = (Arc::clone(&begun), Arc::clone(&secret));
    let (gone, _) = begin(gate.run(1, move || flag.store(!kept.is_empty(), SeqCst)));
    let (stays, _) = begin(gate.run(1, || 3));
    drop(gone);
    assert_eq!(Arc::strong_count(&secret), 1, "what the work held is gone with it");
    assert_eq!((gate.metrics().skipped, gate.metrics().queued), (1, 1));
    let (fills, _) = begin(gate.run(1, || 4));
    let (_, refused) = begin(gate.run(1, || 5));
    retry_after(refused);
    held.end().await;
    assert_eq!((stays.await.expect("done"), fills.await.expect("done")), (3, 4));
    assert!(!begun.load(SeqCst));
}

#[tokio::test]
async fn a_work_that_has_begun_runs_to_its_end_though_its_caller_went_away() {
    let gate = gate(1, 0);
    let ended = Arc::new(AtomicBool::new(false));
    let (flag, (go, held)) = (Arc::clone(&ended), mpsc::channel::<()>());
    let (call, _) = begin(gate.run(1, move || {
        held.recv().unwrap_or_default();
        flag.store(true, SeqCst);
    }));
    until("it runs", || gate.metrics().running == 1);
    drop(call);
    let (_, refused) = begin(gate.run(1, || ()));
    retry_after(refused);
    go.send(()).expect("it runs");
    until("it ended", || gate.metrics().done == 1);
    assert!(ended.load(SeqCst));
    assert_eq!(gate.metrics().skipped, 0);
}

#[tokio::test]
async fn a_call_that_is_never_polled_takes_no_place() {
    let gate = gate(1, 0);
    drop(gate.run(1, || ()));
    let unpolled = gate.run(1, || ());
    gate.run(1, || ()).await.expect("the place is free");
    drop(unpolled);
    assert_eq!((gate.metrics().done, gate.metrics().skipped), (1, 0));
}

#[tokio::test]
async fn the_memory_budget_and_the_number_of_threads_are_never_exceeded() {
    #[derive(Default)]
    struct Watch {
        memory: AtomicU64,
        most_memory: AtomicU64,
        running: AtomicUsize,
        most_running: AtomicUsize,
    }
    let gate = HashingGate::new(GateSettings {
        floor_percent: 50,
        ..settings(4, 400)
    })
    .expect("a gate");
    let watch = Arc::new(Watch::default());
    let calls: Vec<_> = (0..400_u64)
        .map(|number| {
            let (memory_kib, watch) = (1 + number * 37 % 100, Arc::clone(&watch));
            begin(gate.run(memory_kib, move || {
                watch
                    .most_memory
                    .fetch_max(watch.memory.fetch_add(memory_kib, SeqCst) + memory_kib, SeqCst);
                watch
                    .most_running
                    .fetch_max(watch.running.fetch_add(1, SeqCst) + 1, SeqCst);
                thread::sleep(Duration::from_micros(500));
                watch.running.fetch_sub(1, SeqCst);
                watch.memory.fetch_sub(memory_kib, SeqCst);
            }))
            .0
        })
        .collect();
    for call in calls {
        call.await.expect("done");
    }
    let (memory, running) = (watch.most_memory.load(SeqCst), watch.most_running.load(SeqCst));
    assert!((1..=100).contains(&memory), "{memory} KiB");
    assert!((2..=5).contains(&running), "{running} at once");
}

#[tokio::test]
async fn a_heavy_work_at_the_head_is_not_overtaken_by_light_ones_that_would_fit() {
    let gate = gate(2, 10);
    let held = hold(&gate, 60);
    let order = Arc::new(Mutex::new(Vec::new()));
    let push = |name| {
        let order = Arc::clone(&order);
        move || order.lock().expect("whole").push(name)
    };
    let (heavy, _) = begin(gate.run(100, push("heavy")));
    let (light, _) = begin(gate.run(1, push("light")));
    assert_eq!(
        (gate.metrics().running, gate.metrics().queued),
        (1, 2),
        "one thread is idle, yet both wait"
    );
    held.end().await;
    heavy.await.expect("done");
    light.await.expect("done");
    assert_eq!(*order.lock().expect("whole"), ["heavy", "light"]);
}

#[tokio::test]
async fn when_a_heavy_work_at_the_head_goes_away_the_next_one_begins() {
    let gate = gate(2, 10);
    let held = hold(&gate, 60);
    let (heavy, _) = begin(gate.run(100, || ()));
    let (light, _) = begin(gate.run(1, || 1));
    drop(heavy);
    assert_eq!(light.await.expect("begins beside the held one"), 1);
    held.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_callers_who_come_and_go_leave_an_empty_gate_and_none_waits_for_ever() {
    let gate = HashingGate::new(GateSettings {
        floor_percent: 50,
        ..settings(3, 10_000)
    })
    .expect("a gate");
    let callers: Vec<_> = (0..2_000_u64)
        .map(|number| {
            let gate = gate.clone();
            tokio::spawn(async move {
                let mut call = Box::pin(gate.run(number * 37 % 101, move || {
                    thread::sleep(Duration::from_micros(number % 7 * 20));
                }));
                if number % 3 > 0 {
                    return call.await.is_ok();
                }
                // Goes away after a few turns, done or not.
                for _ in 0..number % 5 {
                    tokio::select! {
                        biased;
                        _ = &mut call => return true,
                        () = tokio::task::yield_now() => {}
                    }
                }
                true
            })
        })
        .collect();
    for caller in callers {
        assert!(caller.await.expect("no panic"));
    }
    gate.run(100, || ()).await.expect("the whole budget is free again");
    let metrics = gate.metrics();
    assert_eq!(
        (metrics.queued, metrics.running, metrics.refused, metrics.failed),
        (0, 0, 0, 0)
    );
    assert!(metrics.done >= 1_333, "{metrics:?}");
}

#[tokio::test]
async fn the_threads_end_when_the_last_clone_is_dropped_and_not_before() {
    let gate = HashingGate::new(GateSettings {
        floor_percent: 25,
        ..settings(3, 3)
    })
    .expect("a gate");
    let threads = Arc::downgrade(&gate.0.0);
    let twin = gate.clone();
    drop(gate);
    assert_eq!(twin.run(1, || 1).await.expect("still served"), 1);
    drop(twin);
    until("the threads ended", || threads.strong_count() == 0);
}

#[test]
fn dropping_the_gate_does_not_wait_for_a_work_that_runs() {
    let gate = gate(1, 0);
    let threads = Arc::downgrade(&gate.0.0);
    let Held { call, go } = hold(&gate, 1);
    drop(call);
    drop(gate);
    assert_eq!(threads.strong_count(), 1, "the thread is still at work");
    go.send(()).expect("it runs");
    until("the thread ended", || threads.strong_count() == 0);
}

#[cfg(target_os = "linux")]
mod on_linux {
    use super::*;

    fn niceness() -> i32 {
        rustix::process::getpriority_process(None).expect("a nice value")
    }

    fn with_floor(nice: i32, floor_percent: u32) -> HashingGate {
        HashingGate::new(GateSettings {
            nice,
            floor_percent,
            ..settings(1, 100)
        })
        .expect("a gate")
    }

    #[tokio::test]
    async fn works_run_below_the_thread_that_made_the_gate_and_that_one_keeps_its_priority() {
        let own = niceness();
        let gate = with_floor(7, 25);
        assert_eq!(gate.run(1, niceness).await.expect("done"), (own + 7).min(19));
        assert_eq!(niceness(), own);
    }

    #[tokio::test]
    async fn a_work_that_waits_behind_a_starved_one_is_done_by_the_floor_thread_at_normal_priority() {
        let gate = with_floor(10, 50);
        // A work that gets no processor time is what a starved thread looks like.
        let starved = hold(&gate, 1);
        assert_eq!(gate.run(1, niceness).await.expect("done"), niceness());
        assert_eq!((gate.metrics().floor, gate.metrics().running), (1, 1));
        starved.end().await;
    }

    #[tokio::test]
    async fn a_pool_that_is_served_is_never_helped_by_the_floor_thread() {
        let gate = with_floor(10, 1);
        for _ in 0..20 {
            gate.run(1, || burn(Duration::from_millis(2))).await.expect("done");
        }
        assert_eq!(gate.metrics().floor, 0);
    }

    /// Uses this much processor time, however long that takes.
    fn burn(cpu: Duration) {
        let now = || system::thread_cpu_time().expect("a thread clock");
        let begun = now();
        while now().saturating_sub(begun) < cpu {
            std::hint::spin_loop();
        }
    }

    #[tokio::test]
    async fn logins_go_on_while_threads_of_normal_priority_saturate_every_core() {
        let stop = Arc::new(AtomicBool::new(false));
        let cores = thread::available_parallelism().expect("cores").get();
        let spinners: Vec<_> = (0..cores * 2)
            .map(|_| {
                let stop = Arc::clone(&stop);
                thread::spawn(move || {
                    while !stop.load(SeqCst) {
                        std::hint::spin_loop();
                    }
                })
            })
            .collect();
        // At nice 19 a thread gets next to nothing beside these: what goes on, goes on by the floor share.
        let gate = with_floor(19, 25);
        let calls: Vec<_> = (0..4)
            .map(|_| begin(gate.run(1, || burn(Duration::from_millis(100)))).0)
            .collect();
        until("half of the logins are done", || gate.metrics().done >= 2);
        stop.store(true, SeqCst);
        spinners.into_iter().for_each(|spinner| spinner.join().expect("ends"));
        for call in calls {
            call.await.expect("done");
        }
    }
}
