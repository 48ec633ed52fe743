use std::io::Write as _;

use super::*;

fn rows_of(name: &str, text: &[u8], change: impl FnOnce(&mut Source)) -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    File::create(&path).unwrap().write_all(text).unwrap();
    let mut source = Source {
        path,
        ..Source::default()
    };
    change(&mut source);
    let mut receiver = source.open().unwrap().chosen().unwrap().start().unwrap();
    let mut all = Vec::new();
    while let Some(rows) = receiver.blocking_recv() {
        all.extend(rows);
    }
    all
}

fn rows(name: &str, text: &str) -> Vec<Row> {
    rows_of(name, text.as_bytes(), |_| {})
}

/// What a first reading of the file says.
fn survey(name: &str, text: &str) -> Survey {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let source = Source {
        path,
        ..Source::default()
    };
    let opened = source.open().unwrap().chosen().unwrap();
    let mut survey = Survey::default();
    assert!(opened.read(To::Survey(&mut survey)).is_ok(), "{text}");
    survey
}

/// The reason why the file cannot be read to its end.
fn last_reason(name: &str, text: &str) -> String {
    let read = rows(name, text);
    let fault = read.into_iter().next_back().unwrap().unwrap_err();
    assert!(fault.is_last, "{}", fault.reason);
    fault.reason
}

/// Why nothing of a realm export is read: the realm is looked at before its users.
fn not_chosen(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("realm.json");
    std::fs::write(&path, text).unwrap();
    let source = Source {
        path,
        format: Some(Format::Keycloak),
        ..Source::default()
    };
    source.open().unwrap().chosen().unwrap_err().to_string()
}

fn reasons(rows: &[Row]) -> Vec<(u64, &str)> {
    let faults = rows.iter().filter_map(|row| row.as_ref().err());
    faults.map(|fault| (fault.line, fault.reason.as_str())).collect()
}

#[test]
fn a_broken_line_is_named_and_the_rest_goes_on() {
    let read = rows(
        "a.csv",
        "username,password_hash,disabled\na,x,\nb,y\nc,z,maybe\nd,\"w,1\",true\n",
    );
    let said = reasons(&read);
    assert_eq!(said[0], (3, "it has 2 columns and the first line 3"));
    assert_eq!(said[1], (4, "disabled is neither true nor false"));
    let ended = rows("a.csv", "username,password_hash\r\na,x\r\nb\r\n");
    assert_eq!(reasons(&ended), [(3, "it has 1 columns and the first line 2")]);
    let last = read[3].as_ref().unwrap();
    assert_eq!(
        (last.line, last.fields.hash.as_deref(), last.fields.disabled),
        (5, Some("w,1"), true)
    );
    let read = rows("a.jsonl", "{\"username\":\"a\"}\n\n[1]\n{\"username\":{}}\n");
    assert_eq!(
        reasons(&read),
        [(3, "it is no JSON object"), (4, "the member username is no text")]
    );
    let read = rows_of("htpasswd", b"# users\na:x\nnothing\n\xff:y\n\nb:$apr1$z\n", |_| {});
    assert_eq!(
        reasons(&read),
        [(3, "it has no colon between user and hash"), (4, "it is no UTF-8")]
    );
    assert_eq!(read.len(), 4);
}

#[test]
fn a_record_without_end_does_not_fill_the_memory() {
    let text = format!("username,password_hash\na,\"{}", "x".repeat(3 << 20));
    let read = rows("a.csv", &text);
    let fault = read[0].as_ref().unwrap_err();
    assert!(
        fault.is_last && fault.reason.contains("longer than 1 MiB"),
        "{}",
        fault.reason
    );
    let read = rows("a.jsonl", &"y".repeat(3 << 20));
    assert!(read[0].as_ref().unwrap_err().is_last);
}

#[test]
fn a_file_without_known_columns_says_what_to_do() {
    let read = rows("a.csv", "who,what\na,b\n");
    assert!(read[0].as_ref().unwrap_err().reason.contains("--column"));
    let columns = Columns::default()
        .with("username=who")
        .unwrap()
        .with("password_hash=what")
        .unwrap();
    let read = rows_of("a.csv", b"who,what\na,b\n", |source| source.columns = columns);
    assert_eq!(read[0].as_ref().unwrap().fields.hash.as_deref(), Some("b"));
    assert!(Columns::default().with("who=username").is_err() && Columns::default().with("x").is_err());
}

#[test]
fn a_column_that_is_named_by_hand_is_taken_and_its_usual_one_is_not() {
    let columns = Columns::default().with("username=mail").unwrap();
    let read = rows_of("a.csv", b"username,mail,hash\na,b,c\n", |source| {
        source.columns = columns
    });
    assert_eq!(read[0].as_ref().unwrap().fields.username.as_deref(), Some("b"));
}

