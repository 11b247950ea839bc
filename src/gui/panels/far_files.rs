//! The dialog for files and folders of another computer.

use eframe::egui::{
    Align, Align2, Context, Key, Layout, Role, ScrollArea, Sense, Spinner, TextEdit, Ui, WidgetInfo, vec2,
};
use rust_i18n::t;

use crate::gui::said::said;
use crate::gui::state::messages::count;
use crate::gui::state::remote::FarDialog;
use crate::gui::state::{Effect, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::remote::messages::FarEntry;
use crate::worker::protocol::{PathKind, readable_size};

const WIDTH: f32 = 560.0;
const HEIGHT: f32 = 340.0;

/// Shows the dialog, if it is open.
pub fn show(ctx: &Context, state: &mut State) {
    let host = state.remote.as_ref().map(|remote| match &remote.host {
        Some(host) => host.clone(),
        None => remote.launcher.name().to_owned(),
    });
    let Some(dialog) = &mut state.far_dialog else { return };
    let room = ctx.content_rect().size();
    let modal = theme::modal(ctx, "far files").show(ctx, |ui| {
        ui.set_width(WIDTH.min(room.x - 80.0));
        let host = host.unwrap_or_default();
        ui.heading(t!("%{what} on %{host}", what = dialog.pick.title(), host = host));
        ui.add_space(theme::GAP);
        let way = path_row(ui, dialog);
        ui.add_space(theme::GAP_SMALL);
        let entry = entries(ui, dialog, HEIGHT.min(room.y - 260.0).max(120.0));
        ui.add_space(theme::GAP);
        entry.or(way).or(foot(ui, dialog))
    });
    let closes = modal.should_close();
    match modal.inner {
        Some(Answer::Enter(folder)) => state.list_far(Some(folder)),
        Some(Answer::Home) => state.list_far(None),
        Some(Answer::Choose) => state.choose_far(),
        Some(Answer::FromHere) => {
            if let Some(dialog) = state.far_dialog.take() {
                state.effects.push(Effect::PickHere(dialog.pick));
            }
        }
        Some(Answer::Cancel) => state.far_dialog = None,
        None if closes => state.far_dialog = None,
        None => (),
    }
}

enum Answer {
    Enter(std::path::PathBuf),
    Home,
    Choose,
    FromHere,
    Cancel,
}

/// Up, home, and the path as it may be typed.
fn path_row(ui: &mut Ui, dialog: &mut FarDialog) -> Option<Answer> {
    let mut answer = None;
    ui.horizontal(|ui| {
        let parent = dialog.folder.as_ref().and_then(|folder| folder.folder.parent());
        let up = ui.add_enabled(parent.is_some(), eframe::egui::Button::new(t!("Up")));
        if up.on_hover_text(t!("The folder around this one")).clicked() {
            answer = parent.map(|parent| Answer::Enter(parent.to_owned()));
        }
        if ui.button(t!("Home")).on_hover_text(t!("Your home folder there")).clicked() {
            answer = Some(Answer::Home);
        }
        let field = TextEdit::singleline(&mut dialog.typed).desired_width(ui.available_width() - 26.0);
        let response = ui.add(field);
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &*t!("Folder")));
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            answer = Some(Answer::Enter(dialog.typed.trim().into()));
        }
        if dialog.waiting {
            ui.add(Spinner::new().size(14.0));
        }
    });
    answer
}

