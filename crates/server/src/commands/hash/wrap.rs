//! `hash wrap`: Argon2id over fast digests, for users who have not logged in yet.

use clap::Args;
use portcullis_core::password::explain::explain;
use portcullis_core::password::{wrap, wrappable};
use portcullis_core::{
    AccountStore as _, Audit, AuditEvent, AuditKind, HashString, Passwords, User as _, UserId, UserStore as _,
};
use portcullis_sql::AnyUsers;
use tokio::task::JoinSet;

use crate::config::PlaceFlags;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::logging;
use crate::output::say;
use crate::place::Place;
use crate::progress::Progress;
use crate::shown::Shown;
use crate::taken_in::trail_at_hand;
use crate::users;
use crate::whoever::whoever;

/// How many users are looked at at once.
const PAGE: usize = 500;

#[derive(Debug, Args)]
pub(super) struct Wrap {
    /// What the digests are; needed for bare ones (hex_md5 …), which no text tells
    #[arg(long = "scheme", value_name = "NAME")]
    schemes: Vec<String>,
    /// Write nothing; say how many would be wrapped
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: PlaceFlags,
}

/// One user's digest.
struct Found {
    id: UserId,
    scheme: &'static str,
    seen: HashString,
}

#[derive(Default)]
struct Tally {
    wrapped: u64,
    changed: u64,
    failed: Vec<String>,
}

impl Wrap {
    pub(super) async fn run(self) -> Outcome {
        let settings = self.place.0.settings()?;
        logging::start(settings.log, "warn");
        let named = self.named()?;
        if settings.users.as_ref().is_some_and(|users| !users.is_cut_over()) {
            let what = "these users belong to another application, which could not read wrapped hashes";
            return Err(Failure::new(what, "`portcullis adopt --cut-over` makes them our own."));
        }
        let passwords = users::passwords(&settings).await?;
        let place = Place::of(&settings);
        let own = place.users().await?;
        let audit = match self.dry_run {
            true => None,
            false => trail_at_hand(&place, &own.database()).await?,
        };
        let (mut tally, mut progress, mut after) = (Tally::default(), Progress::new("users"), None::<String>);
        loop {
            let page = own.list(after.as_deref(), PAGE).await;
            let page = page.or_fail("the users cannot be read", "What was wrapped is kept; run it again.")?;
            let Some(last) = page.last() else { break };
            after = Some(last.username().to_owned());
            progress.add(page.len());
            let found = page.iter().filter_map(|account| {
                let seen = account.password_hash()?.clone();
                let scheme = scheme_of(&seen, &named)?;
                Some(Found {
                    id: account.id(),
                    scheme,
                    seen,
                })
            });
            let found: Vec<Found> = found.collect();
            if self.dry_run {
                tally.wrapped = tally.wrapped.saturating_add(u64::try_from(found.len()).unwrap_or(0));
            } else {
                tally.take(found, &passwords, (&own, audit.as_ref())).await?;
            }
        }
        progress.end();
        tally.say(self.dry_run)
    }

    /// The schemes that were named.
    fn named(&self) -> Outcome<Vec<&'static str>> {
        let known = |name: &String| {
            wrappable().find(|known| known == name).ok_or_else(|| {
                let names = wrappable().collect::<Vec<_>>().join(", ");
                Failure::usage(
                    format!("the digests of {name} cannot be wrapped"),
                    format!("Those of {names} can."),
                )
            })
        };
        self.schemes.iter().map(known).collect()
    }
}

/// What the digest is: what its text tells, or else what was named.
fn scheme_of(hash: &HashString, named: &[&'static str]) -> Option<&'static str> {
    let told = explain(hash);
    let all: Vec<&str> = told.scheme.into_iter().chain(told.candidates).collect();
    if !named.is_empty() {
        return named.iter().copied().find(|name| all.contains(name));
    }
    told.scheme?;
    wrappable().find(|known| all.contains(known))
}

/// Writes down whose hashes were wrapped since the last time.
async fn written_down(audit: Option<&Audit>) -> Outcome {
    let Some(audit) = audit else { return Ok(()) };
    let what = "hashes were wrapped, and it could not be written down whose";
    audit.flush().await.or_fail(what, "Look at the disk.")
}

impl Tally {
    /// Wraps on as many threads as there are cores, and stores what did not change meanwhile.
    async fn take(
        &mut self,
        found: Vec<Found>,
        passwords: &Passwords,
        (own, audit): (&AnyUsers, Option<&Audit>),
    ) -> Outcome {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut work = JoinSet::new();
        let mut found = found.into_iter();
        loop {
            while work.len() < cores
                && let Some(Found { id, scheme, seen }) = found.next()
            {
                work.spawn_blocking(move || {
                    let wrapped = wrap(scheme, &seen);
                    (id, seen, wrapped)
                });
            }
            let Some(done) = work.join_next().await else {
                return written_down(audit).await;
            };
            let (id, seen, wrapped) = done.or_fail("a thread failed", "Run it again.")?;
            match wrapped {
                Err(error) => self.failed.push(format!("{id}: {error}")),
                Ok(wrapped) => {
                    if passwords.identify(&wrapped) != Some("wrapped") {
                        let what = "the policy under [passwords] does not read wrapped hashes";
                        return Err(Failure::new(what, "Add \"wrapped\" to its `schemes` or to `accept`."));
                    }
                    let swapped = own.swap_hash(&id, &seen, &wrapped).await;
                    let remedy = "What was wrapped is kept; run it again.";
                    match swapped.or_fail("the users cannot be stored", remedy)? {
                        true => {
                            self.wrapped = self.wrapped.saturating_add(1);
                            let upgraded = AuditEvent::new(AuditKind::HashUpgraded, whoever()).of(id.as_str());
                            audit.into_iter().for_each(|audit| audit.tell(upgraded.clone()));
                        }
                        false => self.changed = self.changed.saturating_add(1),
                    }
                }
            }
        }
    }

    fn say(&self, dry_run: bool) -> Outcome {
        let would = if dry_run { "would be wrapped" } else { "wrapped" };
        let mut text = format!("{} hashes {would}", self.wrapped);
        if self.changed > 0 {
            text.push_str(&format!(", {} were changed by their users meanwhile", self.changed));
        }
        let mut text = Shown::from(text);
        for failed in &self.failed {
            text.line(format!("  {failed}"));
        }
        say(text)?;
        if self.failed.is_empty() {
            return Ok(());
        }
        let what = format!("{} digests could not be wrapped", self.failed.len());
        Err(Failure::new(
            what,
            "They stay as they are: their users need new passwords.",
        ))
    }
}
