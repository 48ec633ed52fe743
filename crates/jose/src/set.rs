//! Several keys under ids: rotation.

use crate::key::VerifyingKey;
use crate::policy_error::PolicyError;

/// The most keys one set may have.
pub(crate) const MAX_KEYS: usize = 64;

/// The keys that a verifier may use. A token's `kid` is looked up exactly; it is never a path, a URL or a query.
///
/// A set of one key without an id does not look at `kid`. Otherwise an unknown `kid` is refused, and a token without one
/// is good only where there is one key.
#[derive(Debug, Clone)]
pub struct KeySet(Vec<VerifyingKey>);

impl KeySet {
    /// Makes a set of keys of one sort: all shared secrets or all public keys.
    ///
    /// # Errors
    /// No key, more than 64, two with the same id, several of which one has no id, or shared secrets beside public keys:
    /// where others made the set, such a mix is an accident at best and a way to confuse the two at worst.
    pub fn new(keys: Vec<VerifyingKey>) -> Result<Self, PolicyError> {
        let symmetric = keys.iter().filter(|key| key.algorithm().is_symmetric()).count();
        if symmetric != 0 && symmetric != keys.len() {
            return Err(PolicyError::MixedKeys);
        }
        Self::of_own_keys_mixed(keys)
    }

    /// Makes a set that may hold shared secrets beside public keys. For keys of one's own alone, while a server moves
    /// from HS256 to an asymmetric algorithm and the tokens of both must be good: each id leads to exactly one key, each
    /// key has exactly one algorithm, and the server itself made them all, so a token cannot choose between them.
    ///
    /// # Errors
    /// No key, more than 64, two with the same id, or several of which one has no id.
    pub fn of_own_keys_mixed(keys: Vec<VerifyingKey>) -> Result<Self, PolicyError> {
        if keys.is_empty() {
            return Err(PolicyError::NoKey);
        }
        if keys.len() > MAX_KEYS {
            return Err(PolicyError::TooManyKeys);
        }
        if keys.len() > 1 && keys.iter().any(|key| key.key_id().is_none()) {
            return Err(PolicyError::KeyWithoutId);
        }
        let twice =
            |(at, key): (usize, &VerifyingKey)| keys.iter().take(at).any(|other| other.key_id() == key.key_id());
        if keys.iter().enumerate().any(twice) {
            return Err(PolicyError::KeyIdTwice);
        }
        Ok(Self(keys))
    }

    /// The key for a token that names this id, or none.
    pub fn find(&self, key_id: Option<&str>) -> Option<&VerifyingKey> {
        match (self.0.as_slice(), key_id) {
            ([only], None) => Some(only),
            ([only], Some(_)) if only.key_id().is_none() => Some(only),
            (keys, Some(key_id)) => keys.iter().find(|key| key.key_id() == Some(key_id)),
            (_, None) => None,
        }
    }

    /// The keys, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.0.iter()
    }
}

impl From<VerifyingKey> for KeySet {
    fn from(key: VerifyingKey) -> Self {
        Self(vec![key])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;

    fn key(id: Option<&str>) -> VerifyingKey {
        let key = SigningKey::hs256([7; 32]).expect("a key");
        id.map_or(key.clone(), |id| key.with_key_id(id).expect("an id"))
            .verifying_key()
    }

    #[test]
    fn sets_that_leave_a_choice_open_are_refused() {
        assert_eq!(KeySet::new(vec![]).err(), Some(PolicyError::NoKey));
        assert_eq!(
            KeySet::new(vec![key(Some("a")), key(None)]).err(),
            Some(PolicyError::KeyWithoutId)
        );
        assert_eq!(
            KeySet::new(vec![key(Some("a")), key(Some("a"))]).err(),
            Some(PolicyError::KeyIdTwice)
        );
    }

    #[test]
    fn an_unknown_id_finds_nothing_and_no_id_only_the_one_key() {
        let two = KeySet::new(vec![key(Some("a")), key(Some("b"))]).expect("a set");
        assert!(two.find(Some("c")).is_none() && two.find(None).is_none() && two.find(Some("A")).is_none());
        assert_eq!(two.find(Some("b")).and_then(VerifyingKey::key_id), Some("b"));
        let one = KeySet::from(key(Some("a")));
        assert!(one.find(None).is_some() && one.find(Some("b")).is_none());
        assert!(KeySet::from(key(None)).find(Some("anything")).is_some());
    }
}