fn entries(ui: &mut Ui, dialog: &mut FarDialog, height: f32) -> Option<Answer> {
    // There may be thousands, of which a few are in sight.
    let shown: Vec<usize> = dialog.shown().into_iter().map(|(at, _)| at).collect();
    let mut answer = None;
    let list = ScrollArea::vertical().id_salt("entries").max_height(height).min_scrolled_height(height);
    ui.spacing_mut().item_spacing.y = 1.0;
    list.auto_shrink([false, false]).show_rows(ui, theme::SLIDER_ROW, shown.len(), |ui, rows| {
        for &at in &shown[rows] {
            let entry = dialog.folder.as_ref().and_then(|folder| folder.entries.get(at)).cloned();
            let Some(entry) = entry else { continue };
            let response = entry_row(ui, &entry, dialog.chosen == Some(at));
            if response.double_clicked() {
                let folder = dialog.folder.as_ref().map(|folder| folder.folder.join(&entry.name));
                dialog.chosen = Some(at);
                answer = match folder {
                    _ if dialog.is_choice(&entry) => Some(Answer::Choose),
                    Some(folder) if entry.kind.is_folder() => Some(Answer::Enter(folder)),
                    _ => None,
                };
            } else if response.clicked() {
                dialog.chosen = Some(at);
            }
        }
    });
    let colors = theme::colors(ui);
    match (&dialog.problem, &dialog.folder) {
        (Some(problem), _) => drop(ui.colored_label(colors.error, said(problem))),
        (None, Some(folder)) if folder.left_out > 0 => {
            drop(ui.weak(t!("%{n} more are not listed", n = count(folder.left_out))));
        }
        (None, Some(folder)) if dialog.pick.is_folder() => {
            let files = folder.entries.iter().filter(|entry| !entry.kind.is_folder()).count();
            drop(ui.weak(match files {
                1 => t!("1 file in this folder"),
                n => t!("%{n} files in this folder", n = count(n)),
            }));
        }
        (None, Some(_)) if shown.is_empty() => drop(ui.weak(t!("Nothing here that could be chosen"))),
        _ => drop(ui.weak(" ")),
    }
    answer
}

/// A row of the list: what it is, its name, its size.
fn entry_row(ui: &mut Ui, entry: &FarEntry, selected: bool) -> eframe::egui::Response {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::SLIDER_ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &entry.name));
    let colors = theme::colors(ui);
    let fill = match () {
        () if selected => colors.accent_soft,
        () if response.hovered() || response.has_focus() => colors.raised_hover,
        () => eframe::egui::Color32::TRANSPARENT,
    };
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, theme::RADIUS_SMALL, fill);
    let icon = if entry.kind.is_folder() { Icon::Folder } else { Icon::File };
    let square = eframe::egui::Rect::from_center_size(rect.left_center() + vec2(14.0, 0.0), vec2(13.0, 13.0));
    icon.paint(&painter, square, colors.text_weak);
    let middle = rect.left_center() + vec2(28.0, 0.0);
    painter.text(middle, Align2::LEFT_CENTER, &entry.name, theme::body_font(), colors.text);
    let note = match entry.kind {
        PathKind::Run => t!("run").into_owned(),
        PathKind::Runs => t!("runs").into_owned(),
        PathKind::Folder | PathKind::Nothing => String::new(),
        PathKind::File | PathKind::Arrays => readable_size(entry.bytes),
    };
    let end = rect.right_center() - vec2(8.0, 0.0);
    painter.text(end, Align2::RIGHT_CENTER, note, theme::small_font(), colors.text_weak);
    response
}

fn foot(ui: &mut Ui, dialog: &FarDialog) -> Option<Answer> {
    let mut answer = None;
    ui.horizontal(|ui| {
        let words = if dialog.pick.is_folder() { t!("Choose folder") } else { t!("Open") };
        let choose = ui.add_enabled(dialog.choice().is_some(), theme::primary_button(ui, &words));
        if choose.clicked() {
            answer = Some(Answer::Choose);
        }
        if ui.button(t!("Cancel")).clicked() {
            answer = Some(Answer::Cancel);
        }
        if dialog.pick.is_folder() {
            return;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let here = ui.button(t!("From this computer…"));
            if here.on_hover_text(t!("Choose a file here; it is sent there")).clicked() {
                answer = Some(Answer::FromHere);
            }
        });
    });
    answer
}
