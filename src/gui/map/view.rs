//! The part of the plane that a map shows, and the way from there to points and pixels of the screen.

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

use super::bounds::Bounds;

/// Part of a map's rectangle that stays free around all points when they are fitted in.
const MARGIN: f64 = 0.06;
/// Zoom out of the fitting view at most.
const LEAST_ZOOM: f64 = 0.4;
/// Zoom into the fitting view at most; beyond it the coordinates have no digits left.
const MOST_ZOOM: f64 = 4000.0;

/// A part of the plane. Up is up: the second coordinate grows towards the top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapView {
    /// The place in the middle of the screen.
    pub center: [f64; 2],
    /// Points of the screen for a unit of the plane.
    pub scale: f64,
}

impl MapView {
    /// The view that shows all of `bounds` in a rectangle of this size, in points.
    pub fn fit(bounds: Bounds, size: Vec2) -> Self {
        let [width, height] = bounds.size().map(|side| f64::from(side).max(1e-30));
        let part = 1.0 - 2.0 * MARGIN;
        let scale = (f64::from(size.x.max(1.0)) / width).min(f64::from(size.y.max(1.0)) / height) * part;
        MapView { center: bounds.center().map(f64::from), scale }
    }

    /// Point of the screen at which a place lies.
    pub fn to_screen(&self, rect: Rect, at: [f32; 2]) -> Pos2 {
        let [x, y] = [0, 1].map(|axis| ((f64::from(at[axis]) - self.center[axis]) * self.scale) as f32);
        rect.center() + vec2(x, -y)
    }

    /// Place at a point of the screen.
    pub fn to_world(&self, rect: Rect, at: Pos2) -> [f32; 2] {
        self.precise(rect, at).map(|value| value as f32)
    }

    fn precise(&self, rect: Rect, at: Pos2) -> [f64; 2] {
        let away = at - rect.center();
        [self.center[0] + f64::from(away.x) / self.scale, self.center[1] - f64::from(away.y) / self.scale]
    }

    /// The places that a rectangle of the screen shows.
    pub fn bounds(&self, rect: Rect) -> Bounds {
        Bounds::of_corners(self.to_world(rect, rect.min), self.to_world(rect, rect.max))
    }

    /// The places that a part of the screen shows.
    pub fn part(&self, rect: Rect, part: Rect) -> Bounds {
        Bounds::of_corners(self.to_world(rect, part.min), self.to_world(rect, part.max))
    }

    /// Moves the map by a way on the screen, in points.
    pub fn pan(&mut self, by: Vec2) {
        self.center[0] -= f64::from(by.x) / self.scale;
        self.center[1] += f64::from(by.y) / self.scale;
    }

    /// Zooms by a factor; the place at the point `at` of the screen stays there.
    pub fn zoom(&mut self, rect: Rect, at: Pos2, factor: f64, bounds: Bounds) {
        let place = self.precise(rect, at);
        let (least, most) = limits(bounds, rect.size());
        let factor = (self.scale * factor).clamp(least, most) / self.scale;
        self.scale *= factor;
        self.center = [0, 1].map(|axis| place[axis] + (self.center[axis] - place[axis]) / factor);
    }

    /// The view, held so that some of `bounds` can be seen and not from all too far or near.
    pub fn clamped(mut self, bounds: Bounds, size: Vec2) -> Self {
        if !(self.scale.is_finite() && self.center.iter().all(|value| value.is_finite())) {
            return Self::fit(bounds, size);
        }
        let (least, most) = limits(bounds, size);
        self.scale = self.scale.clamp(least, most);
        for axis in 0..2 {
            self.center[axis] =
                self.center[axis].clamp(f64::from(bounds.min[axis]), f64::from(bounds.max[axis]));
        }
        self
    }

    /// A view between two, at a part of the way. Zoom is even in its logarithm, and while it goes on the picture
    /// moves towards one place.
    pub fn between(from: &Self, to: &Self, part: f64) -> Self {
        if part >= 1.0 {
            return *to;
        }
        let scale = from.scale * (to.scale / from.scale).powf(part);
        let (first, last) = (1.0 / from.scale, 1.0 / to.scale);
        let zoomed = (last - first).abs() > 1e-3 * first.max(last);
        let way = if zoomed { (1.0 / scale - first) / (last - first) } else { part };
        let center = [0, 1].map(|axis| from.center[axis] + (to.center[axis] - from.center[axis]) * way);
        MapView { center, scale }
    }
}

fn limits(bounds: Bounds, size: Vec2) -> (f64, f64) {
    let fit = MapView::fit(bounds, size).scale;
    (LEAST_ZOOM * fit, MOST_ZOOM * fit)
}

/// A short way from one view to another.
#[derive(Clone, Copy, Debug)]
pub struct Ease {
    from: MapView,
    to: MapView,
    began: f64,
}

impl Ease {
    /// Seconds that it takes.
    pub const SECONDS: f64 = 0.3;

    /// The way that begins at a time, in seconds.
    pub fn new(from: MapView, to: MapView, began: f64) -> Self {
        Ease { from, to, began }
    }

    /// The view at a time, and whether the way is at its end.
    pub fn at(&self, time: f64) -> (MapView, bool) {
        let part = ((time - self.began) / Self::SECONDS).clamp(0.0, 1.0);
        (MapView::between(&self.from, &self.to, 1.0 - (1.0 - part).powi(3)), part >= 1.0)
    }
}

