//! Who asks, and from where.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use zeroize::Zeroizing;

/// The longest name of a program that is kept, in bytes.
pub const AGENT_MAX_BYTES: usize = 256;

/// What a device shows on which somebody logged in before ([`Granted::device`](crate::Granted::device)). It is a secret:
/// `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceToken(Zeroizing<String>);

impl DeviceToken {
    /// What was shown, whether it is any good or not.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken(..)")
    }
}

/// What is known of whoever asks for a token or shows one. Everything may be missing: a command has no address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The address they ask from.
    pub peer: Option<IpAddr>,
    /// What their program calls itself (RFC 9110 §10.1.5), at most [`AGENT_MAX_BYTES`].
    pub agent: Option<Arc<str>>,
    /// The device that they show.
    pub device: Option<DeviceToken>,
    /// Whether the peer is a proxy that is not believed when it says for whom it asks: anybody may be behind it.
    pub hidden: bool,
}

impl Attempt {
    /// From this address.
    #[must_use]
    pub fn from_peer(mut self, peer: Option<IpAddr>) -> Self {
        // One host, one address, however it came in.
        self.peer = peer.map(|peer| peer.to_canonical());
        self
    }

    /// With this device, if one is shown.
    #[must_use]
    pub fn with_device(mut self, device: Option<DeviceToken>) -> Self {
        self.device = device;
        self
    }

    /// Whether the peer is a proxy that is not believed: then it is not taken for a network of its own.
    #[must_use]
    pub fn behind_unknown_proxy(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// The address that they are known by, if it is theirs.
    pub(crate) fn origin(&self) -> Option<IpAddr> {
        self.peer.filter(|_| !self.hidden)
    }

    /// With this program; a longer name is cut off.
    #[must_use]
    pub fn with_agent(mut self, agent: Option<&str>) -> Self {
        self.agent = agent.map(|agent| {
            let end = (0..=AGENT_MAX_BYTES.min(agent.len()))
                .rev()
                .find(|end| agent.is_char_boundary(*end));
            agent.get(..end.unwrap_or_default()).unwrap_or_default().into()
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_not_shown() {
        let attempt = Attempt::default().with_device(Some(DeviceToken::new("pcd_secret")));
        assert!(!format!("{attempt:?}").contains("secret"));
    }

    #[test]
    fn a_long_name_of_a_program_is_cut_between_characters() {
        let attempt = Attempt::default().with_agent(Some(&"ä".repeat(200)));
        assert_eq!(attempt.agent.as_deref(), Some(&*"ä".repeat(128)));
    }

    #[test]
    fn an_address_that_came_in_by_the_newer_protocol_is_the_same_address() {
        let mapped = Attempt::default().from_peer("::ffff:192.0.2.1".parse().ok());
        assert_eq!(mapped, Attempt::default().from_peer("192.0.2.1".parse().ok()));
    }
}
