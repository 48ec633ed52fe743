//! Who writes a scheme's hashes, what is weak about them, and what is kept beside them.

/// The beginning of a scheme's name, and who writes its hashes; the first that fits.
const ORIGINS: &[(&str, &str)] = &[
    ("apr_md5_crypt", "Apache htpasswd (-m)"),
    (
        "argon2",
        "the PHC notation: pwdlib, passlib, argon2-cffi, PHP, Laravel, Node's argon2",
    ),
    ("aspnet_identity_v2", "ASP.NET Identity 2"),
    ("aspnet_identity_v3", "ASP.NET Core Identity"),
    ("authlogic_scrypt", "Authlogic, and Ruby's scrypt"),
    ("authlogic", "Authlogic for Ruby on Rails"),
    ("atlassian", "Jira, Confluence and Crowd"),
    (
        "bcrypt_2x",
        "crypt_blowfish before 1.1, marked for its sign-extension bug",
    ),
    ("bcrypt_sha256", "passlib"),
    (
        "bcrypt",
        "crypt(3), PHP and Laravel ($2y$), Rails ($2a$), pwdlib, passlib, Node, Supabase, Auth0",
    ),
    ("better_auth", "Better Auth and Lucia (Node)"),
    ("bigcrypt", "HP-UX and Tru64"),
    ("bsd_nthash", "FreeBSD ($3$)"),
    ("bsdi_crypt", "BSDi's crypt(3)"),
    ("cisco", "Cisco devices"),
    ("crypt16", "Ultrix"),
    ("cta_pbkdf2", "Cryptacular"),
    ("des_crypt", "crypt(3) since 1979, and old Apache htpasswd (-d)"),
    ("devise", "Devise for Ruby on Rails, with a pepper"),
    ("discourse", "Discourse"),
    ("django_argon2", "Django's Argon2PasswordHasher"),
    ("django_bcrypt_sha256", "Django's BCryptSHA256PasswordHasher"),
    ("django_bcrypt", "Django's BCryptPasswordHasher"),
    ("django_pbkdf2_sha256", "Django's default since 1.4"),
    ("django_scrypt", "Django's ScryptPasswordHasher, 4.0 and later"),
    ("django_unusable", "Django's marker of a user without a password"),
    (
        "django_disabled",
        "Django's marker of a user without a password, as passlib writes it",
    ),
    ("django", "older Django"),
    ("dlitz", "PyCrypto (dlitz)"),
    ("dovecot", "Dovecot"),
    ("drupal7", "Drupal 7 and later"),
    ("firebase_fbscrypt", "Supabase Auth, for users of Firebase"),
    ("firebase_scrypt", "Firebase Authentication"),
    ("flask_security", "Flask-Security, which keys the password before"),
    ("flask_bcrypt", "Flask-Bcrypt with long passwords"),
    ("fshp", "FSHP"),
    ("gitea", "Gitea and Forgejo"),
    ("gitlab", "GitLab in its FIPS mode"),
    ("gost_yescrypt", "ALT Linux"),
    ("grafana", "Grafana"),
    ("grub", "GRUB"),
    ("hex", "a bare digest, by no framework of its own"),
    ("htdigest", "Apache htdigest"),
    ("joomla", "Joomla before 2.5.18"),
    ("keycloak_bcrypt", "Keycloak with a provider of bcrypt"),
    ("keycloak", "Keycloak"),
    ("ldap_389ds", "389 Directory Server and FreeIPA"),
    ("ldap", "LDAP servers (OpenLDAP)"),
    ("lmhash", "Windows LM"),
    ("mattermost", "Mattermost 11 and later"),
    ("md5_crypt", "crypt(3) ($1$)"),
    ("mediawiki", "MediaWiki"),
    ("meteor", "Meteor"),
    ("msdcc", "Windows' domain cache"),
    ("mssql", "Microsoft SQL Server"),
    ("mybb", "MyBB and IP.Board 2"),
    ("mysql", "MySQL's own accounts"),
    ("nextcloud", "Nextcloud and ownCloud"),
    ("nthash", "Windows NT"),
    ("oracle", "Oracle Database's own accounts"),
    ("pbkdf2_phc", "RustCrypto's pbkdf2 and Ory Kratos"),
    ("pbkdf2_sha224", "Authelia"),
    ("pbkdf2_sha384", "Authelia"),
    ("pbkdf2", "passlib"),
    ("phpass", "WordPress before 6.8 and phpBB (phpass)"),
    ("postgres", "PostgreSQL's own accounts"),
    ("redmine", "Redmine"),
    ("restful_authentication", "restful_authentication for Ruby on Rails"),
    ("roundup", "Roundup"),
    ("scram", "passlib"),
    ("scrypt", "the PHC notation and crypt(3)'s $7$"),
    ("sha1_crypt", "NetBSD's crypt(3)"),
    ("sha256_crypt", "crypt(3) ($5$)"),
    ("sha512_crypt", "crypt(3) ($6$)"),
    ("shiro1", "Apache Shiro 1"),
    ("spring", "Spring Security"),
    ("sun_md5_crypt", "Solaris' crypt(3)"),
    ("symfony", "Symfony"),
    ("unix", "/etc/shadow's marker of a locked account"),
    ("vbulletin", "vBulletin"),
    ("werkzeug_scrypt", "Werkzeug 3 (Flask)"),
    ("werkzeug_pbkdf2", "Werkzeug 0.9 to 2 (Flask)"),
    ("werkzeug", "Werkzeug before 3.0 (Flask)"),
    ("wordpress_bcrypt", "WordPress 6.8 and later"),
    ("wrapped", "Portcullis: Argon2id over an older digest (`hash wrap`)"),
    ("yescrypt", "crypt(3) ($y$): Debian, Ubuntu, Fedora, Arch"),
];

