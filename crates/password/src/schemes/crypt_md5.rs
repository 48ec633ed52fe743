//! crypt(3) over MD5: `$1$` (FreeBSD, Linux), `$apr1$` (Apache), `$md5$` (Solaris).

use std::sync::Arc;

use super::line::{Class, Line, line};
use crate::encoding::{is_crypt, push_crypt};
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
    line("md5_crypt", Class::Broken, md5_crypt),
    line("apr_md5_crypt", Class::Broken, md5_crypt),
    line("sun_md5_crypt", Class::Broken, sun_md5_crypt),
];

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// The characters of a digest of 16 bytes.
const DIGEST: usize = 22;

/// `$1$salt$digest`: a salt of at most 8 characters.
fn md5_crypt(name: &'static str, _: &Options) -> Made {
    let (magic, identify): (_, fn(&str) -> bool) = if name == "apr_md5_crypt" {
        ("$apr1$", |text| text.starts_with("$apr1$"))
    } else {
        ("$1$", |text| text.starts_with("$1$"))
    };
    let check = move |stored: &HashString, password: &[u8]| {
        let (salt, digest) = split(stored.as_str(), magic)?;
        let computed = encode(&digest_of(password, salt.as_bytes(), magic.as_bytes()));
        Ok(equal(computed.as_bytes(), digest.as_bytes()) && !password.contains(&0))
    };
    let decoy = move |like: &HashString, seeded: &mut Seeded<'_>| {
        let (salt, _) = split(like.as_str(), magic).ok()?;
        Some(format!(
            "{magic}{}${}",
            seeded.text(salt.len()),
            encode(&seeded.bytes(16))
        ))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check)
            .beginning(b"$")
            .with_decoy(decoy),
    ))
}

fn split<'a>(text: &'a str, magic: &str) -> Result<(&'a str, &'a str), Fault> {
    let rest = text.strip_prefix(magic).ok_or(Flaw::MissingField)?;
    let (salt, digest) = rest.split_once('$').ok_or(Flaw::MissingField)?;
    if salt.len() > 8 {
        return Err(Flaw::SaltSize.into());
    }
    if !salt.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
        return Err(Flaw::Character.into());
    }
    check_digest(digest)?;
    Ok((salt, digest))
}

fn check_digest(digest: &str) -> Result<(), Flaw> {
    if digest.len() != DIGEST {
        return Err(Flaw::DigestSize);
    }
    if is_crypt(digest) { Ok(()) } else { Err(Flaw::Base64) }
}

/// Poul-Henning Kamp's thousand rounds.
fn digest_of(password: &[u8], salt: &[u8], magic: &[u8]) -> Vec<u8> {
    let inner = Function::Md5.digest(&[password, salt, password]);
    let mut text = [password, magic, salt].concat();
    text.extend(inner.iter().cycle().take(password.len()));
    let mut length = password.len();
    while length > 0 {
        let byte = if length & 1 == 1 {
            0
        } else {
            password.first().copied().unwrap_or(0)
        };
        text.push(byte);
        length >>= 1;
    }
    let mut digest = Function::Md5.digest(&[&text]);
    for round in 0..1000_u32 {
        let odd = round & 1 == 1;
        let empty: &[u8] = &[];
        let salt = if round.is_multiple_of(3) { empty } else { salt };
        let again = if round.is_multiple_of(7) { empty } else { password };
        digest = if odd {
            Function::Md5.digest(&[password, salt, again, &digest])
        } else {
            Function::Md5.digest(&[&digest, salt, again, password])
        };
    }
    digest
}

/// crypt(3)'s order of the 16 bytes of an MD5.
fn encode(digest: &[u8]) -> String {
    let byte = |place: usize| u32::from(digest.get(place).copied().unwrap_or(0));
    let mut text = String::with_capacity(DIGEST);
    for (high, middle, low) in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
        push_crypt(&mut text, byte(high) << 16 | byte(middle) << 8 | byte(low), 4);
    }
    push_crypt(&mut text, byte(11), 2);
    text
}

/// Rounds on top of those that Solaris asks for.
const SUN_ROUNDS: u32 = 4096;

/// `$md5$salt$digest` or `$md5,rounds=N$salt$$digest`: all that stands before the last `$` is salt. A NUL is
/// a character, as in passlib.
fn sun_md5_crypt(name: &'static str, _: &Options) -> Made {
    let identify = |text: &str| text.starts_with("$md5$") || text.starts_with("$md5,");
    let check = |stored: &HashString, password: &[u8]| {
        let sun = Sun::parse(stored.as_str())?;
        let computed = encode(&sun.digest_of(password));
        Ok(equal(computed.as_bytes(), sun.digest.as_bytes()))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let sun = Sun::parse(like.as_str()).ok()?;
        let salt = sun.setting.trim_end_matches('$').rsplit('$').next()?.len();
        let head = if sun.rounds == 0 {
            "$md5$".to_owned()
        } else {
            format!("$md5,rounds={}$", sun.rounds)
        };
        Some(format!("{head}{}$${}", seeded.text(salt), encode(&seeded.bytes(16))))
    };
    Ok(Arc::new(
        Reader::new(name, identify, View::Whole, check)
            .beginning(b"$")
            .with_decoy(decoy),
    ))
}

