//! Colours of runs: one each, or by a setting or a quantity.

use eframe::egui::{Color32, ComboBox, Mesh, Rect, RichText, Sense, Ui, pos2, vec2};
use rust_i18n::t;

use crate::gui::quantity_words;
use crate::gui::state::compare::runs::scale::Scale;
use crate::gui::state::compare::runs::shown::{ColumnId, RunColumn, ShownRuns};
use crate::gui::theme;

/// Width of the list of columns.
const LIST: f32 = 148.0;
/// Words of a legend that are shown one by one.
const MOST_WORDS: usize = 6;

/// The colour of a run.
pub fn color(ui: &Ui, shown: &ShownRuns, run: usize) -> Color32 {
    let colors = theme::colors(ui);
    let Some(column) = shown.hue.and_then(|id| shown.column(id)) else { return colors.category(run) };
    match (&column.scale, column.place(run)) {
        (_, None) => colors.text_weak,
        (Scale::Words(words), Some(place)) => colors.category((place * words.len() as f32) as usize),
        (_, Some(place)) => colors.ramp(place),
    }
}

/// A dot of a colour.
pub fn swatch(ui: &mut Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 5.0, color);
}

/// A list of columns to choose from. Returns the one that was chosen.
pub fn column_list(
    ui: &mut Ui,
    name: &str,
    shown: &ShownRuns,
    current: Option<ColumnId>,
) -> Option<ColumnId> {
    let title = |column: &RunColumn| quantity_words::title(&column.about);
    let selected = current.and_then(|id| shown.column(id)).map(title).unwrap_or_default();
    let combo = ComboBox::from_id_salt(name).width(LIST).truncate().selected_text(selected);
    let mut chosen = None;
    let combo = combo.show_ui(ui, |ui| {
        for column in &shown.columns {
            let choice = ui.selectable_label(current == Some(column.id()), title(column));
            if choice.on_hover_text(quantity_words::help(&column.about)).clicked() {
                chosen = Some(column.id());
            }
        }
    });
    combo.response.accessible_name(name);
    chosen
}

/// The choice of what colours say.
pub fn choose(ui: &mut Ui, shown: &mut ShownRuns) {
    ui.label(RichText::new(t!("Colour by")).color(theme::colors(ui).text_weak));
    let title = |column: &RunColumn| quantity_words::title(&column.about);
    let selected = shown.hue.and_then(|id| shown.column(id)).map_or_else(|| t!("Run").into_owned(), title);
    let mut hue = shown.hue;
    let combo =
        ComboBox::from_id_salt("hue").width(LIST).truncate().selected_text(selected).show_ui(ui, |ui| {
            let own = ui.selectable_value(&mut hue, None, t!("Run"));
            own.on_hover_text(t!("Each run has a colour of its own"));
            for column in &shown.columns {
                ui.selectable_value(&mut hue, Some(column.id()), title(column))
                    .on_hover_text(quantity_words::help(&column.about));
            }
        });
    combo.response.accessible_name(t!("Colour by"));
    shown.hue = hue;
}

/// The meaning of the colours, if they say something.
pub fn legend(ui: &mut Ui, shown: &ShownRuns) {
    if let Some(column) = shown.hue.and_then(|id| shown.column(id)) {
        ui.horizontal_wrapped(|ui| legend_of(ui, column));
    }
}

fn legend_of(ui: &mut Ui, column: &RunColumn) {
    let colors = theme::colors(ui);
    let small = |text: &str| RichText::new(text).size(11.5).color(colors.text);
    if let Scale::Words(words) = &column.scale {
        for (at, word) in words.iter().enumerate().take(MOST_WORDS) {
            swatch(ui, colors.category(at));
            ui.label(small(word));
        }
        if words.len() > MOST_WORDS {
            let more = t!("and %{n} more", n = words.len() - MOST_WORDS);
            ui.label(small(&more)).on_hover_text(words[MOST_WORDS..].join(", "));
        }
        return;
    }
    let marks = column.scale.marks(&column.cells);
    let (Some((_, first)), Some((_, last))) = (marks.first(), marks.last()) else { return };
    ui.label(small(first));
    let (rect, _) = ui.allocate_exact_size(vec2(72.0, 10.0), Sense::hover());
    ramp(ui, rect);
    ui.label(small(last));
}

/// All colours of values that have a size.
fn ramp(ui: &Ui, rect: Rect) {
    const PARTS: u32 = 24;
    let colors = theme::colors(ui);
    let mut mesh = Mesh::default();
    for part in 0..=PARTS {
        let place = part as f32 / PARTS as f32;
        let (x, color) = (rect.left() + place * rect.width(), colors.ramp(place));
        mesh.colored_vertex(pos2(x, rect.top()), color);
        mesh.colored_vertex(pos2(x, rect.bottom()), color);
        if part > 0 {
            let at = 2 * part;
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    ui.painter().add(mesh);
}
