//! `user`: the accounts of a data folder, while its server runs or not.

use clap::{Args, Subcommand};
use portcullis_core::accounts::Edit;
use portcullis_core::{AccountError, NewAccount, Password};
use zeroize::Zeroizing;

use crate::config::PlaceFlags;
use crate::failure::{OrFail as _, Outcome};
use crate::generate;
use crate::output::say;
use crate::secrets;

mod export;
pub(super) mod import;
mod key;
mod named;
mod scopes;
mod show;

use named::{Named, accounts, accounts_with_passwords};
use scopes::{Scopes, parse};
use show::{list, show};

/// Add, list and change users
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_help = "A running server honours every change within a second.\n\n\
    Passwords are asked for without echo, or read from standard input; never given as arguments.\n\
    Those that are easily guessed are refused (see docs/passwords.md); --generate makes a good one.")]
pub(crate) struct User {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add a user; the password is asked for
    #[command(after_help = "Examples:\n  portcullis user add alice --email alice@example.com\n  \
        portcullis user add bob --scopes users:read --generate\n  \
        printf '%s\\n' \"$PASSWORD\" | portcullis user add carol")]
    Add(Add),
    /// List all users
    #[command(after_help = "Example:\n  portcullis user list --json")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// Show one user
    #[command(after_help = "Example:\n  portcullis user show alice")]
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        named: Named,
    },
    /// Set a user's password; older tokens end
    #[command(after_help = "Example:\n  portcullis user passwd alice")]
    Passwd {
        /// Make a random password and print it once
        #[arg(long)]
        generate: bool,
        #[command(flatten)]
        named: Named,
    },
    /// Let a disabled user log in again
    #[command(after_help = "Example:\n  portcullis user enable alice")]
    Enable(Named),
    /// Let a user try again who was closed out by wrong passwords
    #[command(after_help = "Example:\n  portcullis user admit alice\n\n\
        What was tried on the account is forgotten, whoever tried it. A running server follows within a minute.\n\
        Its owner's devices and networks are never closed out by others: this is for a new device on a new network.")]
    Admit(Named),
    /// Refuse a user's logins and end all tokens
    #[command(after_help = "Example:\n  portcullis user disable alice")]
    Disable(Named),
    /// Set the scopes that a user may be granted, or print them
    #[command(after_help = "Examples:\n  portcullis user scopes alice users:read users:write\n  \
        portcullis user scopes admin --all\n  \
        portcullis user scopes alice --none\n\n\
        Over HTTP only who has a scope can give it to others: --all is for administrators.")]
    Scopes(Scopes),
    /// Change a user's e-mail address or full name; a login by the address goes with it
    #[command(after_help = "Examples:\n  portcullis user edit alice --email alice@example.org\n  \
        portcullis user edit alice --no-email --full-name \"Alice Chains\"")]
    Edit(EditFlags),
    /// Make, list and end the API keys of users
    Key(key::KeyCommand),
    /// Take in users of a file with their hashes as they stand
    #[command(after_help = "Examples:\n  portcullis user import users.csv --dry-run\n  \
        portcullis user import users.csv --column username=login --column password_hash=pw\n  \
        portcullis user import clerk.csv --ignore totp_secret\n  \
        portcullis user import realms.json --from keycloak --realm shop\n  \
        portcullis user import users.json --from firebase --firebase-config hash_config.txt\n\n\
        What is not used of the file is named. A column that looks like a hash, a salt or a state and is not used stops\n\
        the import before anything is stored: --column says what it is, --ignore leaves it out.\n\
        The rows that are fit are stored, the others are named with the reason, and the exit code is 1.\n\
        What is there already with the same fields is passed over: an import that was stopped is run again.")]
    Import(Box<import::Import>),
    /// Write all users with their hashes
    #[command(after_help = "Examples:\n  portcullis user export -o users.csv\n  \
        portcullis user export --format jsonl | gpg -e -r ops > users.jsonl.gpg\n\n\
        Hashes are secrets: whoever has them can guess passwords without a limit.")]
    Export(export::Export),
    /// Remove a user for good
    #[command(after_help = "Example:\n  portcullis user delete alice")]
    Delete(Named),
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    named: Named,
    /// The e-mail address
    #[arg(long)]
    email: Option<String>,
    /// The full name
    #[arg(long)]
    full_name: Option<String>,
    /// The scopes that may be granted, separated by blanks
    #[arg(long, default_value = "", hide_default_value = true)]
    scopes: String,
    /// Start disabled
    #[arg(long)]
    disabled: bool,
    /// Make a random password and print it once
    #[arg(long)]
    generate: bool,
}

