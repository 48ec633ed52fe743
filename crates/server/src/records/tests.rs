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
    let mut receiver = source.start().unwrap();
    let mut all = Vec::new();
    while let Some(rows) = receiver.blocking_recv() {
        all.extend(rows);
    }
    all
}

fn rows(name: &str, text: &str) -> Vec<Row> {
    rows_of(name, text.as_bytes(), |_| {})
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
         "credentials":[{"type":"otp"},{"type":"password","secretData":"{\"value\":\"v\"}","credentialData":"{}","x":1}]},
        {"username":"old","credentials":[{"type":"password","hashedSaltedValue":"v"}]}, 7, {"username":"none"}]}"#;
    let read = rows("realm.json", realm);
    let john = &read[0].as_ref().unwrap().fields;
    assert_eq!(
        (john.full_name.as_deref(), john.scopes.as_deref(), john.disabled),
        (Some("John Doe"), Some("editor"), true)
    );
    let hash: serde_json::Value = serde_json::from_str(john.hash.as_deref().unwrap()).unwrap();
    let expected = serde_json::json!({"type": "password", "credentialData": "{}", "secretData": "{\"value\":\"v\"}"});
    assert_eq!(hash, expected);
    assert_eq!(reasons(&read)[0].0, 2);
    assert_eq!(reasons(&read)[1], (3, "it is no user as such an export has them"));
    assert!(read[3].as_ref().unwrap().fields.hash.is_none());
    let cut = rows("realm.json", &realm[..200]);
    assert!(cut.last().unwrap().as_ref().unwrap_err().is_last);
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
}
