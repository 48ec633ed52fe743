//! The `{NAME}` notations of LDAP directories (RFC 2307; OpenLDAP's pw-sha2, pw-pbkdf2 and pw-argon2; 389 Directory Server).

use std::sync::Arc;

use base64::Engine as _;

use super::line::{CRYPTS, Class, Line, Registry, line, over};
use crate::delegate::Prefixed;
use crate::encoding::{BASE64, base64, behind_label, hex, is_hex};
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::options::{Options, SchemeError};
use crate::pbkdf2_text::Pbkdf2Text;
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    line("ldap_md5", Class::Broken, plain),
    line("ldap_sha1", Class::Broken, plain),
    line("ldap_sha256", Class::Broken, plain),
    line("ldap_sha384", Class::Broken, plain),
    line("ldap_sha512", Class::Broken, plain),
    line("ldap_hex_md5", Class::Broken, in_hex),
    line("ldap_hex_sha1", Class::Broken, in_hex),
    line("ldap_salted_md5", Class::Broken, salted),
    line("ldap_salted_sha1", Class::Broken, salted),
    line("ldap_salted_sha256", Class::Broken, salted),
    line("ldap_salted_sha384", Class::Broken, salted),
    line("ldap_salted_sha512", Class::Broken, salted),
    line("ldap_pbkdf2_sha1", Class::VerifyOnly, pbkdf2),
    line("ldap_pbkdf2_sha256", Class::VerifyOnly, pbkdf2),
    line("ldap_pbkdf2_sha512", Class::VerifyOnly, pbkdf2),
    line("ldap_389ds_pbkdf2", Class::VerifyOnly, directory_389),
    over("ldap_argon2", Class::VerifyOnly, argon2),
    over("ldap_bcrypt", Class::VerifyOnly, crypt),
    over("ldap_sha1_crypt", Class::VerifyOnly, crypt),
    over("ldap_sha256_crypt", Class::VerifyOnly, crypt),
    over("ldap_sha512_crypt", Class::VerifyOnly, crypt),
    over("ldap_des_crypt", Class::Broken, crypt),
    over("ldap_bsdi_crypt", Class::Broken, crypt),
    over("ldap_md5_crypt", Class::Broken, crypt),
    over("ldap_crypt", Class::Broken, any_crypt),
    line("ldap_crypt_disabled", Class::Disabled, disabled),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// What stands behind `{NAME}`, the name compared without case, as OpenLDAP does.
fn behind<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    behind_label(text, name)?.strip_prefix('}')
}

/// `{CRYPT}` over shadow(5)'s marker: `{CRYPT}!`, `{CRYPT}*`, also with the former hash behind it.
fn disabled(name: &'static str, _: &Options) -> Made {
    let identify =
        |text: &str| behind(text, "CRYPT").is_some_and(|rest| rest.is_empty() || rest.starts_with(['!', '*']));
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, |_, _| Ok(false)).labelled("CRYPT"),
    ))
}

/// `{SHA}` and the like: base64 of the digest.
fn plain(name: &'static str, _: &Options) -> Made {
    let (function, label, identify): (_, _, fn(&str) -> bool) = match name {
        "ldap_md5" => (Function::Md5, "MD5", |text| {
            behind(text, "MD5").is_some_and(|rest| rest.len() == 24)
        }),
        "ldap_sha1" => (Function::Sha1, "SHA", |text| {
            behind(text, "SHA").is_some_and(|rest| rest.len() == 28)
        }),
        "ldap_sha256" => (Function::Sha256, "SHA256", |text| behind(text, "SHA256").is_some()),
        "ldap_sha384" => (Function::Sha384, "SHA384", |text| behind(text, "SHA384").is_some()),
        _ => (Function::Sha512, "SHA512", |text| behind(text, "SHA512").is_some()),
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let digest = base64(behind(stored.as_str(), label).unwrap_or_default(), &BASE64)?;
        Ok(equal(&function.digest(&[password]), &digest))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).labelled(label),
    ))
}

/// `{MD5}` and `{SHA}` with hexadecimal digits behind, as Roundup wrote them.
fn in_hex(name: &'static str, _: &Options) -> Made {
    let (function, label, identify): (_, _, fn(&str) -> bool) = if name == "ldap_hex_md5" {
        (Function::Md5, "MD5", |text| {
            behind(text, "MD5").is_some_and(|rest| is_hex(rest, 32))
        })
    } else {
        (Function::Sha1, "SHA", |text| {
            behind(text, "SHA").is_some_and(|rest| is_hex(rest, 40))
        })
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let digest = hex(behind(stored.as_str(), label).unwrap_or_default())?;
        Ok(equal(&function.digest(&[password]), &digest))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).labelled(label),
    ))
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
        if salt.is_empty() || salt.len() > limits::SALT {
            return Err(Flaw::SaltSize.into());
        }
        Ok(equal(&function.digest(&[password, salt]), digest))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check).labelled(label),
    ))
}

