//! The Interpolate screen's state: key faces on a timeline, the scrubber, and what each model makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::picture::Picture;
use crate::config::{Easing, KeyFace, Timeline, WalkPath, even_times};
use crate::worker::protocol::{Crop, FeatureChange, ModelId, PhotoId};

/// Models that can be beside each other.
pub const MOST_MODELS: usize = 4;
/// Key faces of the longest walk.
pub const MOST_KEYS: usize = 12;
/// Key faces of the shortest walk.
pub const LEAST_KEYS: usize = 2;

/// Numbers the key faces of the session; never reused.
pub type KeyId = u32;

/// Source of a key face.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A part of a photo, encoded.
    Photo(PhotoId, Crop),
    /// A part of a photo that is still on its way.
    Opening(PathBuf, Crop),
    /// A draw from the prior, by seed.
    Sample(u64),
    /// The sliders of Explore: the code that each model's stood at.
    Sliders(BTreeMap<ModelId, Vec<f32>>),
    /// A code out of a file.
    Code(Vec<f32>),
}

/// A key face.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its number.
    pub id: KeyId,
    /// Where it comes from.
    pub source: Source,
}

/// A walk through a model.
#[derive(Clone, Debug, Default)]
pub struct WalkRow {
    /// The codes of key faces, as far as they are known.
    pub codes: BTreeMap<KeyId, Vec<f32>>,
    /// Their pictures.
    pub faces: BTreeMap<KeyId, Picture>,
    /// The picture under the scrubber.
    pub frame: Option<Picture>,
    /// The whole walk.
    pub film: Vec<Picture>,
    /// Mean squared difference from each picture of the film to the next.
    pub change: Vec<f64>,
    /// This change as a network sees it, once that was measured.
    pub features: Option<FeatureChange>,
}

/// The measure of change from picture to picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChangeMeasure {
    /// Mean squared difference of pixels.
    #[default]
    Pixels,
    /// Distance in features.
    Features,
}

/// A walk past key faces.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The key faces, and the way between them.
    pub timeline: Timeline<Key>,
    /// The key face whose source is shown.
    pub selected: Option<KeyId>,
    /// Pictures of the film.
    pub frames: usize,
    /// Where the scrubber stands, in [0, 1].
    pub position: f32,
    /// Whether it moves by itself.
    pub playing: bool,
    /// Seconds from end to end.
    pub seconds: f32,
    /// +1 on the way to the end, −1 on the way back.
    direction: f32,
    /// Models beside the selected one.
    pub beside: BTreeSet<ModelId>,
    /// Results of each model.
    pub rows: BTreeMap<ModelId, WalkRow>,
    /// The measure of change that is plotted.
    pub measure: ChangeMeasure,
    /// Whether the pointer holds something, so that what is asked now is soon out of date.
    pub in_gesture: bool,
    last: KeyId,
}

impl Default for Walk {
    fn default() -> Self {
        Walk {
            timeline: Timeline::evenly(Vec::new(), WalkPath::Slerp, Easing::Linear, false),
            selected: None,
            frames: 25,
            position: 0.5,
            playing: false,
            seconds: 2.0,
            direction: 1.0,
            beside: BTreeSet::new(),
            rows: BTreeMap::new(),
            measure: ChangeMeasure::Pixels,
            in_gesture: false,
            last: 0,
        }
    }
}

impl Walk {
    /// The key faces in the order of their times.
    pub fn keys(&self) -> &[KeyFace<Key>] {
        &self.timeline.keys
    }

    /// A key face and its place among the others.
    pub fn key(&self, id: KeyId) -> Option<(usize, &KeyFace<Key>)> {
        self.keys().iter().enumerate().find(|(_, key)| key.source.id == id)
    }

    /// The key face whose source is shown: the one selected, or the first.
    pub fn shown_key(&self) -> Option<(usize, &KeyFace<Key>)> {
        self.selected.and_then(|id| self.key(id)).or_else(|| self.keys().first().map(|key| (0, key)))
    }

    /// Appends a key face behind the others, which make room for it. None where there are too many.
    pub fn add(&mut self, source: Source) -> Option<KeyId> {
        let count = self.keys().len();
        if count >= MOST_KEYS {
            return None;
        }
        let [before, after] = [count, count + 1].map(|count| even_times(count, self.timeline.looped));
        let ends = before.last().copied().zip(after.get(count.saturating_sub(1)).copied());
        let shrink = ends.map_or(1.0, |(before, after)| if before > 0.0 { after / before } else { 1.0 });
        self.timeline.keys.iter_mut().for_each(|key| key.time *= shrink);
        self.last += 1;
        let time = after.last().copied().unwrap_or(0.0);
        self.timeline.keys.push(KeyFace { time, source: Key { id: self.last, source } });
        self.selected = Some(self.last);
        Some(self.last)
    }

