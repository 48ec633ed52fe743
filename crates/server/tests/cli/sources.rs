//! Files as other applications leave them, from the look to the login. Those of `testdata/exports` are as they were found.

use std::path::Path;

use super::support::{Run, Setup};

/// The password of every user in `testdata/exports`.
const PASSWORD: &str = "Correct-Horse-9";

fn found(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/exports");
    folder.join(name).to_str().expect("a name").to_owned()
}

fn import(setup: &Setup, path: &str, flags: &[&str]) -> Run {
    setup.run(&[&["user", "import", path], flags].concat())
}

fn written(setup: &Setup, name: &str, text: &str) -> String {
    let path = setup.path().join("..").join(name);
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("a name").to_owned()
}

fn accept(setup: &Setup, scheme: &str) {
    let text = format!("[passwords]\naccept = [\"{scheme}\"]\n");
    std::fs::write(setup.path().join("portcullis.toml"), text).expect("written");
}

/// How many users there are but the administrator.
fn users(setup: &Setup) -> usize {
    let list = setup.run(&["user", "list", "--json"]).json();
    list.as_array().map_or(0, Vec::len) - 1
}

#[test]
fn what_would_be_lost_in_silence_is_asked_for_and_nothing_is_written_before() {
    let setup = Setup::new();
    let text =
        "username,password_hash,legacy_password,shoe_size,account_status\nanna,,tiger,39,closed\nbert,,horse,44,\n";
    let path = written(&setup, "users.csv", text);
    for command in [
        &["user", "import", &path][..],
        &["user", "import", &path, "--dry-run"],
        &["adopt", &path],
    ] {
        let run = setup.run(command);
        assert!(
            run.out.contains("Not used: account_status, legacy_password, shoe_size"),
            "{run:?}"
        );
        assert!(!run.out.contains("Next"), "{run:?}");
        let error = run.bad(1);
        for words in [
            "legacy_password (it looks like a hash)",
            "account_status (it looks like a state)",
            "--ignore",
        ] {
            assert!(error.contains(words), "{words}: {error}");
        }
    }
    assert_eq!(users(&setup), 0);
    let ignored = ["--ignore", "legacy_password", "--ignore", "account_status"];
    let error = import(&setup, &path, &ignored).bad(1);
    assert!(
        error.contains("not one of the 2 users") && users(&setup) == 0,
        "{error}"
    );
    let told = import(
        &setup,
        &path,
        &[&ignored[..], &["--without-passwords", "--json"]].concat(),
    )
    .json();
    assert_eq!(
        told["unused"],
        serde_json::json!(["account_status", "legacy_password", "shoe_size"])
    );
    assert_eq!((told["added"].as_u64(), users(&setup)), (Some(2), 2));
    for flags in [["--ignore", "no_column"], ["--column", "salt=no_column"]] {
        assert!(import(&setup, &path, &flags).bad(2).contains("no column no_column"));
    }
}

#[test]
fn a_file_that_is_no_file_of_users_is_no_success() {
    let setup = Setup::new();
    for (name, text, words) in [
        ("a.csv", "username,password_hash\n", "has no users"),
        ("a.json", "[]", "no file of users"),
        ("b.json", "{\"realm\": \"main\", \"users\": []}", "has no users"),
        ("c.json", "{\"realm\": \"main\"} {}", "line 1 column 19"),
        ("a.jsonl", "{\"people\": 1}\n", "not one of the 1 users"),
        ("empty.csv", "", "is empty"),
    ] {
        let run = import(&setup, &written(&setup, name, text), &[]);
        let said = format!("{}{}", run.out, run.err);
        assert!(
            run.code == Some(1) && (said.contains(words) || name == "a.json"),
            "{name}: {said}"
        );
    }
}

#[test]
fn names_that_stand_in_a_file_twice_are_found_by_a_look() {
    let setup = Setup::new();
    let hash = "$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S";
    let text = format!(
        "username,hash\nanna,{hash}\nanna,{hash}\nanna,{}\n",
        hash.replace("$04$", "$05$")
    );
    let path = written(&setup, "users.csv", &text);
    let look = import(&setup, &path, &["--dry-run", "--json"]);
    let done = import(&setup, &path, &["--json"]);
    for run in [look, done] {
        let told: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
        assert_eq!(
            (&told["added"], &told["already_there"]),
            (&1.into(), &1.into()),
            "{told}"
        );
        assert_eq!(told["refused"][0]["line"], 4, "{told}");
        run.bad(1);
    }
}

