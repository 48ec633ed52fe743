//! What a column that nobody uses looks like: losing a hash, a salt or a state in silence would lose a user, or let one in.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_core::HashString;
use portcullis_core::password::explain::{Class, Explanation, explain};

use super::states::{BARRED, is_nothing, time, truth};

/// What a column looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    /// Like password hashes, or passwords.
    Hash,
    /// Like their salts.
    Salt,
    /// Like something that says who may not log in.
    State,
}

impl Looks {
    /// With its article.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Hash => "a hash",
            Self::Salt => "a salt",
            Self::State => "a state",
        }
    }
}

/// What the column `name` looks like, by its name and by some of its values; none of both if nothing stands in it.
pub(crate) fn looks<'a>(name: &str, values: impl Iterator<Item = &'a str> + Clone) -> Option<Looks> {
    let mut filled = values.filter(|value| !is_nothing(value));
    let all = filled.clone();
    filled.next()?;
    let words = words(name);
    if all.clone().any(is_hash) || all.clone().all(is_bare_digest) && !is_an_id(&words) {
        return Some(Looks::Hash);
    }
    if named_like_a_hash(&words) && all.clone().any(may_be_a_secret) {
        return Some(Looks::Hash);
    }
    if words.iter().any(|word| word == "salt") {
        return Some(Looks::Salt);
    }
    let by_content = says_who_is_barred(name, all.clone()) || all.clone().any(is_role_of_389);
    (by_content || named_like_a_state(name)).then_some(Looks::State)
}

/// The fields as which [`Looks::State`] is usually meant, the likeliest first.
pub(crate) fn state_fields(name: &str) -> [&'static str; 4] {
    let words = words(leaf(name));
    let of = |list: &str| words.iter().any(|word| is(list, word));
    let ends = "expire expires expired expiry expiration valid endtime stop krbprincipalexpiration shadowexpire accountexpires";
    match () {
        () if of(ends) => ["active_until", "disabled", "active", "disabled_until"],
        () if of("until till ends") || of("lockout") && of("end") => {
            ["disabled_until", "disabled", "active", "active_until"]
        }
        () if of("non") || of("active enabled approved activated allowed allow can may") && !of("not no") => {
            ["active", "disabled", "disabled_until", "active_until"]
        }
        () => ["disabled", "active", "disabled_until", "active_until"],
    }
}

/// Of a name that leads into objects the last part.
pub(super) fn leaf(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The hash that stands in this text: the text itself, or what base64 was put over.
pub(crate) fn seen_through(text: &str) -> Cow<'_, str> {
    // Nothing shorter than 13 characters is a hash, nothing longer than 2 KiB is read.
    if !(20..=4096).contains(&text.len()) || text.contains(['$', '{', ':', '*']) {
        return Cow::Borrowed(text);
    }
    let inside = STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    match inside.map(|inside| inside.trim_end_matches(['\n', '\r']).to_owned()) {
        Some(inside) if inside.contains(['$', '{']) && is_hash(&inside) => Cow::Owned(inside),
        _ => Cow::Borrowed(text),
    }
}

/// Whether it is a word of the list.
fn is(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// A text that tells by its form that it is a hash, and is whole.
fn is_hash(text: &str) -> bool {
    let is_one = |told: &Explanation| told.scheme.is_some() && told.trouble.is_none() && told.class != Class::Disabled;
    // Any thirteen letters are a hash of the oldest crypt.
    let telling = |text: &str| text.contains(['$', '{']) || text.len() >= 40 && !text.contains(' ');
    telling(text) && is_one(&explain(&HashString::new(text)))
        || seen_through(text) != text
        || [&[' ', '"', '\\'][..], &[' ', '"', ',', '\\']].iter().any(|signs| {
            let mut parts = text.split(*signs);
            parts.any(|part| part.len() >= 20 && part.starts_with('$') && is_one(&explain(&HashString::new(part))))
        })
}

/// As long as the digests that are in use.
fn is_bare_digest(text: &str) -> bool {
    let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit()) && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    hex && matches!(text.len(), 32 | 40 | 48 | 56 | 64 | 96 | 100 | 128)
}

