//! `key`: the signing keys of a data folder, while its server runs or not, and fresh secrets.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use portcullis_core::jose::{Algorithm, SigningKey};
use portcullis_core::{AuditEvent, AuditKind, KeyState, KeyStatus};

use crate::config::PlaceFlags;
use crate::deployment::Deployment;
use crate::failure::{OrFail as _, Outcome};
use crate::generate;
use crate::output::say;
use crate::signing::{Keys, failure};
use crate::whoever::whoever;

mod files;
mod found;
mod list;
mod master;
mod retire;

use found::{described, find};

/// Make, list and change signing keys
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_help = "The life of a key:\n  \
    next      published in /.well-known/jwks.json, not yet used\n  \
    active    signs new tokens\n  \
    retiring  signs no more; its tokens are good until the last has expired\n  \
    retired   its tokens are refused\n\n\
    A running server follows every change within a second, and makes the next key itself on the schedule of\n\
    key_rotation_days. An id may be shortened as long as it is plain which is meant.")]
pub(crate) struct KeyCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the signing keys
    #[command(after_help = "Examples:\n  portcullis key list\n  portcullis key list --all --json")]
    List {
        /// Those that are retired, too
        #[arg(long)]
        all: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// Print a new secret of 256 bits as 64 hexadecimal digits, as `openssl rand -hex 32` does, or a new key as JWK
    #[command(after_help = "Examples:\n  SECRET_KEY=$(portcullis key new) portcullis demo\n  \
        portcullis key new --algorithm ES256 > private.jwk\n\n\
        Nothing is stored. `portcullis key rotate` makes a key for the server.")]
    New {
        /// Print a private key for this algorithm as JWK
        #[arg(long, value_name = "NAME")]
        algorithm: Option<Algorithm>,
    },
    /// Make the next signing key: it is published now and signs after key_publish_minutes
    #[command(
        after_help = "Examples:\n  portcullis key rotate\n  portcullis key rotate --algorithm EdDSA\n  \
        portcullis key rotate --now\n\n\
        Nobody is logged out: tokens of the older key are good until they expire, whatever the algorithms are.\n\
        With --now, programs that keep our key set may refuse new tokens until they fetch it anew. After a theft,\n\
        use `portcullis key retire`, which ends the stolen key's tokens, too."
    )]
    Rotate {
        /// What it signs with, instead of the setting `algorithm`
        #[arg(long, value_name = "NAME")]
        algorithm: Option<Algorithm>,
        /// Sign with it at once; a next key that is there already is taken
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// End a key at once: every token that it signed is refused from now on
    #[command(after_help = "Example:\n  portcullis key retire 5e0c\n\n\
        If it is the one that signs, the next one takes its place, or a new one. It has ended also when the command\n\
        fails after that, and whether or not the key can be opened.")]
    Retire {
        /// The key's id, or its beginning
        id: String,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// Bring in a private key or a shared secret from a file: PEM or JWK
    #[command(after_help = "Examples:\n  portcullis key import private.pem --algorithm RS256\n  \
        portcullis key import key.jwk --now\n\n\
        It becomes the next signing key, under the id in the JWK (kid) or its thumbprint (RFC 7638).")]
    Import {
        /// The file
        file: PathBuf,
        /// What it signs with, where the file does not say
        #[arg(long, value_name = "NAME")]
        algorithm: Option<Algorithm>,
        /// Sign with it at once
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// Print a key: its public half as JWK, unless told otherwise
    #[command(
        after_help = "Examples:\n  portcullis key export 5e0c\n  portcullis key export --pem 5e0c > public.pem\n  \
        portcullis key export --private 5e0c > private.jwk\n\n\
        Whoever has the private half can make tokens for anyone. A shared secret has no public half."
    )]
    Export {
        /// The key's id, or its beginning
        id: String,
        /// The public half, which is what is printed anyway
        #[arg(long, conflicts_with = "private")]
        public: bool,
        /// The whole key: whoever has it can make tokens for anyone
        #[arg(long)]
        private: bool,
        /// Print PEM instead of a JWK
        #[arg(long)]
        pem: bool,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// Change the master key: encrypt every signing key under the present one
    #[command(after_help = "Example:\n  cd portcullis-data/keys\n  mv master.key old.key\n  \
        portcullis key rewrap --old-file old.key && rm old.key\n\n\
        The present master key is in PORTCULLIS_MASTER_KEY or in the file of master_key_file, which is made if it is not\n\
        there; the former one in --old-file or PORTCULLIS_OLD_MASTER_KEY. If it is interrupted, run it again.\n\
        Restart running servers afterwards.")]
    Rewrap {
        /// The file with the former master key
        #[arg(long, value_name = "FILE")]
        old_file: Option<PathBuf>,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// Start anew where the master key is lost: every signing key ends, with it every token, and every API key
    #[command(
        after_help = "Example:\n  portcullis key reset --yes\n\nStop running servers first. Users and passwords stay."
    )]
    Reset {
        /// Really do it
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        place: PlaceFlags,
    },
}

impl KeyCommand {
    pub(crate) async fn run(self) -> Outcome {
        match self.what {
            What::List { all, json, place } => list::list(&place.0, all, json).await,
            What::New { algorithm } => new(algorithm),
            What::Rotate { algorithm, now, place } => {
                let keys = open(&place).await?;
                report(&keys.rotate(algorithm, now).await.map_err(failure)?)
            }
            What::Retire { id, place } => retire::retire(&place, &id).await,
            What::Import {
                file,
                algorithm,
                now,
                place,
            } => {
                let key = files::read(&file, algorithm)?;
                let keys = open(&place).await?;
                report(&keys.import(key, now).await.map_err(failure)?)
            }
            What::Export {
                id,
                private,
                pem,
                place,
                public: _,
            } => {
                let Deployment { keys, auth, .. } = Deployment::open(&place.0, "warn").await?;
                let key = find(&keys, &id).await?;
                if let Some(audit) = auth.audit().filter(|_| private) {
                    let event = AuditEvent::new(AuditKind::KeyExported, whoever()).of(&key.record.id);
                    audit
                        .record(event)
                        .await
                        .or_fail("it cannot be written down", "Try again.")?;
                }
                files::export(&keys, &key, private, pem).await
            }
            What::Rewrap { old_file, place } => master::rewrap(&place.0, old_file.as_deref()).await,
            What::Reset { yes, place } => master::reset(&place.0, yes).await,
        }
    }
}

async fn open(place: &PlaceFlags) -> Outcome<Keys> {
    Ok(Deployment::open(&place.0, "warn").await?.keys.by(whoever()))
}

fn new(algorithm: Option<Algorithm>) -> Outcome {
    let remedy = "Try again.";
    let Some(algorithm) = algorithm else {
        let secret = generate::hex_secret(&generate::random());
        return say(secret.or_fail("no secret could be made", remedy)?.as_str());
    };
    let key = SigningKey::generate(algorithm).and_then(|key| key.export_private_jwk());
    say(key.or_fail("no key could be made", remedy)?.as_str())
}

/// What became of a key that was added.
fn report(key: &KeyStatus) -> Outcome {
    let when = match key.state {
        KeyState::Next => {
            let (date, relative) = list::when(key.record.activates);
            format!("is published, and signs from {date} on ({relative})")
        }
        _ => "signs from now on".to_owned(),
    };
    say(format!(
        "{} {when}. Tokens of older keys are good until they expire.",
        described(key)
    ))
}
