//! The palette: everything that can be done, opened or set, found by its words and run by Enter.

use std::borrow::Cow;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Align, Align2, Color32, Context, Frame, Key, Margin, Modifiers, Rect, Response, Role, ScrollArea, Sense,
    TextEdit, Ui, WidgetInfo, vec2,
};
use rust_i18n::t;

use crate::gui::fuzzy::{self, Found};
use crate::gui::intents::{self, Intent};
use crate::gui::language::Language;
use crate::gui::state::train::run::RunKey;
use crate::gui::state::{DataKind, DataTarget, Effect, Pick, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::worker::protocol::{ModelId, ModelSource};

const WIDTH: f32 = 580.0;
/// Height of a line.
const LINE: f32 = 30.0;
/// Lines that are seen at once.
const LINES: f32 = 11.0;
/// Distance from the top of the window.
const FROM_TOP: f32 = 72.0;
/// A step with the keys for pages.
const PAGE: usize = 10;
/// Points that a line loses in the order if it cannot be run now.
const IMPOSSIBLE: i32 = 30;

/// A line of the palette.
struct Line {
    words: String,
    /// At the right end: keys, or the kind of thing.
    beside: String,
    has_keys: bool,
    why_not: Option<Cow<'static, str>>,
    act: Act,
}

/// Something that a line does.
#[derive(Clone)]
enum Act {
    Do(Intent),
    Use(ModelId),
    OpenShipped(String),
    ShowRun(RunKey),
    ShowPhoto(u32),
    Pick(Pick),
    Speak(Option<Language>),
    FindFaces(bool),
    Connect,
}

/// Shows the palette, if it is open.
pub fn show(ctx: &Context, state: &mut State) {
    let Some(palette) = &state.palette else { return };
    let lines = found(lines(ctx, state), &palette.typed);
    let room = ctx.content_rect().size();
    let mut modal = theme::modal(ctx, "palette");
    modal.area = modal.area.anchor(Align2::CENTER_TOP, vec2(0.0, FROM_TOP.min(room.y * 0.1)));
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::ZERO);
    let modal = modal.frame(frame).show(ctx, |ui| {
        ui.set_width(WIDTH.min(room.x - 80.0));
        ui.spacing_mut().item_spacing.y = 0.0;
        let moved = keys(ui, state, lines.len());
        let entered = field(ui, state);
        let chosen = state.palette.as_ref().map_or(0, |palette| palette.chosen);
        let clicked = list(ui, &lines, chosen, moved, (room.y - 220.0).min(LINE * LINES));
        clicked.or(entered.then_some(chosen))
    });
    let closes = modal.should_close();
    match modal.inner.and_then(|at| lines.get(at)) {
        Some((line, _)) if line.why_not.is_none() => {
            state.palette = None;
            run(line.act.clone(), state);
        }
        _ if closes => state.palette = None,
        _ => (),
    }
}

/// Moves along the lines. Whether it did.
fn keys(ui: &Ui, state: &mut State, count: usize) -> bool {
    let Some(palette) = &mut state.palette else { return false };
    let last = count.saturating_sub(1);
    let before = palette.chosen;
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    for (key, by) in [
        (Key::ArrowDown, 1),
        (Key::ArrowUp, -1),
        (Key::PageDown, PAGE as isize),
        (Key::PageUp, -(PAGE as isize)),
    ] {
        if pressed(key) {
            // Single steps go round.
            palette.chosen = match by {
                1 if palette.chosen >= last => 0,
                -1 if palette.chosen == 0 => last,
                by => palette.chosen.saturating_add_signed(by),
            };
        }
    }
    palette.chosen = palette.chosen.min(last);
    palette.chosen != before
}

