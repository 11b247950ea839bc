//! The map as a widget.

use std::sync::Arc;

use eframe::egui::emath::GuiRounding;
use eframe::egui::{
    CursorIcon, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, TextureId, Ui, Vec2, WidgetInfo,
};
use rust_i18n::t;

use super::bounds::Bounds;
use super::cells::{self, MapCell, MapFace};
use super::coloring::MapColors;
use super::gestures::{MapTool, Move, Outline, navigate};
use super::marks::MapMarks;
use super::overlay::{MapLabel, MapRing, Overlay};
use super::painter::{MapPainter, Painted};
use super::pictures;
use super::points::MapPoints;
use super::render::{RenderJob, dot_look, typical_distance};
use super::view::{Ease, MapView, moved};
use crate::gui::theme;

/// Points around the screen that are painted too, so that there is something at the edge while the map is moved.
const MARGIN: f32 = 48.0;
/// Points beyond the edge of a dot in which it is still meant.
const REACH: f32 = 6.0;
/// Side of pictures, in points, at which they are fully shown; they come up from the smallest.
const FULL_SIDE: f32 = 30.0;

/// The textures of points' pictures; none of those that are not there yet.
pub type PictureLookup<'a> = &'a mut dyn FnMut(u32) -> Option<TextureId>;

/// A map between two frames.
#[derive(Default)]
pub struct MapState {
    painter: MapPainter,
    view: Option<MapView>,
    /// The view is that of all points, and is to stay so when the size changes.
    fits: bool,
    aim: Option<Bounds>,
    ease: Option<Ease>,
    outline: Outline,
    /// Points whose pictures were shown in the last frame.
    pictured: Vec<u32>,
    /// Keys steer it: the middle is marked.
    steers: bool,
}

impl std::fmt::Debug for MapState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MapState").field("view", &self.view).finish_non_exhaustive()
    }
}

impl MapState {
    /// The view of the last frame; none before the first.
    pub fn view(&self) -> Option<MapView> {
        self.view
    }

    /// Looks at all points, at once.
    pub fn reset(&mut self) {
        (self.view, self.ease, self.aim) = (None, None, None);
    }

    /// Goes to where these places fill the screen, in a short while.
    pub fn go_to(&mut self, bounds: Bounds) {
        self.aim = Some(bounds);
    }

    /// Whether a newer picture of the dots is on its way.
    #[cfg(test)]
    pub fn is_behind(&self) -> bool {
        self.painter.is_behind()
    }

    /// The newest picture of the dots.
    pub fn newest(&self) -> Option<&Painted> {
        self.painter.newest()
    }
}

/// Doings on a map in a frame, and things it would like to have.
pub struct MapResponse {
    /// The response of the whole, for tooltips and menus.
    pub response: Response,
    /// The point under the pointer.
    pub hovered: Option<u32>,
    /// The point that was clicked.
    pub clicked: Option<u32>,
    /// The point that was clicked twice. Elsewhere that shows all points.
    pub double_clicked: Option<u32>,
    /// The place that was clicked, with or without a point.
    pub clicked_at: Option<[f32; 2]>,
    /// The selection that a box or lasso has made, in the order of the numbers.
    pub selection: Option<Vec<u32>>,
    /// The place under the pointer while it is down with [`MapTool::Decode`].
    pub dragged_at: Option<[f32; 2]>,
    /// Points that have room for a picture and got none; those with the right of way first.
    pub wanted_pictures: Vec<u32>,
    /// Cells of the grid in view, those in the middle first; empty without [`MapWidget::cells`].
    pub wanted_cells: Vec<MapCell>,
}

/// A map of points, over all the room there is.
pub struct MapWidget<'a> {
    /// The points.
    pub points: &'a Arc<MapPoints>,
    /// Their colours.
    pub colors: &'a Arc<MapColors>,
    /// Hidden, selected and found points.
    pub marks: &'a Arc<MapMarks>,
    /// The tool of the first button.
    pub tool: MapTool,
    /// Whether densities are shown from afar.
    pub contours: bool,
    /// The pictures of points, or none.
    pub pictures: Option<PictureLookup<'a>>,
    /// Marked places.
    pub rings: &'a [MapRing],
    /// Words on the map.
    pub labels: &'a [MapLabel],
    /// Pictures beneath the dots.
    pub faces: &'a [MapFace],
    /// Opacity of these.
    pub faces_alpha: f32,
    /// Side of the cells of a grid that are wanted, in points.
    pub cells: Option<f32>,
    /// The part of the plane that the whole map is, if not that of its points.
    pub bounds: Option<Bounds>,
    /// Part of the screen that something else lies over: no words are written there.
    pub covered: Option<Rect>,
}

