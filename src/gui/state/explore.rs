//! The Explore screen's state for one model. Positions are in standard deviations from the centre:
//! `code = center + scale * value`.

use super::picture::Picture;
use super::undo::UndoHistory;
use crate::random::{RandomStream, streams};
use crate::report::LatentInfo;

/// Standard deviations from the centre to the end of a slider.
pub const SPAN: f32 = 3.0;
/// Pictures in the row along one dimension.
pub const TRAVERSAL_STEPS: usize = 9;
/// Draws on the sheet.
pub const SAMPLE_COUNT: usize = 24;
/// A scale below this is that of a dimension the encoder never moves.
const SMALLEST_SCALE: f32 = 1e-8;

/// Draws from the prior.
#[derive(Clone, Debug)]
pub struct SampleSheet {
    /// The seed they came from.
    pub seed: u64,
    /// Their codes.
    pub codes: Vec<Vec<f32>>,
    /// Their pictures.
    pub pictures: Vec<Picture>,
}

/// Where the sliders of one model stand and what it showed.
#[derive(Clone, Debug)]
pub struct Explore {
    latent: LatentInfo,
    /// Where the sliders begin and come back to.
    home: Vec<f32>,
    values: Vec<f32>,
    locked: Vec<bool>,
    /// Deviation of each slider in draws.
    spread: Vec<f32>,
    history: UndoHistory,
    /// Dimensions that carry information, the one with the largest effect first.
    pub active: Vec<usize>,
    /// The others.
    pub inactive: Vec<usize>,
    /// The dimension whose row is shown.
    pub selected: usize,
    /// The dimensions of the pad, across and up.
    pub pad: (usize, usize),
    /// Text in the search field.
    pub search: String,
    /// The large picture.
    pub picture: Option<Picture>,
    /// The row along `selected`.
    pub traversal: Vec<Picture>,
    /// The sheet.
    pub samples: Option<SampleSheet>,
    /// Seed of the sheet asked for last.
    pub sample_seed: u64,
    draws: u64,
}

impl Explore {
    /// All sliders in the middle.
    pub fn new(latent: &LatentInfo) -> Self {
        let is_active = latent.active();
        let (active, inactive): (Vec<_>, Vec<_>) =
            latent.by_effect().into_iter().partition(|&dim| is_active.get(dim) == Some(&true));
        let top = |n: usize| active.iter().chain(&inactive).nth(n).copied().unwrap_or(0);
        let count = latent.center.len();
        Explore {
            home: vec![0.0; count],
            values: vec![0.0; count],
            locked: vec![false; count],
            spread: vec![1.0; count],
            history: UndoHistory::default(),
            selected: top(0),
            pad: (top(0), top(1)),
            active,
            inactive,
            search: String::new(),
            picture: None,
            traversal: Vec::new(),
            samples: None,
            sample_seed: 0,
            draws: 0,
            latent: latent.clone(),
        }
    }

    /// Draws with these deviations from now on, one a slider.
    pub fn drawing(self, spread: Vec<f32>) -> Self {
        Self { spread, ..self }
    }

    /// Begins at draw `number` of the seed 0 from the prior, and comes back to it. A model without an encoder has
    /// learned pictures of draws alone, and draws in many dimensions lie far from the centre: what it shows there
    /// means nothing.
    pub fn at_a_draw(mut self, number: usize) -> Self {
        let mut generator = RandomStream::of_stream(0, streams::sample(number));
        for (value, spread) in self.home.iter_mut().zip(&self.spread) {
            *value = spread * generator.normal::<f32>();
        }
        self.values.clone_from(&self.home);
        self
    }

    /// Positions of the sliders.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Whether a dimension is kept by [`Explore::randomize`].
    pub fn is_locked(&self, dim: usize) -> bool {
        self.locked.get(dim).copied().unwrap_or(false)
    }

    /// Locks or frees a dimension.
    pub fn toggle_lock(&mut self, dim: usize) {
        if let Some(lock) = self.locked.get_mut(dim) {
            *lock = !*lock;
        }
    }

    /// The effect of a dimension over the largest one, in [0, 1].
    pub fn effect(&self, dim: usize) -> f32 {
        let largest = self.latent.effect.iter().copied().fold(0.0, f32::max);
        if largest > 0.0 { self.latent.effect.get(dim).copied().unwrap_or(0.0) / largest } else { 0.0 }
    }

    /// Measurements of the code space.
    pub fn latent(&self) -> &LatentInfo {
        &self.latent
    }

