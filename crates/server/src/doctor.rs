//! What an operator should know of a deployment: each question is a small function, and nothing is changed.

use portcullis_sql::AnyDatabase;

use crate::config::Given;
use crate::failure::Failure;
use crate::logging;
use crate::place::Place;

mod backups;
mod breached;
mod database;
mod files;
mod finding;
mod fleet;
mod keys;
mod running;
mod settings;
mod tables;
mod trail;
mod users;

pub(crate) use finding::{Finding, Grade};

use finding::{fault, good};

/// Asks everything that can be asked. What cannot even be begun ends it: what follows would be told by its consequences.
pub(crate) async fn examine(given: &Given) -> Vec<Finding> {
    let settings = match given.settings() {
        Ok(settings) => settings,
        Err(failure) => return vec![of_failure("settings", &failure)],
    };
    logging::start(settings.log, "off");
    let mut found = vec![good("settings", "they are understood")];
    found.extend(settings::all(&settings));
    // Whether there is the standby that there must be is a question of its own.
    let place = Place::of(&settings).with_or_without_standby();
    if let Some(folder) = place.data_folder() {
        if let Err(failure) = folder.expect_set_up() {
            found.push(of_failure("data_folder", &failure));
            return found;
        }
        found.extend(files::all(folder));
        found.push(backups::last(folder));
    }
    found.push(files::master_key_rights(&place));
    found.push(breached::file(&settings, &place));
    let anchors = trail::anchors(&settings);
    let asked = match place.data_folder() {
        Some(folder) => database::copy(folder, &place, &settings).await,
        None => database::shared(&place, &settings).await,
    };
    match asked {
        Ok(copy) => {
            found.extend(database::all(&copy));
            found.extend(tables::all(&copy).await);
            if let AnyDatabase::Postgres(database) = copy.users.database() {
                found.extend(fleet::all(&database, &settings).await);
            }
            found.extend(keys::all(&copy).await);
            found.push(trail::whole(&copy, anchors).await);
            found.push(trail::a_day(&copy).await);
            found.extend(users::all(&copy, &settings).await);
        }
        Err(failed) => found.extend(failed),
    }
    found.extend(running::all(&settings).await);
    found
}

fn of_failure(check: &'static str, failure: &Failure) -> Finding {
    fault(check, failure.sentence(), failure.remedy())
}
