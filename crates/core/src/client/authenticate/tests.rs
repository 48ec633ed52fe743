use std::time::Duration;

use portcullis_jose::{Algorithm, Audience, SigningKey, VerifyError};
use zeroize::Zeroizing;

use super::*;
use crate::client::{MemoryClients, NewClient, ProofMethod};
use crate::clock::ManualClock;
use crate::secrets::Secrets;

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://login.example.com";
const ENDPOINT: &str = "https://login.example.com/token";

struct Scene {
    clients: Clients,
    clock: ManualClock,
    key: SigningKey,
    /// That of `shop`.
    secret: Zeroizing<String>,
}

/// `shop` has a secret, `job` a key, `app` is public.
async fn scene() -> Scene {
    let clock = ManualClock::at(NOW);
    let clients = Clients::new(MemoryClients::new(), Secrets::of_one([7; 32]))
        .with_clock(clock.clone())
        .with_audiences([ISSUER, ENDPOINT]);
    let shop = clients.add(NewClient::named("shop")).await.unwrap();
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let job = NewClient {
        keys: key.verifying_key().to_jwk(),
        ..NewClient::named("job")
    };
    clients.add(job).await.unwrap();
    let app = NewClient {
        public: true,
        ..NewClient::named("app")
    };
    clients.add(app).await.unwrap();
    Scene {
        clients,
        clock,
        key,
        secret: shop.secret.unwrap(),
    }
}

fn secret(id: &str, secret: &str) -> ClientProof {
    ClientProof::Secret {
        id: id.to_owned(),
        secret: Zeroizing::new(secret.to_owned()),
        method: ProofMethod::Basic,
    }
}

fn assertion(token: String) -> ClientProof {
    ClientProof::Assertion { id: None, token }
}

/// The claims of a good assertion of `job`.
fn claims(jti: &str) -> portcullis_jose::Claims<()> {
    let mut claims = portcullis_jose::Claims::new(());
    claims.iss = Some("job".to_owned());
    claims.sub = Some("job".to_owned());
    claims.aud = Some(ISSUER.to_owned()).into();
    claims.exp = Some((NOW + 300).into());
    claims.iat = Some(NOW.into());
    claims.jti = Some(jti.to_owned());
    claims
}

impl Scene {
    async fn refused(&self, proof: &ClientProof) -> ClientAuthError {
        self.clients.authenticate(proof).await.expect_err("refused")
    }

