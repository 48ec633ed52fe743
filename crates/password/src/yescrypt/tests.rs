//! Against the `yescrypt` crate, and the spelling of parameters. What libxcrypt wrote is among the recorded hashes.

use proptest::prelude::*;
use yescrypt::{Mode, Params};

use super::*;
use crate::error::Flaw;

fn of_crate(password: &[u8], salt: &[u8], params: &Params) -> [u8; 32] {
    let mut digest = [0; 32];
    ::yescrypt::yescrypt(password, salt, params, &mut digest).unwrap();
    digest
}

fn mode(flavour: Flavour) -> Mode {
    match flavour {
        Flavour::Classic => Mode::Classic,
        Flavour::Worm => Mode::Worm,
        Flavour::ReadWrite => Mode::Rw,
    }
}

fn flavours() -> impl Strategy<Value = Flavour> {
    prop_oneof![
        1 => Just(Flavour::Classic),
        1 => Just(Flavour::Worm),
        4 => Just(Flavour::ReadWrite),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_digest_is_that_of_the_crate(
        password in proptest::collection::vec(any::<u8>(), 0..100),
        salt in proptest::collection::vec(any::<u8>(), 0..65),
        flavour in flavours(),
        log_n in 2_u32..9,
        (r, p, t) in (1_u32..10, 1_u32..6, 0_u32..5),
    ) {
        let t = if flavour == Flavour::Classic { 0 } else { t };
        let params = Params::new_with_all_params(mode(flavour), 1 << log_n, r, p, t, 0);
        let cost = Cost::new(flavour, log_n, [r, p, t]);
        prop_assert!(params.is_ok() || cost.is_err());
        if let (Ok(params), Ok(cost)) = (params, cost) {
            prop_assert_eq!(digest(&password, &salt, &cost), Ok(of_crate(&password, &salt, &params)));
        }
    }

    #[test]
    fn parameters_are_read_as_the_crate_writes_them(
        flavour in flavours(),
        log_n in 2_u32..40,
        (r, p, t) in (1_u32..100_000, 1_u32..10_000, 0_u32..10_000),
        (one, none) in any::<(bool, bool)>(),
    ) {
        let p = if one { 1 } else { p };
        let t = if none || flavour == Flavour::Classic { 0 } else { t };
        if let Ok(params) = Params::new_with_all_params(mode(flavour), 1 << log_n, r, p, t, 0) {
            let text = params.to_string();
            prop_assert_eq!(Cost::parse(&text), Cost::new(flavour, log_n, [r, p, t]), "{}", text);
        }
    }

    #[test]
    fn what_the_crate_refuses_is_refused(text in "[./j][./0-9A-Za-z*]{0,9}|[./0-9A-Za-z]{0,3}") {
        prop_assert!(text.parse::<Params>().is_ok() || Cost::parse(&text).is_err(), "{}", text);
    }
}

#[test]
fn a_hash_whose_lanes_are_large_is_hashed_before() {
    for (log_n, [r, p, t]) in [(12, [32, 1, 0]), (13, [32, 2, 1]), (8, [512, 1, 2])] {
        let cost = Cost::new(Flavour::ReadWrite, log_n, [r, p, t]).unwrap();
        assert!(cost.of_prehash().is_some());
        let params = Params::new_with_all_params(Mode::Rw, 1 << log_n, r, p, t, 0).unwrap();
        assert_eq!(
            digest(b"secret", b"salt", &cost),
            Ok(of_crate(b"secret", b"salt", &params))
        );
    }
    for (log_n, rpt) in [(11, [32, 1, 0]), (12, [31, 1, 0]), (12, [32, 2, 0]), (7, [1024, 1, 0])] {
        assert_eq!(Cost::new(Flavour::ReadWrite, log_n, rpt).unwrap().of_prehash(), None);
    }
}

#[test]
fn every_number_has_one_spelling_and_no_rest() {
    let cost = |log_n, rpt| Cost::new(Flavour::ReadWrite, log_n, rpt);
    assert_eq!(Cost::parse("j9T"), cost(12, [32, 1, 0]));
    assert_eq!(Cost::parse("j9j"), cost(12, [48, 1, 0]));
    assert_eq!(Cost::parse("j9k."), cost(12, [49, 1, 0]));
    assert_eq!(Cost::parse("j9rz"), cost(12, [560, 1, 0]));
    assert_eq!(Cost::parse("j9s.."), cost(12, [561, 1, 0]));
    assert_eq!(Cost::parse("j95.0"), cost(12, [8, 4, 0]));
    assert_eq!(Cost::parse("j95/0"), cost(12, [8, 1, 3]));
    assert_eq!(Cost::parse("j9500/"), cost(12, [8, 4, 2]));
    for text in [
        "", "j", "j9", "j9k", "j9s.", "j9T ", "j9T*", "j9\u{e9}", "j95.", "j95.0.", "j9500", "j9zzzzz",
    ] {
        assert_eq!(Cost::parse(text), Err(Flaw::ParameterRange), "{text}");
    }
}

#[test]
fn other_flavours_upgrades_and_tables_in_rom_are_refused() {
    for text in ["09T", "i9T", "k.9T", "j951.", "j953/2", "j955.", "jC559", "j95C."] {
        assert_eq!(Cost::parse(text), Err(Flaw::ParameterRange), "{text}");
    }
}

#[test]
fn what_yescrypt_does_not_define_is_refused() {
    // Two lines; 2^64 of them; scrypt with a t; lanes of less than four.
    for text in ["j.T", "..T", "jxT", "jz.T", ".95/.", "j/5..", "j15.4"] {
        assert_eq!(Cost::parse(text), Err(Flaw::ParameterRange), "{text}");
    }
    assert_eq!(Cost::new(Flavour::ReadWrite, 10, [0, 1, 0]), Err(Flaw::ParameterRange));
    assert_eq!(Cost::new(Flavour::ReadWrite, 10, [8, 0, 0]), Err(Flaw::ParameterRange));
}

#[test]
fn memory_that_cannot_be_had_is_a_fault() {
    for (log_n, r) in [(50, 8), (63, 8), (30, 1 << 30)] {
        let cost = Cost::new(Flavour::Worm, log_n, [r, 1, 0]).unwrap();
        assert_eq!(smix::mix(&cost, &mut [], &mut [0; 32]), Err(Fault::Primitive));
    }
}

#[test]
fn all_memory_is_counted() {
    let kib = |text: &str| Cost::parse(text).unwrap().memory_kib();
    assert!((16 * 1024..17 * 1024).contains(&kib("j9T")));
    assert!(kib("j75.0") >= kib("j75") + 3 * 12);
}
