//! Words of verdicts, and short names of models.

use std::path::Path;

/// Names of models that are as short as tells them apart.
pub fn shorts<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let names: Vec<String> = names.map(short).collect();
    let cut = common_ending(&names);
    names.into_iter().map(|name| name[..name.len() - cut].to_owned()).collect()
}

/// The last part of a path, which is what pictures and plots have room for.
pub fn short(name: &str) -> String {
    let last = Path::new(name).file_name();
    last.map_or_else(|| name.to_owned(), |last| last.to_string_lossy().into_owned())
}

/// Length of the ending, from a hyphen on, that all of several names have and that no name is made of.
fn common_ending(names: &[String]) -> usize {
    let [first, others @ ..] = names else { return 0 };
    if others.is_empty() {
        return 0;
    }
    let endings = first.match_indices('-').map(|(at, _)| &first[at..]);
    let common = |ending: &&str| names.iter().all(|name| name.ends_with(ending) && name.len() > ending.len());
    endings.filter(common).map(str::len).max().unwrap_or(0)
}

/// Words as they are listed in a sentence: "a, b and c".
pub fn listed(words: &[String]) -> String {
    match words {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        words => words.join(""),
    }
}

/// A text with a capital at the beginning.
pub fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_the_ending_that_all_have() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            common_ending(&names(&["dae-ffhq-64", "dae-grid-ffhq-64", "ae-ffhq-64"])),
            "-ffhq-64".len()
        );
        assert_eq!(common_ending(&names(&["dae-ffhq-64", "own-64"])), "-64".len());
        for alone in [&["dae-ffhq-64"][..], &["a", "b"], &["-64", "a-64"], &[]] {
            assert_eq!(common_ending(&names(alone)), 0, "{alone:?}");
        }
    }

    #[test]
    fn words_are_listed_as_in_a_sentence() {
        let words = ["a", "b", "c"].map(String::from);
        assert_eq!(
            [listed(&words), listed(&words[..2]), listed(&words[..1])],
            ["a, b and c", "a and b", "a"]
        );
        assert_eq!(
            (listed(&[]), short("runs/my-vae"), upper_first("a b")),
            ("".into(), "my-vae".into(), "A b".into())
        );
    }
}
