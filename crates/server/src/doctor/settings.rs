//! Settings that are understood, and may yet be wrong together.

use std::net::IpAddr;

use http::Uri;

use super::finding::{Finding, advice, fault, good};
use crate::config::{Listen, Settings};

/// The longest life of an access token, in minutes, that needs no word.
const LONG_TOKEN_MINUTES: u32 = 60;

pub(super) fn all(settings: &Settings) -> Vec<Finding> {
    vec![
        issuer(settings),
        public_url(settings),
        listen(settings),
        proxies(settings),
        throttle(settings),
        password_length(settings),
        metrics(settings),
        token_lifetime(settings),
        key_rotation(settings),
        together(settings, "session_idle_days", "sessions end as they say"),
        together(settings, "forwarded_header", "it is as the proxies are"),
        together(settings, "durability", "it is what the database can do"),
    ]
}

/// Whether an address of the web is safe to be told to clients: https, or on this machine.
fn is_safe(address: &str) -> bool {
    let Ok(address) = address.parse::<Uri>() else {
        return false;
    };
    address.scheme_str() == Some("https") || address.host().is_some_and(is_of_this_machine)
}

fn is_of_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether others than this machine reach what listens there.
fn is_open(listen: &Listen) -> bool {
    let text = listen.to_string();
    let host = text.rsplit_once(':').map_or(&*text, |(host, _)| host).to_owned();
    !is_of_this_machine(&host)
}

fn issuer(settings: &Settings) -> Finding {
    let issuer = &settings.issuer;
    // RFC 8414 §2; what stands before an @ is no secret in a token.
    if issuer.contains("://") && issuer.contains(['?', '#', '@', ' ']) {
        return fault(
            "issuer",
            format!("the issuer {issuer} is more than scheme, host and path: programs do not take it for one"),
            "Set issuer to an address without query, fragment, name and blanks; a change ends all tokens.",
        );
    }
    if !issuer.contains("://") {
        let what =
            format!("the issuer is {issuer}, which is no address: programs cannot find keys and endpoints by it");
        return advice(
            "issuer",
            what,
            "Set issuer to the public https address, before the first tokens: a change ends all.",
        );
    }
    match is_safe(issuer) {
        true => good("issuer", format!("tokens are issued by {issuer}")),
        false => {
            let what =
                format!("the issuer {issuer} is not https: whoever stands between could give clients other keys");
            fault(
                "issuer",
                what,
                "Set issuer to an https address; a change ends all tokens.",
            )
        }
    }
}

fn public_url(settings: &Settings) -> Finding {
    let Some(url) = &settings.public_url else {
        return good("public_url", "it is the issuer");
    };
    if !is_safe(url) {
        let what = format!("clients are to find the server at {url}: passwords would travel readable");
        return fault("public_url", what, "Set public_url to an https address.");
    }
    together(settings, "public_url", &format!("clients find the server at {url}"))
}

/// What a setting says together with the others, and what is told where that is right.
fn together(settings: &Settings, check: &'static str, right: &str) -> Finding {
    match settings.together().into_iter().find(|found| found.setting == check) {
        Some(found) => advice(check, found.what, found.remedy),
        None => good(check, right),
    }
}

fn listen(settings: &Settings) -> Finding {
    let listen = &settings.listen;
    if is_open(listen)
        && settings
            .trusted_proxies()
            .is_ok_and(|proxies| proxies.networks().is_empty())
    {
        let what = format!("it listens on {listen} in plain HTTP, and no proxy is listed: passwords travel readable");
        let remedy =
            "Put a proxy with TLS in front (docs/operate.md) and set trusted_proxies; or set listen to 127.0.0.1:8000.";
        return advice("listen", what, remedy);
    }
    good("listen", format!("it listens on {listen}"))
}

fn proxies(settings: &Settings) -> Finding {
    let proxies = match settings.trusted_proxies() {
        Ok(proxies) => proxies,
        Err(failure) => return fault("trusted_proxies", failure.sentence(), failure.remedy()),
    };
    if proxies.networks().iter().any(portcullis::Network::is_vast) {
        let what = "everybody is believed, or half the world, who says from where they ask";
        return fault(
            "trusted_proxies",
            what,
            "List the addresses of your proxies alone in trusted_proxies.",
        );
    }
    let public = settings.public_url.as_deref().unwrap_or(&settings.issuer);
    let has_proxy = public
        .parse::<Uri>()
        .is_ok_and(|address| address.scheme_str() == Some("https"));
    match (proxies.networks().len(), has_proxy) {
        (0, true) => advice(
            "trusted_proxies",
            "the public address is https, so a proxy stands in front, and none is listed: all clients look like one",
            "Set trusted_proxies to the proxy's address, such as 127.0.0.1.",
        ),
        (0, false) => good("trusted_proxies", "no proxy is believed"),
        (count, _) => good(
            "trusted_proxies",
            format!("{count} addresses or networks of proxies are believed"),
        ),
    }
}

fn throttle(settings: &Settings) -> Finding {
    match settings.throttle {
        true => good("throttle", "guessing is slowed"),
        false => advice(
            "throttle",
            "anybody may guess passwords for ever",
            "Set throttle to true.",
        ),
    }
}

/// NIST SP 800-63B §3.1.1.2: where the password is all there is.
const ADVISED_LENGTH: usize = 15;

fn password_length(settings: &Settings) -> Finding {
    match settings.new_passwords.min_length {
        short if short < ADVISED_LENGTH => advice(
            "password_length",
            format!("new passwords of {short} characters are taken, and there is no second factor"),
            "Set password_min_length to 15.",
        ),
        length => good(
            "password_length",
            format!("new passwords have {length} characters at least"),
        ),
    }
}

fn metrics(settings: &Settings) -> Finding {
    match &settings.watching.metrics {
        // Where any free port is asked for, each gets one of its own.
        Some(listen) if *listen == settings.listen && !listen.to_string().ends_with(":0") => fault(
            "metrics",
            format!("listen and metrics_listen are both {listen}: the server does not start"),
            "Set metrics_listen to another address, such as 127.0.0.1:9464.",
        ),
        Some(listen) if is_open(listen) => {
            let what = format!("the metrics on {listen} can be read by whoever reaches it");
            advice(
                "metrics",
                what,
                "Set metrics_listen to 127.0.0.1:9464, or close the port to others.",
            )
        }
        Some(listen) => good("metrics", format!("they are on {listen}")),
        None => good("metrics", "they are not served"),
    }
}

fn token_lifetime(settings: &Settings) -> Finding {
    match settings.access_token_minutes {
        long if long > LONG_TOKEN_MINUTES => {
            let what = format!("access tokens live {long} minutes: one that is stolen is good for as long");
            let remedy = "Set access_token_minutes to 30; refresh tokens keep people logged in.";
            advice("token_lifetime", what, remedy)
        }
        minutes => good("token_lifetime", format!("access tokens live {minutes} minutes")),
    }
}

fn key_rotation(settings: &Settings) -> Finding {
    match settings.key_rotation_days {
        0 => advice(
            "key_rotation",
            "signing keys are changed by hand alone",
            "Set key_rotation_days to 90, or run `portcullis key rotate` from time to time.",
        ),
        days => good("key_rotation", format!("signing keys are changed every {days} days")),
    }
}
