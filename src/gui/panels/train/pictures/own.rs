//! A person's own photos and codes, decoded as the run goes on.

use std::borrow::Cow;

use eframe::egui::{Align2, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use rust_i18n::t;

use crate::gui::panels::{head, is_compact};
use crate::gui::state::State;
use crate::gui::state::picture::Picture;
use crate::gui::state::train::insight::Insight;
use crate::gui::state::train::timeline::TimelineView;
use crate::gui::state::train::watched::WatchedPhoto;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{middle_cut, picture};
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
            true => t!("Add the photo that is open on Reconstruct, or the face on Explore, to see it here as the run learns"),
            false => t!("Add the face on Explore to see it here as the run learns"),
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
    let gone = run.job.is_none().then(|| t!("Only a run that trains can show more; resume it first"));
    let photo = state.reconstruct.current().map(|photo| {
        let (id, name) = (photo.info.id, photo.info.name.clone());
        WatchedPhoto { id, crop: photo.crop, name }
    });
    let encodes = run.config().is_none_or(|config| config.model.kind.has_encoder());
    let no_photo = match &photo {
        _ if !encodes => Some(t!("This model has no encoder: it cannot take photos")),
        None => Some(t!("Open a photo on the Reconstruct screen first")),
        Some(photo) => watched.refuses_photo(photo),
    };
    let code = state.explore().map(|explore| explore.code());
    let dims = run.config().map_or(0, |config| config.model.latent_dim);
    let no_code = match &code {
        None => Some(t!("Open a model on the Explore screen first")),
        Some(code) if code.len() != dims => Some(t!("The model on Explore has codes of another length")),
        Some(code) => watched.refuses_code(code),
    };
    let compact = is_compact(ui);
    head(ui, &t!("Your photos and codes"), |ui| {
        let pin =
            button(ui, compact, Icon::Sliders, &t!("Add the code of Explore"), gone.clone().or(no_code));
        let pin = pin.on_hover_text(t!("Decode the code at the sliders of Explore as the run goes on"));
        let watch = button(ui, compact, Icon::Photo, &t!("Add the open photo"), gone.or(no_photo));
        let name = photo.as_ref().map_or(String::new(), |photo| photo.name.clone());
        let help =
            t!("Reconstruct %{photo} as the run goes on, cropped as on the Reconstruct screen", photo = name);
        let watch = watch.on_hover_text(help);
        match (watch.clicked(), pin.clicked()) {
            (true, _) => photo.map(OwnAction::Watch),
            (_, true) => code.map(OwnAction::Pin),
            _ => None,
        }
    })
}

fn button(
    ui: &mut Ui,
    compact: bool,
    icon: Icon,
    text: &str,
    why_not: Option<Cow<'static, str>>,
) -> Response {
    let button = |ui: &mut Ui| match compact {
        true => icon.button(ui, text),
        false => icon.button_with_text(ui, text),
    };
    let response = ui.add_enabled_ui(why_not.is_none(), button).inner;
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
    let number = index + 1;
    let pictures = [
        (t!("Added photo %{n} in", n = number), pair.map(|pair| &pair.0)),
        (t!("Added photo %{n} out", n = number), pair.map(|pair| &pair.1)),
    ];
    let title = name.map_or_else(|| t!("Photo %{n}", n = number).into_owned(), str::to_owned);
    let remove = name.map(|_| t!("Remove added photo %{n}", n = number));
    card(ui, textures, &title, &pictures, remove)
}

/// A pinned code. True when it is to be removed.
fn code(ui: &mut Ui, textures: &mut Textures, index: usize, shown: Option<&Picture>, is_live: bool) -> bool {
    let number = index + 1;
    let pictures = [(t!("Added code %{n}", n = number), shown)];
    let remove = is_live.then(|| t!("Remove added code %{n}", n = number));
    card(ui, textures, &t!("Code %{n}", n = number), &pictures, remove)
}

/// Pictures side by side with a name beneath, and a cross with these words if they can be removed.
fn card(
    ui: &mut Ui,
    textures: &mut Textures,
    title: &str,
    pictures: &[(Cow<'_, str>, Option<&Picture>)],
    remove: Option<Cow<'_, str>>,
) -> bool {
    let colors = theme::colors(ui);
    let width = pictures.len() as f32 * (SIDE + BETWEEN) - BETWEEN;
    let (_, place) = ui.allocate_space(vec2(width, SIDE + CROSS + 2.0));
    let salt = pictures.first().map_or("", |(words, _)| words.as_ref());
    for (index, (words, shown)) in pictures.iter().enumerate() {
        let left = place.left() + index as f32 * (SIDE + BETWEEN);
        let rect = Rect::from_min_size(pos2(left, place.top()), vec2(SIDE, SIDE));
        let response = ui.interact(rect, ui.scope_id().with(words), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words.as_ref()));
        match shown.map(|shown| textures.small(ui.ctx(), shown)) {
            Some(texture) => picture::paint(ui.painter(), rect, texture, theme::RADIUS_SMALL),
            None => {
                ui.painter().rect_filled(rect, theme::RADIUS_SMALL, colors.well);
                let (at, font) = (rect.center(), theme::small_font());
                ui.painter().text(at, Align2::CENTER_CENTER, t!("coming…"), font, colors.text_weak);
            }
        }
    }
    let beneath = Rect::from_min_max(pos2(place.left(), place.top() + SIDE + 2.0), place.max);
    let room = beneath.with_max_x(beneath.right() - if remove.is_some() { CROSS } else { 0.0 });
    let mut place_of_title = ui.new_child(UiBuilder::new().max_rect(room).id_salt((salt, "title")));
    middle_cut::label(&mut place_of_title, title, colors.text_weak);
    let Some(remove) = remove else { return false };
    let corner = Rect::from_min_max(pos2(beneath.right() - CROSS, beneath.top()), beneath.max);
    let mut place = ui.new_child(UiBuilder::new().max_rect(corner).id_salt((salt, "cross")));
    let cross = Icon::Close.button_sized(&mut place, &remove, CROSS);
    cross.on_hover_text(t!("Show it no longer")).clicked()
}
