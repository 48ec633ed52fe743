//! A shop that keeps what strangers put into their carts with tower-sessions, and asks who they are when they order.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run -p neighbour-tower-sessions
//! $ curl -c jar -b jar -X POST http://127.0.0.1:8000/cart/engine
//! $ TOKEN=$(curl -s -d 'username=ada&password=engine' http://127.0.0.1:8000/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
//! $ curl -c jar -b jar -X POST -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/order
//! ```

use portcullis::Error;
use portcullis::prelude::*;
use tower_sessions::session::Error as SessionError;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

/// The session's cart; empty for who has none yet.
async fn cart(session: &Session) -> Result<Vec<String>, Refusal> {
    Ok(session.get("cart").await.map_err(away)?.unwrap_or_default())
}

/// A session that cannot be kept is a store that cannot be reached.
fn away(error: SessionError) -> Refusal {
    StoreError::unavailable(error).into()
}

async fn read_cart(session: Undescribed<Session>) -> Result<Json<Vec<String>>, Refusal> {
    cart(&session).await.map(Json)
}

async fn fill_cart(session: Undescribed<Session>, Path(item): Path<String>) -> Result<Json<Vec<String>>, Refusal> {
    let mut cart = cart(&session).await?;
    cart.push(item);
    session.insert("cart", &cart).await.map_err(away)?;
    Ok(Json(cart))
}

async fn order(user: ActiveUser, session: Undescribed<Session>) -> Result<Json<String>, Refusal> {
    let ordered = cart(&session).await?;
    session.flush().await.map_err(away)?;
    Ok(Json(format!("{} ordered {}", user.username(), ordered.join(" and "))))
}

/// The whole application.
fn app(key: SigningKey, users: MemoryUsers) -> Result<axum::Router, Error> {
    let routes = ApiRouter::new()
        .api_route("/cart", get(read_cart))
        .api_route("/cart/{item}", post(fill_cart))
        .api_route("/order", post(order))
        .layer(SessionManagerLayer::new(MemoryStore::default()));
    Ok(Auth::builder(key, users).build()?.mount(routes))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let hash = Passwords::recommended().hash(&Password::from("engine"))?;
    let users = MemoryUsers::from_iter([Account::new("ada").with_password_hash(hash)]);
    let app = app(SigningKey::from_env("SECRET_KEY")?, users)?;
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
