//! A fair sample of rows that are numbered as they were added, cheap however many there are: some at even distances. The
//! oldest users alone would not do, for their hashes are often of another format than the others'.

/// How many rows without a hash are passed over at one place.
pub(crate) const NEIGHBOURS: i64 = 32;

/// Up to `places` equal parts of the rows with numbers from the first to the last of `ends`: from which number to which,
/// without that one.
pub(crate) fn parts(ends: (i64, i64), places: i64) -> impl Iterator<Item = (i64, i64)> {
    let (first, last) = (i128::from(ends.0), i128::from(ends.1));
    let length = last.saturating_sub(first).saturating_add(1);
    let places = i128::from(places).min(length);
    let place = move |number: i128| {
        let offset = length.saturating_mul(number).checked_div(places).unwrap_or_default();
        i64::try_from(first.saturating_add(offset)).unwrap_or(i64::MAX)
    };
    (0..places).map(move |number| (place(number), place(number.saturating_add(1))))
}

/// How many are taken at each place where one at each gave only so many: where many rows were deleted, those that are left
/// stand close together.
pub(crate) fn again(limit: i64, found: usize) -> Option<i64> {
    let found = i64::try_from(found).unwrap_or(i64::MAX);
    limit.checked_div(found).filter(|each| *each > 1)
}
