#![allow(clippy::arithmetic_side_effects)]

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::algorithm::Algorithm;
use crate::key::SigningKey;
use crate::policy::TypRule;

const NOW: u64 = 1_800_000_000;

fn key() -> SigningKey {
    SigningKey::hs256("a secret for tests that is long enough").expect("a key")
}

fn sign(claims: Value) -> String {
    key().sign_bytes("JWT", claims.to_string().as_bytes()).expect("signs")
}

fn policy() -> Policy {
    Policy::new(TypRule::JwtOrAbsent)
}

fn verify_with(policy: Policy, token: &str) -> Result<Claims<Map<String, Value>>, VerifyError> {
    Verifier::new(KeySet::from(key().verifying_key()), policy).verify(token, Duration::from_secs(NOW))
}

fn verify(token: &str) -> Result<Claims<Map<String, Value>>, VerifyError> {
    verify_with(policy(), token)
}

fn refusal(claims: Value) -> Option<VerifyError> {
    verify(&sign(claims)).err()
}

#[test]
fn tokens_of_the_wrong_form_are_refused_before_any_key_is_used() {
    assert_eq!(verify(&"a".repeat(8193)).err(), Some(VerifyError::TooLong));
    for token in ["", "a", "a.b", "a.b.c.d", "....", "\u{e9}"] {
        assert_eq!(verify(token).err(), Some(VerifyError::Segments), "{token:?}");
    }
    let good = sign(json!({"exp": NOW + 1}));
    assert!(verify(&good).is_ok());
    for token in [
        format!("{good}="),
        format!("{good} "),
        format!(" {good}"),
        good.replacen('.', "=.", 1),
    ] {
        assert_eq!(verify(&token).err(), Some(VerifyError::Base64), "{token:?}");
    }
    assert_eq!(verify(&format!("{good}AAAA")).err(), Some(VerifyError::Signature));
}

#[test]
fn a_spelling_with_stray_bits_is_another_token() {
    let good = sign(json!({"exp": NOW + 1}));
    let last = good.chars().last().expect("not empty");
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = alphabet.find(last).expect("in the alphabet");
    let stray = format!("{}{}", &good[..good.len() - 1], &alphabet[place + 1..place + 2]);
    assert_eq!(verify(&stray).err(), Some(VerifyError::Base64));
}

#[test]
fn the_key_decides_the_algorithm() {
    let other = SigningKey::hmac(Algorithm::HS512, &[7; 64]).expect("a key");
    let token = other.sign_bytes("JWT", b"{}").expect("signs");
    assert_eq!(verify(&token).err(), Some(VerifyError::Algorithm));
    let none = format!(
        "{}.e30.",
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode("{\"alg\":\"none\"}")
    );
    assert_eq!(verify(&none).err(), Some(VerifyError::Algorithm));
}

#[test]
fn a_token_of_another_kind_is_refused() {
    let token = key()
        .sign_bytes("entity+jwt", json!({"exp": NOW + 1}).to_string().as_bytes())
        .expect("signs");
    assert_eq!(verify(&token).err(), Some(VerifyError::Typ));
    let access = verify_with(
        Policy::new(TypRule::Exactly("at+jwt".into())),
        &sign(json!({"exp": NOW + 1})),
    );
    assert_eq!(access.err(), Some(VerifyError::Typ));
}

#[test]
fn a_token_ends_on_the_second_and_never_lives_for_ever() {
    assert_eq!(refusal(json!({"exp": NOW})), Some(VerifyError::Expired));
    assert_eq!(refusal(json!({"exp": NOW as f64 - 0.5})), Some(VerifyError::Expired));
    assert_eq!(refusal(json!({"exp": NOW + 1})), None);
    assert_eq!(refusal(json!({"exp": NOW as f64 + 0.5})), None);
    assert_eq!(refusal(json!({"exp": 1e308})), None);
    assert_eq!(refusal(json!({})), Some(VerifyError::Missing("exp".into())));
    let for_ever = verify_with(policy().dangerous_allow_missing_exp(), &sign(json!({})));
    assert!(for_ever.is_ok());
}

#[test]
fn a_leeway_moves_both_ends() {
    let lenient = || policy().leeway(Duration::from_secs(10)).expect("allowed");
    assert!(verify_with(lenient(), &sign(json!({"exp": NOW - 9, "nbf": NOW + 10}))).is_ok());
    assert_eq!(
        verify_with(lenient(), &sign(json!({"exp": NOW - 10}))).err(),
        Some(VerifyError::Expired)
    );
    assert_eq!(
        verify_with(lenient(), &sign(json!({"exp": NOW, "nbf": NOW + 11}))).err(),
        Some(VerifyError::NotYet)
    );
}

