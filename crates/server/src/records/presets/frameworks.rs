//! Tables that frameworks make.

use super::{ANY, ANY_NAME, BARRED, BARRED_UNTIL, EMPTY, GOOD, NAME_OR_EMAIL, Preset};
use crate::records::field::Field;
use crate::records::states::State;

pub(super) const ALL: &[Preset] = &[
    Preset {
        name: "aspnet-identity",
        title: "ASP.NET Core Identity (AspNetUsers)",
        marks: &["NormalizedUserName", "PasswordHash SecurityStamp"],
        columns: &[
            (Field::Username, "UserName NormalizedUserName"),
            (Field::Hash, "PasswordHash"),
            (BARRED_UNTIL, "LockoutEnd LockoutEndDateUtc"),
        ],
        harmless: "LockoutEnabled",
        log_in: ANY_NAME,
        ..EMPTY
    },
    Preset {
        name: "authlogic",
        title: "Authlogic (Rails)",
        marks: &["crypted_password persistence_token", "crypted_password password_salt"],
        columns: &[
            (Field::Username, "login username"),
            (Field::Hash, "crypted_password"),
            (Field::Salt, "password_salt pw_salt salt"),
            (GOOD, "active approved confirmed"),
        ],
        schemes: &[
            "authlogic_scrypt",
            "authlogic_sha512",
            "authlogic_bcrypt",
            "authlogic_sha256",
            "authlogic_sha1",
            "authlogic_md5",
        ],
        log_in: ANY_NAME,
        ..EMPTY
    },
    Preset {
        name: "devise",
        title: "Devise (Rails)",
        marks: &[
            "encrypted_password reset_password_token",
            "encrypted_password remember_created_at",
            "encrypted_password sign_in_count",
        ],
        columns: &[
            (Field::Hash, "encrypted_password"),
            (BARRED, "locked_at deleted_at disabled"),
        ],
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "django",
        title: "Django",
        marks: &["password is_superuser is_staff", "password is_staff date_joined"],
        columns: &[
            (Field::Username, "username"),
            (Field::Hash, "password"),
            (GOOD, "is_active"),
        ],
        ..EMPTY
    },
    Preset {
        name: "fastapi-users",
        title: "FastAPI-Users",
        marks: &["email hashed_password is_superuser"],
        columns: &[(Field::Hash, "hashed_password"), (GOOD, "is_active")],
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "laravel",
        title: "Laravel",
        marks: &["email password remember_token", "email password email_verified_at"],
        columns: &[
            (Field::Email, "email"),
            (Field::FullName, "name"),
            (Field::Hash, "password"),
            (BARRED, "deleted_at"),
        ],
        log_in: ANY,
        ..EMPTY
    },
    Preset {
        name: "restful-authentication",
        title: "restful_authentication (Rails)",
        marks: &["login crypted_password salt"],
        columns: &[
            (Field::Username, "login"),
            (Field::FullName, "name"),
            (Field::Hash, "crypted_password"),
            (Field::Salt, "salt"),
            (Field::State(State::OneOf(&["active"])), "state"),
            (Field::State(State::Set), "activation_code"),
            (BARRED, "deleted_at"),
        ],
        harmless: "activated_at",
        schemes: &["restful_authentication_sha1"],
        log_in: ANY_NAME,
        ..EMPTY
    },
    Preset {
        name: "superset",
        title: "Superset and Flask-AppBuilder (ab_user)",
        marks: &["username password login_count fail_login_count"],
        columns: &[
            (Field::Username, "username"),
            (Field::Hash, "password"),
            (GOOD, "active"),
        ],
        log_in: NAME_OR_EMAIL,
        ..EMPTY
    },
];
