//! The grants: one file each.

pub(crate) mod client_credentials;
pub(crate) mod password;
pub(crate) mod refresh_token;
