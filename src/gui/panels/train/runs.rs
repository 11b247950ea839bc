//! The panel at the left of the Train screen: the runs, each with its colour and where it stands.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, CursorIcon, Panel, Rangef, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::gui::panels::{drop_hint, head, no_drops, side_frame, side_range};
use crate::gui::state::messages::count;
use crate::gui::state::train::run::{Phase, Run, RunKey};
use crate::gui::state::{Effect, Pick, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Height of the place to drop files.
const DROP_HINT: f32 = 64.0;
/// Height of a card.
const CARD: f32 = 64.0;

/// Action on a card.
enum CardAction {
    Select,
    Eye,
    Remove,
    Explore,
    Fork,
}

/// Shows the panel.
pub fn show(ui: &mut Ui, state: &mut State) {
    let frame = side_frame(ui);
    let range = side_range(ui, Rangef::new(196.0, 320.0), 0.2);
    Panel::left("runs").default_size(232.0).size_range(range).frame(frame).show(ui, |ui| {
        let hint_top = ui.max_rect().bottom() - DROP_HINT;
        head(ui, "Runs", |ui| {
            let open = Icon::Folder.button(ui, "Open run…");
            if open.on_hover_text("Read what a run has left in its folder").clicked() {
                state.effects.push(Effect::Pick(Pick::Run));
            }
        });
        let (none, prior) = (state.train.selected.is_none(), state.train.priors.open);
        if first_card(ui, "New run", "Choose model, data and settings", none && !prior) {
            state.train.selected = None;
            state.train.priors.open = false;
        }
        let help = "Fit a density to the codes of a trained model, from which it then draws";
        if first_card(ui, "New prior", help, none && prior) {
            state.train.selected = None;
            state.train.priors.open = true;
        }
        let room = (hint_top - ui.cursor().top() - theme::GAP_LARGE).max(60.0);
        ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
            if state.train.runs.is_empty() {
                ui.weak("Runs that you start or open are kept here");
            }
            let mut done = None;
            for run in &state.train.runs {
                let selected = state.train.selected == Some(run.key);
                if let Some(what) = card(ui, run, selected) {
                    done = Some((run.key, what));
                }
            }
            if let Some((key, what)) = done {
                perform(state, key, &what);
            }
        });
        let max = ui.max_rect();
        let hint = Rect::from_min_max(pos2(max.left(), hint_top), max.max);
        drop_hint(ui, hint, state.offer("Drop a folder of photos\nor a run anywhere", &no_drops()));
    });
}

fn perform(state: &mut State, key: RunKey, what: &CardAction) {
    match what {
        CardAction::Select => state.train.selected = Some(key),
        CardAction::Eye => {
            if let Some(run) = state.train.find(key) {
                run.visible = !run.visible;
            }
        }
        CardAction::Remove => state.remove_run(key),
        CardAction::Explore => state.explore_run(key),
        CardAction::Fork => state.set_up_fork(key),
    }
}

/// A card that sets something up. Returns whether it was clicked.
fn first_card(ui: &mut Ui, name: &str, help: &str, selected: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, name));
    ground(ui, rect, &response, selected);
    let colors = theme::colors(ui);
    let color = if selected { colors.text_strong } else { colors.text };
    let center = pos2(rect.left() + 18.0, rect.center().y);
    let stroke = Stroke::new(1.5, colors.accent);
    ui.painter().hline(center.x - 5.0..=center.x + 5.0, center.y, stroke);
    ui.painter().vline(center.x, center.y - 5.0..=center.y + 5.0, stroke);
    let at = pos2(rect.left() + 34.0, rect.center().y);
    ui.painter().text(at, Align2::LEFT_CENTER, name, theme::semibold_font(13.0), color);
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(help).clicked()
}

fn ground(ui: &Ui, rect: Rect, response: &eframe::egui::Response, selected: bool) {
    let colors = theme::colors(ui);
    let fill = match () {
        () if selected => colors.accent_soft,
        () if response.hovered() => colors.raised_hover,
        () => colors.raised,
    };
    ui.painter().rect_filled(rect, theme::RADIUS, fill);
    if selected || response.has_focus() {
        let line = Stroke::new(1.0, colors.accent.gamma_multiply(0.7));
        ui.painter().rect_stroke(rect, theme::RADIUS, line, StrokeKind::Inside);
    }
}

