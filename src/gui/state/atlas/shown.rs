//! The map that is shown: how it is looked at, what is chosen on it, what has been answered about it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::gui::map::bounds::Bounds;
use crate::gui::map::cells::MapCell;
use crate::gui::map::coloring::{ColorClass, MapColors};
use crate::gui::map::gestures::MapTool;
use crate::gui::map::marks::MapMarks;
use crate::gui::map::points::MapPoints;
use crate::gui::map::widget::MapState;
use crate::gui::state::picture::Picture;
use crate::report::{AtlasColumn, AtlasDecoding, AtlasMap, AtlasValues, PART_COLUMN};
use crate::worker::protocol::{
    AtlasFace, AtlasOrder, AtlasSelection, AtlasSpot, ColumnDifference, ModelId, PhotoId,
};

/// Small pictures that are kept; those unused for longest go first.
const KEPT_PICTURES: usize = 3000;
/// Points that are asked for at once.
pub const PICTURES_AT_ONCE: usize = 96;
/// Side of the small pictures, in pixels.
pub const SMALL: usize = 64;
/// Part of the map that is seen when a point is brought into sight.
const FOUND_PART: f32 = 0.12;
/// Faces that a walk through a selection goes past.
pub const WALK_KEYS: usize = 6;

/// A list beside the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum List {
    /// The face that was clicked, and the selection.
    #[default]
    Reading,
    /// Images that are nearly the same.
    Doublets,
    /// Images far from all others.
    Strangers,
    /// Draws and the images nearest to them.
    Copies,
}

/// A point or place that was clicked.
#[derive(Clone, Debug)]
pub struct ShownFace {
    /// Its picture.
    pub picture: Picture,
    /// The picture that the model has for its code.
    pub decoded: Option<Picture>,
    /// The code as one explores it; empty without a model.
    pub code: Vec<f32>,
    /// The points nearest in what the map is made of, with their distances.
    pub neighbors: Vec<(u32, f32)>,
}

impl From<AtlasFace> for ShownFace {
    fn from(face: AtlasFace) -> Self {
        let AtlasFace { picture, decoded, code, neighbors, .. } = face;
        Self { picture: Picture::new(picture), decoded: decoded.map(Picture::new), code, neighbors }
    }
}

/// The face under a hand that decodes.
#[derive(Clone, Debug)]
pub struct CursorFace {
    /// Its picture.
    pub picture: Picture,
    /// Distance on the map to the nearest point.
    pub nearest: f32,
}

/// Selected points against the rest.
#[derive(Clone, Debug)]
pub struct ShownSelection {
    /// Mean pictures of them and of the rest.
    pub means: [Option<Picture>; 2],
    /// Differences, the largest first.
    pub differences: Vec<ColumnDifference>,
}

impl From<AtlasSelection> for ShownSelection {
    fn from(selection: AtlasSelection) -> Self {
        let AtlasSelection { means, differences, .. } = selection;
        Self { means: means.map(|mean| mean.map(Picture::new)), differences }
    }
}

/// A map that is ready to be looked at.
#[derive(Debug)]
pub struct ReadyMap {
    /// The map.
    pub map: AtlasMap,
    /// Its points, ready to be found.
    pub points: MapPoints,
    /// Names of its points in small letters.
    pub searchable: Vec<String>,
    /// Its order.
    pub order: AtlasOrder,
    /// The model that its codes are of.
    pub model: Option<ModelId>,
}

impl ReadyMap {
    /// Makes a map ready, which takes a while for many points.
    pub fn new(map: AtlasMap, order: AtlasOrder, model: Option<ModelId>) -> Self {
        let points = MapPoints::new(map.points.clone());
        let searchable = (0..map.points.len()).map(|point| map.name(point).to_lowercase()).collect();
        Self { map, points, searchable, order, model }
    }
}

/// A map and how it is looked at.
#[derive(Debug)]
pub struct ShownMap {
    /// Its order.
    pub order: AtlasOrder,
    /// The model that its codes are of.
    pub model: Option<ModelId>,
    /// The map.
    pub map: Arc<AtlasMap>,
    /// Its points, ready to be found.
    pub points: Arc<MapPoints>,
    /// Their colours.
    pub colors: Arc<MapColors>,
    /// Column that they are coloured by; none for one colour.
    pub color: Option<String>,
    /// Their emphasis.
    pub marks: Arc<MapMarks>,
    /// The part that is seen, and its painter.
    pub state: MapState,
    /// The hand.
    pub tool: MapTool,
    /// The list beside it.
    pub list: List,
    /// Text that names are searched for.
    pub search: String,
    /// Names of the points in small letters.
    searchable: Vec<String>,
    /// Points under that name.
    pub found: Vec<u32>,
    /// Selected points, ascending.
    pub selection: Vec<u32>,
    /// Answer about the selection.
    pub selected: Option<ShownSelection>,
    /// Classes that are hidden.
    pub hidden: Vec<ColorClass>,
    /// The point or place that was clicked.
    pub spot: Option<AtlasSpot>,
    /// Answer about it.
    pub face: Option<ShownFace>,
    /// Whether Explore is to show it as soon as it is there.
    pub to_explore: bool,
    /// Place under a hand that decodes.
    pub cursor: Option<[f32; 2]>,
    /// The face there.
    pub cursor_face: Option<CursorFace>,
    /// Whether faces decoded all over the map lie beneath the points.
    pub has_grid: bool,
    /// Cells in whose middle faces are decoded, as they are needed now.
    pub wanted_grid: Vec<MapCell>,
    /// Faces in the middle of cells, with the distance on the map to the nearest image.
    pub grid: HashMap<MapCell, (Picture, f32)>,
    /// Places of own photos.
    pub photos: BTreeMap<PhotoId, [f32; 2]>,
    /// Points whose pictures are needed now.
    pub wanted: Vec<u32>,
    /// Points whose pictures are needed beside the map, gathered while a frame is drawn.
    pub needed_beside: Vec<u32>,
    /// Points whose pictures were asked for and are not there yet.
    pub asked: Vec<u32>,
    pictures: HashMap<u32, (Picture, u64)>,
    /// Points whose pictures cannot be had.
    lost: BTreeSet<u32>,
    uses: u64,
}

