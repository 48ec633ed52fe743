//! Argon2id over an older, fast digest: what protects users who have not logged in since, without their passwords.
//!
//! `$wrapped$SCHEME$SETTINGS$argon2id$…`: the scheme whose digest lies inside, its salt in hexadecimal (or nothing), and
//! Argon2's own text over that digest in hexadecimal. It verifies exactly the passwords that the older digest did, and is
//! made anew at the next good login.
//!
//! Schemes that see too little of a password for a hash of the whole of it are wrapped at a good login, and stay so: the
//! settings are empty, and Argon2's text is over what the scheme sees, in hexadecimal.

use std::fmt;
use std::sync::Arc;

use crate::beginnings::Beginnings;
use crate::encoding::{hex, to_hex};
use crate::error::{Flaw, HashError};
use crate::random::{OsRandom, Random};
use crate::scheme::{Hasher, Scheme, Verdict};
use crate::schemes::argon2::Argon2;
use crate::secret::{HashString, Password};
use crate::sight::Sight;

mod digest;

use digest::{INNER, Inner};

pub(crate) const NAME: &str = "wrapped";
const PREFIX: &str = "$wrapped$";

/// The weak schemes that are wrapped by what they see of a password.
const SEEING: &[&str] = &[
    "des_crypt",
    "django_des_crypt",
    "bsdi_crypt",
    "bigcrypt",
    "crypt16",
    "lmhash",
    "mysql323",
    "mssql2000",
    "oracle10",
    "cisco_pix",
    "cisco_asa",
];

/// The names of the schemes whose digests can be wrapped.
pub fn wrappable() -> impl Iterator<Item = &'static str> {
    INNER.iter().map(|inner| inner.name)
}

/// Puts Argon2id at the recommended cost over the digest of `scheme` that `stored` holds. Verifying takes both.
///
/// ```
/// use portcullis_password::{HashString, Password, Passwords, Verdict, wrap};
///
/// let stored = HashString::new("5f4dcc3b5aa765d61d8327deb882cf99");
/// let wrapped = wrap("hex_md5", &stored)?;
/// let verdict = Passwords::recommended().verify(&Password::from("password"), Some(&wrapped))?;
/// assert_eq!(verdict, Verdict::Outdated); // to be made anew, now that the password is known
/// # Ok::<(), portcullis_password::HashError>(())
/// ```
///
/// # Errors
/// [`HashError::Unknown`] if `scheme` is none of [`wrappable`]; the text is not of that scheme; what Argon2 says.
pub fn wrap(scheme: &str, stored: &HashString) -> Result<HashString, HashError> {
    wrap_with(&Argon2::default(), scheme, stored, &OsRandom)
}

fn wrap_with(argon2: &Argon2, scheme: &str, stored: &HashString, random: &dyn Random) -> Result<HashString, HashError> {
    let inner = Inner::named(scheme).ok_or(HashError::Unknown)?;
    let malformed = |flaw| HashError::Malformed {
        scheme: inner.name,
        flaw,
    };
    let (salt, digest) = inner.parts(stored.as_str()).map_err(malformed)?;
    let over = argon2.hash(&Password::from(to_hex(&digest)), random)?;
    Ok(HashString::new(format!(
        "{PREFIX}{}${}{}",
        inner.name,
        to_hex(&salt),
        over.as_str()
    )))
}

/// Argon2id at the recommended cost over what `scheme` saw of a password that matched `stored`; `None` if that stays as it
/// is.
pub(crate) fn over_seen(
    scheme: &str,
    seen: &Password,
    stored: &HashString,
    random: &dyn Random,
) -> Result<Option<HashString>, HashError> {
    if !SEEING.contains(&scheme) {
        return Ok(None);
    }
    let over = Argon2::default().hash(&Password::from(to_hex(seen.as_bytes())), random)?;
    Ok(Some(stored.with_text(format!("{PREFIX}{scheme}${}", over.as_str()))))
}

/// The scheme that reads what [`wrap`] makes.
pub(crate) struct Wrapped {
    argon2: Argon2,
    /// The registry.
    scheme: fn(&str) -> Option<Arc<dyn Scheme>>,
}

