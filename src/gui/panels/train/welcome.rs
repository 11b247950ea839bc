//! The middle of the Train screen while a new run is set up: what can be begun with one click.

use eframe::egui::{Align, Frame, Label, Layout, Margin, Rect, RichText, Sense, Ui, vec2};
use rust_i18n::t;

use crate::gui::state::State;
use crate::gui::state::messages::count;
use crate::gui::state::train::form::Preset;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Widest the cards get.
const WIDEST: f32 = 720.0;
/// A card wider than this has its button beside the text.
const SIDE_BY_SIDE: f32 = 440.0;

/// Shows the cards.
pub fn show(ui: &mut Ui, state: &mut State) {
    let width = ui.available_width().min(WIDEST);
    ui.vertical_centered(|ui| {
        ui.set_width(width);
        ui.add_space(theme::GAP_LARGE);
        ui.heading(t!("Train a model and watch it learn"));
        ui.add_space(theme::GAP_SMALL);
        ui.weak(t!("While a run trains, its settings act on the very next step, beside the curves and pictures that \
                    show the effect"));
        ui.add_space(theme::GAP_LARGE);
        resumable(ui, state);
        let text = t!(
            "A small VAE learns faces; its KL weight is raised until its codes carry nothing, then lowered until they \
             carry something again. On built-in faces, told in three chapters."
        );
        let title = t!("See a posterior collapse and recover");
        let time = t!("A minute or two");
        if card(ui, Icon::Curve, &title, &time, &text, &t!("Show it")).is_some() {
            state.demonstrate_collapse();
        }
        let text = t!(
            "A small VAE at 32×32 pixels, with the images chosen at the right. Move the KL weight while it trains and \
             see what becomes of the faces."
        );
        if card(ui, Icon::Play, &t!("Take a quick look"), &time, &text, &t!("Start")).is_some() {
            state.train.form.apply(Preset::QuickLook);
            state.start_run();
        }
        ui.add_space(theme::GAP);
        ui.weak(t!("Or set up a run of your own at the right: choose a folder of photos, a kind of model, its size"));
    });
}

/// Runs that can go on.
fn resumable(ui: &mut Ui, state: &mut State) {
    let runs: Vec<_> = (state.train.runs.iter())
        .filter(|run| run.can_resume())
        .map(|run| {
            let text = t!(
                "It stands at step %{step} of %{steps}.",
                step = count(run.step),
                steps = count(run.steps())
            );
            (run.key, t!("Go on with %{name}", name = run.name()), text)
        })
        .collect();
    for (key, title, text) in runs.into_iter().rev().take(2) {
        if card(ui, Icon::Redo, &title, "", &text, &t!("Resume")).is_some() {
            state.resume_run(key);
        }
    }
}

/// A card with a button. Something when it was clicked.
fn card(ui: &mut Ui, icon: Icon, title: &str, time: &str, text: &str, button: &str) -> Option<()> {
    let colors = theme::colors(ui);
    let frame = Frame::new().fill(colors.panel).corner_radius(theme::RADIUS);
    let clicked = frame.inner_margin(Margin::symmetric(16, 14)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let beside = ui.available_width() > SIDE_BY_SIDE;
        ui.horizontal_top(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(30.0, 30.0), Sense::hover());
            icon.paint(ui.painter(), Rect::from_center_size(rect.center(), vec2(24.0, 24.0)), colors.accent);
            ui.add_space(theme::GAP_SMALL);
            let width = ui.available_width() - if beside { 96.0 } else { 0.0 };
            let layout = Layout::top_down(Align::Min);
            let below = ui.allocate_ui_with_layout(vec2(width, 0.0), layout, |ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 3.0;
                ui.horizontal_wrapped(|ui| {
                    ui.label(theme::semibold(title, 14.0).color(colors.text_strong));
                    if !time.is_empty() {
                        // On a line of its own rather than in two parts.
                        ui.add(Label::new(RichText::new(time).weak()).extend());
                    }
                });
                ui.add(Label::new(RichText::new(text).color(colors.text_weak)).wrap());
                if beside {
                    return false;
                }
                ui.add_space(theme::GAP_SMALL);
                ui.add(theme::primary_button(ui, button)).clicked()
            });
            if !beside {
                return below.inner;
            }
            // As high as the text, so that it stands in its middle.
            let size = vec2(ui.available_width(), below.response.rect.height());
            let layout = Layout::right_to_left(Align::Center);
            ui.allocate_ui_with_layout(size, layout, |ui| ui.add(theme::primary_button(ui, button)))
                .inner
                .clicked()
        })
        .inner
    });
    ui.add_space(theme::GAP_SMALL);
    clicked.inner.then_some(())
}
