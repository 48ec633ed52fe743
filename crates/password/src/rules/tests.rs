use proptest::prelude::*;

use super::*;

fn judged(password: &str, own: &[&str]) -> Result<(), Unusable> {
    PasswordRules::recommended().check(&Password::from(password), own)
}

/// Entries of the list, which stand there as they are.
const LISTED: [&str; 8] = [
    "password",
    "dragon",
    "football",
    "sunshine",
    "iloveyou",
    "qwertyuiop",
    "summer",
    "charlie",
];

#[test]
fn length_is_counted_in_characters_and_the_rule_says_how_many() {
    let rules = PasswordRules::default().with_min_length(10);
    let check = |password: &str| rules.check(&Password::from(password), &[]);
    assert_eq!(check("ßßßßßßßßß"), Err(Unusable::TooShort { at_least: 10 }));
    assert_eq!(check("ßßßßßßßßßß"), Ok(()));
    assert_eq!(check("🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂"), Ok(()));
    assert_eq!(check(&"a".repeat(4097)), Err(Unusable::TooLong { at_most: 4096 }));
    assert_eq!(check(&"a".repeat(4096)), Ok(()), "nothing else is asked");
    assert_eq!((rules.min_length(), rules.refuse_guessable()), (10, false));
}

#[test]
fn what_many_people_use_is_refused_in_each_simple_dress() {
    for dress in [
        "password",
        "PASSWORD",
        "Password1",
        "password123456",
        "!!password!!",
        "2024password",
        "p@ssw0rd",
        "P4$$w0rd2024!",
        "passwordpassword",
        "Password-Password",
        "pass.word.1",
        "ｐａｓｓｗｏｒｄ",
        "dragondragon12",
        "dragon12dragon12",
        "12345678",
        "1234567890",
        "123456123456",
        "qwertyuiop",
        "iloveyou",
        "aaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaaa",
        "abababababab",
        "xyxyxyxy2024!",
        "$ummer2024",
        "5umm3r!!!",
        "trustno1",
        "11111111!",
        "!11111111",
        "111111112",
        "00000000!!",
        "123123123!",
        "!!!!!!!!1",
        "--------1",
        "1111-1111-1111",
        "12 12 12 12",
        "1.2.1.2.1.2",
        "12345678!2024",
        "2024!12345678",
        "1!12345678",
        "87654321!1",
        "password1password2",
        "Password1Password2!",
        "dragon1dragon2dragon3",
        "password-2023-password-2024",
        "pässwörd",
        "pässwörd2024",
    ] {
        assert_eq!(judged(dress, &[]), Err(Unusable::Common), "{dress}");
    }
}

#[test]
fn what_nobody_would_guess_may_be_used() {
    for good in [
        "correct horse battery staple",
        "correct battery horse",
        "tr0mbone-glacier",
        "7fk2m-x9qpa-3hd8w-v4ntz-0rbc6",
        "x7391028465",
        "Grüße aus Köln",
        "пароль-от-дачи-тёти",
        "🙂🙃🙂🙃🙂🙃🙃🙂",
        "dragonfly-in-amber",
        "4f9c0a7be1d2835644aa0f1e2d3c4b5a",
        "kiwanofig-8841-0093",
        "83920174-66120935",
        "trombone1glacier2",
    ] {
        assert_eq!(
            judged(good, &["alice", "alice@example.com", "Alice Chains"]),
            Ok(()),
            "{good}"
        );
    }
}

#[test]
fn the_accounts_own_words_are_refused_and_a_text_that_only_holds_one_is_not() {
    let own = ["alice", "a.chains1984@mail.example.org", "Alice Wonder Chains"];
    for refused in [
        "alicealice",
        "Alice1984",
        "chains-alice",
        "4l1ce2024!!",
        "ch@ins1999",
        "alicechainswonder",
        "mail.example.org",
        "Chains1985!",
        "a.chains1984@mail.example.org",
        "aliceorg",
    ] {
        assert_eq!(judged(refused, &own), Err(Unusable::OwnWords), "{refused}");
    }
    for taken in ["alice in the looking glass", "malice-aforethought", "chainsaw-melody"] {
        assert_eq!(judged(taken, &own), Ok(()), "{taken}");
    }
}

#[test]
fn own_words_are_found_however_signs_and_marks_stand_in_them() {
    let own = [
        "zbigniewk",
        "j.wroclawsky@d-arc.example",
        "Seán O'Brannigan Zoë Dvořáková",
        "Νίκος Øster Straße",
    ];
    for refused in [
        "z.b.i.g.n.i.e.w.k",
        "z-b-i-g-n-i-e-w-k-2024",
        "zbig.niewk2024",
        "zb!g.n1ewk!!",
        "jwroclawsky2024",
        "j.wroclawsky1",
        "darc2024!",
        "obrannigan24",
        "o'brannigan24",
        "OBrannigan!!",
        "dvorakova24",
        "DVOŘÁKOVÁ24",
        "zoedvorakova",
        "sean-dvořáková",
        "ΝΙΚΟΣ1234",
        "ΝΊΚΟΣ1234",
        "strasse-12",
        "oster-1984",
    ] {
        assert_eq!(judged(refused, &own), Err(Unusable::OwnWords), "{refused}");
    }
    for taken in ["a-sean-brannigan-story", "dvorak-symphony-9", "nikosia-by-night"] {
        assert_eq!(judged(taken, &own), Ok(()), "{taken}");
    }
}

