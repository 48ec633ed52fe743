//! A walk over every route of an application.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use http::Method;
use portcullis::RouteEntry;
use portcullis_core::MemoryUsers;

use crate::fail::fail;
use crate::test_auth::TestAuth;
use crate::users::TestUsers;

mod browsers;
mod checks;
mod report;
mod visit;

pub use report::Report;

use checks::Checks;
use report::Row;
use visit::{Objects, Visit};

impl<S: TestUsers> TestAuth<S> {
    /// Goes over every documented route, and fails the test where one lets in whom it should refuse.
    ///
    /// Of a route with a guard it is asked: without credentials; with every [attack](crate::attack) that applies; with a token
    /// that lacks one of the scopes, for each; as a user who has none of them any more; as a disabled one. All must be refused,
    /// and a good token must not be: else the refusals would say nothing. So handlers are called, without a body and for users
    /// who were made for it; of their answers the bodies are not read. The guard must be the first to refuse: name it before bodies and parameters in the signature.
    ///
    /// Where the `Auth` has cookies, it is asked with those as well: together with a token, with two, with one of a session that
    /// ended, and for a change with one that another site's page sends, or of which nothing says whose page sends it.
    ///
    /// Of a route that guards an object, one must be named ([`Walk::object`]): another user than its own is refused there. Routes of
    /// `DELETE` are asked last.
    ///
    /// Routes without a guard are listed; [`Walk::open`] says which there may be.
    ///
    /// A route whose guards ask for other credentials than tokens of the `Auth` is asked without any alone, and so is what is
    /// asked for beside a token: what is right for them the walk cannot know. Paths that do not describe themselves
    /// ([`RouteTable::undescribed`](portcullis::RouteTable::undescribed)) are not asked.
    ///
    /// ```
    /// # use portcullis::prelude::*;
    /// # use portcullis_testing::TestAuth;
    /// # async fn read_me(user: ActiveUser) -> String {
    /// #     user.username().to_owned()
    /// # }
    /// # async fn health() -> &'static str {
    /// #     "ok"
    /// # }
    /// # fn app(auth: Auth) -> axum::Router {
    /// #     auth.mount(ApiRouter::new().api_route("/users/me/", get(read_me)).api_route("/health", get(health)))
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let report = TestAuth::new(app).walk().open(["/token", "/health"]).await;
    /// println!("{report}");
    /// # assert_eq!(report.guarded(), 1);
    /// # }
    /// ```
    pub fn walk(&self) -> Walk<S> {
        Walk {
            test: self.clone(),
            open: None,
            below: None,
            user: None,
            stranger: "stranger-in-a-walk".to_owned(),
            values: Vec::new(),
            objects: Vec::new(),
        }
    }
}

/// What a walk is told before it begins; awaited, it goes, and fails the test where there is something to tell.
#[must_use = "a walk begins when it is awaited"]
pub struct Walk<S: TestUsers = MemoryUsers> {
    test: TestAuth<S>,
    open: Option<Vec<String>>,
    below: Option<Vec<String>>,
    user: Option<String>,
    stranger: String,
    values: Vec<(String, String)>,
    objects: Vec<Object>,
}

/// An object that somebody has the rights to.
struct Object {
    kind: String,
    owner: String,
    key: Vec<(String, String)>,
}

