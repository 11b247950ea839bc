//! The Reconstruct screen's state: the photos of the session, the crop, the noise, what each model made
//! of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::picture::Picture;
use crate::config::{Corruption, Noise};
use crate::report::PixelMetrics;
use crate::worker::protocol::{
    Crop, FilterKind, Filtered, FoundFace, InversionConfig, InversionProgress, ModelId, ModelInfo, PhotoId,
    PhotoInfo, Reconstruction,
};

/// Smallest crop, as a part of the photo's shorter side.
pub const SMALLEST_CROP: f32 = 0.1;

/// A photo of the shelf that is being dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraggedPhoto(pub PhotoId);

/// A photo of the session.
#[derive(Clone, Debug)]
pub struct Photo {
    /// Answer of the worker.
    pub info: PhotoInfo,
    /// The whole photo, small.
    pub preview: Picture,
    /// The part that the models see.
    pub crop: Crop,
    /// The part that is remembered for it; none if that is the one that was found.
    remembered: Option<Crop>,
}

impl Photo {
    /// A photo with the crop that is remembered for it, else that of its most prominent face, else the largest square
    /// in the middle.
    pub fn new(info: PhotoInfo) -> Self {
        let preview = Picture::new(info.preview.clone());
        let remembered = info.remembered;
        let mut photo = Photo { info, preview, crop: Crop::default(), remembered };
        photo.crop = remembered.unwrap_or_else(|| photo.found());
        photo
    }

    /// The faces in it, the most prominent first; none where they were not looked for.
    pub fn faces(&self) -> &[FoundFace] {
        self.info.faces.as_deref().unwrap_or_default()
    }

    /// The crop to begin with: the square around the most prominent face, else the largest one in the middle.
    pub fn found(&self) -> Crop {
        self.faces().first().map_or(Crop::default(), |face| face.crop)
    }

    /// Takes the faces in it, or none where they are no longer looked for. A crop that nobody has chosen follows.
    pub fn set_faces(&mut self, faces: Option<Vec<FoundFace>>) {
        let is_as_found = self.crop == self.found();
        self.info.faces = faces;
        if is_as_found {
            self.crop = self.found();
        }
    }

    /// The part to remember for it from now on, or that there is none, if that has changed.
    pub fn take_unremembered(&mut self) -> Option<Option<Crop>> {
        let chosen = (self.crop != self.found()).then_some(self.crop);
        (chosen != self.remembered).then(|| {
            self.remembered = chosen;
            chosen
        })
    }

    /// Moves, sizes or turns the crop. An upright one stays inside the photo, a turned one's centre does.
    pub fn set_crop(&mut self, crop: Crop) {
        if crop.is_turned() {
            let or = |value: f32, default: f32| if value.is_finite() { value } else { default };
            self.crop = Crop {
                center_x: or(crop.center_x, 0.5).clamp(0.0, 1.0),
                center_y: or(crop.center_y, 0.5).clamp(0.0, 1.0),
                size: or(crop.size, 1.0).clamp(SMALLEST_CROP, Crop::LARGEST),
                angle: (crop.angle + 180.0).rem_euclid(360.0) - 180.0,
            };
            return;
        }
        let size = if crop.size.is_finite() { crop.size.clamp(SMALLEST_CROP, 1.0) } else { 1.0 };
        let (width, height) = (self.info.width.max(1) as f32, self.info.height.max(1) as f32);
        let side = width.min(height) * size;
        let inside = |center: f32, length: f32| {
            let half = (side / length / 2.0).min(0.5);
            if center.is_finite() { center.clamp(half, 1.0 - half) } else { 0.5 }
        };
        let (center_x, center_y) = (inside(crop.center_x, width), inside(crop.center_y, height));
        self.crop = Crop { center_x, center_y, size, angle: 0.0 };
    }
}

/// A photo through a model, with its pictures ready to show.
#[derive(Clone, Debug)]
pub struct ReconstructionResult {
    /// The crop as it is.
    pub input: Picture,
    /// Noisy input of the model, with the numbers that it has to beat; none without noise.
    pub noisy: Option<(Picture, PixelMetrics)>,
    /// Its result.
    pub output: Picture,
    /// Absolute difference per pixel in [0, 1], rows from the top, as wide as `input`.
    pub difference: Vec<f32>,
    /// The point: the code, or its noise under a learned prior.
    pub code: Vec<f32>,
    /// The metrics.
    pub metrics: PixelMetrics,
    /// As in [`Reconstruction`].
    pub through_prior: Option<f64>,
    /// As in [`Reconstruction`].
    pub residual: Vec<f32>,
    /// As in [`Reconstruction`].
    pub trained_on: Option<usize>,
    /// The search that found the code; none for the encoder's.
    pub search: Option<Search>,
}

