//! A look at a database: what its columns mean, what hashes there are, and what users would trip over.

use portcullis_core::password::explain::explain;
use portcullis_core::{HashString, Passwords};
use portcullis_sql::foreign::frameworks::Framework;
use portcullis_sql::foreign::{Findings, ForeignUsers, LoginMatch, Mapping, ScopeSource, Stage};
use serde_json::{Value, json};

use super::columns::Columns;
use super::configuration;
use super::cost::OwnersCost;
use crate::census::{Due, Hashes, Tally, chart, json as tally_json};
use crate::config::{Settings, USERS_PEPPER_VARIABLE};
use crate::failure::{Failure, Outcome};
use crate::shown::Shown;
use crate::users::failure;

/// What a look at the database gave.
pub(super) struct Seen {
    framework: &'static Framework,
    mapping: Mapping,
    findings: Findings,
    tally: Tally,
    /// What a new hash looks like; nobody's password is in it.
    fresh: HashString,
    /// What the application spends on its own hashes, where that is not what ours cost.
    pub(super) cost: Option<OwnersCost>,
    /// Whether its hashes need what the application keeps beside the database.
    wants_secret: bool,
    /// Schemes that must be named to be read, and are not yet.
    accept: Vec<&'static str>,
    pub(super) columns: Columns,
    /// The statements that make them.
    missing_indexes: Vec<String>,
}

impl Seen {
    pub(super) async fn of(
        url: &str,
        (framework, mapping): (&'static Framework, Mapping),
        settings: &Settings,
        ignores: impl Fn(&str) -> bool,
    ) -> Outcome<Self> {
        let origin = framework.origin(url, &mapping).await.map_err(failure)?;
        let users = ForeignUsers::open(url, mapping.clone(), Stage::ReadOnly, None)
            .await
            .map_err(failure)?;
        let findings = users.findings().await.map_err(failure)?;
        let secret = std::env::var(USERS_PEPPER_VARIABLE).ok();
        let wants_secret = secret.is_none() && origin.is_some_and(|origin| origin.passwords(None).is_err());
        let columns = Columns::of_table(&users, Some(framework), ignores).await?;
        let missing_indexes = users.missing_indexes();
        let (passwords, accept) = settings.passwords.accepting(framework.accepts());
        let fresh = passwords
            .passwords(origin.map(|origin| origin.policy(secret.as_deref().or(wants_secret.then_some("-")))))?;
        let mut tally = Tally::new(match wants_secret {
            true => Passwords::recommended(),
            false => fresh.clone(),
        });
        Hashes::Table(users).tally(&mut tally).await?;
        let fresh = fresh.decoy(None, &[0; 32]);
        Ok(Self {
            framework,
            mapping,
            findings,
            cost: OwnersCost::of(&tally, &fresh).filter(|_| !wants_secret),
            tally,
            fresh,
            wants_secret,
            accept,
            columns,
            missing_indexes,
        })
    }

    /// What belongs to it under `[passwords]`.
    pub(super) fn passwords(&self) -> configuration::Passwords<'_> {
        configuration::Passwords {
            accept: &self.accept,
            cost: self.cost.as_ref(),
        }
    }

    /// Why it cannot be used, if not one of its users could log in.
    pub(super) fn refusal(&self) -> Outcome {
        let (all, without) = (self.tally.total, self.tally.without);
        let unread = self.tally.due(Due::Unread);
        if all == 0 || self.wants_secret || unread.saturating_add(without) < all {
            return Ok(());
        }
        let what = format!(
            "not one of the {all} users of {} has a password that is read",
            self.mapping.table
        );
        Err(Failure::new(
            what,
            "Look at the column of the hash, and name its schemes under `passwords.accept`.",
        ))
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let (mapping, findings) = (&self.mapping, self.findings);
        json!({
            "framework": self.framework.name,
            "table": mapping.table,
            "users": findings.users,
            "id": mapping.id,
            "logins": mapping.logins,
            "login_match": match mapping.login_match {
                LoginMatch::Exact => "exact",
                LoginMatch::Lowered => "lowered",
                LoginMatch::Folded => "folded",
            },
            "hash": mapping.hash,
            "salt": mapping.salt,
            "active": mapping.active,
            "email": mapping.email,
            "full_name": mapping.full_name,
            "without_login": findings.without_login,
            "doubled_logins": findings.doubled_logins,
            "unused": self.columns.json(),
            "missing_indexes": self.missing_indexes,
            "accept": self.accept,
            "worth_a_look": self.wrong(),
            "hashes": tally_json(&self.tally),
        })
    }