#[derive(Debug, Args)]
#[group(id = "what", required = true, multiple = true, args = ["email", "no_email", "full_name", "no_full_name"])]
struct EditFlags {
    #[command(flatten)]
    named: Named,
    /// The new e-mail address
    #[arg(long)]
    email: Option<String>,
    /// Take the e-mail address away
    #[arg(long, conflicts_with = "email")]
    no_email: bool,
    /// The new full name
    #[arg(long)]
    full_name: Option<String>,
    /// Take the full name away
    #[arg(long, conflicts_with = "full_name")]
    no_full_name: bool,
}

impl EditFlags {
    async fn run(self) -> Outcome {
        let change = |new: Option<String>, none: bool| if none { Some(None) } else { new.map(Some) };
        let edit = Edit {
            email: change(self.email, self.no_email),
            full_name: change(self.full_name, self.no_full_name),
            ..Edit::default()
        };
        let done = accounts(&self.named.place).await?.edit(&self.named.name, edit).await;
        self.named.report(done, "is changed")
    }
}

impl User {
    pub(crate) async fn run(self) -> Outcome {
        match self.what {
            What::Add(add) => add.run().await,
            What::Import(import) => import.run().await,
            What::Export(export) => export.run().await,
            What::List { json, place } => list(&accounts(&place).await?, json).await,
            What::Show { json, named } => show(&named.account().await?, json),
            What::Passwd { generate, named } => passwd(&named, generate).await,
            What::Enable(named) => named.report(
                accounts(&named.place).await?.enable(&named.name).await,
                "can log in again",
            ),
            What::Admit(named) => named.report(accounts(&named.place).await?.admit(&named.name).await, "can try again"),
            What::Disable(named) => {
                let done = accounts(&named.place).await?.disable(&named.name).await;
                named.report(done, "is disabled; all tokens have ended")
            }
            What::Scopes(scopes) => scopes.run().await,
            What::Edit(edit) => edit.run().await,
            What::Key(key) => key.run().await,
            What::Delete(named) => {
                let done = accounts(&named.place).await?.delete(&named.name).await;
                named.report(done, "is removed")
            }
        }
    }
}

impl Add {
    async fn run(self) -> Outcome {
        let scopes = parse(&self.scopes)?;
        let accounts = accounts_with_passwords(&self.named.place).await?;
        // A name that is taken is said before a password is asked for.
        if accounts.find(&self.named.name).await.is_ok() {
            return Err(self.named.failure(AccountError::Taken));
        }
        let (password, made) = password(&self.named.name, self.generate)?;
        let new = NewAccount {
            username: self.named.name.clone(),
            password: Some(password),
            email: self.email,
            full_name: self.full_name,
            scopes,
            disabled: self.disabled,
        };
        self.named.report(accounts.create(new).await, "is added")?;
        show_made(made)
    }
}

/// A new password, and its text where it was made here.
fn password(name: &str, generate: bool) -> Outcome<(Password, Option<Zeroizing<String>>)> {
    if !generate {
        return Ok((secrets::new_password(&format!("New password for {name}"))?, None));
    }
    let made = generate::spoken_password(&generate::random()).or_fail("no password could be made", "Try again.")?;
    Ok((Password::from(made.as_str()), Some(made)))
}

/// Shows a password that was made, once it is set.
fn show_made(made: Option<Zeroizing<String>>) -> Outcome {
    let Some(made) = made else { return Ok(()) };
    say(format!("password  {}", made.as_str()))?;
    say("It is shown this once and stored only as a hash.")
}

async fn passwd(named: &Named, generate: bool) -> Outcome {
    let accounts = accounts_with_passwords(&named.place).await?;
    accounts.find(&named.name).await.map_err(|error| named.failure(error))?;
    let (password, made) = password(&named.name, generate)?;
    let done = accounts.set_password(&named.name, password).await;
    named.report(done, "has a new password; older tokens have ended")?;
    show_made(made)
}
