//! Guards where the state gives no `Auth`.
//~ the state `App` does not give what this handler takes from it
//~ the state `App` does not give what the handlers take from it
//~ derive `FromRef` on the state, which has it as a field: `#[derive(Clone, FromRef)] struct App { auth: Auth, … }`

use portcullis::prelude::*;

#[derive(Clone)]
struct App {
    auth: Auth,
}

async fn read_users_me(user: ActiveUser) -> Json<Profile> {
    Json(user.profile())
}

fn added(routes: ApiRouter<App>) -> ApiRouter<App> {
    routes.api_route("/users/me/", get(read_users_me))
}

fn mounted(auth: Auth) -> axum::Router {
    let routes = ApiRouter::new().api_route("/users/me/", get(read_users_me));
    auth.front().mount_with(routes, App { auth: auth.clone() })
}

fn main() {
    let _ = (added, mounted);
}
