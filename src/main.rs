//! Parses arguments, opens the window or runs a subcommand; nothing else.

use std::process::ExitCode;

use morphospace::cli::{self, Invocation};
#[cfg(feature = "gui")]
use morphospace::signals;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::run() {
        Invocation::Done(code) => code,
        #[cfg(feature = "gui")]
        Invocation::Window(open, place) => match morphospace::gui::run(open, place) {
            Ok(()) if signals::are_heard() => ExitCode::from(signals::EXIT_CODE),
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                cli::print_error(&message);
                ExitCode::FAILURE
            }
        },
        #[cfg(not(feature = "gui"))]
        Invocation::Window(..) => {
            cli::print_error(&"this build has no window; see morphospace --help for what it can do");
            ExitCode::FAILURE
        }
    }
}
