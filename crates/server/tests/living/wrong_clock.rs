//! A process whose own clock is wrong.

use std::path::Path;
use std::process::Command;

/// What this command starts sees such a clock (`+10m`); its monotonic time is right. Whether that can be had here.
pub(crate) fn wrong_clock(command: &mut Command, off: &str) -> bool {
    let Some(library) = faketime() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "libfaketime is missing: scripts/peers was not run"
        );
        eprintln!("its clock is right: libfaketime is not installed, see scripts/peers");
        return false;
    };
    command.env("LD_PRELOAD", library).env("FAKETIME", off);
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    true
}

/// The library that makes a clock wrong, where it is installed.
fn faketime() -> Option<&'static str> {
    let known = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    ];
    known.into_iter().find(|path| Path::new(path).exists())
}
