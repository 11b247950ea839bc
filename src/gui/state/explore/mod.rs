//! The Explore screen's state for one model: a face, and edits of it. Positions of the face are in standard deviations
//! from the centre: `code = center + scale * value`. Edits are amounts of directions; they stay when the face changes.

mod names;

use super::picture::Picture;
use super::undo::UndoHistory;
use crate::random::{RandomStream, streams};
use crate::report::{Direction, LatentInfo, conditioned};

pub use names::title;

/// Standard deviations from the centre to the end of a slider.
pub const SPAN: f32 = 3.0;
/// Pictures in the row along one dimension.
pub const TRAVERSAL_STEPS: usize = 9;
/// Positions of a slider to either side in the preview of what it does.
pub const PREVIEW_SPAN: f32 = 2.0;
/// Draws on the sheet.
pub const SAMPLE_COUNT: usize = 24;
/// A scale below this is that of a dimension the encoder never moves.
const SMALLEST_SCALE: f32 = 1e-8;

/// Draws from the prior.
#[derive(Clone, Debug)]
pub struct SampleSheet {
    /// Their codes.
    pub codes: Vec<Vec<f32>>,
    /// Their pictures.
    pub pictures: Vec<Picture>,
}

/// Position of all sliders.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// Of each dimension.
    pub values: Vec<f32>,
    /// Of each direction.
    pub amounts: Vec<f32>,
    /// Added to the code of a photo's face, see [`Explore::set_photo`]; empty for nothing.
    pub residual: Vec<f32>,
    /// Factor on the dimensions: 1 leaves the face as it is, less brings it nearer to the centre, to what is typical.
    pub truncation: f32,
}

/// A slider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Along {
    /// A dimension, by its index.
    Dim(usize),
    /// A direction, by its index.
    Direction(usize),
}

