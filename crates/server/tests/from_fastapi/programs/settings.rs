use std::env;

use portcullis::Site;
use portcullis::prelude::*;
use serde_json::{Value, json};

#[derive(Clone)]
struct Settings {
    app_name: String,
    items_per_user: u32,
}

impl Settings {
    fn from_env() -> Result<Self, Box<dyn std::error::Error>> {
        let items = env::var("ITEMS_PER_USER").map(|text| text.parse());
        Ok(Self {
            app_name: env::var("APP_NAME").unwrap_or_else(|_| "Awesome API".to_owned()),
            items_per_user: items.unwrap_or(Ok(50))?,
        })
    }
}

async fn read_info(State(settings): State<Settings>) -> Json<Value> {
    Json(json!({ "app_name": settings.app_name, "items_per_user": settings.items_per_user }))
}

pub fn app() -> Result<axum::Router, Box<dyn std::error::Error>> {
    let routes = ApiRouter::new().api_route("/info", get(read_info));
    Ok(Site::new().mount_with(routes, Settings::from_env()?))
}
