//! The lock: what each argument and answer of a handler says of itself, as an OpenAPI 3.1 document like FastAPI's.
//!
//! The types in a handler's signature are asked once, when the document is made. An argument that cannot describe
//! itself does not compile, so the document cannot fall behind the code.

mod beside;
mod describe;
mod document;
mod emit;
mod flow;
mod form;
mod guard;
mod guarded_object;
mod handler;
mod named;
pub(crate) mod names;
mod objects;
mod operation;
mod pydantic;
mod refusals;
mod requirement;
mod respond;
mod schema;
mod security;
mod undescribed;

pub use beside::AsksFirst;
pub(crate) use beside::beside;
pub use describe::{Arguments, Describe, DescribeOptional};
pub use document::Document;
pub(crate) use document::Info;
pub use flow::Flow;
pub(crate) use guard::{ACCESS_TOKEN, LookUp};
pub use guard::{Guard, Way};
pub use guarded_object::GuardedObject;
pub(crate) use guarded_object::PathKey;
pub use handler::{ApiHandler, Returns};
pub use objects::{Content, In, Parameter, ResponseObject};
pub use operation::Operation;
pub use requirement::Requirement;
pub use respond::{Created, Respond};
pub(crate) use schema::Components;
pub(crate) use security::LOGIN;
pub use security::SecurityScheme;
pub use undescribed::Undescribed;

#[cfg(test)]
mod tests;
