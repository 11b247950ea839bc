//! Search in short texts as palettes of commands do it: by beginnings of words, by what stands anywhere, by initials.
//! Case and the accents of Vietnamese do not matter.

/// A text that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The more, the better.
    pub score: i32,
    /// Positions of the characters that were typed, ascending.
    pub letters: Vec<usize>,
}

/// Letters with all their accents, after the letter that is typed for them.
const ACCENTED: [&str; 7] =
    ["aàáảãạăằắẳẵặâầấẩẫậ", "eèéẻẽẹêềếểễệ", "iìíỉĩị", "oòóỏõọôồốổỗộơờớởỡợ", "uùúủũụưừứửữự", "yỳýỷỹỵ", "dđ"];

fn plain(letter: char) -> char {
    let small = letter.to_lowercase().next().unwrap_or(letter);
    let group = ACCENTED.iter().find(|group| !small.is_ascii() && group.contains(small));
    group.and_then(|group| group.chars().next()).unwrap_or(small)
}

/// Finds every word that was typed in a text; none if one is not there.
pub fn find(typed: &str, text: &str) -> Option<Found> {
    let text: Vec<char> = text.chars().map(plain).collect();
    let mut found = Found { score: 0, letters: Vec::new() };
    for word in typed.split_whitespace() {
        let word: Vec<char> = word.chars().map(plain).collect();
        let (score, letters) = whole(&word, &text).or_else(|| initials(&word, &text))?;
        found.score += score;
        found.letters.extend(letters);
    }
    found.letters.sort_unstable();
    found.letters.dedup();
    Some(found)
}

/// Whether a word begins at a place.
fn begins(text: &[char], at: usize) -> bool {
    text[at].is_alphanumeric() && (at == 0 || !text[at - 1].is_alphanumeric())
}

/// A word in one piece; best at the beginning, then at that of a word.
fn whole(word: &[char], text: &[char]) -> Option<(i32, Vec<usize>)> {
    let places = (0..(text.len() + 1).saturating_sub(word.len())).filter(|&at| text[at..].starts_with(word));
    let score = |at: usize| match at {
        0 => 100,
        _ if begins(text, at) => 80,
        _ => 40,
    };
    let best = places.max_by_key(|&at| (score(at), std::cmp::Reverse(at)))?;
    Some((score(best), (best..best + word.len()).collect()))
}

/// Letters of which each begins a word or follows the one before, as "tam" in "Train a model".
fn initials(word: &[char], text: &[char]) -> Option<(i32, Vec<usize>)> {
    // Where the letters before this one may end, each with the place that it was come to from.
    let mut ways: Vec<Vec<(usize, usize)>> = Vec::new();
    for (number, letter) in word.iter().enumerate() {
        let before = number.checked_sub(1).map(|last| &ways[last]);
        let come_from = |place: usize| match before {
            None => begins(text, place).then_some(place),
            Some(ends) => {
                let next_to = ends.iter().find(|(end, _)| end + 1 == place);
                let first = ends.iter().find(|(end, _)| *end < place && begins(text, place));
                next_to.or(first).map(|(end, _)| *end)
            }
        };
        let fitting = (0..text.len()).filter(|&place| text[place] == *letter);
        ways.push(fitting.filter_map(|place| Some((place, come_from(place)?))).collect());
    }
    let (mut place, _) = *ways.last()?.first()?;
    let mut letters = Vec::with_capacity(word.len());
    for ends in ways.iter().rev() {
        letters.push(place);
        place = ends.iter().find(|(end, _)| *end == place)?.1;
    }
    letters.reverse();
    Some((20, letters))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "what fails here fails its test")]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_beginnings_parts_and_initials() {
        let score = |typed: &str, text: &str| find(typed, text).map(|found| found.score);
        assert!(score("tr", "Train") > score("tr", "Start training"));
        assert!(score("tra", "Start training") > score("tra", "Contrast"));
        assert!(score("om", "Open model…").is_some() && score("opmo", "Open model…").is_some());
        assert!(score("om", "Open model…") < score("mod", "Open model…"));
        assert_eq!(score("model open", "Open model…"), Some(180));
        assert_eq!(score("model photo", "Open model…"), None);
        assert_eq!(score("oe", "Open model…"), None, "letters from anywhere find everything");
        assert_eq!(score("", "anything"), Some(0));
        assert_eq!(find("tam", "Train a model").unwrap().letters, [0, 6, 8]);
        let (many, typed) = ("a b ".repeat(60), "a".repeat(30) + "c");
        assert_eq!(score(&typed, &many), None, "also where there are very many ways");
    }

    #[test]
    fn accents_may_be_left_out() {
        let found = find("tai tao", "Tái tạo ảnh").unwrap();
        assert_eq!(found.letters, [0, 1, 2, 4, 5, 6]);
        assert!(find("HỌC", "học").is_some() && find("duong", "đường").is_some());
        assert!(find("tái", "Tai").is_some());
    }
}
