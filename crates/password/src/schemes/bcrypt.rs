//! bcrypt in its crypt(3) notation: `$2b$12$`, 22 characters of salt, 31 of digest.
//!
//! bcrypt reads 72 bytes of a password and no more. Hashes that are stored already were made that way by every
//! framework, so a longer password verifies by its first 72 bytes; a new hash of one is refused. A password with a NUL
//! byte never matches and is never hashed: some implementations take the NUL for the end (PHP accepts
//! "secret\0anything" for the hash of "secret"), so nobody can say what such a hash was made of. `$2a$`, `$2b$` and
//! `$2y$` are computed alike.

use crate::arithmetic;
use crate::beginnings::Beginnings;
use crate::eksblowfish::{self, Sealed};
use crate::error::{Flaw, HashError};
use crate::random::Random;
use crate::scheme::{Hasher, Scheme, Verdict};
use crate::secret::{HashString, Password};
use crate::sight::{Sight, View};

const NAME: &str = "bcrypt";
const NAME_2X: &str = "bcrypt_2x";
const IDENTS: [&str; 3] = ["$2b$", "$2a$", "$2y$"];
const IDENT_2X: &str = "$2x$";

/// bcrypt: `$2a$`, `$2b$` and `$2y$` are read, `$2b$` is written unless another is asked for.
///
/// ```
/// use portcullis_password::{Passwords, Password, schemes::Bcrypt};
///
/// # fn main() -> Result<(), portcullis_password::HashError> {
/// let passwords = Passwords::new(Bcrypt::new(4)?); // far too cheap for anything but an example
/// let stored = passwords.hash(&Password::from("secret"))?;
/// assert!(stored.as_str().starts_with("$2b$04$"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bcrypt {
    cost: u32,
    ident: BcryptIdent,
}

/// What new bcrypt hashes begin with; they are computed alike. PHP takes `$2y$` alone for its own, Ruby writes `$2a$`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BcryptIdent {
    /// `$2a$`
    A,
    /// `$2b$`
    #[default]
    B,
    /// `$2y$`
    Y,
}

impl BcryptIdent {
    fn text(self) -> &'static str {
        match self {
            Self::A => "$2a$",
            Self::B => "$2b$",
            Self::Y => "$2y$",
        }
    }

    /// From passlib's spellings of the option `ident`: `2b` or `$2b$`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let all = [Self::A, Self::B, Self::Y];
        all.into_iter()
            .find(|ident| ident.text().trim_matches('$') == name.trim_matches('$'))
    }
}

/// `$2x$`: bcrypt with the sign-extension bug of crypt_blowfish before 1.1. Different passwords with bytes above 127
/// can have the same hash, so it only verifies:
///
/// ```compile_fail,E0277
/// use portcullis_password::{Passwords, schemes::Bcrypt2x};
///
/// let passwords = Passwords::new(Bcrypt2x); // no Hasher: does not compile
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bcrypt2x;

struct Parsed<'a> {
    ident: &'a str,
    cost: u32,
    sealed: Sealed,
}

impl Default for Bcrypt {
    /// Cost 12, `$2b$`.
    fn default() -> Self {
        Self {
            cost: 12,
            ident: BcryptIdent::B,
        }
    }
}

impl Bcrypt {
    /// bcrypt with `cost`, the binary logarithm of its rounds.
    ///
    /// # Errors
    /// The cost is below 4 or above [`limits::BCRYPT_COST`](crate::limits::BCRYPT_COST).
    pub fn new(cost: u32) -> Result<Self, HashError> {
        eksblowfish::check_cost(NAME, cost)?;
        Ok(Self {
            cost,
            ident: BcryptIdent::B,
        })
    }

    /// The same with another beginning of new hashes.
    #[must_use]
    pub fn with_ident(self, ident: BcryptIdent) -> Self {
        Self { ident, ..self }
    }
}

fn ident_of(text: &str) -> Option<&'static str> {
    IDENTS.into_iter().find(|ident| text.starts_with(ident))
}

fn parse<'a>(text: &str, ident: &'a str, scheme: &'static str) -> Option<Result<Parsed<'a>, HashError>> {
    let rest = text.strip_prefix(ident)?;
    let parsed = read(rest, ident).map_err(|flaw| HashError::Malformed { scheme, flaw });
    Some(parsed.and_then(|parsed| eksblowfish::check_cost(scheme, parsed.cost).map(|()| parsed)))
}

