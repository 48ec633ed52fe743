//! PostgreSQL across TLS: only with a certificate that is trusted.

use std::path::Path;
use std::process::{Command, Stdio};

use super::databases::Database;
use super::support::{command, finish};

/// A certificate for 127.0.0.1 and its key, in the server's folder, as `openssl` makes them.
fn certificate(folder: &Path) -> bool {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-keyout", "server.key", "-out", "server.crt", "-subj", "/CN=database"])
        .args([
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    made.is_ok_and(|made| made.success())
}

#[test]
fn a_certificate_that_is_not_trusted_is_refused() {
    let made = std::cell::Cell::new(false);
    let database = Database::postgres_with(|data| {
        made.set(certificate(data));
        made.get().then_some(&["-c", "ssl=on"][..])
    });
    let Some(database) = database.filter(|_| made.get()) else {
        return;
    };
    let url = format!("{}?sslmode=require", database.url);
    let refused = finish(command(&["adopt", &url]), "").bad(1);
    assert!(
        refused.contains("cannot be opened") && refused.contains("certificate"),
        "{refused}"
    );
    let mut trusting = command(&["adopt", &url]);
    trusting.env("SSL_CERT_FILE", database.data().join("server.crt"));
    let seen = finish(trusting, "").bad(1);
    assert!(seen.contains("are among the tables"), "it was looked at: {seen}");
}
