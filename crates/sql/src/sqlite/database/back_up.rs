//! A database copies itself while it is in use.

use std::path::Path;

use super::Database;
use crate::sqlite::backup::{BackupError, Contents, beside, copy};

impl Database {
    /// Copies the database into a new file (mode 0600) while it is in use, and checks the copy. The file is there when the
    /// copy is whole and on the disk, or not at all.
    ///
    /// # Errors
    /// See [`BackupError`]; a file that is there is not written over.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # let users = portcullis_sql::SqliteUsers::temporary().await?;
    /// # let folder = users.path().parent().unwrap().to_owned();
    /// let contents = users.database().back_up(folder.join("friday.db")).await?;
    /// assert_eq!(contents.tables["portcullis_accounts"], 0);
    /// assert_eq!(portcullis_sql::backup::check(&folder.join("friday.db"))?, contents);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn back_up(&self, to: impl AsRef<Path>) -> Result<Contents, BackupError> {
        let (from, to) = (self.path().to_owned(), to.as_ref().to_owned());
        let for_panic = to.clone();
        let copied = tokio::task::spawn_blocking(move || {
            beside(
                &to,
                |new| copy(&from, new, &mut |_, _| {}),
                |new| std::fs::hard_link(new, &to),
            )
        });
        copied
            .await
            .map_err(|cause| BackupError::Target(for_panic, cause.into()))?
    }
}
