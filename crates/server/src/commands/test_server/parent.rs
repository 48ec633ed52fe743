//! When the program is gone that started us.

use std::fs::File;
use std::future::Future;
use std::io::{Read as _, stdin};
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::process::parent_id;
use std::time::Duration;

/// How often it is looked whether our parent is still the same. A signal at its end (`PR_SET_PDEATHSIG`) would come with the
/// end of the thread that started us, and test programs have many.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Ends when our standard input does, if it is a pipe that somebody holds, and when our parent has ended: we have another one
/// then. Nobody who was killed closes a pipe that a brother of ours holds as well, so both are watched.
pub(super) fn gone() -> impl Future<Output = ()> {
    let parent = parent_id();
    async move {
        tokio::select! {
            () = input_ended() => {}
            () = orphaned(parent) => {}
        }
    }
}

async fn orphaned(parent: u32) {
    while parent_id() == parent {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Reads to the end of a pipe; of a terminal, a file or `/dev/null` there is none that says anything.
async fn input_ended() {
    let (end, ended) = tokio::sync::oneshot::channel();
    if let Some(mut input) = pipe() {
        // A thread of its own, which the end of the program does not wait for.
        let reading = std::thread::Builder::new().spawn(move || {
            let mut some = [0; 512];
            while input.read(&mut some).is_ok_and(|read| read > 0) {}
            let _ = end.send(());
        });
        if reading.is_ok() && ended.await.is_ok() {
            return;
        }
    }
    std::future::pending().await
}

fn pipe() -> Option<File> {
    let input = File::from(stdin().as_fd().try_clone_to_owned().ok()?);
    let kind = input.metadata().ok()?.file_type();
    (kind.is_fifo() || kind.is_socket()).then_some(input)
}