#[test]
fn times_that_have_not_come_are_refused() {
    assert_eq!(
        refusal(json!({"exp": NOW + 9, "nbf": NOW + 1})),
        Some(VerifyError::NotYet)
    );
    assert_eq!(refusal(json!({"exp": NOW + 9, "nbf": NOW})), None);
    assert_eq!(
        refusal(json!({"exp": NOW + 9, "iat": NOW + 1})),
        Some(VerifyError::FromTheFuture)
    );
}

#[test]
fn a_claim_of_the_wrong_type_is_refused_by_name() {
    for (name, values) in [
        ("exp", json!(["1800000001", null, true, [1], {}])),
        ("nbf", json!(["1", null, false])),
        ("iat", json!(["1", null, {}])),
        ("iss", json!([1, null, ["a"], {}])),
        ("sub", json!([1, null, true, ["johndoe"]])),
        ("jti", json!([5, null])),
        ("aud", json!([1, null, [1], ["a", 1], {}])),
    ] {
        for value in values.as_array().expect("a list") {
            let mut claims = json!({"exp": NOW + 9});
            claims[name] = value.clone();
            assert_eq!(refusal(claims), Some(VerifyError::ClaimType(name)), "{name}: {value}");
        }
    }
}

#[test]
fn a_payload_that_is_not_strict_is_refused() {
    for payload in [
        "hello",
        "[]",
        "\"a\"",
        "null",
        "{\"exp\":1e400}",
        "{\"exp\":1,}",
        "{}x",
        "\u{feff}{}",
        "",
    ] {
        let token = key().sign_bytes("JWT", payload.as_bytes()).expect("signs");
        assert_eq!(verify(&token).err(), Some(VerifyError::PayloadJson), "{payload:?}");
    }
    let deep = format!("{{\"exp\":{},\"x\":{}{}}}", NOW + 9, "[".repeat(500), "]".repeat(500));
    let token = key().sign_bytes("JWT", deep.as_bytes()).expect("signs");
    assert_eq!(verify(&token).err(), Some(VerifyError::PayloadJson));
    for twice in ["{\"exp\":1,\"exp\":1800000009}", "{\"exp\":1800000009,\"a\":1,\"a\":2}"] {
        let token = key().sign_bytes("JWT", twice.as_bytes()).expect("signs");
        assert_eq!(verify(&token).err(), Some(VerifyError::DuplicateName), "{twice}");
    }
}

#[test]
fn an_issuer_and_an_audience_are_demanded_as_soon_as_they_are_configured() {
    let configured = || policy().issuer("https://a").audience("api");
    let check = |claims: Value| verify_with(configured(), &sign(claims)).err();
    assert_eq!(
        check(json!({"exp": NOW + 9, "aud": "api"})),
        Some(VerifyError::Missing("iss".into()))
    );
    assert_eq!(
        check(json!({"exp": NOW + 9, "aud": "api", "iss": "https://a/"})),
        Some(VerifyError::Issuer)
    );
    assert_eq!(
        check(json!({"exp": NOW + 9, "iss": "https://a"})),
        Some(VerifyError::Missing("aud".into()))
    );
    assert_eq!(
        check(json!({"exp": NOW + 9, "iss": "https://a", "aud": ["x", "API"]})),
        Some(VerifyError::Audience)
    );
    assert_eq!(
        check(json!({"exp": NOW + 9, "iss": "https://a", "aud": []})),
        Some(VerifyError::Audience)
    );
    assert_eq!(
        check(json!({"exp": NOW + 9, "iss": "https://a", "aud": ["x", "api"]})),
        None
    );
}

#[test]
fn an_audience_where_none_is_expected_is_refused_and_an_issuer_is_passed_over() {
    assert_eq!(
        refusal(json!({"exp": NOW + 9, "aud": "someone"})),
        Some(VerifyError::Audience)
    );
    assert_eq!(refusal(json!({"exp": NOW + 9, "aud": []})), Some(VerifyError::Audience));
    assert_eq!(refusal(json!({"exp": NOW + 9, "iss": "anyone"})), None);
}

#[test]
fn the_claims_are_not_looked_at_before_the_signature() {
    let good = sign(json!({"exp": 1}));
    let (signed, _) = good.rsplit_once('.').expect("two dots");
    let forged = format!("{signed}.{}", "A".repeat(43));
    assert_eq!(verify(&forged).err(), Some(VerifyError::Signature));
}

