//! What is remembered of the attempts on an account from one side, as it is stored: at most 64 bytes.

/// How many wrong passwords are remembered.
pub(super) const TAGS: usize = 8;

/// Of how many networks of strangers it is known what they spent.
pub(super) const PLACES: usize = 4;

/// The layout.
const VERSION: u8 = 1;

/// The longest that is ever stored, in bytes.
pub const STATE_MAX: usize = 64;

/// What one network of strangers has spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    /// A tag of the network.
    pub(super) network: u16,
    /// When its budget is full again.
    pub(super) full: u64,
}

/// What is remembered. Times are milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct State {
    /// How many distinct passwords in a row were wrong.
    pub(super) streak: u8,
    /// Tags of the last wrong ones, the newest first; 0: none.
    pub(super) tags: [u16; TAGS],
    /// When the budget of distinct wrong passwords is full again.
    pub(super) full: u64,
    /// When that of repeated ones is.
    pub(super) repeats_full: u64,
    /// Of strangers: what their networks have spent.
    pub(super) places: [Place; PLACES],
}

impl State {
    /// As it is stored.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(STATE_MAX);
        bytes.extend([VERSION, self.streak]);
        bytes.extend(self.tags.iter().flat_map(|tag| tag.to_be_bytes()));
        bytes.extend(time(self.full));
        bytes.extend(time(self.repeats_full));
        for place in &self.places {
            bytes.extend(place.network.to_be_bytes());
            bytes.extend(time(place.full));
        }
        bytes
    }

    /// From what is stored; `None`: a layout of another version.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let mut left = Left(bytes);
        let [version, streak] = left.take()?;
        if version != VERSION {
            return None;
        }
        let mut state = Self {
            streak,
            ..Self::default()
        };
        for tag in &mut state.tags {
            *tag = u16::from_be_bytes(left.take()?);
        }
        state.full = left.time()?;
        state.repeats_full = left.time()?;
        for place in &mut state.places {
            place.network = u16::from_be_bytes(left.take()?);
            place.full = left.time()?;
        }
        left.0.is_empty().then_some(state)
    }

    /// How many distinct passwords in a row were wrong.
    pub(crate) fn streak(&self) -> u8 {
        self.streak
    }

    /// Whether nothing needs to be remembered any more.
    pub(crate) fn is_empty(&self, now: u64) -> bool {
        let spent = [self.full, self.repeats_full];
        let places = self.places.iter().map(|place| place.full);
        self.streak == 0 && self.tags == [0; TAGS] && spent.into_iter().chain(places).all(|full| full <= now)
    }
}

/// A time, in 48 bits: they last until the year 10889.
fn time(time: u64) -> [u8; 6] {
    const MOST: u64 = (1 << 48) - 1;
    let [_, _, time @ ..] = time.min(MOST).to_be_bytes();
    time
}

/// What is still to be read.
struct Left<'a>(&'a [u8]);

impl Left<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, left) = self.0.split_first_chunk()?;
        self.0 = left;
        Some(*taken)
    }

    fn time(&mut self) -> Option<u64> {
        let [a, b, c, d, e, f] = self.take()?;
        Some(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(in super::super) fn any_state() -> impl Strategy<Value = State> {
        let time = || 0_u64..(1 << 48);
        let places = prop::array::uniform4((any::<u16>(), time()));
        (any::<u8>(), any::<[u16; TAGS]>(), time(), time(), places).prop_map(
            |(streak, tags, full, repeats_full, places)| State {
                streak,
                tags,
                full,
                repeats_full,
                places: places.map(|(network, full)| Place { network, full }),
            },
        )
    }

    #[test]
    fn what_is_cut_longer_or_of_another_version_is_not_read() {
        let bytes = State::default().to_bytes();
        assert!(State::of_bytes(&bytes[1..]).is_none() && State::of_bytes(&[]).is_none());
        assert!(State::of_bytes(&[&bytes[..], &[0]].concat()).is_none());
        assert!(State::of_bytes(&[&[2], &bytes[1..]].concat()).is_none());
    }

    proptest! {
        #[test]
        fn every_state_comes_back_from_at_most_64_bytes(state in any_state()) {
            let bytes = state.to_bytes();
            prop_assert!(bytes.len() <= STATE_MAX);
            prop_assert_eq!(State::of_bytes(&bytes), Some(state));
        }
    }
}
