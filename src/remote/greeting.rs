//! The greeting: a line each way before the first frame, so that each side knows that it talks to the other in the same
//! words, whatever a login shell has said before.

use std::io::{BufRead, Read, Write};

use crate::about::version;
use crate::error::{Error, Result};
use crate::text;

/// An end of the line. They greet differently, as a terminal between them may give back what is typed into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The end that asks.
    Window,
    /// The end that works.
    Server,
}

impl Side {
    /// Beginning of its line.
    fn words(self) -> &'static str {
        match self {
            Side::Window => "MORPHOSPACE-WINDOW ",
            Side::Server => "MORPHOSPACE-SERVER ",
        }
    }
}

/// Bytes that a login may say before it.
const MOST_BEFORE: u64 = 64 << 10;

/// The version of the program, which is that of the protocol: its types are those of the program.
pub const VERSION: &str = version::NUMBER;

/// Greets the other side, as `own`.
///
/// # Errors
/// The system's, as when nobody listens.
pub fn greet(out: &mut impl Write, own: Side) -> std::io::Result<()> {
    writeln!(out, "{}{VERSION}", own.words())?;
    out.flush()
}

/// Waits for the greeting of a side. `other` is as in "the program on desk".
///
/// # Errors
/// A stream that ends before, with what it said; another version.
pub fn hear(stream: &mut impl BufRead, side: Side, other: &str) -> Result<()> {
    let mut said = Vec::new();
    let mut left = stream.by_ref().take(MOST_BEFORE);
    loop {
        let mut line = Vec::new();
        let read = left.read_until(b'\n', &mut line);
        let whole = line.ends_with(b"\n");
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        match line.strip_prefix(side.words()).map(str::trim) {
            Some(version) if whole => return same(version, other),
            _ if whole => said.push(line),
            _ => {
                said.push(line);
                let words = said.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
                return Err(Error::Invalid(match (read, words.is_empty()) {
                    (Err(error), _) => format!("{other} cannot be heard: {error}"),
                    (Ok(_), true) => format!("{other} does not answer"),
                    (Ok(_), false) => {
                        format!("{other} does not answer; instead it says: {}", text::quote(words))
                    }
                }));
            }
        }
    }
}

fn same(version: &str, other: &str) -> Result<()> {
    if version == VERSION {
        return Ok(());
    }
    let version = text::quote(version);
    Err(Error::Invalid(format!(
        "{other} is version {version} and this is version {VERSION}; install the same version on both computers"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(words: &str) -> Result<()> {
        hear(&mut words.as_bytes(), Side::Server, "the program on desk")
    }

    #[test]
    fn what_a_login_says_before_is_passed_over() {
        let mut words = b"Welcome to desk!\n\nYou have mail.\n".to_vec();
        // What the window has said comes back from a terminal.
        greet(&mut words, Side::Window).unwrap();
        greet(&mut words, Side::Server).unwrap();
        words.extend(b"frames follow");
        let mut stream = &words[..];
        hear(&mut stream, Side::Server, "desk").unwrap();
        assert_eq!(stream, b"frames follow", "and nothing more is taken");
    }

    #[test]
    fn another_version_is_told_with_both_numbers() {
        let error = heard("MORPHOSPACE-SERVER 0.0.0-other\n").unwrap_err().to_string();
        assert!(
            error.contains("0.0.0-other") && error.contains(VERSION) && error.contains("install"),
            "{error}"
        );
    }

    #[test]
    fn silence_and_other_words_are_told() {
        assert!(heard("").unwrap_err().to_string().contains("does not answer"));
        let error = heard("bash: morphospace: command not found\n").unwrap_err().to_string();
        assert!(error.contains("command not found"), "{error}");
        assert!(heard("MORPHOSPACE-SERVER 1").is_err(), "a line that is cut off");
        let endless = "x".repeat(1 << 20);
        assert!(heard(&endless).unwrap_err().to_string().len() < 1000);
    }
}