/// `{PBKDF2-SHA256}rounds$salt$digest`, in passlib's base64; `{PBKDF2}` is SHA-1.
fn pbkdf2(name: &'static str, _: &Options) -> Made {
    let (function, label, identify): (_, _, fn(&str) -> bool) = match name {
        "ldap_pbkdf2_sha1" => (Function::Sha1, "PBKDF2", |text| {
            let rest = behind(text, "PBKDF2").or_else(|| behind(text, "PBKDF2-SHA1"));
            rest.is_some_and(|rest| rest.contains('$'))
        }),
        "ldap_pbkdf2_sha256" => (Function::Sha256, "PBKDF2-SHA256", |text| {
            behind(text, "PBKDF2-SHA256").is_some()
        }),
        _ => (Function::Sha512, "PBKDF2-SHA512", |text| {
            behind(text, "PBKDF2-SHA512").is_some()
        }),
    };
    let parts = move |text: &str| {
        let (_, rest) = text.split_once('}').ok_or(Flaw::MissingField)?;
        Pbkdf2Text::parse(rest, function)
    };
    let check = move |stored: &HashString, password: &[u8]| parts(stored.as_str())?.is_of(password, b"");
    let prefix = format!("{{{label}}}");
    let decoy =
        move |like: &HashString, seeded: &mut Seeded<'_>| Some(parts(like.as_str()).ok()?.decoy(&prefix, seeded));
    Ok(Arc::new(
        Reader::new(name, identify, View::Keyed, check)
            .labelled("PBKDF2")
            .with_decoy(decoy),
    ))
}

/// `{PBKDF2_SHA256}`: four bytes of rounds, 64 of salt, 256 of key, which is eight blocks of work.
fn directory_389(name: &'static str, _: &Options) -> Made {
    fn parts(text: &str) -> Result<(u32, Vec<u8>, Vec<u8>), Fault> {
        let bytes = base64(behind(text, "PBKDF2_SHA256").unwrap_or_default(), &BASE64)?;
        let (rounds, rest) = bytes.split_first_chunk::<4>().ok_or(Flaw::MissingField)?;
        let (salt, key) = rest.split_at_checked(64).ok_or(Flaw::SaltSize)?;
        if key.len() != 256 {
            return Err(Flaw::DigestSize.into());
        }
        let rounds = u32::from_be_bytes(*rounds);
        Function::Sha256.check_rounds(rounds, 256)?;
        Ok((rounds, salt.to_vec(), key.to_vec()))
    }
    let check = |stored: &HashString, password: &[u8]| {
        let (rounds, salt, key) = parts(stored.as_str())?;
        Ok(equal(&Function::Sha256.pbkdf2(password, &salt, rounds, 256)?, &key))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let (rounds, ..) = parts(like.as_str()).ok()?;
        let bytes = [&rounds.to_be_bytes()[..], &seeded.bytes(320)].concat();
        Some(format!("{{PBKDF2_SHA256}}{}", BASE64.encode(bytes)))
    };
    let identify = |text: &str| behind(text, "PBKDF2_SHA256").is_some();
    Ok(Arc::new(
        Reader::new(name, identify, View::Keyed, check)
            .labelled("PBKDF2")
            .with_decoy(decoy),
    ))
}

/// `{ARGON2}` and a PHC text.
fn argon2(name: &'static str, _: &Options, registry: Registry) -> Made {
    Ok(Arc::new(Prefixed::new(
        name,
        "{ARGON2}",
        registry.schemes(&["argon2"])?,
    )))
}

/// `{CRYPT}` and a crypt(3) hash of one kind.
fn crypt(name: &'static str, _: &Options, registry: Registry) -> Made {
    let inner = registry.schemes(&[name.strip_prefix("ldap_").unwrap_or_default()])?;
    Ok(Arc::new(Prefixed::new(name, "{CRYPT}", inner).in_any_case()))
}

/// `{CRYPT}` and whatever the system's crypt(3) writes.
fn any_crypt(name: &'static str, _: &Options, registry: Registry) -> Made {
    Ok(Arc::new(
        Prefixed::new(name, "{CRYPT}", registry.schemes(CRYPTS)?).in_any_case(),
    ))
}
