//! Mattermost's PBKDF2 (`app/password/hashers`, 11 and later): passlib's `$pbkdf2$` with parameters that have names.

use std::sync::Arc;

use base64::Engine as _;

use super::line::{Class, Line, line};
use crate::encoding::base64;
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::notation::{PHC, number};
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[line("mattermost_pbkdf2", Class::VerifyOnly, mattermost)];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// What Mattermost writes of a hash: its cost as it stands there, function, rounds, salt and key.
struct Mattermost<'a> {
    cost: &'a str,
    function: Function,
    rounds: u32,
    salt: Vec<u8>,
    key: Vec<u8>,
}

impl<'a> Mattermost<'a> {
    const PREFIX: &'static str = "$pbkdf2$";

    /// It names its function; passlib writes the rounds alone.
    fn is(text: &str) -> bool {
        let cost = text.strip_prefix(Self::PREFIX).and_then(|rest| rest.split('$').next());
        cost.is_some_and(|cost| cost.split(',').any(|parameter| parameter.starts_with("f=")))
    }

    fn parse(text: &'a str) -> Result<Self, Fault> {
        let fields: Vec<&str> = text.strip_prefix(Self::PREFIX).unwrap_or_default().split('$').collect();
        let [cost, salt, key] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let (mut function, mut rounds, mut len) = (None, None, None);
        for parameter in cost.split(',') {
            let (name, value) = parameter.split_once('=').ok_or(Flaw::MissingParameter)?;
            let place = match name {
                "f" => &mut function,
                "w" => &mut rounds,
                "l" => &mut len,
                _ => return Err(Flaw::UnknownParameter.into()),
            };
            if place.replace(value).is_some() {
                return Err(Flaw::DoubledParameter.into());
            }
        }
        let (Some(function), Some(rounds), Some(len)) = (function, rounds, len) else {
            return Err(Flaw::MissingParameter.into());
        };
        let (function, rounds) = (Function::named(function)?, number(rounds)?);
        let (salt, key) = (base64(salt, &PHC)?, base64(key, &PHC)?);
        let sound = (limits::SHORTEST_DIGEST..=limits::DIGEST).contains(&key.len());
        if !sound || len != key.len().to_string() {
            return Err(Flaw::DigestSize.into());
        }
        function.check_rounds(rounds, key.len())?;
        Ok(Self {
            cost,
            function,
            rounds,
            salt,
            key,
        })
    }
}

/// `$pbkdf2$f=SHA256,w=600000,l=32$salt$key`.
fn mattermost(name: &'static str, _: &Options) -> Made {
    let check = |stored: &HashString, password: &[u8]| {
        let parsed = Mattermost::parse(stored.as_str())?;
        let len = parsed.key.len();
        let computed = parsed.function.pbkdf2(password, &parsed.salt, parsed.rounds, len)?;
        Ok(equal(&computed, &parsed.key))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let parsed = Mattermost::parse(like.as_str()).ok()?;
        let (salt, key) = (seeded.bytes(parsed.salt.len()), seeded.bytes(parsed.key.len()));
        let (prefix, cost) = (Mattermost::PREFIX, parsed.cost);
        Some(format!("{prefix}{cost}${}${}", PHC.encode(salt), PHC.encode(key)))
    };
    let reader = Reader::new(name, Mattermost::is, View::Keyed, check).beginning(b"$");
    Ok(Arc::new(reader.with_decoy(decoy)))
}
