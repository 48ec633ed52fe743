//! `adopt`: a look at another application's users, and the configuration that uses them where they are.

use std::fmt::Write as _;

use clap::Args;
use portcullis_core::HashString;
use portcullis_core::password::explain::explain;
use portcullis_core::password::{Origin, Passwords};
use portcullis_sql::foreign::frameworks::{FRAMEWORKS, Framework, look};
use portcullis_sql::foreign::{Findings, ForeignUsers, LoginMatch, Mapping, Schema, ScopeSource, Stage};

use crate::audit::{Due, Hashes, Tally, chart};
use crate::config::{PlaceFlags, USERS_PEPPER_VARIABLE, USERS_URL_VARIABLE};
use crate::data_dir::DataDir;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::logging;
use crate::output::{printable, say, sheet};
use crate::private;
use crate::users::failure;

mod cut_over;

/// Look at another application's users and use them where they are
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  portcullis adopt sqlite:///srv/app/db.sqlite3\n  \
    portcullis adopt postgres://app@db.example/app --write\n  \
    PORTCULLIS_USERS_URL='postgres://app:…@db.example/app' portcullis adopt --write\n\n\
    The database is only read. --write adds the table [users] to portcullis.toml, with the stage \"read-only\";\n\
    \"write-back\" there lets passwords that are changed here, and hashes that are upgraded, be written in a format\n\
    that the other application reads. --cut-over copies the users into our own table when the other application is to end;\n\
    it can be run again until nothing changes any more, and \"read-only\" or \"write-back\" leads back.")]
pub(crate) struct Adopt {
    /// The database: sqlite:…, postgres://… or mysql://…
    #[arg(env = USERS_URL_VARIABLE, hide_env_values = true)]
    url: Option<String>,
    /// Add the table [users] to the configuration
    #[arg(long)]
    write: bool,
    /// Copy the users of the configuration's table [users] into our own, and compare the two
    #[arg(long, conflicts_with = "write")]
    cut_over: bool,
    #[command(flatten)]
    place: PlaceFlags,
}

/// What a look at the database gave.
struct Seen {
    framework: &'static Framework,
    mapping: Mapping,
    findings: Findings,
    tally: Tally,
    /// What is read and written, by the framework or its version.
    origin: Option<Origin>,
    /// Whether its hashes need what the application keeps beside the database.
    wants_secret: bool,
}

impl Adopt {
    pub(crate) async fn run(self) -> Outcome {
        let settings = self.place.0.settings()?;
        logging::start(settings.log, "warn");
        if self.cut_over {
            return cut_over::run(&settings).await;
        }
        let missing = || Failure::usage("which database?", "Give its URL, or --cut-over.");
        let url = self.url.as_deref().ok_or_else(missing)?;
        let schema = look(url).await.map_err(failure)?;
        let Some((framework, mapping)) = Framework::recognised(&schema) else {
            return Err(not_recognised(&schema));
        };
        let seen = Seen::of(url, framework, mapping).await?;
        say(seen.report())?;
        let text = configuration(framework, url);
        if !self.write {
            return say(format!("\nFor portcullis.toml (or again with --write):\n\n{text}"));
        }
        let folder = DataDir::at(&settings.data);
        folder.expect_set_up()?;
        let path = folder.config();
        write(&path, &text)?;
        say(format!(
            "\n{} now has the table [users]. Next: portcullis serve",
            path.display()
        ))
    }
}

impl Seen {
    async fn of(url: &str, framework: &'static Framework, mapping: Mapping) -> Outcome<Self> {
        let origin = framework.origin(url, &mapping).await.map_err(failure)?;
        let users = ForeignUsers::open(url, mapping.clone(), Stage::ReadOnly, None)
            .await
            .map_err(failure)?;
        let findings = users.findings().await.map_err(failure)?;
        let secret = std::env::var(USERS_PEPPER_VARIABLE).ok();
        let known = origin.and_then(|origin| origin.passwords(secret.as_deref()).ok());
        let wants_secret = origin.is_some() && known.is_none();
        let passwords = known.unwrap_or_else(Passwords::recommended);
        let mut tally = Tally::new(passwords);
        Hashes::Table(users).tally(&mut tally).await?;
        Ok(Self {
            framework,
            mapping,
            findings,
            tally,
            origin,
            wants_secret,
        })
    }

