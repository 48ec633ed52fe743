//! What tells a server from outside that it is to end.

use std::future::Future;
use std::io::{self, IsTerminal as _};

use super::error::ServeError;

/// Listens to the signals that end a server, from now on; the future is ready at the first SIGTERM or Ctrl-C. At SIGHUP too
/// where the process began in a terminal, which has closed; under a service manager that is logged, and nothing else happens.
///
/// # Errors
/// [`ServeError::Signal`].
pub fn end_signal() -> Result<impl Future<Output = ()> + Send, ServeError> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Signal)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Signal)?;
        let mut hangup = signal(SignalKind::hangup()).map_err(ServeError::Signal)?;
        // Once it has closed it is none any more.
        let in_terminal = io::stdin().is_terminal() || io::stderr().is_terminal();
        Ok(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => return,
                    _ = interrupt.recv() => return,
                    _ = hangup.recv() => {}
                }
                if in_terminal {
                    return;
                }
                tracing::warn!("SIGHUP changes nothing: settings are read at the start");
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
