//! Words that come from outside (names of files, errors of libraries) as they may stand before a person.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

/// Characters of a sentence that are shown; of a longer one, its beginning and its end, which says what to do.
const LONGEST_LINE: usize = 800;
/// Characters that are shown of another program's or library's words inside a sentence.
const LONGEST_QUOTE: usize = 300;

/// `text` in one line of at most 800 characters. What would steer a terminal, or turn the direction of writing, is
/// written as an escape.
pub fn line(text: impl Display) -> String {
    shortened(&harmless(&text.to_string(), &[]), LONGEST_LINE)
}

/// [`line()`] of at most 300 characters, to quote inside a sentence.
pub fn quote(words: impl Display) -> String {
    shortened(&harmless(&words.to_string(), &[]), LONGEST_QUOTE)
}

/// `text` with all its lines and their length, and escapes for what would steer a terminal.
pub fn lines(text: &str) -> String {
    harmless(text, &['\n', '\t'])
}

fn harmless(text: &str, allowed: &[char]) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if allowed.contains(&c) || !(c.is_control() || turns_writing(c)) {
            safe.push(c);
        } else {
            safe.extend(c.escape_default());
        }
    }
    safe
}

/// Whether a character is one of those that set the direction of what follows it (Unicode Standard Annex 9).
fn turns_writing(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// At most `most` characters: three fifths from the beginning, the rest from the end.
fn shortened(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let first = most * 3 / 5;
    let last = most - first - 1;
    let beginning = text.chars().take(first);
    beginning.chain(['…']).chain(text.chars().skip(count - last)).collect()
}

/// Writes a path for people or scripts (serde's `serialize_with`): one that is no valid text loses what is not, and
/// not the whole report.
pub fn path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// [`path`] of one that may be absent.
pub fn optional_path<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

/// The names of `known`, those first that are written most like `word`.
pub fn closest_first<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_by_cached_key(|name| strsim::damerau_levenshtein(word, name));
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_written_out_and_the_rest_stays() {
        assert_eq!(line("a\u{1b}[31m\nb\u{7}\u{9b}0m\r"), "a\\u{1b}[31m\\nb\\u{7}\\u{9b}0m\\r");
        assert_eq!(line("gnp\u{202E}.exe"), "gnp\\u{202e}.exe");
        assert_eq!(lines("é 日本\tß\n\u{1b}c"), "é 日本\tß\n\\u{1b}c");
        let twice = line(line("\u{1b}"));
        assert_eq!(twice, line("\u{1b}"), "a sentence within a sentence is not escaped anew");
    }

    #[test]
    fn a_long_sentence_keeps_its_beginning_and_its_remedy() {
        let long = line(format!("face.tif: {} copy the file again", "0, ".repeat(100_000)));
        assert_eq!(long.chars().count(), LONGEST_LINE);
        assert!(long.starts_with("face.tif: 0, 0") && long.ends_with(" copy the file again"), "{long}");
        assert_eq!(line(&long), long);
        assert_eq!(quote("ü".repeat(301)).chars().count(), LONGEST_QUOTE);
        let fits = "ü".repeat(LONGEST_QUOTE);
        assert_eq!(quote(&fits), fits);
    }

    #[test]
    fn the_closest_name_comes_first() {
        let names = ["vae-ffhq-64", "dcgan-ffhq-64", "dae-ffhq-64"];
        assert_eq!(closest_first("dcgna-ffhq-64", names)[0], "dcgan-ffhq-64");
        assert_eq!(closest_first("dae-ffhq64", names), ["dae-ffhq-64", "vae-ffhq-64", "dcgan-ffhq-64"]);
    }
}
