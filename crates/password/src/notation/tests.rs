use proptest::prelude::*;

use super::*;

fn parameters(text: &str) -> Result<[u32; 3], Flaw> {
    Parameters::parse(text, ["m", "t", "p"])?.all(&[[0, 1, 2], [0, 2, 1]])
}

#[test]
fn a_parameter_that_is_missing_doubled_unknown_or_out_of_order_is_named() {
    assert_eq!(parameters("m=64,t=1"), Err(Flaw::MissingParameter));
    assert_eq!(parameters(""), Err(Flaw::MissingParameter));
    assert_eq!(parameters("m=64,t=1,"), Err(Flaw::MissingParameter));
    assert_eq!(parameters("m=64,m=64,t=1,p=1"), Err(Flaw::DoubledParameter));
    assert_eq!(parameters("m=64,t=1,p=1,keyid=AAAA"), Err(Flaw::UnknownParameter));
    assert_eq!(parameters(" m=64,t=1,p=1"), Err(Flaw::UnknownParameter));
    assert_eq!(parameters("t=1,m=64,p=1"), Err(Flaw::ParameterOrder));
}

#[test]
fn both_orders_of_argon2_are_read() {
    assert_eq!(parameters("m=64,t=1,p=2"), Ok([64, 1, 2]));
    assert_eq!(parameters("m=64,p=2,t=1"), Ok([64, 1, 2]));
}

#[test]
fn a_number_is_plain_decimal_below_two_to_the_32nd() {
    for text in [
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "01",
        "00",
        "0x10",
        "1e3",
        "1_0",
        "1.0",
        "4294967296",
        "٣",
        "99999999999999999999",
    ] {
        assert_eq!(number(text), Err(Flaw::Number), "{text:?}");
    }
    assert_eq!(number("0"), Ok(0));
    assert_eq!(number("4294967295"), Ok(u32::MAX));
}

#[test]
fn text_over_the_limit_is_refused_and_foreign_text_is_not_looked_at() {
    let long = format!("$x${}", "A".repeat(limits::TEXT));
    assert!(matches!(Fields::after(&long, "$x$"), Some(Err(Flaw::TooLong))));
    assert!(Fields::after(&long, "$y$").is_none());
}

#[test]
fn a_field_too_few_or_too_many_is_refused() {
    let mut fields = Fields::after("$x$a$b", "$x$").unwrap().unwrap();
    assert_eq!(fields.required(), Ok("a"));
    assert_eq!(fields.required(), Ok("b"));
    assert_eq!(fields.required(), Err(Flaw::MissingField));
    let mut fields = Fields::after("$x$a$", "$x$").unwrap().unwrap();
    assert_eq!(fields.required(), Ok("a"));
    assert_eq!(fields.end(), Err(Flaw::ExtraField));
}

#[test]
fn base64_with_padding_stray_bits_or_the_other_alphabet_is_refused() {
    for text in [
        "MDEyMzQ1Njc4OWFiY2RlZg==",
        "MDEyMzQ1Njc4OWFiY2RlZh",
        "MDEy Mzq1",
        "-_-_",
        "MDEyM",
    ] {
        assert_eq!(salt(text, &PHC, 0), Err(Flaw::Base64), "{text}");
    }
    assert_eq!(salt("..//", &PHC, 0), Err(Flaw::Base64));
    assert_eq!(salt("++//", &AB64, 0), Err(Flaw::Base64));
    assert_eq!(salt("..//", &AB64, 0), salt("++//", &PHC, 0));
}

#[test]
fn salts_and_digests_outside_their_sizes_are_refused() {
    assert_eq!(salt("YWJj", &PHC, 4), Err(Flaw::SaltSize));
    assert_eq!(salt(&"AAAA".repeat(342), &PHC, 0), Err(Flaw::SaltSize));
    assert_eq!(digest("YWJj", &PHC, 4), Err(Flaw::DigestSize));
    assert_eq!(digest(&"AAAA".repeat(43), &PHC, 4), Err(Flaw::DigestSize));
}

#[test]
fn crypt_digits_count_from_the_lowest() {
    assert_eq!(crypt_number(b"/...."), Ok(1));
    assert_eq!(crypt_number(b"U"), Ok(32));
    assert_eq!(crypt_number(b"zzzzz"), Ok((1 << 30) - 1));
    assert_eq!(crypt_number(b"!"), Err(Flaw::Base64));
    assert_eq!(crypt_decode("/..."), Ok(vec![1, 0, 0]));
    assert_eq!(crypt_decode("."), Err(Flaw::Base64));
    assert_eq!(crypt_decode("zz"), Err(Flaw::Base64));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,64}", ascii in "[$,=a-z0-9./+]{0,64}") {
        for text in [&text, &ascii] {
            let _ = parameters(text);
            let _ = crypt_decode(text);
            let _ = digest(text, &AB64, 0);
            prop_assert_eq!(number(text).is_ok(), text.parse::<u32>().is_ok_and(|number| number.to_string() == *text));
        }
    }
}