/// The field for what is looked for. Whether Enter was pressed.
fn field(ui: &mut Ui, state: &mut State) -> bool {
    let entered = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    let Some(palette) = &mut state.palette else { return false };
    let colors = theme::colors(ui);
    Frame::new().inner_margin(Margin::symmetric(16, 12)).show(ui, |ui| {
        ui.horizontal(|ui| {
            let (sign, _) = ui.allocate_exact_size(vec2(16.0, theme::CONTROL), Sense::hover());
            let sign = Rect::from_center_size(sign.center(), vec2(15.0, 15.0));
            Icon::Search.paint(ui.painter(), sign, colors.text_weak);
            let text = TextEdit::singleline(&mut palette.typed)
                .hint_text(t!("Search actions, models, runs and settings"))
                .font(theme::large_font())
                .frame(Frame::NONE)
                .min_size(vec2(0.0, theme::CONTROL))
                .align(Align2::LEFT_CENTER)
                .desired_width(f32::INFINITY);
            let response = ui.add(text).accessible_name(t!("Find anything"));
            // Asked for again and again, the focus would break the typing of accents off.
            if !response.has_focus() {
                response.request_focus();
            }
            if response.changed() {
                palette.chosen = 0;
            }
        });
    });
    let edge = ui.cursor().min;
    let line = Rect::from_min_size(edge, vec2(ui.available_width(), 1.0));
    ui.painter().rect_filled(line, 0.0, colors.line);
    entered
}

/// The lines. The number of the one that was clicked.
fn list(ui: &mut Ui, lines: &[(Line, Found)], chosen: usize, moved: bool, height: f32) -> Option<usize> {
    let mut clicked = None;
    Frame::new().inner_margin(Margin::same(8)).show(ui, |ui| {
        if lines.is_empty() {
            ui.add_space(theme::GAP);
            ui.horizontal(|ui| {
                ui.add_space(theme::GAP);
                ui.weak(t!("Nothing has these words"));
            });
            ui.add_space(theme::GAP);
        }
        let scroll = ScrollArea::vertical().max_height(height).min_scrolled_height(height);
        scroll.auto_shrink([false, true]).show(ui, |ui| {
            for (at, (line, found)) in lines.iter().enumerate() {
                let response = row(ui, line, found, at == chosen);
                if at == chosen && moved {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    clicked = Some(at);
                }
            }
        });
    });
    clicked
}

fn row(ui: &mut Ui, line: &Line, found: &Found, chosen: bool) -> Response {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::CLICK | Sense::HOVER);
    let enabled = line.why_not.is_none();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, chosen, &line.words));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let colors = theme::colors(ui);
    let painter = ui.painter();
    if chosen || response.hovered() {
        let fill = if chosen { colors.accent_soft } else { colors.raised };
        painter.rect_filled(rect, theme::RADIUS_SMALL, fill);
    }
    let inner = rect.shrink2(vec2(10.0, 0.0));
    let right = if line.has_keys { colors.text } else { colors.text_weak };
    let end = painter.layout_no_wrap(line.beside.clone(), theme::small_font(), right);
    let end_at = inner.right_center() - vec2(end.size().x, end.size().y / 2.0);
    let left_end = end_at.x - theme::GAP_LARGE;
    if line.has_keys {
        let chip = Rect::from_min_size(end_at, end.size()).expand2(vec2(6.0, 2.0));
        painter.rect_filled(chip, theme::RADIUS_SMALL, colors.well);
    }
    painter.galley(end_at, end, right);
    let mut job =
        words(line, found, if enabled { colors.text_strong } else { colors.text_weak }, colors.accent);
    if let Some(why) = &line.why_not {
        let format = TextFormat::simple(theme::small_font(), colors.text_weak);
        job.append(why, 12.0, TextFormat { valign: Align::Center, ..format });
    }
    job.wrap.max_width = left_end - inner.left();
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = painter.layout_job(job);
    painter.galley(inner.left_center() - vec2(0.0, galley.size().y / 2.0), galley, colors.text);
    response
}

/// The words with those letters marked that were typed.
fn words(line: &Line, found: &Found, color: Color32, accent: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (at, letter) in line.words.chars().enumerate() {
        let marked = found.letters.binary_search(&at).is_ok();
        let format = match marked {
            true => TextFormat::simple(theme::semibold_font(13.0), accent),
            false => TextFormat::simple(theme::body_font(), color),
        };
        job.append(letter.encode_utf8(&mut [0; 4]), 0.0, TextFormat { valign: Align::Center, ..format });
    }
    job
}

