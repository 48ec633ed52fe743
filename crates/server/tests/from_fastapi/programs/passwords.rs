use portcullis::core::password::{HashError, HashString, Password, Passwords, Verdict};

#[test]
fn an_older_hash_is_read_and_made_anew() -> Result<(), HashError> {
    let context = Passwords::recommended();
    let old = "$pbkdf2-sha256$29000$CqH0nnNuTWktBcC4dw6htA$l4yIZk383.nJf0kvKeFD8EuR/Up01t9Ctc2SErUl.Jk";
    let (old, secret) = (HashString::new(old), Password::from("secret"));
    assert_eq!(context.identify(&old), Some("pbkdf2_sha256"));
    assert!(context.needs_update(&old));
    assert_eq!(context.verify(&Password::from("wrong"), Some(&old))?, Verdict::Mismatch);
    assert_eq!(context.verify(&secret, Some(&old))?, Verdict::Outdated);

    let new = context.hash(&secret)?;
    assert_eq!(context.identify(&new), Some("argon2"));
    assert_eq!(context.verify(&secret, Some(&new))?, Verdict::Match);
    Ok(())
}
