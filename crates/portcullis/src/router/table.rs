//! The list of routes.

use std::fmt;

use http::Method;

use crate::openapi::{GuardedObject, Requirement};

/// One operation of a router: what it answers to and what it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteEntry {
    /// The method.
    pub method: Method,
    /// The path as OpenAPI writes it, such as `/users/{user_id}`.
    pub path: String,
    /// The operation's id in the document.
    pub operation_id: String,
    /// What its guards ask together; `None` for an open route.
    pub requirement: Option<Requirement>,
    /// The objects that it guards, in the order of its guards: each with its right and the path parameters that name it. A
    /// request for somebody else's is answered like one for an object that does not exist, or with 403.
    pub objects: Vec<GuardedObject>,
    /// Whether it is left out of the document.
    pub hidden: bool,
}

/// All routes of a router: for a test that holds document and behaviour against each other, and for a look at what is
/// open. It prints one route a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RouteTable {
    pub(crate) operations: Vec<RouteEntry>,
    pub(crate) undescribed: Vec<String>,
}

impl RouteTable {
    /// The operations in the order of the router.
    pub fn operations(&self) -> &[RouteEntry] {
        &self.operations
    }

    /// The operations without a guard.
    pub fn open(&self) -> impl Iterator<Item = &RouteEntry> {
        self.operations.iter().filter(|entry| entry.requirement.is_none())
    }

    /// Paths added with [`ApiRouter::route`](crate::ApiRouter::route) and
    /// [`ApiRouter::nest_service`](crate::ApiRouter::nest_service): their methods and guards are not known.
    pub fn undescribed(&self) -> &[String] {
        &self.undescribed
    }
}

impl fmt::Display for RouteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.operations {
            write!(f, "{:<7} {}  ", entry.method.as_str(), entry.path)?;
            match &entry.requirement {
                None => f.write_str("open")?,
                Some(asked) => write!(f, "{asked}")?,
            }
            for object in &entry.objects {
                write!(f, ", {object}")?;
            }
            f.write_str("\n")?;
        }
        for path in &self.undescribed {
            writeln!(f, "{:<7} {path}  not described", "?")?;
        }
        Ok(())
    }
}