/// Progress of a search for a code.
#[derive(Clone, Debug)]
pub struct Search {
    /// Steps gone.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// RE after each step, from the beginning on.
    pub curve: Vec<f32>,
    /// As in [`InversionProgress`].
    pub prior_distance: f64,
    /// Time since it began.
    pub seconds: f64,
}

impl Search {
    /// Whether it is over.
    pub fn is_finished(&self) -> bool {
        self.step >= self.steps
    }
}

impl ReconstructionResult {
    /// Input, noisy input if there is one, reconstruction.
    pub fn pictures(&self) -> Vec<Picture> {
        let noisy = self.noisy.as_ref().map(|(picture, _)| picture);
        [Some(&self.input), noisy, Some(&self.output)].into_iter().flatten().cloned().collect()
    }
}

impl From<Reconstruction> for ReconstructionResult {
    fn from(answer: Reconstruction) -> Self {
        ReconstructionResult {
            input: Picture::new(answer.input),
            noisy: answer.noisy.map(|noisy| (Picture::new(noisy.image), noisy.metrics)),
            output: Picture::new(answer.output),
            difference: answer.difference,
            code: answer.code,
            metrics: answer.metrics,
            through_prior: answer.through_prior,
            residual: answer.residual,
            trained_on: answer.trained_on,
            search: None,
        }
    }
}

/// A noisy photo through a filter, with its picture ready to show.
#[derive(Clone, Debug)]
pub struct FilterResult {
    /// The filter with its settings, in words.
    pub filter: String,
    /// Its result.
    pub output: Picture,
    /// As in [`ReconstructionResult`].
    pub difference: Vec<f32>,
    /// Agreement with the clean crop.
    pub metrics: PixelMetrics,
}

impl From<Filtered> for FilterResult {
    fn from(answer: Filtered) -> Self {
        let Filtered { filter, output, difference, metrics } = answer;
        FilterResult { filter, output: Picture::new(output), difference, metrics }
    }
}

impl From<InversionProgress> for ReconstructionResult {
    fn from(news: InversionProgress) -> Self {
        let InversionProgress { step, steps, curve, prior_distance, seconds, .. } = news;
        ReconstructionResult {
            input: Picture::new(news.input),
            noisy: news.noisy.map(|noisy| (Picture::new(noisy.image), noisy.metrics)),
            output: Picture::new(news.output),
            difference: news.difference,
            code: news.code,
            metrics: news.metrics,
            through_prior: None,
            residual: news.residual,
            trained_on: None,
            search: Some(Search { step, steps, curve, prior_distance, seconds }),
        }
    }
}

/// Results of the contact sheet, by photo and model.
pub type Sheet = BTreeMap<(PhotoId, ModelId), Arc<ReconstructionResult>>;

/// The photo on the table.
#[derive(Clone, Debug)]
pub struct Reconstruct {
    /// The photos of the session, the newest first.
    pub photos: Vec<Photo>,
    /// The one shown.
    pub current: Option<PhotoId>,
    /// The photo whose code the sliders of Explore are to move to, once it is known.
    pub to_explore: Option<PhotoId>,
    /// A model that was chosen, until its place on the screen is in sight.
    pub reveal: Option<ModelId>,
    /// Results of each model that encodes.
    pub results: BTreeMap<ModelId, Arc<ReconstructionResult>>,
    /// The noisy photo through filters.
    pub filtered: BTreeMap<FilterKind, Arc<FilterResult>>,
    /// Results of searches for a code.
    pub found: BTreeMap<ModelId, Arc<ReconstructionResult>>,
    /// Models that encode and whose codes are refined by a search.
    pub refined: BTreeSet<ModelId>,
    /// Numbers of the searches.
    pub inversion: InversionConfig,
    /// Whether all photos of the session are shown and not the current one alone.
    pub is_sheet: bool,
    /// Results of all photos, while they are shown.
    pub sheet: Sheet,
    /// Place of the divider between input and reconstruction where they are laid over each other, from 0 to 1.
    pub divider: f32,
    /// The difference is multiplied by this before it is coloured.
    pub gain: f32,
    /// Noise on the crop before the models see it.
    pub noise: Option<Corruption>,
    /// Seed of the noise.
    pub noise_seed: u64,
}

impl Default for Reconstruct {
    fn default() -> Self {
        Reconstruct {
            photos: Vec::new(),
            current: None,
            to_explore: None,
            reveal: None,
            results: BTreeMap::new(),
            filtered: BTreeMap::new(),
            found: BTreeMap::new(),
            refined: BTreeSet::new(),
            inversion: InversionConfig::default(),
            is_sheet: false,
            sheet: Sheet::new(),
            divider: 0.5,
            gain: 3.0,
            noise: None,
            noise_seed: 0,
        }
    }
}