#[test]
fn a_key_id_is_looked_up_exactly() {
    let named = |id: &str| key().with_key_id(id).expect("an id");
    let keys = KeySet::new(vec![named("a").verifying_key(), named("b").verifying_key()]).expect("a set");
    let verifier = Verifier::new(keys, policy());
    let claims = json!({"exp": NOW + 9}).to_string();
    let check = |key: SigningKey| {
        verifier
            .verify::<()>(
                &key.sign_bytes("JWT", claims.as_bytes()).expect("signs"),
                Duration::from_secs(NOW),
            )
            .err()
    };
    assert_eq!(check(named("b")), None);
    assert_eq!(check(named("c")), Some(VerifyError::UnknownKey));
    assert_eq!(check(key()), Some(VerifyError::UnknownKey));
}

#[test]
fn a_subject_and_any_claim_can_be_asked_for() {
    let check = |policy: Policy, claims: Value| verify_with(policy, &sign(claims)).err();
    let subject = || policy().subject("a");
    assert_eq!(
        check(subject(), json!({"exp": NOW + 9})),
        Some(VerifyError::Missing("sub".into()))
    );
    assert_eq!(
        check(subject(), json!({"exp": NOW + 9, "sub": "A"})),
        Some(VerifyError::Subject)
    );
    assert_eq!(check(subject(), json!({"exp": NOW + 9, "sub": "a"})), None);
    let tenant = || policy().require("tenant");
    for claims in [json!({"exp": NOW + 9}), json!({"exp": NOW + 9, "tenant": null})] {
        assert_eq!(check(tenant(), claims), Some(VerifyError::Missing("tenant".into())));
    }
    assert_eq!(check(tenant(), json!({"exp": NOW + 9, "tenant": 0})), None);
}

#[test]
fn one_audience_alone_is_no_list() {
    let alone = || policy().audience("api").only_one_audience();
    let check = |claims: Value| verify_with(alone(), &sign(claims)).err();
    assert_eq!(
        check(json!({"exp": NOW + 9, "aud": ["api"]})),
        Some(VerifyError::Audience)
    );
    assert_eq!(check(json!({"exp": NOW + 9, "aud": "api"})), None);
}

#[test]
fn a_check_that_is_switched_off_still_asks_for_the_right_type() {
    let lax = || {
        let policy = policy().dangerous_skip_exp().dangerous_skip_nbf().dangerous_skip_iat();
        policy.dangerous_skip_aud().dangerous_skip_typ()
    };
    let good = json!({"exp": 1, "nbf": NOW + 9, "iat": NOW + 9, "aud": "anyone"});
    assert!(verify_with(lax(), &sign(good.clone())).is_ok());
    for name in ["exp", "nbf", "iat", "aud"] {
        let mut bad = good.clone();
        bad[name] = json!(false);
        assert_eq!(verify_with(lax(), &sign(bad)).err(), Some(VerifyError::ClaimType(name)));
    }
    let mut without = good;
    without.as_object_mut().expect("an object").remove("exp");
    assert_eq!(
        verify_with(lax(), &sign(without)).err(),
        Some(VerifyError::Missing("exp".into()))
    );
}

#[test]
fn an_id_token_vouches_for_its_access_token_alone() {
    let said = crate::at_hash(Algorithm::HS256, "an access token");
    let token = sign(json!({"exp": NOW + 9, "at_hash": said}));
    let verifier = Verifier::new(KeySet::from(key().verifying_key()), policy());
    let now = Duration::from_secs(NOW);
    let check = |access_token| verifier.verify_with_access_token::<()>(&token, access_token, now).err();
    assert_eq!(check("another"), Some(VerifyError::AtHash));
    assert_eq!(verify(&token).err(), Some(VerifyError::AtHash));
    assert_eq!(
        refusal(json!({"exp": NOW + 9, "at_hash": 1})),
        Some(VerifyError::ClaimType("at_hash"))
    );
    assert_eq!(check("an access token"), None);
    assert!(verify_with(policy().dangerous_skip_at_hash(), &token).is_ok());
}

#[test]
fn an_unencoded_payload_is_taken_only_for_bytes_and_only_when_allowed() {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#);
    let payload = json!({"exp": NOW + 9}).to_string();
    let signed = format!("{header}.{payload}");
    let mut token = format!("{header}.");
    key()
        .private()
        .append(key().public(), &mut token, Some(signed.as_bytes()))
        .expect("signs");
    let verifier = |policy| Verifier::new(KeySet::from(key().verifying_key()), policy);
    let strict = verifier(policy());
    assert_eq!(
        strict.verify_detached_bytes(&token, payload.as_bytes()),
        Err(VerifyError::Critical)
    );
    let open = verifier(policy().allow_unencoded_payload());
    assert_eq!(open.verify_detached_bytes(&token, payload.as_bytes()), Ok(()));
    assert_eq!(open.verify_detached_bytes(&token, b"{}"), Err(VerifyError::Signature));
    let claims = open.verify_detached::<()>(&token, payload.as_bytes(), Duration::from_secs(NOW));
    assert_eq!(claims.err(), Some(VerifyError::Critical));
}

