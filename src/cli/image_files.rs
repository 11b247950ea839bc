//! Image files on a command line, taken one after another, and the pictures that are written for them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::output::print_error;
use crate::error::{Error, Result};

/// Image files of a command with the folder for its pictures. One bad image does not spoil the others: it is told, and
/// the exit code says so in the end.
pub struct ImageFiles<'a> {
    images: &'a [PathBuf],
    out: &'a Path,
    /// Pictures that were named.
    taken: HashSet<PathBuf>,
    failed: usize,
}

impl<'a> ImageFiles<'a> {
    /// Images whose pictures go into the folder `out`, which is made.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn new(images: &'a [PathBuf], out: &'a Path) -> Result<Self> {
        std::fs::create_dir_all(out).map_err(Error::io("create the folder", out))?;
        Ok(Self { images, out, taken: HashSet::new(), failed: 0 })
    }

    /// Result of the work on an image; none, and a sentence on stderr, if it could not be used.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn usable<T>(&mut self, found: Result<T>) -> Result<Option<T>> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(Error::Cancelled) => Err(Error::Cancelled),
            Err(error) => {
                print_error(&error);
                self.failed += 1;
                Ok(None)
            }
        }
    }

    /// The picture for an image: `NAME-WORD.png`, with a number where that is one of the images or was named before.
    pub fn picture(&mut self, image: &Path, word: &str) -> PathBuf {
        let stem = image.file_stem().unwrap_or_default().to_string_lossy();
        let is_input = |file: &Path| {
            let same = |input: &PathBuf| matches!((input.canonicalize(), file.canonicalize()), (Ok(a), Ok(b)) if a == b);
            self.images.iter().any(same)
        };
        let numbered = (2..).map(|number| format!("{stem}-{word}-{number}.png"));
        let file = std::iter::once(format!("{stem}-{word}.png"))
            .chain(numbered)
            .map(|name| self.out.join(name))
            .find(|file| !self.taken.contains(file) && !is_input(file))
            .unwrap_or_default();
        self.taken.insert(file.clone());
        file
    }

    /// Ends the work.
    ///
    /// # Errors
    /// Images that could not be used.
    pub fn finish(self) -> Result<()> {
        match self.failed {
            0 => Ok(()),
            n => Err(Error::Invalid(format!("{n} of {} images could not be used", self.images.len()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_images_of_one_name_stand_beside_each_other_and_over_no_image() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("a-word-2.png");
        std::fs::write(&own, b"x").unwrap();
        let images: [PathBuf; 3] = ["x/a.jpg".into(), "y/a.png".into(), own];
        let mut files = ImageFiles::new(&images, folder.path()).unwrap();
        assert_eq!(files.picture(&images[0], "word"), folder.path().join("a-word.png"));
        assert_eq!(files.picture(&images[1], "word"), folder.path().join("a-word-3.png"));
    }

    #[test]
    fn a_bad_image_is_passed_over_and_told_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let images: [PathBuf; 2] = ["a".into(), "b".into()];
        let mut files = ImageFiles::new(&images, folder.path()).unwrap();
        assert_eq!(files.usable(Ok(1)).unwrap(), Some(1));
        assert_eq!(files.usable::<i32>(Err(Error::Invalid("it is black".into()))).unwrap(), None);
        assert!(matches!(files.usable::<i32>(Err(Error::Cancelled)), Err(Error::Cancelled)));
        assert_eq!(files.finish().unwrap_err().to_string(), "1 of 2 images could not be used");
    }
}
