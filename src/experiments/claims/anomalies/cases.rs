//! Images that a model is to tell apart: known ones, and cases of new ones.

use xxhash_rust::xxh3::xxh3_64;

use super::textures::Texture;
use crate::config::{AnomaliesConfig, DataSource, Split};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::experiments::extractor::distortion::{Distortion, DistortionDraw};
use crate::faces::set;
use crate::image_buf::ImageBuf;
use crate::observer::Observer;
use crate::random::streams;

/// Pictures of a made case, at most, and of a quick one.
const MADE: [usize; 2] = [200, 40];
/// Images of a folder that are measured, at most, and quickly.
const OF_FOLDER: [usize; 2] = [2000, 100];
/// Images of either split that a threshold takes.
pub const FEWEST: usize = 10;

/// Images of one kind.
pub struct Case {
    /// As in "upside down".
    pub name: String,
    /// The kind of cases that it is of, as in "damaged faces"; of a folder its own name.
    pub group: String,
    /// Names of the images.
    pub names: Vec<String>,
    /// Squares of one size.
    pub images: Vec<ImageBuf>,
}

/// All images that are measured, of one size.
pub struct Cases {
    /// Known ones, by which thresholds are set.
    pub validation: Case,
    /// Known ones, on which they are measured.
    pub known: Case,
    /// New ones.
    pub new: Vec<Case>,
}

/// Group of the cases with hardly anything in them.
pub const SIMPLE: &str = "simple pictures";

/// Something done to faces.
const DAMAGES: [&str; 7] =
    ["covered", "two halves", "upside down", "channels swapped", "grey", "blurred", "noisy"];

impl Cases {
    /// The known images of a data set, and those that the settings name or that are made here.
    ///
    /// # Errors
    /// Too few known images; folders that cannot be read; [`Error::Cancelled`].
    pub fn gather(
        dataset: &Dataset,
        data: &DataSource,
        config: &AnomaliesConfig,
        (quick, seed): (bool, u64),
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let of_split = |split: Split, name: &str| {
            let indices = within(dataset, dataset.indices(split), OF_FOLDER[usize::from(quick)]);
            if indices.len() < FEWEST {
                return Err(Error::Invalid(format!(
                    "{data}: its {} split has {} images; a threshold takes {FEWEST} at least. Give more images",
                    split.label(),
                    indices.len()
                )));
            }
            Case::of_dataset(dataset, &indices, name.into())
        };
        let validation = of_split(Split::Validation, "validation")?;
        let known = of_split(Split::Test, "known")?;
        let mut new = Vec::new();
        for source in config.other.iter().chain(&config.rank) {
            let other =
                Dataset::open(source, dataset.image_size(), &mut |progress| observer.progress(progress))?;
            observer.skipped(other.skipped());
            let indices = within(&other, other.indices(Split::All), OF_FOLDER[usize::from(quick)]);
            new.push(Case::of_dataset(&other, &indices, name_of(source))?);
        }
        if new.is_empty() {
            new = made(&known, dataset.image_size(), data, (quick, seed))?;
        }
        Ok(Self { validation, known, new })
    }

    /// Known images and new ones, in this order.
    pub fn all(&self) -> impl Iterator<Item = &Case> {
        [&self.validation, &self.known].into_iter().chain(&self.new)
    }

    /// Groups of new images, in their order.
    pub fn groups(&self) -> Vec<String> {
        let mut groups: Vec<String> = self.new.iter().map(|case| case.group.clone()).collect();
        groups.dedup();
        groups
    }
}

impl Case {
    fn of_dataset(dataset: &Dataset, indices: &[usize], name: String) -> Result<Self> {
        let images = indices.iter().map(|index| dataset.image(*index)).collect::<Result<_>>()?;
        let names = indices.iter().map(|index| dataset.name(*index).to_owned()).collect();
        Ok(Self { group: name.clone(), name, names, images })
    }

    fn made(name: &str, group: &str, images: Vec<ImageBuf>) -> Self {
        let names = (0..images.len()).map(|number| format!("{name} {}", number + 1)).collect();
        Self { name: name.into(), group: group.into(), names, images }
    }
}

/// At most so many images, by a hash of their names.
fn within(dataset: &Dataset, mut indices: Vec<usize>, most: usize) -> Vec<usize> {
    if indices.len() > most {
        indices.sort_by_key(|index| (xxh3_64(dataset.name(*index).as_bytes()), *index));
        indices.truncate(most);
        indices.sort_unstable();
    }
    indices
}

