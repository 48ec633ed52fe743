//! Buyers of a shop, in a table that the application itself keeps with diesel; what each may do stands in their row.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run -p neighbour-diesel
//! $ curl -d 'username=ada@example.com&password=engine&scope=orders' http://127.0.0.1:8000/token
//! ```

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::r2d2::{self, ConnectionManager, CustomizeConnection, Pool};
use portcullis::Error;
use portcullis::core::epoch_of;
use portcullis::prelude::*;

diesel::table! {
    buyers {
        id -> BigInt,
        email -> Text,
        password -> Text,
        may -> Text,
        closed -> Bool,
    }
}

/// A row of `buyers`.
#[derive(Clone, Queryable)]
struct Buyer {
    id: i64,
    email: String,
    #[diesel(deserialize_as = String)]
    password: HashString,
    #[diesel(deserialize_as = String)]
    may: ScopeSet,
    closed: bool,
}

impl User for Buyer {
    fn id(&self) -> UserId {
        self.id.to_string().into()
    }

    fn password_hash(&self) -> Option<&HashString> {
        Some(&self.password)
    }

    fn is_active(&self) -> bool {
        !self.closed
    }

    fn scopes(&self) -> &ScopeSet {
        &self.may
    }

    /// Tokens end with the password.
    fn token_epoch(&self) -> u64 {
        epoch_of(&self.password)
    }
}

#[derive(Clone)]
struct Buyers(Pool<ConnectionManager<SqliteConnection>>);

impl Buyers {
    /// diesel waits for its database: on a thread that may wait.
    async fn ask<T, Q>(&self, question: Q) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Q: FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
    {
        let pool = self.0.clone();
        let asked =
            move || question(&mut *pool.get().map_err(StoreError::unavailable)?).map_err(StoreError::unavailable);
        tokio::task::spawn_blocking(asked)
            .await
            .map_err(StoreError::unavailable)?
    }
}

impl UserStore for Buyers {
    type User = Buyer;

    async fn by_login(&self, email: &str) -> Result<Option<Buyer>, StoreError> {
        let of = buyers::table.filter(buyers::email.eq(email.to_owned()));
        self.ask(|connection| of.first(connection).optional()).await
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Buyer>, StoreError> {
        let Ok(id) = id.as_str().parse::<i64>() else {
            return Ok(None);
        };
        self.ask(move |connection| buyers::table.find(id).first(connection).optional())
            .await
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        let Ok(id) = id.as_str().parse::<i64>() else {
            return Ok(false);
        };
        let row = buyers::table
            .find(id)
            .filter(buyers::password.eq(seen.as_str().to_owned()));
        let swap = diesel::update(row).set(buyers::password.eq(new.as_str().to_owned()));
        Ok(self.ask(|connection| swap.execute(connection)).await? == 1)
    }
}

scopes! {
    /// See one's orders.
    Orders = "orders";
    /// Change what things cost.
    Prices = "prices";
}

async fn read_orders(buyer: Scoped<Orders, Buyer>) -> Json<String> {
    Json(format!("one analytical engine for {}", buyer.email))
}

async fn write_prices(buyer: Scoped<Prices, Buyer>) -> Json<String> {
    Json(format!("engines are dearer, says {}", buyer.email))
}

/// The whole application.
fn app(buyers: Buyers, key: SigningKey) -> Result<axum::Router, Error> {
    let auth = Auth::builder(key, buyers).scopes::<(Orders, Prices)>().build()?;
    let routes = ApiRouter::new()
        .api_route("/orders", get(read_orders))
        .api_route("/prices", post(write_prices));
    Ok(auth.mount(routes))
}

/// Several connections write to one file: each waits for its turn.
#[derive(Debug)]
struct Patient;

impl CustomizeConnection<SqliteConnection, r2d2::Error> for Patient {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), r2d2::Error> {
        let settings = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL";
        connection.batch_execute(settings).map_err(r2d2::Error::QueryError)
    }
}

fn open(file: &str) -> Result<Buyers, Error> {
    let pool = Pool::builder().connection_customizer(Box::new(Patient));
    let pool = pool.build(ConnectionManager::new(file)).map_err(Error::other)?;
    let table = "CREATE TABLE IF NOT EXISTS buyers (
        id INTEGER PRIMARY KEY,
        email TEXT NOT NULL UNIQUE,
        password TEXT NOT NULL,
        may TEXT NOT NULL DEFAULT 'orders',
        closed INTEGER NOT NULL DEFAULT FALSE
    )";
    pool.get()
        .map_err(Error::other)?
        .batch_execute(table)
        .map_err(Error::other)?;
    Ok(Buyers(pool))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let app = app(open("shop.db")?, SigningKey::from_env("SECRET_KEY")?)?;
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
