//! The grants: one file each.

pub(crate) mod password;
