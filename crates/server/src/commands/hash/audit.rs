//! `hash audit`: how many users sit in which scheme and cost, and how strong that is.

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::census::Hashes;
use crate::census::{Tally, Where, chart, json};
use crate::config::PlaceFlags;
use crate::failure::{Failure, Outcome};
use crate::logging;
use crate::output::{say, say_json};
use crate::place::Place;
use crate::records::{Columns, Format, Preset, Source};
use crate::users;

#[derive(Debug, Args)]
pub(super) struct Audit {
    /// A database URL (sqlite:…, postgres://…, mysql://…) or a file; without it, the users of the data folder
    source: Option<String>,
    /// The table, where it is no known framework's
    #[arg(long, requires = "column")]
    table: Option<String>,
    /// The column of the hash: in that table, or in the file
    #[arg(long)]
    column: Option<String>,
    /// The column that identifies a row of that table
    #[arg(long, default_value = "id")]
    id: String,
    /// How the file is written [default: by its name]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Whose export it is [default: by the names of its columns]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(Preset::names()))]
    from: Option<String>,
    /// The realm, of a Keycloak export that holds several
    #[arg(long, value_name = "NAME")]
    realm: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceFlags,
}

impl Audit {
    pub(super) async fn run(self) -> Outcome {
        let settings = self.place.0.settings()?;
        logging::start(settings.log, "warn");
        let mut tally = Tally::new(users::passwords(&settings).await?);
        let place = Where {
            source: self.source.clone(),
            table: self.table.clone(),
            column: self.column.clone(),
            id: self.id.clone(),
        };
        let hashes = match &self.source {
            None => match users::open(&settings, Place::of(&settings).users().await?).await? {
                users::Users::Own(own) => Hashes::Own(own),
                users::Users::Foreign(foreign) => Hashes::Table(foreign),
            },
            Some(_) if place.is_url() => place.open().await?,
            Some(path) => Hashes::File(self.file(path)?),
        };
        hashes.tally(&mut tally).await?;
        if self.json {
            return say_json(&json(&tally));
        }
        say(chart(&tally))
    }

    fn file(&self, path: &str) -> Outcome<Source> {
        let columns = match &self.column {
            None => Columns::default(),
            Some(column) => {
                let named = Columns::default().with(&format!("password_hash={column}"));
                named.map_err(|reason| Failure::usage(reason, ""))?
            }
        };
        Ok(Source {
            path: path.into(),
            format: self.format,
            preset: self.from.as_deref().and_then(Preset::named),
            realm: self.realm.clone(),
            columns,
            ..Source::default()
        })
    }
}
