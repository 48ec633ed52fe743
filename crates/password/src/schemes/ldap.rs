//! The `{NAME}` notations of LDAP directories (RFC 2307, OpenLDAP's pw-sha2 and pw-pbkdf2).

use std::sync::Arc;

use super::registry::{Class, Line, inners, line};
use crate::delegate::Prefixed;
use crate::encoding::{BASE64, base64};
use crate::error::Flaw;
use crate::function::Function;
use crate::options::{Options, SchemeError};
use crate::reader::{Reader, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;

pub(crate) const LINES: &[Line] = &[
    line("ldap_salted_md5", Class::Broken, salted),
    line("ldap_salted_sha1", Class::Broken, salted),
    line("ldap_salted_sha256", Class::Broken, salted),
    line("ldap_salted_sha384", Class::Broken, salted),
    line("ldap_salted_sha512", Class::Broken, salted),
    line("ldap_bcrypt", Class::VerifyOnly, crypt),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// What stands behind `{NAME}`, the name compared without case, as OpenLDAP does.
fn behind<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (found, rest) = text.strip_prefix('{')?.split_once('}')?;
    found.eq_ignore_ascii_case(name).then_some(rest)
}

/// `{SSHA}` and the like: base64 of the digest with the salt behind it.
fn salted(name: &'static str, _: &Options) -> Made {
    let (function, label, identify): (_, _, fn(&str) -> bool) = match name {
        "ldap_salted_md5" => (Function::Md5, "SMD5", |text| behind(text, "SMD5").is_some()),
        "ldap_salted_sha1" => (Function::Sha1, "SSHA", |text| behind(text, "SSHA").is_some()),
        "ldap_salted_sha256" => (Function::Sha256, "SSHA256", |text| behind(text, "SSHA256").is_some()),
        "ldap_salted_sha384" => (Function::Sha384, "SSHA384", |text| behind(text, "SSHA384").is_some()),
        _ => (Function::Sha512, "SSHA512", |text| behind(text, "SSHA512").is_some()),
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let bytes = base64(behind(stored.as_str(), label).unwrap_or_default(), &BASE64)?;
        let (digest, salt) = bytes.split_at_checked(function.len()).ok_or(Flaw::DigestSize)?;
        if salt.is_empty() || salt.len() > crate::limits::SALT {
            return Err(Flaw::SaltSize.into());
        }
        Ok(equal(&function.digest(&[password, salt]), digest))
    };
    Ok(Arc::new(Reader::new(name, identify, check)))
}

/// `{CRYPT}` and a crypt(3) hash.
fn crypt(name: &'static str, _: &Options) -> Made {
    let inner = inners(&[name.strip_prefix("ldap_").unwrap_or_default()])?;
    Ok(Arc::new(Prefixed::new(name, "{CRYPT}", inner)))
}
