//! HS256 sign and verify against the floor: the MAC, base64 and one JSON parse by hand, and no policy.

use std::hint::black_box;
use std::io;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use portcullis_jose::{Claims, KeySet, Policy, SigningKey, TypRule, Verifier};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::process::SECRET;
use crate::table::{Table, median};

const NOW: u64 = 1_800_000_000;
const ROUNDS: usize = 15;
const BATCH: u32 = 50_000;

#[derive(Serialize, Deserialize)]
struct FloorClaims {
    iss: String,
    sub: String,
    aud: String,
    exp: u64,
    iat: u64,
    jti: String,
}

#[derive(Deserialize)]
struct FloorHeader {
    alg: String,
}

fn floor_claims() -> FloorClaims {
    FloorClaims {
        iss: "https://issuer.example".into(),
        sub: "johndoe".into(),
        aud: "https://api.example".into(),
        exp: NOW + 1800,
        iat: NOW,
        jti: "5Xk2dM7tVt0n8Yw3bQ1aZg".into(),
    }
}

fn our_claims() -> Claims<()> {
    let FloorClaims {
        iss,
        sub,
        aud,
        exp,
        iat,
        jti,
    } = floor_claims();
    let mut claims = Claims::new(());
    (claims.iss, claims.sub, claims.aud) = (Some(iss), Some(sub), Some(aud).into());
    (claims.exp, claims.iat, claims.jti) = (Some(exp.into()), Some(iat.into()), Some(jti));
    claims
}

fn floor_sign(mac: &Hmac<Sha256>, claims: &FloorClaims) -> Option<String> {
    let mut token = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).ok()?, &mut token);
    let tag = mac.clone().chain_update(token.as_bytes()).finalize().into_bytes();
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(tag, &mut token);
    Some(token)
}

/// Header parsed every time, claims owned, `exp` looked at.
fn floor_verify(mac: &Hmac<Sha256>, token: &str) -> Option<FloorClaims> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let header: FloorHeader = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let mut tag = [0; 32];
    URL_SAFE_NO_PAD.decode_slice(signature, &mut tag).ok()?;
    mac.clone().chain_update(signed.as_bytes()).verify_slice(&tag).ok()?;
    let claims: FloorClaims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    (header.alg == "HS256" && claims.exp > NOW).then_some(claims)
}

/// Nanoseconds per call.
fn time(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..BATCH {
        work();
    }
    start.elapsed().as_nanos() as f64 / f64::from(BATCH)
}

pub fn run() -> io::Result<()> {
    println!("\n(d) HS256, one thread: all checks (iss, aud, exp, iat, typ, crit, duplicate names) against the floor");
    crate::process::pin_load();
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).map_err(io::Error::other)?;
    let key = SigningKey::hs256(SECRET).map_err(io::Error::other)?;
    let policy = Policy::new(TypRule::JwtOrAbsent)
        .issuer("https://issuer.example")
        .audience("https://api.example");
    let verifier = Verifier::new(KeySet::from(key.verifying_key()), policy);
    let (claims, plain, now) = (our_claims(), floor_claims(), Duration::from_secs(NOW));
    let token = key.sign("JWT", &claims).map_err(io::Error::other)?;
    if verifier.verify::<()>(&token, now).is_err() || floor_verify(&mac, &token).is_none() {
        return Err(io::Error::other("the token is not good"));
    }
    let mut figures = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        figures[0].push(time(|| drop(black_box(floor_sign(&mac, black_box(&plain))))));
        figures[1].push(time(|| drop(black_box(key.sign("JWT", black_box(&claims))))));
        figures[2].push(time(|| drop(black_box(floor_verify(&mac, black_box(&token))))));
        figures[3].push(time(|| drop(black_box(verifier.verify::<()>(black_box(&token), now)))));
    }
    let [floor_sign, sign, floor_verify, verify] = figures.map(median);
    let mut table = Table::new(["", "floor ns", "portcullis-jose ns", "ratio"]);
    for (name, floor, ours) in [("sign", floor_sign, sign), ("verify", floor_verify, verify)] {
        table.row([
            name.into(),
            format!("{floor:.0}"),
            format!("{ours:.0}"),
            format!("{:.2}", ours / floor),
        ]);
    }
    table.print();
    Ok(())
}
