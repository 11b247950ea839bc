//! The panel at the left of the Train screen: the runs, each with its colour and where it stands.

use std::borrow::Cow;

use eframe::egui::{
    Align2, Button, CursorIcon, EventFilter, Id, Key, Panel, Rangef, Rect, Response, Role, ScrollArea, Sense,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};
use rust_i18n::t;

use crate::gui::panels::{drop_hint, head, no_drops, side_frame, side_range};
use crate::gui::state::messages::count;
use crate::gui::state::train::in_words;
use crate::gui::state::train::run::{Phase, Run, RunKey};
use crate::gui::state::{Effect, Pick, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{card, middle_cut};

/// Height of the place to drop files.
const DROP_HINT: f32 = 64.0;
/// Height of a card.
const CARD: f32 = 64.0;

/// Action on a card.
#[derive(Clone, Copy, PartialEq)]
enum CardAction {
    Select,
    Eye,
    OnlyThis,
    Remove,
    Explore,
    Fork,
    Extend,
    Rename,
    ShowFolder,
    /// To the card above or beneath.
    Move(isize),
}

/// Shows the panel.
pub fn show(ui: &mut Ui, state: &mut State) {
    let frame = side_frame(ui);
    let range = side_range(ui, Rangef::new(196.0, 320.0), 0.2);
    Panel::left("runs").default_size(232.0).size_range(range).frame(frame).show(ui, |ui| {
        let hint_top = ui.max_rect().bottom() - DROP_HINT;
        head(ui, &t!("Runs"), |ui| {
            let open = Icon::Folder.button(ui, &t!("Open run…"));
            if open
                .on_hover_text(t!("Open the folder of a run, also of one that the command line has trained"))
                .clicked()
            {
                state.effects.push(Effect::Pick(Pick::Run));
            }
        });
        let (none, prior) = (state.train.selected.is_none(), state.train.priors.open);
        let help = t!("Choose model, data and settings");
        if first_card(ui, &t!("New run"), &help, none && !prior) {
            state.train.selected = None;
            state.train.priors.open = false;
        }
        let help = t!("Fit a density to the codes of a trained model, from which it then draws");
        if first_card(ui, &t!("New prior"), &help, none && prior) {
            state.train.selected = None;
            state.train.priors.open = true;
        }
        let room = (hint_top - ui.cursor().top() - theme::GAP_LARGE).max(60.0);
        ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
            if state.train.runs.is_empty() {
                ui.add_space(theme::GAP_SMALL);
                ui.weak(t!("Runs that you start or open are listed here"));
            }
            if let Some((key, what)) = cards(ui, state) {
                perform(ui, state, key, what);
            }
        });
        let max = ui.max_rect();
        let hint = Rect::from_min_max(pos2(max.left(), hint_top), max.max);
        let drop = t!("Drop a folder of photos or a run anywhere");
        drop_hint(ui, hint, state.offer(&drop, &no_drops()));
    });
}

/// The cards of all runs. Returns what is asked of one.
fn cards(ui: &mut Ui, state: &State) -> Option<(RunKey, CardAction)> {
    let mut done = None;
    for run in &state.train.runs {
        let selected = state.train.selected == Some(run.key);
        let refused = [state.refuses_renaming(run), state.refuses_to_show_folder(run)];
        if let Some(what) = run_card(ui, run, selected, refused) {
            done = Some((run.key, what));
        }
    }
    done
}

fn perform(ui: &Ui, state: &mut State, key: RunKey, what: CardAction) {
    match what {
        CardAction::Select => state.train.selected = Some(key),
        CardAction::Eye => {
            if let Some(run) = state.train.find(key) {
                run.visible = !run.visible;
            }
        }
        CardAction::OnlyThis => state.train.runs.iter_mut().for_each(|run| run.visible = run.key == key),
        CardAction::Remove => state.remove_run(key),
        CardAction::Explore => state.explore_run(key),
        CardAction::Fork => state.set_up_fork(key),
        CardAction::Extend => state.set_up_extension(key),
        CardAction::Rename => state.set_up_renaming(key),
        CardAction::ShowFolder => state.show_run_folder(key),
        CardAction::Move(by) => {
            let runs = &state.train.runs;
            let at = runs.iter().position(|run| run.key == key);
            if let Some(to) = at.and_then(|at| runs.get(at.checked_add_signed(by)?)) {
                state.train.selected = Some(to.key);
                ui.memory_mut(|memory| memory.request_focus(card_id(to.key)));
            }
        }
    }
}

