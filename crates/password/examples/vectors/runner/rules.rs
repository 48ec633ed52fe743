//! Where the context differs from passlib's on purpose: each rule holds for the kind of case that it describes, which is
//! read from the case's own policy and text, never from its number or from our answer.

use portcullis_password::schemes::{self, Named};
use portcullis_password::{Options, Scheme as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::policed::Policed;

/// The rules; their reasons stand in `testdata/passwords/decisions.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Where no scheme of the policy may make new hashes here, Argon2id does, and its own are read.
    NewOnesAreArgon2id,
    /// What is made here is read by what makes it, also where a scheme that takes any text is listed before.
    OwnFirst,
    /// A scheme that makes no new hashes here is upgraded, deprecated or not.
    MakesNone,
    /// Only Argon2id is made, whatever `argon2__type` says.
    OnlyArgon2id,
    /// A hash above the policy's highest cost, and below its lowest in nothing, stays.
    StrongerStays,
    /// Another number of lanes, or another block size of scrypt, is not a weaker hash.
    LanesAreNoCost,
    /// Argon2's tag of a new hash has 32 bytes, whatever the policy says.
    #[serde(rename = "tags-of-32")]
    TagsOf32,
    /// bcrypt_sha256 is made in version 2, whatever the policy says.
    #[serde(rename = "only-version-2")]
    OnlyVersion2,
    /// A cost of Argon2 that the policy does not name is the one that is recommended here.
    OwnDefaults,
    /// scrypt with fewer lanes, and so less work, than the policy's lowest cost is weaker.
    LessWork,
}

/// What a rule says of a case.
#[derive(Clone)]
pub struct Decided {
    pub needs_update: bool,
    /// The scheme as which it is read, where that is another one than passlib's.
    pub read_as: Option<String>,
}

impl Rule {
    /// What the answers must be by this rule, where it is for it to say.
    pub fn decide(self, case: &Policed) -> Option<Decided> {
        let (needs_update, read_as) = match self {
            Self::NewOnesAreArgon2id if is_argon2(&case.hash) && case.maker().is_none() => {
                let stored = Argon2::read(&case.hash);
                (
                    stored.is_none_or(|stored| stored.is_weaker_than(19_456, 2)),
                    Some("argon2".to_owned()),
                )
            }
            Self::OwnFirst => {
                let taken = matches!(case.identify.as_str(), Some("plaintext" | "ldap_plaintext"));
                let maker = case.maker().filter(|maker| taken && is_of(maker, &case.hash))?;
                (case.is_weak(&maker)?, Some(maker))
            }
            Self::NewOnesAreArgon2id => return None,
            _ => (self.needs_update(case)?, None),
        };
        Some(Decided { needs_update, read_as })
    }

    fn needs_update(self, case: &Policed) -> Option<bool> {
        let scheme = case.identify.as_str()?;
        if self == Self::MakesNone {
            let made = schemes::named(scheme, &Options::new());
            return (!matches!(made, Ok(Named::Current(_) | Named::Disabled(_)))).then_some(true);
        }
        if case.is_deprecated(scheme) {
            return None;
        }
        let asked = case.needs_update.as_bool()?;
        match scheme {
            "argon2" => self.of_argon2(case, asked),
            "scrypt" => self.of_scrypt(case, asked),
            "bcrypt_sha256" if self == Self::OnlyVersion2 => {
                let one = case.number(scheme, "version") == Some(1) && !case.hash.contains("$v=2,");
                (one && !asked).then_some(true)
            }
            _ => {
                let rounds = rounds(scheme, &case.hash)?;
                let above = rounds > case.rounds(scheme, "max_rounds")?;
                let below = rounds < case.rounds(scheme, "min_rounds").unwrap_or(0);
                (self == Self::StrongerStays && asked && above && !below).then_some(false)
            }
        }
    }

