//! What an administrator should hear of.

use std::net::IpAddr;

/// Somebody who is not known got in with a password that was tried on many accounts today.
pub(super) fn sprayed_password_was_right(login: &str, address: Option<IpAddr>) {
    tracing::warn!(
        target: "portcullis::event",
        event = "login_with_sprayed_password",
        login,
        address = address.map(tracing::field::display),
    );
}

/// A device had a hundred wrong passwords in a row: it counts for nothing any more on this account.
pub(super) fn device_is_void(login: &str, address: Option<IpAddr>) {
    tracing::warn!(
        target: "portcullis::event",
        event = "device_void",
        login,
        address = address.map(tracing::field::display),
    );
}
