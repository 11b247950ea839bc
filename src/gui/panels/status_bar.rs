//! The bar at the bottom: device, model, jobs with their progress, what happened last.

use eframe::egui::{
    Align, Button, Color32, Frame, Label, Layout, Margin, Panel, ProgressBar, RichText, Spinner, Ui, vec2,
};
use rust_i18n::t;

use crate::gui::said::said;
use crate::gui::state::messages::{JobLine, time_left};
use crate::gui::state::remote::{LineState, Remote};
use crate::gui::state::{Effect, State, device};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::text;
use crate::worker::protocol::JobId;

/// Kept free for what happens beside the jobs.
const RIGHT_END: f32 = 60.0;
/// Length of a job's bar, where there is room and where there is not.
const BAR: f32 = 120.0;
const SHORT_BAR: f32 = 60.0;
/// Side of the cross that ends a job.
const CROSS: f32 = 20.0;
/// Words that would be cut shorter are left out.
const SHORTEST: f32 = 60.0;

/// Shows the bar.
pub fn show(ui: &mut Ui, state: &mut State) {
    let frame = Frame::new().fill(theme::colors(ui).bar).inner_margin(Margin::symmetric(theme::MARGIN, 0));
    let mut cancelled = None;
    Panel::bottom("status bar").exact_size(theme::STATUS_BAR).resizable(false).frame(frame).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            place(ui, state);
            ui.weak("·");
            let device = state.device.as_ref();
            ui.weak(device.map_or("CPU".into(), device::in_words)).on_hover_text(device::help(device));
            let mut left = state.messages.jobs.len();
            for job in &state.messages.jobs {
                ui.separator();
                let room = (ui.available_width() - RIGHT_END).max(0.0) / left as f32;
                job_line(ui, job, room, |id| cancelled = Some(id));
                left -= 1;
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| right_end(ui, state));
        });
    });
    if let Some(id) = cancelled {
        state.cancel_job(id);
    }
}

/// The computer that does the work, and how the line to it stands; a click asks for another.
fn place(ui: &mut Ui, state: &mut State) {
    let Some(remote) = &state.remote else {
        ui.weak(t!("This computer")).on_hover_text(t!("Runs and measurements are done here"));
        if ui
            .small_button(t!("Connect…"))
            .on_hover_text(t!("Train and measure on another computer"))
            .clicked()
        {
            state.ask_where();
        }
        return;
    };
    let (words, help) = in_words(remote);
    let colors = theme::colors(ui);
    let color = if remote.line == LineState::Stands { colors.accent } else { colors.warning };
    let button = Button::new(RichText::new(text::line(words)).color(color)).frame(false).truncate();
    let help = format!("{help}.\n\n{}", t!("Click to work on another computer"));
    let (stands, has_control, windows) =
        (remote.line == LineState::Stands, remote.has_control, remote.windows);
    if ui.add(button).on_hover_text(help).clicked() {
        state.ask_where();
    }
    if stands && !has_control {
        let help = t!(
            "Another window looks at the same worker and gives the commands; this one only looks on until it takes control"
        );
        if ui.small_button(t!("Take control")).on_hover_text(help).clicked() {
            state.effects.push(Effect::TakeControl);
        }
    } else if stands && windows > 1 {
        ui.weak(t!("%{n} windows", n = windows)).on_hover_text(t!("This one gives the commands"));
    }
}

/// A line to another computer in a few words, and in more.
fn in_words(remote: &Remote) -> (String, String) {
    let name = remote.host.as_deref().unwrap_or(remote.launcher.name());
    let way = remote.launcher.name();
    let help = t!("Runs and measurements are done on %{name}, reached by %{way}", name = name, way = way);
    let help = help.into_owned();
    match (&remote.line, remote.latency) {
        (LineState::Stands, Some(latency)) => {
            let milliseconds = latency.as_secs_f64() * 1e3;
            let digits = usize::from(milliseconds < 9.95);
            let time = format!("{milliseconds:.1}");
            let help = format!("{help}. {}", t!("A message takes %{time} ms there and back", time = time));
            (format!("{name} · {milliseconds:.digits$} ms"), help)
        }
        (LineState::Stands, None) => (name.to_owned(), help),
        (LineState::Reaching, _) => (t!("Reaching %{name}…", name = name).into(), help),
        (LineState::Lost { reason, attempts }, _) => {
            let words = t!("Connection to %{name} lost, trying again (%{n})", name = name, n = attempts);
            (words.into(), format!("{help}.\n\n{}", said(reason)))
        }
    }
}

fn right_end(ui: &mut Ui, state: &State) {
    if let Some(busy) = &state.messages.busy {
        ui.add(Spinner::new().size(13.0));
        ui.label(busy);
    } else if state.messages.is_stopped {
        ui.colored_label(theme::colors(ui).error, t!("Worker stopped"));
    } else if let Some((line, opacity, wait)) = state.messages.line() {
        let color = theme::colors(ui).text.gamma_multiply(opacity);
        ui.add(Label::new(RichText::new(line).color(color)).truncate());
        let wait = if wait > 0.0 { wait } else { 0.05 };
        ui.ctx().request_repaint_after_secs(wait as f32);
    }
}

/// A job in so much room. Where it is scarce the bar is shorter, and what is done is cut before the time left, that
/// before the name.
fn job_line(ui: &mut Ui, job: &JobLine, room: f32, cancel: impl FnOnce(JobId)) {
    let colors = theme::colors(ui);
    let painter = ui.painter().clone();
    let width = |words: &str| match words {
        "" => 0.0,
        _ => {
            painter.layout_no_wrap(words.to_owned(), theme::body_font(), colors.text).size().x.ceil()
                + 1.0
                + theme::GAP
        }
    };
    let time = job.seconds_left.map(time_left).unwrap_or_default();
    let (title, detail, time_width) = (width(&job.title), width(&job.detail), width(&time));
    // Beside the words there are the bar, the cross and the line before the next job.
    let room_beside = |bar: f32| room - bar - CROSS - 4.0 * theme::GAP;
    let bar = if room_beside(BAR) < title + detail + time_width { SHORT_BAR } else { BAR };
    let rest = room_beside(bar).max(0.0);
    let title = title.min(rest);
    let shows_time = time_width > 0.0 && time_width <= rest - title;
    let rest = rest - title - if shows_time { time_width } else { 0.0 };
    let cut = |ui: &mut Ui, words: &str, color: Color32, width: f32| {
        let size = vec2((width - theme::GAP).max(0.0), ui.available_height());
        let label = Label::new(RichText::new(words).color(color)).truncate();
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| ui.add(label));
    };
    cut(ui, &job.title, colors.text, title);
    if detail.min(SHORTEST) <= rest {
        cut(ui, &job.detail, colors.text_weak, detail.min(rest));
    }
    if shows_time {
        ui.weak(time);
    }
    let part = job.part.unwrap_or(0.0);
    let bar = ProgressBar::new(part).desired_width(bar).desired_height(6.0).fill(colors.accent);
    ui.add(bar).on_hover_text(format!("{} · {} · {:.0} %", job.title, job.detail, part * 100.0));
    if job.cancelling {
        ui.weak(t!("stopping…"));
    } else if Icon::Close
        .button_sized(ui, &t!("Cancel job"), CROSS)
        .on_hover_text(t!("Stop at the next safe point; what is done is saved"))
        .clicked()
    {
        cancel(job.id);
    }
}