#[test]
fn a_realm_of_keycloak_gives_users_with_their_credentials_and_roles() {
    let realm = r#"{"realm":"r","clients":[{"users":[1]}],"users":[
        {"username":"john","firstName":"John","lastName":"Doe","enabled":false,"realmRoles":["editor"],
         "credentials":[{"type":"otp"},{"type":"password","secretData":"{\"value\":\"v\"}",
            "credentialData":"{\"algorithm\":\"argon2\"}","x":1}]},
        {"username":"old","credentials":[{"type":"password","hashedSaltedValue":"v"}]}, 7, {"username":"none"}]}"#;
    let read = rows("realm.json", realm);
    let john = &read[0].as_ref().unwrap().fields;
    assert_eq!(
        (john.full_name.as_deref(), john.scopes.as_deref(), john.disabled),
        (Some("John Doe"), Some("editor"), true)
    );
    let hash: serde_json::Value = serde_json::from_str(john.hash.as_deref().unwrap()).unwrap();
    let expected = serde_json::json!({"type": "password", "credentialData": "{\"algorithm\":\"argon2\"}",
        "secretData": "{\"value\":\"v\"}"});
    assert_eq!(hash, expected);
    assert_eq!(reasons(&read)[0].0, 2);
    assert_eq!(reasons(&read)[1], (3, "it is no user as such an export has them"));
    assert!(read[3].as_ref().unwrap().fields.hash.is_none());
    assert_eq!(
        survey("realm.json", realm).columns().collect::<Vec<_>>(),
        ["credentials (otp)"]
    );
    assert!(not_chosen(&realm[..200]).contains("EOF"));
}

#[test]
fn who_has_no_member_enabled_is_disabled_as_in_keycloak() {
    let realm =
        r#"{"realm":"r","users":[{"username":"a","enabled":true},{"username":"b"},{"username":"c","enabled":false}]}"#;
    let disabled = rows("realm.json", realm)
        .into_iter()
        .map(|row| row.unwrap().fields.disabled);
    assert_eq!(disabled.collect::<Vec<_>>(), [false, true, true]);
    let told = survey("realm.json", realm).others;
    assert!(
        told.iter()
            .any(|(what, count)| what.contains("without the member enabled") && *count == 1),
        "{told:?}"
    );
}

#[test]
fn a_state_among_the_attributes_of_keycloak_can_be_named_and_nothing_else_can() {
    let realm = br#"{"realm":"r","users":[{"username":"a","enabled":true,"attributes":{"banned":["true"]}},
        {"username":"b","enabled":true,"attributes":{"banned":["false"]}},{"username":"c","enabled":true}]}"#;
    let named = |text: &str| Columns::default().with(text).unwrap();
    let read = rows_of("realm.json", realm, |source| {
        source.columns = named("disabled=attributes.banned")
    });
    let disabled = read.into_iter().map(|row| row.unwrap().fields.disabled);
    assert_eq!(disabled.collect::<Vec<_>>(), [true, false, false]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("realm.json");
    std::fs::write(&path, realm).unwrap();
    let source = Source {
        path,
        columns: named("username=email"),
        ..Source::default()
    };
    let refused = source.open().unwrap().chosen().unwrap_err().to_string();
    assert!(refused.contains("only states can be named"), "{refused}");
}

/// A realm of one user with this password.
fn realm_with(credential: &str) -> String {
    format!(r#"{{"realm":"r","users":[{{"username":"a","credentials":[{credential}]}}]}}"#)
}

#[test]
fn a_password_of_keycloak_is_refused_by_its_true_name() {
    for (credential, words) in [
        (r#"{"type":"password"}"#, "neither a hash nor a value"),
        (
            r#"{"type":"password","hashedSaltedValue":"v"}"#,
            "before version 8 and has no salt",
        ),
        (
            r#"{"type":"password","secretData":"{}","credentialData":"{\"algorithm\":\"scrypt\"}"}"#,
            "hashed with scrypt, which is not read",
        ),
        (
            r#"{"type":"password","secretData":"{}","credentialData":"{}"}"#,
            "does not say its algorithm",
        ),
        (
            r#"{"type":"password","value":"x"},{"type":"password","value":"y"}"#,
            "two passwords",
        ),
    ] {
        let read = rows("realm.json", &realm_with(credential));
        assert!(reasons(&read)[0].1.contains(words), "{:?}", reasons(&read));
    }
}

#[test]
fn every_form_of_a_password_of_keycloak_is_read() {
    let fields = |credential: &str| rows("realm.json", &realm_with(credential)).remove(0).unwrap().fields;
    let bcrypt = r#"{"type":"password","secretData":"{\"value\":\"$2a$10$x\",\"salt\":\"\"}",
        "credentialData":"{\"hashIterations\":-1,\"algorithm\":\"bcrypt\"}"}"#;
    assert_eq!(fields(bcrypt).hash.as_deref(), Some("$2a$10$x"));
    let plain = fields(r#"{"type":"password","value":"Correct-Horse-9","temporary":false}"#);
    assert_eq!(
        plain.password.as_ref().map(|password| password.as_str()),
        Some("Correct-Horse-9")
    );
    assert!(plain.hash.is_none());
    let old = r#"{"type":"password","hashedSaltedValue":"dg==","salt":"cw==","hashIterations":27500,"algorithm":"pbkdf2-sha256"}"#;
    let new = r#"{"type":"password","secretData":{"value":"dg==","salt":"cw=="},
        "credentialData":{"hashIterations":27500,"algorithm":"pbkdf2-sha256"}}"#;
    assert_eq!(fields(old).hash, fields(new).hash);
    assert!(fields(old).hash.unwrap().contains("27500"));
}

#[test]
fn roles_of_keycloak_are_those_of_groups_and_composites_too_wherever_they_stand() {
    let roles = r#""roles":{"realm":[{"name":"manager","composites":{"realm":["editor"],"client":{"shop":["sell"]}}},
        {"name":"editor","composites":{"realm":["manager","viewer"]}},{"name":"viewer"},{"name":"two words"}],
        "client":{"shop":[{"name":"sell","composites":{"realm":["seller"]}}]}}"#;
    let groups = r#""groups":[{"name":"staff","path":"/staff","realmRoles":["viewer"],"clientRoles":{"shop":["buy"]},
        "subGroups":[{"name":"editors","path":"/staff/editors","realmRoles":["editor"]},{"name":"a","subGroups":[]}]}]"#;
    let users = r#""users":[{"username":"a","realmRoles":["manager","two words"]},{"username":"b","groups":["/staff/editors"]},
        {"username":"c","groups":["staff/a","/gone"],"clientRoles":{"app":["x"]}},{"username":"d"}]"#;
    for parts in [[roles, groups, users], [users, groups, roles]] {
        let text = format!("{{\"realm\":\"r\",{}}}", parts.join(","));
        let read = rows("realm.json", &text);
        let scopes: Vec<Option<&str>> = read
            .iter()
            .map(|row| row.as_ref().unwrap().fields.scopes.as_deref())
            .collect();
        assert_eq!(
            scopes,
            [
                Some("editor manager seller shop.sell viewer"),
                Some("editor manager seller shop.buy shop.sell viewer"),
                Some("app.x shop.buy viewer"),
                None
            ]
        );
        let others = survey("realm.json", &text).others;
        assert!(others.keys().any(|what| what.contains("/gone")), "{others:?}");
        assert!(others.keys().any(|what| what.contains("two words")), "{others:?}");
    }
}

