//! A person's own photos and codes, decoded as the run goes on.

use eframe::egui::{Align2, Label, Rect, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::gui::panels::head;
use crate::gui::state::State;
use crate::gui::state::picture::Picture;
use crate::gui::state::train::insight::Insight;
use crate::gui::state::train::timeline::TimelineView;
use crate::gui::state::train::watched::WatchedPhoto;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::picture;
use crate::worker::protocol::Command;

/// Distance between pictures.
pub const BETWEEN: f32 = 4.0;
/// Side of a picture.
const SIDE: f32 = 84.0;
/// Side of the cross that removes one.
const CROSS: f32 = 20.0;

/// An action of a person here.
enum OwnAction {
    Watch(WatchedPhoto),
    Pin(Vec<f32>),
    DropPhoto(usize),
    DropCode(usize),
}

/// Shows them with the buttons that add more, and tells the run what is wanted.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let mut wish = buttons(ui, state);
    let Some(run) = state.train.run() else { return };
    let insight = &run.insight;
    let is_live = insight.timeline.is_live();
    if insight.watched.photos.is_empty() && insight.watched.codes.is_empty() && is_live {
        let encodes = run.config().is_none_or(|config| config.model.kind.has_encoder());
        ui.weak(match encodes {
            true => "Open a photo or move the sliders of Explore, then watch them here as it learns",
            false => "Move the sliders of Explore, then watch the face of that code here as it learns",
        });
    }
    let (photos, pinned) = match insight.timeline.shown() {
        Some(TimelineView::Frame(frame)) => (frame.photos.as_slice(), frame.pinned.as_slice()),
        _ => (&[][..], &[][..]),
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(theme::GAP_LARGE, theme::GAP);
        // What was watched then may not be what is watched now: in the past there is nothing to remove.
        for index in 0..if is_live { insight.watched.photos.len() } else { photos.len() } {
            let name = insight.watched.photos.get(index).map(|photo| photo.name.as_str());
            if watched(ui, textures, index, name.filter(|_| is_live), photos.get(index)) {
                wish = Some(OwnAction::DropPhoto(index));
            }
        }
        for index in 0..if is_live { insight.watched.codes.len() } else { pinned.len() } {
            if code(ui, textures, index, pinned.get(index), is_live) {
                wish = Some(OwnAction::DropCode(index));
            }
        }
    });
    if let Some(wish) = wish {
        perform(state, wish);
    }
}

fn perform(state: &mut State, wish: OwnAction) {
    let Some(run) = state.train.run_mut() else { return };
    let insight: &mut Insight = &mut run.insight;
    match wish {
        OwnAction::Watch(photo) => insight.watch_photo(photo),
        OwnAction::Pin(code) => insight.pin_code(code),
        OwnAction::DropPhoto(index) => insight.remove_photo(index),
        OwnAction::DropCode(index) => insight.remove_code(index),
    }
    insight.timeline.go_live();
    let control = insight.watched.control();
    if let Some(job) = run.job {
        state.send(Command::Control { job, control });
    }
}

/// The buttons that add a photo and a code, disabled with the reason where they cannot.
fn buttons(ui: &mut Ui, state: &State) -> Option<OwnAction> {
    let run = state.train.run()?;
    let watched = &run.insight.watched;
    let gone = (run.job.is_none()).then_some("Only a run that trains can watch; start or resume it");
    let photo = state.reconstruct.current().map(|photo| {
        let (id, name) = (photo.info.id, photo.info.name.clone());
        WatchedPhoto { id, crop: photo.crop, name }
    });
    let encodes = run.config().is_none_or(|config| config.model.kind.has_encoder());
    let no_photo = match &photo {
        _ if !encodes => Some("This model has no encoder: it cannot take photos"),
        None => Some("Open a photo on the Reconstruct screen first"),
        Some(photo) => watched.refuses_photo(photo),
    };
    let code = state.explore().map(|explore| explore.code());
    let dims = run.config().map_or(0, |config| config.model.latent_dim);
    let no_code = match &code {
        None => Some("Open a model on the Explore screen first"),
        Some(code) if code.len() != dims => Some("The model on Explore has codes of another length"),
        Some(code) => watched.refuses_code(code),
    };
    head(ui, "Your photos and codes", |ui| {
        let pin = button(ui, Icon::Sliders, "Pin the code of Explore", gone.or(no_code));
        let pin = pin.on_hover_text("Decode the code at the sliders of Explore as the run goes on");
        let watch = button(ui, Icon::Photo, "Watch this photo", gone.or(no_photo));
        let name = photo.as_ref().map_or(String::new(), |photo| photo.name.clone());
        let watch = watch.on_hover_text(format!("Reconstruct {name}, cropped as on the Reconstruct screen"));
        match (watch.clicked(), pin.clicked()) {
            (true, _) => photo.map(OwnAction::Watch),
            (_, true) => code.map(OwnAction::Pin),
            _ => None,
        }
    })
}