impl<S: TestUsers> Walk<S> {
    /// The paths that may be open, written as in the document; any other route without a guard, and one of these that is guarded
    /// or not there, fails the test. What does not describe itself counts as open.
    pub fn open<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.open = Some(paths.into_iter().map(Into::into).collect());
        self
    }

    /// The path below which the application is reached, where its router is nested: `/api`. Where several applications are
    /// mounted in one, a path for each, in the order in which they are mounted.
    pub fn below<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.below = Some(paths.into_iter().map(Into::into).collect());
        self
    }

    /// Who walks: a user who is active and has all scopes. Needed where the store cannot make any; else one is made for each
    /// route.
    pub fn as_user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    /// The value of a path parameter, wherever one of this name stands; `1` unless told.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.push((name.into(), value.into()));
        self
    }

    /// An object that a user has every right to which its routes ask for ([`Allowed`](portcullis::Allowed)): the name of its type,
    /// the user, and the values of the path parameters that name it. On every route that guards such an object this user must be
    /// let in, and another one must be refused. A route that guards objects of which none is named fails the test.
    pub fn object<N: Into<String>, V: Into<String>>(
        mut self,
        kind: impl Into<String>,
        owner: impl Into<String>,
        key: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.objects.push(Object {
            kind: kind.into(),
            owner: owner.into(),
            key: key
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        });
        self
    }

    /// Who has no right to any of the objects: a user who is active and has all scopes. Needed where the store cannot make any.
    pub fn stranger(mut self, name: impl Into<String>) -> Self {
        self.stranger = name.into();
        self
    }

    /// Goes, and tells what it found without failing the test.
    pub async fn report(self) -> Report {
        let tables = self.test.tables();
        let roots = match &self.below {
            Some(below) => below.clone(),
            None => vec![String::new()],
        };
        if tables.is_empty() {
            fail("nothing was mounted while the application was built, as far as its own task tells");
        }
        if tables.len() != roots.len() {
            fail(format!(
                "{} applications are mounted and {} paths are known: name one for each with `below`",
                tables.len(),
                roots.len()
            ));
        }
        let mut rows = Vec::new();
        for (table, root) in tables.iter().zip(&roots) {
            let mut entries: Vec<_> = table.operations().iter().enumerate().collect();
            // What takes away goes last.
            entries.sort_by_key(|(_, entry)| entry.method == Method::DELETE);
            let mut own = Vec::new();
            for (place, entry) in entries {
                let user = self.user.clone();
                let user = user.unwrap_or_else(|| format!("walker-{}-{place}", rows.len()));
                own.push((place, self.visit(entry, format!("{root}{}", entry.path), user).await));
            }
            own.sort_by_key(|(place, _)| *place);
            rows.extend(own.into_iter().map(|(_, row)| row));
            // An application of its own below such a path is walked with its own table.
            let undescribed = table.undescribed().iter().map(|path| format!("{root}{path}"));
            rows.extend(undescribed.filter(|path| !roots.contains(path)).map(Row::undescribed));
        }
        Report::new(rows, self.open.as_deref())
    }

    async fn visit(&self, entry: &RouteEntry, path: String, user: String) -> Row {
        let Some(asked) = &entry.requirement else {
            return Row::open(entry.method.clone(), path);
        };
        let known = |kind: &str| self.objects.iter().find(|object| object.kind == kind);
        let objects: Vec<Option<&Object>> = entry.objects.iter().map(|guarded| known(&guarded.object)).collect();
        let owner = objects.iter().flatten().next().map(|object| object.owner.clone());
        let unknown = entry.objects.iter().zip(&objects).find(|(_, known)| known.is_none());
        let visit = Visit {
            test: &self.test,
            method: entry.method.clone(),
            uri: filled(&path, &self.values, objects.iter().copied().flatten()),
            user: owner.unwrap_or(user),
            asked,
            objects: match (entry.objects.is_empty(), unknown) {
                (true, _) => Objects::None,
                (false, None) => Objects::Known(&self.stranger),
                (false, Some((guarded, _))) => Objects::Unknown(&guarded.object),
            },
        };
        let mut checks = Checks::default();
        visit.browsers(&mut checks).await;
        let (checks, failures) = visit.checks(checks).await;
        let guards = std::iter::once(asked.to_string()).chain(entry.objects.iter().map(ToString::to_string));
        let guards = guards.collect::<Vec<_>>().join(", ");
        Row::guarded(entry.method.clone(), path, guards, checks, failures)
    }
}

/// A path with values in the place of its parameters: those of objects, those that were told, or `1`.
fn filled<'a>(path: &str, values: &[(String, String)], objects: impl Iterator<Item = &'a Object> + Clone) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, inside)| Some((before, inside.split_once('}')?)))
    {
        filled.push_str(before);
        let name = name.split_once(':').map_or(name, |(name, _)| name);
        let of_objects = objects.clone().flat_map(|object| &object.key);
        let value = of_objects.chain(values).find(|(own, _)| own == name);
        filled.push_str(value.map_or("1", |(_, value)| value));
        rest = after;
    }
    filled + rest
}

impl<S: TestUsers> IntoFuture for Walk<S> {
    type Output = Report;
    type IntoFuture = Pin<Box<dyn Future<Output = Report> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let report = self.report().await;
            if !report.failures().is_empty() {
                fail(&report);
            }
            report
        })
    }
}

impl<S: TestUsers> fmt::Debug for Walk<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").field("open", &self.open).finish_non_exhaustive()
    }
}
