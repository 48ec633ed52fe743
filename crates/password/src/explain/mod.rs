//! What a stored value is, in words: for people who look at a table that somebody left behind.

use std::sync::LazyLock;

use crate::beginnings::Beginnings;
use crate::error::HashError;
use crate::options::{Options, SchemeError};
use crate::scheme::Scheme;
use crate::schemes::{self, Named};
use crate::secret::{HashString, Password};

mod cost;
mod near;
mod versions;
mod words;

pub use cost::{Cost, Strength};

/// What a stored value is. Neither salt nor digest is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The scheme, if the text tells it.
    pub scheme: Option<&'static str>,
    /// Who writes such hashes.
    pub origin: &'static str,
    /// Which version of it writes this cost by default, where that is known: somebody may have chosen the same.
    pub version: Option<&'static str>,
    /// Its cost, if the text tells it.
    pub cost: Option<Cost>,
    /// How it stands against guessing with what was stolen.
    pub strength: Strength,
    /// What this crate does with it.
    pub class: Class,
    /// What is weak about it beside its cost, a sentence each.
    pub weaknesses: Vec<&'static str>,
    /// What must be known beside the text, to verify it.
    pub needs: Vec<&'static str>,
    /// The other schemes that write such a text; without a `scheme`, all that might have.
    pub candidates: Vec<&'static str>,
    /// Why it cannot be verified, if it cannot.
    pub trouble: Option<String>,
}

/// What a scheme is good for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It may make new hashes.
    Current,
    /// It is read, and upgraded at the next good login.
    VerifyOnly,
    /// It is read only where the operator names it.
    Broken,
    /// It never verifies.
    Disabled,
    /// No scheme is known.
    Unknown,
}

struct Known {
    name: &'static str,
    class: Class,
    scheme: std::sync::Arc<dyn Scheme>,
    beginnings: Beginnings,
    needs: Vec<&'static str>,
}

impl Known {
    fn identifies(&self, text: &str) -> bool {
        self.beginnings.fit(text) && self.scheme.identify(text)
    }
}

/// Every scheme that can tell its own texts.
static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| schemes::names().filter_map(known).collect());

/// Those take any text for their own.
const TAKE_ANYTHING: [&str; 3] = ["plaintext", "ldap_plaintext", "unix_fallback"];

fn known(name: &'static str) -> Option<Known> {
    if TAKE_ANYTHING.contains(&name) {
        return None;
    }
    let (mut options, mut needs) = (Options::new(), Vec::new());
    loop {
        match schemes::named(name, &options) {
            Ok(named) => {
                let (class, scheme): (_, std::sync::Arc<dyn Scheme>) = match named {
                    Named::Current(hasher) => (Class::Current, std::sync::Arc::new(hasher)),
                    Named::VerifyOnly(scheme) => (Class::VerifyOnly, scheme),
                    Named::Broken(broken) => (Class::Broken, broken.into_inner()),
                    Named::Disabled(disabled) => (Class::Disabled, disabled.into_inner()),
                };
                return Some(Known {
                    name,
                    class,
                    beginnings: scheme.beginnings(),
                    scheme,
                    needs,
                });
            }
            // Nothing is verified with it: any value will do to look at a text.
            Err(SchemeError::MissingOption(option)) if needs.len() < 8 && !needs.contains(&option) => {
                needs.push(option);
                options = options.with(option, "1");
            }
            Err(_) => return None,
        }
    }
}