    /// The code at the sliders' positions.
    pub fn code(&self) -> Vec<f32> {
        self.code_of(&self.values)
    }

    fn code_of(&self, values: &[f32]) -> Vec<f32> {
        let LatentInfo { center, scale, units, .. } = &self.latent;
        center.iter().zip(scale).zip(values).map(|((c, s), v)| units.clamp(c + s * v)).collect()
    }

    /// The position nearest to `value` at which a unit can stand: the codes of a sparse model have ends.
    fn reachable(&self, dim: usize, value: f32) -> f32 {
        let LatentInfo { center, scale, units, .. } = &self.latent;
        match (center.get(dim), scale.get(dim)) {
            (Some(c), Some(s)) if *s > SMALLEST_SCALE => {
                let wanted = c + s * value;
                let possible = units.clamp(wanted);
                if possible == wanted { value } else { (possible - c) / s }
            }
            _ => value,
        }
    }

    /// Dimensions and positions of a code in standard deviations, those that matter most in front.
    pub fn positions_by_effect(&self, code: &[f32]) -> Vec<(usize, f32)> {
        let values = self.values_of(code);
        self.active.iter().chain(&self.inactive).map(|&dim| (dim, values[dim])).collect()
    }

    /// Dimensions and the mean of their code over images, the largest in front.
    pub fn activities(&self) -> Vec<(usize, f32)> {
        let mut all: Vec<(usize, f32)> = self.latent.center.iter().copied().enumerate().collect();
        all.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        all
    }

    /// Positions of a code.
    fn values_of(&self, code: &[f32]) -> Vec<f32> {
        let LatentInfo { center, scale, .. } = &self.latent;
        let position = |((z, c), s): ((&f32, &f32), &f32)| {
            let value = if s.abs() > SMALLEST_SCALE { (z - c) / s } else { 0.0 };
            if value.is_finite() { value } else { 0.0 }
        };
        let mut values: Vec<f32> = code.iter().zip(center).zip(scale).map(position).collect();
        values.resize(self.values.len(), 0.0);
        values
    }

    /// Moves one slider, as far as it can go: one step of undo, or part of the gesture that is going on.
    pub fn set(&mut self, dim: usize, value: f32) {
        let value = self.reachable(dim, value);
        if self.values.get(dim).is_some_and(|old| value.is_finite() && *old != value) {
            self.history.before_change(&self.values);
            self.values[dim] = value;
        }
    }

    /// Moves all sliders: one step of undo.
    fn set_all(&mut self, mut values: Vec<f32>) {
        for (dim, value) in values.iter_mut().enumerate() {
            *value = self.reachable(dim, *value);
        }
        if values != self.values {
            self.history.before_change(&self.values);
            self.values = values;
        }
    }

    /// Takes over a code, as of a sample or a photo.
    pub fn set_code(&mut self, code: &[f32]) {
        self.set_all(self.values_of(code));
    }

    /// Puts every slider that is not locked where a draw from the prior falls.
    pub fn randomize(&mut self) {
        self.draws += 1;
        let mut generator = RandomStream::new(self.draws);
        let draw = |(old, locked): (&f32, &bool)| {
            let value: f32 = generator.normal();
            if *locked { *old } else { value }
        };
        let values = self.values.iter().zip(&self.locked).map(draw);
        let spread =
            self.spread.iter().zip(&self.locked).map(|(spread, locked)| if *locked { 1.0 } else { *spread });
        self.set_all(values.zip(spread).map(|(value, spread)| value * spread).collect());
    }

    /// Back to where it began: the centre, but for [`Explore::at_a_draw`].
    pub fn reset(&mut self) {
        self.set_all(self.home.clone());
    }

    /// One step back. False when there is none.
    pub fn undo(&mut self) -> bool {
        self.history.undo(&mut self.values)
    }

    /// One undone step forward. False when there is none.
    pub fn redo(&mut self) -> bool {
        self.history.redo(&mut self.values)
    }

    /// Undo and redo, to ask whether they can.
    pub fn history(&self) -> &UndoHistory {
        &self.history
    }

    /// A drag begins: all its changes are one step.
    pub fn begin_gesture(&mut self) {
        self.history.begin_gesture(&self.values);
    }

    /// A drag ends.
    pub fn end_gesture(&mut self) {
        self.history.end_gesture(&self.values);
    }

