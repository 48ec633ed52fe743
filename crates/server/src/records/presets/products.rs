//! Tables and exports of products.

use super::{ANY, ANY_NAME, BARRED, BARRED_UNTIL, EMPTY, GOOD, GOOD_UNTIL, Preset};
use crate::records::Format;
use crate::records::field::Field;
use crate::records::states::State;

pub(super) const ALL: &[Preset] = &[
    Preset {
        name: "auth0",
        title: "Auth0",
        marks: &[
            "passwordHash email_verified",
            "connection tenant email",
            "custom_password_hash.hash.value",
        ],
        columns: &[
            (Field::Username, "username"),
            (Field::Email, "email"),
            (Field::FullName, "name"),
            (
                Field::Hash,
                "passwordHash password_hash custom_password_hash.hash.value",
            ),
            (Field::Salt, "custom_password_hash.salt.value"),
            (BARRED, "blocked"),
        ],
        harmless: "custom_password_hash.salt.encoding custom_password_hash.salt.position",
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "clerk",
        title: "Clerk",
        marks: &["password_digest password_hasher"],
        columns: &[
            (Field::Username, "username"),
            (Field::Email, "primary_email_address email_address"),
            (Field::Hash, "password_digest"),
            (Field::Algorithm, "password_hasher"),
            (BARRED, "banned locked"),
        ],
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "discourse",
        title: "Discourse",
        marks: &["username_lower password_hash", "username suspended_till"],
        columns: &[
            (Field::FullName, "name"),
            (Field::Hash, "password_hash"),
            (Field::Algorithm, "password_algorithm"),
            (GOOD, "active"),
            (BARRED_UNTIL, "suspended_till"),
        ],
        harmless: "suspended_at",
        schemes: &["discourse_pbkdf2"],
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "drupal",
        title: "Drupal",
        marks: &["uid name pass status"],
        columns: &[
            (Field::Username, "name"),
            (Field::Email, "mail"),
            (Field::Hash, "pass"),
            (GOOD, "status"),
        ],
        harmless: "default_langcode",
        log_in: ANY_NAME,
        ..EMPTY
    },
    Preset {
        name: "firebase",
        title: "Firebase Authentication",
        format: Some(Format::Firebase),
        columns: &[
            (Field::Email, "email"),
            (Field::Username, "localId"),
            (Field::FullName, "displayName"),
            (BARRED, "disabled"),
            (Field::Hash, "passwordHash"),
            (Field::Salt, "salt"),
        ],
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "gitea",
        title: "Gitea and Forgejo",
        marks: &["passwd passwd_hash_algo", "passwd lower_name"],
        columns: &[
            (Field::Username, "name"),
            (Field::FullName, "full_name"),
            (Field::Hash, "passwd"),
            (Field::Salt, "salt"),
            (Field::Algorithm, "passwd_hash_algo"),
            (GOOD, "is_active"),
            (BARRED, "prohibit_login"),
            // Neither organisations nor robots.
            (Field::State(State::OneOf(&["0"])), "type"),
        ],
        schemes: &["gitea_pbkdf2"],
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "grafana",
        title: "Grafana",
        marks: &[
            "login password salt is_admin",
            "login password salt is_disabled",
            "login password salt rands",
        ],
        columns: &[
            (Field::Username, "login"),
            (Field::FullName, "name"),
            (Field::Hash, "password"),
            (Field::Salt, "salt"),
            (BARRED, "is_disabled"),
        ],
        schemes: &["grafana_pbkdf2"],
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "joomla",
        title: "Joomla",
        marks: &["username password block"],
        columns: &[
            (Field::Username, "username"),
            (Field::FullName, "name"),
            (Field::Hash, "password"),
            (BARRED, "block"),
        ],
        schemes: &["joomla_md5"],
        log_in: ANY_NAME,
        ..EMPTY
    },
    Preset {
        name: "keycloak",
        title: "Keycloak",
        format: Some(Format::Keycloak),
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "ldap",
        title: "a directory (LDAP)",
        format: Some(Format::Ldif),
        columns: &[
            (Field::Username, "uid sAMAccountName"),
            (Field::Email, "mail"),
            (Field::FullName, "displayName cn"),
            (Field::Hash, "userPassword"),
            (
                BARRED,
                "nsAccountLock ds-pwp-account-disabled msDS-UserAccountDisabled ibm-pwdAccountLocked lockedByIntruder loginDisabled",
            ),
            (Field::State(State::Set), "pwdAccountLockedTime"),
            (GOOD_UNTIL, "accountExpires shadowExpire krbPrincipalExpiration"),
            (Field::State(State::OneOf(&["active"])), "zimbraAccountStatus"),
            (Field::State(State::Letter(&['D', 'L'])), "sambaAcctFlags"),
            (Field::State(State::Bit(2)), "userAccountControl"),
        ],
        log_in: ANY_NAME,
        ..EMPTY
    },
    Preset {
        name: "mattermost",
        title: "Mattermost",
        marks: &["username password deleteat"],
        columns: &[
            (Field::Username, "username"),
            (Field::Hash, "password"),
            (BARRED, "deleteat"),
            (Field::Scopes, "roles"),
        ],
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "moodle",
        title: "Moodle",
        marks: &["username password mnethostid", "username password suspended deleted"],
        columns: &[
            (Field::Username, "username"),
            (Field::Hash, "password"),
            (BARRED, "deleted suspended"),
            (GOOD, "confirmed"),
            (Field::State(State::NoneOf(&["nologin"])), "auth"),
        ],
        log_in: ANY_NAME,
        ..EMPTY
    },
    Preset {
        name: "portcullis",
        title: "portcullis user export",
        marks: &["username password_hash token_epoch"],
        columns: &[
            (Field::Id, "id"),
            (Field::TokenEpoch, "token_epoch"),
            (Field::Logins, "logins"),
        ],
        is_own: true,
        ..EMPTY
    },
    Preset {
        name: "redmine",
        title: "Redmine",
        marks: &["login hashed_password salt"],
        columns: &[
            (Field::Username, "login"),
            (Field::Hash, "hashed_password"),
            (Field::Salt, "salt"),
            (Field::State(State::OneOf(&["1"])), "status"),
        ],
        schemes: &["redmine_sha1"],
        log_in: ANY_NAME,
        ..EMPTY
    },
    Preset {
        name: "supabase",
        title: "Supabase (auth.users)",
        marks: &[
            "encrypted_password banned_until",
            "encrypted_password raw_app_meta_data",
        ],
        columns: &[
            (Field::Email, "email"),
            (Field::Hash, "encrypted_password"),
            (BARRED_UNTIL, "banned_until"),
            (BARRED, "deleted_at"),
        ],
        harmless: "email_change_confirm_status",
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "typo3",
        title: "TYPO3 (fe_users, be_users)",
        marks: &["username password disable endtime"],
        columns: &[
            (Field::Username, "username"),
            (Field::FullName, "name realName"),
            (Field::Hash, "password"),
            (BARRED, "deleted disable"),
            (BARRED_UNTIL, "starttime"),
            (GOOD_UNTIL, "endtime"),
        ],
        harmless: "disableIPlock",
        log_in: ANY_NAME,
        ..EMPTY
    },
    Preset {
        name: "wordpress",
        title: "WordPress (wp_users)",
        marks: &["user_login user_pass"],
        columns: &[
            (Field::Username, "user_login"),
            (Field::Email, "user_email"),
            (Field::FullName, "display_name"),
            (Field::Hash, "user_pass"),
            (BARRED, "spam deleted"),
        ],
        harmless: "user_status",
        log_in: ANY,
        ..EMPTY
    },
];