#[test]
fn of_several_realms_one_is_chosen_by_name() {
    let realms =
        r#"[{"realm":"master","users":[{"username":"root"}]},{"realm":"shop","users":[{"username":"anna"}],"x":1}]"#;
    let open = |text: &str, realm: Option<&str>| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("realms.json");
        std::fs::write(&path, text).unwrap();
        let realm = realm.map(str::to_owned);
        let source = Source {
            path,
            realm,
            ..Source::default()
        };
        source.open().unwrap().chosen()
    };
    let error = open(realms, None).unwrap_err().to_string();
    assert!(error.contains("--realm") && error.contains("master, shop"), "{error}");
    assert!(
        open(realms, Some("toys"))
            .unwrap_err()
            .to_string()
            .contains("master, shop")
    );
    let mut receiver = open(realms, Some("shop")).unwrap().start().unwrap();
    let read = receiver.blocking_recv().unwrap();
    assert_eq!(read[0].as_ref().unwrap().fields.username.as_deref(), Some("anna"));
    assert_eq!(read.len(), 1);
    let one = r#"[{"realm":"shop","users":[{"username":"anna"}]}]"#;
    assert!(open(one, None).is_ok() && open(one, Some("master")).is_err());
}

#[test]
fn how_a_realm_lets_its_users_log_in_goes_with_them() {
    for (flags, by_email) in [
        ("", true),
        (r#""loginWithEmailAllowed":true,"#, true),
        (r#""loginWithEmailAllowed":false,"#, false),
        (r#""duplicateEmailsAllowed":true,"#, false),
    ] {
        let text = format!(r#"{{"realm":"r",{flags}"users":[{{"username":"a","email":"a@example.com"}}]}}"#);
        let log_in = rows("realm.json", &text).remove(0).unwrap().fields.log_in;
        assert_eq!((log_in.by_email, log_in.any_case), (by_email, true), "{flags}");
    }
}

#[test]
fn two_arrays_of_users_in_a_document_are_told() {
    let users = r#"{"users":[{"username":"a","hash":"x"}],"users":[{"username":"b","hash":"x"}]}"#;
    assert!(last_reason("users.json", users).contains("it has the member users twice"));
    let realm = users.replacen('{', "{\"realm\":\"r\",", 1);
    assert!(not_chosen(&realm).contains("it has the member users twice"));
}

#[test]
fn a_second_document_and_what_is_no_json_are_told_with_their_place() {
    let realm = r#"{"realm":"r","users":[{"username":"a"}]}"#;
    let array = r#"[{"username":"a","hash":"x"}]"#;
    for (name, text, place) in [
        ("realm.json", format!("{realm}\n{realm}"), "line 2 column 1"),
        ("realm.json", format!("{realm} garbage"), "line 1 column 42"),
        ("realm.json", realm.replace("}]", "},]"), "line 1 column 40"),
        ("users.json", format!("{array}]"), "line 1 column 30"),
        ("users.json", format!("{array}\n{array}"), "line 2 column 1"),
        (
            "users.json",
            array.replace('}', ",}"),
            "trailing comma at line 1 column",
        ),
        (
            "users.json",
            array.replace("}]", "},]"),
            "trailing comma at line 1 column",
        ),
        ("users.json", array.replace('x', "\\x"), "line 1"),
    ] {
        let reason = match name {
            "users.json" => last_reason(name, &text),
            _ => not_chosen(&text),
        };
        assert!(reason.contains(place), "{text}: {reason}");
    }
    let lines = rows("users.jsonl", "{\"username\":\"a\"} garbage\n{\"username\":\"a\",}\n");
    assert_eq!(reasons(&lines)[0], (1, "it is no JSON object from column 18 on"));
    assert_eq!(reasons(&lines)[1].0, 2);
    let doubled = rows("users.jsonl", "{\"username\":\"a\",\"hash\":\"x\",\"hash\":\"y\"}\n");
    assert_eq!(reasons(&doubled)[0], (1, "it has the member hash twice"));
}

#[test]
fn what_stands_in_objects_within_users_is_seen_and_can_be_named() {
    let argon2 = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE";
    let text = format!(
        r#"[{{"id":"1","traits":{{"email":"a@example.com"}},"methods":[{{"kind":"password","digest":"{argon2}"}}]}},
            {{"id":"2","traits":{{"email":"b@example.com"}},"methods":[{{"digest":"{argon2}"}},{{"digest":"{argon2}"}}]}}]"#
    );
    let telling = survey("export.json", &text);
    assert_eq!(telling.telling(), [("methods.digest", Looks::Hash)]);
    let columns = Columns::default().with("email=traits.email").unwrap();
    let columns = columns.with("password_hash=methods.digest").unwrap();
    let read = rows_of("export.json", text.as_bytes(), |source| source.columns = columns);
    let first = &read[0].as_ref().unwrap().fields;
    assert_eq!(
        (first.username.as_deref(), first.hash.as_deref()),
        (Some("a@example.com"), Some(argon2))
    );
    assert_eq!(reasons(&read), [(2, "it has methods.digest more than once")]);
}

#[test]
fn an_array_of_objects_is_an_array_of_users_and_so_is_the_member_users() {
    let users = r#"[{"username":"a","hash":"x","profile":{"email":"a@example.com"},"deletedAt":{"$date":"2025-01-01T00:00:00Z"}},
        {"username":"b","tags":[{"x":1}]}]"#;
    for text in [users.to_owned(), format!("{{\"count\":2,\"users\":{users}}}")] {
        let read = rows("users.json", &text);
        let fields: Vec<&Fields> = read.iter().map(|row| &row.as_ref().unwrap().fields).collect();
        assert_eq!(
            (
                fields[0].username.as_deref(),
                fields[0].hash.as_deref(),
                fields[0].disabled
            ),
            (Some("a"), Some("x"), true)
        );
        assert_eq!((fields[1].username.as_deref(), fields[1].disabled), (Some("b"), false));
        assert_eq!(
            survey("users.json", &text).columns().collect::<Vec<_>>(),
            ["profile.email", "tags.x"]
        );
    }
    let dump = r#"[{"model":"auth.group","pk":1,"fields":{"name":"staff"}},
        {"model":"auth.user","pk":1,"fields":{"password":"x","username":"anna","is_active":false,"groups":[]}}]"#;
    let read = rows("dumpdata.json", dump);
    assert_eq!(read.len(), 1);
    assert!(read[0].as_ref().unwrap().fields.disabled);
    let survey = survey("dumpdata.json", dump);
    assert_eq!(survey.others["entries of the model auth.group"], 1);
    assert!(survey.columns().any(|name| name == "groups"));
}

#[test]
fn a_table_is_read_with_whatever_parts_its_columns_and_in_whatever_encoding() {
    for delimiter in [",", ";", "\t", "|"] {
        for (first, name) in [("", "users.csv"), ("", "users.txt"), ("sep=", "users.csv")] {
            let sep = if first.is_empty() {
                String::new()
            } else {
                format!("sep={delimiter}\n")
            };
            let text = format!("{sep}username,password_hash,full_name\nanna,x,\"a,b\"\n").replace(',', delimiter);
            let utf16: Vec<u8> = "\u{feff}"
                .encode_utf16()
                .chain(text.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect();
            for bytes in [
                text.clone().into_bytes(),
                [b"\xef\xbb\xbf", text.as_bytes()].concat(),
                utf16,
            ] {
                let read = rows_of(name, &bytes, |_| {});
                let fields = &read[0].as_ref().unwrap().fields;
                let told = (
                    fields.username.as_deref(),
                    fields.hash.as_deref(),
                    fields.full_name.clone(),
                );
                assert_eq!(
                    told,
                    (Some("anna"), Some("x"), Some(format!("a{delimiter}b"))),
                    "{text}"
                );
                assert_eq!(read.len(), 1);
            }
        }
    }
    let read = rows_of("users.csv", b"username^hash\na^b\n", |source| {
        source.delimiter = Some(b'^')
    });
    assert_eq!(read[0].as_ref().unwrap().fields.hash.as_deref(), Some("b"));
    let twice = rows("users.csv", "username,hash,hash\na,b,c\n");
    assert!(reasons(&twice)[0].1.contains("hash twice"));
}

#[test]
fn entries_of_a_directory_are_users_and_the_others_are_told() {
    let text = "version: 1\n\n# a branch\ndn: dc=example\nobjectClass: top\nobjectClass: dcObject\n\n\
        dn: uid=anna,dc=example\nobjectClass: inetOrgPerson\nuid: anna\nmail: anna@example.com\nmail: a@example.com\n\
        cn: Anna\n  Muster\nuserPassword:: e1NIQX1XNnBoNU1tNVB6OEdnaVVMYlBnekczN21qOWc9\npwdAccountLockedTime: 000001010000Z\n\n\
        dn: uid=bert,dc=example\nobjectClass: person\nuid: bert\nuserPassword: {SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n\
        jpegPhoto:: /9g=\nuserAccountControl: 512\n";
    for name in ["users.ldif", "export"] {
        let read = rows(name, text);
        let fields: Vec<&Fields> = read.iter().map(|row| &row.as_ref().unwrap().fields).collect();
        let hash = Some("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=");
        assert_eq!(
            (
                fields[0].username.as_deref(),
                fields[0].hash.as_deref(),
                fields[0].disabled
            ),
            (Some("anna"), hash, true)
        );
        assert_eq!(
            (fields[0].email.as_deref(), fields[0].full_name.as_deref()),
            (Some("anna@example.com"), Some("Anna Muster"))
        );
        assert_eq!(
            (
                fields[1].username.as_deref(),
                fields[1].hash.as_deref(),
                fields[1].disabled
            ),
            (Some("bert"), hash, false)
        );
    }
    let survey = survey("users.ldif", text);
    assert_eq!(survey.others["entries of the class dcObject"], 1);
    assert!(survey.columns().any(|name| name == "mail (further values)"));
    let binary = rows(
        "users.ldif",
        "dn: uid=a\nobjectClass: person\nuid: a\nuserPassword:: /9j/\n\ndn: uid=b\nobjectClass: person\nuid: b\njpegPhoto:: /9j/\n",
    );
    assert_eq!(reasons(&binary), [(1, "its userPassword is no text")]);
    let broken = rows(
        "users.ldif",
        "dn: a\nobjectClass: person\nnothing\n\ndn: b\nobjectClass: person\nuid:: ?\n\ndn: c\nchangetype: modify\n",
    );
    let told = reasons(&broken);
    assert!(
        told[0].1.contains("no colon") && told[1].1.contains("no base64") && told[2].1.contains("a change"),
        "{told:?}"
    );
}

#[test]
fn a_hash_under_base64_is_seen_through() {
    for (hash, over) in [
        (
            "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
            "e1NIQX1XNnBoNU1tNVB6OEdnaVVMYlBnekczN21qOWc9",
        ),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "5f4dcc3b5aa765d61d8327deb882cf99"),
    ] {
        let read = rows("users.csv", &format!("username,hash\na,{over}\n"));
        assert_eq!(read[0].as_ref().unwrap().fields.hash.as_deref(), Some(hash));
    }
}

#[test]
fn every_column_that_is_not_used_is_named_and_what_matters_is_asked_for() {
    let survey = survey(
        "users.csv",
        "username,password_hash,created_at,old_password,pepper_salt,account_status,empty_hash\na,x,2025,tiger,s,0,\nb,x,,,,,\n",
    );
    let columns: Vec<&str> = survey.columns().collect();
    assert_eq!(
        columns,
        [
            "account_status",
            "created_at",
            "empty_hash",
            "old_password",
            "pepper_salt"
        ]
    );
    assert_eq!(
        survey.telling(),
        [
            ("account_status", Looks::State),
            ("old_password", Looks::Hash),
            ("pepper_salt", Looks::Salt)
        ]
    );
    assert_eq!((survey.records, survey.with_hash), (2, 2));
}

/// The first lines of the tables and exports that each application leaves behind, and one user in them.
const TABLES: &[(&str, &str, &str)] = &[
    (
        "aspnet-identity",
        "Id,UserName,NormalizedUserName,Email,NormalizedEmail,EmailConfirmed,PasswordHash,SecurityStamp,ConcurrencyStamp,\
        PhoneNumber,PhoneNumberConfirmed,TwoFactorEnabled,LockoutEnd,LockoutEnabled,AccessFailedCount",
        "1,anna,ANNA,anna@example.com,ANNA@EXAMPLE.COM,True,HASH,5f4dcc3b5aa765d61d8327deb882cf99,c,,False,False,STATE:2099-01-01 00:00:00.0000000 +00:00|2001-01-01,True,0",
    ),
    (
        "authlogic",
        "id,login,email,crypted_password,password_salt,persistence_token,single_access_token,perishable_token,login_count,\
        failed_login_count,last_request_at,active",
        "1,anna,anna@example.com,HASH,SALT,5f4dcc3b5aa765d61d8327deb882cf99,x,y,3,0,2025-01-01,STATE:f|t",
    ),
    (
        "clerk",
        "id,first_name,last_name,username,primary_email_address,primary_phone_number,verified_email_addresses,\
        unverified_email_addresses,verified_phone_numbers,unverified_phone_numbers,totp_secret,password_digest,password_hasher,banned",
        "user_2aAaAaAaAaAaAaAaAaAaAaAaAaA,Anna,Muster,anna,anna@example.com,,anna@example.com,,,,,HASH,bcrypt,STATE:true|false",
    ),
    (
        "devise",
        "id,email,encrypted_password,reset_password_token,reset_password_sent_at,remember_created_at,sign_in_count,\
        current_sign_in_at,last_sign_in_at,confirmation_token,confirmed_at,failed_attempts,unlock_token,locked_at,created_at",
        "1,anna@example.com,HASH,,,,3,2025-01-01,2025-01-01,abcdef,2025-01-01,0,,STATE:2025-01-01 10:00:00|,2025-01-01",
    ),
    (
        "discourse",
        "id,username,username_lower,name,email,password_hash,salt,active,password_algorithm,suspended_at,suspended_till,trust_level",
        "1,anna,anna,Anna,anna@example.com,HASH,SALT,t,$pbkdf2-sha256$i=64000$,2020-01-01,STATE:2099-01-01|2021-01-01,1",
    ),
    (
        "django",
        "id,password,last_login,is_superuser,username,first_name,last_name,email,is_staff,is_active,date_joined",
        "1,HASH,,f,anna,Anna,Muster,anna@example.com,f,STATE:f|t,2025-01-01",
    ),
    (
        "drupal",
        "uid,uuid,langcode,name,pass,mail,timezone,status,created,changed,access,login,init,default_langcode",
        "1,u,en,anna,HASH,anna@example.com,UTC,STATE:0|1,1,1,1,1,anna@example.com,1",
    ),
    (
        "fastapi-users",
        "id,email,hashed_password,is_active,is_superuser,is_verified",
        "1,anna@example.com,HASH,STATE:0|1,0,1",
    ),
    (
        "gitea",
        "id,lower_name,name,full_name,email,keep_email_private,passwd,passwd_hash_algo,must_change_password,login_type,type,rands,salt,\
        is_active,is_admin,is_restricted,prohibit_login",
        "1,anna,anna,Anna Muster,anna@example.com,0,HASH,pbkdf2$50000$50,0,0,0,abcdef,SALT,1,0,0,STATE:1|0",
    ),
    (
        "grafana",
        "id,version,login,email,name,password,salt,rands,is_admin,email_verified,last_seen_at,is_disabled,is_service_account",
        "1,0,anna,anna@example.com,Anna Muster,HASH,SALT,abc,0,1,2025-01-01,STATE:1|0,0",
    ),
    (
        "joomla",
        "id,name,username,email,password,block,sendEmail,registerDate,lastvisitDate,activation,params,lastResetTime,resetCount",
        "1,Anna,anna,anna@example.com,HASH,STATE:1|0,0,2025-01-01,2025-01-01,,{},,0",
    ),
    (
        "laravel",
        "id,name,email,email_verified_at,password,remember_token,created_at,updated_at,deleted_at",
        "1,Anna,anna@example.com,2025-01-01,HASH,abcdefgh,2025-01-01,2025-01-01,STATE:2025-01-01|NULL",
    ),
    (
        "mattermost",
        "id,createat,updateat,deleteat,username,password,authdata,authservice,email,emailverified,nickname,firstname,lastname,roles,lastpasswordupdate",
        "x,1,1,STATE:1741192516000|0,anna,HASH,,,anna@example.com,t,,Anna,Muster,system_user,1741192516000",
    ),
    (
        "moodle",
        "id,auth,confirmed,policyagreed,deleted,suspended,mnethostid,username,password,idnumber,firstname,lastname,email",
        "1,manual,1,0,0,STATE:1|0,1,anna,HASH,,Anna,Muster,anna@example.com",
    ),
    (
        "portcullis",
        "username,email,full_name,disabled,scopes,password_hash,salt,algorithm,id,token_epoch,logins",
        "anna,anna@example.com,Anna Muster,STATE:true|false,a,HASH,SALT,,7,9,",
    ),
    (
        "redmine",
        "id,login,hashed_password,firstname,lastname,admin,status,last_login_on,language,salt",
        "1,anna,HASH,Anna,Muster,0,STATE:3|1,2025-01-01,de,SALT",
    ),
    (
        "restful-authentication",
        "id,login,name,email,crypted_password,salt,created_at,updated_at,remember_token,remember_token_expires_at,activation_code,\
        activated_at,state,deleted_at",
        "1,anna,Anna,anna@example.com,HASH,SALT,2025-01-01,2025-01-01,,,,2025-01-01,STATE:suspended|active,",
    ),
    (
        "supabase",
        "instance_id,id,aud,role,email,encrypted_password,email_confirmed_at,invited_at,confirmation_token,recovery_token,\
        email_change_token_new,email_change,last_sign_in_at,raw_app_meta_data,raw_user_meta_data,is_super_admin,created_at,phone,\
        confirmed_at,email_change_confirm_status,banned_until,reauthentication_token,is_sso_user,deleted_at,is_anonymous",
        "0,1,authenticated,authenticated,anna@example.com,HASH,2025-01-01,,abc,,,,2025-01-01,{},{},f,2025-01-01,,2025-01-01,0,STATE:2099-01-01 00:00:00+00|2001-01-01 00:00:00+00,,f,,f",
    ),
    (
        "superset",
        "id,first_name,last_name,username,password,active,email,last_login,login_count,fail_login_count",
        "1,Anna,Muster,anna,HASH,STATE:0|1,anna@example.com,2025-01-01,3,0",
    ),
    (
        "typo3",
        "uid,pid,tstamp,crdate,deleted,disable,starttime,endtime,username,password,email,name,lockToDomain",
        "1,5,1700000000,1600000000,0,0,0,STATE:1600000001|0,anna,HASH,anna@example.com,Anna,",
    ),
    (
        "wordpress",
        "ID,user_login,user_pass,user_nicename,user_email,user_url,user_registered,user_activation_key,user_status,display_name,spam,deleted",
        "1,anna,HASH,anna,anna@example.com,,2025-01-01,,0,Anna Muster,STATE:1|0,0",
    ),
];

const BCRYPT: &str = "$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S";

/// The row with its state as it is for somebody who may not log in, or who may.
fn with_state(row: &str, barred: bool) -> String {
    let cells = row.split(',').map(|cell| {
        let both = cell.strip_prefix("STATE:").and_then(|both| both.split_once('|'));
        let chosen = both.map(|(bad, good)| if barred { bad } else { good });
        chosen.unwrap_or(cell)
    });
    let row = cells.collect::<Vec<_>>().join(",");
    row.replace("HASH", BCRYPT).replace("SALT", "ab")
}

#[test]
fn the_table_of_every_application_is_known_by_its_first_line_and_nothing_in_it_is_asked_for() {
    for (name, header, row) in TABLES {
        let text = format!("{header}\n{}\n{}\n", with_state(row, false), with_state(row, true));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.csv");
        std::fs::write(&path, &text).unwrap();
        let source = Source {
            path,
            ..Source::default()
        };
        let opened = source.open().unwrap();
        assert_eq!(opened.preset.map(|preset| preset.name), Some(*name));
        let survey = survey("users.csv", &text);
        assert_eq!((survey.telling(), survey.with_hash), (vec![], 2), "{name}");
        let read = rows("users.csv", &text);
        let fields: Vec<&Fields> = read.iter().map(|row| &row.as_ref().unwrap().fields).collect();
        assert!(
            ["anna", "anna@example.com"].contains(&fields[0].username.as_deref().unwrap()),
            "{name}"
        );
        assert_eq!(fields[0].hash.as_deref(), Some(BCRYPT), "{name}");
        assert_eq!(fields[0].salt.is_some(), row.contains("SALT"), "{name}");
        assert_eq!(
            fields.iter().map(|fields| fields.disabled).collect::<Vec<_>>(),
            [false, true],
            "{name}"
        );
    }
    let tabled = Preset::names().filter(|name| TABLES.iter().any(|(tabled, ..)| tabled == name));
    let others: Vec<&str> = Preset::names()
        .filter(|name| !TABLES.iter().any(|(tabled, ..)| tabled == name))
        .collect();
    assert_eq!(
        (tabled.count(), others.as_slice()),
        (TABLES.len(), &["auth0", "firebase", "keycloak", "ldap"][..])
    );
}

#[test]
fn the_lines_of_auth0_are_known_whatever_the_file_is_called() {
    let line = r#"{"_id":{"$oid":"60425dc43519d90068f82971"},"email_verified":true,"email":"Anna@example.com","passwordHash":"x",
        "password_set_date":{"$date":"2025-03-05T16:35:16.775Z"},"tenant":"dev-example","connection":"c","blocked":true,
        "identifiers":[{"type":"email","value":"anna@example.com","verified":true}]}"#;
    let text = format!("{0}\n{0}\n", line.replace('\n', ""));
    for name in ["auth0.json", "auth0.jsonl", "users"] {
        let fields = rows(name, &text).remove(0).unwrap().fields;
        assert_eq!(
            (fields.username.as_deref(), fields.disabled),
            (Some("Anna@example.com"), true)
        );
        assert!(fields.log_in.by_email && fields.log_in.any_case);
        let social = r#"{"_id":{"$oid":"6"},"email":"soc@example.com","email_verified":true,"username":"soc"}"#;
        let behind = rows(name, &format!("{social}\n{text}")).remove(0).unwrap().fields;
        assert!(behind.log_in.by_email, "told by the second line");
        let survey = survey(name, &text);
        assert_eq!((survey.telling(), survey.with_hash), (vec![], 2));
        assert!(survey.columns().any(|name| name == "identifiers.value"));
    }
}

