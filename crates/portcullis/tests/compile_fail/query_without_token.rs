//! What takes no token, with a token in the query.
//~ takes no token from a header, so none can come in the query instead

use portcullis::prelude::*;
use portcullis::schemes::AlsoFromQuery;

portcullis::api_key! { Partner in header "X-API-Key"; }

async fn read(_: AlsoFromQuery<RawApiKey<Partner>>) {}

fn main() {
    let _: ApiRouter = ApiRouter::new().api_route("/", get(read));
}
