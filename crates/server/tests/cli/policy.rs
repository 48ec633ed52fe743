//! The table `[passwords]`.

use super::support::Setup;

fn with(text: &str) -> Setup {
    let setup = Setup::new();
    std::fs::write(setup.path().join("portcullis.toml"), text).expect("written");
    setup
}

#[test]
fn a_policy_that_makes_no_sense_is_told_before_anything_starts() {
    for (text, words) in [
        ("[passwords]\naccept = [\"md6\"]\n", "md6"),
        ("[passwords]\nschemes = [\"argon2\", \"md6\"]\n", "md6"),
        ("[passwords]\nschemes = [\"argon2\"]\ndefault = \"bcrypt\"\n", "default"),
        (
            "[passwords]\nschemes = [\"bcrypt\"]\n[passwords.bcrypt]\nrounds = 99\n",
            "rounds",
        ),
        ("[passwords]\ndefault = \"bcrypt\"\n", "passwords.schemes"),
        ("[passwords]\nschemes = { a = 1.5 }\n", "schemes__a"),
        ("passwords = 3\n", "no table"),
    ] {
        let error = with(text).run(&["user", "list"]);
        let code = error.code;
        assert!(
            matches!(code, Some(1 | 2)) && error.err.contains(words),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn new_hashes_are_as_the_policy_says_and_older_ones_are_upgraded_to_it() {
    let setup = Setup::new();
    let made = super::support::run_with(&["hash", "create", "--scheme", "pbkdf2-sha256"], "correct horse\n").good();
    let path = setup.path().join("../htpasswd");
    std::fs::write(&path, format!("old:{}\n", made.trim())).expect("written");
    setup.run(&["user", "import", path.to_str().expect("a name")]).good();
    let policy = "[passwords]\nschemes = [\"bcrypt\", \"argon2\", \"pbkdf2_sha256\"]\ndeprecated = [\"pbkdf2_sha256\"]\n\
        [passwords.bcrypt]\nrounds = 5\n";
    std::fs::write(setup.path().join("portcullis.toml"), policy).expect("written");
    setup.run_with(&["user", "add", "new"], "correct horse\n").good();
    setup
        .serve()
        .log_in("old", "correct horse", "")
        .expect("the old password");
    let told = setup.run(&["hash", "audit", "--json"]).json();
    let groups = told["groups"].as_array().expect("groups");
    let of = |scheme: &str| {
        groups
            .iter()
            .find(|group| group["scheme"] == scheme)
            .map(|group| group["users"].clone())
    };
    assert_eq!(
        (of("bcrypt"), of("argon2"), of("pbkdf2_sha256")),
        (Some(2.into()), Some(1.into()), None),
        "{told}"
    );
    assert!(groups.iter().any(|group| group["cost"] == "cost 5"), "{told}");
}