    /// For people.
    pub(super) fn report(&self) -> Shown {
        let mapping = &self.mapping;
        let fold = match mapping.login_match {
            LoginMatch::Exact => "as it is written",
            LoginMatch::Lowered => "in lower case",
            LoginMatch::Folded => "without regard to case",
        };
        let or = |text: &Option<String>, none: &str| text.clone().unwrap_or_else(|| none.to_owned());
        let mut text = Shown::sheet(&[
            ("framework", self.framework.title.to_owned()),
            ("table", format!("{} ({} users)", mapping.table, self.findings.users)),
            ("id", mapping.id.clone()),
            ("login", format!("{} ({fold})", mapping.logins.join(", "))),
            ("hash", mapping.hash.clone()),
            ("active", or(&mapping.active, "everybody")),
            ("email", or(&mapping.email, "-")),
            ("full name", mapping.full_name.join(" ")),
            ("scopes", scopes(mapping)),
            ("new hashes", self.new_hashes()),
            (
                "tokens end",
                "when another password is stored, on either side".to_owned(),
            ),
        ]);
        text.paragraph(chart(&self.tally));
        if let Some(sentence) = self.cost.as_ref().and_then(OwnersCost::sentence) {
            text.paragraph(Shown::lines(&sentence));
        }
        if let Some(line) = self.columns.line() {
            text.paragraph(Shown::from(line));
        }
        let wrong = self.wrong();
        if !wrong.is_empty() {
            text.paragraph("Worth a look:");
            for sentence in wrong {
                text.line(format!("  {sentence}"));
            }
        }
        text
    }

    /// The scheme and the cost of what is written here.
    fn new_hashes(&self) -> String {
        let told = explain(&self.fresh);
        let cost = self.cost.as_ref().and_then(OwnersCost::followed).or(told.cost);
        let cost = cost.map_or_else(String::new, |cost| format!(", {cost}"));
        format!("{}{cost}", told.scheme.unwrap_or_default())
    }

    /// What was found that users would trip over.
    fn wrong(&self) -> Vec<String> {
        let Findings {
            without_login,
            doubled_logins,
            hash_limit,
            ..
        } = self.findings;
        let mut wrong = Vec::new();
        if without_login > 0 {
            wrong.push(format!("{without_login} users have no login and cannot log in"));
        }
        if doubled_logins > 0 {
            wrong.push(format!(
                "{doubled_logins} logins belong to several users each, who cannot log in with them"
            ));
        }
        if self.wants_secret {
            wrong.push(format!(
                "the hashes cannot be read without what the application keeps beside the database (Flask-Security's \
                 SECURITY_PASSWORD_SALT): give it in {USERS_PEPPER_VARIABLE}"
            ));
        }
        if self.tally.due(Due::Unread) > 0 && !self.wants_secret {
            wrong.push("some hashes are of schemes that are not read: name them under `passwords.accept`".to_owned());
        }
        let length = self.fresh.as_str().chars().count();
        if let Some(limit) = hash_limit
            && limit < length
        {
            wrong.push(format!(
                "the column {} takes {limit} characters and a new hash has {length}: stay with \"read-only\"",
                self.mapping.hash
            ));
        }
        wrong.extend(self.columns.sentences());
        wrong.extend(self.missing_indexes.iter().map(|statement| {
            format!(
                "no index serves a login, and each looks through the whole table; its owner can make one: {statement}"
            )
        }));
        wrong.extend(self.cost.as_ref().and_then(OwnersCost::warning));
        wrong
    }
}

fn scopes(mapping: &Mapping) -> String {
    let told = mapping.scopes.iter().map(|source| match source {
        ScopeSource::Column(column) => format!("the column {column}"),
        ScopeSource::Query(sql) if sql.contains("django_content_type") => "permissions (app.codename)".to_owned(),
        ScopeSource::Query(sql) if sql.contains("group") => "groups".to_owned(),
        ScopeSource::Query(sql) if sql.contains("superuser") => "superuser".to_owned(),
        ScopeSource::Query(_) | ScopeSource::PhpArrays(_) => "roles".to_owned(),
    });
    let told = told.collect::<Vec<_>>().join(", ");
    match told.is_empty() {
        true => "none".to_owned(),
        false => format!("{told}; those under [scopes] and [roles] can be granted"),
    }
}