/// Names of what is as random as a digest.
const IDS: &str = "\
    id ids uid uuid guid oid token tokens key session stamp avatar gravatar etag nonce rands device \
    fingerprint code checksum";

fn is_an_id(words: &[String]) -> bool {
    words.iter().any(|word| is(IDS, word))
}

const SECRETS: &str = "\
    password passwd passwort passphrase pwd pass pw hash hashes digest crypt crypted hashed md5 sha1 \
    sha256 sha512 bcrypt argon2 scrypt pbkdf2 secretdata userpassword kennwort";

/// What such names say when they are not about the password itself.
const ABOUT: &str = "\
    reset token changed change updated expires expiry expire expired date time at on count last hint \
    question answer algorithm algo hasher method version policy strategy attempts set sent must force \
    needs has url salt encoding iterations rounds type age failures failed";

fn named_like_a_hash(words: &[String]) -> bool {
    let of = |list: &str| words.iter().any(|word| is(list, word));
    of(SECRETS) && !of(ABOUT)
}

/// Whether it can be a password or its hash: no truth, no number, no time.
fn may_be_a_secret(value: &str) -> bool {
    truth(value).is_none() && time(value).is_none() && value.parse::<f64>().is_err()
}

const STANDINGS: &str = "\
    active enabled ok normal confirmed approved valid pending invited new staged";

/// Names that say by one word that somebody may not log in, or may, whatever stands beside it.
const STRONG: &str = "\
    blocked block banned ban suspended suspension suspend locked lockout locks lock disabled disable deactivated \
    deactivate deactivation inactive archived prohibit prohibited forbidden barred terminated removed blacklisted \
    quarantined trashed deleted deletion delete rejected retired approved unapproved frozen nologin spam";

/// Beside these they speak of something else.
const ELSE: &str = "\
    last verified two factor 2fa mfa otp totp email mail phone sms version attempts attempt count counter token tokens \
    notification notifications newsletter subscription subscriber address hint avatar failed unlock comment comments \
    posts pin card payment";

/// Those that say it where nothing but a filler stands beside them.
const STATES: &str = "\
    active enabled closed expired expires expiration expiry revoked status standing activated valid invalid staged";

/// Those of directories, and others that are written in one.
const ATTRIBUTES: &str = "\
    useraccountcontrol nsaccountlock pwdaccountlockedtime shadowexpire sambaacctflags zimbraaccountstatus \
    krbprincipalexpiration acctstatus validid";

/// What may stand beside such a word in the name of a state.
const FILLERS: &str = "\
    is user users account acct login signin flag at on until till date time since end ends utc from to \
    by reason permanently temporarily member customer person has was been soft the state timestamp admin \
    access ts start code name profile fields attributes not can may non credentials hr employee staff out";

fn named_like_a_state(name: &str) -> bool {
    let (whole, last) = (words(name), words(leaf(name)));
    let any = |words: &[String], list: &str| words.iter().any(|word| is(list, word));
    let of_fillers = |words: &[String]| {
        any(words, STATES)
            && words
                .iter()
                .all(|word| is(STATES, word) || is(STRONG, word) || is(FILLERS, word))
    };
    let permits = any(&last, "can may no not allow allowed deny denied") && any(&last, "login signin logon");
    is(ATTRIBUTES, &last.concat()) || any(&last, STRONG) && !any(&last, ELSE) || of_fillers(&whole) || permits
}