/// The pixels that a view is painted on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelFrame {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Pixels for a unit of the plane.
    pub scale: f64,
    left: f64,
    top: f64,
}

impl PixelFrame {
    /// The frame of a view around its middle, with `density` pixels for a point of the screen.
    pub fn new(view: &MapView, width: usize, height: usize, density: f32) -> Self {
        let scale = view.scale * f64::from(density);
        PixelFrame {
            width,
            height,
            scale,
            left: view.center[0] - width as f64 / 2.0 / scale,
            top: view.center[1] + height as f64 / 2.0 / scale,
        }
    }

    /// Pixels from the left and from the top to a place.
    #[inline]
    pub fn place(&self, [x, y]: [f32; 2]) -> [f64; 2] {
        [(f64::from(x) - self.left) * self.scale, (self.top - f64::from(y)) * self.scale]
    }

    /// Place of a position in pixels from the left and from the top.
    pub fn world(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.left + x / self.scale, self.top - y / self.scale]
    }

    /// The places of so many rows from `first` on, with a margin of some pixels on every side.
    pub fn bounds(&self, first: usize, rows: usize, margin: f64) -> Bounds {
        let a = self.world([-margin, first as f64 - margin]);
        let b = self.world([self.width as f64 + margin, (first + rows) as f64 + margin]);
        Bounds::of_corners(a.map(|v| v as f32), b.map(|v| v as f32))
    }
}

/// The position of a rectangle of the screen that another view painted, in the current one.
pub fn moved(painted: &MapView, size: Vec2, view: &MapView, rect: Rect) -> Rect {
    let zoom = (view.scale / painted.scale) as f32;
    let away = [0, 1].map(|axis| ((painted.center[axis] - view.center[axis]) * view.scale) as f32);
    let center = pos2(rect.center().x + away[0], rect.center().y - away[1]);
    Rect::from_center_size(center, size * zoom)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECT: Rect = Rect { min: pos2(100.0, 50.0), max: pos2(900.0, 650.0) };
    const BOUNDS: Bounds = Bounds { min: [-3.0, -1.0], max: [5.0, 2.0] };

    fn near(a: [f32; 2], b: [f32; 2]) -> bool {
        (a[0] - b[0]).abs() < 1e-4 && (a[1] - b[1]).abs() < 1e-4
    }

    #[test]
    fn a_place_goes_to_the_screen_and_back() {
        let mut view = MapView::fit(BOUNDS, RECT.size());
        for place in [[-3.0, -1.0], [5.0, 2.0], [0.3, 1.7]] {
            let screen = view.to_screen(RECT, place);
            assert!(RECT.contains(screen) && near(view.to_world(RECT, screen), place));
        }
        assert!(view.to_screen(RECT, [0.0, 1.0]).y < view.to_screen(RECT, [0.0, 0.0]).y);
        let pointer = pos2(300.0, 500.0);
        let before = view.to_world(RECT, pointer);
        view.zoom(RECT, pointer, 7.0, BOUNDS);
        assert!(near(before, view.to_world(RECT, pointer)));
        view.pan(vec2(31.0, -17.0));
        assert!(near(before, view.to_world(RECT, pointer + vec2(31.0, -17.0))));
        let frame = PixelFrame::new(&view, 1600, 1200, 2.0);
        let [x, y] = frame.place(before);
        let expected = (pointer + vec2(31.0, -17.0) - RECT.min) * 2.0;
        assert!((x - f64::from(expected.x)).abs() < 1e-2 && (y - f64::from(expected.y)).abs() < 1e-2);
    }

    #[test]
    fn no_zoom_or_drag_loses_the_points() {
        let mut view = MapView::fit(BOUNDS, RECT.size());
        for _ in 0..200 {
            view.zoom(RECT, RECT.min, 3.0, BOUNDS);
        }
        let most = view.scale;
        view.pan(vec2(1e9, 1e9));
        let view = view.clamped(BOUNDS, RECT.size());
        assert!(most.is_finite() && view.scale == most && BOUNDS.contains(view.center.map(|v| v as f32)));
        let broken = MapView { center: [f64::NAN; 2], scale: 1.0 };
        assert_eq!(broken.clamped(BOUNDS, RECT.size()), MapView::fit(BOUNDS, RECT.size()));
    }

    #[test]
    fn an_ease_begins_and_ends_where_it_should() {
        let from = MapView::fit(BOUNDS, RECT.size());
        let to = MapView { center: [1.0, 0.0], scale: 40.0 * from.scale };
        let ease = Ease::new(from, to, 2.0);
        assert_eq!(ease.at(2.01 + Ease::SECONDS), (to, true));
        let (start, ended) = ease.at(2.0);
        assert!(!ended && (start.scale - from.scale).abs() < 1e-9 * from.scale);
        let (middle, _) = ease.at(2.05);
        assert!(middle.scale > from.scale && middle.scale < to.scale);
    }

    #[test]
    fn a_painted_picture_moves_with_the_view() {
        let painted = MapView::fit(BOUNDS, RECT.size());
        assert_eq!(moved(&painted, RECT.size(), &painted, RECT), RECT);
        let mut view = painted;
        view.pan(vec2(10.0, 20.0));
        let shifted = moved(&painted, RECT.size(), &view, RECT);
        assert!((shifted.min - RECT.min - vec2(10.0, 20.0)).length() < 1e-3);
        view.scale *= 2.0;
        assert!((moved(&painted, RECT.size(), &view, RECT).width() - 1600.0).abs() < 1e-2);
    }
}
