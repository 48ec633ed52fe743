//! Tokens: sign and verify, by every algorithm, against the bare primitive with a kept key and against `jsonwebtoken`;
//! HS256 also against a floor made by hand. Thread processor time, in interleaved rounds.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use jsonwebtoken as peer;
use portcullis_jose::{Algorithm, Claims, KeySet, Policy, SigningKey, TypRule, Verifier};

use crate::allocations;
use crate::jose_floor::{AUDIENCE, Floor, FloorClaims, ISSUER, NOW};
use crate::jose_primitive::Primitive;
use crate::table::{Table, median};

const ROUNDS: usize = 15;
/// How long one batch takes, about.
const BATCH: Duration = Duration::from_millis(5);

type Work = Box<dyn FnMut()>;

/// The peer with its objects made once.
struct Peer {
    header: peer::Header,
    encoding: peer::EncodingKey,
    decoding: peer::DecodingKey,
    validation: peer::Validation,
}

impl Peer {
    /// Nothing for an algorithm that it does not have.
    fn new(key: &SigningKey) -> io::Result<Option<Self>> {
        let Ok(algorithm) = key.algorithm().name().parse::<peer::Algorithm>() else {
            return Ok(None);
        };
        let (encoding, decoding) = if key.algorithm().is_symmetric() {
            let secret = crate::jose_floor::secret(key)?;
            (
                peer::EncodingKey::from_secret(&secret),
                peer::DecodingKey::from_secret(&secret),
            )
        } else {
            let private = key.export_private_pem().map_err(io::Error::other)?;
            let public = key.verifying_key().to_pem().unwrap_or_default();
            let (private, public) = (private.as_bytes(), public.as_bytes());
            match &key.algorithm().name()[..2] {
                "RS" | "PS" => (
                    peer::EncodingKey::from_rsa_pem(private),
                    peer::DecodingKey::from_rsa_pem(public),
                ),
                "ES" => (
                    peer::EncodingKey::from_ec_pem(private),
                    peer::DecodingKey::from_ec_pem(public),
                ),
                _ => (
                    peer::EncodingKey::from_ed_pem(private),
                    peer::DecodingKey::from_ed_pem(public),
                ),
            }
            .transpose()?
        };
        let mut validation = peer::Validation::new(algorithm);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        Ok(Some(Self {
            header: peer::Header::new(algorithm),
            encoding,
            decoding,
            validation,
        }))
    }
}

/// Two results of the peer as one.
trait Transpose<A, B> {
    fn transpose(self) -> io::Result<(A, B)>;
}

impl<A, B> Transpose<A, B> for (peer::errors::Result<A>, peer::errors::Result<B>) {
    fn transpose(self) -> io::Result<(A, B)> {
        Ok((self.0.map_err(io::Error::other)?, self.1.map_err(io::Error::other)?))
    }
}

fn our_claims() -> Claims<()> {
    let floor = FloorClaims::sample();
    let mut claims = Claims::new(());
    (claims.iss, claims.sub, claims.aud) = (Some(floor.iss), Some(floor.sub), Some(floor.aud).into());
    (claims.exp, claims.iat, claims.jti) = (Some(floor.exp.into()), Some(floor.iat.into()), Some(floor.jti));
    claims
}

fn verifier(key: &SigningKey) -> Verifier {
    let policy = Policy::new(TypRule::JwtOrAbsent).issuer(ISSUER).audience(AUDIENCE);
    Verifier::new(KeySet::from(key.verifying_key()), policy)
}

/// Nanoseconds of this thread's processor time per call, the median of rounds in which each work has its turn.
fn measure(works: &mut [Option<Work>]) -> Vec<f64> {
    let mut figures = vec![Vec::new(); works.len()];
    let mut batches: Vec<u32> = Vec::new();
    for work in works.iter_mut() {
        batches.push(work.as_mut().map_or(0, |work| {
            let start = allocations::thread_time();
            let mut count = 0;
            while allocations::thread_time().saturating_sub(start) < BATCH {
                work();
                count += 1;
            }
            count
        }));
    }
    for _ in 0..ROUNDS {
        for (place, work) in works.iter_mut().enumerate() {
            let Some(work) = work else { continue };
            let start = allocations::thread_time();
            for _ in 0..batches[place] {
                work();
            }
            let spent = allocations::thread_time().saturating_sub(start);
            figures[place].push(spent.as_nanos() as f64 / f64::from(batches[place]));
        }
    }
    figures.into_iter().map(median).collect()
}

