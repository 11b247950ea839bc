//! Maps of a run's codes over its steps, and the scrubber over them.

use std::sync::Arc;

use crate::gui::map::bounds::Bounds;
use crate::gui::map::coloring::MapColors;
use crate::gui::map::points::MapPoints;
use crate::gui::state::train::thinned::Thinned;
use crate::report::{AtlasColumn, AtlasValues, CodeMap, PART_COLUMN};

/// Moments that are kept at most.
const MOST_FRAMES: usize = 240;
/// Moments a second while it plays.
const RATE: f32 = 10.0;
/// A point that has moved by more than this part of the spread of its map has left its place.
const LEFT: f32 = 0.15;
/// Name of the column that says how long a point has been where it is.
pub const AGE: &str = "age";

/// The map of a run at one moment.
#[derive(Clone, Debug)]
pub struct MapFrame {
    /// Updates done.
    pub step: usize,
    /// The points, ready to be found.
    pub points: Arc<MapPoints>,
    /// Updates for which each point has been about where it is.
    pub age: Arc<Vec<f32>>,
    /// Share of the variance of the codes that the plane holds.
    pub variance: f64,
    /// Root mean square distance of the codes from their mean.
    pub spread: f64,
}

/// The maps of a run.
#[derive(Clone, Debug)]
pub struct RunMap {
    frames: Thinned<MapFrame>,
    /// Names of the images.
    pub names: Vec<String>,
    /// Knowledge about them.
    pub columns: Vec<AtlasColumn>,
    /// Where each point was when it last came to rest, and after how many updates.
    rest: Vec<([f32; 2], usize)>,
    /// Frame under the scrubber; none follows the run.
    at: Option<usize>,
    playing: bool,
    waited: f32,
}

impl Default for RunMap {
    fn default() -> Self {
        RunMap {
            frames: Thinned::new(MOST_FRAMES),
            names: Vec::new(),
            columns: Vec::new(),
            rest: Vec::new(),
            at: None,
            playing: false,
            waited: 0.0,
        }
    }
}

impl RunMap {
    /// Takes in the map of a moment.
    pub fn push(&mut self, map: &CodeMap) {
        let spread = spread_of(&map.points);
        if self.rest.len() != map.points.len() {
            self.rest = map.points.iter().map(|at| (*at, map.step)).collect();
        }
        for ((place, since), at) in self.rest.iter_mut().zip(&map.points) {
            let moved = (at[0] - place[0]).hypot(at[1] - place[1]);
            if moved > LEFT * spread {
                (*place, *since) = (*at, map.step);
            }
        }
        let age = self.rest.iter().map(|(_, since)| map.step.saturating_sub(*since) as f32).collect();
        self.names.clone_from(&map.names);
        self.columns.clone_from(&map.columns);
        self.frames.push(
            map.step,
            MapFrame {
                step: map.step,
                points: Arc::new(MapPoints::new(map.points.clone())),
                age: Arc::new(age),
                variance: map.variance,
                spread: map.spread,
            },
        );
    }

    /// Forgets what came after this many updates: the run goes on from there.
    pub fn rewind(&mut self, step: usize) {
        self.frames.truncate_after(step);
        self.rest.clear();
        self.at = None;
    }

    /// Number of moments.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The moment under the scrubber, or the newest.
    pub fn frame(&self) -> Option<&MapFrame> {
        self.frames.entries().get(self.position()).map(|(_, frame)| frame)
    }

    /// The last moment.
    #[cfg(test)]
    pub fn newest(&self) -> Option<&MapFrame> {
        self.frames.last()
    }

    /// All moments, in the order of their steps.
    pub fn frames(&self) -> impl Iterator<Item = &MapFrame> {
        self.frames.entries().iter().map(|(_, frame)| frame)
    }

    /// The part of the plane that all moments lie in.
    pub fn bounds(&self) -> Option<Bounds> {
        let ends = |bounds: Bounds| [bounds.min, bounds.max];
        let all: Vec<[f32; 2]> = self.frames().flat_map(|frame| ends(frame.points.bounds())).collect();
        (!all.is_empty()).then(|| Bounds::around(all))
    }

    /// Number of the moment under the scrubber.
    pub fn position(&self) -> usize {
        self.at.unwrap_or(usize::MAX).min(self.frames.len().saturating_sub(1))
    }

