//! What every builder chooses alike of the tokens that it reads.

/// Writes the methods, for a builder with [`TokenSettings`](crate::token_kind::TokenSettings) in `tokens`. `$ahead` says how
/// far the clock of whoever made a token may be ahead unless the builder is told otherwise.
macro_rules! token_setters {
    ($ahead:literal) => {
        /// What stands in the tokens' `typ`.
        #[must_use]
        pub fn token_type(mut self, typ: AccessTokenType) -> Self {
            self.tokens.typ = typ;
            self
        }

        /// How far clocks may differ: for `exp`, `nbf` and `iat` (RFC 7519 §4.1), at most
        /// [`MAX_LEEWAY`](crate::jose::MAX_LEEWAY), five minutes. By default
        #[doc = concat!($ahead, " for `nbf` and `iat`, and none for `exp`.")]
        #[must_use]
        pub fn leeway(self, leeway: Duration) -> Self {
            self.exp_leeway(leeway).start_leeway(leeway)
        }

        /// For how long a token is taken beyond its `exp`; not at all by default.
        #[must_use]
        pub fn exp_leeway(mut self, leeway: Duration) -> Self {
            self.tokens.exp_leeway = leeway;
            self
        }

        /// How far the clock of whoever made a token may be ahead of ours, which its `nbf` and `iat` show; by default
        #[doc = concat!($ahead, ".")]
        #[must_use]
        pub fn start_leeway(mut self, leeway: Duration) -> Self {
            self.tokens.start_leeway = leeway;
            self
        }

        /// The longest token that is looked at, in bytes; [`MAX_TOKEN_LEN`](crate::jose::MAX_TOKEN_LEN), 8 KiB, by default.
        /// The server in front must take a header that long.
        #[must_use]
        pub fn max_token_len(mut self, bytes: usize) -> Self {
            self.tokens.max_len = bytes;
            self
        }
    };
}

pub(crate) use token_setters;
