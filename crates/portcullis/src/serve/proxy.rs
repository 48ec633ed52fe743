//! The header of the PROXY protocol, version 2 (HAProxy's `proxy-protocol.txt`, §2.2), before the first byte of HTTP.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What such a header begins with.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// What one of version 1 begins with, which is a line of text.
const FIRST_VERSION: &[u8] = b"PROXY ";

/// The part of a fixed size: signature, version and command, family, length of the rest.
const FIXED: usize = 16;

/// How much may follow: addresses, and what else a proxy tells (TLVs), a client's certificate at the most.
const REST_MAX_BYTES: usize = 4096;

/// Why a connection of a proxy that must send such a header is not served.
#[derive(Debug)]
pub(super) enum ProxyError {
    /// It began with something else.
    Missing,
    /// It is of version 1.
    FirstVersion,
    /// It cannot be read: another version, an unknown command or family, or less in it than the family has.
    Malformed,
    /// More follows than a proxy would say.
    TooLong,
    /// The connection ended before it was whole.
    Broken(io::Error),
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is none: let the proxy send one (HAProxy: send-proxy-v2)",
            Self::FirstVersion => "it is of version 1: let the proxy send version 2 (HAProxy: send-proxy-v2)",
            Self::Malformed => "it is malformed",
            Self::TooLong => "it is longer than 4 KiB",
            Self::Broken(_) => "the connection ended before it was whole",
        })
    }
}

impl Error for ProxyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Broken(cause) => Some(cause),
            _ => None,
        }
    }
}

/// Reads the header off a stream, and not one byte more. `None`: the proxy speaks for itself (`LOCAL`, its health checks),
/// or for somebody without an address of IP.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, ProxyError> {
    let mut fixed = [0; FIXED];
    stream.read_exact(&mut fixed).await.map_err(ProxyError::Broken)?;
    let Some([version_and_command, family, high, low]) = fixed.strip_prefix(SIGNATURE) else {
        return Err(match fixed.starts_with(FIRST_VERSION) {
            true => ProxyError::FirstVersion,
            false => ProxyError::Missing,
        });
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if length > REST_MAX_BYTES {
        return Err(ProxyError::TooLong);
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await.map_err(ProxyError::Broken)?;
    source(*version_and_command, *family, &rest).ok_or(ProxyError::Malformed)
}

/// Whom the proxy speaks for, by what stands behind the signature. What follows the addresses is passed over.
fn source(version_and_command: u8, family: u8, rest: &[u8]) -> Option<Option<SocketAddr>> {
    match (version_and_command, family) {
        // LOCAL: whatever the family says.
        (0x20, _) => Some(None),
        // UNSPEC, and sockets of the proxy's machine.
        (0x21, 0x00) => Some(None),
        (0x21, 0x31) => rest.get(..216).map(|_| None),
        // Of IPv4 and IPv6 over TCP: both addresses, then both ports.
        (0x21, 0x11) => {
            let (from, rest) = rest.split_first_chunk::<4>()?;
            let (port, _) = rest.get(4..)?.split_first_chunk::<4>()?;
            Some(Some(address(IpAddr::from(*from), port)))
        }
        (0x21, 0x21) => {
            let (from, rest) = rest.split_first_chunk::<16>()?;
            let (port, _) = rest.get(16..)?.split_first_chunk::<4>()?;
            Some(Some(address(IpAddr::from(*from), port)))
        }
        _ => None,
    }
}

fn address(from: IpAddr, [high, low, ..]: &[u8; 4]) -> SocketAddr {
    SocketAddr::new(from.to_canonical(), u16::from_be_bytes([*high, *low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(version_and_command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [SIGNATURE, &[version_and_command, family][..], &length, rest].concat()
    }

    /// Addresses of IPv4, or of IPv6, with ports and `behind` them.
    fn four(behind: &[u8]) -> Vec<u8> {
        [&[198, 51, 100, 7, 10, 0, 0, 1, 0x12, 0x67, 0x1f, 0x40], behind].concat()
    }

    fn six() -> Vec<u8> {
        let from = "2001:db8::7".parse::<std::net::Ipv6Addr>().unwrap().octets();
        [&from[..], &[0; 16], &[0x12, 0x67, 0, 80]].concat()
    }

    async fn read_of(bytes: &[u8]) -> (Result<Option<SocketAddr>, ProxyError>, usize) {
        let mut stream = bytes;
        let found = read(&mut stream).await;
        (found, stream.len())
    }

    #[tokio::test]
    async fn what_is_no_header_of_version_2_is_refused_with_the_reason() {
        let long = header(0x21, 0x11, &four(&[0; 5_000]));
        let short_of = |bytes: Vec<u8>, missing: usize| bytes[..bytes.len() - missing].to_vec();
        for (bytes, reason) in [
            (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), "there is none"),
            (b"PROXY TCP4 198.51.100.7 10.0.0.1 4711 80\r\n".to_vec(), "version 1"),
            (b"PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n".to_vec(), "version 1"),
            (header(0x11, 0x11, &four(b"")), "malformed"),
            (header(0x31, 0x11, &four(b"")), "malformed"),
            (header(0x22, 0x11, &four(b"")), "malformed"),
            (header(0x21, 0x41, &four(b"")), "malformed"),
            (header(0x21, 0x12, &four(b"")), "malformed"),
            (header(0x21, 0x11, &four(b"")[..11]), "malformed"),
            (header(0x21, 0x21, &six()[..35]), "malformed"),
            (header(0x21, 0x31, &[0; 215]), "malformed"),
            (long, "longer"),
            (short_of(header(0x21, 0x11, &four(b"")), 1), "ended"),
            (SIGNATURE.to_vec(), "ended"),
            (Vec::new(), "ended"),
        ] {
            let (found, _) = read_of(&bytes).await;
            let text = found.expect_err(reason).to_string();
            assert!(text.contains(reason), "{text}: {bytes:?}");
        }
    }

    #[tokio::test]
    async fn whom_the_proxy_speaks_for_is_read_and_not_one_byte_of_the_request() {
        let request = b"GET / HTTP/1.1\r\n";
        for (bytes, expected) in [
            (header(0x21, 0x11, &four(b"")), Some("198.51.100.7:4711")),
            (header(0x21, 0x11, &four(&[4, 0, 1, 0])), Some("198.51.100.7:4711")),
            (header(0x21, 0x21, &six()), Some("[2001:db8::7]:4711")),
            (header(0x21, 0x31, &[0; 216]), None),
            (header(0x21, 0x00, b""), None),
            (header(0x21, 0x00, &four(b"")), None),
            (header(0x20, 0x00, b""), None),
            (header(0x20, 0x11, &four(b"")), None),
        ] {
            let (found, left) = read_of(&[&bytes[..], request].concat()).await;
            let found = found.unwrap().map(|address| address.to_string());
            assert_eq!((found.as_deref(), left), (expected, request.len()), "{bytes:?}");
        }
    }
}
