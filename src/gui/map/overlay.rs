//! Things that egui draws over and under the dots: few, and sharp at every moment.

use eframe::egui::epaint::RectShape;
use eframe::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, TextureId, Vec2, pos2, vec2};

use super::gestures::MapTool;
use super::view::MapView;
use crate::gui::theme::{self, Colors};

/// The whole of a texture.
const WHOLE: Rect = Rect { min: Pos2::ZERO, max: pos2(1.0, 1.0) };
/// Labels that are shown at most.
const MOST_LABELS: usize = 40;
/// Radius of a mark, in points.
const MARK: f32 = 8.0;

/// A word at a place, as the name of a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct MapLabel {
    /// The place.
    pub at: [f32; 2],
    /// The word.
    pub text: String,
    /// Of two that would overlap the one with more is shown.
    pub weight: f32,
}

/// Reason to mark a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RingKind {
    /// A photo of the person.
    OwnPhoto,
    /// The code that is being looked at.
    CurrentCode,
    /// The place that is being decoded.
    DecodeCursor,
}

/// A place that is marked.
#[derive(Clone, Debug, PartialEq)]
pub struct MapRing {
    /// The place.
    pub at: [f32; 2],
    /// Kind of the mark.
    pub kind: RingKind,
    /// A word beside it, or none.
    pub text: String,
}

/// Draws over one rectangle of the screen.
pub(super) struct Overlay<'a> {
    pub(super) painter: &'a Painter,
    pub(super) theme: &'a Colors,
    pub(super) rect: Rect,
    pub(super) view: MapView,
}