struct Sun<'a> {
    rounds: u32,
    /// What is hashed with the password.
    setting: &'a str,
    digest: &'a str,
}

impl<'a> Sun<'a> {
    fn parse(text: &'a str) -> Result<Self, Fault> {
        let (setting, digest) = text.rsplit_once('$').ok_or(Flaw::MissingField)?;
        check_digest(digest)?;
        let rest = setting.strip_prefix("$md5").ok_or(Flaw::MissingField)?;
        let (rounds, salt) = match rest.strip_prefix(",rounds=") {
            Some(rest) => {
                let (rounds, salt) = rest.split_once('$').ok_or(Flaw::MissingField)?;
                (number(rounds)?, salt)
            }
            None => (0, rest.strip_prefix('$').ok_or(Flaw::MissingField)?),
        };
        let salt = salt.strip_suffix('$').unwrap_or(salt);
        if !is_crypt(salt) {
            return Err(Flaw::Character.into());
        }
        Fault::above("rounds", rounds.into(), limits::CRYPT_ROUNDS)?;
        Ok(Self {
            rounds,
            setting,
            digest,
        })
    }

    fn digest_of(&self, password: &[u8]) -> Vec<u8> {
        let mut digest = Function::Md5.digest(&[password, self.setting.as_bytes()]);
        for round in 0..self.rounds.saturating_add(SUN_ROUNDS) {
            let text: &[u8] = if toss(&digest, round) { HAMLET.as_bytes() } else { &[] };
            digest = Function::Md5.digest(&[&digest, text, round.to_string().as_bytes()]);
        }
        digest
    }
}

fn bit(digest: &[u8], place: u32) -> u32 {
    let byte = usize::try_from(place % 128 / 8).unwrap_or(0);
    u32::from(digest.get(byte).copied().unwrap_or(0)) >> (place % 8) & 1
}

/// Whether the text goes into this round: bits of the digest are picked by other bits of it.
fn toss(digest: &[u8], round: u32) -> bool {
    let byte = |place: usize| u32::from(digest.get(place % 16).copied().unwrap_or(0));
    let gather = |first: usize| {
        (0..8_u32).fold(0, |gathered, place| {
            let at = usize::try_from(place).unwrap_or(0).saturating_add(first);
            let (a, b) = (byte(at), byte(at.saturating_add(3)));
            let picked = byte(usize::try_from(a >> (b % 5)).unwrap_or(0));
            let picked = if b >> (a % 8) & 1 == 1 { picked / 2 } else { picked };
            gathered | bit(digest, picked) << place
        })
    };
    let (mut x, mut y) = (gather(0), gather(8));
    x >>= bit(digest, round);
    y >>= bit(digest, round.wrapping_add(64));
    bit(digest, x) ^ bit(digest, y) == 1
}

/// The soliloquy, with the NUL that ended it in Solaris' C.
const HAMLET: &str = "To be, or not to be,--that is the question:--\n\
Whether 'tis nobler in the mind to suffer\n\
The slings and arrows of outrageous fortune\n\
Or to take arms against a sea of troubles,\n\
And by opposing end them?--To die,--to sleep,--\n\
No more; and by a sleep to say we end\n\
The heartache, and the thousand natural shocks\n\
That flesh is heir to,--'tis a consummation\n\
Devoutly to be wish'd. To die,--to sleep;--\n\
To sleep! perchance to dream:--ay, there's the rub;\n\
For in that sleep of death what dreams may come,\n\
When we have shuffled off this mortal coil,\n\
Must give us pause: there's the respect\n\
That makes calamity of so long life;\n\
For who would bear the whips and scorns of time,\n\
The oppressor's wrong, the proud man's contumely,\n\
The pangs of despis'd love, the law's delay,\n\
The insolence of office, and the spurns\n\
That patient merit of the unworthy takes,\n\
When he himself might his quietus make\n\
With a bare bodkin? who would these fardels bear,\n\
To grunt and sweat under a weary life,\n\
But that the dread of something after death,--\n\
The undiscover'd country, from whose bourn\n\
No traveller returns,--puzzles the will,\n\
And makes us rather bear those ills we have\n\
Than fly to others that we know not of?\n\
Thus conscience does make cowards of us all;\n\
And thus the native hue of resolution\n\
Is sicklied o'er with the pale cast of thought;\n\
And enterprises of great pith and moment,\n\
With this regard, their currents turn awry,\n\
And lose the name of action.--Soft you now!\n\
The fair Ophelia!--Nymph, in thy orisons\n\
Be all my sins remember'd.\n\0";
