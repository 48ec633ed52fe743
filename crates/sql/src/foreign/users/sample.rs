//! A fair sample of a table's hashes, for little whatever its size.

use std::collections::BTreeMap;

use portcullis_core::HashString;

use super::{ForeignError, ForeignUsers, Lane, Row, reading};
use crate::foreign::spread::{Line, POINTS, occupied};

/// How often the points are moved to where users are: ids of a few strangers may lie far from all others.
const ROUNDS: usize = 16;

impl ForeignUsers {
    /// Up to `limit` hashes: all of a small table, otherwise those of a few neighbours at each of many points.
    pub(super) async fn sample(&self, limit: usize) -> Result<Vec<HashString>, ForeignError> {
        let (connection, statements) = (&self.0.connection, &self.0.statements);
        let first = connection
            .rows(Lane::Longer, &statements.first_hashes.limited(limit), &[])
            .await?;
        let last = connection
            .rows(Lane::Longer, &statements.last_hashes.limited(1), &[])
            .await?;
        let id = |rows: &[Row]| rows.first().and_then(|row| row.first().cloned().flatten());
        let (true, Some(low), Some(high)) = (first.len() >= limit, id(&first), id(&last)) else {
            let stored = |row: Row| reading::next_stored(&mut row.into_iter().skip(1));
            return Ok(first.into_iter().filter_map(stored).collect());
        };
        let line = Line::between(self.0.kind, &low, &high);
        let probe = statements.probe(POINTS, limit.div_ceil(POINTS));
        let mut spans = vec![line.whole()];
        let mut found = BTreeMap::new();
        for _ in 0..ROUNDS {
            let points = line.points(&spans);
            let ids: Vec<&str> = points.iter().map(|(_, id)| id.as_str()).collect();
            let mut led_to = vec![None; points.len()];
            found.clear();
            for row in connection.rows(Lane::Longer, &probe, &ids).await? {
                let mut texts = row.into_iter();
                let (Some(Some(point)), Some(Some(id))) = (texts.next(), texts.next()) else {
                    continue;
                };
                let hash = reading::next_stored(&mut texts);
                let first = point.parse().ok().and_then(|point: usize| led_to.get_mut(point));
                first.map(|first| first.get_or_insert(line.place(&id)));
                found.insert(id, hash);
            }
            let closer = occupied(&points, &led_to, line.whole().1);
            if found.len().saturating_mul(2) >= limit || closer.is_empty() || closer == spans {
                break;
            }
            spans = closer;
        }
        let every = found.len().div_ceil(limit.max(1)).max(1);
        Ok(found.into_values().step_by(every).flatten().collect())
    }
}
