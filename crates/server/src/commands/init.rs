//! `init`: a data folder, whole or not at all.

use clap::Args;
use portcullis_core::jose::Algorithm;
use portcullis_core::{Account, NewAccount, Password};
use zeroize::Zeroizing;

use crate::config::{MASTER_KEY_VARIABLE, PlaceFlags, Settings, sample, sample_with};
use crate::data_dir::DataDir;
use crate::deployment::Deployment;
use crate::failure::{OrFail as _, Outcome};
use crate::generate;
use crate::logging;
use crate::output::say;
use crate::shown::Shown;

/// Make a data folder: a signing key, the database and a first administrator
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis init --data /var/lib/portcullis\n  portcullis init --algorithm ES256\n\n\
    The administrator's password is printed once and stored only as a hash.\n\
    Signing keys are stored encrypted, under the master key in PORTCULLIS_MASTER_KEY (64 hexadecimal digits)\n\
    or, without it, in the file keys/master.key, which is made.\n\
    An interrupted `init` can be run again; a finished one is never overwritten."
)]
pub(crate) struct Init {
    /// The name of the first administrator
    #[arg(long, value_name = "NAME", default_value = "admin")]
    admin: String,
    /// What the signing keys sign with: EdDSA, ES256, RS256, HS256 … [default: EdDSA]
    #[arg(long, value_name = "NAME")]
    algorithm: Option<Algorithm>,
    #[command(flatten)]
    place: PlaceFlags,
}

impl Init {
    pub(crate) async fn run(self) -> Outcome {
        let mut settings = self.place.0.settings()?;
        settings.algorithm = self.algorithm.unwrap_or(settings.algorithm);
        logging::start(settings.log, "warn");
        let folder = DataDir::at(&settings.data);
        let unfinished = folder.begin()?;
        folder
            .make_database_file()
            .or_fail("the database cannot be made", "Check the disk.")?;
        let deployment = Deployment::of_folder(settings, &folder).await?;
        deployment.expect_breached()?;
        let (admin, password) = administrator(&deployment, self.admin).await?;
        unfinished.write_config(&match self.algorithm {
            Some(algorithm) => sample_with("algorithm", &format!("\"{algorithm}\"")),
            None => sample(),
        })?;
        unfinished.finish()?;
        say(report(&deployment.settings, &admin, &password))
    }
}

/// The first administrator and the password that was made.
async fn administrator(deployment: &Deployment, name: String) -> Outcome<(Account, Zeroizing<String>)> {
    let password = generate::spoken_password(&generate::random());
    let password = password.or_fail("no password could be made", "Run `portcullis init` again.")?;
    let admin = NewAccount {
        password: Some(Password::from(password.as_str())),
        // Whoever lacks a scope cannot give it to others over HTTP.
        scopes: deployment.auth.scopes().iter().map(|scope| scope.name).collect(),
        ..NewAccount::named(name)
    };
    let admin = deployment.accounts.create(admin).await;
    let admin = admin.or_fail("the administrator cannot be made", "Choose another name with --admin.")?;
    Ok((admin, password))
}

fn report(settings: &Settings, admin: &Account, password: &str) -> Shown {
    let master = if std::env::var_os(MASTER_KEY_VARIABLE).is_some() {
        format!("in {MASTER_KEY_VARIABLE}, which every command and `serve` now need")
    } else {
        format!("{}: keep a copy of it elsewhere", settings.master_key_file.display())
    };
    let place = settings.data.display();
    let mut text = Shown::from(format!(
        "{place} is set up: users.db with a signing key ({}), and portcullis.toml to be edited.",
        settings.algorithm
    ));
    text.paragraph(Shown::sheet(&[
        ("administrator", admin.username().to_owned()),
        ("password", password.to_owned()),
        ("master key", master),
    ]));
    text.paragraph("The password is shown this once and stored only as a hash. Change it after the first login:");
    text.line(format!("portcullis user passwd {} --data {place}", admin.username()));
    text.paragraph(format!("Next: portcullis serve --data {place}"));
    text
}