/// Sliders of one model, and what it showed.
#[derive(Clone, Debug)]
pub struct Explore {
    latent: LatentInfo,
    /// Where the sliders begin and come back to.
    home: Vec<f32>,
    position: Position,
    locked: Vec<bool>,
    /// The directions of the model.
    directions: Vec<Direction>,
    /// Directions that the others leave as they are.
    held: Vec<bool>,
    /// The directions as they move the code: without what they share with those that are held.
    moves: Vec<Vec<f32>>,
    /// Deviation of each slider in draws.
    spread: Vec<f32>,
    history: UndoHistory<Position>,
    /// Dimensions that carry information, the one with the largest effect first.
    pub active: Vec<usize>,
    /// The others.
    pub inactive: Vec<usize>,
    /// The slider whose row is shown.
    pub selected: Along,
    /// The dimensions of the pad, across and up.
    pub pad: (usize, usize),
    /// Text in the search field.
    pub search: String,
    /// The large picture.
    pub picture: Option<Picture>,
    /// The row along `selected`.
    pub traversal: Vec<Picture>,
    /// The slider under the pointer.
    pub hovered: Option<Along>,
    /// The slider that is to have the keyboard, until it has.
    pub focus: Option<Along>,
    /// A slider, and the face with less and with more of it.
    pub preview: Option<(Along, Vec<Picture>)>,
    /// Whether the face without edits is laid beside the edited one, and where the divider stands, from 0 to 1.
    pub wipe: Option<f32>,
    /// The face without edits.
    pub unedited: Option<Picture>,
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
            position: Position {
                values: vec![0.0; count],
                amounts: Vec::new(),
                residual: Vec::new(),
                truncation: 1.0,
            },
            directions: Vec::new(),
            held: Vec::new(),
            moves: Vec::new(),
            locked: vec![false; count],
            spread: vec![1.0; count],
            history: UndoHistory::default(),
            selected: Along::Dim(top(0)),
            pad: (top(0), top(1)),
            active,
            inactive,
            search: String::new(),
            picture: None,
            traversal: Vec::new(),
            hovered: None,
            focus: None,
            preview: None,
            wipe: None,
            unedited: None,
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
        self.position.values.clone_from(&self.home);
        self
    }

    /// This state with these directions, the first of which is shown in the row.
    pub fn with_directions(mut self, directions: Vec<Direction>) -> Self {
        self.set_directions(directions);
        if !self.directions.is_empty() {
            self.selected = Along::Direction(0);
        }
        self
    }

    /// Takes other directions in place of those there were. Amounts stay with their names; what was undone is gone.
    pub fn set_directions(&mut self, directions: Vec<Direction>) {
        let by_name = |name: &str| self.directions.iter().position(|known| known.name == name);
        let known: Vec<Option<usize>> = directions.iter().map(|direction| by_name(&direction.name)).collect();
        self.position.amounts =
            known.iter().map(|known| known.map_or(0.0, |at| self.position.amounts[at])).collect();
        self.held = known.iter().map(|known| known.is_some_and(|at| self.held[at])).collect();
        self.history = UndoHistory::default();
        if let Along::Direction(at) = self.selected
            && at >= directions.len()
        {
            self.selected = Along::Dim(self.active.first().copied().unwrap_or(0));
        }
        self.directions = directions;
        self.preview = None;
        self.find_moves();
    }

    /// Gives a direction another name.
    pub fn rename(&mut self, direction: usize, name: &str) {
        if let Some(direction) = self.directions.get_mut(direction) {
            direction.name = name.to_owned();
        }
    }

    fn find_moves(&mut self) {
        let others = |at: usize| {
            let held = self.held.iter().enumerate().filter(move |(other, held)| **held && *other != at);
            held.map(|(other, _)| self.directions[other].vector.as_slice()).collect::<Vec<_>>()
        };
        let moves =
            (0..self.directions.len()).map(|at| conditioned(&self.directions[at].vector, &others(at)));
        self.moves = moves.collect();
    }

    /// The directions of the model.
    pub fn directions(&self) -> &[Direction] {
        &self.directions
    }

    /// Amount of each direction.
    pub fn amounts(&self) -> &[f32] {
        &self.position.amounts
    }

    /// Whether the other directions leave this one as it is.
    pub fn is_held(&self, direction: usize) -> bool {
        self.held.get(direction).copied().unwrap_or(false)
    }

    /// Has the other directions leave this one as it is, or no longer.
    pub fn toggle_held(&mut self, direction: usize) {
        if let Some(held) = self.held.get_mut(direction) {
            *held = !*held;
            self.find_moves();
        }
    }

    /// Moves along a direction: one step of undo, or part of the gesture that is going on.
    pub fn set_amount(&mut self, direction: usize, amount: f32) {
        if self.position.amounts.get(direction).is_some_and(|old| amount.is_finite() && *old != amount) {
            self.history.before_change(&self.position);
            self.position.amounts[direction] = amount;
        }
    }

    /// Takes all edits back: one step of undo.
    pub fn clear_edits(&mut self) {
        if self.is_edited() {
            self.history.before_change(&self.position);
            self.position.amounts.fill(0.0);
        }
    }

    /// Whether any direction moves the face.
    pub fn is_edited(&self) -> bool {
        self.position.amounts.iter().any(|amount| *amount != 0.0)
    }

    /// Added to the code of the face by the edits: `latent_dim` numbers.
    pub fn shift(&self) -> Vec<f32> {
        self.shift_of(&self.position.amounts)
    }

    /// [`Explore::shift`] with another amount of a direction.
    pub fn shift_with(&self, direction: usize, amount: f32) -> Vec<f32> {
        let mut amounts = self.position.amounts.clone();
        amounts.get_mut(direction).into_iter().for_each(|old| *old = amount);
        self.shift_of(&amounts)
    }

    /// Added to the code of the sliders before any edit; empty for nothing.
    pub fn residual(&self) -> &[f32] {
        &self.position.residual
    }

    /// Whether the code of the face is that of the sliders.
    pub fn is_plain(&self) -> bool {
        !self.is_edited() && self.position.residual.is_empty()
    }

    fn shift_of(&self, amounts: &[f32]) -> Vec<f32> {
        let mut shift = self.position.residual.clone();
        shift.resize(self.latent.center.len(), 0.0);
        for (by, amount) in self.moves.iter().zip(amounts).filter(|(_, amount)| **amount != 0.0) {
            shift.iter_mut().zip(by).for_each(|(sum, by)| *sum += amount * by);
        }
        shift
    }

    /// Position of a slider.
    pub fn stands_at(&self, along: Along) -> f32 {
        let of = |all: &[f32], at: usize| all.get(at).copied().unwrap_or(0.0);
        match along {
            Along::Dim(dim) => of(&self.position.values, dim),
            Along::Direction(direction) => of(&self.position.amounts, direction),
        }
    }

    /// Moves a slider.
    pub fn set_along(&mut self, along: Along, value: f32) {
        match along {
            Along::Dim(dim) => self.set(dim, value),
            Along::Direction(direction) => self.set_amount(direction, value),
        }
    }

    /// Deviation of each dimension in draws.
    pub fn spread(&self) -> Vec<f32> {
        self.latent.scale.iter().zip(&self.spread).map(|(scale, spread)| scale * spread).collect()
    }

    /// Factor on the dimensions, see [`Position::truncation`].
    pub fn truncation(&self) -> f32 {
        self.position.truncation
    }

    /// Brings the face nearer to the centre: one step of undo, or part of the gesture that is going on.
    pub fn set_truncation(&mut self, truncation: f32) {
        if truncation.is_finite() && truncation != self.position.truncation {
            self.history.before_change(&self.position);
            self.position.truncation = truncation.clamp(0.0, 1.5);
        }
    }

    /// Positions of the sliders.
    pub fn values(&self) -> &[f32] {
        &self.position.values
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

    /// The code at the sliders' positions, without edits.
    pub fn code(&self) -> Vec<f32> {
        let truncated: Vec<f32> = self.position.values.iter().map(|v| v * self.position.truncation).collect();
        self.code_of(&truncated)
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
        values.resize(self.position.values.len(), 0.0);
        values
    }

    /// Moves one slider, as far as it can go: one step of undo, or part of the gesture that is going on.
    pub fn set(&mut self, dim: usize, value: f32) {
        let value = self.reachable(dim, value);
        if self.position.values.get(dim).is_some_and(|old| value.is_finite() && *old != value) {
            self.history.before_change(&self.position);
            self.position.values[dim] = value;
        }
    }

    /// Moves all dimensions to where they can stand: one step of undo.
    fn set_all(&mut self, mut values: Vec<f32>, truncation: f32, residual: Vec<f32>) {
        for (dim, value) in values.iter_mut().enumerate() {
            *value = self.reachable(dim, *value);
        }
        let position = Position { values, truncation, residual, amounts: self.position.amounts.clone() };
        if position != self.position {
            self.history.before_change(&self.position);
            self.position = position;
        }
    }

    /// Takes over a code, as of a sample or a photo, as it is: nothing is truncated any more, and the edits stay.
    pub fn set_code(&mut self, code: &[f32]) {
        self.set_photo(code, Vec::new());
    }

    /// Takes over the point of a photo's code, and adds `residual` to the code of the sliders from then on, until
    /// another face is taken over: what a prior's way to the point and back loses.
    pub fn set_photo(&mut self, code: &[f32], residual: Vec<f32>) {
        self.set_all(self.values_of(code), 1.0, residual);
    }

    /// Puts every slider that is not locked where a draw from the prior falls.
    pub fn randomize(&mut self) {
        self.draws += 1;
        let mut generator = RandomStream::new(self.draws);
        let draw = |(old, locked): (&f32, &bool)| {
            let value: f32 = generator.normal();
            if *locked { *old } else { value }
        };
        let values = self.position.values.iter().zip(&self.locked).map(draw);
        let spread =
            self.spread.iter().zip(&self.locked).map(|(spread, locked)| if *locked { 1.0 } else { *spread });
        let values = values.zip(spread).map(|(value, spread)| value * spread).collect();
        self.set_all(values, self.position.truncation, Vec::new());
    }

    /// The face of the beginning: the centre, but for [`Explore::at_a_draw`]. Edits stay.
    pub fn reset(&mut self) {
        self.set_all(self.home.clone(), 1.0, Vec::new());
    }

    /// One step back. False when there is none.
    pub fn undo(&mut self) -> bool {
        self.history.undo(&mut self.position)
    }

    /// One undone step forward. False when there is none.
    pub fn redo(&mut self) -> bool {
        self.history.redo(&mut self.position)
    }

    /// Undo and redo, to ask whether they can.
    pub fn history(&self) -> &UndoHistory<Position> {
        &self.history
    }

    /// A drag begins: all its changes are one step.
    pub fn begin_gesture(&mut self) {
        self.history.begin_gesture(&self.position);
    }

    /// A drag ends.
    pub fn end_gesture(&mut self) {
        self.history.end_gesture(&self.position);
    }

    /// Dimensions whose number contains what is searched for: active ones, then the others. None, if a name is.
    pub fn found(&self) -> (Vec<usize>, Vec<usize>) {
        let wanted: String = self.search.chars().filter(char::is_ascii_digit).collect();
        if wanted.is_empty() && self.searches_name() {
            return (Vec::new(), Vec::new());
        }
        let matching =
            |dims: &[usize]| dims.iter().copied().filter(|d| d.to_string().contains(&wanted)).collect();
        (matching(&self.active), matching(&self.inactive))
    }

    /// Directions whose name contains what is searched for.
    pub fn found_directions(&self) -> Vec<usize> {
        let wanted = self.search.trim().to_lowercase();
        let all = self.directions.iter().enumerate();
        let is_found = |name: &str| name.to_lowercase().contains(&wanted);
        all.filter(|(_, direction)| is_found(&direction.name) || is_found(&title(&direction.name)))
            .map(|(at, _)| at)
            .collect()
    }

    /// The sliders that are found, from the top.
    pub fn rows(&self) -> Vec<Along> {
        let (active, inactive) = self.found();
        let directions = self.found_directions().into_iter().map(Along::Direction);
        directions.chain(active.into_iter().chain(inactive).map(Along::Dim)).collect()
    }

    /// Has the keyboard go on to the slider so many rows beneath this one, if there is one.
    pub fn focus_beneath(&mut self, along: Along, rows: isize) {
        let all = self.rows();
        let at = all.iter().position(|row| *row == along).and_then(|at| at.checked_add_signed(rows));
        self.focus = at.and_then(|at| all.get(at)).copied().or(self.focus);
    }

    fn searches_name(&self) -> bool {
        let wanted = self.search.trim();
        !wanted.is_empty() && !wanted.eq_ignore_ascii_case("z")
    }

    /// Position of a picture in the row along a dimension.
    pub fn traversal_value(index: usize) -> f32 {
        -SPAN + 2.0 * SPAN * index as f32 / (TRAVERSAL_STEPS - 1) as f32
    }
}

#[cfg(test)]
mod tests;