/// Who writes it.
pub(super) fn origin(scheme: &str) -> &'static str {
    let found = ORIGINS.iter().find(|(begin, _)| scheme.starts_with(begin));
    found.map_or("", |(_, origin)| origin)
}

const CUT_72: &str = "only the first 72 bytes of a password count";
const CUT_8: &str = "only the first 8 characters of a password count, and 7 bits of each";
const FAST: &str = "one guess takes less than a microsecond";
const UNSALTED: &str = "no salt: equal passwords are seen to be equal, and tables of guesses fit all users";
const FOLDS: &str = "upper and lower case are the same";
const REVERSIBLE: &str = "no hash: the password can be read";
const MD5: &str = "MD5 in a short loop: millions of guesses a second";
const SHA1: &str = "built on SHA-1";
const COLLIDES: &str = "different passwords with bytes above 127 can have one hash";
const PEPPER_CUT: &str = "the pepper stands behind the password and is cut at 72 bytes";

/// What is weak about a scheme beside its cost.
pub(super) fn weaknesses(scheme: &str) -> Vec<&'static str> {
    let is = |names: &[&str]| names.iter().any(|name| scheme.contains(name));
    let prepared = is(&[
        "bcrypt_sha256",
        "flask_security",
        "wordpress_bcrypt",
        "meteor",
        "vbulletin5",
        "flask_bcrypt",
    ]);
    let rules: &[(bool, &'static str)] = &[
        (is(&["bcrypt", "blf_crypt"]) && !prepared, CUT_72),
        (scheme == "bcrypt_2x", COLLIDES),
        (scheme == "devise_bcrypt_pepper", PEPPER_CUT),
        (is(&["des_crypt"]) && !is(&["hmac"]), CUT_8),
        (
            is(&["cisco_type7", "plain", "cleartext", "noop"]) && !is(&["plain_md"]),
            REVERSIBLE,
        ),
        (is(&["lmhash", "mssql2000", "oracle10"]), FOLDS),
        (is(UNSALTED_SCHEMES), UNSALTED),
        (is(&["md5_crypt", "phpass", "apr_md5"]), MD5),
        (is_fast(scheme), FAST),
        (is(&["pbkdf2_sha1", "sha1_crypt", "cta_", "dlitz"]), SHA1),
    ];
    let held = rules.iter().filter(|(holds, _)| *holds);
    held.map(|(_, sentence)| *sentence).collect()
}

const UNSALTED_SCHEMES: &[&str] = &[
    "hex_",
    "unsalted",
    "nthash",
    "lmhash",
    "mysql323",
    "mysql41",
    "cisco_type4",
    "ldap_md5",
    "ldap_sha1",
    "ldap_sha256",
    "ldap_sha384",
    "ldap_sha512",
    "plain_md4",
    "plain_md5",
    "mediawiki_a",
    "dovecot_sha",
    "spring_sha256",
];

fn is_fast(scheme: &str) -> bool {
    if scheme.contains("crypt") || scheme.contains("pbkdf2") {
        return false;
    }
    let fast = [
        "hex_",
        "salted",
        "nthash",
        "lmhash",
        "mysql",
        "ldap_md5",
        "ldap_sha",
        "md5",
        "sha1",
        "htdigest",
        "mssql",
        "oracle1",
        "joomla",
        "mybb",
        "smd5",
        "ssha",
        "_sha",
        "mediawiki_b",
        "postgres_md5",
    ];
    fast.iter().any(|name| scheme.contains(name))
}

/// The column of a salt, among those that a scheme needs.
pub(super) const SALT: &str = "the salt's column";

/// Those whose salt may stand in the text, or in a column.
pub(super) const MAY_HAVE_SALT: &[&str] = &["joomla_md5", "mybb_md5", "vbulletin_md5"];

/// What stands in other columns of the user's row.
pub(super) fn columns(scheme: &str) -> &'static [&'static str] {
    match scheme {
        "cisco_asa" | "cisco_pix" | "msdcc" | "msdcc2" | "oracle10" | "postgres_md5" | "dovecot_digest_md5"
        | "htdigest" => &["the user's name"],
        "discourse_pbkdf2" | "gitea_pbkdf2" => &[SALT, "the algorithm's column"],
        name if name.starts_with("authlogic_") => &[SALT],
        "redmine_sha1" | "restful_authentication_sha1" => &[SALT],
        "grafana_pbkdf2" | "firebase_scrypt" | "symfony_pbkdf2" | "symfony_message_digest" => &[SALT],
        _ => &[],
    }
}
