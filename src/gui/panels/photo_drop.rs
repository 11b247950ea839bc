//! Places that appear in the middle of the window while a photo of the shelf is dragged.

use eframe::egui::{
    Align2, DragAndDrop, Id, LayerId, Order, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};
use rust_i18n::t;

use crate::gui::state::State;
use crate::gui::state::reconstruct::DraggedPhoto;
use crate::gui::state::shelf::PhotoUse;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::crop_view;
use crate::gui::widgets::icon::Icon;

/// Largest size of a place.
const PLACE: [f32; 2] = [150.0, 84.0];
/// Side of the photo beneath the pointer.
const HELD: f32 = 46.0;

/// Shows the places at the top of the middle, and the photo beneath the pointer.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let Some(DraggedPhoto(id)) = DragAndDrop::payload::<DraggedPhoto>(ui.ctx()).as_deref().copied() else {
        return;
    };
    let places = [
        (PhotoUse::Reconstruct, Icon::Photo, t!("Reconstruct")),
        (PhotoUse::Explore, Icon::Sliders, t!("Explore this face")),
        (PhotoUse::Start, Icon::Play, t!("Start of the walk")),
        (PhotoUse::End, Icon::Stop, t!("End of the walk")),
    ];
    let middle = ui.max_rect();
    let count = places.len() as f32;
    let width = ((middle.width() - (count - 1.0) * theme::GAP) / count).min(PLACE[0]);
    let left = middle.center().x - (count * (width + theme::GAP) - theme::GAP) / 2.0;
    let mut wish = None;
    for (number, (wanted, icon, words)) in places.into_iter().enumerate() {
        let at = pos2(
            left + number as f32 * (width + theme::GAP),
            middle.top() + theme::CONTROL + theme::GAP_LARGE,
        );
        let rect = Rect::from_min_size(at, vec2(width, PLACE[1]));
        if place(ui, rect, icon, &words) {
            wish = Some(wanted);
        }
    }
    held(ui, state, textures, id);
    if let Some(wanted) = wish {
        state.use_photo(id, wanted);
    }
}

/// Shows a place. Returns whether the photo was let go there.
fn place(ui: &Ui, rect: Rect, icon: Icon, words: &str) -> bool {
    let response = ui.interact(rect, ui.scope_id().with(words), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Group, true, words));
    let is_over = ui.ctx().pointer_interact_pos().is_some_and(|pointer| rect.contains(pointer));
    let colors = theme::colors(ui);
    let (fill, line, color) = match is_over {
        true => (colors.accent_soft, Stroke::new(2.0, colors.accent), colors.text_strong),
        false => (colors.panel, Stroke::new(1.0, colors.text_weak), colors.text),
    };
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Foreground, Id::unique("places for a photo")));
    painter.rect(rect, theme::RADIUS, fill, line, StrokeKind::Inside);
    let sign = Rect::from_center_size(rect.center() - vec2(0.0, 14.0), vec2(20.0, 20.0));
    icon.paint(&painter, sign, color);
    let galley = painter.layout(words.to_owned(), theme::body_font(), color, rect.width() - 12.0);
    let at = Align2::CENTER_TOP.anchor_size(rect.center() + vec2(0.0, 4.0), galley.size()).min;
    painter.galley(at, galley, color);
    let is_let_go = is_over && ui.input(|input| input.pointer.any_released());
    is_let_go && DragAndDrop::take_payload::<DraggedPhoto>(ui.ctx()).is_some()
}

/// The photo beneath the pointer.
fn held(ui: &Ui, state: &State, textures: &mut Textures, id: u32) {
    let pointer = ui.ctx().pointer_interact_pos();
    let Some((photo, pointer)) = state.reconstruct.photo(id).zip(pointer) else { return };
    let texture = textures.picture(ui.ctx(), &photo.preview, true);
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Tooltip, Id::unique("held photo")));
    let rect = Rect::from_min_size(pointer + vec2(10.0, 10.0), vec2(HELD, HELD));
    crop_view::paint_crop(&painter, rect, texture, photo);
    painter.rect_stroke(rect, 0, Stroke::new(1.0, theme::colors(ui).text_strong), StrokeKind::Outside);
}
