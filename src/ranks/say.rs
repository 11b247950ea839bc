//! Sentences of ranks for people.

/// A sentence on stderr.
pub(super) fn say(sentence: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "morphospace: {}", crate::text::line(sentence));
}
