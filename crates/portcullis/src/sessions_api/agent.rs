//! What a program calls itself (RFC 9110 §10.1.5), in words that people know.

/// Browsers by what their names begin with. The order matters: most of them call themselves by the names of others, too.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Systems, the more telling first.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// "Firefox on Linux", "curl 8.5"; what is not known is its first word as it stands.
pub(super) fn in_words(agent: &str) -> String {
    let known = |names: &[(&'static str, &'static str)]| {
        let found = names.iter().find(|(sign, _)| agent.contains(sign));
        found.map(|(_, name)| *name)
    };
    if agent.starts_with("Mozilla/")
        && let Some(browser) = known(BROWSERS)
    {
        return match known(SYSTEMS) {
            Some(system) => format!("{browser} on {system}"),
            None => browser.to_owned(),
        };
    }
    let product = agent.split_whitespace().next().unwrap_or_default();
    match product.split_once('/') {
        Some((name, version)) => {
            let mut parts = version.split('.');
            let short: Vec<_> = parts.by_ref().take(2).collect();
            format!("{name} {}", short.join("."))
        }
        None => product.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_named_as_people_name_them() {
        for (agent, words) in [
            ("", ""),
            ("curl/8.5.0", "curl 8.5"),
            ("python-httpx/0.27.0", "python-httpx 0.27"),
            ("MyApp", "MyApp"),
            ("okhttp/4", "okhttp 4"),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("Mozilla/5.0 (compatible)", "Mozilla 5.0"),
        ] {
            assert_eq!(in_words(agent), words);
        }
    }
}