#[test]
fn users_of_clerk_and_auth0_come_with_their_passwords_and_log_in_as_they_did() {
    let setup = Setup::new();
    let told = import(&setup, &found("clerk.csv"), &[]).good();
    assert!(
        told.contains("1 added") && told.contains("bcrypt") && told.contains("totp_secret"),
        "{told}"
    );
    for flags in [&["--dry-run"][..], &[]] {
        let run = import(&setup, &found("auth0.json"), flags);
        for words in ["identifiers", "anna@example.com leads to another user too"] {
            assert!(run.out.contains(words), "{run:?}");
        }
        run.bad(1);
    }
    let server = setup.serve();
    for name in [
        "anna",
        "Anna",
        "ANNA@example.com",
        "bert@example.com",
        "Bert@Example.com",
    ] {
        server
            .log_in(name, PASSWORD, "")
            .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
    }
}

#[test]
fn a_realm_of_keycloak_comes_with_names_addresses_and_roles() {
    let setup = Setup::new();
    let told = import(&setup, &found("keycloak.json"), &[]).good();
    assert!(told.contains("2 added"), "{told}");
    let scopes = |name: &str| setup.run(&["user", "scopes", name]).good();
    for (name, roles) in [("anna", ["editor", "viewer"]), ("bert", ["manager", "editor"])] {
        assert!(
            roles.iter().all(|role| scopes(name).contains(role)),
            "{name}: {}",
            scopes(name)
        );
    }
    let server = setup.serve();
    for name in ["anna", "ANNA", "anna.muster@example.com", "Anna.Muster@example.com"] {
        server
            .log_in(name, PASSWORD, "")
            .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
    }
    assert_eq!(server.log_in("anna.muster", PASSWORD, "").unwrap_err().status, 400);
}

#[test]
fn of_all_realms_one_is_taken_in() {
    let setup = Setup::new();
    let path = found("keycloak-realms.json");
    for command in [&["user", "import", &path][..], &["adopt", &path]] {
        let error = setup.run(command).bad(2);
        assert!(error.contains("--realm") && error.contains("master, shop"), "{error}");
    }
    let told = setup.run(&["adopt", &path, "--realm", "shop"]).good();
    assert!(told.contains("--realm shop"), "{told}");
    import(&setup, &path, &["--realm", "shop"]).good();
    assert_eq!(
        setup.run(&["user", "show", "anna", "--json"]).json()["username"],
        "anna"
    );
    assert!(setup.run(&["user", "show", "kcadmin"]).code != Some(0));
}

#[test]
fn a_fixture_of_django_is_taken_in() {
    let setup = Setup::new();
    let told = import(&setup, &found("django-dumpdata.json"), &[]).good();
    assert!(told.contains("1 added") && told.contains("is_superuser"), "{told}");
}

#[test]
fn passwords_that_keycloak_keeps_otherwise_are_read() {
    let setup = Setup::new();
    import(&setup, &found("keycloak-bcrypt.json"), &[]).good();
    let plain = found("keycloak-plain.json");
    let told = import(&setup, &plain, &["--json"]).json();
    assert_eq!((&told["hashed"], &told["added"]), (&1.into(), &1.into()), "{told}");
    let again = import(&setup, &plain, &["--json"]).json();
    assert_eq!(
        (&again["added"], &again["already_there"]),
        (&0.into(), &1.into()),
        "{again}"
    );
    let server = setup.serve();
    for name in ["anna", "bert@example.com", "user1"] {
        server
            .log_in(name, PASSWORD, "")
            .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
    }
    assert_eq!(server.log_in("user1", "correct-horse-9", "").unwrap_err().status, 400);
}

#[test]
fn a_salt_of_another_column_comes_with_its_hash_and_without_it_the_row_is_refused() {
    let setup = Setup::new();
    accept(&setup, "grafana_pbkdf2");
    let path = found("grafana.csv");
    let refused = import(&setup, &path, &["--ignore", "salt", "--dry-run"]);
    assert!(
        refused.out.contains("needs the salt") && refused.out.contains("--column salt="),
        "{refused:?}"
    );
    refused.bad(1);
    let told = import(&setup, &path, &[]).good();
    assert!(told.contains("2 added"), "{told}");
    let server = setup.serve();
    for name in ["anna", "Anna@Example.com"] {
        server
            .log_in(name, PASSWORD, "")
            .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
    }
    for (name, password) in [("gone", PASSWORD), ("anna", "another"), ("nobody", PASSWORD)] {
        assert_eq!(server.log_in(name, password, "").unwrap_err().status, 400, "{name}");
    }
}

