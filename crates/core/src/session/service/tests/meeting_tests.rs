//! Servers that differ: in what they saw, and in what their clocks say.

use super::*;

/// A family whose first token comes again late, at another server than the one that saw its successor's access token.
async fn seen_elsewhere(house: &House) -> (Node, Node, Begun, String) {
    let (saw, asked) = (house.node(), house.node());
    let begun = saw.begin().await;
    let given = saw.present(&begun.refresh_token).await.expect("good").refresh_token;
    saw.sessions
        .saw(begun.session, Some(1), Some(address(HOME)), house.clock.now());
    house.advance(31);
    (saw, asked, begun, given)
}

#[tokio::test]
async fn a_late_retry_is_a_theft_once_the_server_that_saw_its_successor_has_written_that() {
    raised();
    let house = House::new();
    let (saw, asked, begun, given) = seen_elsewhere(&house).await;
    saw.sessions.flush().await;
    assert_eq!(
        refused(asked.present(&begun.refresh_token).await),
        RefreshRefusal::Replay
    );
    assert_eq!(raised(), ["refresh_reuse"]);
    assert_eq!(refused(saw.present(&given).await), RefreshRefusal::Ended);
}

#[tokio::test]
async fn until_that_is_written_a_late_retry_is_forgiven_once_and_nobody_loses_anything() {
    raised();
    let house = House::new();
    let (saw, asked, begun, given) = seen_elsewhere(&house).await;
    // Ten seconds at most are not written: who retries gets what its holder has, and each such answer is told.
    let again = asked.present(&begun.refresh_token).await.expect("forgiven");
    assert_eq!(again.refresh_token, given);
    assert_eq!(raised(), ["refresh_late_retry"]);
    // Its holder goes on wherever they ask.
    let next = saw.present(&given).await.expect("good").refresh_token;
    assert!(asked.present(&next).await.is_ok());
    assert_eq!(house.ended(begun.session).await, None);
    assert_eq!(raised(), Vec::<String>::new());

    // The second time it is one also before that is written.
    let (_, asked, begun, _) = seen_elsewhere(&house).await;
    assert!(asked.present(&begun.refresh_token).await.is_ok());
    assert_eq!(
        refused(asked.present(&begun.refresh_token).await),
        RefreshRefusal::Replay
    );
    assert_eq!(raised(), ["refresh_late_retry", "refresh_late"]);
}

#[tokio::test]
async fn an_innocent_who_lost_the_answer_is_not_signed_out_by_what_another_server_saw_before() {
    raised();
    let house = House::new();
    let (saw, asked) = (house.node(), house.node());
    let begun = saw.begin().await;
    saw.sessions
        .saw(begun.session, Some(0), Some(address(HOME)), house.clock.now());
    let lost = saw.present(&begun.refresh_token).await.expect("good").refresh_token;
    saw.sessions.flush().await;
    house.advance(31);
    let again = asked.present(&begun.refresh_token).await.expect("forgiven");
    assert_eq!(again.refresh_token, lost);
    // The answer arrived this time, and was used at the first; both know.
    saw.sessions
        .saw(begun.session, Some(1), Some(address(HOME)), house.clock.now());
    saw.sessions.flush().await;
    assert!(asked.present(&lost).await.is_ok());
    assert_eq!(raised(), ["refresh_late_retry"]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_for_an_hour_removes_no_session_of_anybody() {
    const AN_HOUR_AND_A_BIT: u64 = 3_700;
    let house = House::new();
    let jumping = House {
        clock: ManualClock::at(START),
        ..house.clone()
    };
    let (right, wrong) = (house.node(), jumping.node());
    let begun = right.begin().await;
    let other = wrong.begin().await;
    let pass = async |seconds: u64| {
        for _ in 0..seconds {
            house.advance(1);
            jumping.advance(1);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    pass(20).await;
    jumping.advance(365 * 24 * 60 * 60);
    pass(AN_HOUR_AND_A_BIT).await;
    assert_eq!(
        refused(wrong.present(&other.refresh_token).await),
        RefreshRefusal::Ended,
        "by its clock"
    );
    jumping.clock.set(START + 20 + AN_HOUR_AND_A_BIT);
    assert!(wrong.present(&other.refresh_token).await.is_ok());
    assert!(right.present(&begun.refresh_token).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_this_process_ended_is_ended_again_where_the_store_has_lost_it() {
    let house = House::new();
    let (node, other) = (house.node(), house.node());
    let (begun, kept) = (node.begin().await, node.begin().await);
    let earlier = house.backup();
    let end = Ending::Session(begun.session);
    let ended = node.sessions.end(&end, EndReason::Logout, &[]).await.expect("ended");
    assert_eq!(ended, [begun.session]);
    house.store.fall_back_to(&earlier.store);
    assert!(other.present(&begun.refresh_token).await.is_ok(), "it is back");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(house.ended(begun.session).await, None, "nobody has found out");
    house.losses.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(house.ended(begun.session).await, Some(EndReason::Logout));
    assert_eq!(house.ended(kept.session).await, None);
}
