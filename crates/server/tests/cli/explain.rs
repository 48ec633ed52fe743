//! `hash explain`.

use super::support::{run, run_with};

const BCRYPT: &str = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";

#[test]
fn what_is_cut_is_told_and_fails() {
    let cut = run(&["hash", "explain", &BCRYPT[..59]]);
    assert!(cut.out.contains("has 59: it was cut"), "{cut:?}");
    cut.bad(1);
}

#[test]
fn what_may_be_many_things_names_them() {
    let told = run(&["hash", "explain", "--json", "5f4dcc3b5aa765d61d8327deb882cf99"]);
    let value: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
    assert!(value["scheme"].is_null());
    assert!(
        value["may_also_be"]
            .as_array()
            .expect("names")
            .iter()
            .any(|name| name == "hex_md5")
    );
    assert!(!told.out.contains("5f4dcc3b"));
    told.bad(1);
}

#[test]
fn a_hash_is_told_with_its_framework_cost_and_weakness() {
    let told = run_with(&["hash", "explain"], &format!("{BCRYPT}\n")).good();
    for words in ["bcrypt", "cost 12", "strong", "72 bytes", "Laravel"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let salt_and_digest = &BCRYPT[7..];
    assert!(!told.contains(salt_and_digest));
}

#[test]
fn base64_over_a_hash_is_seen_through() {
    let over = "e1NIQX1XNnBoNU1tNVB6OEdnaVVMYlBnekczN21qOWc9";
    let told = run(&["hash", "explain", "--json", over]).json();
    assert_eq!(
        (&told["scheme"], &told["encoding"]),
        (&"dovecot_sha".into(), &"base64".into()),
        "{told}"
    );
    assert!(run(&["hash", "explain", over]).good().contains("base64 over it"));
}
