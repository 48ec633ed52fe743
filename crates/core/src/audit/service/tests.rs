use std::time::Duration;

use super::*;
use crate::audit::anchor::Anchor;
use crate::audit::event::AuditKind;
use crate::audit::memory::MemoryAudit;
use crate::audit::report::{AuditReport, Remark};
use crate::cause::Cause;
use crate::clock::ManualClock;
use crate::secrets::{MemorySecrets, SecretStore as _};
use crate::signing_keys::MasterKey;

fn trail() -> (Audit, MemoryAudit, ManualClock) {
    let (store, clock) = (MemoryAudit::new(), ManualClock::at(1_000));
    let audit = over(&store, &clock, 7);
    (audit, store, clock)
}

fn over(store: &MemoryAudit, clock: &ManualClock, secret: u8) -> Audit {
    with(store, clock, &Secrets::of_one([secret; 32]))
}

fn with(store: &MemoryAudit, clock: &ManualClock, secrets: &Secrets) -> Audit {
    let parts: (Arc<dyn Clock>, &dyn Random) = (Arc::new(clock.clone()), &OsRandom);
    Audit::over(Arc::new(store.clone()), secrets, parts).expect("usable")
}

/// The names of what is found, and of what is remarked.
fn told(report: &AuditReport) -> (Vec<&'static str>, Vec<&'static str>) {
    let findings = report.findings.iter().map(crate::audit::report::Finding::name);
    (findings.collect(), report.remarks.iter().map(Remark::name).collect())
}

fn event(subject: &str) -> AuditEvent {
    AuditEvent::new(AuditKind::UserAdded, Cause::command("root")).of(subject)
}

#[tokio::test]
async fn what_is_told_is_written_once_it_is_flushed_and_sealed_once() {
    let (audit, store, _) = trail();
    assert_eq!(audit.seal().await.expect("sealed"), None);
    audit.tell(event("alice"));
    audit.flush().await.expect("flushed");
    audit.flush().await.expect("nothing waits");
    let seal = audit.seal().await.expect("sealed").expect("a seal");
    assert_eq!((seal.number, seal.rows, seal.upto, seal.prev), (1, 1, 1, [0; 32]));
    assert_eq!(audit.seal().await.expect("sealed"), None);
    assert_eq!(AuditStore::rows(&store, 0, 9).await.expect("read").len(), 1);
    assert!(audit.verify(&[Anchor::of(&seal)]).await.expect("read").is_whole());
}

