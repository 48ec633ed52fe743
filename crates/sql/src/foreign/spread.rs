//! Which ids a sample of a table begins at: points that are spread over all ids, so that the oldest users do not speak for
//! everybody. Where a point stands depends on the ids alone and seldom moves while the table grows.

use super::dialect::Kind;

/// How many points are asked for in one statement.
pub(super) const POINTS: usize = 100;

/// How many letters of a text tell its place, after those that all have.
const LETTERS: u32 = 8;

/// A stretch of places, both ends in it.
type Span = (u128, u128);

/// How ids of a kind are places on a line.
pub(super) struct Line {
    kind: Kind,
    /// What all texts between the ends begin with.
    prefix: String,
    upper: bool,
    whole: Span,
}

impl Line {
    /// The line from the first id to the last.
    pub(super) fn between(kind: Kind, first: &str, last: &str) -> Self {
        let same = first.chars().zip(last.chars()).take_while(|(a, b)| a == b);
        let mut line = Self {
            kind,
            prefix: same.map(|(same, _)| same).collect(),
            upper: [first, last]
                .iter()
                .any(|id| id.contains(|c: char| c.is_ascii_uppercase())),
            whole: (0, u128::MAX),
        };
        let (low, high) = (line.place(first), line.place(last));
        // A collation may have another order than the letters.
        line.whole = if low < high { (low, high) } else { (0, highest(kind)) };
        line
    }

    /// Where the line begins and ends.
    pub(super) fn whole(&self) -> Span {
        self.whole
    }

    /// Where an id stands.
    pub(super) fn place(&self, id: &str) -> u128 {
        match self.kind {
            Kind::Integer => id
                .parse::<i64>()
                .map_or(0, |number| u128::from(number.abs_diff(i64::MIN))),
            Kind::Uuid => u128::from_str_radix(&id.replace('-', ""), 16).unwrap_or(0),
            Kind::Text | Kind::Citext => {
                let rest = id.strip_prefix(self.prefix.as_str()).unwrap_or(id);
                let digits = rest.chars().map(|letter| letter.to_digit(36).unwrap_or(0));
                let digits = digits.chain(std::iter::repeat(0)).take(LETTERS as usize);
                digits.fold(0, |place, digit| place.saturating_mul(36).saturating_add(digit.into()))
            }
        }
    }

    /// The id that would stand there.
    fn id(&self, place: u128) -> String {
        match self.kind {
            Kind::Integer => {
                let number = u64::try_from(place).unwrap_or(u64::MAX);
                i64::MIN.saturating_add_unsigned(number).to_string()
            }
            Kind::Uuid => {
                let hex = format!("{place:032x}");
                let part = |range| hex.get(range).unwrap_or_default();
                let parts = [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)];
                parts.join("-")
            }
            Kind::Text | Kind::Citext => {
                let digit = |power: u32| {
                    let digit = divided(place, 36_u128.saturating_pow(power)).checked_rem(36);
                    let digit = digit.and_then(|digit| u32::try_from(digit).ok());
                    let letter = digit.and_then(|digit| char::from_digit(digit, 36));
                    letter.unwrap_or('0')
                };
                let mut id: String = (0..LETTERS).rev().map(digit).collect();
                if self.upper {
                    id.make_ascii_uppercase();
                }
                format!("{}{id}", self.prefix)
            }
        }
    }

    /// [`POINTS`] points over these spans, the last one as often as is needed, each with its place.
    pub(super) fn points(&self, spans: &[Span]) -> Vec<(u128, String)> {
        let share = divided(POINTS as u128, spans.len() as u128).max(1);
        let mut places = Vec::with_capacity(POINTS);
        for (low, high) in spans {
            // Multiples of a power of two: the points of a longer line are among those of a shorter one.
            let step = (divided(high.saturating_sub(*low), share))
                .saturating_add(1)
                .next_power_of_two();
            let first = divided(*low, step).saturating_mul(step);
            let steps = (1..share).map(|n| first.saturating_add(step.saturating_mul(n)));
            places.push(*low);
            places.extend(steps.filter(|place| place > low && place <= high));
        }
        places.truncate(POINTS);
        let last = places.last().copied().unwrap_or_default();
        places.resize(POINTS, last);
        places.into_iter().map(|place| (place, self.id(place))).collect()
    }
}

