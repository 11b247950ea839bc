//! Small line icons, drawn: they take the colour of the text beside them.

use std::f32::consts::{PI, TAU};

use eframe::egui::{
    Align2, Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, TextStyle, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::gui::theme;

/// The picture of an icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A die.
    Dice,
    /// A point in a circle.
    Center,
    /// The four corners of a frame.
    Fit,
    /// An arrow back.
    Undo,
    /// An arrow forward.
    Redo,
    /// An arrow to the left, to where one came from.
    Back,
    /// Two arrows.
    Swap,
    /// A folder.
    Folder,
    /// An arrow into a tray.
    Save,
    /// Two sheets.
    Copy,
    /// A clipboard.
    Paste,
    /// A prompt for commands.
    Terminal,
    /// A sheet with a folded corner.
    File,
    /// A magnifier.
    Search,
    /// A closed lock.
    Locked,
    /// An open lock.
    Unlocked,
    /// A cross.
    Close,
    /// A triangle.
    Play,
    /// Two bars.
    Pause,
    /// The theme is dark.
    Moon,
    /// The theme is light.
    Sun,
    /// A photo.
    Photo,
    /// A question mark.
    Help,
    /// Sliders.
    Sliders,
    /// Something is shown.
    Eye,
    /// Something is hidden.
    EyeClosed,
    /// A triangle before a bar.
    Step,
    /// A square.
    Stop,
    /// A line that parts in two.
    Fork,
    /// An arrow that falls and rises again.
    Curve,
    /// Rows and columns.
    Table,
    /// Cross hairs.
    Target,
    /// A frame with a divider.
    Wipe,
    /// A corner that points back.
    Previous,
    /// A corner that points on.
    Next,
}