impl Reconstruct {
    /// Whether the code of the photo in this model is sought: it has no encoder, or is to be refined.
    pub fn is_sought(&self, model: &ModelInfo) -> bool {
        model.config.has_gradients() && (!model.config.kind.has_encoder() || self.refined.contains(&model.id))
    }

    /// Result to show of a model: of a search, or of its encoder.
    pub fn shown(&self, model: ModelId) -> Option<&Arc<ReconstructionResult>> {
        self.found.get(&model).or_else(|| self.results.get(&model))
    }

    /// Refines the code that the encoder of a model gives, or no longer does.
    pub fn toggle_refined(&mut self, model: ModelId) {
        if !self.refined.remove(&model) {
            self.refined.insert(model);
        }
    }

    /// Forgets what was made of the photo.
    pub fn forget_results(&mut self) {
        self.results.clear();
        self.found.clear();
        self.filtered.clear();
    }

    /// The noise to ask for.
    pub fn noise(&self) -> Option<Noise> {
        self.noise.map(|corruption| Noise { corruption, seed: self.noise_seed })
    }

    /// A photo of the session.
    pub fn photo(&self, id: PhotoId) -> Option<&Photo> {
        self.photos.iter().find(|photo| photo.info.id == id)
    }

    /// The photo shown.
    pub fn current(&self) -> Option<&Photo> {
        self.photo(self.current?)
    }

    /// The photo shown.
    pub fn current_mut(&mut self) -> Option<&mut Photo> {
        let id = self.current?;
        self.photos.iter_mut().find(|photo| photo.info.id == id)
    }

    /// Puts a photo in front; one of the same file is replaced, and its number returned.
    pub fn add(&mut self, info: PhotoInfo) -> Option<PhotoId> {
        let same = |photo: &Photo| photo.info.path.is_some() && photo.info.path == info.path;
        let old = self.photos.iter().position(same).map(|at| self.photos.remove(at).info.id);
        self.photos.insert(0, Photo::new(info));
        old
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image_buf::ImageBuf;

    /// A photo of 200 by 100 pixels in which no faces were sought.
    fn info() -> PhotoInfo {
        PhotoInfo {
            id: 1,
            name: "a.jpg".into(),
            path: None,
            width: 200,
            height: 100,
            preview: ImageBuf::filled(20, 10, [0; 3]),
            faces: None,
            content: 0,
            remembered: None,
        }
    }

    #[test]
    fn a_crop_stays_inside_the_photo() {
        let info = info();
        let mut photo = Photo::new(info);
        let upright = |center_x, center_y, size| Crop { center_x, center_y, size, angle: 0.0 };
        photo.set_crop(upright(-1.0, 0.9, 0.5));
        assert_eq!(photo.crop, upright(0.125, 0.75, 0.5));
        photo.set_crop(upright(0.9, f32::NAN, 4.0));
        assert_eq!(photo.crop, upright(0.75, 0.5, 1.0));
        photo.set_crop(Crop { size: 0.0, ..photo.crop });
        assert_eq!(photo.crop.size, SMALLEST_CROP);
        photo.set_crop(Crop { center_x: 0.9, center_y: -0.1, size: 4.0, angle: 190.0 });
        assert_eq!(photo.crop, Crop { center_x: 0.9, center_y: 0.0, size: 2.0, angle: -170.0 });
        photo.set_crop(Crop { angle: f32::NAN, ..photo.crop });
        assert_eq!(photo.crop, upright(0.75, 0.5, 1.0));
    }

    #[test]
    fn a_chosen_crop_is_remembered_and_one_that_nobody_chose_follows_the_faces() {
        let face = |center_x, angle| FoundFace {
            crop: Crop { center_x, center_y: 0.5, size: 0.5, angle },
            score: 0.9,
        };
        let info = PhotoInfo { content: 7, ..info() };
        let mut photo = Photo::new(info.clone());
        assert_eq!((photo.crop, photo.take_unremembered()), (Crop::default(), None));
        photo.set_faces(Some(vec![face(0.3, 5.0), face(0.7, -5.0)]));
        assert_eq!((photo.crop, photo.take_unremembered()), (face(0.3, 5.0).crop, None));
        photo.set_crop(face(0.7, -5.0).crop);
        assert_eq!(photo.take_unremembered(), Some(Some(face(0.7, -5.0).crop)));
        assert_eq!(photo.take_unremembered(), None, "once");
        photo.set_faces(None);
        assert_eq!(photo.crop, face(0.7, -5.0).crop, "somebody chose it");
        photo.set_crop(photo.found());
        assert_eq!(photo.take_unremembered(), Some(None));
        let own = Crop { center_x: 0.4, ..face(0.3, 5.0).crop };
        let again =
            Photo::new(PhotoInfo { remembered: Some(own), faces: Some(vec![face(0.3, 5.0)]), ..info });
        assert_eq!((again.crop, again.found()), (own, face(0.3, 5.0).crop));
    }
}
