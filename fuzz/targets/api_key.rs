//! Any text as an API key: never a panic. What is one has the published form and tells its id also where it is cut, and nothing
//! but itself: neither with something around it nor with a letter changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::core::{API_KEY_LEN, id_of_api_key, is_api_key};

/// Also among the seeds.
const GOOD: &str = "pc_05LJlJD9WPB05LJlJD9WPB0bPELAU4eqF0bPELAU4eqF0bPELAU4eqF0bPELAU4eqF1gH2xX";

/// `pc_` and the digits of the id.
const BEGINNING: usize = 25;

fuzz_target!(|text: &str| {
    if let Some(id) = id_of_api_key(text) {
        let named = text.strip_prefix("pc_").unwrap_or(text);
        assert!(named.starts_with(&id.to_string()));
    }
    if is_api_key(text) {
        let rest = text.strip_prefix("pc_").expect("the prefix");
        assert!(text.len() == API_KEY_LEN && rest.bytes().all(|letter| letter.is_ascii_alphanumeric()));
        assert!(id_of_api_key(text).is_some_and(|id| id_of_api_key(&text[..BEGINNING]) == Some(id)));
    }
    assert!(is_api_key(GOOD));
    if !text.is_empty() {
        assert!(!is_api_key(&format!("{GOOD}{text}")) && !is_api_key(&format!("{text}{GOOD}")));
    }
    // Another letter at some place of a good one.
    let at = text.len() % GOOD.len();
    if let Some(letter) = text.chars().next().filter(|letter| !GOOD[at..].starts_with(*letter)) {
        let changed = format!("{}{letter}{}", &GOOD[..at], &GOOD[at + 1..]);
        assert!(!is_api_key(&changed), "{changed}");
    }
});
