//! That nobody changes a step that was released: whoever carried it out would have other tables, and would not be let in.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::own::{accounts, api_keys, audit, clients, keys, revocations, secrets, sessions, throttle};
#[cfg(feature = "postgres")]
use crate::postgres::steps;

/// The steps of each table, and the SHA-256 of each as it was released.
const RELEASED: &[(&[&str], &[&str])] = &[
    (
        accounts::SQLITE,
        &[
            "97beca76e3a5e381f4b05fdf136f7946f987bc2e7c0bf11b730b7ff65e4b0fe8",
            "2b6addfc51482b797da05bf9ae7c6f82bcf9cbe2a4937330894919fb3d19f0d4",
            "feedce5924aa53aa6a1aa08ec1f91897ab7f8123a76b6037332036aa95f7cc2a",
            "390b96ee2f0ca876f96f18f17fb848fac6258326952aefbaa0d51b1fb0878a18",
            "4e47d4a56a94b546d05ed499bcdff042b901e85d6be359003642c25c458f38d3",
        ],
    ),
    #[cfg(feature = "postgres")]
    (
        accounts::POSTGRES,
        &["55fc52bf5e20b639b4c35237aad57c7197c2ba2a97b02dbb950420c3b6bdaa53"],
    ),
    (
        api_keys::SQLITE,
        &["dd544a3f8662c24f97d02a0024c12578d1b2c587caa377eace64a02117bafa2f"],
    ),
    #[cfg(feature = "postgres")]
    (
        api_keys::POSTGRES,
        &["cab687f26369102cf5b0905a2c6bdf5099846b480256045d470aabf1d70f00bc"],
    ),
    (
        audit::SQLITE,
        &["6cf641ad98db9c2b8bddce27c2782007224bbe0fa7e1db9f72c0c69617dfee0c"],
    ),
    #[cfg(feature = "postgres")]
    (
        audit::POSTGRES,
        &[
            "aa0ae60126f7c79325a028975f5ab6e919308f68b80eb674a22adea6f874da35",
            "6577dd0e2a2e87de7881bc16511b0c7b6997265daf10ec79d9bf8075fbdf6537",
            "bcdb493047bde38b15ea485740fb8cc3910a6bf27d7d862ad386ad69027816b4",
        ],
    ),
    (
        clients::SQLITE,
        &["df80cbca985c67e2f5afed8837259b03e99f5344ddc2cc2f77ddf70a633fd012"],
    ),
    #[cfg(feature = "postgres")]
    (
        clients::POSTGRES,
        &["9325b3c26263f7c7d866a3ad529b1d772ffea5fa8b6ce6116d3b71ccbc85802a"],
    ),
    (
        keys::SQLITE,
        &["377e014bf4cf40e7002fb9245a089404fe1e125885e1d1384710f42ce627d2f3"],
    ),
    #[cfg(feature = "postgres")]
    (
        keys::POSTGRES,
        &["833e7e01dadde94c06830a76c64519d53132727cc5ae3c8330b669c80c274c13"],
    ),
    (
        revocations::SQLITE,
        &["ab743909877c96a1aeb1676cb779aa04e7534babc36085945f8e2e94a89f557d"],
    ),
    #[cfg(feature = "postgres")]
    (
        revocations::POSTGRES,
        &["4bb6918811aff56f9c80a0bd0b8a77bd8c237d5f1dccb31dd8b45898fe5d2ae1"],
    ),
    (
        secrets::SQLITE,
        &["dc525450736bbbbb7eb13bc5d1084eba2c07b86b6178146548e3390893038aa8"],
    ),
    #[cfg(feature = "postgres")]
    (
        secrets::POSTGRES,
        &["7ddcb3037ebaffd699dd3f775b4cd2bc552cd7a12914d68e16005e1f166e5c91"],
    ),
    (
        sessions::SQLITE,
        &["27289ffdd6942e8de0dd6a7205495baff5cdd0672ac383f00034dfc28f875230"],
    ),
    #[cfg(feature = "postgres")]
    (
        sessions::POSTGRES,
        &[
            "0764345b2da2e39130515b9e32936cb3bdeaf5db73d42c84c5298fac69b28157",
            "dd902265a73fd7f4d69e3c4dcbefa1454502e568e10da1925a13426989dabd25",
        ],
    ),
    (
        throttle::SQLITE,
        &["e494bbdb442314a5b1fb688ea12fd70e87894dbbbee301f37e4b5553578d7891"],
    ),
    #[cfg(feature = "postgres")]
    (
        throttle::POSTGRES,
        &["4ed89b51b69e41e3a791e74ddb6507bd72b84ddc60cb8d104362d66cee00daf5"],
    ),
    #[cfg(feature = "foreign")]
    (
        crate::foreign::STEPS,
        &["f8d6b37af5337f9c0661dd418809cb3b3fff32f2bfe953d30450a429ebcd7ae0"],
    ),
    #[cfg(feature = "postgres")]
    (
        steps::FOREIGN_EPOCHS,
        &["9c17aee564ff5153354e7564b2f1043b6355fb0cda1ba984fb69f379851ba6b4"],
    ),
    #[cfg(feature = "postgres")]
    (
        steps::LEASE,
        &["68a88e50ac1fc0366716ee9496ef66274c0425d36d5d1008ba38f68b8eabfba2"],
    ),
    #[cfg(feature = "postgres")]
    (
        steps::NODES,
        &["04ddac4138a0b19ab7ce5727418aba844b4c90804427db11b87d94d002171588"],
    ),
    #[cfg(feature = "postgres")]
    (
        steps::SETUP,
        &["053fe313848906ac1c0ead5dec9e3318e8e509aa5327cf1248a96c09ef92a85d"],
    ),
];

fn digest(step: &str) -> String {
    let digest = Sha256::digest(step);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn no_step_that_was_released_has_changed() {
    for (steps, released) in RELEASED {
        let digests = steps.iter().map(|step| digest(step));
        assert_eq!(&digests.collect::<Vec<_>>(), released);
    }
}

#[cfg(feature = "postgres")]
#[test]
fn every_step_is_among_them() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "sql") {
                let digest = digest(&std::fs::read_to_string(&path).expect("text"));
                let is_listed = RELEASED.iter().any(|(_, released)| released.contains(&&*digest));
                assert!(is_listed, "{}: {digest}", path.display());
                count += 1;
            }
        }
    }
    assert!(count > 20, "{count}");
}