#[tokio::test]
async fn a_task_writes_what_is_told_by_itself() {
    let (audit, store, _) = trail();
    for round in 1..=2 {
        audit.tell(event("alice"));
        while AuditStore::rows(&store, 0, 9).await.expect("read").len() < round {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_process_that_saw_a_seal_goes_on_with_no_chain_that_lost_it() {
    let (audit, store, clock) = trail();
    audit.record(event("alice")).await.expect("written");
    let seal = audit.seal().await.expect("sealed").expect("a seal");
    let (cut, later) = (MemoryAudit::new(), over(&store, &clock, 7));
    assert_eq!(later.seal().await.expect("looked"), None);
    // The same process over a store that somebody put in the place of the other.
    let audit = Audit {
        inner: Arc::new(Inner {
            store: Arc::new(cut.clone()),
            keys: AuditKeys::of(&Secrets::of_one([7; 32])).expect("usable"),
            clock: Arc::new(clock.clone()),
            node: 1,
            started: 1,
            count: AtomicU64::new(0),
            queue: Queue::default(),
            seen: Mutex::new(Some(seal.clone())),
        }),
        refreshes: RefreshRows::All,
    };
    audit.record(event("bob")).await.expect("written");
    assert!(matches!(
        audit.seal().await,
        Err(AuditError::Cut { known: 1, found: 0 })
    ));
    // Another one that was sealed in its place is none of it either.
    let other = over(&cut, &clock, 7);
    other.seal().await.expect("sealed").expect("a seal");
    assert!(matches!(
        audit.seal().await,
        Err(AuditError::Cut { known: 1, found: 1 })
    ));
}

#[tokio::test]
async fn with_another_secret_nothing_can_be_vouched_for_and_that_is_told() {
    let (audit, store, clock) = trail();
    audit.record(event("alice")).await.expect("written");
    audit.seal().await.expect("sealed");
    let report = over(&store, &clock, 8).verify(&[]).await.expect("read");
    assert_eq!(told(&report), (vec!["seal_altered", "row_inserted"], vec![]));
}

#[tokio::test]
async fn without_a_secret_each_that_is_named_is_missing_and_an_empty_trail_is_whole() {
    let nothing = Audit::examine(MemoryAudit::new(), None, &[]).await.expect("read");
    assert!(nothing.is_whole() && nothing.rows == 0, "{nothing:?}");
    let (audit, store, _) = trail();
    audit.record(event("alice")).await.expect("written");
    audit.seal().await.expect("sealed");
    let report = Audit::examine(store.clone(), None, &[]).await.expect("read");
    assert_eq!(told(&report), (vec!["key_missing"], vec![]));
    let secrets = Secrets::of_one([7; 32]);
    assert!(
        Audit::examine(store, Some(&secrets), &[])
            .await
            .expect("read")
            .is_whole()
    );
}

/// Secrets of which all older ones were wiped, one more each time.
async fn wiped(store: &MemorySecrets) -> Secrets {
    let master = MasterKey::new(&[1; 32]).expect("a master key");
    for record in store.list().await.expect("listed") {
        store.reseal(record.number, &record.sealed, &[]).await.expect("wiped");
    }
    Secrets::open(store, &master, &ManualClock::at(1)).await.expect("made")
}

#[tokio::test]
async fn a_wiped_secret_is_tampering_unless_a_row_says_that_all_were() {
    let (secrets, (_, store, clock)) = (MemorySecrets::new(), trail());
    let first = with(&store, &clock, &wiped(&secrets).await);
    first.record(event("a")).await.expect("written");
    first.seal().await.expect("sealed");
    let second = with(&store, &clock, &wiped(&secrets).await);
    // That such a row stands there is not enough: it must be ours.
    first
        .record(AuditEvent::new(AuditKind::KeysReset, Cause::server()))
        .await
        .expect("written");
    second.seal().await.expect("sealed");
    let (findings, _) = told(&second.verify(&[]).await.expect("read"));
    assert_eq!(findings, ["key_missing"]);
    second.reset(Cause::command("root")).await.expect("written");
    let report = second.verify(&[]).await.expect("read");
    assert_eq!(told(&report), (vec![], vec!["reset"]));
    assert!(matches!(report.remarks[0], Remark::Reset { upto: 2, .. }));
}

#[tokio::test]
async fn what_comes_after_a_reset_with_a_secret_of_before_is_found() {
    let (secrets, (_, store, clock)) = (MemorySecrets::new(), trail());
    let first = with(&store, &clock, &wiped(&secrets).await);
    first.record(event("a")).await.expect("written");
    let second = with(&store, &clock, &wiped(&secrets).await);
    second.reset(Cause::command("root")).await.expect("written");
    // A server that nobody stopped goes on.
    first.record(event("b")).await.expect("written");
    first.seal().await.expect("sealed");
    let (findings, _) = told(&second.verify(&[]).await.expect("read"));
    assert_eq!(findings, ["seal_altered", "row_inserted"]);
}

#[tokio::test]
async fn a_trail_goes_through_one_reset_after_the_other_and_forgets_them_with_its_old_rows() {
    let (secrets, (_, store, clock)) = (MemorySecrets::new(), trail());
    let hour = Duration::from_secs(60 * 60);
    let mut audit = with(&store, &clock, &wiped(&secrets).await);
    audit.reset(Cause::command("root")).await.expect("a first row");
    for round in 0..3 {
        for name in ["a", "b"] {
            audit.record(event(name)).await.expect("written");
            audit.seal().await.expect("sealed");
            clock.advance(hour);
        }
        audit.prune(Duration::from_secs(90 * 60)).await.expect("pruned");
        audit.record(event("nobody sealed this")).await.expect("written");
        audit = with(&store, &clock, &wiped(&secrets).await);
        audit.reset(Cause::command("root")).await.expect("written");
        let report = audit.verify(&[]).await.expect("read");
        assert_eq!(told(&report), (vec![], vec!["reset", "pruned"]), "{round}: {report:?}");
    }
    clock.advance(hour);
    audit.record(event("c")).await.expect("written");
    audit.prune(Duration::ZERO).await.expect("pruned");
    let kept = AuditStore::rows(&store, 0, 9).await.expect("read");
    assert!(
        kept.iter()
            .all(|stored| stored.row.what() != Some(AuditKind::KeysReset))
    );
    let report = audit.verify(&[]).await.expect("read");
    assert_eq!(told(&report).0, Vec::<&str>::new(), "{report:?}");
}

#[tokio::test]
async fn old_rows_go_with_their_seals_left_and_the_rest_is_whole() {
    let (audit, store, clock) = trail();
    for name in ["a", "b"] {
        audit.record(event(name)).await.expect("written");
        audit.seal().await.expect("sealed");
        clock.advance(Duration::from_secs(3 * 60 * 60));
    }
    audit.record(event("c")).await.expect("written");
    assert_eq!(audit.prune(Duration::from_secs(7 * 60 * 60)).await.expect("pruned"), 0);
    assert_eq!(audit.prune(Duration::from_secs(4 * 60 * 60)).await.expect("pruned"), 1);
    assert_eq!(audit.prune(Duration::ZERO).await.expect("pruned"), 1);
    let rows = AuditStore::rows(&store, 0, 9).await.expect("read");
    assert!(rows.iter().map(|stored| stored.position).eq([3, 4, 5]));
    audit.seal().await.expect("sealed");
    let report = audit.verify(&[]).await.expect("read");
    assert!(report.is_whole() && report.seals == 3, "{report:?}");
}

#[tokio::test]
async fn rows_that_nobody_sealed_in_time_are_sealed_late_and_that_is_no_tampering() {
    let (audit, _, clock) = trail();
    audit.record(event("a")).await.expect("written");
    clock.advance(Duration::from_secs(60));
    let report = audit.verify(&[]).await.expect("read");
    assert!(report.is_whole() && report.unsealed == 1, "{report:?}");
    audit.seal().await.expect("sealed");
    let report = audit.verify(&[]).await.expect("read");
    assert!(report.is_whole() && report.unsealed == 0);
    assert_eq!(told(&report).1, ["sealed_late"]);
}

#[tokio::test]
async fn a_copy_that_is_brought_back_begins_an_era_and_the_anchor_of_before_is_left_behind() {
    let (audit, _, _) = trail();
    audit.record(event("a")).await.expect("written");
    let seal = audit.seal().await.expect("sealed").expect("a seal");
    let ahead = Anchor {
        number: 9,
        ..Anchor::of(&seal)
    };
    let report = audit.verify(&[ahead]).await.expect("read");
    assert_eq!(report.findings.len(), 1, "{report:?}");
    let restored = AuditEvent::new(AuditKind::DatabaseRestored, Cause::command("root"));
    audit.restored(restored).await.expect("written");
    let report = audit.verify(&[ahead]).await.expect("read");
    assert!(report.is_whole(), "{report:?}");
    assert_eq!(told(&report).1, ["restored", "left_behind"]);
    // In the new era an anchor holds as before.
    let ahead = Anchor { era: 2, ..ahead };
    assert!(!audit.verify(&[ahead]).await.expect("read").is_whole());
}

#[tokio::test]
async fn two_who_seal_at_once_make_one_chain() {
    let (one, store, clock) = trail();
    let two = over(&store, &clock, 7);
    for round in 0..50 {
        one.record(event(&format!("{round}"))).await.expect("written");
        let (first, second) = tokio::join!(one.seal(), two.seal());
        assert!(first.expect("sealed").is_some() != second.expect("sealed").is_some());
    }
    let report = one.verify(&[]).await.expect("read");
    assert!(report.is_whole() && report.seals == 50);
}

#[test]
fn of_refreshes_as_many_rows_are_written_as_was_chosen() {
    let (audit, ..) = trail();
    let day = 24 * 60 * 60 * 1_000;
    assert!(audit.tells_refresh(day, day));
    let daily = audit.clone().refreshes(RefreshRows::Daily);
    assert!(!daily.tells_refresh(day, 2 * day - 1) && daily.tells_refresh(day, 2 * day));
    assert!(!audit.refreshes(RefreshRows::Off).tells_refresh(0, day));
}

#[tokio::test]
async fn of_a_storm_of_refusals_a_hundred_a_second_are_told_and_the_rest_are_counted() {
    let (audit, store, clock) = trail();
    for _ in 0..150 {
        audit.tell_refusal(event("alice"));
    }
    audit.flush().await.expect("flushed");
    assert_eq!(AuditStore::rows(&store, 0, 999).await.expect("read").len(), 100);
    clock.advance(Duration::from_secs(1));
    audit.flush().await.expect("flushed");
    let rows = AuditStore::rows(&store, 100, 999).await.expect("read");
    assert!(rows.len() == 1 && rows[0].row.what() == Some(AuditKind::RefusalsSkipped));
    assert_eq!(rows[0].row.detail.as_deref(), Some(r#"{"refusals":50}"#));
    audit.tell_refusal(event("alice"));
    audit.flush().await.expect("flushed");
    assert_eq!(AuditStore::rows(&store, 101, 999).await.expect("read").len(), 1);
}

/// A store that is away for a while.
#[derive(Clone)]
struct Away(MemoryAudit, Arc<std::sync::atomic::AtomicBool>);

impl AuditStore for Away {
    async fn append(&self, rows: &[AuditRow]) -> Result<(), StoreError> {
        match self.1.load(Ordering::SeqCst) {
            true => Err(StoreError::unavailable("away")),
            false => AuditStore::append(&self.0, rows).await,
        }
    }

    async fn head(&self) -> Result<crate::audit::Head, StoreError> {
        AuditStore::head(&self.0).await
    }

    async fn rows(&self, after: Position, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        AuditStore::rows(&self.0, after, limit).await
    }

    async fn find(&self, filter: &AuditFilter, after: Position, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        AuditStore::find(&self.0, filter, after, limit).await
    }

    async fn last(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        AuditStore::last(&self.0, filter, limit).await
    }

    async fn seals(&self, after: u64, limit: usize) -> Result<Vec<Seal>, StoreError> {
        AuditStore::seals(&self.0, after, limit).await
    }

    async fn add_seal(&self, seal: &Seal) -> Result<bool, StoreError> {
        AuditStore::add_seal(&self.0, seal).await
    }

    async fn sealed_before(&self, before: u64) -> Result<Option<Seal>, StoreError> {
        AuditStore::sealed_before(&self.0, before).await
    }

    async fn prune(&self, upto: Position, row: &AuditRow) -> Result<u64, StoreError> {
        AuditStore::prune(&self.0, upto, row).await
    }
}

#[test]
fn while_the_store_is_away_rows_wait_and_how_many_found_no_room_is_told_then() {
    let (_, store, clock) = trail();
    let away = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let parts: (Arc<dyn Clock>, &dyn Random) = (Arc::new(clock), &OsRandom);
    let over = Arc::new(Away(store.clone(), away.clone()));
    // Outside of a runtime nobody writes but who is asked to.
    let audit = Audit::over(over, &Secrets::of_one([7; 32]), parts).expect("usable");
    for _ in 0..10_007 {
        audit.tell(event("alice"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        assert!(audit.flush().await.is_err());
        away.store(false, Ordering::SeqCst);
        audit.flush().await.expect("flushed");
        let rows = AuditStore::rows(&store, 0, 99_999).await.expect("read");
        assert_eq!(rows.len(), 10_001);
        let lost = rows
            .iter()
            .find(|stored| stored.row.what() == Some(AuditKind::AuditLost));
        assert_eq!(lost.and_then(|lost| lost.row.detail.as_deref()), Some(r#"{"rows":7}"#));
        audit.seal().await.expect("sealed");
        audit.seal().await.expect("sealed");
        assert!(audit.verify(&[]).await.expect("read").is_whole());
    });
}