impl Wrapped {
    /// What wraps a scheme by what it sees is read with the help of that scheme.
    pub(crate) fn reader(scheme: fn(&str) -> Option<Arc<dyn Scheme>>) -> Arc<dyn Scheme> {
        Arc::new(Self {
            argon2: Argon2::default(),
            scheme,
        })
    }
}

impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

/// What lies inside.
enum Inside {
    Digest(&'static Inner, Vec<u8>),
    Seen(&'static str),
}

/// What lies inside, and Argon2's text; what stands before that text.
struct Parsed<'a> {
    inside: Inside,
    over: HashString,
    before: &'a str,
}

fn parse(text: &str) -> Option<Result<Parsed<'_>, Flaw>> {
    let rest = text.strip_prefix(PREFIX)?;
    Some(read(text, rest))
}

fn read<'a>(text: &'a str, rest: &'a str) -> Result<Parsed<'a>, Flaw> {
    let (name, rest) = rest.split_once('$').ok_or(Flaw::MissingField)?;
    let end = rest.find('$').ok_or(Flaw::MissingField)?;
    let (salt, over) = rest.split_at_checked(end).ok_or(Flaw::MissingField)?;
    let salt = if salt.is_empty() { Vec::new() } else { hex(salt)? };
    let inside = match Inner::named(name) {
        Some(inner) => Inside::Digest(inner, salt),
        None if salt.is_empty() => Inside::Seen(seeing(name).ok_or(Flaw::Version)?),
        None => return Err(Flaw::ExtraField),
    };
    let before = text.get(..text.len().saturating_sub(over.len())).unwrap_or_default();
    Ok(Parsed {
        inside,
        over: HashString::new(over),
        before,
    })
}

/// One of those that are wrapped by what they see.
fn seeing(name: &str) -> Option<&'static str> {
    SEEING.iter().copied().find(|known| *known == name)
}

impl Wrapped {
    /// What Argon2 gets of a password, in hexadecimal; `None`: no password that can be right.
    fn inside(&self, inside: &Inside, password: &Password, hash: &HashString) -> Result<Option<Vec<u8>>, HashError> {
        let name = match inside {
            Inside::Digest(inner, salt) => return Ok(inner.digest(salt, password.bounded())),
            Inside::Seen(name) => *name,
        };
        match (self.scheme)(name).map(|scheme| scheme.sight(password, hash)) {
            Some(Sight::Part { seen, .. }) => Ok(Some(seen.as_bytes().to_vec())),
            _ if name == "oracle10" && hash.user().is_none() => Err(HashError::Missing {
                scheme: NAME,
                what: "user name",
            }),
            _ => Ok(None),
        }
    }
}

