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
        ("throttle = \"off\"", "throttle"),
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
        ("PORTCULLIS_SERVICE_PORT", "8000"),
        ("PORTCULLIS_SERVICE_PORT_HTTP", "8000"),
        ("PORTCULLIS_PORT", "tcp://10.0.0.1:8000"),
        ("PORTCULLIS_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
        ("PORTCULLIS_PORT_8000_TCP_ADDR", "10.0.0.1"),
        ("PORTCULLIS_PORT_53_UDP_PORT", "53"),
        ("PORTCULLIS_DB_SERVICE_HOST", "10.0.0.2"),
        ("PORTCULLIS_DB_PORT", "tcp://10.0.0.2:5432"),
        ("PORTCULLIS_NAME", "/app/portcullis"),
        ("PORTCULLIS_ENV_PATH", "/usr/bin"),
    ];
    assert_eq!(
        Given::default().settings_with(env(&set)).expect("taken").listen,
        Settings::default().listen
    );
}

#[test]
fn what_only_looks_like_an_orchestrators_is_an_unknown_setting() {
    for (name, value) in [
        ("PORTCULLIS_PORT", "9009"),
        ("PORTCULLIS_HOST", "0.0.0.0"),
        ("PORTCULLIS_BIND", "0.0.0.0:80"),
        ("PORTCULLIS_PORTS", "tcp://10.0.0.1:8000"),
        ("PORTCULLIS_PORT_TCP", "9009"),
        ("PORTCULLIS_NAME", "mine"),
        ("PORTCULLIS_SERVICE", "x"),
    ] {
        let refused = Given::default().settings_with(env(&[(name, value)]));
        let text = refused.expect_err(name).to_string();
        assert!(text.contains(name) && text.contains("is no setting"), "{text}");
        let listens = ["PORT", "HOST", "BIND"]
            .iter()
            .any(|end| name == format!("PORTCULLIS_{end}"));
        assert_eq!(listens, text.contains("nearest is PORTCULLIS_LISTEN"), "{text}");
    }
}

#[test]
fn origins_are_named_exactly_or_the_server_does_not_start() {
    let given = |value: &str| Given {
        values: vec![given("cors_origins", value)],
        ..Given::default()
    };
    for wrong in [
        "*",
        "https://app.example.com/",
        "https://app.example.com/x",
        "null",
        "app.example.com",
        "https://a.example,*",
    ] {
        let error = given(wrong).settings_with(env(&[])).unwrap_err().to_string();
        assert!(
            error.contains("--cors-origins") && error.contains(&format!("{wrong:?}")),
            "{error}"
        );
    }
    let both = Cors::origins(["https://app.example.com", "http://localhost:3000"]).expect("origins");
    let listed = given("https://app.example.com, http://localhost:3000").settings_with(env(&[]));
    assert_eq!(listed.expect("taken").cors_origins.as_ref(), Some(&both));
    let variable = [(
        "PORTCULLIS_CORS_ORIGINS",
        "https://app.example.com http://localhost:3000",
    )];
    let listed = Given::default().settings_with(env(&variable));
    assert_eq!(listed.expect("taken").cors_origins.as_ref(), Some(&both));
    let (_kept, in_file) = file("cors_origins = [\"https://app.example.com\", \"http://localhost:3000\"]\n");
    assert_eq!(in_file.settings_with(env(&[])).expect("taken").cors_origins, Some(both));
    for wrong in [
        "cors_origins = [1]\n",
        "cors_origins = [\"*\"]\n",
        "cors_origins = true\n",
    ] {
        let (_kept, in_file) = file(wrong);
        let error = in_file.settings_with(env(&[])).unwrap_err().to_string();
        assert!(error.contains("`cors_origins`"), "{error}");
    }
}

#[test]
fn the_path_before_ours_is_that_of_the_public_address_or_else_of_the_issuer() {
    for (issuer, public, path) in [
        ("portcullis", None, ""),
        ("https://login.example.com", None, ""),
        ("https://login.example.com/", None, ""),
        ("https://login.example.com/auth", None, "/auth"),
        ("https://login.example.com/auth/", None, "/auth"),
        ("portcullis", Some("http://localhost:8080/a/b"), "/a/b"),
        ("https://login.example.com/auth", Some("https://login.example.com"), ""),
    ] {
        let settings = Settings {
            issuer: issuer.to_owned(),
            public_url: public.map(str::to_owned),
            ..Settings::default()
        };
        assert_eq!(settings.root_path(), path, "{issuer} {public:?}");
    }
    for wrong in [
        "login.example.com",
        "ftp://login.example.com",
        "https://login.example.com?a",
        "https://a@b.example",
        "/auth",
    ] {
        let given = Given {
            values: vec![given("public_url", wrong)],
            ..Given::default()
        };
        assert!(given.settings_with(env(&[])).is_err(), "{wrong}");
    }
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
    defaults.public_url.clone_from(&settings.public_url);
    assert!(settings.database.is_some() && settings.master_key_file.is_some());
    defaults.database.clone_from(&settings.database);
    defaults.master_key_file.clone_from(&settings.master_key_file);
    assert!(settings.watching.metrics.is_some());
    assert_ne!((&settings.scopes, &settings.roles), (&defaults.scopes, &defaults.roles));
    defaults.scopes.clone_from(&settings.scopes);
    defaults.roles.clone_from(&settings.roles);
    defaults.watching.metrics.clone_from(&settings.watching.metrics);
    defaults.audit.anchor.clone_from(&settings.audit.anchor);
    defaults
        .new_passwords
        .breached
        .clone_from(&settings.new_passwords.breached);
    assert_eq!(
        (settings.sessions.settings(), settings.sessions.stale()),
        (defaults.sessions.settings(), defaults.sessions.stale())
    );
    defaults.sessions = settings.sessions.clone();
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
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || matches!(c, '[' | '"')))
        .unwrap_or(line)
}

