//! An application with a user model and a store of its own.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run --example own_user
//! $ TOKEN=$(curl -s -d 'username=ada@example.com&password=engine' http://127.0.0.1:8000/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
//! $ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/orders
//! ```

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use portcullis::prelude::*;

/// The application's own model: people log in by e-mail, and tokens carry the customer number.
#[derive(Clone)]
struct Customer {
    number: u32,
    name: String,
    password: HashString,
    scopes: ScopeSet,
}

impl User for Customer {
    fn id(&self) -> UserId {
        UserId::new(self.number.to_string())
    }

    fn password_hash(&self) -> Option<&HashString> {
        Some(&self.password)
    }

    fn is_active(&self) -> bool {
        true
    }

    fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }
}

/// The application's own store.
#[derive(Clone, Default)]
struct Customers(Arc<RwLock<HashMap<String, Customer>>>);

impl UserStore for Customers {
    type User = Customer;

    async fn by_login(&self, login: &str) -> Result<Option<Customer>, StoreError> {
        Ok(self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(login)
            .cloned())
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Customer>, StoreError> {
        let customers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(customers.values().find(|customer| customer.id() == *id).cloned())
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        let mut customers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match customers
            .values_mut()
            .find(|customer| customer.id() == *id && customer.password == *seen)
        {
            Some(customer) => {
                customer.password = new.clone();
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

async fn read_orders(customer: ActiveUser<Customer>) -> Json<Vec<String>> {
    Json(vec![format!("one analytical engine for {}", customer.name)])
}

async fn read_greeting(customer: Option<ActiveUser<Customer>>) -> Json<String> {
    Json(customer.map_or("Hello, stranger".into(), |customer| format!("Hello, {}", customer.name)))
}

/// The whole application.
pub fn app(key: SigningKey) -> Result<axum::Router, portcullis::Error> {
    let password = Passwords::recommended().hash(&Password::from("engine"))?;
    let ada = Customer {
        number: 7,
        name: "Ada".into(),
        password,
        scopes: ScopeSet::empty(),
    };
    let customers = Customers::default();
    customers
        .0
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert("ada@example.com".into(), ada);
    let auth = Auth::builder(key, customers).build()?;
    Ok(auth.mount(
        ApiRouter::new()
            .title("Orders")
            .api_route("/orders", get(read_orders))
            .api_route("/greeting", get(read_greeting)),
    ))
}

#[tokio::main]
async fn main() -> Result<(), portcullis::Error> {
    let app = app(SigningKey::from_env("SECRET_KEY")?)?;
    println!("listening on http://127.0.0.1:8000, docs at http://127.0.0.1:8000/docs");
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}
