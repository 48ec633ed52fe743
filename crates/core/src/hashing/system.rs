//! What the gate asks of the operating system: a lower priority for a thread, and the processor time it got.

use std::time::Duration;

/// The greatest nice value there is.
pub(super) const MAX_NICE: i32 = 19;

/// Whether a single thread's priority can be lowered here. Elsewhere the bound on threads alone protects the server.
pub(super) const THREADS_HAVE_PRIORITIES: bool = cfg!(target_os = "linux");

/// Lowers the calling thread by `steps` nice values below what it has, at most to 19.
///
/// On Linux the nice value belongs to the thread, and going down needs no privilege; going back up would.
#[cfg(target_os = "linux")]
pub(super) fn lower_priority(steps: i32) -> std::io::Result<()> {
    let me = Some(rustix::thread::gettid());
    let present = rustix::process::getpriority_process(me)?;
    Ok(rustix::process::setpriority_process(
        me,
        present.saturating_add(steps).min(MAX_NICE),
    )?)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn lower_priority(_steps: i32) -> std::io::Result<()> {
    Ok(())
}

/// The processor time of the calling thread since it began; `None` where it cannot be told.
#[cfg(target_os = "linux")]
pub(super) fn thread_cpu_time() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(Duration::new(
        u64::try_from(time.tv_sec).ok()?,
        u32::try_from(time.tv_nsec).ok()?,
    ))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn thread_cpu_time() -> Option<Duration> {
    None
}
