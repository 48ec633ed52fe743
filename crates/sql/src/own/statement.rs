//! How the statements of a table are written down.

/// The statements of one table: a constant for each, and for the tests `STATEMENTS`, in which none is missing.
///
/// One text serves SQLite and PostgreSQL. Its parameters are `$1`, `$2` …, first used in rising order: SQLite takes them for
/// names and numbers names as they come.
macro_rules! statements {
    ($($(#[$about:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$about])* pub(crate) const $name: &str = $text;)+

        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

/// How many statements a connection keeps prepared: all of ours, and those of the application whose file it is.
pub(crate) const STATEMENTS_KEPT: usize = 256;

pub(super) use statements;