#[test]
fn our_own_export_gives_ids_epochs_and_logins() {
    let logins =
        r#"[{"login":"anna@example.com","folded":true,"email":true},{"login":"A-1","folded":false,"email":false}]"#;
    let csv = format!(
        "username,email,full_name,disabled,scopes,password_hash,salt,algorithm,id,token_epoch,logins\n\
         anna,anna@example.com,,false,,x,,,7,42,\"{}\"\n",
        logins.replace('"', "\"\"")
    );
    let jsonl = format!(
        r#"{{"username":"anna","email":"anna@example.com","disabled":false,"password_hash":"x","id":"7","token_epoch":42,"logins":{logins}}}"#
    );
    for (name, text) in [("users.csv", csv), ("users.jsonl", jsonl)] {
        let fields = rows(name, &text).remove(0).unwrap().fields;
        assert_eq!(
            (fields.id.as_ref().map(|id| id.as_str()), fields.token_epoch),
            (Some("7"), Some(42)),
            "{name}"
        );
        let expected = [
            portcullis_core::Login::folded("anna@example.com").of_email(),
            portcullis_core::Login::exact("A-1"),
        ];
        assert_eq!(fields.logins, expected);
        assert_eq!(survey(name, &text).columns().count(), 0);
    }
    let other = rows("users.csv", "id,username,hash\n7,anna,x\n")
        .remove(0)
        .unwrap()
        .fields;
    assert_eq!(other.id, None, "the ids of others are no subjects here");
}

