//! A copy of the database opened as `serve` would open it, from a copy of its own that is thrown away: what it holds, whether
//! its keys open, and whether somebody can log in.

use std::collections::BTreeSet;
use std::path::Path;

use portcullis_core::jose::SigningKey;
use portcullis_core::{
    AccountStore as _, Accounts, Credentials, KeyRecord, KeyState, MasterKey, NewAccount, Password, Passwords,
    SigningKeys, User as _,
};
use portcullis_sql::backup::{self, BackupError, Contents};
use portcullis_sql::{AnyKeys, AnyUsers, SqliteUsers};

use crate::config::Settings;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::progress::Progress;
use crate::signing::{self, Keys, schedule};
use crate::{clock, deployment, generate, users};

/// The table of our users.
const ACCOUNTS: &str = "portcullis_accounts";

/// How many users are read at once.
const PAGE: usize = 1000;

/// What a rehearsal found.
pub(crate) struct Rehearsal {
    pub(crate) contents: Contents,
    pub(crate) users: u64,
    /// How many users have a hash that the configuration does not read.
    pub(crate) unread: u64,
    pub(crate) signing_keys: usize,
    /// The public ids of the master keys that encrypted the signing keys.
    pub(crate) master_keys: BTreeSet<String>,
    /// Whether somebody could log in; `None` where no master key was at hand to try it.
    pub(crate) logged_in: Option<bool>,
    /// What a server would stumble over.
    pub(crate) troubles: Vec<String>,
}

/// Rehearses with a copy that nobody uses; with the master key, if it is at hand.
///
/// # Errors
/// The copy is damaged, or not one of ours.
pub(crate) async fn rehearse(file: &Path, settings: &Settings, master: Option<MasterKey>) -> Outcome<Rehearsal> {
    let folder = tempfile::Builder::new().prefix("portcullis-backup-").tempdir();
    let folder = folder.or_fail("no temporary folder can be made", "Name one with room in TMPDIR.")?;
    let path = folder.path().join("users.db");
    let contents = copied(|progress| backup::copy_still(file, &path, progress))?;
    let not_ours = || {
        let what = format!("{} is whole, but no database of portcullis", file.display());
        Failure::new(what, "Name a file that `portcullis backup` made.")
    };
    let rows = *contents.tables.get(ACCOUNTS).ok_or_else(not_ours)?;
    let what = format!("{} cannot be used", file.display());
    let own = SqliteUsers::open(&path)
        .await
        .or_fail(&what, "Look at the reason above.")?;
    let store = signing::store(&own.database().clone().into()).await?;
    let records = signing::list(&store).await?;
    let mut found = Rehearsal::of(contents, 0, &records);
    // Whose users stand elsewhere, their hashes are not in the copy.
    let passwords = match settings.users.as_ref().is_some_and(|users| !users.is_cut_over()) {
        true => Passwords::recommended(),
        false => users::passwords(settings).await?,
    };
    found.read_users(&own, &passwords).await?;
    if found.users != rows {
        let what = format!(
            "{} has {rows} users, of whom {} can be read",
            file.display(),
            found.users
        );
        return Err(Failure::new(what, "Bring back an older copy."));
    }
    if let Some(master) = master {
        found
            .try_keys(settings, own.clone(), (store, master), passwords)
            .await?;
    }
    own.close().await;
    Ok(found)
}

/// Copies with progress.
pub(crate) fn copied(
    copy: impl FnOnce(&mut dyn FnMut(u64, u64)) -> Result<Contents, BackupError>,
) -> Outcome<Contents> {
    let (mut progress, mut before) = (Progress::new("pages"), 0);
    let made = copy(&mut |done, _| {
        progress.add(usize::try_from(done.saturating_sub(before)).unwrap_or(0));
        before = done;
    });
    progress.end();
    made.map_err(|error| {
        let remedy = match &error {
            BackupError::InUse(_) => "`portcullis backup FILE` copies a database that is in use.",
            BackupError::Damaged(..) | BackupError::Source(_) => "Name another copy, or look at the disk.",
            _ => "Check the disk, and try again.",
        };
        Failure::new("the database cannot be copied", remedy).because(error)
    })
}