#[test]
fn proxies_are_networks_of_one_header_and_a_wrong_one_names_its_place() {
    for (name, wrong, expected) in [
        ("trusted_proxies", "10.0.0.1/8", "nothing behind the prefix"),
        ("trusted_proxies", "10.0.0.0/8,localhost", "127.0.0.1, 10.0.0.0/8"),
        ("trusted_proxies", "*", "127.0.0.1, 10.0.0.0/8"),
        ("forwarded_header", "x-real-ip", "x-forwarded-for or forwarded"),
        ("proxy_protocol", "v2", "true or false"),
    ] {
        let given = Given {
            values: vec![given(name, wrong)],
            ..Given::default()
        };
        let text = given.settings_with(env(&[])).expect_err(wrong).to_string();
        let flag = format!("--{}", name.replace('_', "-"));
        assert!(text.contains(&flag) && text.contains(expected), "{text}");
    }
    let networks = ["10.0.0.0/8", "::1"].map(|network| network.parse().expect("a network"));
    let expected = portcullis::TrustedProxies::new(networks)
        .header(portcullis::ForwardedHeader::Forwarded)
        .proxy_protocol();
    let text = "trusted_proxies = [\"10.0.0.0/8\", \"::1\"]\nforwarded_header = \"forwarded\"\nproxy_protocol = true\n";
    let (_kept, in_file) = file(text);
    let variables = [
        ("PORTCULLIS_TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("PORTCULLIS_FORWARDED_HEADER", "forwarded"),
        ("PORTCULLIS_PROXY_PROTOCOL", "true"),
    ];
    for settings in [
        in_file.settings_with(env(&[])),
        Given::default().settings_with(env(&variables)),
    ] {
        assert_eq!(settings.expect("taken").trusted_proxies().expect("good"), expected);
    }
    assert_eq!(
        Settings::default().trusted_proxies().expect("good"),
        portcullis::TrustedProxies::default()
    );
    let alone = Given::default().settings_with(env(&[("PORTCULLIS_PROXY_PROTOCOL", "true")]));
    let text = alone
        .expect("taken")
        .trusted_proxies()
        .expect_err("refused")
        .to_string();
    assert!(text.contains("trusted_proxies"), "{text}");
}

#[test]
fn a_database_is_named_by_a_url_and_a_wrong_one_is_not_repeated() {
    for wrong in [
        "",
        "portcullis",
        "postgres:host",
        "postgre://app:hunter2@db.example/app",
        "mysql://app:hunter2@db.example/app",
        "sqlite:/srv/hunter2",
    ] {
        let (_folder, in_file) = file(&format!("database = \"{wrong}\"\n"));
        for settings in [
            in_file.settings_with(env(&[])),
            Given::default().settings_with(env(&[("PORTCULLIS_DATABASE", wrong)])),
        ] {
            let failure = settings.expect_err(wrong);
            let text = failure.to_string();
            assert!(text.contains("postgres://") && !text.contains("hunter2"), "{text}");
            assert_eq!(failure.code(), 2);
        }
    }
    let url = "postgresql://app:hunter2@db.example:5432/app?sslmode=require&password=hunter2";
    let settings = Given::default().settings_with(env(&[("PORTCULLIS_DATABASE", url)]));
    let settings = settings.expect("taken");
    assert_eq!(settings.database.as_ref().map(DatabaseUrl::whole), Some(url));
    let printed = format!("{settings:#?}");
    assert!(
        printed.contains("postgres://db.example:5432/app") && !printed.contains("hunter2"),
        "{printed}"
    );
}

#[test]
fn beside_a_database_paths_are_as_seen_from_the_data_folder_if_there_is_one() {
    let url = ("PORTCULLIS_DATABASE", "postgres://db.example/app");
    let none = Given::default().settings_with(env(&[url])).expect("taken");
    assert_eq!(none.data, PathBuf::new());
    let named = env(&[url, ("PORTCULLIS_DATA", "portcullis-data")]);
    let named = Given::default().settings_with(named).expect("taken");
    assert_eq!(named.data, PathBuf::from("portcullis-data"));
    let (folder, given) = file("database = \"postgres://db.example/app\"\n");
    assert_eq!(given.settings_with(env(&[])).expect("taken").data, folder.path());
}