impl ShownMap {
    /// A map that nobody has looked at yet.
    pub fn new(ready: ReadyMap, color: &str) -> Self {
        let ReadyMap { map, points, searchable, order, model } = ready;
        let count = map.points.len();
        let mut shown = Self {
            order,
            model,
            map: Arc::new(map),
            points: Arc::new(points),
            colors: Arc::new(MapColors::plain(count)),
            color: None,
            marks: Arc::new(MapMarks::default()),
            state: MapState::default(),
            tool: MapTool::default(),
            list: List::default(),
            search: String::new(),
            searchable,
            found: Vec::new(),
            selection: Vec::new(),
            selected: None,
            hidden: Vec::new(),
            spot: None,
            face: None,
            to_explore: false,
            cursor: None,
            cursor_face: None,
            has_grid: false,
            wanted_grid: Vec::new(),
            grid: HashMap::new(),
            photos: BTreeMap::new(),
            wanted: Vec::new(),
            needed_beside: Vec::new(),
            asked: Vec::new(),
            pictures: HashMap::new(),
            lost: BTreeSet::new(),
            uses: 0,
        };
        let draws = shown.map.points.len() > shown.map.images;
        // By what the map tells apart best.
        let told = shown.map.labels.first().map_or("", |label| &label.column);
        let usual = if draws { PART_COLUMN } else { told };
        let column = [color, usual, PART_COLUMN].into_iter().find(|name| shown.map.column(name).is_some());
        let column = column.map(str::to_owned);
        shown.color_by(column);
        shown
    }

    /// The column that the points are coloured by.
    pub fn column(&self) -> Option<&AtlasColumn> {
        self.map.column(self.color.as_ref()?)
    }

    /// Colours the points by a column.
    pub fn color_by(&mut self, column: Option<String>) {
        self.color = column;
        let count = self.map.points.len();
        self.colors = Arc::new(match self.column() {
            None => MapColors::plain(count),
            // Real codes and draws, of which the densities are to be compared.
            Some(column) if column.name == PART_COLUMN && count > self.map.images => {
                MapColors::populations(&(0..count).map(|point| point >= self.map.images).collect::<Vec<_>>())
            }
            Some(AtlasColumn { values: AtlasValues::Numbers(values), .. }) => MapColors::number(values, None),
            Some(AtlasColumn { values: AtlasValues::Words { names, of }, .. }) => {
                MapColors::categories(&of.iter().map(|of| u32::from(*of)).collect::<Vec<_>>(), names)
            }
        });
        self.hidden.clear();
        self.mark();
    }

    /// Shows or hides the points of a class.
    pub fn toggle_class(&mut self, class: ColorClass) {
        match self.hidden.iter().position(|hidden| *hidden == class) {
            Some(at) => drop(self.hidden.remove(at)),
            None => self.hidden.push(class),
        }
        self.mark();
    }

    /// Looks for points by their names.
    pub fn search(&mut self, text: String) {
        let word = text.trim().to_lowercase();
        self.found = match word.is_empty() {
            true => Vec::new(),
            false => (0u32..)
                .zip(&self.searchable)
                .filter(|(_, name)| name.contains(&word))
                .map(|(at, _)| at)
                .collect(),
        };
        self.search = text;
        self.mark();
    }

    /// Selects points, in place of those that were.
    pub fn select(&mut self, mut points: Vec<u32>) {
        points.sort_unstable();
        points.dedup();
        if points != self.selection {
            self.selection = points;
            self.selected = None;
            self.list = List::Reading;
            self.marks = Arc::new(self.marks.with_selection(self.map.points.len(), &self.selection));
        }
    }

    /// Looks at a point or a place.
    pub fn look_at(&mut self, spot: AtlasSpot) {
        self.to_explore = false;
        if self.spot != Some(spot) {
            self.spot = Some(spot);
            self.face = None;
        }
    }

