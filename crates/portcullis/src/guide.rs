//! Pages beside the reference: what one looks for on the first days.

#[doc = include_str!("../guide/testing.md")]
pub mod testing {}

#[doc = include_str!("../guide/streams.md")]
pub mod streams {}

#[doc = include_str!("../guide/layers_and_errors.md")]
pub mod layers_and_errors {}

#[doc = include_str!("../guide/own_tables.md")]
pub mod own_tables {}
