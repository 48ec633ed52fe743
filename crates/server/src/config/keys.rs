//! The settings: each with its name, its sentence of help, its default, and how its text is read.
//!
//! The flags, the environment variables, the sample file and the help are all made from this table.

use portcullis::{Cors, CorsError};

pub(crate) use super::key::Key;
use super::{AnswersName, LogFormat};
use super::{audit, database, new_passwords, proxies, sessions, watching};

/// All settings, in the order of the help.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "data",
        flag: "data",
        value: "DIR",
        default: "\"portcullis-data\"",
        help: "The data folder: database, keys and portcullis.toml",
        take: |settings, raw| raw.path().map(|path| settings.data = path),
    },
    database::DATABASE,
    database::DURABILITY,
    Key {
        name: "listen",
        flag: "listen",
        value: "ADDR",
        default: "\"127.0.0.1:8000\"",
        help: "Where to listen; port 0 picks a free one and prints it",
        take: |settings, raw| {
            let address = raw.text().and_then(|text| text.parse().ok());
            address
                .map(|address| settings.listen = address)
                .ok_or("an address such as 127.0.0.1:8000, [::]:8000 or localhost:8000")
        },
    },
    Key {
        name: "issuer",
        flag: "issuer",
        value: "TEXT",
        default: "\"portcullis\"",
        help: "Who issues the tokens (`iss`), best the public address of this server; a change ends all tokens",
        take: |settings, raw| raw.name().map(|text| settings.issuer = text),
    },
    Key {
        name: "audience",
        flag: "audience",
        value: "TEXT",
        default: "\"portcullis\"",
        help: "Whom the tokens are for (`aud`); a change ends all tokens",
        take: |settings, raw| raw.name().map(|text| settings.audience = text),
    },
    Key {
        name: "access_token_minutes",
        flag: "access-token-minutes",
        value: "MINUTES",
        default: "30",
        help: "How long an access token lives, 1 to 1440 minutes",
        take: |settings, raw| {
            raw.number(1..=1440)
                .map(|n| settings.access_token_minutes = n)
                .ok_or("a whole number from 1 to 1440")
        },
    },
    Key {
        name: "algorithm",
        flag: "algorithm",
        value: "NAME",
        default: "\"EdDSA\"",
        help: "What new signing keys sign with: EdDSA, ES256, RS256, HS256 … ; `portcullis key rotate` makes one",
        take: |settings, raw| {
            let algorithm = raw.text().and_then(|name| name.parse().ok());
            algorithm
                .map(|algorithm| settings.algorithm = algorithm)
                .ok_or("HS256, HS384, HS512, RS256, …, PS256, …, ES256, ES384, ES512, ES256K or EdDSA")
        },
    },
    Key {
        name: "key_rotation_days",
        flag: "key-rotation-days",
        value: "DAYS",
        default: "90",
        help: "After how many days a new signing key takes over, 1 to 3650; 0: only by `portcullis key rotate`",
        take: |settings, raw| {
            raw.number(0..=3_650)
                .map(|n| settings.key_rotation_days = n)
                .ok_or("a whole number from 0 to 3650")
        },
    },
    Key {
        name: "key_publish_minutes",
        flag: "key-publish-minutes",
        value: "MINUTES",
        default: "60",
        help: "How long a new key stands in /.well-known/jwks.json before it signs, 1 to 10080 minutes",
        take: |settings, raw| {
            raw.number(1..=10_080)
                .map(|n| settings.key_publish_minutes = n)
                .ok_or("a whole number from 1 to 10080")
        },
    },
    Key {
        name: "master_key_file",
        flag: "master-key-file",
        value: "FILE",
        default: "\"keys/master.key\"",
        help: "What signing keys are encrypted under, as seen from the data folder; PORTCULLIS_MASTER_KEY goes before it",
        take: |settings, raw| raw.file().map(|path| settings.master_key_file = Some(path)),
    },
    Key {
        name: "hashing_threads",
        flag: "hashing-threads",
        value: "N",
        default: "1",
        help: "Threads that hash passwords; unset: one fewer than there are cores, at least 1",
        take: |settings, raw| {
            raw.number(1..=1024)
                .map(|n| settings.hashing_threads = Some(n))
                .ok_or("a whole number from 1 to 1024")
        },
    },
    Key {
        name: "hashing_queue",
        flag: "hashing-queue",
        value: "N",
        default: "64",
        help: "How many logins may wait for a hashing thread before one is answered 503; unset: 64 per thread",
        take: |settings, raw| {
            raw.number(1..=100_000)
                .map(|n| settings.hashing_queue = Some(n))
                .ok_or("a whole number from 1 to 100000")
        },
    },
    Key {
        name: "hashing_memory_mib",
        flag: "hashing-memory-mib",
        value: "MIB",
        default: "512",
        help: "Memory that hashing may use at once, in MiB; unset: 512",
        take: |settings, raw| {
            let expected = "a whole number from 32 to 1048576";
            raw.number(32..=1_048_576)
                .map(|n| settings.hashing_memory_mib = Some(n))
                .ok_or(expected)
        },
    },
    new_passwords::MIN_LENGTH,
    new_passwords::BREACHED,
    sessions::PROFILE,
    sessions::IDLE_DAYS,
    sessions::DAYS,
    sessions::LATE_RETRY,
    sessions::STALE_REVOCATIONS,
    audit::REFRESH,
    audit::RETENTION_DAYS,
    audit::ANCHOR,
    Key {
        name: "throttle",
        flag: "throttle",
        value: "true|false",
        default: "true",
        help: "Whether wrong passwords are counted, and guessing is answered 429 before a password is looked at",
        take: |settings, raw| raw.truth().map(|on| settings.throttle = on).ok_or("true or false"),
    },
    Key {
        name: "api_keys",
        flag: "api-keys",
        value: "true|false",
        default: "true",
        help: "Whether API keys are taken in place of tokens, and users may make some; those that there are stay",
        take: |settings, raw| raw.truth().map(|on| settings.api_keys = on).ok_or("true or false"),
    },
    Key {
        name: "answers",
        flag: "answers",
        value: "rfc|fastapi",
        default: "\"rfc\"",
        help: "How refusals are answered: by RFC 6749 and RFC 6750, or as FastAPI's tutorial does",
        take: |settings, raw| {
            let answers = match raw.text() {
                Some("rfc") => Some(AnswersName::Rfc),
                Some("fastapi") => Some(AnswersName::Fastapi),
                _ => None,
            };
            answers
                .map(|answers| settings.answers = answers)
                .ok_or("rfc or fastapi")
        },
    },
    Key {
        name: "docs",
        flag: "docs",
        value: "true|false",
        default: "true",
        help: "Whether /docs, /redoc and /openapi.json are served",
        take: |settings, raw| raw.truth().map(|docs| settings.docs = docs).ok_or("true or false"),
    },
    Key {
        name: "cors_origins",
        flag: "cors-origins",
        value: "ORIGINS",
        default: "[]",
        help: "Whose pages may call from browsers (CORS): exact origins such as https://app.example.com",
        take: |settings, raw| {
            let expected = "exact origins such as https://app.example.com or http://localhost:3000, with no path or slash \
                            behind the host and port";
            let origins = raw.list().ok_or(expected)?;
            let cors = Cors::origins(&origins).map_err(|error| match error {
                CorsError::Any => "each origin by its name: `*` would let the pages of every site in",
                _ => expected,
            })?;
            settings.cors_origins = (!origins.is_empty()).then_some(cors);
            Ok(())
        },
    },
    Key {
        name: "public_url",
        flag: "public-url",
        value: "URL",
        default: "\"https://login.example.com/auth\"",
        help: "Where clients find this server, with the path that a proxy takes off; unset: the issuer, if an address",
        take: |settings, raw| {
            let url = raw.address();
            url.map(|url| settings.public_url = Some(url.to_owned()))
                .ok_or("an address such as https://login.example.com/auth, without a query")
        },
    },
    proxies::TRUSTED,
    proxies::HEADER,
    proxies::PROXY_PROTOCOL,
    watching::LOG_REQUESTS,
    watching::METRICS_LISTEN,
    Key {
        name: "log",
        flag: "log",
        value: "human|json",
        default: "\"human\"",
        help: "How the log on standard error is written; RUST_LOG chooses what is in it",
        take: |settings, raw| {
            let log = match raw.text() {
                Some("human") => Some(LogFormat::Human),
                Some("json") => Some(LogFormat::Json),
                _ => None,
            };
            log.map(|log| settings.log = log).ok_or("human or json")
        },
    },
];

impl Key {
    /// The setting of this name in the file.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }
}
