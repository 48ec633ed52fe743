use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis::prelude::*;
use portcullis::{ServeError, Site};
use serde_json::{Value, json};

type Models = Arc<BTreeMap<&'static str, f64>>;

fn load() -> Models {
    Arc::new(BTreeMap::from([("answer", 42.0)]))
}

async fn predict(State(models): State<Models>) -> Json<Value> {
    Json(json!({ "result": models.get("answer") }))
}

pub fn app() -> axum::Router {
    Site::new().mount_with(ApiRouter::new().api_route("/predict", get(predict)), load())
}

pub async fn run() -> Result<(), ServeError> {
    // Until SIGTERM or Ctrl-C, and until the requests in flight are answered.
    portcullis::serve("127.0.0.1:8000", app()).await?;
    println!("the models are unloaded");
    Ok(())
}