    /// Goes past these codes instead of what it went past.
    pub fn put_codes(&mut self, codes: Vec<Vec<f32>>) {
        self.timeline.keys.clear();
        for code in codes {
            self.add(Source::Code(code));
        }
        self.selected = None;
        self.position = 0.0;
    }

    /// Takes a key face away, if enough are left. What is left fills the whole time where an end is gone.
    pub fn remove(&mut self, id: KeyId) {
        let Some((at, _)) = self.key(id).filter(|_| self.keys().len() > LEAST_KEYS) else { return };
        let keys = &mut self.timeline.keys;
        keys.remove(at);
        let left = at.min(keys.len() - 1);
        self.selected = Some(keys[left].source.id);
        let was_end = at == 0 || at == keys.len();
        let (first, span) = (keys[0].time, keys[keys.len() - 1].time - keys[0].time);
        if was_end && !self.timeline.looped && span > 0.0 {
            keys.iter_mut().for_each(|key| key.time = (key.time - first) / span);
        }
        self.rows.values_mut().for_each(|row| {
            row.codes.remove(&id);
            row.faces.remove(&id);
        });
    }

    /// Moves a key face to another time; it may pass others.
    pub fn move_key(&mut self, id: KeyId, time: f32) {
        let Some((at, _)) = self.key(id) else { return };
        self.timeline.keys[at].time = if time.is_finite() { time.clamp(0.0, 1.0) } else { 0.0 };
        self.timeline.keys.sort_by(|a, b| a.time.total_cmp(&b.time));
    }

    /// Gives a key face another source. The code of the old one counts until the new one's is known.
    pub fn set_source(&mut self, id: KeyId, source: Source) {
        if let Some(key) = self.timeline.keys.iter_mut().find(|key| key.source.id == id) {
            key.source.source = source;
        }
    }

    /// The key faces at equal distances.
    pub fn space_evenly(&mut self) {
        let times = even_times(self.keys().len(), self.timeline.looped);
        self.timeline.keys.iter_mut().zip(times).for_each(|(key, time)| key.time = time);
    }

    /// Makes a loop of the walk, or cuts it open behind the last key face: the way back takes as much time as the
    /// others do on average.
    pub fn set_looped(&mut self, looped: bool) {
        if self.timeline.looped == looped {
            return;
        }
        let count = self.keys().len();
        let last = |looped: bool| even_times(count, looped).last().copied().unwrap_or(0.0);
        let (from, to) = (last(!looped), last(looped));
        self.timeline.looped = looped;
        if from > 0.0 {
            self.timeline.keys.iter_mut().for_each(|key| key.time = (key.time * to / from).min(1.0));
        }
    }

    /// Turns the walk round; what the scrubber shows stays.
    pub fn reverse(&mut self) {
        let looped = self.timeline.looped;
        for key in &mut self.timeline.keys {
            // In a loop the end is the beginning.
            key.time = if looped && key.time == 0.0 { 0.0 } else { 1.0 - key.time };
        }
        self.timeline.keys.sort_by(|a, b| a.time.total_cmp(&b.time));
        self.timeline.easing = self.timeline.easing.reversed();
        self.position = 1.0 - self.position;
        self.direction = -self.direction;
        for row in self.rows.values_mut() {
            row.film.reverse();
            if looped && !row.film.is_empty() {
                row.film.rotate_right(1);
            }
            row.change.reverse();
            row.features.iter_mut().for_each(|features| features.change.reverse());
        }
    }

    /// Moves the scrubber on by `seconds` of playing: round a loop, otherwise back and forth between the ends.
    pub fn advance(&mut self, seconds: f32) {
        let step = seconds / self.seconds.max(0.1);
        if self.timeline.looped {
            self.position = (self.position + step).rem_euclid(1.0);
            return;
        }
        let mut position = self.position + self.direction * step;
        if position >= 1.0 {
            position = (2.0 - position).max(0.0);
            self.direction = -1.0;
        } else if position <= 0.0 {
            position = (-position).min(1.0);
            self.direction = 1.0;
        }
        self.position = position;
    }