/// A card that sets something up. Returns whether it was clicked.
fn first_card(ui: &mut Ui, name: &str, help: &str, selected: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, name));
    let colors = theme::colors(ui);
    card::ground(ui.painter(), colors, &response, selected, theme::RADIUS);
    let color = if selected { colors.text_strong } else { colors.text };
    let center = pos2(rect.left() + 18.0, rect.center().y);
    let stroke = Stroke::new(1.5, colors.accent);
    ui.painter().hline(center.x - 5.0..=center.x + 5.0, center.y, stroke);
    ui.painter().vline(center.x, center.y - 5.0..=center.y + 5.0, stroke);
    let at = pos2(rect.left() + 34.0, rect.center().y);
    ui.painter().text(at, Align2::LEFT_CENTER, name, theme::semibold_font(13.0), color);
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(help).clicked()
}

fn card_id(run: RunKey) -> Id {
    Id::unique(("card of a run", run))
}

fn run_card(
    ui: &mut Ui,
    run: &Run,
    selected: bool,
    [no_renaming, no_folder]: [Option<Cow<'static, str>>; 2],
) -> Option<CardAction> {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), CARD));
    let response = ui.interact(rect, card_id(run.key), Sense::click());
    let name = run.name();
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &name));
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    let colors = theme::colors(ui);
    card::ground(ui.painter(), colors, &response, selected, theme::RADIUS);
    let inner = rect.shrink2(vec2(11.0, 9.0));
    let painter = ui.painter().with_clip_rect(rect.with_max_x(rect.right() - 10.0).intersect(ui.clip_rect()));
    let color = theme::run_color(ui, run.color);
    painter.circle_filled(inner.left_top() + vec2(5.0, 8.0), 5.0, color);
    let at = inner.left_top() + vec2(18.0, 0.0);
    let font = theme::semibold_font(13.0);
    let shown = middle_cut::fitted(ui, &name, &font, rect.right() - 36.0 - at.x);
    painter.text(at, Align2::LEFT_TOP, shown, font, colors.text_strong);
    let (words, tone) = status_text(ui, run);
    let words = middle_cut::fitted(ui, &words, &theme::small_font(), inner.right() - at.x);
    painter.text(at + vec2(0.0, 19.0), Align2::LEFT_TOP, words, theme::small_font(), tone);
    let bar = Rect::from_min_size(inner.left_bottom() - vec2(0.0, 3.0), vec2(inner.width(), 3.0));
    ui.painter().rect_filled(bar, 1.5, colors.rail);
    let part = match &run.phase {
        Phase::Preparing { part, .. } => part.unwrap_or(0.0),
        _ => run.part(),
    };
    ui.painter().rect_filled(bar.with_max_x(bar.left() + bar.width() * part), 1.5, color);

    let mut done = eye(ui, rect, run).then_some(CardAction::Eye);
    done = done.or(keys(ui, &response, run, no_renaming.is_none()));
    let response = response.on_hover_cursor(CursorIcon::PointingHand).on_hover_ui(|ui| details(ui, run));
    if response.clicked() {
        done = done.or(Some(CardAction::Select));
    }
    response.context_menu(|ui| {
        let nothing = run.saved_step.is_none().then(|| t!("There is no checkpoint yet"));
        let at_work = run.job.is_some().then(|| t!("Stop the run first"));
        let not_done = (!run.can_extend()).then(|| t!("It has not done all its steps yet"));
        for (text, why_not, what) in [
            (t!("Open in Explore"), nothing.clone(), CardAction::Explore),
            (t!("Fork…"), nothing, CardAction::Fork),
            (t!("Continue for…"), not_done, CardAction::Extend),
            (t!("Show its curves alone"), None, CardAction::OnlyThis),
            (t!("Rename…"), no_renaming, CardAction::Rename),
            (t!("Show in folder"), no_folder, CardAction::ShowFolder),
            (t!("Remove from the list"), at_work, CardAction::Remove),
        ] {
            let entry = ui.add_enabled(why_not.is_none(), Button::new(text));
            if entry.on_disabled_hover_text(why_not.unwrap_or_default()).clicked() {
                done = Some(what);
                ui.close();
            }
        }
    });
    done
}

