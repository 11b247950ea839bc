//! Questions that the map needs answered, and what is done with the answers.

use rust_i18n::t;

use super::shown::{CursorFace, SMALL, ShownFace, ShownMap, ShownSelection};
use crate::gui::map::cells::MapCell;
use crate::gui::state::State;
use crate::gui::state::picture::Picture;
use crate::worker::protocol::{AtlasAnswer, AtlasPlaces, AtlasQuery, AtlasSlot, Query, Slot};

/// Faces of the grid that are asked for at once.
const GRID_AT_ONCE: usize = 24;
/// Faces of the grid that are kept.
const MOST_GRID: usize = 2000;

impl State {
    /// Questions of the map in front.
    pub(in crate::gui::state) fn wanted_for_atlas(&self) -> Vec<(Slot, Query)> {
        let Some(shown) = &self.atlas.shown else { return Vec::new() };
        let ask = |slot, query| (Slot::Atlas(slot), Query::Atlas { atlas: shown.map.id, query });
        let mut wanted = Vec::new();
        wanted.extend(shown.cursor.map(|at| ask(AtlasSlot::Cursor, AtlasQuery::Places(vec![at]))));
        let spot = shown.spot.filter(|_| shown.face.is_none());
        wanted.extend(spot.map(|spot| ask(AtlasSlot::Face, AtlasQuery::Face(spot))));
        if !shown.asked.is_empty() {
            let points = shown.asked.clone();
            wanted.push(ask(AtlasSlot::Pictures, AtlasQuery::Pictures { points, side: SMALL }));
        }
        let has_rest = !shown.selection.is_empty() && shown.selection.len() < shown.map.points.len();
        if has_rest && shown.selected.is_none() {
            wanted.push(ask(AtlasSlot::Selection, AtlasQuery::Selection(shown.selection.clone())));
        }
        let missing = if shown.has_grid { shown.missing_grid(GRID_AT_ONCE) } else { Vec::new() };
        if !missing.is_empty() {
            wanted.push(ask(AtlasSlot::Grid, AtlasQuery::Places(missing)));
        }
        if shown.takes_photos() {
            wanted.extend(self.reconstruct.photos.iter().map(|photo| {
                let (photo, crop) = (photo.info.id, photo.crop);
                ask(AtlasSlot::Photo(photo), AtlasQuery::Photo { photo, crop })
            }));
        }
        wanted
    }

    /// Takes the answer to a question of a map.
    pub(in crate::gui::state) fn take_atlas_answer(&mut self, slot: AtlasSlot, answer: AtlasAnswer) {
        let answer = match answer {
            AtlasAnswer::Faces { codes, .. } => return self.take_walk_from_atlas(codes),
            answer => answer,
        };
        // The same may be asked again, of another moment.
        if !matches!(slot, AtlasSlot::Cursor | AtlasSlot::Photo(_)) {
            self.asked.remove(&Slot::Atlas(slot));
        }
        let Some(shown) = &mut self.atlas.shown else { return };
        match (slot, answer) {
            (AtlasSlot::Cursor, AtlasAnswer::Places(places)) => shown.take_cursor(places),
            (AtlasSlot::Face, AtlasAnswer::Face(face)) => shown.face = Some(ShownFace::from(face)),
            (AtlasSlot::Pictures, AtlasAnswer::Pictures { points, images }) => {
                shown.take_pictures(&points, images.into_iter().map(Picture::new).collect());
            }
            (AtlasSlot::Selection, AtlasAnswer::Selection(selection)) => {
                shown.selected = Some(selection.into())
            }
            (AtlasSlot::Grid, AtlasAnswer::Places(places)) => shown.take_grid(places),
            (AtlasSlot::Photo(_), AtlasAnswer::Photo { photo, at, .. }) => {
                shown.photos.insert(photo, at);
            }
            _ => self
                .messages
                .error(t!("An answer came that fits no question; please report this").into_owned()),
        }
    }

    /// A question of a map could not be answered.
    pub(in crate::gui::state) fn atlas_answer_failed(&mut self, slot: AtlasSlot) {
        // A photo that has no place has none the next time either.
        if !matches!(slot, AtlasSlot::Photo(_)) {
            self.asked.remove(&Slot::Atlas(slot));
        }
        let Some(shown) = &mut self.atlas.shown else { return };
        match slot {
            AtlasSlot::Pictures => shown.lose_pictures(),
            AtlasSlot::Grid => shown.has_grid = false,
            AtlasSlot::Face => shown.spot = None,
            AtlasSlot::Cursor => shown.cursor = None,
            AtlasSlot::Selection => {
                shown.selected = Some(ShownSelection { means: [None, None], differences: Vec::new() });
            }
            AtlasSlot::Photo(_) | AtlasSlot::Taken => (),
        }
    }
}

impl ShownMap {
    /// Whether own photos have a place on it.
    pub fn takes_photos(&self) -> bool {
        self.map.has_model && self.order.space == crate::config::AtlasSpace::Codes
    }

    /// Asks for the pictures that are needed, unless some are on their way.
    pub fn ask_for_pictures(&mut self, wanted: Vec<u32>) {
        self.wanted = wanted;
        if self.asked.is_empty() {
            self.asked = self.missing();
        }
    }

    fn missing_grid(&self, most: usize) -> Vec<[f32; 2]> {
        let missing = |cell: &&MapCell| !self.grid.contains_key(*cell);
        self.wanted_grid.iter().filter(missing).take(most).map(MapCell::center).collect()
    }

    fn take_cursor(&mut self, places: AtlasPlaces) {
        if let Some((image, nearest)) = places.images.into_iter().zip(places.nearest).next() {
            self.cursor_face = Some(CursorFace { picture: Picture::new(image), nearest });
        }
    }

    fn take_grid(&mut self, places: AtlasPlaces) {
        if self.grid.len() > MOST_GRID {
            self.grid.clear();
        }
        // Those of cells that are out of sight by now have come too late.
        for ((at, image), nearest) in places.at.iter().zip(places.images).zip(places.nearest) {
            if let Some(cell) = self.wanted_grid.iter().find(|cell| cell.center() == *at) {
                self.grid.insert(*cell, (Picture::new(image), nearest));
            }
        }
    }
}
