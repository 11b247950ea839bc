//! The identity of an image within a data set: what it is split, compared and known again by.
//!
//! It is the file's name in Unicode's normal form C, with as many of the folders above it as tell it from
//! the other images of the same file name, and none more. So photos stay what they are when they are
//! opened one folder higher, packed into an archive below a folder, put beside other pictures or named by
//! a system that spells "é" as two characters; and the `1.png` of each of many folders remain many.
//!
//! Why not the content: a hash of it is known only once every byte was read, where counting a split is a
//! matter of milliseconds; a comment written into a photo would move it to another part; and pictures
//! that models have made of photos could not be paired with them. Which images a model was trained on,
//! whatever they are called now, its checkpoint tells [by their content](crate::data::trained_on).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

/// The rule by which the images of a run have their identities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Naming {
    /// The path from the opened folder on, as it is spelt there; that of the runs which do not say theirs.
    #[default]
    Path,
    /// Names without the folders that all images lie in: nearest to [`Naming::Path`] where the
    /// images are not those of the run.
    #[serde(rename = "path", skip_deserializing)]
    PathBelowCommon,
    /// As this module says.
    Identity,
}

impl Naming {
    /// The identities of images with these paths from the opened folder on, with forward slashes.
    pub fn identities<'a>(self, paths: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        match self {
            Naming::Path => paths.into_iter().map(str::to_owned).collect(),
            Naming::PathBelowCommon => {
                let paths: Vec<Cow<str>> = paths.into_iter().map(Cow::Borrowed).collect();
                below_common_folder(&paths).into_iter().map(str::to_owned).collect()
            }
            Naming::Identity => identities(paths),
        }
    }
}

/// The identities of images with these paths from the opened folder on, with forward slashes.
pub fn identities<'a>(paths: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let paths: Vec<Cow<str>> = paths.into_iter().map(normalized).collect();
    let below = below_common_folder(&paths);
    if !below.iter().any(|path| path.contains('/')) {
        return below.into_iter().map(str::to_owned).collect();
    }
    let [identities] = told_apart([below.as_slice()]);
    identities.into_iter().map(str::to_owned).collect()
}

/// Text in Unicode's normal form C.
pub(crate) fn normalized(text: &str) -> Cow<'_, str> {
    match text.is_ascii() {
        true => Cow::Borrowed(text),
        false => ComposingNormalizerBorrowed::new_nfc().normalize(text),
    }
}

/// The order of the images of a data set: by the bytes of their paths in normal form C.
pub(super) fn by_path(a: &str, b: &str) -> Ordering {
    match a.is_ascii() && b.is_ascii() {
        true => a.cmp(b),
        false => normalized(a).cmp(&normalized(b)).then_with(|| a.cmp(b)),
    }
}

/// The paths from the deepest folder on that all of them lie in.
pub(crate) fn below_common_folder<'a>(paths: &'a [Cow<'_, str>]) -> Vec<&'a str> {
    let folder = |path: &'a str| path.rfind('/').map_or("", |at| &path[..=at]);
    let mut common = paths.first().map_or("", |first| folder(first));
    for path in paths {
        while !path.starts_with(common) {
            common = folder(&common[..common.len() - 1]);
        }
    }
    paths.iter().map(|path| &path[common.len()..]).collect()
}

/// The end of every path that begins with as many folders as are needed to tell the paths of the same file
/// name in each of the sets apart.
pub(crate) fn told_apart<'a, const N: usize>(sets: [&[&'a str]; N]) -> [Vec<&'a str>; N] {
    let mut called: HashMap<&str, [Vec<usize>; N]> = HashMap::new();
    for (set, paths) in sets.iter().enumerate() {
        for (index, &path) in paths.iter().enumerate() {
            let places = called.entry(end(path, 0)).or_insert_with(|| [const { Vec::new() }; N]);
            places[set].push(index);
        }
    }
    let mut ends = sets.map(<[&str]>::to_vec);
    for (name, places) in called {
        if places.iter().all(|places| places.len() <= 1) {
            for (ends, &index) in ends.iter_mut().zip(&places).flat_map(|(e, p)| p.first().map(|i| (e, i))) {
                ends[index] = name;
            }
            continue;
        }
        let apart = |folders: usize| {
            sets.iter().zip(&places).all(|(paths, places)| {
                let different = |folders: usize| {
                    places.iter().map(|&index| end(paths[index], folders)).collect::<HashSet<_>>().len()
                };
                different(folders) == different(usize::MAX)
            })
        };
        let folders = (1..).find(|&folders| apart(folders)).unwrap_or(usize::MAX);
        for ((ends, paths), places) in ends.iter_mut().zip(&sets).zip(&places) {
            places.iter().for_each(|&index| ends[index] = end(paths[index], folders));
        }
    }
    ends
}

