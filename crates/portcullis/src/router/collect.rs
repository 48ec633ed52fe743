//! The routes of what is mounted, for whoever builds an application in order to test it.

use std::sync::{Arc, Mutex, PoisonError};

use super::table::RouteTable;

type Tables = Arc<Mutex<Vec<RouteTable>>>;

tokio::task_local! {
    /// Where it is asked for. A finished axum router does not tell its routes any more.
    static ASKED: Tables;
}

impl RouteTable {
    /// Runs `build`, and gives beside what it gave the table of every application that was mounted meanwhile, in that order:
    /// by [`Mount`](crate::Mount), [`Front`](crate::Front) or [`Site`](crate::Site), on this thread. The pages of the
    /// documentation are not in it.
    ///
    /// ```
    /// use portcullis::{ApiRouter, RouteTable, Site, get};
    ///
    /// async fn health() -> &'static str {
    ///     "ok"
    /// }
    ///
    /// let (_router, tables) = RouteTable::of_mounted(|| Site::new().mount(ApiRouter::new().api_route("/health", get(health))));
    /// assert_eq!(tables[0].operations()[0].path, "/health");
    /// ```
    pub fn of_mounted<T>(build: impl FnOnce() -> T) -> (T, Vec<Self>) {
        let tables = Tables::default();
        let built = ASKED.sync_scope(tables.clone(), build);
        (built, taken(&tables))
    }

    /// The same of an application that is built in a future, as far as it is mounted in that one and not in a task of its own.
    pub async fn of_mounted_in<F: Future>(build: F) -> (F::Output, Vec<Self>) {
        let tables = Tables::default();
        let built = ASKED.scope(tables.clone(), build).await;
        (built, taken(&tables))
    }

    /// Tells a table, if anybody asked.
    pub(crate) fn tell(table: impl FnOnce() -> Self) {
        let _ = ASKED.try_with(|tables| tables.lock().unwrap_or_else(PoisonError::into_inner).push(table()));
    }
}

fn taken(tables: &Tables) -> Vec<RouteTable> {
    std::mem::take(&mut *tables.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::{ApiRouter, get};
    use crate::site::Site;

    fn app(path: &str) -> axum::Router {
        async fn nothing() {}
        Site::new().mount(ApiRouter::new().api_route(path, get(nothing)))
    }

    fn paths(tables: &[RouteTable]) -> Vec<&str> {
        let all = tables.iter().flat_map(RouteTable::operations);
        all.map(|entry| entry.path.as_str()).collect()
    }

    #[tokio::test]
    async fn what_is_mounted_is_told_to_who_asked_and_to_nobody_else() {
        drop(app("/before"));
        let ((), tables) = RouteTable::of_mounted(|| drop((app("/inner"), app("/outer"))));
        drop(app("/between"));
        assert_eq!(paths(&tables), ["/inner", "/outer"]);
        let ((), tables) = RouteTable::of_mounted_in(async {
            tokio::task::yield_now().await;
            drop(app("/later"));
        })
        .await;
        assert_eq!(paths(&tables), ["/later"]);
    }
}