/// A table of Gitea's with a row for each hash, algorithm and salt; its own test vectors say `abcdef` to all.
fn gitea(rows: &[(&str, &str, &str)]) -> String {
    let header = "id,lower_name,name,email,passwd,passwd_hash_algo,type,salt,is_active,prohibit_login\n";
    let row = |(id, (hash, algorithm, salt)): (usize, &(&str, &str, &str))| {
        format!("{id},user{id},User{id},user{id}@example.com,{hash},{algorithm},0,{salt},1,0\n")
    };
    let rows: String = rows.iter().enumerate().map(row).collect();
    format!("{header}{rows}")
}

#[test]
fn giteas_hashes_are_read_whatever_their_algorithm_and_salt() {
    let hex = "45d6cdc843d65cf0eda7b90ab41435762a282f7df013477a1c5b212ba81dbdca2edf1ecc4b5cb05956bb9e0c37ab29315d78";
    let text = "ab48d5471b7e6ed42d10001db88c852ff7303c788e49da5c3c7b63d5adf96360303724b74b679223a3dea8a242d10abb1913";
    let argon2 = "551f089f570f989975b6f7c6a8ff3cf89bc486dd7bbe87ed4d80ad4362f8ee599ec8dda78dac196301b98456402bcda775dc";
    let bcrypt = "$2a$10$fjtm8BsQ2crym01/piJroenO3oSVUBhSLKaGdTYJ4tG0ePVCrU0G2";
    let known = [
        (hex, "pbkdf2$10000$50", "01020304"),
        (hex, "", "01020304"),
        (text, "pbkdf2", "aaaaaaaaaa"),
        (argon2, "argon2$2$65536$8$50", "aaaaaaaaaa"),
        (bcrypt, "bcrypt", "aaaaaaaaaa"),
    ];
    let setup = Setup::new();
    accept(&setup, "gitea_pbkdf2");
    let strange = written(&setup, "strange.csv", &gitea(&[(hex, "pbkdf3$1$50", "01020304")]));
    let refused = import(&setup, &strange, &[]);
    assert!(refused.out.contains("unknown algorithm"), "{refused:?}");
    refused.bad(1);
    let audit = setup.run(&["hash", "audit", &strange, "--json"]).json();
    assert_eq!(
        (&audit["upgraded"], &audit["not_read"]),
        (&0.into(), &1.into()),
        "{audit}"
    );
    let path = written(&setup, "gitea.csv", &gitea(&known));
    assert!(import(&setup, &path, &[]).good().contains("5 added"));
    let server = setup.serve();
    for id in 0..known.len() {
        server
            .log_in(&format!("user{id}@example.com"), "abcdef", "")
            .unwrap_or_else(|refusal| panic!("{id}: {refusal:?}"));
        assert_eq!(
            server.log_in(&format!("user{id}"), "abcdeg", "").unwrap_err().status,
            400
        );
    }
}

#[test]
fn a_salt_beside_a_hash_that_takes_none_is_not_taken_for_nothing() {
    let setup = Setup::new();
    accept(&setup, "hex_md5");
    let text = "username,password_hash,salt\nanna,7d80ad464726ea828688d9dd09d643a5,xyzsalt\n";
    let path = written(&setup, "users.csv", text);
    let refused = import(&setup, &path, &[]);
    for words in ["takes no salt", "mybb_md5", "vbulletin_md5", "0 added"] {
        assert!(refused.out.contains(words), "{words}: {refused:?}");
    }
    assert!(!refused.out.contains("nthash"), "{refused:?}");
    refused.bad(1);
    assert_eq!(users(&setup), 0);
    assert!(import(&setup, &path, &["--ignore", "salt"]).good().contains("1 added"));
}

#[test]
fn a_hash_that_two_schemes_begin_alike_is_called_by_its_true_name_and_read_where_it_is_named() {
    let setup = Setup::new();
    // MD5 of `838c83e1-` and MD5 of "password" (MediaWiki's user_password).
    let text = "user_id,user_name,user_password\n1,anna,:B:838c83e1:e4ab7024509eef084cdabd03d8b2972c\n";
    let path = written(&setup, "users.csv", text);
    let refused = import(&setup, &path, &[]);
    assert!(refused.out.contains("`passwords.accept` (mediawiki_b)"), "{refused:?}");
    refused.bad(1);
    accept(&setup, "mediawiki_b");
    import(&setup, &path, &[]).good();
    setup
        .serve()
        .log_in("anna", "password", "")
        .expect("the password of before");
}

