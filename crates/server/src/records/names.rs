//! The names that columns and members have: those that are usual, and those that were given by hand.

use super::field::Field;
use super::states::State;

/// The names that are known of each field, the usual one first. They are compared without regard to case and to what
/// stands between the words.
const KNOWN: &[(Field, &str)] = &[
    (Field::Username, "username login user_login user_name user"),
    (
        Field::Email,
        "email user_email mail email_address primary_email_address primary_email",
    ),
    (Field::FullName, "full_name name display_name"),
    (Field::GivenName, "given_name first_name firstname user_first_name"),
    (
        Field::FamilyName,
        "family_name last_name lastname surname user_last_name",
    ),
    (
        Field::State(State::Barred),
        "disabled is_disabled disabled_at disabled_since deactivated is_deactivated deactivated_at \
            inactive is_inactive blocked is_blocked blocked_at banned is_banned banned_at suspended \
            is_suspended suspended_at locked is_locked locked_at deleted is_deleted deleted_at \
            account_locked account_disabled prohibit_login disable",
    ),
    (
        Field::State(State::Good),
        "active is_active enabled is_enabled account_enabled user_active",
    ),
    (
        Field::State(State::BarredUntil),
        "disabled_until banned_until blocked_until suspended_until suspended_till locked_until \
            lockout_end lockout_end_date_utc lockout_until lock_until locked_out_until ban_expires ban_expires_at",
    ),
    (
        Field::State(State::GoodUntil),
        "active_until account_expires_at valid_until",
    ),
    (Field::Scopes, "scopes scope"),
    (
        Field::Hash,
        "password_hash hash password hashed_password encrypted_password user_pass password_digest \
            crypted_password user_password passwd_hash passwd pass_hash pwd_hash",
    ),
    (
        Field::Salt,
        "salt password_salt passwd_salt hash_salt pass_salt user_salt",
    ),
    (
        Field::Algorithm,
        "algorithm password_algorithm hash_algorithm passwd_hash_algo password_hash_algorithm \
            password_hasher",
    ),
];

/// Those that only our own exports call so: elsewhere an `id` may be anything.
const OWN: &[(Field, &str)] = &[
    (Field::Id, "id"),
    (Field::TokenEpoch, "token_epoch"),
    (Field::Logins, "logins"),
];

/// The fields that can be named, with the names under which they are.
pub(super) fn fields() -> impl Iterator<Item = (Field, &'static str)> {
    KNOWN
        .iter()
        .chain(OWN)
        .filter_map(|(field, names)| Some((*field, names.split(' ').next()?)))
}

/// A name as names are compared: `PasswordHash`, `password_hash` and `passwordHash` are one.
pub(super) fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The field that is usually called so, and how usual that is: the less the better.
pub(super) fn usual(name: &str) -> Option<(Field, usize)> {
    of(KNOWN, name)
}

/// The field that `table` calls so, and at which place.
pub(super) fn of(table: &[(Field, &str)], name: &str) -> Option<(Field, usize)> {
    let name = plain(name);
    if name.is_empty() {
        return None;
    }
    table.iter().find_map(|(field, names)| {
        let rank = names.split(' ').position(|known| plain(known) == name)?;
        Some((*field, rank))
    })
}

/// What was said of columns by hand: `--column username=login`, `--ignore created_at`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    given: Vec<(Field, String)>,
    ignored: Vec<String>,
}

impl Columns {
    /// Reads `FIELD=COLUMN`.
    pub(crate) fn with(mut self, text: &str) -> Result<Self, String> {
        let (field, column) = text
            .split_once('=')
            .ok_or_else(|| format!("{text} is not FIELD=COLUMN"))?;
        let (field, _) = fields().find(|(_, name)| *name == field).ok_or_else(|| {
            let names: Vec<&str> = fields().map(|(_, name)| name).collect();
            format!("there is no field {field}; there are {}", names.join(", "))
        })?;
        self.given.push((field, column.to_owned()));
        Ok(self)
    }

    /// The column of this name is not read, whatever stands in it.
    pub(crate) fn without(mut self, column: &str) -> Self {
        self.ignored.push(column.to_owned());
        self
    }

    /// The first column that was said to be something else than a state.
    pub(super) fn beside_states(&self) -> Option<&str> {
        let mut given = self.given.iter().filter(|(field, _)| !field.is_state());
        given.next().map(|(_, column)| column.as_str())
    }

    /// The same without what columns were said to be.
    pub(super) fn ignored_alone(self) -> Self {
        Self {
            given: Vec::new(),
            ..self
        }
    }

    /// Every column that is named.
    pub(super) fn named(&self) -> impl Iterator<Item = &str> {
        let given = self.given.iter().map(|(_, column)| column.as_str());
        given.chain(self.ignored.iter().map(String::as_str))
    }

    pub(super) fn is_ignored(&self, column: &str) -> bool {
        self.ignored.iter().any(|ignored| ignored == column)
    }

    /// The field that this column was said to be.
    pub(super) fn given(&self, column: &str) -> Option<Field> {
        self.given
            .iter()
            .find(|(_, name)| name == column)
            .map(|(field, _)| *field)
    }

    /// Whether another column was said to be this field; of states there may be several.
    pub(super) fn gives(&self, field: Field) -> bool {
        !field.is_state() && self.given.iter().any(|(given, _)| *given == field)
    }
}