impl<'a> MapWidget<'a> {
    /// A map with nothing but dots and densities.
    pub fn new(points: &'a Arc<MapPoints>, colors: &'a Arc<MapColors>, marks: &'a Arc<MapMarks>) -> Self {
        MapWidget {
            points,
            colors,
            marks,
            tool: MapTool::Pan,
            contours: true,
            pictures: None,
            rings: &[],
            labels: &[],
            faces: &[],
            faces_alpha: 0.85,
            cells: None,
            bounds: None,
            covered: None,
        }
    }

    /// Shows the map and takes in what is done to it.
    pub fn show(mut self, ui: &mut Ui, state: &mut MapState) -> MapResponse {
        let (whole, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let words = t!("Map of %{n} points", n = self.points.len());
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &words));
        let density = ui.ctx().pixels_per_point();
        let rect = whole.round_to_pixels(density);
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        state.steers = match () {
            () if !response.has_focus() => false,
            // The cross hairs are for those who steer by keys.
            () if response.hovered() && ui.input(|input| input.pointer.any_down()) => false,
            () => state.steers || response.gained_focus() && !response.clicked() && !response.dragged(),
        };
        let view = self.look(ui, &response, state, rect);
        let pictures = self.paint_dots(ui, state, view, rect, density);
        let shown = std::mem::take(&mut state.pictured);
        let picked = |at: Pos2| self.pick(&view, rect, &shown, at);
        let pointer = response.hover_pos().filter(|_| !response.dragged());
        let hovered = pointer.and_then(picked);
        // The keyboard clicks in the middle, where the cross hairs are.
        let by_key = response.clicked() && !ui.input(|input| input.pointer.any_released());
        let click = match by_key {
            true => Some(rect.center()),
            false => response.interact_pointer_pos().filter(|_| response.clicked()),
        };
        let clicked = click.and_then(picked);
        let twice = response.double_clicked();
        if twice && clicked.is_none() && self.tool == MapTool::Pan {
            state.go_to(self.whole());
        }
        let down = response.is_pointer_button_down_on() && ui.input(|input| input.pointer.primary_down());
        let dragged = response.interact_pointer_pos().filter(|_| down && self.tool == MapTool::Decode);
        let finished = state.outline.draw(ui, &response, self.tool, rect, &view);
        let selection = finished.then(|| {
            let modifiers = ui.input(|input| input.modifiers);
            std::mem::take(&mut state.outline).select(self.tool, self.points, self.marks, modifiers)
        });
        let wanted_pictures =
            self.paint_overlay(ui, state, &view, rect, &pictures, hovered, response.has_focus());
        let response = response.on_hover_and_drag_cursor(self.cursor(hovered.is_some(), down));
        MapResponse {
            response,
            hovered,
            clicked,
            double_clicked: clicked.filter(|_| twice),
            clicked_at: click.map(|at| view.to_world(rect, at)),
            selection,
            dragged_at: dragged.map(|at| view.to_world(rect, at)),
            wanted_pictures,
            wanted_cells: self.cells.map_or_else(Vec::new, |side| cells::cells(&view, rect.size(), side)),
        }
    }

    fn whole(&self) -> Bounds {
        self.bounds.unwrap_or_else(|| self.points.bounds())
    }

    /// Moves the view as it goes by itself and as pointer and keys want it.
    fn look(&self, ui: &Ui, response: &Response, state: &mut MapState, rect: Rect) -> MapView {
        let bounds = self.whole();
        let whole = MapView::fit(bounds, rect.size());
        let before = state.view;
        let mut view = before.filter(|_| !state.fits).unwrap_or(whole);
        state.fits |= before.is_none();
        let now = ui.input(|input| input.time);
        if let Some(aim) = state.aim.take() {
            state.fits = false;
            let to = MapView::fit(aim, rect.size()).clamped(bounds, rect.size());
            state.ease = Some(Ease::new(view, to, now));
        }
        if let Some(ease) = &state.ease {
            let ended;
            (view, ended) = ease.at(now);
            if ended {
                state.ease = None;
                state.fits = view == whole;
            } else {
                ui.ctx().request_repaint();
            }
        }
        match navigate(ui, response, self.tool, rect, &mut view, bounds) {
            Move::Stay => (),
            Move::Moved => (state.ease, state.fits) = (None, false),
            Move::Fit => {
                state.go_to(bounds);
                ui.ctx().request_repaint();
            }
        }
        let view = view.clamped(bounds, rect.size());
        state.view = Some(view);
        view
    }

    /// Ground, grid of pictures and dots; returns the points whose pictures have room.
    fn paint_dots(&self, ui: &Ui, state: &mut MapState, view: MapView, rect: Rect, density: f32) -> Vec<u32> {
        let theme = theme::colors(ui);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        painter.rect_filled(rect, theme::RADIUS_SMALL, theme.canvas);
        let overlay = Overlay { painter: &painter, theme, rect, view };
        for face in self.faces {
            let corners = [face.bounds.min, face.bounds.max].map(|at| view.to_screen(rect, at));
            overlay.image(face.texture, Rect::from_two_pos(corners[0], corners[1]), self.faces_alpha);
        }
        let pixels = |points: f32| (points.max(1.0) * density).round() as usize;
        let margin = pixels(MARGIN);
        let job = RenderJob {
            points: self.points.clone(),
            colors: self.colors.clone(),
            marks: self.marks.clone(),
            theme,
            view,
            size: [pixels(rect.width()) + 2 * margin, pixels(rect.height()) + 2 * margin],
            density,
            contours: self.contours,
            pictures: self.pictures.as_ref().map(|_| rect.size() + Vec2::splat(MARGIN)),
        };
        let Some((painted, texture)) = state.painter.view(ui.ctx(), job) else { return Vec::new() };
        let place = moved(&painted.job.view, painted.job.screen_size(), &view, rect);
        overlay.image(texture.id(), place, 1.0);
        // Numbers of other points mean nothing here.
        let current = Arc::ptr_eq(&painted.job.points, self.points);
        if current { painted.pictures.clone() } else { Vec::new() }
    }

    /// The point at a point of the screen: that of a picture, else the nearest dot.
    fn pick(&self, view: &MapView, rect: Rect, pictures: &[u32], at: Pos2) -> Option<u32> {
        let side = pictures::side(self.points, view);
        let hits = |point: &&u32| {
            let place = side.zip(self.points.at(**point));
            place.is_some_and(|(side, place)| pictures::square(view, rect, place, side).contains(at))
        };
        if let Some(point) = pictures.iter().find(hits) {
            return Some(*point);
        }
        let reach = (self.radius(view) + REACH) / view.scale as f32;
        self.points.nearest(view.to_world(rect, at), reach, |point| self.marks.is_visible(point))
    }

    fn radius(&self, view: &MapView) -> f32 {
        dot_look(typical_distance(self.points, self.marks, view)).radius
    }

    /// Everything above the dots; returns the points whose pictures are missing.
    #[allow(clippy::too_many_arguments, reason = "they are what a frame is made of")]
    fn paint_overlay(
        &mut self,
        ui: &Ui,
        state: &mut MapState,
        view: &MapView,
        rect: Rect,
        pictures: &[u32],
        hovered: Option<u32>,
        focus: bool,
    ) -> Vec<u32> {
        let theme = theme::colors(ui);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let overlay = Overlay { painter: &painter, theme, rect, view: *view };
        let color = |point| self.colors.color(self.colors.class(point), theme);
        let dims = self.marks.some_bright();
        let mut missing = Vec::new();
        let mut hovered_picture = None;
        if let (Some(lookup), Some(side)) = (&mut self.pictures, pictures::side(self.points, view)) {
            let [least, _] = pictures::SIDES;
            let alpha = ((side - least) / (FULL_SIDE - least)).clamp(0.9, 1.0);
            for point in pictures {
                let Some(at) = self.points.at(*point) else { continue };
                let square = pictures::square(view, rect, at, side);
                if !square.intersects(rect) {
                    continue;
                }
                let Some(texture) = lookup(*point) else {
                    missing.push(*point);
                    continue;
                };
                let dimmed = if dims && !self.marks.is_bright(*point) { 0.35 } else { 1.0 };
                state.pictured.push(*point);
                overlay.picture(texture, square, color(*point), alpha * dimmed);
                if hovered == Some(*point) {
                    hovered_picture = Some(square);
                }
            }
        }
        overlay.labels(self.labels, self.covered);
        self.rings.iter().for_each(|ring| overlay.ring(ring));
        match (hovered_picture, hovered.and_then(|point| Some((point, self.points.at(point)?)))) {
            (Some(square), _) => overlay.hover_picture(square),
            (None, Some((point, at))) => {
                overlay.hover(view.to_screen(rect, at), self.radius(view), color(point))
            }
            (None, None) => (),
        }
        overlay.outline(self.tool, &state.outline.corners);
        if state.steers {
            overlay.cross_hairs();
        }
        let edge = if focus { Stroke::new(2.0, theme.accent) } else { Stroke::new(1.0, theme.line) };
        painter.rect_stroke(rect, theme::RADIUS_SMALL, edge, StrokeKind::Inside);
        missing
    }

    fn cursor(&self, over_point: bool, down: bool) -> CursorIcon {
        match self.tool {
            MapTool::Pan if down => CursorIcon::Grabbing,
            _ if over_point && !down => CursorIcon::PointingHand,
            MapTool::Pan => CursorIcon::Grab,
            MapTool::Box | MapTool::Lasso | MapTool::Decode => CursorIcon::Crosshair,
        }
    }
}