#[test]
fn nobody_who_was_here_before_loses_a_login_to_a_file() {
    let setup = Setup::new();
    let hash = "$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S";
    let text = format!(
        "user_login,user_pass,user_email,display_name\nAdmin,{hash},a@example.com,A\nbert,{hash},b@example.com,B\n"
    );
    let path = written(&setup, "wordpress.csv", &text);
    for flags in [&["--dry-run", "--json"][..], &["--json"], &["--json"]] {
        let run = import(&setup, &path, flags);
        let told: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
        assert_eq!(told["refused"][0]["line"], 2, "{told}");
        let reason = told["refused"][0]["reason"].as_str().expect("a reason");
        assert!(
            reason.contains("its login admin leads to another user too (admin)"),
            "{reason}"
        );
        assert_eq!(told["doubled_logins"], serde_json::json!([]), "{told}");
        run.bad(1);
    }
    assert_eq!(users(&setup), 1);
    setup
        .serve()
        .log_in("admin", &setup.password, "")
        .expect("the administrator");
}

#[test]
fn mattermosts_hashes_are_read() {
    let setup = Setup::new();
    import(&setup, &found("mattermost.csv"), &[]).good();
    setup
        .serve()
        .log_in("anna", PASSWORD, "")
        .expect("the password of before");
}

#[test]
fn logins_that_two_users_of_a_file_share_are_found_by_a_look_and_by_the_import() {
    let setup = Setup::new();
    let hash = "$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S";
    let text = format!("username,email,hash\nanna,Both@example.com,{hash}\nbert,both@example.com,{hash}\n");
    let path = written(&setup, "users.csv", &text);
    for (flags, added) in [(&["--dry-run", "--json"][..], 2), (&["--json"], 2), (&["--json"], 0)] {
        let run = import(&setup, &path, &[&["--logins", "username,email"], flags].concat());
        let told: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
        let doubled = told["doubled_logins"].as_array().and_then(|logins| logins.last());
        let expected = serde_json::json!({"line": 3, "login": "both@example.com"});
        assert_eq!((&told["added"], doubled), (&added.into(), Some(&expected)), "{told}");
        run.bad(1);
    }
    setup.run(&["user", "delete", "bert"]).good();
    let mended = written(&setup, "mended.csv", &text.replace("both@", "bert@"));
    let told = import(&setup, &mended, &["--logins", "username,email"]).good();
    assert!(told.contains("1 added, 1 there already"), "{told}");
}

#[test]
fn what_can_be_read_only_once_is_read_too() {
    let setup = Setup::new();
    let hash = "$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S";
    let text = format!("username;hash\nanna;{hash}\n");
    let run = setup.run_with(&["user", "import", "/dev/stdin", "--format", "csv"], &text);
    assert!(run.good().contains("1 added"));
}

#[test]
fn hashes_of_rails_with_a_salt_beside_them_are_read_and_the_line_to_write_is_told() {
    for (file, lines, schemes) in [
        ("redmine.csv", &[2_u64, 3][..], &["redmine_sha1"][..]),
        // bcrypt's texts too: without the salt no login would be right.
        (
            "authlogic.csv",
            &[2, 4, 5],
            &["authlogic_sha512", "authlogic_bcrypt", "authlogic_sha512"],
        ),
    ] {
        let setup = Setup::new();
        let run = import(&setup, &found(file), &["--dry-run", "--json"]);
        let told: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
        let refused = told["refused"].as_array().expect("rows");
        let refused_lines: Vec<u64> = refused.iter().filter_map(|row| row["line"].as_u64()).collect();
        assert_eq!(refused_lines, lines, "{told}");
        for (row, scheme) in refused.iter().zip(schemes.iter().cycle()) {
            let line = format!("accept = [\"{scheme}\"] under [passwords]");
            assert!(
                row["reason"].as_str().is_some_and(|reason| reason.contains(&line)),
                "{row}"
            );
        }
        let accepted = format!("[passwords]\naccept = {schemes:?}\n");
        std::fs::write(setup.path().join("portcullis.toml"), accepted).expect("written");
        import(&setup, &found(file), &[]).good();
        let server = setup.serve();
        let names: &[&str] = if file == "redmine.csv" {
            &["anna"]
        } else {
            &["anna", "Bert", "carl"]
        };
        for name in names {
            // At the second time a new hash has taken the place of the old one.
            for _ in 0..2 {
                server
                    .log_in(name, PASSWORD, "")
                    .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
            }
            assert_eq!(server.log_in(name, "another", "").unwrap_err().status, 400, "{name}");
        }
        assert_eq!(server.log_in("gone", PASSWORD, "").unwrap_err().status, 400);
    }
}