    /// Whether the newest moment is shown, whatever comes.
    pub fn is_following(&self) -> bool {
        self.at.is_none()
    }

    /// Stands at a moment; at the last one it follows the run.
    pub fn seek(&mut self, position: usize) {
        self.at = (position + 1 < self.frames.len()).then_some(position);
    }

    /// Whether it plays.
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// Plays from the beginning if it stands at the end, or stops.
    pub fn toggle(&mut self) {
        self.playing = !self.playing && self.frames.len() > 1;
        self.waited = 0.0;
        if self.playing && self.is_following() {
            self.at = Some(0);
        }
    }

    /// Time goes by. Whether there is more to play.
    pub fn advance(&mut self, seconds: f32) -> bool {
        if !self.playing {
            return false;
        }
        self.waited += seconds;
        let steps = (self.waited * RATE) as usize;
        self.waited -= steps as f32 / RATE;
        self.seek(self.position() + steps);
        self.playing = !self.is_following();
        self.playing
    }

    /// Columns by which its points can be coloured.
    pub fn color_names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(AGE).chain(self.columns.iter().map(|column| column.name.as_str()))
    }

    /// The column that points are coloured by if nobody has chosen one: the first that a table brings.
    pub fn usual_color(&self) -> Option<String> {
        let told = self.columns.iter().find(|column| column.name != PART_COLUMN);
        told.or(self.columns.first()).map(|column| column.name.clone())
    }

    /// Colours of the points of a moment by a column; one colour for all if there is none of that name.
    pub fn colors(&self, frame: &MapFrame, name: &str) -> MapColors {
        if name == AGE {
            return MapColors::number(&frame.age, None);
        }
        match self.columns.iter().find(|column| column.name == name).map(|column| &column.values) {
            None => MapColors::plain(frame.points.len()),
            Some(AtlasValues::Numbers(values)) => MapColors::number(values, None),
            Some(AtlasValues::Words { names, of }) => {
                MapColors::categories(&of.iter().map(|of| u32::from(*of)).collect::<Vec<_>>(), names)
            }
        }
    }
}

/// Root mean square distance of points from their middle.
fn spread_of(points: &[[f32; 2]]) -> f32 {
    let n = points.len().max(1) as f32;
    let sum = points.iter().fold([0.0f32; 2], |sum, at| [sum[0] + at[0], sum[1] + at[1]]);
    let middle = sum.map(|sum| sum / n);
    let squares: f32 =
        points.iter().map(|at| (at[0] - middle[0]).powi(2) + (at[1] - middle[1]).powi(2)).sum();
    (squares / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(step: usize, scale: f32) -> CodeMap {
        CodeMap {
            step,
            points: (0..20).map(|k| [scale * k as f32, scale * (k % 3) as f32]).collect(),
            names: (0..20).map(|k| format!("{k}.png")).collect(),
            columns: Vec::new(),
            variance: 0.5,
            spread: f64::from(scale),
        }
    }

    #[test]
    fn a_point_is_as_old_as_its_place() {
        let mut run = RunMap::default();
        run.push(&map(0, 1.0));
        run.push(&map(10, 1.0));
        assert!(run.newest().unwrap().age.iter().all(|age| *age == 10.0));
        run.push(&map(20, 2.0));
        let age = &run.newest().unwrap().age;
        assert_eq!((age[0], age[19]), (20.0, 0.0), "only the first point stayed where it was");
    }

    #[test]
    fn the_scrubber_follows_the_run_until_it_is_moved_and_plays_to_the_end() {
        let mut run = RunMap::default();
        (0..10).for_each(|k| run.push(&map(k, 1.0 + k as f32)));
        assert!(run.is_following() && run.frame().unwrap().step == 9);
        run.seek(3);
        run.push(&map(10, 3.0));
        assert_eq!((run.frame().unwrap().step, run.is_following()), (3, false));
        run.toggle();
        assert!(run.advance(0.11) && run.frame().unwrap().step == 4);
        while run.advance(0.5) {}
        assert!(run.is_following() && !run.is_playing() && run.frame().unwrap().step == 10);
        run.toggle();
        assert_eq!(run.frame().unwrap().step, 0, "from the beginning");
        run.rewind(5);
        assert_eq!(run.newest().unwrap().step, 5);
    }
}
