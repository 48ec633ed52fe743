//! The families of schemes that read, a file each.

use super::line::Line;

const FAMILIES: &[&[Line]] = &[
    super::cisco::LINES,
    super::crypt_des::LINES,
    super::crypt_md5::LINES,
    super::crypt_sha::LINES,
    super::databases::LINES,
    super::digest::LINES,
    super::django::LINES,
    super::django_more::LINES,
    super::dovecot::LINES,
    super::flask::LINES,
    super::forums::LINES,
    super::gitea::LINES,
    super::keycloak::LINES,
    super::ldap::LINES,
    super::mattermost::LINES,
    super::mediawiki::LINES,
    super::pbkdf2_columns::LINES,
    super::pbkdf2_kin::LINES,
    super::phpass::LINES,
    super::plain::LINES,
    super::platforms::LINES,
    super::rails::LINES,
    super::scram::LINES,
    super::spring::LINES,
    super::windows::LINES,
    super::yescrypt::LINES,
];

/// Every line, family by family.
pub(crate) fn lines() -> impl Iterator<Item = &'static Line> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The line of this name.
pub(crate) fn line(name: &str) -> Option<&'static Line> {
    lines().find(|line| line.name == name)
}