    fn of_argon2(self, case: &Policed, asked: bool) -> Option<bool> {
        let stored = Argon2::read(&case.hash)?;
        let kind = case
            .setting("argon2", "type")
            .map_or("id".to_owned(), |kind| text(kind).to_lowercase());
        let named = |option| case.number("argon2", option);
        let passes = case.rounds("argon2", "min_rounds").or_else(|| named("time_cost"));
        let (least_memory, least_passes) = (named("memory_cost").unwrap_or(19_456), passes.unwrap_or(2));
        let weaker = stored.is_weaker_than(least_memory, least_passes);
        let tag = named("digest_size").or_else(|| named("hash_len")).unwrap_or(32);
        let most_passes = case.rounds("argon2", "max_rounds").or_else(|| named("time_cost"));
        let above = named("memory_cost").is_some_and(|memory| stored.memory > memory)
            || most_passes.is_some_and(|passes| stored.passes > passes)
            || stored.tag > 32;
        match self {
            Self::OnlyArgon2id if !asked && stored.kind != "id" && stored.kind == kind => Some(true),
            Self::OnlyArgon2id if asked && !weaker && kind != "id" => Some(false),
            Self::StrongerStays if asked && !weaker && above => Some(false),
            Self::LanesAreNoCost if asked && !weaker && named("parallelism").unwrap_or(4) != stored.lanes => {
                Some(false)
            }
            Self::TagsOf32 if tag != 32 => (weaker != asked).then_some(weaker),
            Self::OwnDefaults if named("memory_cost").is_none() || passes.is_none() => {
                (weaker != asked).then_some(weaker)
            }
            _ => None,
        }
    }

    fn of_scrypt(self, case: &Policed, asked: bool) -> Option<bool> {
        let fields = case.hash.strip_prefix("$scrypt$")?.split('$').next()?;
        let (n, r, p) = (field(fields, "ln=")?, field(fields, "r=")?, field(fields, "p=")?);
        let least_n = case.rounds("scrypt", "min_rounds").unwrap_or(1);
        let least_r = case.number("scrypt", "block_size").unwrap_or(8);
        let least_p = case.number("scrypt", "parallelism").unwrap_or(1);
        let table = |n: u64, r: u64| 1_u64.checked_shl(u32::try_from(n).ok()?)?.checked_mul(r);
        let (stored, least) = (table(n, r)?, table(least_n, least_r)?);
        let weaker = stored < least || stored.checked_mul(p)? < least.checked_mul(least_p)?;
        let above = case.rounds("scrypt", "max_rounds").is_some_and(|most| n > most) || r > least_r || p > least_p;
        match self {
            Self::StrongerStays if asked && !weaker && above => Some(false),
            Self::LanesAreNoCost if asked && !weaker && (r != least_r || p != least_p) => Some(false),
            Self::LessWork if !asked && weaker && p < least_p => Some(true),
            _ => None,
        }
    }
}

impl Policed {
    /// An option of a scheme: that of the category, then its own, then that of all schemes.
    fn setting(&self, scheme: &str, option: &str) -> Option<&Value> {
        let category = self.category.as_ref();
        let of_category = category.and_then(|category| self.policy.get(&format!("{category}__{scheme}__{option}")));
        of_category
            .or_else(|| self.policy.get(&format!("{scheme}__{option}")))
            .or_else(|| self.policy.get(&format!("all__{option}")))
    }

    fn number(&self, scheme: &str, option: &str) -> Option<u64> {
        text(self.setting(scheme, option)?).parse().ok()
    }

    /// `min_rounds` or `max_rounds`; passlib's `rounds` sets both.
    fn rounds(&self, scheme: &str, option: &str) -> Option<u64> {
        self.number(scheme, option).or_else(|| self.number(scheme, "rounds"))
    }

    /// The scheme of the policy that makes new hashes here, if any.
    fn maker(&self) -> Option<String> {
        let schemes = self.policy.get("schemes").map(list).unwrap_or_default();
        let makes = |name: &&String| matches!(schemes::named(name, &Options::new()), Ok(Named::Current(_)));
        let is_default = |name: &&String| Some(*name) == self.default().as_ref();
        let default = schemes.iter().find(|name| makes(name) && is_default(name));
        let first = || schemes.iter().find(|name| makes(name) && !self.is_deprecated(name));
        default.or_else(first).cloned()
    }