    async fn assert_refused(&self, change: impl Fn(&mut portcullis_jose::Claims<()>), expected: VerifyError) {
        let mut said = claims("refused");
        change(&mut said);
        let refused = self.refused(&assertion(self.key.sign("JWT", &said).unwrap())).await;
        assert!(
            matches!(&refused, ClientAuthError::Assertion(error) if *error == expected),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_are_refused() {
    let scene = scene().await;
    for wrong in ["", "pcs_", &scene.secret[..50], &format!("{}x", *scene.secret)] {
        let refused = scene.refused(&secret("shop", wrong)).await;
        assert!(matches!(refused, ClientAuthError::WrongSecret), "{refused:?}");
    }
    for id in ["", "Shop", "shop ", "nobody", "\0", &"x".repeat(10_000)] {
        let refused = scene.refused(&secret(id, &scene.secret)).await;
        assert!(matches!(refused, ClientAuthError::Unknown), "{refused:?}");
    }
}

#[tokio::test]
async fn a_confidential_client_proves_itself_in_its_own_way() {
    let scene = scene().await;
    for id in ["shop", "job"] {
        let refused = scene.refused(&ClientProof::None { id: id.to_owned() }).await;
        assert!(matches!(refused, ClientAuthError::Unproven), "{refused:?}");
    }
    let refused = scene.refused(&secret("job", &scene.secret)).await;
    assert!(matches!(refused, ClientAuthError::OtherMethod), "{refused:?}");
    let mut said = claims("1");
    (said.iss, said.sub) = (Some("shop".to_owned()), Some("shop".to_owned()));
    let refused = scene.refused(&assertion(scene.key.sign("JWT", &said).unwrap())).await;
    assert!(matches!(refused, ClientAuthError::OtherMethod), "{refused:?}");
}

#[tokio::test]
async fn a_public_client_brings_no_proof() {
    let scene = scene().await;
    let refused = scene.refused(&secret("app", &scene.secret)).await;
    assert!(matches!(refused, ClientAuthError::Public), "{refused:?}");
    let mut said = claims("1");
    (said.iss, said.sub) = (Some("app".to_owned()), Some("app".to_owned()));
    let refused = scene.refused(&assertion(scene.key.sign("JWT", &said).unwrap())).await;
    assert!(matches!(refused, ClientAuthError::Public), "{refused:?}");
}

#[tokio::test]
async fn a_disabled_client_is_refused_with_the_best_of_proofs() {
    let scene = scene().await;
    for id in ["shop", "job", "app"] {
        scene.clients.disable(id).await.unwrap();
    }
    let job = assertion(scene.key.sign("JWT", &claims("1")).unwrap());
    let app = ClientProof::None { id: "app".to_owned() };
    for proof in [secret("shop", &scene.secret), job, app] {
        let refused = scene.refused(&proof).await;
        assert!(matches!(refused, ClientAuthError::Disabled), "{refused:?}");
    }
}

#[tokio::test]
async fn a_secret_that_was_right_a_moment_ago_is_refused_as_soon_as_this_process_takes_it_back() {
    let scene = scene().await;
    let right = secret("shop", &scene.secret);
    scene.clients.authenticate(&right).await.unwrap();
    scene.clients.add_secret("shop").await.unwrap();
    scene.clients.authenticate(&right).await.unwrap();
    scene.clients.drop_secret("shop").await.unwrap();
    let refused = scene.refused(&right).await;
    assert!(matches!(refused, ClientAuthError::WrongSecret), "{refused:?}");
}

#[tokio::test]
async fn what_another_process_changes_holds_after_a_moment_whichever_way_the_clock_goes() {
    let [on, back] = [
        |clock: &ManualClock| clock.advance(Duration::from_millis(20)),
        |clock: &ManualClock| clock.set(NOW - 1),
    ];
    for moves in [on, back] {
        let store = MemoryClients::new();
        let clock = ManualClock::at(NOW);
        let [here, elsewhere] =
            [(); 2].map(|()| Clients::new(store.clone(), Secrets::of_one([7; 32])).with_clock(clock.clone()));
        let text = here.add(NewClient::named("shop")).await.unwrap().secret.unwrap();
        let right = secret("shop", &text);
        here.authenticate(&right).await.unwrap();
        elsewhere.disable("shop").await.unwrap();
        moves(&clock);
        let refused = here.authenticate(&right).await.err();
        assert!(matches!(refused, Some(ClientAuthError::Disabled)), "{refused:?}");
    }
}

#[tokio::test]
async fn an_assertion_that_says_anything_else_is_refused() {
    let scene = scene().await;
    let other = || Some("shop".to_owned());
    scene
        .assert_refused(|said| said.iss = other(), VerifyError::Issuer)
        .await;
    scene
        .assert_refused(|said| said.iss = None, VerifyError::Missing("iss".into()))
        .await;
    scene
        .assert_refused(|said| said.sub = None, VerifyError::Missing("sub".into()))
        .await;
    scene
        .assert_refused(|said| said.aud = other().into(), VerifyError::Audience)
        .await;
    scene
        .assert_refused(
            |said| said.aud = Audience::default(),
            VerifyError::Missing("aud".into()),
        )
        .await;
    scene
        .assert_refused(|said| said.exp = None, VerifyError::Missing("exp".into()))
        .await;
    scene
        .assert_refused(|said| said.exp = Some(NOW.into()), VerifyError::Expired)
        .await;
    scene
        .assert_refused(|said| said.nbf = Some((NOW + 61).into()), VerifyError::NotYet)
        .await;
    scene
        .assert_refused(|said| said.iat = Some((NOW + 61).into()), VerifyError::FromTheFuture)
        .await;
    scene
        .assert_refused(|said| said.jti = None, VerifyError::Missing("jti".into()))
        .await;
    scene
        .assert_refused(
            |said| said.jti = Some(String::new()),
            VerifyError::Missing("jti".into()),
        )
        .await;
}

#[tokio::test]
async fn an_assertion_is_good_for_five_minutes_at_most() {
    let scene = scene().await;
    let mut said = claims("1");
    said.exp = Some((NOW + 301).into());
    let refused = scene.refused(&assertion(scene.key.sign("JWT", &said).unwrap())).await;
    assert!(matches!(refused, ClientAuthError::TooLong), "{refused:?}");
}

#[tokio::test]
async fn a_forged_assertion_is_refused_whoever_it_names() {
    let scene = scene().await;
    let forger = SigningKey::generate(Algorithm::ES256).unwrap();
    let refused = scene
        .refused(&assertion(forger.sign("JWT", &claims("1")).unwrap()))
        .await;
    assert!(
        matches!(refused, ClientAuthError::Assertion(VerifyError::Signature)),
        "{refused:?}"
    );
    let mut said = claims("1");
    (said.iss, said.sub) = (Some("nobody".to_owned()), Some("nobody".to_owned()));
    let refused = scene.refused(&assertion(forger.sign("JWT", &said).unwrap())).await;
    assert!(matches!(refused, ClientAuthError::Unknown), "{refused:?}");
    let public = scene.key.verifying_key().to_jwk().unwrap();
    let shared = SigningKey::hs256(&public.as_bytes()[..60]).unwrap();
    let refused = scene
        .refused(&assertion(shared.sign("JWT", &claims("1")).unwrap()))
        .await;
    assert!(
        matches!(refused, ClientAuthError::Assertion(VerifyError::Algorithm)),
        "{refused:?}"
    );
    for text in ["", "a.b.c", "..", "x"] {
        let refused = scene.refused(&assertion(text.to_owned())).await;
        assert!(matches!(refused, ClientAuthError::Assertion(_)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_token_of_another_kind_is_no_assertion() {
    let scene = scene().await;
    for typ in ["at+jwt", "entity+jwt", "logout+jwt"] {
        let refused = scene
            .refused(&assertion(scene.key.sign(typ, &claims("1")).unwrap()))
            .await;
        assert!(
            matches!(refused, ClientAuthError::Assertion(VerifyError::Typ)),
            "{typ}: {refused:?}"
        );
    }
    for (jti, typ) in ["JWT", "client-authentication+jwt"].into_iter().enumerate() {
        let token = scene.key.sign(typ, &claims(&jti.to_string())).unwrap();
        assert!(scene.clients.authenticate(&assertion(token)).await.is_ok(), "{typ}");
    }
}

#[tokio::test]
async fn another_client_id_beside_an_assertion_is_refused() {
    let scene = scene().await;
    let token = scene.key.sign("JWT", &claims("1")).unwrap();
    let beside = |id: &str| ClientProof::Assertion {
        id: Some(id.to_owned()),
        token: token.clone(),
    };
    let refused = scene.refused(&beside("shop")).await;
    assert!(matches!(refused, ClientAuthError::OtherClient), "{refused:?}");
    assert_eq!(
        scene.clients.authenticate(&beside("job")).await.unwrap().id.as_ref(),
        "job"
    );
}

#[tokio::test]
async fn an_assertion_is_used_once() {
    let scene = scene().await;
    let token = assertion(scene.key.sign("JWT", &claims("1")).unwrap());
    assert!(scene.clients.authenticate(&token).await.is_ok());
    let mut shorter = claims("1");
    shorter.exp = Some((NOW + 60).into());
    for again in [token, assertion(scene.key.sign("JWT", &shorter).unwrap())] {
        let refused = scene.refused(&again).await;
        assert!(matches!(refused, ClientAuthError::UsedAgain), "{refused:?}");
    }
    scene.clock.advance(Duration::from_secs(299));
    let refused = scene
        .refused(&assertion(scene.key.sign("JWT", &claims("1")).unwrap()))
        .await;
    assert!(matches!(refused, ClientAuthError::UsedAgain), "{refused:?}");
}

#[tokio::test]
async fn an_assertion_that_is_not_good_uses_nothing_up() {
    let scene = scene().await;
    let forger = SigningKey::generate(Algorithm::ES256).unwrap();
    scene
        .refused(&assertion(forger.sign("JWT", &claims("1")).unwrap()))
        .await;
    let token = scene.key.sign("JWT", &claims("1")).unwrap();
    assert!(scene.clients.authenticate(&assertion(token)).await.is_ok());
}

#[tokio::test]
async fn where_no_audience_is_known_no_assertion_is_taken() {
    let scene = scene().await;
    let nowhere = scene.clients.clone().with_audiences(Vec::<String>::new());
    let token = assertion(scene.key.sign("JWT", &claims("1")).unwrap());
    assert!(nowhere.authenticate(&token).await.is_err());
    assert!(scene.clients.authenticate(&token).await.is_ok());
}

#[tokio::test]
async fn each_client_is_believed_in_its_own_way() {
    let scene = scene().await;
    let second = scene.clients.add_secret("shop").await.unwrap().secret.unwrap();
    let mut said = claims("2");
    said.aud = vec!["https://elsewhere.example.com".to_owned(), ENDPOINT.to_owned()].into();
    let app = ClientProof::None { id: "app".to_owned() };
    for (proof, id) in [
        (secret("shop", &scene.secret), "shop"),
        (secret("shop", &second), "shop"),
        (assertion(scene.key.sign("JWT", &claims("1")).unwrap()), "job"),
        (assertion(scene.key.sign("JWT", &said).unwrap()), "job"),
        (app, "app"),
        (secret("app", ""), "app"),
    ] {
        assert_eq!(scene.clients.authenticate(&proof).await.unwrap().id.as_ref(), id);
    }
}