/// Few and short words, of which one says that somebody may not log in; or the usual ones in a column that is called so.
fn says_who_is_barred<'a>(name: &str, mut values: impl Iterator<Item = &'a str> + Clone) -> bool {
    let words_of = |value: &str| words(value);
    let is_short = |value: &str| value.len() <= 40 && words_of(value).len() <= 3 && !value.trim().contains(' ');
    let name = words(leaf(name));
    if name.iter().any(|word| is(ELSE, word)) || !values.clone().all(is_short) {
        return false;
    }
    let barred = |value: &str| words_of(value).iter().any(|word| is(BARRED, word));
    let called_so = name.iter().all(|word| is(FILLERS, word)) && name.iter().any(|word| word == "state");
    let usual = |value: &str| is(STANDINGS, &value.trim().to_lowercase());
    values.clone().any(barred) || called_so && values.all(usual)
}

/// What 389 Directory Server puts a user under who may not log in.
fn is_role_of_389(value: &str) -> bool {
    value.to_lowercase().contains("cn=nsmanageddisabledrole")
}

/// The words of a name, in small letters: of `LockoutEnd`, `lockout_end` and `lockout-end` the same two.
pub(super) fn words(name: &str) -> Vec<String> {
    let (mut words, mut word, mut small) = (Vec::new(), String::new(), false);
    for letter in name.chars() {
        let begins = letter.is_uppercase() && small;
        if (!letter.is_alphanumeric() || begins) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        small = letter.is_lowercase() || letter.is_ascii_digit();
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    // Mattermost and LDAP write them in one.
    words.into_iter().flat_map(|word| apart(&word)).collect()
}

/// `deleteat` as `delete`, `at`; `isactive` as `is`, `active`.
fn apart(word: &str) -> Vec<String> {
    let ends = ["at", "until", "till", "on", "time", "date"];
    let begins = ["is", "has", "user", "account"];
    let state = |part: &str| is(STATES, part) || is(STRONG, part);
    if state(word) || is(SECRETS, word) {
        return vec![word.to_owned()];
    }
    for end in ends {
        if let Some(first) = word.strip_suffix(end).filter(|first| state(first)) {
            return vec![first.to_owned(), end.to_owned()];
        }
    }
    for begin in begins {
        if let Some(last) = word.strip_prefix(begin).filter(|last| state(last) || is(SECRETS, last)) {
            return vec![begin.to_owned(), last.to_owned()];
        }
    }
    vec![word.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const BCRYPT: &str = "$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S";

    fn looks_of(name: &str, values: &[&str]) -> Option<Looks> {
        looks(name, values.iter().copied())
    }

    #[test]
    fn what_no_login_needs_is_nothing() {
        for (name, value) in [
            ("first_name", "Anna"),
            ("password_hasher", "bcrypt"),
            ("password_changed_at", "2025-03-05 10:00:00"),
            ("password_set_date.$date", "2025-03-05T16:35:16.775Z"),
            ("reset_password_token", "abcdefgh"),
            ("must_change_password", "false"),
            ("has_password", "true"),
            ("last_active_at", "2025-03-05"),
            ("two_factor_enabled", "1"),
            ("email_verified", "true"),
            ("lock_version", "3"),
            ("locale", "de"),
            ("failed_attempts", "0"),
            ("phone", "4915112345678"),
            ("session_token", "5f4dcc3b5aa765d61d8327deb882cf99"),
            ("_id.$oid", "60425dc43519d90068f82971"),
            ("subscription_status", "active"),
            ("email_blocked", "1"),
            ("locked_out_count", "1"),
            ("app_metadata.theme", "dark"),
            ("notes", "the account was blocked"),
            ("state", "CA"),
            ("passport", "X1"),
            ("banned_until", ""),
            ("deleted_at", "NULL"),
            ("salt", "\\N"),
        ] {
            assert_eq!(looks_of(name, &[value]), None, "{name}");
        }
    }

    #[test]
    fn a_hash_is_seen_by_its_name_or_by_what_it_is() {
        let over = STANDARD.encode(BCRYPT);
        for (name, value) in [
            ("password_digest", BCRYPT),
            ("x", BCRYPT),
            ("x", &over),
            ("legacy", "5f4dcc3b5aa765d61d8327deb882cf99"),
            ("passwordPlain", "tiger"),
            ("pw", "tiger"),
            ("old_md5", "abc"),
            ("credentials.password.config.hashed_password", "anything"),
            ("identities", &format!("[{{\"secret\":\"{BCRYPT}\"}}]")),
            (
                "identities",
                "[{\"secret\":\"$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE\"}]",
            ),
        ] {
            assert_eq!(looks_of(name, &["", value]), Some(Looks::Hash), "{name}");
        }
        assert_eq!(looks_of("password_salt", &["ab"]), Some(Looks::Salt));
        assert_eq!(looks_of("SaltBase64", &["ab"]), Some(Looks::Salt));
    }

    #[test]
    fn a_state_is_seen_by_its_name_or_by_what_it_says() {
        for name in [
            "blocked",
            "is_banned",
            "isBanned",
            "banned_until",
            "bannedUntil",
            "LockoutEnd",
            "locked_at",
            "account.locked",
            "deleted_at",
            "deletedAt",
            "deleteat",
            "DeleteAt",
            "disabled_since",
            "user_status",
            "account-status",
            "prohibit_login",
            "suspended_till",
            "ban_reason",
            "inactive",
            "isactive",
            "Account Expires",
            "userAccountControl",
            "login_disabled",
            "fields.is_locked",
            "disable",
            "IsLockedOut",
            "IsApproved",
            "approved",
            "accountNonLocked",
            "account_non_expired",
            "credentialsNonExpired",
            "can_login",
            "login_allowed",
            "no_login",
            "retired",
            "hr_status",
            "employee_status",
            "acctstatus",
            "app_metadata.blocked",
            "user_metadata.is_banned",
            "raw_user_meta_data.banned",
            "settings.suspended",
            "ds-pwp-account-disabled",
            "msDS-UserAccountDisabled",
            "ibm-pwdAccountLocked",
            "lockedByIntruder",
            "sambaAcctFlags",
            "zimbraAccountStatus",
            "LockedOutUntil",
            "accountExpires",
            "lockoutTime",
        ] {
            assert_eq!(looks_of(name, &["0"]), Some(Looks::State), "{name}");
        }
        assert_eq!(looks_of("standing2", &["active", "Blocked"]), Some(Looks::State));
        assert_eq!(looks_of("mood", &["active", "active"]), None);
        for values in [&["active", "ldap_blocked"][..], &["active"], &["valid", "rejected"]] {
            assert_eq!(looks_of("user_state", values), Some(Looks::State), "{values:?}");
        }
        assert_eq!(
            looks_of("nsRoleDN", &["cn=nsManagedDisabledRole,dc=example"]),
            Some(Looks::State)
        );
    }

    #[test]
    fn what_a_state_is_likely_to_be_is_said_first() {
        for (name, field) in [
            ("accountExpires", "active_until"),
            ("shadowExpire", "active_until"),
            ("expires_at", "active_until"),
            ("LockedOutUntil", "disabled_until"),
            ("LockoutEnd", "disabled_until"),
            ("is_approved", "active"),
            ("accountNonLocked", "active"),
            ("can_login", "active"),
            ("no_login", "disabled"),
            ("app_metadata.blocked", "disabled"),
        ] {
            assert_eq!(state_fields(name)[0], field, "{name}");
        }
    }

    #[test]
    fn base64_over_a_hash_is_taken_off_and_nothing_else_is() {
        assert_eq!(seen_through(&STANDARD.encode(BCRYPT)), BCRYPT);
        let ldap = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";
        assert_eq!(seen_through(&STANDARD.encode(ldap)), ldap);
        for text in [
            BCRYPT,
            ldap,
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "",
            &STANDARD.encode("a text that is no hash $"),
        ] {
            assert_eq!(seen_through(text), text);
        }
    }
}
