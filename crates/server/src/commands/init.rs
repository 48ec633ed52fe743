//! `init`: a data folder, whole or not at all.

use clap::Args;
use portcullis_core::{Accounts, NewAccount, Password, ScopeSet};

use crate::app::{UsersRead, UsersWrite};
use crate::config::{PlaceFlags, sample};
use crate::data_dir::DataDir;
use crate::deployment;
use crate::failure::{OrFail as _, Outcome};
use crate::key_file;
use crate::logging;
use crate::output::say;

/// Make a data folder: a signing key, the database and a first administrator
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis init --data /var/lib/portcullis\n\n\
    The administrator's password is printed once and stored only as a hash.\n\
    An interrupted `init` can be run again; a finished one is never overwritten.")]
pub(crate) struct Init {
    /// The name of the first administrator
    #[arg(long, value_name = "NAME", default_value = "admin")]
    admin: String,
    #[command(flatten)]
    place: PlaceFlags,
}

impl Init {
    pub(crate) async fn run(self) -> Outcome {
        let settings = self.place.0.settings()?;
        logging::start(settings.log, "warn");
        let folder = DataDir::at(&settings.data);
        let random = key_file::random();
        let remedy = "Run `portcullis init` again.";
        let unfinished = folder.begin()?;
        let (id, jwk) = key_file::new(&random).or_fail("no key could be made", remedy)?;
        unfinished.write_key(&id, &jwk)?;
        folder
            .make_database_file()
            .or_fail("the database cannot be made", "Check the disk.")?;
        let users = deployment::open_users(&folder).await?;
        let auth = deployment::auth(&settings, folder.signing_key()?, users.clone())?;
        let password = key_file::spoken_password(&random).or_fail("no password could be made", remedy)?;
        let admin = NewAccount {
            password: Some(Password::from(password.as_str())),
            scopes: ScopeSet::of::<(UsersRead, UsersWrite)>(),
            ..NewAccount::named(self.admin)
        };
        let admin = Accounts::new(auth, users).create(admin).await;
        let admin = admin.or_fail("the administrator cannot be made", "Choose another name with --admin.")?;
        unfinished.write_config(&sample())?;
        unfinished.finish()?;
        say(format!(
            "{place} is set up: users.db, a signing key in keys/, and portcullis.toml to be edited.\n\n\
             administrator  {name}\n\
             password       {password}\n\n\
             The password is shown this once and stored only as a hash. Change it after the first login:\n\
             portcullis user passwd {name} --data {place}\n\n\
             Next: portcullis serve --data {place}",
            place = settings.data.display(),
            name = admin.username(),
            password = password.as_str(),
        ))
    }
}
