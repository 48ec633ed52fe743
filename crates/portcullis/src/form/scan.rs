//! Looking for bytes among bytes.

/// A character of a token (RFC 9110 §5.6.2).
pub(super) fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

/// The place of `needle`. Its first byte is compared alone first: that is many times faster over plain content.
pub(super) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len())
        .position(|window| window.first() == needle.first() && window == needle)
}

/// How many bytes at the end of `hay` may be the beginning of `needle`.
pub(super) fn overlap(hay: &[u8], needle: &[u8]) -> usize {
    (1..needle.len())
        .rev()
        .find(|length| {
            hay.len()
                .checked_sub(*length)
                .is_some_and(|at| hay.get(at..) == needle.get(..*length))
        })
        .unwrap_or_default()
}