#[test]
fn what_matters_is_told_however_many_columns_there_are() {
    let many: Vec<String> = (0..600).map(|number| format!("\"m{number}\":1")).collect();
    let line = format!(
        "{{\"username\":\"a\",\"hash\":\"x\",{},\"zz\":{{\"isBanned\":true}},\"zzhash\":\"{BCRYPT}\"}}\n",
        many.join(",")
    );
    let survey = survey("users.jsonl", &line);
    assert!(survey.has_more && !survey.is_cut);
    assert_eq!(
        survey.telling(),
        [("zz.isBanned", Looks::State), ("zzhash", Looks::Hash)]
    );
}

#[test]
fn names_without_end_do_not_fill_the_memory() {
    let long = "x".repeat(900_000);
    let lines: String = (0..3)
        .map(|line| format!("{{\"username\":\"a\",\"{line}{long}\":1}}\n"))
        .collect();
    let survey = survey("users.jsonl", &lines);
    assert!(survey.has_more && survey.columns().count() == 0 && survey.records == 3);
    let doubled = rows(
        "users.jsonl",
        &format!("{{\"username\":\"a\",\"{}\":1,\"{0}\":1}}\n", &long[..400_000]),
    );
    assert!(reasons(&doubled)[0].1.len() <= 500);
    let roles = vec!["r"; 3000];
    let mut group = serde_json::json!({"name": "g", "subGroups": vec![serde_json::json!({"name": "s"}); 3000]});
    group["realmRoles"] = roles.into();
    let realm = serde_json::json!({"realm": "r", "groups": [group], "users": []});
    assert!(not_chosen(&realm.to_string()).contains("no user of such an export"));
}

