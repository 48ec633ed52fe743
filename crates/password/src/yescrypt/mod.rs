//! yescrypt's own arithmetic, over HMAC, PBKDF2 and SHA-256 of the crates (Peslyak, "yescrypt: password hashing scalable
//! beyond bcrypt and scrypt"). It reads what libxcrypt writes: the two flavours of scrypt, and the one flavour of
//! reading and writing that is defined. No table in ROM, no upgrades.
//!
//! The tests hold it against the `yescrypt` crate, and the recorded hashes are libxcrypt's.

mod cost;
mod mixer;
mod pair;
mod pwxform;
mod salsa;
mod smix;
mod state;
#[cfg(test)]
mod tests;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub(crate) use cost::Cost;
use cost::Flavour;
use pair::Pair;

use crate::reader::Fault;

/// A quarter of a line of the memory: four pairs of words, each pair 16 bytes of pwxform and a row of Salsa20's square.
///
/// Its 32-bit words are in the order that yescrypt keeps them in, Salsa20's diagonals: word `k` here is word `5 k` modulo
/// 16 of the bytes. Of the two in one `u64`, the first is the low half.
type Block = [Pair; 4];

/// The bytes of a [`Block`].
const BLOCK: usize = 64;

/// The key of 32 bytes that goes from step to step.
type Key = Zeroizing<[u8; 32]>;

/// The digest of a password, as long as those of crypt(3). Memory that cannot be had is [`Fault::Primitive`].
pub(crate) fn digest(password: &[u8], salt: &[u8], cost: &Cost) -> Result<[u8; 32], Fault> {
    let derived = match cost.of_prehash() {
        Some(smaller) => {
            let hashed = derive(password, salt, &smaller, b"yescrypt-prehash")?;
            derive(&*hashed, salt, cost, b"yescrypt")?
        }
        None => derive(password, salt, cost, b"yescrypt")?,
    };
    if cost.flavour() == Flavour::Classic {
        return Ok(*derived);
    }
    // What SCRAM stores in place of its key (RFC 5802 section 3).
    let client = hmac(derived.as_slice(), b"Client Key")?;
    Ok(Sha256::digest(client.as_slice()).into())
}

/// PBKDF2 into all lanes, their mixing, and PBKDF2 out of them.
fn derive(password: &[u8], salt: &[u8], cost: &Cost, label: &[u8]) -> Result<Key, Fault> {
    let mut lanes = zeroed(cost.lane_size()?.checked_mul(cost.lanes()?).ok_or(Fault::Primitive)?)?;
    let mut derived = Key::default();
    if cost.flavour() == Flavour::Classic {
        pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, 1, &mut lanes);
        smix::mix(cost, &mut lanes, &mut derived)?;
        pbkdf2::pbkdf2_hmac::<Sha256>(password, &lanes, 1, &mut *derived);
        return Ok(derived);
    }
    let mut key = hmac(label, password)?;
    pbkdf2::pbkdf2_hmac::<Sha256>(&*key, salt, 1, &mut lanes);
    *key = *lanes.first_chunk().ok_or(Fault::Primitive)?;
    smix::mix(cost, &mut lanes, &mut key)?;
    pbkdf2::pbkdf2_hmac::<Sha256>(&*key, &lanes, 1, &mut *derived);
    Ok(derived)
}

fn hmac(key: &[u8], text: &[u8]) -> Result<Key, Fault> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Fault::Primitive)?;
    mac.update(text);
    Ok(Zeroizing::new(mac.finalize().into_bytes().into()))
}

fn zeroed(len: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut bytes = reserved(len)?;
    bytes.resize(len, 0);
    Ok(Zeroizing::new(bytes))
}

/// Room for `len` items, asked for in a way that can be refused.
fn reserved<T>(len: usize) -> Result<Vec<T>, Fault> {
    let mut items = Vec::new();
    items.try_reserve_exact(len).map_err(|_| Fault::Primitive)?;
    Ok(items)
}
