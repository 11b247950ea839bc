//! Gestures on a map: moving and zooming by pointer and keys, and shapes that are drawn to select.

use eframe::egui::{EventFilter, Key, Modifiers, PointerButton, Rect, Response, Ui, vec2};

use super::bounds::Bounds;
use super::marks::MapMarks;
use super::points::MapPoints;
use super::view::MapView;

/// Points of the wheel that zoom by a factor of e.
const WHEEL: f32 = 260.0;
/// Points of the screen that an arrow key moves by.
const KEY_STEP: f32 = 60.0;
/// Factor of the keys that zoom.
const KEY_ZOOM: f64 = 1.4;
/// Points of the screen between two corners of a lasso.
const CORNER: f32 = 3.0;

/// Effect of dragging with the first button. With the others the map is always moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapTool {
    /// Moves the map.
    #[default]
    Pan,
    /// Selects what is in a rectangle.
    Box,
    /// Selects what is in a shape drawn by hand.
    Lasso,
    /// Reports the places under the pointer.
    Decode,
}

/// Change of a view asked for by keys.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Move {
    /// None.
    Stay,
    /// It has been moved already.
    Moved,
    /// To see all points.
    Fit,
}

/// Moves and zooms a view as pointer and keys want it.
pub(super) fn navigate(
    ui: &Ui,
    response: &Response,
    tool: MapTool,
    rect: Rect,
    view: &mut MapView,
    bounds: Bounds,
) -> Move {
    let before = *view;
    let first = tool == MapTool::Pan && response.dragged_by(PointerButton::Primary);
    if first || response.dragged_by(PointerButton::Secondary) || response.dragged_by(PointerButton::Middle) {
        view.pan(response.drag_delta());
    }
    if response.contains_pointer()
        && let Some(pointer) = response.hover_pos()
    {
        // Nothing around the map is to scroll with it.
        let (scroll, pinch) =
            ui.input_mut(|input| (std::mem::take(&mut input.smooth_scroll_delta), input.zoom_delta()));
        let factor = f64::from(pinch * (scroll.y / WHEEL).exp());
        if factor != 1.0 {
            view.zoom(rect, pointer, factor, bounds);
        }
    }
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let presses = |key| ui.input(|input| input.num_presses(key)) as f32;
        if presses(Key::Home) + presses(Key::Num0) > 0.0 {
            return Move::Fit;
        }
        let by = vec2(
            presses(Key::ArrowLeft) - presses(Key::ArrowRight),
            presses(Key::ArrowUp) - presses(Key::ArrowDown),
        );
        view.pan(by * KEY_STEP);
        let zoom = presses(Key::Plus) + presses(Key::Equals) - presses(Key::Minus);
        if zoom != 0.0 {
            view.zoom(rect, rect.center(), KEY_ZOOM.powf(zoom.into()), bounds);
        }
    }
    if before == *view { Move::Stay } else { Move::Moved }
}

/// A shape that is being drawn, by its corners on the plane: of a box the first and the last.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    pub(super) corners: Vec<[f32; 2]>,
}

impl Outline {
    /// Draws on while the pointer is down; true when the shape is finished.
    pub(super) fn draw(
        &mut self,
        ui: &Ui,
        response: &Response,
        tool: MapTool,
        rect: Rect,
        view: &MapView,
    ) -> bool {
        if !matches!(tool, MapTool::Box | MapTool::Lasso) || ui.input(|input| input.key_pressed(Key::Escape))
        {
            self.corners.clear();
            return false;
        }
        if response.drag_started_by(PointerButton::Primary) {
            let origin = ui.input(|input| input.pointer.press_origin());
            self.corners = origin.iter().map(|at| view.to_world(rect, *at)).collect();
        }
        if let Some(pointer) = response.interact_pointer_pos()
            && let Some(last) = self.corners.last()
        {
            let at = view.to_world(rect, pointer);
            match tool {
                MapTool::Box => {
                    self.corners.truncate(1);
                    self.corners.push(at);
                }
                _ if view.to_screen(rect, *last).distance(pointer) >= CORNER => self.corners.push(at),
                _ => (),
            }
        }
        response.drag_stopped_by(PointerButton::Primary) && self.corners.len() > 1
    }

    /// The shown points within, put in place of those that are selected; with Shift added to them, with Ctrl taken
    /// away. In the order of their numbers.
    pub(super) fn select(
        &self,
        tool: MapTool,
        points: &MapPoints,
        marks: &MapMarks,
        modifiers: Modifiers,
    ) -> Vec<u32> {
        let (add, remove) = (modifiers.shift, modifiers.command && !modifiers.shift);
        let mut chosen: Vec<bool> = match add || remove {
            true => (0..points.len() as u32).map(|point| marks.is_selected(point)).collect(),
            false => vec![false; points.len()],
        };
        let mark = |point: u32| {
            if marks.is_visible(point) {
                chosen[point as usize] = !remove;
            }
        };
        match (tool, self.corners.as_slice()) {
            (MapTool::Box, [a, b]) => points.in_rect(Bounds::of_corners(*a, *b), mark),
            (MapTool::Lasso, corners) => points.in_polygon(corners, mark),
            _ => (),
        }
        (0u32..).zip(chosen).filter(|(_, chosen)| *chosen).map(|(point, _)| point).collect()
    }
}
