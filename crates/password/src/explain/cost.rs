//! The cost in a stored text, and how it stands against today's advice.

use std::fmt;

/// How a stored hash stands against guessing, by OWASP's password storage cheat sheet of 2023 and later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// As strong as advised today, or stronger.
    Strong,
    /// Weaker than advised, and still slow to guess.
    Fair,
    /// A slow function at a cost that is little work today.
    Weak,
    /// Fast to guess, unsalted, cut short or reversible.
    Broken,
    /// Nobody logs in with it.
    Disabled,
    /// Not a hash that can be read.
    Unreadable,
}

impl Strength {
    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Fair => "fair",
            Self::Weak => "weak",
            Self::Broken => "broken",
            Self::Disabled => "disabled",
            Self::Unreadable => "unreadable",
        }
    }
}

/// The cost of one guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cost {
    /// Argon2: KiB of memory, passes, lanes.
    Argon2 {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over it.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// bcrypt: the binary logarithm of its rounds.
    Bcrypt(u32),
    /// scrypt: N, r and p.
    Scrypt {
        /// N, a power of two.
        n: u64,
        /// Block size.
        r: u32,
        /// Parallelism.
        p: u32,
    },
    /// PBKDF2: iterations, and what 600,000 of SHA-256 are worth in its function.
    Pbkdf2 {
        /// Iterations.
        rounds: u64,
        /// How many are advised.
        advised: u64,
    },
    /// crypt(3)'s SHA-2: rounds.
    ShaCrypt(u64),
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argon2 {
                memory_kib,
                passes,
                lanes,
            } => write!(f, "{memory_kib} KiB, passes {passes}, lanes {lanes}"),
            Self::Bcrypt(cost) => write!(f, "cost {cost}"),
            Self::Scrypt { n, r, p } => write!(f, "N {n}, r {r}, p {p}"),
            Self::Pbkdf2 { rounds, .. } | Self::ShaCrypt(rounds) => write!(f, "{rounds} rounds"),
        }
    }
}

impl Cost {
    /// Against today's advice.
    #[must_use]
    pub fn strength(&self) -> Strength {
        let (value, fair, strong) = match *self {
            // Less memory is made good by more passes: 19 MiB twice, 12 MiB three times, 9 MiB four times, 7 MiB five times.
            Self::Argon2 { memory_kib, passes, .. } => {
                let work = u64::from(memory_kib).saturating_mul(passes.into());
                if memory_kib < 7_168 {
                    return Strength::Weak;
                }
                (work, 16_000, 35_840)
            }
            Self::Bcrypt(cost) => (cost.into(), 10, 12),
            Self::Scrypt { n, r, p } => {
                if n.saturating_mul(r.into()) < 1 << 16 {
                    return Strength::Weak;
                }
                (n.saturating_mul(r.into()).saturating_mul(p.into()), 1 << 17, 5 << 17)
            }
            Self::Pbkdf2 { rounds, advised } => (rounds, advised / 6, advised),
            Self::ShaCrypt(rounds) => (rounds, 100_000, 600_000),
        };
        match value {
            value if value >= strong => Strength::Strong,
            value if value >= fair => Strength::Fair,
            _ => Strength::Weak,
        }
    }

    /// What today's advice is for this function.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Argon2 { .. } => "19456 KiB and 2 passes, or as much work with less memory".to_owned(),
            Self::Bcrypt(_) => "cost 12".to_owned(),
            Self::Scrypt { .. } => "N 131072, r 8, p 1, or as much work".to_owned(),
            Self::Pbkdf2 { advised, .. } => format!("{advised} rounds"),
            Self::ShaCrypt(_) => "600000 rounds".to_owned(),
        }
    }

    /// The cost that the text of this scheme holds.
    pub(super) fn of(scheme: &str, text: &str) -> Option<Self> {
        if scheme.contains("argon2") || scheme == "wrapped" {
            return argon2(text);
        }
        if scheme.contains("bcrypt") || scheme == "dovecot_blf_crypt" || scheme == "nextcloud" {
            return bcrypt(text).or_else(|| argon2(text));
        }
        if scheme.contains("scrypt") && !scheme.contains("yescrypt") {
            return scrypt(text);
        }
        if scheme.contains("sha256_crypt") || scheme.contains("sha512_crypt") {
            return Some(Self::ShaCrypt(after(text, "rounds=").unwrap_or(5_000)));
        }
        if is_pbkdf2(scheme) {
            // Salt and digest may hold such digits by chance.
            let lower = text.to_ascii_lowercase().replace("sha-", "sha");
            let is = |size: &str| scheme.contains(size) || lower.contains(&format!("sha{size}"));
            let advised = match () {
                () if is("512") || is("384") => 210_000,
                () if is("256") || is("224") => 600_000,
                () => 1_300_000,
            };
            return rounds(scheme, text).map(|rounds| Self::Pbkdf2 { rounds, advised });
        }
        None
    }
}