/// The file's name with so many of the folders above it.
fn end(path: &str, folders: usize) -> &str {
    path.rmatch_indices('/').nth(folders).map_or(path, |(at, _)| &path[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Composed and decomposed, as Linux and macOS write it.
    const E: [&str; 2] = ["\u{e9}", "e\u{301}"];

    fn check(paths: &[&str], expected: &[&str]) {
        assert_eq!(identities(paths.iter().copied()), expected, "{paths:?}");
    }

    #[test]
    fn a_name_takes_the_folders_that_tell_it_from_its_namesakes_and_none_more() {
        check(&["00000.jpg", "00001.jpg"], &["00000.jpg", "00001.jpg"]);
        check(&["00000/00000.png", "01000/01000.png"], &["00000.png", "01000.png"]);
        check(&["s1/1.pgm", "s1/2.pgm", "s2/1.pgm"], &["s1/1.pgm", "2.pgm", "s2/1.pgm"]);
        check(&["1.png", "a/1.png", "b/1.png"], &["1.png", "a/1.png", "b/1.png"]);
        check(&["x/a/1.png", "y/a/1.png", "y/b/2.png"], &["x/a/1.png", "y/a/1.png", "2.png"]);
        check(&["x/1.png"], &["1.png"]);
        check(&[], &[]);
        let same = [E[0], E[1]].map(|e| format!("{e}.png"));
        check(&same.each_ref().map(String::as_str), &["é.png", "é.png"]);
    }

    #[test]
    fn neither_a_folder_above_nor_other_pictures_nor_the_normal_form_change_it() {
        let flat: Vec<String> = (0..50).map(|i| format!("caf{}-{i}.jpg", E[0])).collect();
        let classes: Vec<String> = (0..50)
            .map(|i| format!("s{}/{}{}.pgm", i / 10, E[0], i % 10))
            .chain([format!("{}0.pgm", E[0])])
            .collect();
        for paths in [flat, classes] {
            let of = |paths: &[String]| identities(paths.iter().map(String::as_str));
            let expected = of(&paths);
            let higher: Vec<String> = paths.iter().map(|path| format!("my photos/{path}")).collect();
            assert_eq!(of(&higher), expected);
            let decomposed: Vec<String> = paths.iter().map(|path| path.replace(E[0], E[1])).collect();
            assert_ne!(paths, decomposed);
            assert_eq!(of(&decomposed), expected);
            let mut beside = paths.clone();
            beside.push("unrelated.jpg".into());
            assert_eq!(of(&beside)[..paths.len()], expected);
        }
        // Two forms in one folder are put in order as if they were one.
        assert_eq!(by_path("\u{e9}.png", "e\u{301}f.png"), by_path("\u{e9}.png", "\u{e9}f.png"));
        assert_eq!(by_path("e\u{301}.png", "f.png"), Ordering::Greater);
    }

    #[test]
    fn of_two_sets_both_take_the_folders_that_either_needs() {
        let (a, b) = (["x/1", "y/1", "z/2"], ["w/x/1", "2"]);
        assert_eq!(told_apart([&a, &b]), [vec!["x/1", "y/1", "2"], vec!["x/1", "2"]]);
    }
}
