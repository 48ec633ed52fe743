use super::*;

fn env(pairs: &[(&str, &str)]) -> std::vec::IntoIter<(OsString, OsString)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect::<Vec<_>>()
        .into_iter()
}

fn file(text: &str) -> (tempfile::TempDir, Given) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(CONFIG_FILE), text).expect("written");
    let given = Given {
        config: None,
        values: vec![given("data", folder.path())],
    };
    (folder, given)
}

#[test]
fn an_unknown_key_names_the_file_and_the_nearest_known_one() {
    let (folder, given) = file("access_token_minuts = 5\n");
    let text = given.settings_with(env(&[])).expect_err("refused").to_string();
    assert!(
        text.contains("`access_token_minuts`") && text.contains("nearest is access_token_minutes"),
        "{text}"
    );
    assert!(
        text.contains(&folder.path().join(CONFIG_FILE).display().to_string()),
        "{text}"
    );
}

#[test]
fn an_unknown_variable_names_the_nearest_known_one() {
    let text = Given::default()
        .settings_with(env(&[("PORTCULLIS_LISTN", "x")]))
        .expect_err("refused")
        .to_string();
    assert!(
        text.contains("PORTCULLIS_LISTN is no setting") && text.contains("PORTCULLIS_LISTEN"),
        "{text}"
    );
}

#[test]
fn a_wrong_type_says_the_key_and_where_it_stands() {
    for (line, key) in [
        ("docs = \"yes\"", "docs"),
        ("access_token_minutes = \"30\"", "access_token_minutes"),
        ("listen = 8000", "listen"),
    ] {
        let (folder, given) = file(line);
        let failure = given.settings_with(env(&[])).expect_err("refused");
        let text = failure.to_string();
        assert!(
            text.contains(&format!("`{key}`")) && text.contains(&folder.path().display().to_string()),
            "{text}"
        );
        assert_eq!(failure.code(), 2);
    }
    let variable = [("PORTCULLIS_ACCESS_TOKEN_MINUTES", "0")];
    let text = Given::default()
        .settings_with(env(&variable))
        .expect_err("refused")
        .to_string();
    assert!(
        text.contains("PORTCULLIS_ACCESS_TOKEN_MINUTES is \"0\"") && text.contains("from 1 to 1440"),
        "{text}"
    );
    let flag = Given {
        config: None,
        values: vec![given("listen", "nowhere")],
    };
    let text = flag.settings_with(env(&[])).expect_err("refused").to_string();
    assert!(text.contains("--listen is \"nowhere\""), "{text}");
}

#[test]
fn a_file_that_is_no_toml_says_the_line() {
    let (_folder, given) = file("docs = true\n\nlisten = = 3\n");
    let text = given.settings_with(env(&[])).expect_err("refused").to_string();
    assert!(text.contains("line 3"), "{text}");
}

#[test]
fn a_file_that_was_named_must_be_there_and_one_that_was_not_need_not() {
    let missing = Given {
        config: Some("/nonexistent/portcullis.toml".into()),
        values: vec![],
    };
    assert!(missing.settings_with(env(&[])).is_err());
    let nowhere = Given {
        config: None,
        values: vec![given("data", "/nonexistent")],
    };
    assert_eq!(
        nowhere.settings_with(env(&[])).expect("defaults").data,
        PathBuf::from("/nonexistent")
    );
}

#[test]
fn the_file_in_the_data_folder_cannot_move_the_data_folder() {
    let (_folder, given) = file("data = \"elsewhere\"\n");
    assert!(given.settings_with(env(&[])).is_err());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("some.toml");
    std::fs::write(&path, "data = \"elsewhere\"\n").expect("written");
    let settings = Given {
        config: Some(path),
        values: vec![],
    }
    .settings_with(env(&[]))
    .expect("taken");
    assert_eq!(settings.data, folder.path().join("elsewhere"));
}

#[test]
fn flags_go_before_the_environment_and_that_before_the_file() {
    let (_folder, mut given_) = file("issuer = \"file\"\naudience = \"file\"\nanswers = \"fastapi\"\n");
    given_.values.push(given("issuer", "flag"));
    let variables = [("PORTCULLIS_ISSUER", "variable"), ("PORTCULLIS_AUDIENCE", "variable")];
    let settings = given_.settings_with(env(&variables)).expect("taken");
    assert_eq!(
        (settings.issuer.as_str(), settings.audience.as_str()),
        ("flag", "variable")
    );
    assert_eq!(settings.answers, AnswersName::Fastapi);
}

#[test]
fn what_an_orchestrator_sets_for_a_service_of_our_name_is_no_error() {
    let set = [
        ("PORTCULLIS_SERVICE_HOST", "10.0.0.1"),
        ("PORTCULLIS_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
    ];
    assert_eq!(
        Given::default().settings_with(env(&set)).expect("taken").listen,
        Settings::default().listen
    );
}

#[test]
fn the_sample_sets_nothing_and_its_lines_are_the_defaults() {
    let (folder, given) = file(&sample());
    let mut defaults = Settings {
        data: folder.path().into(),
        ..Settings::default()
    };
    assert_eq!(given.settings_with(env(&[])).expect("taken"), defaults);
    let uncommented: String = sample().lines().map(|line| format!("{}\n", uncomment(line))).collect();
    let (folder, given) = file(&uncommented);
    let settings = given.settings_with(env(&[])).expect("taken");
    (defaults.hashing_threads, defaults.hashing_queue) = (settings.hashing_threads, settings.hashing_queue);
    defaults.hashing_memory_mib = settings.hashing_memory_mib;
    assert!(defaults.hashing_threads.is_some() && defaults.hashing_memory_mib.is_some());
    assert_eq!(
        settings,
        Settings {
            data: folder.path().into(),
            ..defaults
        }
    );
}

fn uncomment(line: &str) -> &str {
    line.strip_prefix('#')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
        .unwrap_or(line)
}
