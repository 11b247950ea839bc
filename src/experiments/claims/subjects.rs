//! Models of a test, and the images that they are measured on.

use std::path::{Path, PathBuf};

use crate::config::{ClaimOrder, Split};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::report::trained_on_words;
use crate::run::TrainedModel;

/// Models of one image size with the images of that size.
pub struct Subjects {
    /// Each with its name: what it was asked for by.
    pub models: Vec<(String, TrainedModel)>,
    /// The images, split by the rule of the first model.
    pub dataset: Dataset,
    /// Images of the test split that are measured.
    pub test: Vec<usize>,
    /// Whatever a reader of the numbers has to know about models and images, a sentence each.
    pub notes: Vec<String>,
}

/// Test images that are looked at with `--quick`.
const QUICK: usize = 64;

impl Subjects {
    /// Opens the models of an order, or those of `usual` if it names none, and its images at the size of the first.
    /// Models of which `unfit` says why, and those of another size, are left out with a note.
    ///
    /// # Errors
    /// Models or images that cannot be read; no model that is left; no image in the test split;
    /// [`Error::Cancelled`] when `observer` broke.
    pub fn open(
        order: &ClaimOrder,
        usual: &[&str],
        unfit: fn(&TrainedModel) -> Option<String>,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let compute = observer.compute()?;
        let paths = match order.models.as_slice() {
            [] => usual.iter().map(PathBuf::from).collect(),
            models => models.to_vec(),
        };
        let (mut models, mut notes): (Vec<(String, TrainedModel)>, Vec<String>) = (Vec::new(), Vec::new());
        for path in &paths {
            let (name, model) = (path.display().to_string(), TrainedModel::open(path, compute.device())?);
            let size = models.first().map_or(model.image_size(), |(_, first)| first.image_size());
            if let Some(why) = unfit(&model) {
                notes.push(format!("{name} is left out: {why}."));
            } else if model.image_size() != size {
                let own = model.image_size();
                notes.push(format!(
                    "{name} is left out: its pictures are {own}×{own}, those of the first {size}×{size}."
                ));
            } else {
                models.push((name, model));
            }
        }
        let Some((_, first)) = models.first() else {
            let why = notes.first().cloned().unwrap_or_default();
            return Err(Error::Invalid(format!("none of these models can be tested. {why}")));
        };
        let dataset = Dataset::open(&order.data, first.image_size(), &mut |p| observer.progress(p))?;
        observer.skipped(dataset.skipped());
        // One split for all, by the rule of the first: the same images are held out.
        let dataset = dataset.as_trained(first.meta.naming, &first.meta.data_fingerprint)?;
        let test = test_images(order, &dataset)?;
        for (name, model) in &models {
            if let Some(own) = model.foreign_to(&order.data) {
                notes.push(format!(
                    "{name} was trained on {own}, other pictures than these: its numbers say that too."
                ));
            }
            let known = model.trained_on_of(&dataset, &test)?;
            notes.extend(trained_on_words(known, test.len()).map(|words| format!("{name}: {words}.")));
        }
        Ok(Subjects { models, dataset, test, notes })
    }

    /// Names of the models that are as short as tells them apart.
    pub fn shorts(&self) -> Vec<String> {
        let names: Vec<String> = self.models.iter().map(|(name, _)| short(name)).collect();
        let cut = common_ending(&names);
        names.into_iter().map(|name| name[..name.len() - cut].to_owned()).collect()
    }

    /// The images in a sentence.
    pub fn measured_on(&self, order: &ClaimOrder) -> String {
        measured_on(order, &self.dataset, self.test.len())
    }
}

/// Images of the test split, fewer for a look.
///
/// # Errors
/// None of them is in it.
pub fn test_images(order: &ClaimOrder, dataset: &Dataset) -> Result<Vec<usize>> {
    let mut test = dataset.indices(Split::Test);
    if order.quick {
        test.truncate(QUICK);
    }
    if test.is_empty() {
        return Err(Error::Invalid(format!(
            "{}: no image of it is in the test split, which takes one in twenty; give more images",
            order.data
        )));
    }
    Ok(test)
}

/// The images in a sentence.
pub fn measured_on(order: &ClaimOrder, dataset: &Dataset, images: usize) -> String {
    let size = dataset.image_size();
    let part = if order.quick { "first " } else { "" };
    format!(
        "Measured on the {part}{images} images of the test split of {}, at {size}×{size} pixels.",
        order.data
    )
}

/// Says that a model cannot take pictures, if so.
pub fn without_encoder(model: &TrainedModel) -> Option<String> {
    let kind = model.meta.config.model.kind;
    (!kind.has_encoder()).then(|| format!("{} has no encoder", kind.with_article()))
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

/// With a capital at the beginning.
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