/// Wish of the keys for the card that has the focus.
fn keys(ui: &Ui, response: &Response, run: &Run, can_rename: bool) -> Option<CardAction> {
    if !response.has_focus() {
        return None;
    }
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key| ui.input(|input| input.key_pressed(key));
    match () {
        () if pressed(Key::ArrowUp) => Some(CardAction::Move(-1)),
        () if pressed(Key::ArrowDown) => Some(CardAction::Move(1)),
        () if pressed(Key::F2) && can_rename => Some(CardAction::Rename),
        () if pressed(Key::Delete) && run.job.is_none() => Some(CardAction::Remove),
        () => None,
    }
}

/// Whether its curves are drawn. Returns whether that is to change.
fn eye(ui: &Ui, card: Rect, run: &Run) -> bool {
    let rect = Rect::from_center_size(pos2(card.right() - 18.0, card.top() + 19.0), vec2(24.0, 24.0));
    let response = ui.interact(rect, ui.scope_id().with(("eye", run.key)), Sense::click());
    let words = t!("Show the curves of %{name}", name = run.name());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, run.visible, &*words));
    let colors = theme::colors(ui);
    let color = match () {
        () if response.hovered() || response.has_focus() => colors.text_strong,
        () if run.visible => colors.text,
        () => colors.text_weak.gamma_multiply(0.6),
    };
    let icon = if run.visible { Icon::Eye } else { Icon::EyeClosed };
    icon.paint(ui.painter(), Rect::from_center_size(rect.center(), vec2(15.0, 15.0)), color);
    response.on_hover_text(t!("Draw its curves, or leave them out")).clicked()
}

/// Where a run stands, in a few words, and their colour.
fn status_text(ui: &Ui, run: &Run) -> (String, eframe::egui::Color32) {
    let colors = theme::colors(ui);
    let percent = format!("{:.0}", run.part() * 100.0);
    let step = count(run.step);
    let (words, color) = match &run.phase {
        _ if run.stopping => (t!("Stopping…"), colors.warning),
        Phase::Reading => (t!("Reading its past"), colors.text_weak),
        Phase::Queued => (t!("Waits for its turn"), colors.text_weak),
        Phase::Preparing { what, part } => {
            let part = part.map(|part| format!(" {:.0} %", part * 100.0)).unwrap_or_default();
            (format!("{what}{part}").into(), colors.text)
        }
        Phase::Training => (t!("Training, %{part} %", part = percent), colors.good),
        Phase::Held => (t!("Held at step %{step}", step = step), colors.warning),
        Phase::Done => (t!("Done, %{steps} steps", steps = step), colors.text_weak),
        Phase::Stopped => (t!("Stopped at %{part} %", part = percent), colors.text_weak),
        Phase::Failed(_) => (t!("Failed at step %{step}", step = step), colors.error),
    };
    (words.into_owned(), color)
}

fn details(ui: &mut Ui, run: &Run) {
    ui.label(theme::semibold(run.name(), 13.0));
    ui.weak(run.folder.display().to_string());
    if let Some(config) = run.config() {
        let model = &config.model;
        ui.label(t!(
            "%{kind} · %{size} px · %{dims} dims · %{data}",
            kind = model.kind.label(),
            size = model.image_size,
            dims = model.latent_dim,
            data = config.dataset.source
        ));
        if let Some(aim) = in_words::aim(config) {
            ui.label(aim);
        }
    }
    ui.label(t!("Step %{step} of %{steps}", step = count(run.step), steps = count(run.steps())));
    if let Some((from, step)) = &run.forked_from {
        let from = from.file_name().unwrap_or(from.as_os_str()).to_string_lossy();
        ui.label(t!("Forked from %{name} at step %{step}", name = from, step = count(*step)));
    }
    if let Phase::Failed(message) = &run.phase {
        ui.colored_label(theme::colors(ui).error, message);
    }
    ui.weak(t!("Right-click for more"));
}