fn sign_works(key: &SigningKey) -> io::Result<Vec<Option<Work>>> {
    let (claims, plain) = (our_claims(), FloorClaims::sample());
    let (ours, primitive) = (key.clone(), Primitive::new(key)?);
    let text = key.sign("JWT", &claims).map_err(io::Error::other)?;
    let text = text.rsplit_once('.').unwrap_or_default().0.to_owned();
    let mut works: Vec<Option<Work>> = vec![
        Some(Box::new(move || drop(black_box(ours.sign("JWT", black_box(&claims)))))),
        Some(Box::new(move || primitive.sign(black_box(text.as_bytes())))),
    ];
    works.push(Peer::new(key)?.map(|theirs| -> Work {
        Box::new(move || {
            drop(black_box(peer::encode(
                &theirs.header,
                black_box(&plain),
                &theirs.encoding,
            )))
        })
    }));
    works.push(Floor::new(key)?.map(|floor| -> Work {
        let plain = FloorClaims::sample();
        Box::new(move || drop(black_box(floor.sign(black_box(&plain)))))
    }));
    Ok(works)
}

fn verify_works(key: &SigningKey) -> io::Result<Vec<Option<Work>>> {
    let now = Duration::from_secs(NOW);
    let token = key.sign("JWT", &our_claims()).map_err(io::Error::other)?;
    let (ours, primitive) = (verifier(key), Primitive::new(key)?);
    if ours.verify::<()>(&token, now).is_err() || !primitive.verify(&token) {
        return Err(io::Error::other("the token is not good"));
    }
    let (text, signature) = Primitive::take_apart(&token);
    let (for_ours, for_theirs, for_floor) = (token.clone(), token.clone(), token);
    let mut works: Vec<Option<Work>> = vec![
        Some(Box::new(move || {
            drop(black_box(ours.verify::<()>(black_box(&for_ours), now)))
        })),
        Some(Box::new(move || {
            black_box(primitive.verify_parts(black_box(&text), black_box(&signature)));
        })),
    ];
    let theirs = Peer::new(key)?;
    if let Some(theirs) = &theirs {
        peer::decode::<FloorClaims>(&for_theirs, &theirs.decoding, &theirs.validation).map_err(io::Error::other)?;
    }
    works.push(theirs.map(|theirs| -> Work {
        Box::new(move || {
            drop(black_box(peer::decode::<FloorClaims>(
                black_box(&for_theirs),
                &theirs.decoding,
                &theirs.validation,
            )));
        })
    }));
    works.push(
        Floor::new(key)?
            .map(|floor| -> Work { Box::new(move || drop(black_box(floor.verify(black_box(&for_floor))))) }),
    );
    Ok(works)
}

fn row(name: &str, figures: &[f64]) -> [String; 8] {
    let ours = figures[0];
    let figure = |value: f64| {
        if value.is_nan() {
            "-".into()
        } else {
            format!("{value:.0}")
        }
    };
    let ratio = |value: f64| {
        if value.is_nan() {
            "-".into()
        } else {
            format!("{value:.2}")
        }
    };
    [
        name.to_owned(),
        figure(ours),
        figure(figures[1]),
        ratio(ours / figures[1]),
        figure(figures[2]),
        ratio(figures[2] / ours),
        figure(figures[3]),
        ratio(ours / figures[3]),
    ]
}

pub fn run() -> io::Result<()> {
    println!("\n(d) tokens, one thread, processor time: all checks (iss, aud, exp, iat, typ, crit, duplicate names)");
    crate::process::pin_load();
    let head = |what| {
        Table::new([
            what,
            "portcullis-jose ns",
            "primitive ns",
            "to primitive",
            "jsonwebtoken ns",
            "times as fast",
            "floor ns",
            "to floor",
        ])
    };
    let (mut sign, mut verify) = (head("sign"), head("verify"));
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm).map_err(io::Error::other)?;
        sign.row(row(algorithm.name(), &measure(&mut sign_works(&key)?)));
        verify.row(row(algorithm.name(), &measure(&mut verify_works(&key)?)));
    }
    verify.print();
    println!();
    sign.print();
    count_allocations()
}

/// Targets: a verify has the strings of the claims, the payload and the list of names.
fn count_allocations() -> io::Result<()> {
    let key = SigningKey::generate(Algorithm::HS256).map_err(io::Error::other)?;
    println!();
    let mut table = Table::new([
        "allocations, HS256",
        "portcullis-jose",
        "primitive",
        "jsonwebtoken",
        "floor",
    ]);
    for (name, works) in [("sign", sign_works(&key)?), ("verify", verify_works(&key)?)] {
        let counts = works.into_iter().map(|work| match work {
            Some(mut work) => {
                work();
                allocations::count(work).to_string()
            }
            None => "-".into(),
        });
        let [ours, primitive, theirs, floor] = counts.collect::<Vec<_>>().try_into().unwrap_or_default();
        table.row([name.into(), ours, primitive, theirs, floor]);
    }
    table.print();
    Ok(())
}
