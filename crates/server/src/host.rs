//! What this machine is called.

/// The name of this machine, or of the container; where it has none, `unknown`.
pub(crate) fn host() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match told.trim() {
        "" => "unknown".to_owned(),
        name => name.to_owned(),
    }
}
