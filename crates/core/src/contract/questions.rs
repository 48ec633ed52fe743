//! How a question is written.

/// Writes each as a public function over any store of the trait `$store`, which panics where the answer is not the one that
/// all must give.
macro_rules! questions {
    ($kind:ident; $($(#[$meta:meta])* $name:ident($store:ident) $body:block)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// Whatever the store answers with.
        pub async fn $name<S: $kind>($store: S) -> Result<(), $crate::StoreError> {
            $body
            Ok(())
        }
    )+};
    // Over a store and the one that its entries go to.
    ($kind:ident, $beside:ident; $($(#[$meta:meta])* $name:ident($store:ident, $other:ident) $body:block)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// Whatever the stores answer with.
        pub async fn $name<S: $kind, B: $beside>($store: S, $other: B) -> Result<(), $crate::StoreError> {
            $body
            Ok(())
        }
    )+};
}

pub(crate) use questions;
