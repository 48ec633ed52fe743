//! How much of a form is taken.

use std::time::Duration;

/// How much of a form is read and kept. The bounds on fields are those of FastAPI; it has none on the body, on what is
/// kept and on the time.
///
/// Of a field that nobody looks for nothing is kept. Endpoints of ours (`/token`, a page's `/login`) know what can be right: of
/// a value that is longer they only know that it came, and answer it as a wrong one. So a stranger's form holds
/// [`kept`](FormLimits::kept) bytes there, and of a multipart form one header line. What a handler of the application takes
/// ([`LoginForm`](crate::LoginForm), [`Form`](crate::Form)) is kept as it was sent, within [`body`](FormLimits::body).
///
/// An extension of the request, as [`JsonLimit`](crate::JsonLimit) is:
///
/// ```
/// use axum::Extension;
/// use portcullis::FormLimits;
///
/// let app: axum::Router = axum::Router::new().layer(Extension(FormLimits::default().body(64 << 10)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormLimits {
    /// The whole body, in bytes as sent. Beyond it: 413. Default 4 MiB.
    pub body: usize,
    /// How many fields, and apart from them how many files. Beyond it: 400. Default 1,000.
    pub fields: usize,
    /// Name and value of one field together (multipart: the value alone), in bytes as sent. Beyond it: 400.
    /// Default 1,048,576.
    pub field: usize,
    /// How many bytes of values an endpoint of ours holds until the form is whole. Default 8 KiB.
    pub kept: usize,
    /// How long the whole form may take. Beyond it: 408. Default 20 s.
    pub time: Duration,
}

impl Default for FormLimits {
    fn default() -> Self {
        Self {
            body: 4 << 20,
            fields: 1_000,
            field: 1 << 20,
            kept: 8 << 10,
            time: Duration::from_secs(20),
        }
    }
}

macro_rules! setters {
    ($($name:ident: $unit:ty),+ $(,)?) => {
        impl FormLimits {
            $(
                #[doc = concat!("The same with another [`", stringify!($name), "`](Self#structfield.", stringify!($name), ").")]
                #[must_use]
                pub fn $name(mut self, $name: $unit) -> Self {
                    self.$name = $name;
                    self
                }
            )+
        }
    };
}
setters!(body: usize, fields: usize, field: usize, kept: usize, time: Duration);
