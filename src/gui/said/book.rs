//! The sentences of a language: format strings with their translations, and how the one is found that a sentence is of.

use std::collections::{BTreeMap, HashMap};

/// Bytes of a sentence that is looked at; the program's own have at most 800 characters.
pub(super) const LONGEST: usize = 4096;
/// Sentences within sentences.
const DEEPEST: usize = 4;
/// Keys that are tried to the end for a sentence, those with the most words first.
const MOST_TRIED: usize = 8;
/// Bytes that are searched for one sentence, over all keys and depths: a bound for any text whatever.
const MOST_SEARCHED: usize = 1 << 20;
/// Bytes that a key counts for that is tried at all.
const COST: usize = 256;
/// Letters of its own that a key needs, between places, and where it begins or ends with words. With fewer,
/// as in `%{0} and %{1}`, it counts in a list alone; without any, as in `%{0}: %{1}`, where one of its values is
/// recognised.
const ENOUGH: [usize; 2] = [6, 4];
/// Bytes by which keys are sorted into groups.
const HEAD: usize = 4;

/// The keys of a language.
#[derive(Default)]
pub(super) struct Book {
    /// Keys without a place.
    whole: HashMap<String, String>,
    /// Keys with places.
    patterns: Vec<Pattern>,
    /// Places in `patterns` of those that begin with so many bytes.
    by_head: HashMap<[u8; HEAD], Vec<usize>>,
    /// Places in `patterns` of those that begin with a place, or with less.
    headless: Vec<usize>,
}

/// A key with places.
struct Pattern {
    /// Its words before, between and after its places.
    words: Vec<String>,
    /// Letters in them.
    letters: usize,
    translation: Vec<Piece>,
}

#[derive(Debug, PartialEq)]
enum Piece {
    Words(String),
    Value(usize, Meaning),
}

/// Meaning of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// A name, a number, words of another program.
    Name,
    /// A sentence, or a part of one.
    Sentence,
    /// Several, as in "a, b and c".
    List,
}

/// The translation of a sentence, and the number of bytes of it that keys say.
struct Found {
    text: String,
    known: usize,
    knows_a_value: bool,
}

impl Book {
    /// The book of format strings with numbered places and of whole sentences, each with its translation.
    pub fn new<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Book {
        let mut book = Book::default();
        // In the same order at every start, should two keys fit equally well.
        let entries: BTreeMap<&str, &str> = entries.collect();
        for (key, text) in entries {
            let words = words_of(key);
            if words.len() < 2 {
                book.whole.insert(key.to_owned(), text.to_owned());
                continue;
            }
            let at = book.patterns.len();
            match words[0].as_bytes().first_chunk() {
                Some(head) => book.by_head.entry(*head).or_default().push(at),
                None => book.headless.push(at),
            }
            let letters = words.iter().flat_map(|part| part.chars()).filter(|c| c.is_alphabetic()).count();
            let words = words.into_iter().map(str::to_owned).collect();
            book.patterns.push(Pattern { words, letters, translation: pieces(text) });
        }
        book
    }

    /// The translation of a sentence; none of one that is not known.
    pub fn translate(&self, english: &str) -> Option<String> {
        if english.len() > LONGEST {
            return None;
        }
        let mut left = MOST_SEARCHED;
        Some(self.find(english, Meaning::Sentence, DEEPEST, &mut left)?.text)
    }

    fn find(&self, sentence: &str, meaning: Meaning, depth: usize, left: &mut usize) -> Option<Found> {
        if let Some(text) = self.whole.get(sentence) {
            return Some(Found { text: text.clone(), known: sentence.len(), knows_a_value: true });
        }
        let mut best: Option<Found> = None;
        for (pattern, values) in self.fitting(sentence, meaning, left) {
            let found = self.put(pattern, &values, depth, left);
            let counts = pattern.letters > 0 || found.knows_a_value;
            if counts && best.as_ref().is_none_or(|best| best.known < found.known) {
                best = Some(found);
            }
        }
        best
    }