fn divided(number: u128, by: u128) -> u128 {
    number.checked_div(by).unwrap_or(0)
}

fn highest(kind: Kind) -> u128 {
    match kind {
        Kind::Integer => u64::MAX.into(),
        Kind::Uuid => u128::MAX,
        Kind::Text | Kind::Citext => 36_u128.saturating_pow(LETTERS).saturating_sub(1),
    }
}

/// The stretches in which something was found: `first` is the place of what each point led to.
pub(super) fn occupied(points: &[(u128, String)], first: &[Option<u128>], end: u128) -> Vec<Span> {
    let next = points
        .iter()
        .skip(1)
        .map(|(place, _)| place.saturating_sub(1))
        .chain([end]);
    let each = points.iter().zip(next).zip(first);
    let held = each.filter_map(|(((place, _), last), first)| {
        let first = (*first)?;
        (first >= *place && first <= last).then_some((first, last))
    });
    held.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: Kind, first: &str, last: &str) -> (Vec<String>, Line) {
        let line = Line::between(kind, first, last);
        let mut ids: Vec<String> = line.points(&[line.whole()]).into_iter().map(|(_, id)| id).collect();
        ids.dedup();
        (ids, line)
    }

    #[test]
    fn points_are_spread_from_the_first_id_to_the_last() {
        for (kind, first, last) in [
            (Kind::Integer, "1", "1000000"),
            (Kind::Integer, "-9223372036854775808", "9223372036854775807"),
            (
                Kind::Uuid,
                "018f0000-0000-7000-8000-000000000000",
                "0199ffff-0000-7000-8000-000000000000",
            ),
            (Kind::Text, "00a3b5c1", "ffe3b5c1"),
            (Kind::Text, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01JRZ3NDEKTSV4RRFFQ69G5FAV"),
        ] {
            let (ids, line) = line(kind, first, last);
            assert!(ids.len() >= POINTS / 2, "{first}: {ids:?}");
            let places: Vec<u128> = ids.iter().map(|id| line.place(id)).collect();
            assert!(places.is_sorted() && places[0] == line.place(first), "{first}: {ids:?}");
            assert!(ids.iter().all(|id| kind.fits(id)), "{first}: {ids:?}");
            let (low, high) = line.whole();
            let gaps = places
                .windows(2)
                .map(|pair| pair[1] - pair[0])
                .chain([high - places[places.len() - 1]]);
            assert!(
                gaps.max() <= Some((high - low) / 24),
                "no part is left out of {first}: {ids:?}"
            );
        }
    }

    #[test]
    fn points_of_a_table_that_grows_stay_where_they_are() {
        let (before, _) = line(Kind::Integer, "1", "1000000");
        let (after, _) = line(Kind::Integer, "1", "1040000");
        assert_eq!(before, after[..before.len()]);
        let (doubled, _) = line(Kind::Integer, "1", "2000000");
        let kept = before.iter().filter(|id| doubled.contains(id)).count();
        assert!(kept >= before.len() / 2, "{kept}");
    }

    #[test]
    fn ids_that_no_line_fits_still_give_points() {
        for (kind, first, last) in [
            (Kind::Integer, "5", "5"),
            (Kind::Text, "", ""),
            (Kind::Text, "émile", "zoë"),
            (Kind::Text, "z", "a"),
            (Kind::Uuid, "garbage", ""),
        ] {
            let line = Line::between(kind, first, last);
            assert_eq!(line.points(&[line.whole()]).len(), POINTS);
        }
    }

    #[test]
    fn where_nothing_was_found_nobody_looks_again() {
        let points: Vec<(u128, String)> = [0, 100, 200].map(|place| (place, String::new())).into();
        assert_eq!(
            occupied(&points, &[Some(3), Some(250), Some(250)], 300),
            [(3, 99), (250, 300)]
        );
        assert_eq!(occupied(&points, &[None, None, None], 300), []);
    }
}