    /// Dimensions whose number contains what is searched for: active ones, then the others.
    pub fn found(&self) -> (Vec<usize>, Vec<usize>) {
        let wanted: String = self.search.chars().filter(char::is_ascii_digit).collect();
        let matching =
            |dims: &[usize]| dims.iter().copied().filter(|d| d.to_string().contains(&wanted)).collect();
        (matching(&self.active), matching(&self.inactive))
    }

    /// Position of a picture in the row along a dimension.
    pub fn traversal_value(index: usize) -> f32 {
        -SPAN + 2.0 * SPAN * index as f32 / (TRAVERSAL_STEPS - 1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CodeUnits;

    fn explore() -> Explore {
        let latent = LatentInfo {
            center: vec![1.0, 0.0, -2.0],
            scale: vec![2.0, 0.5, 0.0],
            effect: vec![0.1, 0.4, 0.0],
            kl: Vec::new(),
            variance: vec![1.0, 1.0, 0.0],
            images: 10,
            ..LatentInfo::unmeasured(3)
        };
        Explore::new(&latent)
    }

    #[test]
    fn sliders_of_a_sparse_code_stop_at_its_ends() {
        let latent = LatentInfo {
            center: vec![0.25, 0.05],
            scale: vec![0.25, 0.1],
            units: CodeUnits::Sigmoid,
            ..LatentInfo::unmeasured(2)
        };
        let mut explore = Explore::new(&latent);
        explore.set(0, -2.0);
        assert_eq!((explore.values()[0], explore.code()[0]), (-1.0, 0.0));
        explore.set(0, 2.5);
        assert_eq!(explore.values()[0], 2.5);
        explore.set(0, 4.0);
        assert_eq!((explore.values()[0], explore.code()[0]), (3.0, 1.0));
        for _ in 0..20 {
            explore.randomize();
            assert!(explore.code().iter().all(|z| (0.0..=1.0).contains(z)), "{:?}", explore.code());
        }
        assert!(explore.values()[1] >= -0.5 - 1e-6);
    }

    #[test]
    fn a_code_and_its_positions_are_the_same_point() {
        let mut explore = explore();
        explore.set_code(&[5.0, -1.0, -2.0]);
        assert_eq!(explore.values(), [2.0, -2.0, 0.0]);
        assert_eq!(explore.code(), [5.0, -1.0, -2.0]);
        explore.reset();
        assert_eq!(explore.code(), explore.latent().center);
    }

    #[test]
    fn dimensions_are_sorted_by_effect_and_dead_ones_apart() {
        let mut explore = explore();
        assert_eq!((explore.active.clone(), explore.inactive.clone()), (vec![1, 0], vec![2]));
        assert_eq!((explore.selected, explore.pad), (1, (1, 0)));
        assert!((explore.effect(0) - 0.25).abs() < 1e-6);
        explore.search = "z0".into();
        assert_eq!(explore.found(), (vec![0], vec![]));
    }

    #[test]
    fn random_keeps_locks_and_is_one_step() {
        let mut explore = explore();
        explore.set(1, 0.75);
        explore.toggle_lock(1);
        explore.randomize();
        assert_eq!(explore.values()[1], 0.75);
        assert_ne!(explore.values()[0], 0.0);
        let first = explore.values().to_vec();
        explore.randomize();
        assert_ne!(explore.values(), first);
        assert!(explore.undo());
        assert_eq!(explore.values(), first);
        assert!(explore.undo() && explore.undo());
        assert_eq!(explore.values(), [0.0; 3]);
        assert!(!explore.undo());
    }

    #[test]
    fn a_model_that_only_draws_begins_at_a_draw_and_comes_back_to_it() {
        let mut explore = explore().at_a_draw(0);
        let home = explore.values().to_vec();
        assert!(home.iter().all(|value| *value != 0.0 && value.abs() < 6.0), "{home:?}");
        explore.randomize();
        assert_ne!(explore.values(), home);
        explore.reset();
        assert_eq!(explore.values(), home);
    }

    #[test]
    fn numbers_that_are_none_are_not_taken() {
        let mut explore = explore();
        explore.set(0, f32::NAN);
        explore.set(99, 1.0);
        explore.set_code(&[f32::INFINITY, 0.0, 0.0]);
        assert!(explore.values().iter().all(|v| v.is_finite()));
        assert!(!explore.history().can_undo());
    }

    #[test]
    fn the_row_runs_from_end_to_end() {
        assert_eq!(Explore::traversal_value(0), -SPAN);
        assert_eq!(Explore::traversal_value(TRAVERSAL_STEPS / 2), 0.0);
        assert_eq!(Explore::traversal_value(TRAVERSAL_STEPS - 1), SPAN);
    }
}
