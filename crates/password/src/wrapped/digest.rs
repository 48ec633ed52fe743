//! The fast digests that are wrapped: how their texts are read, and what is digested.

use crate::encoding::{BASE64, base64, hex, utf16_le};
use crate::error::Flaw;
use crate::function::Function;

/// A digest that can be computed from a password and a few settings alone.
pub(super) struct Inner {
    pub(super) name: &'static str,
    function: Function,
    /// Takes a stored text apart.
    read: Read,
    compute: Compute,
}

/// How the digest is written.
#[derive(Clone, Copy)]
enum Read {
    /// Hexadecimal digits behind one of these.
    Hex(&'static [&'static str]),
    /// Django's `name$salt$hex`, whose salt is text.
    Django(&'static str),
    /// base64 behind `{NAME}`; what follows the digest is salt.
    Ldap(&'static str),
}

/// What is digested.
#[derive(Clone, Copy)]
enum Compute {
    /// The password and then the salt.
    SaltLast,
    /// The salt and then the password.
    SaltFirst,
    /// The digest of the digest.
    Twice,
    /// The password in UTF-16.
    Utf16,
}

const fn row(name: &'static str, function: Function, read: Read, compute: Compute) -> Inner {
    Inner {
        name,
        function,
        read,
        compute,
    }
}

use Compute::{SaltFirst, SaltLast, Twice, Utf16};
use Function::{Md4, Md5, Sha1, Sha256, Sha384, Sha512};

pub(super) const INNER: &[Inner] = &[
    row("hex_md4", Md4, Read::Hex(&[""]), SaltLast),
    row("hex_md5", Md5, Read::Hex(&[""]), SaltLast),
    row("hex_sha1", Sha1, Read::Hex(&[""]), SaltLast),
    row("hex_sha256", Sha256, Read::Hex(&[""]), SaltLast),
    row("hex_sha512", Sha512, Read::Hex(&[""]), SaltLast),
    row("nthash", Md4, Read::Hex(&[""]), Utf16),
    row("mysql41", Sha1, Read::Hex(&["*"]), Twice),
    row("django_unsalted_md5", Md5, Read::Hex(&["md5$$", ""]), SaltLast),
    row("django_unsalted_sha1", Sha1, Read::Hex(&["sha1$$"]), SaltLast),
    row("django_salted_md5", Md5, Read::Django("md5"), SaltFirst),
    row("django_salted_sha1", Sha1, Read::Django("sha1"), SaltFirst),
    row("ldap_hex_md5", Md5, Read::Hex(&["{MD5}"]), SaltLast),
    row("ldap_hex_sha1", Sha1, Read::Hex(&["{SHA}"]), SaltLast),
    row("ldap_md5", Md5, Read::Ldap("{MD5}"), SaltLast),
    row("ldap_sha1", Sha1, Read::Ldap("{SHA}"), SaltLast),
    row("ldap_sha256", Sha256, Read::Ldap("{SHA256}"), SaltLast),
    row("ldap_sha384", Sha384, Read::Ldap("{SHA384}"), SaltLast),
    row("ldap_sha512", Sha512, Read::Ldap("{SHA512}"), SaltLast),
    row("ldap_salted_md5", Md5, Read::Ldap("{SMD5}"), SaltLast),
    row("ldap_salted_sha1", Sha1, Read::Ldap("{SSHA}"), SaltLast),
    row("ldap_salted_sha256", Sha256, Read::Ldap("{SSHA256}"), SaltLast),
    row("ldap_salted_sha384", Sha384, Read::Ldap("{SSHA384}"), SaltLast),
    row("ldap_salted_sha512", Sha512, Read::Ldap("{SSHA512}"), SaltLast),
];

impl Inner {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        INNER.iter().find(|inner| inner.name == name)
    }

    /// Salt and digest of a stored text.
    pub(super) fn parts(&self, text: &str) -> Result<(Vec<u8>, Vec<u8>), Flaw> {
        let (salt, digest) = match self.read {
            Read::Hex(begins) => {
                let digits = begins.iter().find_map(|begin| text.strip_prefix(begin));
                (Vec::new(), hex(digits.ok_or(Flaw::MissingField)?)?)
            }
            Read::Django(begin) => {
                let fields: Vec<&str> = text.split('$').collect();
                let [name, salt, digest] = fields.as_slice() else {
                    return Err(Flaw::MissingField);
                };
                if *name != begin {
                    return Err(Flaw::MissingField);
                }
                (salt.as_bytes().to_vec(), hex(digest)?)
            }
            Read::Ldap(begin) => {
                let (name, rest) = text.split_at_checked(begin.len()).ok_or(Flaw::MissingField)?;
                if !name.eq_ignore_ascii_case(begin) {
                    return Err(Flaw::MissingField);
                }
                let mut digest = base64(rest, &BASE64)?;
                let salt = digest.split_off(self.function.len().min(digest.len()));
                (salt, digest)
            }
        };
        if digest.len() != self.function.len() || salt.len() > 64 {
            return Err(Flaw::DigestSize);
        }
        Ok((salt, digest))
    }

    /// The digest of a password; `None`: no password that can be right.
    pub(super) fn digest(&self, salt: &[u8], password: &[u8]) -> Option<Vec<u8>> {
        Some(match self.compute {
            SaltLast => self.function.digest(&[password, salt]),
            SaltFirst => self.function.digest(&[salt, password]),
            Twice => self.function.digest(&[&self.function.digest(&[password])]),
            Utf16 => self.function.digest(&[&utf16_le(password)?]),
        })
    }
}
