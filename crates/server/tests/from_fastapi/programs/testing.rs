use portcullis::prelude::*;
use portcullis_testing::{TestAuth, attack};

async fn read_items(user: ActiveUser) -> Json<Vec<String>> {
    Json(vec![format!("an item of {}", user.username())])
}

fn app(auth: Auth) -> axum::Router {
    auth.mount(ApiRouter::new().api_route("/users/me/items/", get(read_items)))
}

#[tokio::test]
async fn users_read_their_own_items() {
    let test = TestAuth::builder().app(app);
    let nobody = test.as_nobody().get("/users/me/items/").await;
    assert_eq!(nobody.status(), 401);

    let alice = test.as_user("alice");
    let items = alice.get("/users/me/items/").await;
    assert_eq!(items.json::<Vec<String>>(), ["an item of alice"]);

    let forged = alice.attacked_by(attack::other_key()).get("/users/me/items/").await;
    assert_eq!(forged.status(), 401);
}