    /// The patterns that fit a sentence best, with its values.
    fn fitting<'s>(
        &self,
        sentence: &'s str,
        meaning: Meaning,
        left: &mut usize,
    ) -> Vec<(&Pattern, Vec<&'s str>)> {
        let head = sentence.as_bytes().first_chunk::<HEAD>().and_then(|head| self.by_head.get(head));
        let mut fitting = Vec::new();
        for at in head.into_iter().flatten().chain(&self.headless) {
            let pattern = &self.patterns[*at];
            if !pattern.counts_in(meaning) {
                continue;
            }
            let Some(inner) = pattern.within(sentence) else { continue };
            let Some(rest) = left.checked_sub(inner.len() + COST) else { break };
            *left = rest;
            fitting.extend(pattern.values(inner).map(|values| (pattern, values)));
        }
        fitting.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.letters));
        // Marks alone, as between a path and what is wrong with it, may be around all that is known.
        let mut rank = 0..;
        fitting
            .retain(|(pattern, _)| rank.next().is_some_and(|rank| rank < MOST_TRIED || pattern.letters == 0));
        fitting
    }

    /// The translation with its values.
    fn put(&self, pattern: &Pattern, values: &[&str], depth: usize, left: &mut usize) -> Found {
        let known = pattern.words.iter().map(String::len).sum();
        let mut put = Found { text: String::new(), known, knows_a_value: false };
        for piece in &pattern.translation {
            let (number, meaning) = match piece {
                Piece::Words(words) => {
                    put.text.push_str(words);
                    continue;
                }
                Piece::Value(number, meaning) => (*number, *meaning),
            };
            let value = values.get(number).copied().unwrap_or_default();
            let is_looked_at = meaning != Meaning::Name && depth > 0;
            match is_looked_at.then(|| self.find(value, meaning, depth - 1, left)).flatten() {
                Some(found) => {
                    put.text.push_str(&found.text);
                    put.known += found.known;
                    put.knows_a_value = true;
                }
                None => put.text.push_str(value),
            }
        }
        put
    }
}

impl Pattern {
    /// Whether it has words enough, for what a text is.
    fn counts_in(&self, meaning: Meaning) -> bool {
        let is_held =
            [self.words.first(), self.words.last()].into_iter().flatten().any(|words| !words.is_empty());
        self.letters == 0 || self.letters >= ENOUGH[usize::from(is_held)] || meaning == Meaning::List
    }

    /// The part of a sentence between its first and its last words, if it begins and ends with them.
    fn within<'s>(&self, sentence: &'s str) -> Option<&'s str> {
        let [first, .., last] = &self.words[..] else { return None };
        sentence.strip_prefix(first.as_str())?.strip_suffix(last.as_str())
    }

    /// The values, of which each ends where the next words come first. That finds some wherever there are any, so no
    /// place is looked at twice.
    fn values<'s>(&self, inner: &'s str) -> Option<Vec<&'s str>> {
        let mut values = Vec::with_capacity(self.words.len() - 1);
        let mut rest = inner;
        for words in &self.words[1..self.words.len() - 1] {
            let (value, behind) = rest.split_once(words.as_str())?;
            values.push(value);
            rest = behind;
        }
        values.push(rest);
        Some(values)
    }
}

/// The words before, between and after the numbered places of a key: one text where there are none, as in keys of the
/// window's own words, whose places have names.
fn words_of(key: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = key;
    while let Some((before, behind)) = rest.split_once(&format!("%{{{}}}", words.len())) {
        words.push(before);
        rest = behind;
    }
    words.push(rest);
    words
}

fn pieces(translation: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = translation;
    while let Some((before, behind)) = rest.split_once("%{") {
        let (place, behind) = behind.split_once('}').unwrap_or((behind, ""));
        let (meaning, number) = match place.split_at_checked(1) {
            Some(("~", number)) => (Meaning::Sentence, number),
            Some(("&", number)) => (Meaning::List, number),
            _ => (Meaning::Name, place),
        };
        pieces.push(Piece::Words(before.to_owned()));
        pieces.extend(number.parse().map(|number| Piece::Value(number, meaning)));
        rest = behind;
    }
    pieces.push(Piece::Words(rest.to_owned()));
    pieces
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
