//! Parts of a key as the members of a JWK; the thumbprint.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::algorithm::KeyKind;
use crate::parts::Parts;

impl Parts {
    /// The members of the JWK that every key of its kind has (RFC 7638 §3.2), in the order of their names; those of the
    /// public half for a private key. `None` for a private key that does not know its public half.
    fn required_members(&self) -> Option<Vec<(&'static str, Zeroizing<String>)>> {
        let text = |text: &str| Zeroizing::new(text.to_owned());
        let encode = |bytes: &[u8]| Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes));
        let curve = |kind: &KeyKind, x: &[u8], y: &[u8]| {
            let (x, y) = (encode(x), encode(y));
            vec![
                ("crv", text(&kind.to_string())),
                ("kty", text("EC")),
                ("x", x),
                ("y", y),
            ]
        };
        let rsa = |n: &[u8], e: &[u8]| vec![("e", encode(e)), ("kty", text("RSA")), ("n", encode(n))];
        let ed25519 = |x: &[u8]| vec![("crv", text("Ed25519")), ("kty", text("OKP")), ("x", encode(x))];
        Some(match self {
            Self::Secret(secret) => vec![("k", encode(secret)), ("kty", text("oct"))],
            Self::RsaPublic { n, e } => rsa(n, e),
            Self::RsaPrivate(numbers) => rsa(&numbers.n, &numbers.e),
            Self::CurvePublic { kind, x, y } => curve(kind, x, y),
            Self::CurvePrivate { kind, point, .. } => {
                let (x, y) = point
                    .as_deref()?
                    .strip_prefix(&[4])?
                    .split_at_checked(kind.coordinate_len())?;
                curve(kind, x, y)
            }
            Self::Ed25519Public { x } => ed25519(x),
            Self::Ed25519Private { x, .. } => ed25519(x.as_deref()?),
        })
    }

    /// The members of the private half.
    fn private_members(&self) -> Vec<(&'static str, Zeroizing<String>)> {
        let encode = |bytes: &[u8]| Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes));
        match self {
            Self::RsaPrivate(numbers) => vec![
                ("d", encode(&numbers.d)),
                ("p", encode(&numbers.p)),
                ("q", encode(&numbers.q)),
                ("dp", encode(&numbers.dp)),
                ("dq", encode(&numbers.dq)),
                ("qi", encode(&numbers.qi)),
            ],
            Self::CurvePrivate { d, .. } => vec![("d", encode(d))],
            Self::Ed25519Private { seed, .. } => vec![("d", encode(seed))],
            _ => Vec::new(),
        }
    }

    pub(crate) fn thumbprint(&self) -> Option<String> {
        let members = self.required_members()?;
        let json = write(members.iter().map(|(name, value)| (*name, value.as_str())));
        Some(URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, json.as_bytes())))
    }

    /// The whole JWK, private half included where there is one. `None` as for [`Parts::required_members`].
    pub(crate) fn to_jwk(&self, algorithm: &str, key_id: Option<&str>) -> Option<Zeroizing<String>> {
        let mut members = self.required_members()?;
        members.extend(self.private_members());
        let head = [("use", "sig"), ("alg", algorithm)];
        let head = head.into_iter().chain(key_id.map(|key_id| ("kid", key_id)));
        let rest = members.iter().map(|(name, value)| (*name, value.as_str()));
        Some(write(head.chain(rest)))
    }
}

/// A JSON object of text members, without blanks.
fn write<'a>(members: impl Iterator<Item = (&'static str, &'a str)>) -> Zeroizing<String> {
    // Room for the longest, an RSA key of 8192 bits, so that no half-written copy stays behind.
    let mut json = Zeroizing::new(String::with_capacity(8 * 1024));
    for (name, value) in members {
        let separator = if json.is_empty() { '{' } else { ',' };
        json.push(separator);
        json.push('"');
        json.push_str(name);
        json.push_str("\":\"");
        for character in value.chars() {
            if matches!(character, '"' | '\\') {
                json.push('\\');
            }
            json.push(character);
        }
        json.push('"');
    }
    json.push('}');
    json
}