/// Two digits, `$`, 22 characters of salt, 31 of digest: places, not separators.
fn read<'a>(rest: &str, ident: &'a str) -> Result<Parsed<'a>, Flaw> {
    let (cost, rest) = rest.split_at_checked(2).ok_or(Flaw::MissingField)?;
    let digits = cost.bytes().all(|byte| byte.is_ascii_digit());
    let cost = cost.parse().ok().filter(|_| digits).ok_or(Flaw::Number)?;
    let rest = rest.strip_prefix('$').ok_or(Flaw::Number)?;
    let (salt, digest) = rest
        .split_at_checked(eksblowfish::SALT_TEXT)
        .ok_or(Flaw::MissingField)?;
    match digest.len() {
        31 => Ok(Parsed {
            ident,
            cost,
            sealed: Sealed::read(salt, digest)?,
        }),
        ..31 => Err(Flaw::MissingField),
        _ => Err(Flaw::ExtraField),
    }
}

fn write(ident: &str, cost: u32, salt: &[u8], digest: &[u8]) -> HashString {
    HashString::new(format!(
        "{ident}{cost:02}${}{}",
        eksblowfish::encode(salt),
        eksblowfish::encode(digest)
    ))
}

fn compare(password: &Password, parsed: &Parsed<'_>, key: &[u8]) -> Verdict {
    let digest = eksblowfish::digest(parsed.cost, parsed.sealed.salt, key);
    let verdict = arithmetic::matches(password, &digest, &parsed.sealed.digest);
    if password.bounded().contains(&0) {
        Verdict::Mismatch
    } else {
        verdict
    }
}

fn decoy(ident: &str, cost: u32, seed: &[u8; 32]) -> HashString {
    write(
        ident,
        cost,
        &arithmetic::derived_salt(seed),
        &arithmetic::derived_digest(seed, 23),
    )
}

impl Scheme for Bcrypt {
    fn name(&self) -> &'static str {
        NAME
    }

    fn identify(&self, text: &str) -> bool {
        ident_of(text).is_some()
    }

    fn beginnings(&self) -> Beginnings {
        Beginnings::of(b"$")
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        let parsed = parse(hash.as_str(), ident_of(hash.as_str())?, NAME)?;
        Some(parsed.map(|parsed| compare(password, &parsed, &eksblowfish::key(password.bounded()))))
    }

    fn sight(&self, password: &Password, hash: &HashString) -> Sight {
        View::first(eksblowfish::KEY).sight(NAME, password, hash)
    }

    fn memory_kib(&self, _: &HashString) -> u64 {
        eksblowfish::MEMORY_KIB
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        let parsed = parse(like.as_str(), ident_of(like.as_str())?, NAME)?.ok()?;
        Some(decoy(parsed.ident, parsed.cost, seed))
    }
}

impl Hasher for Bcrypt {
    /// # Errors
    /// Besides the usual ones: the password is longer than 72 bytes, or holds a NUL byte.
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        let bytes = password.as_bytes();
        if bytes.len() > eksblowfish::KEY {
            return Err(HashError::PasswordTooLong {
                scheme: NAME,
                limit: eksblowfish::KEY,
            });
        }
        if bytes.contains(&0) {
            return Err(HashError::NulInPassword { scheme: NAME });
        }
        let salt = arithmetic::salt(random)?;
        let digest = eksblowfish::digest(self.cost, salt, &eksblowfish::key(bytes));
        Ok(write(self.ident.text(), self.cost, &salt, &digest))
    }

    /// A lower cost than the current one. `$2a$` and `$2y$` are as good as `$2b$`.
    fn needs_update(&self, hash: &HashString) -> bool {
        let parsed = ident_of(hash.as_str()).and_then(|ident| parse(hash.as_str(), ident, NAME));
        let Some(Ok(parsed)) = parsed else { return true };
        parsed.cost < self.cost
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        decoy(self.ident.text(), self.cost, seed)
    }
}

impl Scheme for Bcrypt2x {
    fn name(&self) -> &'static str {
        NAME_2X
    }

    fn identify(&self, text: &str) -> bool {
        text.starts_with(IDENT_2X)
    }

    fn beginnings(&self) -> Beginnings {
        Beginnings::of(b"$")
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        let parsed = parse(hash.as_str(), IDENT_2X, NAME_2X)?;
        Some(parsed.map(|parsed| compare(password, &parsed, &eksblowfish::key_with_sign_bug(password.bounded()))))
    }

    fn sight(&self, password: &Password, hash: &HashString) -> Sight {
        // Bytes above 127 hide others before them.
        let view = if password.as_bytes().is_ascii() {
            View::first(eksblowfish::KEY)
        } else {
            View::of(|_, password| Some(eksblowfish::key_with_sign_bug(password).to_vec()))
        };
        view.sight(NAME_2X, password, hash)
    }

    fn memory_kib(&self, _: &HashString) -> u64 {
        eksblowfish::MEMORY_KIB
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        let parsed = parse(like.as_str(), IDENT_2X, NAME_2X)?.ok()?;
        Some(decoy(IDENT_2X, parsed.cost, seed))
    }
}