impl Scheme for Wrapped {
    fn name(&self) -> &'static str {
        NAME
    }

    fn identify(&self, text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    fn beginnings(&self) -> Beginnings {
        Beginnings::of(b"$")
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        let parsed = match parse(hash.as_str())? {
            Ok(parsed) => parsed,
            Err(flaw) => return Some(Err(HashError::Malformed { scheme: NAME, flaw })),
        };
        let digest = match self.inside(&parsed.inside, password, hash) {
            Ok(digest) => digest,
            Err(error) => return Some(Err(error)),
        };
        let possible = digest.is_some() && !password.is_too_long();
        let tried = Password::from(to_hex(&digest.unwrap_or_default()));
        let missing = HashError::Malformed {
            scheme: NAME,
            flaw: Flaw::MissingField,
        };
        let verdict = self.argon2.verify(&tried, &parsed.over).unwrap_or(Err(missing));
        Some(verdict.map(|verdict| if possible { verdict } else { Verdict::Mismatch }))
    }

    fn sight(&self, _: &Password, hash: &HashString) -> Sight {
        match parse(hash.as_str()) {
            Some(Ok(Parsed {
                inside: Inside::Digest(..),
                ..
            })) => Sight::Whole,
            _ => Sight::Less,
        }
    }

    fn memory_kib(&self, hash: &HashString) -> u64 {
        match parse(hash.as_str()) {
            Some(Ok(parsed)) => self.argon2.memory_kib(&parsed.over),
            _ => 0,
        }
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        let parsed = parse(like.as_str())?.ok()?;
        let over = self.argon2.decoy(&parsed.over, seed)?;
        Some(like.with_text(format!("{}{}", parsed.before, over.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schemes::named;
    use crate::{Options, Passwords};

    fn cheap() -> Argon2 {
        Argon2::new(64, 1, 1).unwrap()
    }

    /// A recorded hash and its password for each scheme that can be wrapped.
    fn recorded() -> Vec<(String, HashString, Password)> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/vectors.json");
        let value: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let vectors = value["vectors"].as_array().unwrap();
        let of = |name: &'static str| {
            let fits = vectors.iter().filter(move |vector| {
                vector["scheme"] == name && vector["verify"] == true && vector["secret_encoding"] != "base64"
            });
            fits.map(move |vector| {
                let text = |member: &str| vector[member].as_str().unwrap().to_owned();
                (
                    name.to_owned(),
                    HashString::new(text("hash")),
                    Password::from(text("secret")),
                )
            })
        };
        wrappable().flat_map(of).collect()
    }

    #[test]
    fn what_the_older_digest_verified_the_wrapped_one_verifies_and_nothing_else() {
        let all = recorded();
        let schemes: std::collections::BTreeSet<&str> = all.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(schemes.len(), wrappable().count(), "{schemes:?}");
        for (name, stored, password) in all {
            let wrapped =
                wrap_with(&cheap(), &name, &stored, &OsRandom).unwrap_or_else(|error| panic!("{name}: {error}"));
            let reader = Wrapped::reader(|_| None);
            assert!(
                reader.verify(&password, &wrapped).unwrap().unwrap().is_match(),
                "{name}"
            );
            let mut other = password.as_bytes().to_vec();
            other.push(b'x');
            let other = Password::from(other);
            assert!(!reader.verify(&other, &wrapped).unwrap().unwrap().is_match(), "{name}");
            let digits = stored
                .as_str()
                .trim_start_matches(|c: char| c != '}' && stored.as_str().starts_with('{'));
            assert!(
                digits.len() < 20 || !wrapped.as_str().contains(digits),
                "the digest is gone: {name}"
            );
            let decoy = reader.decoy(&wrapped, &[7; 32]).unwrap();
            assert!(!reader.verify(&password, &decoy).unwrap().unwrap().is_match(), "{name}");
            assert_eq!(reader.memory_kib(&decoy), reader.memory_kib(&wrapped));
        }
    }

    #[test]
    fn a_wrapped_hash_is_made_anew_at_the_next_good_login() {
        let stored = HashString::new("5f4dcc3b5aa765d61d8327deb882cf99");
        let wrapped = wrap_with(&cheap(), "hex_md5", &stored, &OsRandom).unwrap();
        let passwords = Passwords::recommended();
        assert_eq!(passwords.identify(&wrapped), Some("wrapped"));
        assert!(passwords.needs_update(&wrapped));
        let (right, better) = passwords
            .verify_and_update(&Password::from("password"), Some(&wrapped))
            .unwrap();
        assert!(right && better.unwrap().as_str().starts_with("$argon2id$"));
        assert!(named("wrapped", &Options::new()).is_ok());
    }

    #[test]
    fn what_is_not_of_the_scheme_is_not_wrapped() {
        for (scheme, text) in [
            ("bcrypt", "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"),
            ("hex_md5", "5f4dcc3b5aa765d61d8327deb882cf9"),
            ("hex_sha1", "5f4dcc3b5aa765d61d8327deb882cf99"),
            ("ldap_salted_sha1", "{SSHA}"),
            ("django_salted_md5", "sha1$salt$5f4dcc3b5aa765d61d8327deb882cf99"),
        ] {
            assert!(
                wrap_with(&cheap(), scheme, &HashString::new(text), &OsRandom).is_err(),
                "{scheme}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_behind_the_prefix_makes_it_fall(rest in "[$a-z0-9_,=]{0,80}") {
            let hash = HashString::new(format!("{PREFIX}{rest}"));
            let reader = Wrapped::reader(|_| None);
            prop_assert!(reader.verify(&Password::from("x"), &hash).unwrap().is_err());
            prop_assert!(reader.decoy(&hash, &[0; 32]).is_none() && reader.memory_kib(&hash) == 0);
        }
    }
}