fn card(ui: &mut Ui, run: &Run, selected: bool) -> Option<CardAction> {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), CARD), Sense::click());
    let name = run.name();
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &name));
    ground(ui, rect, &response, selected);
    let colors = theme::colors(ui);
    let inner = rect.shrink2(vec2(11.0, 9.0));
    let painter = ui.painter().with_clip_rect(rect.with_max_x(rect.right() - 34.0));
    let color = theme::run_color(ui, run.color);
    painter.circle_filled(inner.left_top() + vec2(5.0, 8.0), 5.0, color);
    let at = inner.left_top() + vec2(18.0, 0.0);
    let room = rect.right() - 36.0 - at.x;
    let mut line = LayoutJob::simple_singleline(name.clone(), theme::semibold_font(13.0), colors.text_strong);
    line.wrap = TextWrapping::truncate_at_width(room);
    painter.galley(at, painter.layout_job(line), colors.text_strong);
    let (words, tone) = status_text(ui, run);
    painter.text(at + vec2(0.0, 19.0), Align2::LEFT_TOP, words, theme::small_font(), tone);
    let bar = Rect::from_min_size(inner.left_bottom() - vec2(0.0, 3.0), vec2(inner.width(), 3.0));
    ui.painter().rect_filled(bar, 1.5, colors.rail);
    let part = match &run.phase {
        Phase::Preparing { part, .. } => part.unwrap_or(0.0),
        _ => run.part(),
    };
    ui.painter().rect_filled(bar.with_max_x(bar.left() + bar.width() * part), 1.5, color);

    let mut done = eye(ui, rect, run).then_some(CardAction::Eye);
    let response = response.on_hover_cursor(CursorIcon::PointingHand).on_hover_ui(|ui| details(ui, run));
    if response.clicked() {
        done = done.or(Some(CardAction::Select));
    }
    response.context_menu(|ui| {
        let saved = run.saved_step.is_some();
        let mut entry = |ui: &mut Ui, enabled: bool, text: &str, what: CardAction| {
            if ui.add_enabled(enabled, eframe::egui::Button::new(text)).clicked() {
                done = Some(what);
                ui.close();
            }
        };
        entry(ui, saved, "Open in Explore", CardAction::Explore);
        entry(ui, saved, "Fork…", CardAction::Fork);
        entry(ui, run.job.is_none(), "Remove from the list", CardAction::Remove);
    });
    done
}

/// Whether its curves are drawn. Returns whether that is to change.
fn eye(ui: &Ui, card: Rect, run: &Run) -> bool {
    let rect = Rect::from_center_size(pos2(card.right() - 18.0, card.top() + 19.0), vec2(24.0, 24.0));
    let response = ui.interact(rect, ui.scope_id().with(("eye", run.key)), Sense::click());
    let words = format!("Show the curves of {}", run.name());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, run.visible, &words));
    let colors = theme::colors(ui);
    let color = match () {
        () if response.hovered() || response.has_focus() => colors.text_strong,
        () if run.visible => colors.text,
        () => colors.text_weak.gamma_multiply(0.6),
    };
    let icon = if run.visible { Icon::Eye } else { Icon::EyeClosed };
    icon.paint(ui.painter(), Rect::from_center_size(rect.center(), vec2(15.0, 15.0)), color);
    response.on_hover_text("Draw its curves, or leave them out").clicked()
}

/// Where a run stands, in a few words, and their colour.
fn status_text(ui: &Ui, run: &Run) -> (String, eframe::egui::Color32) {
    let colors = theme::colors(ui);
    let percent = run.part() * 100.0;
    if run.stopping {
        return ("Stopping…".into(), colors.warning);
    }
    match &run.phase {
        Phase::Reading => ("Reading its past".into(), colors.text_weak),
        Phase::Queued => ("Waits for its turn".into(), colors.text_weak),
        Phase::Preparing { what, part } => {
            let part = part.map(|part| format!(" {:.0} %", part * 100.0)).unwrap_or_default();
            (format!("{what}{part}"), colors.text)
        }
        Phase::Training => (format!("Training, {percent:.0} %"), colors.good),
        Phase::Held => (format!("Held at step {}", count(run.step)), colors.warning),
        Phase::Done => (format!("Done, {} steps", count(run.step)), colors.text_weak),
        Phase::Stopped => (format!("Stopped at {percent:.0} %"), colors.text_weak),
        Phase::Failed(_) => (format!("Failed at step {}", count(run.step)), colors.error),
    }
}

fn details(ui: &mut Ui, run: &Run) {
    ui.label(theme::semibold(run.name(), 13.0));
    ui.weak(run.folder.display().to_string());
    if let Some(config) = run.config() {
        let model = &config.model;
        ui.label(format!(
            "{} · {} px · {} dims · {}",
            model.kind.label(),
            model.image_size,
            model.latent_dim,
            config.dataset.source
        ));
        if let Some(aim) = config.aim() {
            ui.label(aim);
        }
    }
    ui.label(format!("Step {} of {}", count(run.step), count(run.steps())));
    if let Some((from, step)) = &run.forked_from {
        let from = from.file_name().unwrap_or(from.as_os_str()).to_string_lossy();
        ui.label(format!("Forked from {from} at step {}", count(*step)));
    }
    if let Phase::Failed(message) = &run.phase {
        ui.colored_label(theme::colors(ui).error, message);
    }
    ui.weak("Right click for more");
}