#[test]
fn own_words_of_digits_and_short_ones_are_no_padding_of_everything() {
    // A number as a name is an own word; digits that only hold some of it are not made of it by chance.
    assert_eq!(judged("+4915123456789", &["+49 151 23456789"]), Err(Unusable::OwnWords));
    assert_eq!(judged("80412297-71", &["12", "bo"]), Ok(()));
    assert_eq!(judged("bo-80412297", &["bo"]), Ok(()));
}

#[test]
fn words_of_the_service_are_every_accounts_own() {
    let rules = PasswordRules::recommended().with_service_words(["https://login.acme.example"]);
    let check = |password: &str| rules.check(&Password::from(password), &[]);
    assert_eq!(check("Acme2024!"), Err(Unusable::OwnWords));
    assert_eq!(check("acme-login"), Err(Unusable::OwnWords));
    assert_eq!(judged("acme-login", &[]), Ok(()), "another service");
}

#[test]
fn bytes_that_are_no_text_are_looked_at_all_the_same() {
    let rules = PasswordRules::recommended();
    let check = |bytes: &[u8]| rules.check(&Password::from(bytes), &[]);
    assert_eq!(check(b"\xff\xfepassword\xff"), Err(Unusable::Common));
    assert_eq!(
        check(b"\xff\xfe\x80\x81\xff\xff\xff\xff\xff\xc0"),
        Err(Unusable::Common),
        "one sign repeated"
    );
    assert_eq!(check(b"tr0mbone\xffglacier"), Ok(()));
}

#[test]
fn what_is_said_never_holds_the_password() {
    for reason in [
        Unusable::Common,
        Unusable::OwnWords,
        Unusable::Breached,
        Unusable::TooShort { at_least: 8 },
    ] {
        assert!(
            !reason.to_string().contains("dragon") && reason.to_string().starts_with("the password "),
            "{reason}"
        );
    }
}

#[test]
fn hostile_texts_cost_no_more_than_a_moment() {
    let long = "a".repeat(4096);
    let names: Vec<String> = (3..40).map(|length| "a".repeat(length)).collect();
    let own: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(judged(&long, &own), Err(Unusable::OwnWords));
    assert_eq!(judged(&format!("{long}bcd").split_off(3), &own), Ok(()));
    assert_eq!(
        judged(&format!("a{}", "-".repeat(4095)).replace("--", "-a"), &own),
        Err(Unusable::OwnWords)
    );
    assert_eq!(judged(&"1a".repeat(2048), &[]), Err(Unusable::Common));
}

proptest! {
    #[test]
    fn a_listed_password_is_refused_however_it_is_cased_padded_and_repeated(
        word in prop::sample::select(&LISTED[..]),
        cases in prop::collection::vec(any::<bool>(), 16),
        (before, after) in ("[0-9!?._ #-]{0,4}", "[0-9!?._ #-]{0,8}"),
        times in 1_usize..4,
    ) {
        let cased: String = word.chars().zip(cases.iter().cycle()).map(|(letter, upper)| match upper {
            true => letter.to_ascii_uppercase(),
            false => letter,
        }).collect();
        let password = format!("{before}{}{after}", cased.repeat(times));
        prop_assume!(password.chars().count() >= 8);
        prop_assert_eq!(judged(&password, &[]), Err(Unusable::Common));
    }

    #[test]
    fn the_accounts_words_are_refused_in_any_order_and_between_any_signs(
        words in prop::collection::vec(prop::sample::select(&["alice", "chains", "example", "org"][..]), 1..5),
        signs in prop::collection::vec("[0-9!?._ -]{0,3}", 5),
    ) {
        let password: String = words.iter().zip(&signs).map(|(word, sign)| format!("{sign}{word}")).collect::<String>() + "20242024";
        prop_assert_eq!(judged(&password, &["alice", "chains@example.org"]), Err(Unusable::OwnWords));
    }

    #[test]
    fn random_passwords_may_be_used(password in "[a-z]{14}[A-Z0-9]{3}[a-z]{3}") {
        // One of them may be taken for one of the list, but hardly both.
        let both = [password.clone(), format!("q{password}")];
        let judged = both.map(|password| judged(&password, &["alice", "chains@example.org"]));
        prop_assert!(judged.contains(&Ok(())), "{judged:?}");
    }

    #[test]
    fn no_bytes_at_all_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..200), name in ".{0,40}") {
        let rules = PasswordRules::recommended();
        let first = rules.check(&Password::from(bytes.clone()), &[&name]);
        prop_assert_eq!(first, rules.check(&Password::from(bytes), &[&name]));
    }
}