impl Rehearsal {
    async fn read_users(&mut self, own: &SqliteUsers, passwords: &Passwords) -> Outcome {
        let mut after = None::<String>;
        loop {
            let page = own.list(after.as_deref(), PAGE).await;
            let page = page.or_fail("the users of the copy cannot be read", "Bring back an older copy.")?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.username().to_owned());
            for account in &page {
                self.users = self.users.saturating_add(1);
                let hash = account.password_hash();
                if hash.is_some_and(|hash| passwords.identify(hash).is_none()) {
                    self.unread = self.unread.saturating_add(1);
                }
            }
        }
    }

    /// What can be found out about a database that is in use, with nothing written.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn look(own: &AnyUsers, settings: &Settings, master: Option<MasterKey>) -> Outcome<Self> {
        let database = own.database();
        let store = signing::store(&database).await?;
        let users = own.count().await;
        let users = users.or_fail("the users cannot be read", "Look at the reason above.")?;
        let mut found = Self::of(Contents::default(), users, &signing::list(&store).await?);
        if let Some(master) = master {
            let keys = SigningKeys::new(store, master, schedule(settings), clock::of(&database));
            found.open_keys(&keys).await?;
        }
        Ok(found)
    }

    /// Before anything was tried.
    fn of(contents: Contents, users: u64, records: &[KeyRecord]) -> Self {
        Self {
            contents,
            users,
            unread: 0,
            signing_keys: records.len(),
            master_keys: records
                .iter()
                .filter_map(|record| MasterKey::id_in(&record.sealed))
                .collect(),
            logged_in: None,
            troubles: Vec::new(),
        }
    }

    /// Opens every key; gives the one that signs.
    async fn open_keys(&mut self, keys: &Keys) -> Outcome<Option<SigningKey>> {
        let all = keys.list().await.map_err(signing::failure)?;
        let mut active = None;
        for key in all.iter().filter(|key| !key.record.sealed.is_empty()) {
            match keys.signing_key(&key.record.id).await {
                Ok(opened) if key.state == KeyState::Active => active = Some(opened),
                Ok(_) => {}
                Err(error) => self.troubles.push(signing::failure(error).sentence()),
            }
        }
        let is_one_active = all.iter().any(|key| key.state == KeyState::Active);
        if !is_one_active && self.troubles.is_empty() {
            self.troubles.push("no key signs: a server would make one".to_owned());
        }
        Ok(active)
    }

    /// Opens every key, and logs in with the one that signs.
    async fn try_keys(
        &mut self,
        settings: &Settings,
        own: SqliteUsers,
        (store, master): (AnyKeys, MasterKey),
        passwords: Passwords,
    ) -> Outcome {
        self.logged_in = Some(false);
        let keys = SigningKeys::new(store, master, schedule(settings), clock::of_this_machine());
        let Some(active) = self.open_keys(&keys).await? else {
            return Ok(());
        };
        let builder = deployment::builder(settings, (active.into(), [0; 32]), passwords, own.clone());
        let auth = deployment::build(builder)?;
        let secret = || generate::hex_secret(&generate::random()).or_fail("no name could be made", "Try again.");
        let (name, password) = (secret()?, secret()?);
        let somebody = NewAccount {
            password: Some(Password::from(password.as_str())),
            ..NewAccount::named(name.as_str())
        };
        let what = "nobody could log in to the copy";
        let made = Accounts::new(auth.clone(), own).create(somebody).await;
        made.or_fail(what, "Bring back an older copy.")?;
        let granted = auth
            .log_in(Credentials::new(name.as_str(), Password::from(password.as_str())))
            .await;
        let granted = granted.or_fail(what, "Bring back an older copy.")?;
        let known = auth.authenticate(&granted.access_token).await;
        let known = known.or_fail(what, "Bring back an older copy.")?;
        self.logged_in = Some(known.user.username() == name.as_str());
        Ok(())
    }
}