impl Overlay<'_> {
    fn at(&self, place: [f32; 2]) -> Pos2 {
        self.view.to_screen(self.rect, place)
    }

    /// A picture without corners, as those of a grid.
    pub(super) fn image(&self, texture: TextureId, rect: Rect, alpha: f32) {
        if rect.intersects(self.rect) {
            self.painter.image(texture, rect, WHOLE, theme::UNTINTED.gamma_multiply(alpha));
        }
    }

    /// The picture of a point, with an edge in its colour.
    pub(super) fn picture(&self, texture: TextureId, rect: Rect, edge: Color32, alpha: f32) {
        let tint = theme::UNTINTED.gamma_multiply(alpha);
        self.painter.add(RectShape::filled(rect, theme::RADIUS_SMALL, tint).with_texture(texture, WHOLE));
        let stroke = Stroke::new(1.5, edge.gamma_multiply(alpha));
        self.painter.rect_stroke(rect, theme::RADIUS_SMALL, stroke, StrokeKind::Middle);
    }

    /// A ring around what is under the pointer.
    pub(super) fn hover(&self, at: Pos2, radius: f32, color: Color32) {
        self.painter.circle_filled(at, radius + 1.0, color);
        self.painter.circle_stroke(at, radius + 3.0, Stroke::new(4.0, self.theme.canvas.gamma_multiply(0.8)));
        self.painter.circle_stroke(at, radius + 3.0, Stroke::new(2.0, self.theme.text_strong));
    }

    /// An edge around the picture under the pointer.
    pub(super) fn hover_picture(&self, rect: Rect) {
        let stroke = Stroke::new(2.5, self.theme.text_strong);
        self.painter.rect_stroke(rect.expand(1.0), theme::RADIUS_SMALL, stroke, StrokeKind::Outside);
    }

    /// A place that is marked.
    pub(super) fn ring(&self, ring: &MapRing) {
        let at = self.at(ring.at);
        if !self.rect.expand(2.0 * MARK).contains(at) {
            return;
        }
        let (color, radius) = match ring.kind {
            RingKind::OwnPhoto => (self.theme.measure, MARK),
            RingKind::CurrentCode => (self.theme.text_strong, MARK),
            RingKind::DecodeCursor => (self.theme.accent, 1.5 * MARK),
        };
        // A wider stroke in the colour of the ground keeps it apart from the dots.
        for stroke in [Stroke::new(5.0, self.theme.canvas.gamma_multiply(0.75)), Stroke::new(2.0, color)] {
            self.painter.circle_stroke(at, radius, stroke);
            if ring.kind == RingKind::DecodeCursor {
                for way in [vec2(1.0, 0.0), vec2(-1.0, 0.0), vec2(0.0, 1.0), vec2(0.0, -1.0)] {
                    let line = [at + way * (radius - 4.0), at + way * (radius + 5.0)];
                    self.painter.line_segment(line, stroke);
                }
            }
        }
        match ring.kind {
            RingKind::CurrentCode => self.painter.circle_filled(at, 3.0, color),
            _ => self.painter.circle_filled(at, 1.5, color),
        };
        if !ring.text.is_empty() {
            let color = self.theme.text_strong;
            let galley = self.painter.layout_no_wrap(ring.text.clone(), theme::semibold_font(11.5), color);
            let beside = if ring.kind == RingKind::DecodeCursor { radius + 9.0 } else { radius + 5.0 };
            let corner = at + vec2(beside, -galley.size().y / 2.0);
            self.words(corner, &galley, color);
        }
    }

    /// Words, those with more weight first; what would overlap is left out.
    pub(super) fn labels(&self, labels: &[MapLabel], covered: Option<Rect>) {
        let mut seen: Vec<&MapLabel> =
            labels.iter().filter(|label| self.rect.contains(self.at(label.at))).collect();
        seen.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let mut taken: Vec<Rect> = covered.into_iter().collect();
        for label in seen.into_iter().take(2 * MOST_LABELS) {
            let color = self.theme.text_strong;
            let galley = self.painter.layout_no_wrap(label.text.clone(), theme::semibold_font(13.0), color);
            let place = Rect::from_center_size(self.at(label.at), galley.size());
            let room = place.expand2(vec2(6.0, 2.0));
            if taken.len() <= MOST_LABELS && !taken.iter().any(|other| other.intersects(room)) {
                self.words(place.min, &galley, color);
                taken.push(room);
            }
        }
    }

    /// Words with a halo in the colour of the ground.
    fn words(&self, corner: Pos2, galley: &std::sync::Arc<eframe::egui::Galley>, color: Color32) {
        let halo = self.theme.canvas.gamma_multiply(0.7);
        for number in 0..8 {
            let away = Vec2::angled(std::f32::consts::FRAC_PI_4 * number as f32) * 1.5;
            self.painter.galley_with_override_text_color(corner + away, galley.clone(), halo);
        }
        self.painter.galley_with_override_text_color(corner, galley.clone(), color);
    }

    /// Marks the middle, which keys aim with.
    pub(super) fn cross_hairs(&self) {
        let middle = self.rect.center();
        for stroke in
            [Stroke::new(4.0, self.theme.canvas.gamma_multiply(0.75)), Stroke::new(1.5, self.theme.accent)]
        {
            for way in [vec2(1.0, 0.0), vec2(-1.0, 0.0), vec2(0.0, 1.0), vec2(0.0, -1.0)] {
                self.painter.line_segment([middle + way * 4.0, middle + way * 12.0], stroke);
            }
        }
    }

    /// The shape that is being drawn.
    pub(super) fn outline(&self, tool: MapTool, corners: &[[f32; 2]]) {
        let corners: Vec<Pos2> = corners.iter().map(|place| self.at(*place)).collect();
        let stroke = Stroke::new(1.5, self.theme.accent);
        match (tool, corners.as_slice()) {
            (MapTool::Box, [a, b]) => {
                let rect = Rect::from_two_pos(*a, *b);
                self.painter.rect_filled(rect, 0.0, self.theme.accent.gamma_multiply(0.12));
                self.painter.rect_stroke(rect, 0.0, stroke, StrokeKind::Middle);
            }
            (MapTool::Lasso, [first, .., last]) => {
                let closing = [*last, *first];
                self.painter.extend(Shape::dashed_line(&closing, stroke, 4.0, 4.0));
                self.painter.add(Shape::line(corners, stroke));
            }
            _ => (),
        }
    }
}
