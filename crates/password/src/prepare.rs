//! What frameworks do to a password before the hash proper: for reading and for writing.

use base64::Engine as _;

use crate::encoding::{BASE64, to_hex};
use crate::function::Function;
use crate::options::{Options, SchemeError};

/// Prepares a password; `None`: no password that can be right.
pub(crate) type Prepare = Box<dyn Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync>;

/// A digest in hexadecimal: Django's `bcrypt_sha256`, Flask-Bcrypt's long passwords, Meteor, vBulletin 5.
pub(crate) fn hex_digest(function: Function) -> Prepare {
    Box::new(move |password| Some(to_hex(&function.digest(&[password])).into_bytes()))
}

/// Flask-Security: base64 of HMAC-SHA512 under `SECURITY_PASSWORD_SALT`, of which bcrypt gets 72 characters.
pub(crate) fn flask_security(name: &str, options: &Options) -> Result<Prepare, SchemeError> {
    let key = options.required("password_salt")?.as_bytes().to_vec();
    let cut = if name.ends_with("_bcrypt") { 72 } else { usize::MAX };
    Ok(Box::new(move |password| {
        let mac = Function::Sha512.hmac(&key, &[password]).ok()?;
        let mut text = BASE64.encode(mac).into_bytes();
        text.truncate(cut);
        Some(text)
    }))
}

/// Devise: the password with the application's pepper behind it; what lies beyond bcrypt's 72 bytes is cut.
pub(crate) fn devise(options: &Options) -> Result<Prepare, SchemeError> {
    let pepper = options.required("pepper")?.as_bytes().to_vec();
    Ok(Box::new(move |password| Some([password, pepper.as_slice()].concat())))
}

/// WordPress since 6.8: base64 of HMAC-SHA384 under a fixed key.
pub(crate) fn wordpress() -> Prepare {
    Box::new(|password| {
        let mac = Function::Sha384.hmac(b"wp-sha384", &[password]).ok()?;
        Some(BASE64.encode(mac).into_bytes())
    })
}
