use http::{HeaderName, HeaderValue};

use super::*;

const XFF: HeaderName = HeaderName::from_static("x-forwarded-for");

fn headers(name: &HeaderName, lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, HeaderValue::from_bytes(line.as_bytes()).unwrap());
    }
    headers
}

/// Trusted are 10.0.0.0/8, 127.0.0.1 and fd00::/8.
fn proxies() -> TrustedProxies {
    TrustedProxies::new(["10.0.0.0/8", "127.0.0.1", "fd00::/8"].map(|network| network.parse().unwrap()))
}

/// Who connected, the lines of `X-Forwarded-For`, and who asks.
const BY_X_FORWARDED_FOR: &[(&str, &[&str], &str)] = &[
    // Nobody who is not listed is believed.
    ("192.0.2.1", &["198.51.100.7"], "192.0.2.1"),
    ("192.168.0.1", &["198.51.100.7"], "192.168.0.1"),
    ("127.0.0.2", &["198.51.100.7"], "127.0.0.2"),
    ("::1", &["198.51.100.7"], "::1"),
    ("2001:db8::1", &["198.51.100.7"], "2001:db8::1"),
    // A listed one is, and by the newer protocol too.
    ("10.0.0.1", &[], "10.0.0.1"),
    ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
    ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
    ("fd00::2", &["2001:db8::7"], "2001:db8::7"),
    ("127.0.0.1", &["203.0.113.9"], "203.0.113.9"),
    // What a client wrote to the left of it is not.
    ("10.0.0.1", &["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
    ("10.0.0.1", &["10.0.0.9, 198.51.100.7"], "198.51.100.7"),
    ("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
    ("10.0.0.1", &["1.1.1.1", "198.51.100.7, 10.0.0.2"], "198.51.100.7"),
    ("10.0.0.1", &["198.51.100.7", "10.0.0.3", "10.0.0.2"], "198.51.100.7"),
    // Where every hop is trusted it is the leftmost.
    ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    // What is no address ends the walk before it.
    ("10.0.0.1", &["unknown"], "10.0.0.1"),
    ("10.0.0.1", &[""], "10.0.0.1"),
    ("10.0.0.1", &["198.51.100.7, unknown, 10.0.0.2"], "10.0.0.2"),
    ("10.0.0.1", &["198.51.100.7,, 10.0.0.2"], "10.0.0.2"),
    ("10.0.0.1", &["198.51.100.7,"], "10.0.0.1"),
    ("10.0.0.1", &["198.51.100.700"], "10.0.0.1"),
    ("10.0.0.1", &["198.51.100.7:70000"], "10.0.0.1"),
    ("10.0.0.1", &["\"198.51.100.7\""], "10.0.0.1"),
    ("10.0.0.1", &["ä"], "10.0.0.1"),
    // Zone and port go, and IPv4 is IPv4.
    ("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
    ("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7"),
    ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
    ("10.0.0.1", &["fe80::1%eth0"], "fe80::1"),
    ("10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7"),
    ("10.0.0.1", &["198.51.100.7, ::ffff:10.0.0.2"], "198.51.100.7"),
    ("10.0.0.1", &[" \t198.51.100.7 \t, 10.0.0.2 "], "198.51.100.7"),
    // More than ten hops.
    (
        "10.0.0.1",
        &[
            "6.6.6.6, 198.51.100.7, 10.0.0.13, 10.0.0.12, 10.0.0.11, 10.0.0.10, 10.0.0.9, 10.0.0.8, 10.0.0.7, 10.0.0.6, \
           10.0.0.5, 10.0.0.4, 10.0.0.3, 10.0.0.2",
        ],
        "198.51.100.7",
    ),
];

/// The same by `Forwarded`.
const BY_FORWARDED: &[(&str, &[&str], &str)] = &[
    ("192.0.2.1", &["for=198.51.100.7"], "192.0.2.1"),
    ("10.0.0.1", &["for=198.51.100.7"], "198.51.100.7"),
    (
        "10.0.0.1",
        &["proto=https;FOR=\"198.51.100.7:80\";by=10.0.0.1"],
        "198.51.100.7",
    ),
    ("10.0.0.1", &["for=\"[2001:db8::7]:_x\", for=10.0.0.2"], "2001:db8::7"),
    (
        "10.0.0.1",
        &["for=1.1.1.1", "for=198.51.100.7;host=\"a,b\\\"c, for=6.6.6.6\""],
        "198.51.100.7",
    ),
    // A quote that a client left open hides nothing of what the proxy wrote.
    ("10.0.0.1", &["for=\"1.1.1.1, for=198.51.100.7"], "198.51.100.7"),
    ("10.0.0.1", &["for=1.1.1.1;host=\"a, for=10.0.0.2"], "10.0.0.2"),
    ("10.0.0.1", &["for=unknown"], "10.0.0.1"),
    ("10.0.0.1", &["for=_hidden, for=10.0.0.2"], "10.0.0.2"),
    ("10.0.0.1", &["proto=https"], "10.0.0.1"),
    ("10.0.0.1", &["for=1.1.1.1;for=198.51.100.7"], "10.0.0.1"),
    ("10.0.0.1", &["for=198.51.100.7 x"], "10.0.0.1"),
    ("10.0.0.1", &["for=\"198.51.100.7"], "10.0.0.1"),
];

#[test]
fn forwarded_headers_are_believed_only_from_listed_peers() {
    assert!(BY_X_FORWARDED_FOR.len() + BY_FORWARDED.len() >= 40);
    let by_x = proxies();
    let by_standard = proxies().header(ForwardedHeader::Forwarded);
    let tables = [
        (&by_x, XFF, BY_X_FORWARDED_FOR),
        (&by_standard, http::header::FORWARDED, BY_FORWARDED),
    ];
    for (proxies, name, table) in tables {
        for (connected, lines, expected) in table {
            let headers = headers(&name, lines);
            let peer = |proxies: &TrustedProxies| proxies.peer(connected.parse().unwrap(), &headers).to_string();
            assert_eq!(peer(proxies), *expected, "{connected} {lines:?}");
            // By default nobody is believed.
            let straight = connected.parse::<IpAddr>().unwrap().to_canonical().to_string();
            assert_eq!(peer(&TrustedProxies::default()), straight, "{connected} {lines:?}");
        }
    }
}

#[test]
fn only_the_header_that_was_chosen_is_read() {
    let mut both = headers(&XFF, &["198.51.100.7"]);
    both.append(http::header::FORWARDED, HeaderValue::from_static("for=203.0.113.9"));
    let peer = |proxies: TrustedProxies| proxies.peer("10.0.0.1".parse().unwrap(), &both).to_string();
    assert_eq!(peer(proxies()), "198.51.100.7");
    assert_eq!(peer(proxies().header(ForwardedHeader::Forwarded)), "203.0.113.9");
}

#[test]
fn this_machine_and_private_networks_are_near_and_others_are_not() {
    for near in [
        "127.0.0.1",
        "10.1.1.1",
        "172.16.0.1",
        "192.168.1.1",
        "::1",
        "fd00::1",
        "fe80::1",
        "::ffff:127.0.0.1",
    ] {
        assert!(is_near(near.parse().unwrap()), "{near}");
    }
    for far in ["192.0.2.1", "8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
        assert!(!is_near(far.parse().unwrap()), "{far}");
    }
}

#[test]
fn what_clients_wrote_is_walked_no_further_than_to_the_first_stranger() {
    let long = ["10.0.0.2, "; 5_000].concat() + "198.51.100.7, 10.0.0.9";
    let peer = proxies().peer("10.0.0.1".parse().unwrap(), &headers(&XFF, &[&long]));
    assert_eq!(peer.to_string(), "198.51.100.7");
}
