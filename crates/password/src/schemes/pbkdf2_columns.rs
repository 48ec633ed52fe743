//! PBKDF2 where the text is the key alone, and salt or cost stand in other columns or in the configuration:
//! Grafana, Discourse, Symfony.

use std::sync::Arc;

use base64::Engine as _;

use super::line::{Class, Line, line};
use crate::encoding::{BASE64, base64, hex, is_base64, is_hex, to_hex};
use crate::error::Flaw;
use crate::function::Function;
use crate::limits;
use crate::notation::number;
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::Scheme;
use crate::secret::HashString;
use crate::sight::View;

pub(crate) const LINES: &[Line] = &[
    line("grafana_pbkdf2", Class::Broken, grafana),
    line("discourse_pbkdf2", Class::Broken, discourse),
    line("symfony_pbkdf2", Class::Broken, symfony),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// A key of `len` bytes as hexadecimal digits, its salt in a column of its own, as text.
fn column(
    name: &'static str,
    identify: fn(&str) -> bool,
    cost: fn(&HashString) -> Result<(u32, usize), Fault>,
) -> Reader {
    let check = move |stored: &HashString, password: &[u8]| {
        let digest = hex(stored.as_str())?;
        let (rounds, len) = cost(stored)?;
        if digest.len() != len {
            return Err(Flaw::DigestSize.into());
        }
        let salt = stored.salt().ok_or(Fault::Missing("salt"))?;
        Ok(equal(
            &Function::Sha256.pbkdf2(password, salt.as_bytes(), rounds, len)?,
            &digest,
        ))
    };
    let decoy =
        |like: &HashString, seeded: &mut Seeded<'_>| Some(to_hex(&seeded.bytes(like.as_str().len().checked_div(2)?)));
    Reader::new(name, identify, View::Keyed, check).with_decoy(decoy)
}

fn grafana(name: &'static str, _: &Options) -> Made {
    Ok(Arc::new(column(name, |text| is_hex(text, 100), |_| Ok((10_000, 50)))))
}

/// `$pbkdf2-sha256$i=600000,l=32$` in the column of the algorithm; 64,000 rounds without one.
fn discourse(name: &'static str, _: &Options) -> Made {
    let cost = |stored: &HashString| {
        let Some(algorithm) = stored.algorithm() else {
            return Ok((64_000, 32));
        };
        let cost = algorithm.strip_prefix("$pbkdf2-sha256$i=").ok_or(Flaw::Algorithm)?;
        let (rounds, len) = cost
            .trim_end_matches('$')
            .split_once(",l=")
            .ok_or(Flaw::MissingParameter)?;
        if len != "32" {
            return Err(Flaw::DigestSize.into());
        }
        Ok((number(rounds)?, 32))
    };
    Ok(Arc::new(column(name, |text| is_hex(text, 64), cost)))
}

/// Base64 or hexadecimal; everything else is configuration, and the salt is a column.
fn symfony(name: &'static str, options: &Options) -> Made {
    let bad = |option| move |_| SchemeError::BadOption(option);
    let function = Function::named(options.get("algorithm").unwrap_or("sha512")).map_err(bad("algorithm"))?;
    let rounds = options
        .get("iterations")
        .map_or(Ok(1000), str::parse)
        .map_err(|_| SchemeError::BadOption("iterations"))?;
    let len: usize = options
        .get("length")
        .map_or(Ok(40), str::parse)
        .map_err(|_| SchemeError::BadOption("length"))?;
    if !(limits::SHORTEST_DIGEST..=limits::DIGEST).contains(&len) || function.check_rounds(rounds, len).is_err() {
        return Err(SchemeError::BadOption("length"));
    }
    let hexadecimal = options.get("encoding") == Some("hex");
    let check = move |stored: &HashString, password: &[u8]| {
        let digest = if hexadecimal {
            hex(stored.as_str())?
        } else {
            base64(stored.as_str(), &BASE64)?
        };
        let salt = stored.salt().ok_or(Fault::Missing("salt"))?;
        Ok(equal(
            &function.pbkdf2(password, salt.as_bytes(), rounds, len)?,
            &digest,
        ))
    };
    let decoy = move |_: &HashString, seeded: &mut Seeded<'_>| {
        let bytes = seeded.bytes(len);
        Some(if hexadecimal {
            to_hex(&bytes)
        } else {
            BASE64.encode(&bytes)
        })
    };
    let identify = |text: &str| (24..=limits::TEXT).contains(&text.len()) && is_base64(text);
    Ok(Arc::new(
        Reader::new(name, identify, View::Keyed, check).with_decoy(decoy),
    ))
}
