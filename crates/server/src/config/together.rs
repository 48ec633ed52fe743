//! Settings of which each is right, and that say something else together than is meant.

use super::Settings;

/// What two settings say together.
pub(crate) struct Together {
    /// The setting whose word does not hold as it stands.
    pub(crate) setting: &'static str,
    pub(crate) what: String,
    pub(crate) remedy: &'static str,
}

impl Settings {
    /// What is said together that nobody means, one for each setting at most.
    pub(crate) fn together(&self) -> Vec<Together> {
        let all = [
            self.two_addresses(),
            self.idles_beyond_its_end(),
            self.header_of_nobody(),
            self.replicated_to_nobody(),
        ];
        all.into_iter().flatten().collect()
    }

    /// Metadata and keys are looked for at the issuer (RFC 8414 §3), and what they name is below the public address.
    fn two_addresses(&self) -> Option<Together> {
        let url = self.public_url.as_deref()?;
        let same = url
            .trim_end_matches('/')
            .eq_ignore_ascii_case(self.issuer.trim_end_matches('/'));
        (self.issuer.contains("://") && !same).then(|| Together {
            setting: "public_url",
            what: format!(
                "public_url is {url}, and the issuer {}: programs look for metadata and keys at the issuer",
                self.issuer
            ),
            remedy: "Let both be one address, host and path, or see that the issuer's leads here too.",
        })
    }

    fn idles_beyond_its_end(&self) -> Option<Together> {
        let (idle, days) = self.sessions.idle_and_days();
        (idle > days).then(|| Together {
            setting: "session_idle_days",
            what: format!("session_idle_days is {idle}, and a session ends after {days} days in any case"),
            remedy: "Set session_idle_days to no more than session_days.",
        })
    }

    fn replicated_to_nobody(&self) -> Option<Together> {
        (self.replicated && self.database.is_none()).then(|| Together {
            setting: "durability",
            what: "durability is replicated, and the database is a file of the data folder: nothing is replicated"
                .to_owned(),
            remedy: "Set database to that of a PostgreSQL with a synchronous standby, or take durability out.",
        })
    }

    fn header_of_nobody(&self) -> Option<Together> {
        let header = self.proxies.header_of_nobody()?;
        Some(Together {
            setting: "forwarded_header",
            what: format!("forwarded_header is {header}, and no proxy is listed that is believed: it is never read"),
            remedy: "List the proxies in trusted_proxies.",
        })
    }
}
