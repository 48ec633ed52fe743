//! Real Django, Flask and FastAPI applications beside us, on one database: SQLite, PostgreSQL and MariaDB. `scripts/peers` installs
//! them; without them this says so and is left out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

mod databases;
mod django;
mod fastapi_users;
mod flask_security;
mod fleet;
mod front;
mod links;
mod moves;
mod own_api_keys;
mod own_audit;
mod own_clients;
mod own_failover;
mod own_feed;
mod own_keys;
mod own_links;
mod own_nodes;
mod own_sessions;
mod own_steps;
mod own_tables;
mod own_throttle;
mod own_users;
mod peer;
mod pooler;
mod psql;
mod relay;
mod through_pgbouncer;
mod tls;
mod wrong_clock;

#[path = "../support/cli.rs"]
mod support;
