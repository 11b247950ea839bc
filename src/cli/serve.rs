//! `serve`: a worker for windows on other computers.

use std::path::PathBuf;

use clap::Args;

use crate::error::Result;

/// Options of `serve`.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub struct Options {
    /// Serve the window at the ends of standard input and output; a server of its own is started for it, which goes on
    /// when the line is lost
    #[arg(long)]
    stdio: bool,
    /// Serve windows that come to this Unix socket, which only you may use, until a signal; with --stdio, the socket
    /// of the server that is meant
    #[arg(long, value_name = "SOCKET")]
    listen: Option<PathBuf>,
    /// With --stdio, do the work in this very process, which saves and ends when the line is lost (as in a container)
    #[arg(long, requires = "stdio", conflicts_with = "listen")]
    attached: bool,
    /// End when nothing goes on and nobody has looked for so many minutes
    #[arg(long, value_name = "MINUTES", conflicts_with = "stdio")]
    idle_minutes: Option<u32>,
}

/// Serves until the line or a signal ends it.
#[cfg(unix)]
pub fn run(options: Options) -> Result<()> {
    use std::time::Duration;

    use crate::remote::serve::{DetachedServer, default_socket, listen, relay, serve_here};
    match options {
        Options { attached: true, .. } => serve_here(),
        Options { stdio: true, listen: socket, .. } => {
            relay(&DetachedServer::at(&socket.unwrap_or_else(default_socket)))
        }
        Options { listen: socket, idle_minutes, .. } => {
            let idle = idle_minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
            listen(&socket.unwrap_or_else(default_socket), idle)
        }
    }
}

/// Says that it cannot be done.
#[cfg(not(unix))]
pub fn run(_: Options) -> Result<()> {
    Err(crate::Error::Invalid(
        "a server needs Unix sockets; this system can look at servers elsewhere (--remote), and not be one"
            .into(),
    ))
}
