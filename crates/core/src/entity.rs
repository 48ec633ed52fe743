//! Tokens about a thing: `car:42` may `drive`, whoever holds the token.

/// A kind of thing as a type, declared with [`entities!`](crate::entities).
pub trait EntityKind: Send + Sync + 'static {
    /// The part of `sub` before the colon; a lower-case word other than `username`.
    const KIND: &'static str;
}

/// Declares kinds of things as types.
///
/// ```
/// portcullis_core::entities! {
///     /// A car in the pool.
///     pub Car = "car";
/// }
/// use portcullis_core::EntityKind;
/// assert_eq!(Car::KIND, "car");
/// ```
#[macro_export]
macro_rules! entities {
    ($($(#[$meta:meta])* $visibility:vis $name:ident = $kind:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name;
        impl $crate::EntityKind for $name {
            const KIND: &'static str = $kind;
        }
    )+};
}
