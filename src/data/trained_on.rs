//! Images that a model was trained on, as its checkpoint remembers them.
//!
//! An image is remembered by [`PRINT`] bytes of a hash of the square that the model saw, not of its name or its
//! file: it is known again after it was renamed, packed, stored in another format without loss or given another
//! comment; not after a lossy compression, which makes another picture of it. One image in 280,000,000,000,000 /
//! n that is none of n training images is taken for one by chance: with the 63,000 of FFHQ, one in four
//! thousand million. No picture can be made from the hashes.

use xxhash_rust::xxh3::xxh3_64;

use super::dataset::Dataset;
use crate::config::Alignment;
use crate::error::Result;
use crate::image_buf::ImageBuf;

/// Bytes that an image is remembered by.
pub const PRINT: usize = 6;

/// The images that a model was trained on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainedOn {
    /// Kind of what the hashes are of; those of another kind of data, or of squares that are made otherwise, tell
    /// nothing.
    kind: String,
    /// Without doubles, ascending.
    prints: Vec<[u8; PRINT]>,
}

impl TrainedOn {
    /// Some images of a data set.
    ///
    /// # Errors
    /// If one is damaged in the cache.
    pub fn of(dataset: &Dataset, indices: &[usize]) -> Result<Self> {
        let prints = indices.iter().map(|&index| Ok(print(dataset.content(index)?)));
        let mut prints = prints.collect::<Result<Vec<_>>>()?;
        prints.sort_unstable();
        prints.dedup();
        Ok(TrainedOn { kind: dataset.kind_of_content(), prints })
    }

    /// The images from [`TrainedOn::kind`] and [`TrainedOn::bytes`]; none if these are not whole or not in order.
    pub fn from_bytes(kind: String, bytes: &[u8]) -> Option<Self> {
        let (prints, rest) = bytes.as_chunks();
        let in_order = prints.windows(2).all(|pair| pair[0] < pair[1]);
        (rest.is_empty() && in_order).then(|| TrainedOn { kind, prints: prints.to_vec() })
    }

    /// Kind of what the hashes are of.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// [`PRINT`] bytes an image, ascending.
    pub fn bytes(&self) -> &[u8] {
        self.prints.as_flattened()
    }

    /// Number of some images of a data set that are among them; none if that cannot be told.
    ///
    /// # Errors
    /// As [`TrainedOn::of`].
    pub fn count(&self, dataset: &Dataset, indices: &[usize]) -> Result<Option<usize>> {
        Ok(self.which(dataset, indices)?.map(|is_known| is_known.into_iter().filter(|known| *known).count()))
    }

    /// Whether each of some images of a data set is among them; none if that cannot be told.
    ///
    /// # Errors
    /// As [`TrainedOn::of`].
    pub fn which(&self, dataset: &Dataset, indices: &[usize]) -> Result<Option<Vec<bool>>> {
        if dataset.kind_of_content() != self.kind {
            return Ok(None);
        }
        let known = indices.iter().map(|&index| Ok(self.knows(dataset.content(index)?)));
        known.collect::<Result<Vec<bool>>>().map(Some)
    }

    /// Whether this square is among them.
    pub fn has(&self, square: &ImageBuf) -> bool {
        let kinds = [Alignment::None, Alignment::Face];
        let is_square = kinds.iter().any(|kind| self.kind == Dataset::kind_of_squares(square.width(), *kind));
        is_square && self.knows(xxh3_64(square.pixels()))
    }

    fn knows(&self, content: u64) -> bool {
        self.prints.binary_search(&print(content)).is_ok()
    }
}

fn print(content: u64) -> [u8; PRINT] {
    *content.to_le_bytes().first_chunk().expect("eight bytes are more than six")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Split;

    fn pictures(values: std::ops::Range<u8>, name: &str) -> Dataset {
        let images: Vec<ImageBuf> = values.clone().map(|v| ImageBuf::filled(4, 4, [v, 1, 2])).collect();
        let names = values.map(|v| format!("{name}{v}.png")).collect();
        Dataset::from_images(names, &images, 4).unwrap()
    }

    #[test]
    fn images_are_known_again_under_any_name_and_by_their_pixels_alone() {
        let trained = pictures(0..60, "a");
        let known = TrainedOn::of(&trained, &trained.indices(Split::All)).unwrap();
        assert_eq!(known.bytes().len(), 60 * PRINT);
        let others = pictures(40..100, "other/name-");
        assert_eq!(known.count(&others, &others.indices(Split::All)).unwrap(), Some(20));
        assert!(
            known.has(&ImageBuf::filled(4, 4, [7, 1, 2])) && !known.has(&ImageBuf::filled(4, 4, [77, 1, 2]))
        );
        let again = TrainedOn::from_bytes(known.kind().to_owned(), known.bytes());
        assert_eq!(again, Some(known.clone()));
        assert_eq!(TrainedOn::from_bytes(String::new(), &known.bytes()[1..]), None);

        // Of other squares than these nothing is claimed.
        let larger = Dataset::from_images(vec!["a".into()], &[ImageBuf::filled(4, 4, [0; 3])], 8).unwrap();
        assert_eq!(known.count(&larger, &[0]).unwrap(), None);
        let faces = Dataset::builtin_faces(16).unwrap();
        assert_eq!(known.count(&faces, &[0]).unwrap(), None);
        let rendered = TrainedOn::of(&faces, &[0, 1, 5]).unwrap();
        assert_eq!(rendered.count(&faces, &[1, 2, 5]).unwrap(), Some(2));
    }
}