#[test]
fn claims_may_come_apart_from_their_token() {
    let payload = json!({"exp": NOW + 9}).to_string();
    let token = key().sign_detached_bytes("JWT", payload.as_bytes()).expect("signs");
    let verifier = Verifier::new(KeySet::from(key().verifying_key()), policy());
    let check = |token: &str, payload: &str| {
        verifier
            .verify_detached::<()>(token, payload.as_bytes(), Duration::from_secs(NOW))
            .err()
    };
    assert_eq!(check(&token, &payload), None);
    assert_eq!(check(&token, "{}"), Some(VerifyError::Signature));
    let whole = sign(json!({"exp": NOW + 9}));
    assert_eq!(check(&whole, &payload), Some(VerifyError::NotDetached));
}

#[test]
fn padding_is_taken_when_allowed_and_only_where_it_is_right() {
    let good = sign(json!({"exp": NOW + 9}));
    let lax = || policy().dangerous_allow_padded_base64();
    assert!(verify_with(lax(), &format!("{good}=")).is_ok() && verify_with(lax(), &good).is_ok());
    for bad in [format!("{good}=="), format!("{good}===="), format!("={good}")] {
        assert_eq!(verify_with(lax(), &bad).err(), Some(VerifyError::Base64), "{bad}");
    }
}

#[test]
fn a_header_of_the_callers_own_must_be_one_that_is_taken() {
    let sign = |header: &str| {
        key()
            .sign_bytes_with_header(header.as_bytes(), b"{}")
            .map_err(|error| error.to_string())
    };
    assert!(sign(r#"{"alg":"HS256","x":1}"#).is_ok());
    for bad in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"HS512"}"#,
        "{}",
        "[]",
        r#"{"alg":"HS256","crit":["x"]}"#,
    ] {
        assert!(sign(bad).is_err(), "{bad}");
    }
}

#[test]
fn shared_secrets_and_public_keys_go_into_one_set_only_as_ones_own() {
    let named = |key: SigningKey, id: &str| key.with_key_id(id).expect("an id").verifying_key();
    let other = SigningKey::generate(Algorithm::EdDSA).expect("a key");
    let keys = || vec![named(key(), "old"), named(other.clone(), "new")];
    assert_eq!(KeySet::new(keys()).err(), Some(crate::PolicyError::MixedKeys));
    let verifier = Verifier::new(KeySet::of_own_keys_mixed(keys()).expect("a set"), policy());
    let claims = json!({"exp": NOW + 9}).to_string();
    let token = |key: SigningKey, id: &str| {
        let key = key.with_key_id(id).expect("an id");
        key.sign_bytes("JWT", claims.as_bytes()).expect("signs")
    };
    let check = |token: &str| verifier.verify::<()>(token, Duration::from_secs(NOW)).err();
    assert_eq!(
        (check(&token(key(), "old")), check(&token(other.clone(), "new"))),
        (None, None)
    );
    // The other's id does not make one key verify by the other's algorithm.
    assert_eq!(check(&token(key(), "new")), Some(VerifyError::Algorithm));
    assert_eq!(check(&token(other.clone(), "old")), Some(VerifyError::Algorithm));
}

proptest! {
    #[test]
    fn what_was_signed_verifies_and_comes_back(sub in ".{0,40}", tenant in ".{0,40}", life in 1_u64..100_000) {
        let mut extra = Map::new();
        extra.insert("tenant".into(), tenant.into());
        let mut claims = Claims::new(extra);
        claims.sub = Some(sub);
        claims.exp = Some((NOW + life).into());
        let token = key().sign("JWT", &claims).expect("signs");
        prop_assert_eq!(verify(&token), Ok(claims));
    }

    #[test]
    fn any_changed_character_refuses(place in 0_usize..1000, to in "[A-Za-z0-9._=-]") {
        let good = sign(json!({"sub": "johndoe", "exp": NOW + 9}));
        let place = place % good.len();
        let mut bad = good.clone();
        bad.replace_range(place..=place, &to);
        prop_assume!(bad != good);
        prop_assert!(verify(&bad).is_err());
    }

    #[test]
    fn junk_is_refused_and_nothing_panics(junk in ".{0,200}", header in "[{}\\[\\]\",:a-z0-9]{0,40}") {
        prop_assert!(verify(&junk).is_err());
        let _ = crate::inspect::unverified(&junk);
        let encoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(header);
        let token = format!("{encoded}.e30.AAAA");
        prop_assert!(verify(&token).is_err());
    }
}