    /// Looks at a point and brings it into sight.
    pub fn find(&mut self, point: u32) {
        self.look_at(AtlasSpot::Point(point));
        if let Some(at) = self.points.at(point) {
            self.go_to(at);
        }
    }

    /// Looks at a place and brings it into sight.
    pub fn go_to(&mut self, at: [f32; 2]) {
        let half = self.points.bounds().size().map(|side| side * FOUND_PART / 2.0);
        self.state.go_to(Bounds {
            min: [at[0] - half[0], at[1] - half[1]],
            max: [at[0] + half[0], at[1] + half[1]],
        });
    }

    /// Brings the whole map into sight.
    pub fn fit(&mut self) {
        self.state.go_to(self.points.bounds());
    }

    /// Whether the numbers beside the neighbours of a spot are distances; else they are weights.
    pub fn is_distance(&self, spot: AtlasSpot) -> bool {
        matches!(spot, AtlasSpot::Point(_)) || self.map.decoding == AtlasDecoding::Plane
    }

    fn mark(&mut self) {
        let is_in = |points: &[u32], point: u32| points.binary_search(&point).is_ok();
        self.marks = Arc::new(MapMarks::new(
            self.map.points.len(),
            |point| self.hidden.contains(&self.colors.class(point)),
            |point| is_in(&self.selection, point),
            |point| is_in(&self.found, point),
        ));
    }

    /// The small picture of a point, if it is there.
    pub fn picture(&mut self, point: u32) -> Option<Picture> {
        self.uses += 1;
        let (picture, used) = self.pictures.get_mut(&point)?;
        *used = self.uses;
        Some(picture.clone())
    }

    /// Points whose pictures are missing, as many as are asked for at once.
    pub fn missing(&self) -> Vec<u32> {
        let missing = |point: &&u32| !self.pictures.contains_key(*point) && !self.lost.contains(*point);
        self.wanted.iter().filter(missing).take(PICTURES_AT_ONCE).copied().collect()
    }

    /// Pictures that were asked for cannot be had.
    pub fn lose_pictures(&mut self) {
        self.lost.extend(std::mem::take(&mut self.asked));
    }

    /// Pictures that were asked for are there.
    pub fn take_pictures(&mut self, points: &[u32], pictures: Vec<Picture>) {
        self.asked.clear();
        for (point, picture) in points.iter().zip(pictures) {
            self.uses += 1;
            self.pictures.insert(*point, (picture, self.uses));
        }
        if self.pictures.len() > KEPT_PICTURES {
            let mut uses: Vec<u64> = self.pictures.values().map(|(_, used)| *used).collect();
            uses.sort_unstable();
            let oldest = uses[uses.len() - KEPT_PICTURES * 3 / 4];
            self.pictures.retain(|_, (_, used)| *used >= oldest);
        }
    }

    /// Some of the selected points on a short way past each other, far from each other: key faces of a walk.
    pub fn walk_keys(&self) -> Vec<u32> {
        way_through(&self.selection, &self.map.points, WALK_KEYS)
    }
}

/// Some points far from each other (Gonzalez 1985: each the one farthest from those before it), then on a short way:
/// from the leftmost always to the nearest that is left.
fn way_through(points: &[u32], places: &[[f32; 2]], most: usize) -> Vec<u32> {
    let at = |point: u32| places.get(point as usize).copied().unwrap_or_default();
    let squared = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
    let Some(first) = points.iter().copied().min_by(|a, b| at(*a)[0].total_cmp(&at(*b)[0])) else {
        return Vec::new();
    };
    let mut nearest: Vec<f32> = points.iter().map(|point| squared(at(*point), at(first))).collect();
    let mut chosen = vec![first];
    while chosen.len() < most {
        let Some((far, distance)) = nearest.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)) else {
            break;
        };
        if *distance <= 0.0 {
            break;
        }
        let next = points[far];
        chosen.push(next);
        for (nearest, point) in nearest.iter_mut().zip(points) {
            *nearest = nearest.min(squared(at(*point), at(next)));
        }
    }
    let mut way = vec![chosen.remove(0)];
    while !chosen.is_empty() {
        let last = at(way[way.len() - 1]);
        let next = (0..chosen.len())
            .min_by(|a, b| squared(at(chosen[*a]), last).total_cmp(&squared(at(chosen[*b]), last)));
        let Some(next) = next else { break };
        way.push(chosen.remove(next));
    }
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_goes_past_faces_far_apart_and_never_back() {
        // Ten points on a line, in disorder.
        let places: Vec<[f32; 2]> = (0..10).map(|k| [((k * 7) % 10) as f32, 0.0]).collect();
        let points: Vec<u32> = (0..10).collect();
        let way = way_through(&points, &places, 4);
        let along: Vec<f32> = way.iter().map(|point| places[*point as usize][0]).collect();
        assert_eq!((along.len(), along[0]), (4, 0.0));
        assert!(along.is_sorted() && along.contains(&9.0), "{along:?}");
        assert_eq!(way_through(&[3, 3, 3], &places, 4), [3], "no face twice");
        assert!(way_through(&[], &places, 4).is_empty());
    }
}