/// Says what `hash` is. Takes microseconds, whatever the cost of verifying it.
///
/// ```
/// use portcullis_password::explain::{Strength, explain};
/// use portcullis_password::HashString;
///
/// let told = explain(&HashString::new("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"));
/// assert_eq!((told.scheme, told.strength), (Some("bcrypt"), Strength::Strong));
///
/// // 32 hexadecimal digits may be many things.
/// let told = explain(&HashString::new("5f4dcc3b5aa765d61d8327deb882cf99"));
/// assert!(told.scheme.is_none() && told.candidates.contains(&"hex_md5") && told.candidates.contains(&"nthash"));
/// ```
#[must_use]
pub fn explain(hash: &HashString) -> Explanation {
    let text = hash.as_str();
    // Some schemes do not know their own text without a name; which one does not matter here.
    let named = hash.user().is_none().then(|| hash.clone().with_user("user"));
    let hash = named.as_ref().unwrap_or(hash);
    let candidates: Vec<&Known> = KNOWN.iter().filter(|known| known.identifies(text)).collect();
    let Some(chosen) = chosen(text, &candidates).filter(|_| !text.is_empty()) else {
        return unknown(text, if text.is_empty() { &[] } else { &candidates });
    };
    let (chosen, trouble) = match trouble(chosen, hash) {
        None => (chosen, None),
        // What is broken as one scheme's may be whole as that of another.
        Some(trouble) => match candidates.iter().find(|known| is_whole(known, hash)) {
            Some(other) => (*other, None),
            None => (chosen, Some(trouble)),
        },
    };
    let cost = Cost::of(chosen.name, text);
    let strength = match chosen.class {
        _ if trouble.is_some() => Strength::Unreadable,
        Class::Disabled => Strength::Disabled,
        Class::Broken if !cost::is_slow(chosen.name) => Strength::Broken,
        _ => cost.as_ref().map_or(Strength::Weak, Cost::strength),
    };
    Explanation {
        scheme: Some(chosen.name),
        origin: words::origin(chosen.name),
        version: versions::version(chosen.name, text, cost.as_ref()),
        strength,
        class: chosen.class,
        weaknesses: words::weaknesses(chosen.name),
        needs: needs(chosen),
        candidates: names(candidates.iter().filter(|known| known.name != chosen.name)),
        trouble: trouble.map(|error| near::sentence(text, &error)),
        cost,
    }
}

/// The scheme that the text tells: the first sound one, or the only one; of bare digests none.
fn chosen<'a>(text: &str, candidates: &[&'a Known]) -> Option<&'a Known> {
    let sound = |known: &&&Known| known.class != Class::Broken && known.needs.is_empty();
    // `md5` before 32 digits is PostgreSQL's alone.
    let telling = |known: &&&Known| known.name == "postgres_md5";
    let told = candidates
        .iter()
        .find(sound)
        .or_else(|| candidates.iter().find(telling));
    let told = told.or(match candidates {
        [only] => Some(only),
        [first, ..] if text.contains(['$', '{', ':', '*']) => Some(first),
        _ => None,
    });
    told.copied()
}

fn unknown(text: &str, candidates: &[&Known]) -> Explanation {
    let ambiguous = !candidates.is_empty();
    Explanation {
        scheme: None,
        origin: "",
        version: None,
        cost: None,
        strength: if ambiguous {
            Strength::Broken
        } else {
            Strength::Unreadable
        },
        class: Class::Unknown,
        weaknesses: Vec::new(),
        needs: Vec::new(),
        candidates: names(candidates.iter()),
        trouble: (!ambiguous).then(|| near::guess(text)),
    }
}

fn names<'a>(known: impl Iterator<Item = &'a &'a Known>) -> Vec<&'static str> {
    known.map(|known| known.name).collect()
}

fn needs(known: &Known) -> Vec<&'static str> {
    let of_columns = words::columns(known.name).iter().copied();
    known.needs.iter().copied().chain(of_columns).collect()
}

/// Why it cannot be verified. What has a decoy is sound; the rest is cheap to try.
fn trouble(known: &Known, hash: &HashString) -> Option<HashError> {
    if known.class == Class::Disabled || known.scheme.decoy(hash, &[0; 32]).is_some() {
        return None;
    }
    match known.scheme.verify(&Password::from(""), hash) {
        // What stands beside the hash is another matter.
        Some(Err(HashError::Missing { .. })) | Some(Ok(_)) | None => None,
        Some(Err(error)) => Some(error),
    }
}

/// Whether it is one that can be verified as this scheme's, with what stands beside it.
fn is_whole(known: &Known, hash: &HashString) -> bool {
    let tried = || known.scheme.verify(&Password::from(""), hash);
    known.class != Class::Disabled && (known.scheme.decoy(hash, &[0; 32]).is_some() || matches!(tried(), Some(Ok(_))))
}

/// Whether a scheme takes a salt that stands in another column, be it needed or not. Beside a bare digest of one that takes
/// none, such a column says that the digest is another scheme's.
///
/// ```
/// use portcullis_password::explain::takes_salt;
///
/// assert!(takes_salt("mybb_md5") && !takes_salt("hex_md5"));
/// ```
#[must_use]
pub fn takes_salt(scheme: &str) -> bool {
    words::columns(scheme).contains(&words::SALT) || words::MAY_HAVE_SALT.contains(&scheme)
}

#[cfg(test)]
mod tests;