/// Lines with the typed words, the best first.
fn found(lines: Vec<Line>, typed: &str) -> Vec<(Line, Found)> {
    let search = |line: Line| {
        let mut found = fuzzy::find(typed, &line.words)?;
        if line.why_not.is_some() {
            found.score -= IMPOSSIBLE;
        }
        Some((line, found))
    };
    let mut found: Vec<_> = lines.into_iter().filter_map(search).collect();
    if !typed.trim().is_empty() {
        found.sort_by_key(|(_, found)| std::cmp::Reverse(found.score));
    }
    found
}

fn lines(ctx: &Context, state: &State) -> Vec<Line> {
    let mut lines: Vec<Line> = Intent::ALL
        .into_iter()
        .filter(|intent| *intent != Intent::Palette)
        .map(|intent| {
            let keys = intent.shortcut().map(|shortcut| intents::keys(ctx, &shortcut));
            Line {
                words: match intent {
                    Intent::Show(_) => t!("Go to %{screen}", screen = intent.text()).into(),
                    _ => intent.text().into(),
                },
                has_keys: keys.is_some(),
                beside: keys.unwrap_or_default(),
                why_not: intent.why_not(state),
                act: Act::Do(intent),
            }
        })
        .collect();
    let mut add = |words: Cow<'static, str>, beside: Cow<'static, str>, act: Act| {
        lines.push(Line { words: words.into(), beside: beside.into(), has_keys: false, why_not: None, act });
    };
    for model in &state.models {
        let kind = if state.selected == Some(model.id) { t!("Model in use") } else { t!("Model") };
        add(t!("Use model %{name}", name = model.name), kind, Act::Use(model.id));
    }
    for name in state.closed_shipped() {
        add(t!("Open model %{name}", name = name), t!("Model"), Act::OpenShipped(name));
    }
    for run in &state.train.runs {
        add(t!("Show run %{name}", name = run.name()), t!("Run"), Act::ShowRun(run.key));
    }
    for photo in &state.reconstruct.photos {
        let words = t!("Reconstruct %{photo}", photo = photo.info.name);
        add(words, t!("Photo"), Act::ShowPhoto(photo.info.id));
    }
    for (words, pick) in [
        (t!("Train on a folder of photos…"), Pick::Data(DataKind::Folder, DataTarget::Train)),
        (t!("Open a run…"), Pick::Run),
        (t!("Open a walk…"), Pick::Walk),
        (t!("Keep new runs in another folder…"), Pick::RunsFolder),
    ] {
        add(words, t!("File"), Act::Pick(pick));
    }
    add(t!("Work on another computer…"), t!("Setting"), Act::Connect);
    let faces = match state.settings.find_faces {
        true => t!("Do not look for faces in photos"),
        false => t!("Look for faces in photos"),
    };
    add(faces, t!("Setting"), Act::FindFaces(!state.settings.find_faces));
    for language in Language::ALL {
        // Found by either name, whatever language is spoken.
        let words = match language {
            Language::English => t!("Language: English"),
            Language::Vietnamese => t!("Language: Tiếng Việt (Vietnamese)"),
        };
        add(words, t!("Setting"), Act::Speak(Some(language)));
    }
    add(t!("Language: that of the system"), t!("Setting"), Act::Speak(None));
    lines
}

fn run(act: Act, state: &mut State) {
    match act {
        Act::Do(intent) => intent.run(state),
        Act::Use(model) => state.select(model),
        Act::OpenShipped(name) => state.open_model(ModelSource::Shipped(name)),
        Act::ShowRun(key) => {
            state.screen = crate::gui::state::Screen::Train;
            state.train.selected = Some(key);
        }
        Act::ShowPhoto(id) => state.show_photo(id),
        Act::Pick(pick) => state.effects.push(Effect::Pick(pick)),
        Act::Speak(language) => state.settings.language = language,
        Act::FindFaces(on) => state.find_faces(on),
        Act::Connect => state.ask_where(),
    }
}