/// Name of a folder.
fn name_of(source: &DataSource) -> String {
    match source.folder() {
        Some(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        None => "built-in faces".into(),
    }
}

/// Built-in faces, simple pictures, textures, and known faces with something done to them.
fn made(known: &Case, side: usize, data: &DataSource, (quick, seed): (bool, u64)) -> Result<Vec<Case>> {
    let count = known.images.len().min(MADE[usize::from(quick)]);
    let mut cases = Vec::new();
    if *data != DataSource::BuiltinFaces {
        let faces = set::FaceSet::new(side);
        let face = |number: usize| ImageBuf::new(side, side, faces.pixels(number).into_owned());
        let images: Vec<ImageBuf> = (0..count).filter_map(face).collect();
        cases.push(Case::made("built-in faces", "built-in faces", images));
    }
    for texture in Texture::ALL {
        let images = (0..count).map(|number| texture.picture(side, seed, number)).collect::<Result<_>>()?;
        cases.push(Case::made(texture.name(), if texture.is_simple() { SIMPLE } else { "textures" }, images));
    }
    for damage in DAMAGES {
        let images = (0..count).map(|number| damaged(damage, known, number, seed)).collect::<Result<_>>()?;
        let names = known.names[..count].to_vec();
        cases.push(Case { name: damage.into(), group: "damaged faces".into(), names, images });
    }
    Ok(cases)
}

/// Known face `number` with something done to it.
fn damaged(damage: &str, known: &Case, number: usize, seed: u64) -> Result<ImageBuf> {
    let (image, other) = (&known.images[number], &known.images[(number + 1) % known.images.len()]);
    let side = image.width();
    let draw = DistortionDraw { seed, stream: streams::distance(number) };
    match damage {
        "covered" => return Distortion::Occlusion(0.2).apply(image, other, draw),
        "blurred" => return Distortion::Blur(side as f32 / 32.0).apply(image, other, draw),
        "noisy" => return Distortion::Noise(0.1).apply(image, other, draw),
        _ => (),
    }
    let pixel = |image: &ImageBuf, x: usize, y: usize| -> [u8; 3] {
        image.pixels().as_chunks::<3>().0.get(y * side + x).copied().unwrap_or_default()
    };
    let changed = |x: usize, y: usize| -> [u8; 3] {
        let [red, green, blue] = pixel(image, x, y);
        match damage {
            "two halves" if x >= side / 2 => pixel(other, x, y),
            "upside down" => pixel(image, x, image.height() - 1 - y),
            "channels swapped" => [blue, green, red],
            // Rec. 601, as JPEG and most converters have it.
            "grey" => {
                let luma = 0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue);
                [luma.round() as u8; 3]
            }
            _ => [red, green, blue],
        }
    };
    let pixels = (0..image.height()).flat_map(|y| (0..side).flat_map(move |x| [(x, y)]));
    let pixels: Vec<u8> = pixels.flat_map(|(x, y)| changed(x, y)).collect();
    ImageBuf::new(side, image.height(), pixels)
        .ok_or_else(|| Error::Fault("a damaged picture lost pixels; please report this".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Case {
        let image = |number: usize| {
            let pixels = (0..16 * 16 * 3).map(|at| ((at * (7 + number) + at / 48 * 11) % 251) as u8);
            ImageBuf::new(16, 16, pixels.collect()).unwrap()
        };
        Case {
            name: "known".into(),
            group: "known".into(),
            names: (0..12).map(|number| format!("{number}.png")).collect(),
            images: (0..12).map(image).collect(),
        }
    }

    #[test]
    fn every_damage_changes_faces_as_it_says() {
        let known = known();
        for damage in DAMAGES {
            let image = damaged(damage, &known, 0, 1).unwrap();
            assert_eq!((image.width(), image.height()), (16, 16));
            assert_ne!(image, known.images[0], "{damage}");
            assert_eq!(image, damaged(damage, &known, 0, 1).unwrap());
        }
        let flipped = damaged("upside down", &known, 3, 1).unwrap();
        assert_eq!(flipped.pixels()[..48], known.images[3].pixels()[15 * 48..]);
        let halves = damaged("two halves", &known, 11, 1).unwrap();
        assert_eq!(halves.pixels()[..24], known.images[11].pixels()[..24]);
        assert_eq!(halves.pixels()[24..48], known.images[0].pixels()[24..48], "the last meets the first");
        let swapped = damaged("channels swapped", &known, 0, 1).unwrap();
        assert_eq!(
            (swapped.pixels()[0], swapped.pixels()[2]),
            (known.images[0].pixels()[2], known.images[0].pixels()[0])
        );
        assert!(
            damaged("grey", &known, 0, 1).unwrap().pixels().chunks(3).all(|p| p[0] == p[1] && p[1] == p[2])
        );
    }

    #[test]
    fn built_in_faces_are_new_unless_they_are_what_is_known() {
        let folder = DataSource::Folder("faces".into());
        let cases = made(&known(), 16, &folder, (true, 0)).unwrap();
        assert_eq!(cases.len(), 1 + Texture::ALL.len() + DAMAGES.len());
        assert!(cases.iter().all(|case| case.images.len() == 12 && case.names.len() == 12));
        let cases = Cases { validation: known(), known: known(), new: cases };
        assert_eq!(cases.groups(), ["built-in faces", SIMPLE, "textures", "damaged faces"]);
        let without = made(&known(), 16, &DataSource::BuiltinFaces, (true, 0)).unwrap();
        assert_eq!(without.len(), cases.new.len() - 1);
    }
}