impl Icon {
    /// Draws it into a square.
    pub fn paint(self, painter: &Painter, rect: Rect, color: Color32) {
        let stroke = Stroke::new(1.4, color);
        let at = |x: f32, y: f32| rect.lerp_inside(vec2(x, y));
        let line = |points: &[(f32, f32)]| {
            painter.add(Shape::line(points.iter().map(|&(x, y)| at(x, y)).collect(), stroke));
        };
        let dot = |x: f32, y: f32, r: f32| {
            painter.circle_filled(at(x, y), r * rect.width(), color);
        };
        let frame = |x0: f32, y0: f32, x1: f32, y1: f32, radius: f32| {
            let kind = eframe::egui::StrokeKind::Middle;
            painter.rect_stroke(Rect::from_min_max(at(x0, y0), at(x1, y1)), radius, stroke, kind);
        };
        match self {
            Icon::Dice => {
                frame(0.1, 0.1, 0.9, 0.9, 3.0);
                for (x, y) in [(0.32, 0.32), (0.68, 0.32), (0.5, 0.5), (0.32, 0.68), (0.68, 0.68)] {
                    dot(x, y, 0.07);
                }
            }
            Icon::Center => {
                painter.circle_stroke(rect.center(), rect.width() * 0.36, stroke);
                dot(0.5, 0.5, 0.12);
            }
            Icon::Fit => {
                for (x, y) in [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)] {
                    let inside = |from: f32| from + (0.5 - from) * 0.62;
                    line(&[(inside(x), y), (x, y), (x, inside(y))]);
                }
            }
            Icon::Undo | Icon::Redo => {
                let flip = |x: f32| if self == Icon::Undo { x } else { 1.0 - x };
                let arc: Vec<_> = (0..=12)
                    .map(|i| {
                        let angle = -PI * 0.5 + PI * i as f32 / 12.0;
                        (flip(0.58 + 0.28 * angle.cos()), 0.59 + 0.25 * angle.sin())
                    })
                    .collect();
                line(&[(flip(0.12), 0.34), arc[0]]);
                line(&arc);
                line(&[arc[12], (flip(0.3), 0.84)]);
                line(&[(flip(0.34), 0.1), (flip(0.1), 0.34), (flip(0.34), 0.58)]);
            }
            Icon::Back => {
                line(&[(0.92, 0.5), (0.1, 0.5)]);
                line(&[(0.42, 0.2), (0.1, 0.5), (0.42, 0.8)]);
            }
            Icon::Swap => {
                line(&[(0.08, 0.32), (0.9, 0.32)]);
                line(&[(0.7, 0.12), (0.9, 0.32), (0.7, 0.52)]);
                line(&[(0.92, 0.7), (0.1, 0.7)]);
                line(&[(0.3, 0.5), (0.1, 0.7), (0.3, 0.9)]);
            }
            Icon::Folder => line(&[
                (0.08, 0.82),
                (0.08, 0.18),
                (0.38, 0.18),
                (0.5, 0.32),
                (0.92, 0.32),
                (0.92, 0.82),
                (0.08, 0.82),
            ]),
            Icon::Save => {
                line(&[(0.5, 0.08), (0.5, 0.62)]);
                line(&[(0.28, 0.4), (0.5, 0.62), (0.72, 0.4)]);
                line(&[(0.1, 0.64), (0.1, 0.88), (0.9, 0.88), (0.9, 0.64)]);
            }
            Icon::Copy => {
                frame(0.32, 0.32, 0.9, 0.9, 2.0);
                line(&[(0.3, 0.68), (0.1, 0.68), (0.1, 0.1), (0.68, 0.1), (0.68, 0.3)]);
            }
            Icon::Paste => {
                line(&[(0.34, 0.18), (0.16, 0.18), (0.16, 0.92), (0.84, 0.92), (0.84, 0.18), (0.66, 0.18)]);
                frame(0.34, 0.07, 0.66, 0.28, 1.5);
                line(&[(0.32, 0.5), (0.68, 0.5)]);
                line(&[(0.32, 0.7), (0.56, 0.7)]);
            }
            Icon::Terminal => {
                frame(0.04, 0.14, 0.96, 0.86, 2.0);
                line(&[(0.22, 0.36), (0.4, 0.5), (0.22, 0.64)]);
                line(&[(0.5, 0.66), (0.76, 0.66)]);
            }
            Icon::File => {
                line(&[
                    (0.58, 0.07),
                    (0.18, 0.07),
                    (0.18, 0.93),
                    (0.82, 0.93),
                    (0.82, 0.31),
                    (0.58, 0.07),
                    (0.58, 0.31),
                    (0.82, 0.31),
                ]);
            }
            Icon::Search => {
                painter.circle_stroke(at(0.42, 0.42), rect.width() * 0.3, stroke);
                line(&[(0.64, 0.64), (0.92, 0.92)]);
            }
            Icon::Locked | Icon::Unlocked => {
                frame(0.18, 0.46, 0.82, 0.92, 1.5);
                let lift = if self == Icon::Locked { 0.0 } else { -0.1 };
                let arc = |from: f32, to: f32| {
                    (0..=10)
                        .map(|i| {
                            let angle = from + (to - from) * i as f32 / 10.0;
                            (0.5 + 0.2 * angle.cos(), 0.32 + lift + 0.22 * angle.sin())
                        })
                        .collect::<Vec<_>>()
                };
                line(&arc(PI, TAU));
                line(&[(0.3, 0.32 + lift), (0.3, 0.46)]);
                if self == Icon::Locked {
                    line(&[(0.7, 0.32), (0.7, 0.46)]);
                }
            }
            Icon::Close => {
                line(&[(0.22, 0.22), (0.78, 0.78)]);
                line(&[(0.78, 0.22), (0.22, 0.78)]);
            }
            Icon::Play => {
                let points = vec![at(0.26, 0.12), at(0.88, 0.5), at(0.26, 0.88)];
                painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
            }
            Icon::Pause => {
                for x in [0.22, 0.58] {
                    painter.rect_filled(Rect::from_min_max(at(x, 0.14), at(x + 0.2, 0.86)), 1.0, color);
                }
            }
            Icon::Moon => {
                let arc = |cx: f32, cy: f32, r: f32, from: f32, to: f32| {
                    (0..=16)
                        .map(|i| {
                            let angle = from + (to - from) * i as f32 / 16.0;
                            (cx + r * angle.cos(), cy + r * angle.sin())
                        })
                        .collect::<Vec<_>>()
                };
                let mut crescent = arc(0.47, 0.53, 0.4, -0.27, TAU - 1.3);
                crescent
                    .extend(arc(0.66, 0.34, 0.31, -PI * 0.5 - 0.28, -PI * 1.5 + 0.29).into_iter().skip(1));
                crescent.push(crescent[0]);
                line(&crescent);
            }
            Icon::Sun => {
                painter.circle_stroke(rect.center(), rect.width() * 0.2, stroke);
                for i in 0..8 {
                    let (sin, cos) = (TAU * i as f32 / 8.0).sin_cos();
                    line(&[(0.5 + 0.34 * cos, 0.5 + 0.34 * sin), (0.5 + 0.47 * cos, 0.5 + 0.47 * sin)]);
                }
            }
            Icon::Photo => {
                frame(0.06, 0.16, 0.94, 0.84, 2.0);
                dot(0.32, 0.38, 0.07);
                line(&[(0.1, 0.78), (0.4, 0.54), (0.56, 0.68), (0.72, 0.48), (0.9, 0.66)]);
            }
            Icon::Help => {
                let font = theme::semibold_font(rect.height());
                painter.text(rect.center(), Align2::CENTER_CENTER, "?", font, color);
            }
            Icon::Eye | Icon::EyeClosed => {
                let lid = |side: f32| -> Vec<(f32, f32)> {
                    (0..=10)
                        .map(|i| {
                            let x = i as f32 / 10.0;
                            (0.04 + 0.92 * x, 0.5 + side * 0.32 * (PI * x).sin())
                        })
                        .collect()
                };
                line(&lid(1.0));
                if self == Icon::Eye {
                    line(&lid(-1.0));
                    dot(0.5, 0.5, 0.14);
                } else {
                    for (x, y) in [(0.2, 0.9), (0.5, 1.0), (0.8, 0.9)] {
                        line(&[(x * 0.8 + 0.1, y - 0.22), (x, y)]);
                    }
                }
            }
            Icon::Step => {
                let points = vec![at(0.16, 0.14), at(0.66, 0.5), at(0.16, 0.86)];
                painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
                painter.rect_filled(Rect::from_min_max(at(0.7, 0.14), at(0.88, 0.86)), 1.0, color);
            }
            Icon::Stop => {
                painter.rect_filled(Rect::from_min_max(at(0.18, 0.18), at(0.82, 0.82)), 1.5, color);
            }
            Icon::Fork => {
                line(&[(0.06, 0.7), (0.34, 0.7), (0.62, 0.28), (0.94, 0.28)]);
                line(&[(0.34, 0.7), (0.94, 0.7)]);
                dot(0.34, 0.7, 0.1);
            }
            Icon::Curve => {
                let fall = |i: i32| {
                    let x = i as f32 / 20.0;
                    (0.06 + 0.88 * x, 0.16 + 0.68 * (1.0 - (1.0 - 2.0 * x).powi(2)).max(0.0))
                };
                line(&(0..=20).map(fall).collect::<Vec<_>>());
            }
            Icon::Table => {
                frame(0.08, 0.14, 0.92, 0.86, 2.0);
                line(&[(0.08, 0.38), (0.92, 0.38)]);
                line(&[(0.08, 0.62), (0.92, 0.62)]);
                line(&[(0.42, 0.14), (0.42, 0.86)]);
            }
            Icon::Target => {
                painter.circle_stroke(rect.center(), rect.width() * 0.3, stroke);
                dot(0.5, 0.5, 0.08);
                for (x, y) in [(0.0, 1.0), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0)] {
                    line(&[(0.5 + 0.3 * x, 0.5 + 0.3 * y), (0.5 + 0.47 * x, 0.5 + 0.47 * y)]);
                }
            }
            Icon::Wipe => {
                frame(0.08, 0.16, 0.92, 0.84, 2.0);
                line(&[(0.5, 0.04), (0.5, 0.96)]);
                line(&[(0.3, 0.4), (0.2, 0.5), (0.3, 0.6)]);
                line(&[(0.7, 0.4), (0.8, 0.5), (0.7, 0.6)]);
            }
            Icon::Previous => line(&[(0.62, 0.2), (0.34, 0.5), (0.62, 0.8)]),
            Icon::Next => line(&[(0.38, 0.2), (0.66, 0.5), (0.38, 0.8)]),
            Icon::Sliders => {
                for (y, x) in [(0.22, 0.68), (0.5, 0.32), (0.78, 0.6)] {
                    line(&[(0.08, y), (0.92, y)]);
                    dot(x, y, 0.11);
                }
            }
        }
    }

    /// A square button without a frame until the pointer is over it. `name` is for those who cannot see it.
    pub fn button(self, ui: &mut Ui, name: &str) -> Response {
        self.button_sized(ui, name, theme::CONTROL)
    }

    /// A square button of this side.
    pub fn button_sized(self, ui: &mut Ui, name: &str, side: f32) -> Response {
        let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
        if ui.is_rect_visible(rect) {
            let colors = theme::colors(ui);
            if response.hovered() || response.has_focus() {
                ui.painter().rect_filled(rect, theme::RADIUS_SMALL, colors.raised_hover);
            }
            let color = match () {
                () if !ui.is_enabled() => colors.text_weak.gamma_multiply(0.5),
                () if response.hovered() => colors.text_strong,
                () => colors.text_weak,
            };
            let size = theme::ICON.min(side - 6.0);
            self.paint(ui.painter(), Rect::from_center_size(rect.center(), vec2(size, size)), color);
        }
        response
    }

    /// A square button that stays down while something is on.
    pub fn toggle(self, ui: &mut Ui, on: bool, name: &str) -> Response {
        let response = self.button(ui, name);
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), on, name));
        if on {
            let colors = theme::colors(ui);
            ui.painter().rect_filled(response.rect, theme::RADIUS_SMALL, colors.accent_soft);
            let size = vec2(theme::ICON, theme::ICON);
            self.paint(
                ui.painter(),
                Rect::from_center_size(response.rect.center(), size),
                colors.text_strong,
            );
        }
        response
    }

    /// A button with the icon before its text.
    pub fn button_with_text(self, ui: &mut Ui, text: &str) -> Response {
        let font = TextStyle::Button.resolve(ui.style());
        let galley = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
        let padding = ui.spacing().button_padding.x;
        let size = vec2(padding * 2.0 + theme::ICON + 6.0 + galley.size().x, theme::CONTROL);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), text));
        if ui.is_rect_visible(rect) {
            let visuals = *ui.style().interact(&response);
            ui.painter().rect(
                rect,
                visuals.corner_radius,
                visuals.weak_bg_fill,
                visuals.bg_stroke,
                eframe::egui::StrokeKind::Inside,
            );
            let color = visuals.text_color();
            let center = pos2(rect.left() + padding + theme::ICON / 2.0, rect.center().y);
            self.paint(ui.painter(), Rect::from_center_size(center, vec2(theme::ICON, theme::ICON)), color);
            let left = rect.left() + padding + theme::ICON + 6.0;
            let text_at: Pos2 = pos2(left, rect.center().y - galley.size().y / 2.0);
            ui.painter().galley_with_override_text_color(text_at, galley, color);
        }
        response
    }
}
