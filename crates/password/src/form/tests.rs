use super::*;
use crate::{Origin, Passwords};

const QUOTED: &str = "it's \"quoted\"";

/// What WordPress's own code made of passwords that were typed into its forms, and of those that other programs set.
const BY_ITS_FORMS: &[(&str, &str)] = &[
    (QUOTED, "$P$BIpMSMTbR.adlWgi1wNRRtoUYqYHmZ/"), // 6.1.9
    ("back\\slash", "$P$BuTMdtmksM41I9gHg/DlVwxFWJcwuj/"),
    (" spaces ", "$P$BeEfatLIp9.RJLM9OItRg5fm.mbXMH0"),
    (
        QUOTED,
        "$wp$2y$10$79kMtRIxZCnStd1DcEGisu20a0MjsD37SHYE6X4eXR5Arw4LMPdLm",
    ), // 6.8.12
    (
        QUOTED,
        "$wp$2y$10$SS9PS6htBkO9ym4kssNkVeCmeA33jk3Bh4c5b65Km4LPY9NxTIF9C",
    ), // 7.1.4
    (
        "nul\0inside",
        "$wp$2y$10$GNfYAOIrX84oT2hkbhBE0evi1Jlnj8RdXUqf9M2fP3VRLgwmGFiAi",
    ),
];
const BY_OTHERS: &[(&str, &str)] = &[
    (QUOTED, "$P$BtmpviKB92z8yhEquzO4Qc8TQqVLUt."),
    (
        QUOTED,
        "$wp$2y$10$QKE235/9UwGqc2MtpHh3Tu66L/rYBflPGCL4oG5vfLOAcShDpRxq.",
    ),
    (
        "back\\slash",
        "$wp$2y$10$JNrVOyGCWnRL.MN2N.RL8OotcLOCrdld7YjtPdi2llc/mNpVChYha",
    ),
];

fn wordpress(origin: Origin) -> Passwords {
    origin.passwords(None).expect("a sound policy")
}

fn without_forms() -> Passwords {
    let policy = crate::Policy::new().with("schemes", ["wordpress_bcrypt", "bcrypt", "phpass"]);
    policy.passwords(None).expect("a sound policy")
}

fn matches(passwords: &Passwords, typed: &str, stored: &str) -> bool {
    let verdict = passwords.verify(&Password::from(typed), Some(&HashString::new(stored)));
    verdict.expect("a sound hash").is_match()
}

fn spellings(typed: &[u8]) -> Vec<Vec<u8>> {
    super::wordpress(typed)
        .iter()
        .map(|spelling| spelling.as_bytes().to_vec())
        .collect()
}

#[test]
fn a_password_has_one_spelling_unless_slashes_are_put_into_it() {
    assert_eq!(spellings(b"correct horse"), [b"correct horse"]);
    assert_eq!(spellings(b" \t correct horse\r\n\x0b"), [b"correct horse"]);
    assert_eq!(spellings(b""), [b""]);
    assert_eq!(spellings(b" \n"), [b""]);
    assert_eq!(spellings(b" it's "), [&b"it\\'s"[..], b"it's"]);
    assert_eq!(spellings(b"\"\\\0"), [&b"\\\"\\\\\\0"[..], b"\"\\"]);
    assert_eq!(spellings("\u{a0}\u{fc}".as_bytes()), ["\u{a0}\u{fc}".as_bytes()]);
}

#[test]
fn what_wordpress_stored_verifies_however_the_password_came_to_it() {
    let passwords = wordpress(Origin::WordPress);
    for (typed, stored) in BY_ITS_FORMS.iter().chain(BY_OTHERS) {
        assert!(matches(&passwords, typed, stored), "{typed:?}");
        assert!(!matches(&passwords, &format!("{typed}x"), stored), "{typed:?}");
        assert!(
            !matches(&passwords, &typed.replace(['\'', '\\', 'c', 'l'], "_"), stored),
            "{typed:?}"
        );
    }
}

#[test]
fn without_its_forms_the_same_passwords_would_be_refused() {
    let bare = without_forms();
    for (typed, stored) in BY_ITS_FORMS {
        assert!(!matches(&bare, typed, stored), "{typed:?}");
    }
}

#[test]
fn what_is_written_is_what_its_forms_compare() {
    for origin in [Origin::WordPress, Origin::WordPressBefore68] {
        let passwords = wordpress(origin);
        let stored = passwords.hash(&Password::from(" it's\\ ")).expect("a hash");
        assert!(matches(&passwords, "it's\\", stored.as_str()), "{origin}");
        let bare = without_forms();
        assert!(matches(&bare, "it\\'s\\\\", stored.as_str()), "{origin}");
        assert!(!matches(&bare, "it's\\", stored.as_str()), "{origin}");
        assert!(!passwords.needs_update(&stored), "{origin}");
    }
}

#[test]
fn a_password_that_is_too_long_never_matches_in_any_spelling() {
    let passwords = wordpress(Origin::WordPress);
    let quotes = "'".repeat(Password::MAX_LEN / 2 + 1);
    assert!(
        passwords
            .hash(&Password::from("a".repeat(Password::MAX_LEN + 1)))
            .is_err()
    );
    assert!(
        passwords.hash(&Password::from(quotes.clone())).is_err(),
        "with its slashes"
    );
    assert!(!matches(&passwords, &quotes, BY_ITS_FORMS[3].1));
}

#[test]
fn wordpress_before_6_8_is_left_its_newer_hashes_and_none_is_made() {
    let passwords = wordpress(Origin::WordPressBefore68);
    for (typed, stored) in BY_ITS_FORMS {
        let (right, better) = passwords
            .verify_and_update(&Password::from(*typed), Some(&HashString::new(*stored)))
            .expect("a sound hash");
        assert!(right, "{typed:?}");
        let made = better.map(|hash| hash.as_str().starts_with("$2y$10$"));
        assert_eq!(made, stored.starts_with("$P$").then_some(true), "{stored}");
    }
}

#[test]
fn a_form_that_is_nobodys_is_no_policy() {
    let policy = Origin::Laravel.policy(None).with("all__form", ["laravel"]);
    assert!(policy.clone().passwords(None).is_err());
    assert!(policy.with("all__form", ["none"]).passwords(None).is_ok());
}
