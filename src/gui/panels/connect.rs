//! The dialog that asks for the computer that is to do the work.

use eframe::egui::{Button, Context, Key, Label, RichText, TextEdit, Ui};
use rust_i18n::t;

use crate::gui::said::said;
use crate::gui::state::State;
use crate::gui::state::remote::ConnectDialog;
use crate::gui::state::train::form::capitalized;
use crate::gui::theme;
use crate::remote::link::Launcher;

const WIDTH: f32 = 460.0;

/// Shows the dialog, if it is open.
pub fn show(ctx: &Context, state: &mut State) {
    if state.connecting.is_none() {
        return;
    }
    let modal = theme::modal(ctx, "connect").show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 80.0));
        contents(ui, state)
    });
    let closes = modal.should_close();
    match modal.inner {
        Some(Answer::Connect) => state.connect(),
        Some(Answer::To(place)) => {
            state.connecting = None;
            state.move_to(place);
        }
        Some(Answer::Cancel) => state.connecting = None,
        None if closes => state.connecting = None,
        None => (),
    }
}

enum Answer {
    Connect,
    To(Option<Launcher>),
    Cancel,
}

fn contents(ui: &mut Ui, state: &mut State) -> Option<Answer> {
    let trains_here = state.remote.is_none() && state.train.active().is_some();
    let (recent, is_away) = (state.settings.places.recent.clone(), state.remote.is_some());
    let dialog = state.connecting.as_mut()?;
    ui.heading(t!("Train and measure on another computer"));
    ui.add_space(theme::GAP_SMALL);
    let purpose = t!(
        "Runs, data and measurements are there and go on when this window closes; sliders answer from here. The same version of Morphospace has to be installed on both."
    );
    ui.add(Label::new(RichText::new(purpose).weak()).wrap());
    ui.add_space(theme::GAP_LARGE);
    let mut answer = way(ui, dialog).then_some(Answer::Connect);
    if !recent.is_empty() {
        ui.add_space(theme::GAP);
        ui.weak(t!("Reached before"));
        for launcher in recent {
            let tip = t!("Connect to %{name}", name = launcher.name());
            if ui.add(Button::new(launcher.name()).truncate()).on_hover_text(tip).clicked() {
                answer = Some(Answer::To(Some(launcher)));
            }
        }
    }
    if let Some(problem) = &dialog.problem {
        ui.add_space(theme::GAP);
        ui.colored_label(theme::colors(ui).error, capitalized(said(problem).into_owned()));
    }
    if trains_here {
        ui.add_space(theme::GAP);
        let text =
            t!("A run trains here. It is saved and stops when you connect; it can go on here another time.");
        ui.colored_label(theme::colors(ui).warning, text);
    }
    ui.add_space(theme::GAP_LARGE);
    ui.horizontal(|ui| {
        let connect = ui.add(theme::primary_button(ui, &t!("Connect")));
        if connect.on_hover_text(t!("Start the program there and look at it from here")).clicked() {
            answer = Some(Answer::Connect);
        }
        let back = |ui: &mut Ui| ui.button(t!("Back to this computer"));
        if is_away && back(ui).on_hover_text(t!("What goes on there goes on")).clicked() {
            answer = Some(Answer::To(None));
        }
        if ui.button(t!("Cancel")).clicked() {
            answer = Some(Answer::Cancel);
        }
    });
    answer
}

/// The way, typed. Whether Enter was pressed in it.
fn way(ui: &mut Ui, dialog: &mut ConnectDialog) -> bool {
    ui.horizontal(|ui| {
        ui.selectable_value(&mut dialog.by_command, false, t!("By ssh"))
            .on_hover_text(t!("The system’s ssh, with your keys and its configuration"));
        ui.selectable_value(&mut dialog.by_command, true, t!("By another command"))
            .on_hover_text(t!("As in srun, kubectl exec or docker run"));
    });
    ui.add_space(theme::GAP_SMALL);
    let (text, hint, name) = match dialog.by_command {
        true => (&mut dialog.command, "srun -p gpu --pty morphospace serve --stdio", t!("Command line")),
        false => (&mut dialog.host, "user@host", t!("Computer")),
    };
    let field = TextEdit::singleline(text).hint_text(hint).desired_width(f32::INFINITY);
    let response = ui.add(field);
    response.widget_info(|| eframe::egui::WidgetInfo::labeled(eframe::egui::Role::TextInput, true, &*name));
    if response.changed() {
        dialog.problem = None;
    }
    let help = match dialog.by_command {
        true => t!("Its standard input and output have to lead to morphospace serve --stdio"),
        false => t!("Keys, names and jump hosts are those of ssh; no password is asked or kept here"),
    };
    ui.add(Label::new(RichText::new(help).small().weak()).wrap());
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}