#[test]
fn what_users_log_in_with_can_be_said_of_any_file() {
    for (by_email, fold_case, told) in [
        (None, false, (false, false)),
        (Some(true), true, (true, true)),
        (Some(false), true, (false, true)),
    ] {
        let read = rows_of("users.csv", b"username,email,hash\na,a@example.com,x\n", |source| {
            (source.by_email, source.fold_case) = (by_email, fold_case);
        });
        let log_in = read[0].as_ref().unwrap().fields.log_in;
        assert_eq!((log_in.by_email, log_in.any_case), told);
    }
}

#[test]
fn a_state_that_cannot_be_read_refuses_its_row() {
    let read = rows("users.csv", "username,hash,banned_until\na,x,soon\n");
    assert_eq!(reasons(&read), [(2, "banned_until is no time that can be read")]);
}

#[test]
fn users_of_firebase_need_the_parameters_of_the_project() {
    let export = br#"{"users":[{"localId":"1","email":"a@example.com","passwordHash":"aa-_","salt":"bb=="}]}"#;
    let read = rows_of("firebase.json", export, |_| {});
    assert!(read[0].as_ref().unwrap_err().reason.contains("--firebase-config"));
    let config = "hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: sk-k==,\n  base64_salt_separator: Bw==,\n  \
        rounds: 8,\n  mem_cost: 14,\n}";
    let config: FirebaseConfig = config.parse().unwrap();
    assert!("rounds: 8".parse::<FirebaseConfig>().is_err());
    let read = rows_of("firebase.json", export, |source| source.firebase = Some(config));
    assert_eq!(
        read[0].as_ref().unwrap().fields.hash.as_deref(),
        Some("$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=sk+k==$bb==$aa+/")
    );
    let config = "base64_signer_key: sk-k==, base64_salt_separator: Bw==, rounds: 8, mem_cost: 14";
    let config: FirebaseConfig = config.parse().unwrap();
    let line = |id: &str, disabled: &str| {
        let providers = ",".repeat(17);
        format!("{id},{id}@example.com,true,aa+/,bb==,{id},{providers}1700000000000,1700000000000,,{disabled},,\n")
    };
    let csv = format!("{}{}", line("1", "false"), line("2", "true"));
    let read = rows_of("users.csv", csv.as_bytes(), |source| source.firebase = Some(config));
    let fields: Vec<&Fields> = read.iter().map(|row| &row.as_ref().unwrap().fields).collect();
    assert_eq!(fields[0].username.as_deref(), Some("1@example.com"));
    assert_eq!(
        fields[0].hash.as_deref(),
        Some("$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=sk+k==$bb==$aa+/")
    );
    assert_eq!((fields[0].disabled, fields[1].disabled), (false, true));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    /// Whatever stands in a file is read, refused or told, and nothing panics.
    #[test]
    fn hostile_files_of_every_format_are_read_to_their_end(
        text in "[\\[\\]{}\":,;\t\n a-e0-9\\\\$#=-]{0,120}",
        begin in proptest::sample::select(vec!["", "dn: ", "username,hash\n", "[{\"username\":", "{\"users\":[{\"localId\":1", "{\"realm\":\"r\",\"users\":[", "a:b\n"]),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, format!("{begin}{text}")).unwrap();
        for format in <Format as clap::ValueEnum>::value_variants() {
            let source = Source {
                path: path.clone(),
                format: Some(*format),
                firebase: Some(FirebaseConfig::assumed()),
                ..Source::default()
            };
            let Ok(opened) = source.open() else { continue };
            let Ok(opened) = opened.chosen() else { continue };
            let mut survey = Survey::default();
            let _ = opened.read(To::Survey(&mut survey));
            let _ = survey.telling();
        }
    }

    /// A table is the same users, whatever parts its columns.
    #[test]
    fn the_delimiter_is_found(
        names in proptest::collection::vec("[a-z]{1,8}", 1..20),
        delimiter in proptest::sample::select(vec![',', ';', '\t', '|']),
    ) {
        let header = format!("username{delimiter}password_hash");
        let lines: Vec<String> = names.iter().map(|name| format!("{name}{delimiter}x")).collect();
        let read = rows("users.csv", &format!("{header}\n{}\n", lines.join("\n")));
        let found: Vec<_> = read.iter().filter_map(|row| row.as_ref().ok()?.fields.username.clone()).collect();
        proptest::prop_assert_eq!(found, names);
    }
}