    /// Whether the hash is below the policy's lowest cost of this scheme; `None`: nothing is known of its cost here.
    fn is_weak(&self, scheme: &str) -> Option<bool> {
        match scheme {
            "argon2" => {
                let passes = self
                    .rounds(scheme, "min_rounds")
                    .or_else(|| self.number(scheme, "time_cost"));
                let memory = self.number(scheme, "memory_cost").unwrap_or(19_456);
                Some(Argon2::read(&self.hash).is_none_or(|stored| stored.is_weaker_than(memory, passes.unwrap_or(2))))
            }
            _ => Some(rounds(scheme, &self.hash)? < self.rounds(scheme, "min_rounds").unwrap_or(0)),
        }
    }

    /// The default scheme: the one that is named, else the first that is not listed as deprecated.
    fn default(&self) -> Option<String> {
        let schemes = self.policy.get("schemes").map(list).unwrap_or_default();
        let deprecated = self.of_context("deprecated").map(list).unwrap_or_default();
        let first = || schemes.iter().find(|name| !deprecated.contains(name)).cloned();
        self.of_context("default").map(text).or_else(first)
    }

    fn of_context(&self, key: &str) -> Option<&Value> {
        let category = self.category.as_ref();
        let own = category.and_then(|category| self.policy.get(&format!("{category}__context__{key}")));
        own.or_else(|| self.policy.get(key))
    }

    /// Whether the policy lists the scheme as deprecated.
    fn is_deprecated(&self, scheme: &str) -> bool {
        let Some(listed) = self.of_context("deprecated").map(list) else {
            return false;
        };
        if listed == ["auto"] {
            self.default().is_none_or(|default| default != scheme)
        } else {
            listed.iter().any(|name| name == scheme)
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn list(value: &Value) -> Vec<String> {
    value
        .as_array()
        .map_or_else(|| vec![text(value)], |values| values.iter().map(text).collect())
}

fn is_argon2(hash: &str) -> bool {
    let idents = ["$argon2id$", "$argon2i$", "$argon2d$"];
    idents.iter().any(|ident| hash.starts_with(ident))
}

/// Whether the text is in the notation of this scheme, one of those that make new hashes.
fn is_of(scheme: &str, hash: &str) -> bool {
    schemes::hasher(scheme).is_some_and(|hasher| hasher.identify(hash))
}

/// The rounds of a hash of a scheme that has no other cost, if it is in the form that is made here.
fn rounds(scheme: &str, hash: &str) -> Option<u64> {
    let place = match scheme {
        "bcrypt" => 2,
        "bcrypt_sha256" => return field(hash.strip_prefix("$bcrypt-sha256$v=2,")?.split('$').next()?, "r="),
        "pbkdf2_sha256" | "pbkdf2_sha512" => 2,
        "django_pbkdf2_sha256" => 1,
        _ => return None,
    };
    hash.split('$').nth(place)?.parse().ok()
}

/// The number behind `name` among `a=1,b=2`.
fn field(fields: &str, name: &str) -> Option<u64> {
    fields
        .split(',')
        .find_map(|field| field.strip_prefix(name))?
        .parse()
        .ok()
}

struct Argon2 {
    kind: String,
    version: u64,
    memory: u64,
    passes: u64,
    lanes: u64,
    /// Bytes.
    tag: usize,
}

impl Argon2 {
    fn is_weaker_than(&self, memory: u64, passes: u64) -> bool {
        self.kind != "id"
            || self.version != 19
            || self.tag < 32
            || self.memory < memory
            || self.memory * self.passes < memory * passes
    }

    fn read(hash: &str) -> Option<Self> {
        let (kind, rest) = hash.strip_prefix("$argon2")?.split_once('$')?;
        let parts: Vec<&str> = rest.split('$').collect();
        let (version, costs, tag) = match parts.as_slice() {
            [version, costs, _, tag] => (field(version, "v=")?, costs, tag),
            [costs, _, tag] => (16, costs, tag),
            _ => return None,
        };
        Some(Self {
            kind: kind.to_owned(),
            version,
            memory: field(costs, "m=")?,
            passes: field(costs, "t=")?,
            lanes: field(costs, "p=")?,
            tag: tag.len() * 3 / 4,
        })
    }
}