    /// The number of the picture of the film that stands at a time.
    pub fn frame_at(&self, time: f32) -> usize {
        match self.timeline.looped {
            true => (time * self.frames as f32).round() as usize % self.frames.max(1),
            false => (time * self.frames.saturating_sub(1) as f32).round() as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(count: u64) -> Walk {
        let mut walk = Walk::default();
        (1..=count).for_each(|seed| assert!(walk.add(Source::Sample(seed)).is_some()));
        walk
    }

    fn times(walk: &Walk) -> Vec<f32> {
        walk.keys().iter().map(|key| (key.time * 1000.0).round() / 1000.0).collect()
    }

    fn seeds(walk: &Walk) -> Vec<u64> {
        let seed = |key: &KeyFace<Key>| match key.source.source {
            Source::Sample(seed) => seed,
            _ => 0,
        };
        walk.keys().iter().map(seed).collect()
    }

    #[test]
    fn playing_goes_back_and_forth() {
        let mut walk = Walk { position: 0.9, seconds: 1.0, ..Walk::default() };
        walk.advance(0.2);
        assert!((walk.position - 0.9).abs() < 1e-6);
        walk.advance(0.8);
        assert!((walk.position - 0.1).abs() < 1e-6);
        walk.advance(0.2);
        assert!((walk.position - 0.1).abs() < 1e-6);
        walk.advance(0.3);
        assert!((walk.position - 0.4).abs() < 1e-6);
        for step in 0..1000 {
            walk.advance(step as f32 * 0.013);
            assert!((0.0..=1.0).contains(&walk.position));
        }
        walk.timeline.looped = true;
        walk.position = 0.9;
        walk.advance(0.3);
        assert!((walk.position - 0.2).abs() < 1e-6, "round a loop");
    }

    #[test]
    fn reversing_twice_changes_nothing() {
        for looped in [false, true] {
            let mut walk = walk(3);
            walk.set_looped(looped);
            walk.move_key(2, 0.25);
            walk.position = 0.3;
            let before = (times(&walk), seeds(&walk));
            walk.reverse();
            assert_eq!(seeds(&walk), if looped { [1, 3, 2] } else { [3, 2, 1] });
            walk.reverse();
            assert_eq!((times(&walk), seeds(&walk)), before);
            assert!((walk.position - 0.3).abs() < 1e-6);
        }
    }

    #[test]
    fn key_faces_make_room_for_another_and_fill_it_when_one_is_gone() {
        let mut walk = walk(3);
        assert_eq!(times(&walk), [0.0, 0.5, 1.0]);
        walk.move_key(2, 0.25);
        walk.add(Source::Sample(4));
        assert_eq!(times(&walk), [0.0, 0.167, 0.667, 1.0]);
        assert_eq!(walk.selected, Some(4));
        walk.remove(4);
        assert_eq!((times(&walk), walk.selected), (vec![0.0, 0.25, 1.0], Some(3)));
        walk.remove(2);
        walk.remove(1);
        assert_eq!(seeds(&walk), [1, 3], "two are the least");
        walk.set_looped(true);
        assert_eq!(times(&walk), [0.0, 0.5]);
        walk.add(Source::Sample(5));
        assert_eq!(times(&walk), [0.0, 0.333, 0.667]);
        walk.set_looped(false);
        assert_eq!(times(&walk), [0.0, 0.5, 1.0]);
        for seed in 0..20 {
            walk.add(Source::Sample(seed));
        }
        assert_eq!(walk.keys().len(), MOST_KEYS);
        walk.timeline.check().unwrap();
    }

    #[test]
    fn a_key_face_may_pass_another() {
        let mut walk = walk(3);
        walk.move_key(1, 0.75);
        assert_eq!((seeds(&walk), times(&walk)), (vec![2, 1, 3], vec![0.5, 0.75, 1.0]));
        walk.move_key(1, 7.0);
        walk.move_key(2, f32::NAN);
        assert_eq!(times(&walk), [0.0, 1.0, 1.0]);
        walk.space_evenly();
        assert_eq!(times(&walk), [0.0, 0.5, 1.0]);
    }

    #[test]
    fn a_time_finds_its_picture() {
        let mut walk = walk(2);
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|time| walk.frame_at(time)), [0, 6, 12, 24]);
        walk.set_looped(true);
        assert_eq!([0.0, 0.5, 0.99, 1.0].map(|time| walk.frame_at(time)), [0, 13, 0, 0]);
    }
}
