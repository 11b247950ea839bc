//! Results on stdout, and sentences for people on stderr.

use crate::error::{Error, Result};
use crate::ranks::joined;
use crate::text;

/// Ends the process as clap does when the usage is wrong: a sentence, the usage, code 2.
pub fn usage_error(message: impl std::fmt::Display) -> ! {
    if !joined().is_first() {
        std::process::exit(2);
    }
    let mut command = clap::Command::new("morphospace").override_usage("morphospace [OPTIONS] <COMMAND>");
    command.error(clap::error::ErrorKind::ValueValidation, text::line(message)).exit()
}

/// Prints a sentence for people. Unlike `eprintln!` it goes on when nobody listens any more.
pub fn print_error(message: &dyn std::fmt::Display) {
    use std::io::Write;
    // Of many processes one speaks.
    if joined().is_first() {
        let _ = writeln!(std::io::stderr(), "morphospace: {}", text::line(message));
    }
}

/// A worker that answers something else than it was asked has a fault.
pub fn unexpected<T>(answer: &impl std::fmt::Debug) -> Result<T> {
    Err(Error::Invalid(format!("the worker gave an unexpected answer: {answer:?}")))
}

/// Prints the one JSON object.
pub fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string(value).map_err(|e| Error::Invalid(e.to_string()))?;
    print_line(&text)
}

/// Prints the program's own text as it is; a closed pipe is no failure.
pub fn print_text(text: &str) -> Result<()> {
    use std::io::{ErrorKind, Write};
    if !joined().is_first() {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Error::Invalid(format!("cannot print: {e}"))),
        _ => Ok(()),
    }
}

/// Prints lines of the result, the names in them made harmless to a terminal; a closed pipe (as by `head`) is no
/// failure.
pub fn print_line(text: &str) -> Result<()> {
    print_text(&format!("{}\n", text::lines(text)))
}
