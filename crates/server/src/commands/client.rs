//! `client`: the programs that may ask a data folder for tokens, while its server runs or not.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use portcullis_core::{AddedClient, CLIENT_KEYS_MAX, Client, ClientError, Clients, GrantType, NewClient, ScopeSet};

use crate::config::PlaceFlags;
use crate::deployment::Deployment;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::say;

mod show;

/// Add, list and change clients: programs that ask for tokens
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_help = "A running server honours every change within a second.")]
pub(crate) struct ClientCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Args)]
struct Named {
    /// The client's id (client_id)
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    place: PlaceFlags,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add a client; its secret is printed once
    #[command(after_help = "Examples:\n  portcullis client add reports --scopes users:read\n  \
        portcullis client add app --public --first-party\n  \
        portcullis client add job --public-key job.pem --grants client_credentials --scopes users:read,users:write\n\n\
        Without --grants it may use all that such a client can: first-party clients log users in (password and\n\
        refresh_token), clients that prove who they are get tokens of their own (client_credentials).")]
    Add(Add),
    /// List all clients
    #[command(after_help = "Example:\n  portcullis client list --json")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// Show one client
    #[command(after_help = "Example:\n  portcullis client show reports")]
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        named: Named,
    },
    /// Give a client a second secret beside its first, or end the older one
    #[command(after_help = "Example:\n  portcullis client secret reports\n  \
        (tell the client its new secret)\n  portcullis client secret reports --drop\n\n\
        Both secrets hold until the older is dropped. A third is refused.")]
    Secret {
        /// End the older of two secrets
        #[arg(long)]
        drop: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        named: Named,
    },
    /// Refuse a client and end its tokens
    #[command(after_help = "Example:\n  portcullis client disable reports")]
    Disable(Named),
    /// Let a disabled client ask for tokens again
    #[command(after_help = "Example:\n  portcullis client enable reports")]
    Enable(Named),
    /// Remove a client for good and end its tokens
    #[command(after_help = "Example:\n  portcullis client delete reports")]
    Delete(Named),
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    named: Named,
    /// It can keep no secret, like a program in a browser or on a phone
    #[arg(long, conflicts_with = "public_key")]
    public: bool,
    /// The public key by which it proves itself in place of a secret: PEM, a JWK or a set of JWKs
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// It is our own, so that users may give it their passwords
    #[arg(long)]
    first_party: bool,
    /// What it may use, separated by commas: password, refresh_token, client_credentials
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    grants: Option<Vec<String>>,
    /// The most that its tokens may do, separated by commas
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    scopes: Vec<String>,
    /// Whom its tokens are for, if not this server
    #[arg(long, value_name = "NAME")]
    audience: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ClientCommand {
    pub(crate) async fn run(self) -> Outcome {
        match self.what {
            What::Add(add) => add.run().await,
            What::List { json, place } => show::list(&clients(&place).await?, json).await,
            What::Show { json, named } => {
                let found = clients(&named.place).await?.find(&named.id).await;
                show::show(&found.map_err(|error| named.failure(error))?, json)
            }
            What::Secret { drop, json, named } => secret(&named, drop, json).await,
            What::Disable(named) => {
                let done = clients(&named.place).await?.disable(&named.id).await;
                named.report(done, "is disabled; its tokens have ended")
            }
            What::Enable(named) => {
                let done = clients(&named.place).await?.enable(&named.id).await;
                named.report(done, "can ask for tokens again")
            }
            What::Delete(named) => {
                let done = clients(&named.place).await?.delete(&named.id).await;
                named.report(done, "is removed; its tokens have ended")
            }
        }
    }
}

async fn clients(place: &PlaceFlags) -> Outcome<Clients> {
    Ok(Deployment::open(&place.0, "warn").await?.clients)
}

impl Named {
    fn failure(&self, error: ClientError) -> Failure {
        let remedy = match &error {
            ClientError::Unknown => "See `portcullis client list` for those that there are.",
            ClientError::Taken => "Choose another id, or delete that client.",
            ClientError::TwoSecrets => "End the older one with --drop.",
            ClientError::OneSecret => "Without --drop it gets a second one.",
            ClientError::NoSecrets => "Add another client for another way.",
            ClientError::Unfit(_) => "See `portcullis client add --help`.",
            ClientError::Store(_) | ClientError::Changed | ClientError::Random(_) => "Try again.",
            _ => "",
        };
        Failure::new(format!("client {}", self.id), remedy).because(error)
    }

    fn report(&self, done: Result<impl Sized, ClientError>, what: &str) -> Outcome {
        done.map_err(|error| self.failure(error))?;
        say(format!("{} {what}", self.id))
    }
}

impl Add {
    async fn run(self) -> Outcome {
        let new = NewClient {
            id: self.named.id.clone(),
            public: self.public,
            first_party: self.first_party,
            grants: self.grants.as_deref().map(grants).transpose()?,
            scopes: scopes(&self.scopes)?,
            audience: self.audience,
            keys: self.public_key.as_deref().map(key_file).transpose()?,
        };
        let added = clients(&self.named.place).await?.add(new).await;
        show::added(&added.map_err(|error| self.named.failure(error))?, self.json)
    }
}

async fn secret(named: &Named, drop: bool, json: bool) -> Outcome {
    let clients = clients(&named.place).await?;
    if !drop {
        let added: Result<AddedClient, ClientError> = clients.add_secret(&named.id).await;
        return show::added(&added.map_err(|error| named.failure(error))?, json);
    }
    let left: Result<Client, ClientError> = clients.drop_secret(&named.id).await;
    match json {
        true => show::show(&left.map_err(|error| named.failure(error))?, json),
        false => named.report(left, "has its newer secret alone"),
    }
}

fn grants(names: &[String]) -> Outcome<BTreeSet<GrantType>> {
    let names = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
    names
        .map(|name| {
            GrantType::of_name(name).ok_or_else(|| {
                let known = GrantType::ALL.map(GrantType::name).join(", ");
                Failure::usage(format!("there is no grant {name}"), format!("There are: {known}."))
            })
        })
        .collect()
}

fn scopes(words: &[String]) -> Outcome<ScopeSet> {
    ScopeSet::parse(&words.join(" ")).map_err(|error| {
        let remedy = "Separate them by commas, as in users:read,users:write.";
        Failure::usage("the scopes cannot be read", remedy).because(error)
    })
}

/// The text of a file with public keys, as far as it can be one.
fn key_file(path: &Path) -> Outcome<String> {
    let mut text = String::new();
    let most = u64::try_from(CLIENT_KEYS_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(most).read_to_string(&mut text));
    let what = format!("{} cannot be read", path.display());
    read.or_fail(what, "Name a file with a public key as PEM, a JWK or a set of JWKs.")?;
    Ok(text)
}