fn is_pbkdf2(scheme: &str) -> bool {
    scheme.contains("pbkdf2") || scheme.contains("scram") || scheme.starts_with("cisco_type8")
}

/// Whether a scheme of the class "broken" is so for its notation and not for its function.
pub(super) fn is_slow(scheme: &str) -> bool {
    let slow = [
        "argon2",
        "bcrypt",
        "blf_crypt",
        "pbkdf2",
        "sha512_crypt",
        "sha256_crypt",
        "firebase_scrypt",
    ];
    slow.iter().any(|function| scheme.contains(function))
}

/// The number behind `name`.
fn after(text: &str, name: &str) -> Option<u64> {
    let (_, rest) = text.split_once(name)?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..digits)?.parse().ok()
}

fn small(text: &str, name: &str) -> Option<u32> {
    after(text, name)?.try_into().ok()
}

fn argon2(text: &str) -> Option<Cost> {
    let from = text.find("$argon2").or_else(|| text.find("argon2")).unwrap_or(0);
    let text = text.get(from..)?;
    let parameter = |name: char| {
        let found = small(text, &format!("${name}=")).or_else(|| small(text, &format!(",{name}=")));
        found.or_else(|| small(text, &format!("\\\"{}\\\":", if name == 'm' { "memory" } else { "" })))
    };
    Some(Cost::Argon2 {
        memory_kib: parameter('m')?,
        passes: parameter('t')?,
        lanes: parameter('p').unwrap_or(1),
    })
}

fn bcrypt(text: &str) -> Option<Cost> {
    // `$2b$12$`, passlib's `r=12`, MediaWiki's `:bcrypt:12$`.
    let usual = ["$2b$", "$2a$", "$2y$", "$2x$"]
        .iter()
        .find_map(|ident| small(text, ident));
    let found = usual.or_else(|| small(text, ",r=")).or_else(|| small(text, ":bcrypt:"));
    found
        .or_else(|| small(text, "$2b,").or_else(|| small(text, "$2a,")))
        .map(Cost::Bcrypt)
}

fn scrypt(text: &str) -> Option<Cost> {
    if let Some(log_n) = small(text, "ln=").or_else(|| small(text, "n=")) {
        let n = 1_u64.checked_shl(log_n)?;
        return Some(Cost::Scrypt {
            n,
            r: small(text, ",r=")?,
            p: small(text, ",p=")?,
        });
    }
    let fields: Vec<&str> = text.split(['$', ':']).collect();
    let sixteen = |text: &str| u32::from_str_radix(text, 16).ok();
    let (n, r, p) = match fields.as_slice() {
        // Ruby's, in hexadecimal.
        [n, r, p, _, _] if text.starts_with(|c: char| c.is_ascii_hexdigit()) => {
            return Some(Cost::Scrypt {
                n: sixteen(n)?.into(),
                r: sixteen(r)?,
                p: sixteen(p)?,
            });
        }
        // Werkzeug, whose salt and digest follow, and Django.
        ["scrypt", n, r, p, _, _] if text.starts_with("scrypt:") => (n, r, p),
        ["scrypt", n, _, r, p, _] => (n, r, p),
        _ => return None,
    };
    Some(Cost::Scrypt {
        n: n.parse().ok()?,
        r: r.parse().ok()?,
        p: p.parse().ok()?,
    })
}

/// The first whole field that is a number, but where the notation has its own place for it.
fn rounds(scheme: &str, text: &str) -> Option<u64> {
    let named = ["i=", ",w=", "hashIterations\\\":", "hashIterations\\\": "];
    if let Some(rounds) = named.iter().find_map(|name| after(text, name)) {
        return Some(rounds);
    }
    let fixed = match scheme {
        "atlassian_pbkdf2_sha1" => Some(10_000),
        "cisco_type8" => Some(20_000),
        _ => None,
    };
    let versioned = scheme == "dovecot_pbkdf2";
    let fields = text.split(['$', ':', ',', '}', '{', '.', '|']);
    let mut numbers = fields.filter_map(|field| field.parse::<u64>().ok());
    fixed.or_else(|| {
        if versioned {
            numbers.nth(2)
        } else {
            numbers.find(|number| *number > 0)
        }
    })
}
