//! Where entries stand in the order of their commits: statements for databases with one writer, such as SQLite.

use super::statement::statements;

statements! {
    /// The newest era and position.
    NEWEST = "SELECT coalesce((SELECT era FROM portcullis_revocation_eras ORDER BY begins DESC LIMIT 1), zeroblob(16)), \
        coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'portcullis_revocations'), 0)";
    /// The last position in the era `$2`: `$1`, if it is the newest.
    LAST_OF_ERA = "SELECT coalesce((SELECT min(next.begins) - 1 FROM portcullis_revocation_eras next \
        WHERE next.begins > this.begins), $1) FROM portcullis_revocation_eras this WHERE this.era = $2";
    /// What stands behind the position `$1`, for [`entry`](super::revocations::entry).
    BEHIND = "SELECT kind, subject, value, until FROM portcullis_revocations WHERE position > $1 ORDER BY position";
    /// The era `$1` begins at the position `$2`, unless it has begun.
    BEGIN_ERA = "INSERT INTO portcullis_revocation_eras (era, begins) VALUES ($1, $2) ON CONFLICT (era) DO NOTHING";
    /// Removes at most `$2` entries that nobody needs at `$1`.
    FORGET = "DELETE FROM portcullis_revocations WHERE position IN \
        (SELECT position FROM portcullis_revocations WHERE until <= $1 ORDER BY until LIMIT $2)";
    /// Removes eras that ended before the first entry that is left: who read under them is missing all of them in any case.
    FORGET_ERAS = "DELETE FROM portcullis_revocation_eras WHERE begins < (SELECT max(begins) \
        FROM portcullis_revocation_eras WHERE begins <= (SELECT min(position) FROM portcullis_revocations))";
}
