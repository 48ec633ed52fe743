//! What a browser may send along without its user knowing.

use http::Method;
use http::header::COOKIE;
use portcullis_core::Attempt;

use super::checks::Checks;
use super::visit::Visit;
use crate::answer::Answer;
use crate::users::TestUsers;

/// The headers beside the cookie.
type Beside<'a> = &'a [(&'a str, &'a str)];

/// What the application's own page says of itself, and another site's.
const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");
const ANOTHER: (&str, &str) = ("sec-fetch-site", "cross-site");

impl<S: TestUsers> Visit<'_, S> {
    /// Asks with the cookie of a session, where there are any and the route takes them.
    pub(super) async fn browsers(&self, checks: &mut Checks) {
        let auth = self.test.auth();
        let takes = self.asked.takes_tokens() && !self.asked.of_no_user();
        let Some(own) = auth.cookies().filter(|_| takes) else {
            return;
        };
        let user = self.good();
        let pair = format!("{}={}", own.name(), user.cookie_value().await);
        let token = format!("Bearer {}", user.token().await);
        let both = [OWN, ("authorization", token.as_str())];
        checks.refused("a cookie and a token", &self.with(&pair, &both).await);
        let two = format!("{pair}; {pair}");
        checks.refused("two cookies of the session's name", &self.with(&two, &[OWN]).await);
        if ![Method::GET, Method::HEAD, Method::OPTIONS].contains(&self.method) {
            let another = self.with(&pair, &[ANOTHER]).await;
            checks.refused(
                "a change that another site's page asks for with the user's cookie",
                &another,
            );
            let unsaid = self.with(&pair, &[]).await;
            checks.refused(
                "a change with a cookie of which nothing says whose page asks for it",
                &unsaid,
            );
        }
        // What takes an object away may do so once, which is asked with a token.
        let asks_twice = self.method != Method::DELETE && self.is_known() && self.asked.schemes().next().is_none();
        if asks_twice {
            checks.let_in("a page of the application itself", &self.with(&pair, &[OWN]).await);
        }
        match auth.end_cookie(user.cookie_value().await, &Attempt::default()).await {
            // Browsers keep a cookie whose session has ended: where none is needed, it is none.
            Ok(()) if self.asked.optional() => {}
            Ok(()) => checks.refused("a cookie of a session that ended", &self.with(&pair, &[OWN]).await),
            Err(error) => checks.failed(format!("its session cannot be ended: {error}")),
        }
    }

    async fn with(&self, cookie: &str, beside: Beside<'_>) -> Answer {
        let call = self.test.as_nobody().request(self.method.clone(), &self.uri);
        let call = call.header(COOKIE.as_str(), cookie);
        let call = beside.iter().fold(call, |call, (name, value)| call.header(name, value));
        call.head().await
    }
}