    fn report(&self) -> String {
        let mapping = &self.mapping;
        let fold = match mapping.login_match {
            LoginMatch::Exact => "as it is written",
            LoginMatch::Folded => "without regard to case",
        };
        let or = |text: &Option<String>, none: &str| text.clone().unwrap_or_else(|| none.to_owned());
        let mut text = sheet(&[
            ("framework", self.framework.title.to_owned()),
            ("table", format!("{} ({} users)", mapping.table, self.findings.users)),
            ("id", mapping.id.clone()),
            ("login", format!("{} ({fold})", mapping.logins.join(", "))),
            ("hash", mapping.hash.clone()),
            ("active", or(&mapping.active, "everybody")),
            ("email", or(&mapping.email, "-")),
            ("full name", mapping.full_name.join(" ")),
            ("scopes", scopes(mapping)),
            ("new hashes", or(&self.fresh().map(|hash| described(&hash)), "-")),
            (
                "tokens end",
                "when another password is stored, on either side".to_owned(),
            ),
        ]);
        let _ = write!(text, "\n\n{}", chart(&self.tally));
        let wrong = self.wrong();
        if !wrong.is_empty() {
            text.push_str("\n\nWorth a look:");
            for sentence in wrong {
                let _ = write!(text, "\n  {}", printable(&sentence));
            }
        }
        text
    }

    /// What a new hash looks like; nobody's password is in it.
    fn fresh(&self) -> Option<HashString> {
        let passwords = self.origin?.passwords(Some("-")).ok()?;
        Some(passwords.decoy(None, &[0; 32]))
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
        let length = self.fresh().map(|hash| hash.as_str().chars().count());
        if let (Some(limit), Some(length)) = (hash_limit, length)
            && limit < length
        {
            wrong.push(format!(
                "the column {} takes {limit} characters and a new hash has {length}: stay with \"read-only\"",
                self.mapping.hash
            ));
        }
        wrong
    }
}

/// The scheme and the cost of a hash.
fn described(hash: &HashString) -> String {
    let told = explain(hash);
    let (scheme, cost) = (told.scheme.unwrap_or_default(), told.cost);
    cost.map_or_else(|| scheme.to_owned(), |cost| format!("{scheme}, {cost}"))
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
        false => format!("{told}; those under [scopes] can be granted"),
    }
}

fn not_recognised(schema: &Schema) -> Failure {
    let titles: Vec<&str> = FRAMEWORKS.iter().map(|framework| framework.title).collect();
    let mut tables: Vec<&str> = schema.tables().take(30).collect();
    tables.sort_unstable();
    let what = format!(
        "the users of none of {} are among the tables {}",
        titles.join(", "),
        tables.join(", ")
    );
    let remedy = "Declare them yourself under [users] in portcullis.toml: url, table, id, logins and hash; active, email, \
        full_name, scopes and epoch where there are any.";
    Failure::new(what, remedy)
}

/// The table for the file. A URL that may hold a password is left to the environment.
fn configuration(framework: &Framework, url: &str) -> String {
    let place = match url.split_once("://") {
        Some((_, rest)) if rest.split('@').next().is_some_and(|user| user.contains(':')) && rest.contains('@') => {
            format!("# url: in {USERS_URL_VARIABLE}, because it holds a password")
        }
        _ => format!("url = {}", toml::Value::from(url)),
    };
    format!(
        "[users]\n{place}\nframework = \"{}\"\nstage = \"read-only\"\n",
        framework.name
    )
}

fn write(path: &std::path::Path, text: &str) -> Outcome {
    let place = path.display();
    let before = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).or_fail(format!("{place} cannot be read"), "Run it as its owner."),
    };
    let table: toml::Table = before
        .parse()
        .or_fail(format!("{place} cannot be read"), "Mend it first.")?;
    if table.contains_key("users") {
        let what = format!("{place} has a table [users] already; nothing was changed");
        return Err(Failure::new(what, "Change it by hand, or take it out first."));
    }
    let written = private::replace(path, &format!("{}\n\n{text}", before.trim_end()));
    written.or_fail(format!("{place} cannot be written"), "Check who owns it.")
}
