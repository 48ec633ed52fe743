use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use portcullis_core::{ClientProof, ProofMethod};

use super::*;
use crate::form::parsed;

fn basic(credentials: &str) -> HeaderValue {
    HeaderValue::try_from(format!("Basic {}", STANDARD.encode(credentials))).unwrap()
}

fn read(headers: &[HeaderValue], form: &str) -> Result<Shown, Refusal> {
    let mut all = HeaderMap::new();
    for value in headers {
        all.append(AUTHORIZATION, value.clone());
    }
    let mut form = parsed(form, PARAMETERS)?.strict(PARAMETERS)?;
    shown(in_header(&all)?, &mut form)
}

/// The code of the refusal, and whether a header was used.
fn refused(headers: &[HeaderValue], form: &str) -> (&'static str, bool) {
    match read(headers, form) {
        Err(Refusal::OAuth(OAuthRefusal::InvalidRequest { .. })) => ("invalid_request", false),
        Err(Refusal::OAuth(OAuthRefusal::InvalidClient { basic })) => ("invalid_client", basic),
        Err(other) => panic!("{other:?}"),
        Ok(shown) => panic!("{:?} passed", shown.proof),
    }
}

#[test]
fn two_ways_at_once_are_an_invalid_request() {
    for (header, form) in [
        (Some("a:b"), "client_id=a&client_secret=b"),
        (Some("a:"), "client_secret=b"),
        (Some("a:b"), "client_assertion=x"),
        (None, "client_id=a&client_secret=b&client_assertion_type=x"),
        (Some("a:b"), "client_id=other"),
    ] {
        let headers: Vec<_> = header.map(basic).into_iter().collect();
        assert_eq!(refused(&headers, form), ("invalid_request", false), "{header:?} {form}");
    }
    assert_eq!(refused(&[basic("a:b"), basic("a:b")], ""), ("invalid_request", false));
}

#[test]
fn half_a_proof_is_an_invalid_request() {
    for form in [
        "client_secret=b",
        "client_id=&client_secret=b",
        "client_assertion=x",
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer",
        "client_assertion=x&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "client_id=a&client_id=a",
    ] {
        assert_eq!(refused(&[], form), ("invalid_request", false), "{form}");
    }
}

#[test]
fn a_header_that_cannot_be_read_is_an_invalid_client_and_challenged() {
    for value in ["Basic", "Basic %", "Basic YWI="] {
        let headers = [HeaderValue::from_static(value)];
        assert_eq!(refused(&headers, ""), ("invalid_client", true), "{value}");
    }
    assert_eq!(refused(&[basic(":secret")], ""), ("invalid_client", true));
}

#[test]
fn each_way_is_read_as_what_it_is() {
    let of = |headers: &[HeaderValue], form: &str| {
        let shown = read(headers, form).unwrap();
        (shown.proof, shown.basic)
    };
    let (proof, header) = of(&[basic("a%3A:b%2B")], "client_id=a:");
    let Some(ClientProof::Secret { id, secret, method }) = proof else {
        panic!("{proof:?}")
    };
    assert_eq!(
        (&*id, &**secret, method, header),
        ("a:", "b+", ProofMethod::Basic, true)
    );
    let (proof, header) = of(&[], "client_id=a&client_secret=b");
    let Some(ClientProof::Secret { id, secret, method }) = proof else {
        panic!("{proof:?}")
    };
    assert_eq!((&*id, &**secret, method, header), ("a", "b", ProofMethod::Post, false));
    let assertion = format!("client_assertion=x.y.z&client_assertion_type={JWT_BEARER}");
    let (proof, _) = of(&[], &assertion);
    let Some(ClientProof::Assertion { id: None, token }) = proof else {
        panic!("{proof:?}")
    };
    assert_eq!(token, "x.y.z");
    for (headers, form) in [(vec![], "client_id=a"), (vec![basic("a:")], "")] {
        let (proof, _) = of(&headers, form);
        assert!(
            matches!(&proof, Some(ClientProof::None { id }) if id == "a"),
            "{proof:?}"
        );
    }
    for other in [HeaderValue::from_static("Bearer abc"), basic(":")] {
        assert!(matches!(of(&[other], "client_id=&client_secret="), (None, false)));
    }
}