fn button(ui: &mut Ui, icon: Icon, text: &str, why_not: Option<&str>) -> eframe::egui::Response {
    let response = ui.add_enabled_ui(why_not.is_none(), |ui| icon.button_with_text(ui, text)).inner;
    response.on_disabled_hover_text(why_not.unwrap_or_default())
}

/// A watched photo, in and out. True when it is to be removed.
fn watched(
    ui: &mut Ui,
    textures: &mut Textures,
    index: usize,
    name: Option<&str>,
    pair: Option<&(Picture, Picture)>,
) -> bool {
    let pictures = [("in", pair.map(|pair| &pair.0)), ("out", pair.map(|pair| &pair.1))];
    let title = name.map_or_else(|| format!("Photo {}", index + 1), str::to_owned);
    let number = index + 1;
    card(ui, textures, &format!("Watched photo {number}"), &title, &pictures, name.is_some())
}

/// A pinned code. True when it is to be removed.
fn code(ui: &mut Ui, textures: &mut Textures, index: usize, shown: Option<&Picture>, is_live: bool) -> bool {
    let title = format!("Code {}", index + 1);
    card(ui, textures, &format!("Pinned code {}", index + 1), &title, &[("", shown)], is_live)
}

/// Pictures side by side with a name beneath, and a cross if they can be removed.
fn card(
    ui: &mut Ui,
    textures: &mut Textures,
    name: &str,
    title: &str,
    pictures: &[(&str, Option<&Picture>)],
    removable: bool,
) -> bool {
    let colors = theme::colors(ui);
    let width = pictures.len() as f32 * (SIDE + BETWEEN) - BETWEEN;
    let (_, place) = ui.allocate_space(vec2(width, SIDE + CROSS + 2.0));
    for (index, (end, shown)) in pictures.iter().enumerate() {
        let left = place.left() + index as f32 * (SIDE + BETWEEN);
        let rect = Rect::from_min_size(pos2(left, place.top()), vec2(SIDE, SIDE));
        let words = format!("{name} {end}").trim_end().to_owned();
        let response = ui.interact(rect, ui.scope_id().with(&words), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
        match shown.map(|shown| textures.small(ui.ctx(), shown)) {
            Some(texture) => picture::paint(ui.painter(), rect, texture, theme::RADIUS_SMALL),
            None => {
                ui.painter().rect_filled(rect, theme::RADIUS_SMALL, colors.well);
                let (at, font) = (rect.center(), theme::small_font());
                ui.painter().text(at, Align2::CENTER_CENTER, "coming…", font, colors.text_weak);
            }
        }
    }
    let beneath = Rect::from_min_max(pos2(place.left(), place.top() + SIDE + 2.0), place.max);
    let room = beneath.with_max_x(beneath.right() - if removable { CROSS } else { 0.0 });
    let label = Label::new(RichText::new(title).color(colors.text_weak)).truncate();
    ui.new_child(UiBuilder::new().max_rect(room).id_salt((name, "title"))).add(label);
    if !removable {
        return false;
    }
    let corner = Rect::from_min_max(pos2(beneath.right() - CROSS, beneath.top()), beneath.max);
    let mut place = ui.new_child(UiBuilder::new().max_rect(corner).id_salt((name, "cross")));
    let cross = Icon::Close.button_sized(&mut place, &format!("Remove {name}"), CROSS);
    cross.on_hover_text("Watch it no longer").clicked()
}
