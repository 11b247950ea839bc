//! The dialog that gives a run another name.

use eframe::egui::{Context, Key, RichText, TextEdit, Ui};
use rust_i18n::t;

use crate::gui::state::State;
use crate::gui::state::train::rename::Renaming;
use crate::gui::theme;
use crate::gui::widgets::middle_cut;

/// Shows the dialog if it is open.
pub fn show(ctx: &Context, state: &mut State) {
    let Some(renaming) = &mut state.train.renaming else { return };
    let modal = theme::modal(ctx, "rename").show(ctx, |ui| contents(ui, renaming));
    match modal.inner {
        Some(true) => state.rename_run(),
        Some(false) => state.train.renaming = None,
        None if modal.should_close() => state.train.renaming = None,
        None => (),
    }
}

/// True to give it the name, false to leave it.
fn contents(ui: &mut Ui, renaming: &mut Renaming) -> Option<bool> {
    ui.set_width(400.0);
    ui.heading(t!("Rename run"));
    ui.weak(t!("The run is called as its folder, which is renamed"));
    middle_cut::path(ui, &renaming.folder.display().to_string());
    ui.add_space(theme::GAP);
    let field = TextEdit::singleline(&mut renaming.name).desired_width(f32::INFINITY);
    let field = ui.add(field).accessible_name(t!("New name of the run"));
    if std::mem::take(&mut renaming.is_fresh) {
        field.request_focus();
    }
    let problem = renaming.problem();
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let words = problem.clone().unwrap_or_default();
    ui.label(RichText::new(words).color(theme::colors(ui).warning));
    ui.add_space(theme::GAP);
    let mut answer = (entered && problem.is_none()).then_some(true);
    ui.horizontal(|ui| {
        let button = theme::primary_button(ui, &t!("Rename"));
        let rename = ui.add_enabled(problem.is_none() && renaming.is_new(), button);
        if rename.on_disabled_hover_text(problem.unwrap_or_default()).clicked() {
            answer = Some(true);
        }
        if ui.button(t!("Cancel")).clicked() {
            answer = Some(false);
        }
    });
    answer
}
