//! A table of an outcome: heads that explain themselves, the best number of each column marked, long tables scrolled.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{Align2, Color32, Rect, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::gui::theme;
use crate::table::Table;

const HEAD: f32 = 28.0;
const ROW: f32 = 24.0;
/// Points around a cell's words.
const PADDING: f32 = 8.0;
/// Widest a column of words gets.
const WIDEST: f32 = 260.0;
/// Rows beyond which the table is scrolled.
const SEEN: usize = 14;

/// Shows a table over the width.
pub fn show(ui: &mut Ui, table: &Table) {
    let widths = widths(ui, table);
    let least: f32 = widths.iter().sum();
    let room = ui.available_width();
    let stretch = (room / least.max(1.0)).max(1.0);
    let widths: Vec<f32> = widths.into_iter().map(|width| width * stretch).collect();
    let best: Vec<Option<String>> = (0..table.columns.len()).map(|column| best(table, column)).collect();
    ScrollArea::horizontal().id_salt(&table.title).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let width = widths.iter().sum();
        heads(ui, table, &widths, width);
        let rows = |ui: &mut Ui, range: std::ops::Range<usize>| {
            for at in range {
                row(ui, table, &table.shown_row(at), &widths, width, &best);
            }
        };
        if table.rows.len() <= SEEN {
            rows(ui, 0..table.rows.len());
        } else {
            let scroll = ScrollArea::vertical()
                .id_salt("rows")
                .max_height(SEEN as f32 * ROW)
                .auto_shrink([false, true]);
            scroll.show_rows(ui, ROW, table.rows.len(), rows);
        }
    });
}

/// Widths that the columns need. The first rows tell enough of a long table.
fn widths(ui: &Ui, table: &Table) -> Vec<f32> {
    let shown: Vec<Vec<String>> = (0..table.rows.len().min(60)).map(|row| table.shown_row(row)).collect();
    let width = |text: &str, font| {
        ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x + 2.0 * PADDING
    };
    let column = |at: usize| {
        let head = width(&table.columns[at].heading_with_arrow(), theme::small_font());
        let cells = shown.iter().map(|row| width(&row[at], theme::semibold_font(13.0)));
        let widest = cells.fold(head, f32::max);
        if table.columns[at].is_numeric { widest } else { widest.min(WIDEST.max(head)) }
    };
    (0..table.columns.len()).map(column).collect()
}

/// The best number of a column as it reads; none where no direction is better, or all read alike.
fn best(table: &Table, column: usize) -> Option<String> {
    let about = &table.columns[column];
    let values = (0..table.rows.len()).filter_map(|row| table.cell(row, column).number());
    about.better?.best_reading(values, |value| about.shown(&value.into()))
}

fn heads(ui: &mut Ui, table: &Table, widths: &[f32], width: f32) {
    let colors = theme::colors(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, HEAD), Sense::hover());
    let mut left = rect.left();
    for (column, width) in table.columns.iter().zip(widths) {
        let place = Rect::from_x_y_ranges(left..=left + width, rect.y_range());
        left += width;
        let text = column.heading_with_arrow();
        let response = ui.interact(place, ui.scope_id().with(("head", &text)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &text));
        let (at, anchor) = match column.is_numeric {
            true => (place.right_center() - vec2(PADDING, 0.0), Align2::RIGHT_CENTER),
            false => (place.left_center() + vec2(PADDING, 0.0), Align2::LEFT_CENTER),
        };
        ui.painter().text(at, anchor, &text, theme::small_font(), colors.text_weak);
        if !column.help.is_empty() {
            let better = column.better.map_or("", crate::table::Better::sentence);
            response.on_hover_text(format!("{}. {} {better}", column.heading(), column.help));
        }
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, colors.line));
}

fn row(ui: &mut Ui, table: &Table, cells: &[String], widths: &[f32], width: f32, best: &[Option<String>]) {
    let colors = theme::colors(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    let spoken = || {
        let said =
            table.columns.iter().zip(cells).map(|(column, cell)| format!("{} {cell}", column.heading()));
        said.collect::<Vec<_>>().join(", ")
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, spoken()));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, colors.raised);
    }
    let mut left = rect.left();
    for (at, ((column, cell), width)) in table.columns.iter().zip(cells).zip(widths).enumerate() {
        let is_best = best[at].as_ref() == Some(cell);
        let (font, color) = match () {
            () if is_best => (theme::semibold_font(13.0), colors.good),
            () if at == 0 => (theme::body_font(), colors.text_strong),
            () => (theme::body_font(), colors.text),
        };
        let mut line = LayoutJob::simple_singleline(cell.clone(), font, color);
        line.wrap = TextWrapping::truncate_at_width(width - 2.0 * PADDING);
        let galley = ui.painter().layout_job(line);
        let x = if column.is_numeric { left + width - PADDING - galley.size().x } else { left + PADDING };
        let at = pos2(x, rect.center().y - galley.size().y / 2.0);
        if is_best {
            let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(6.0, 2.0));
            ui.painter().rect_filled(ground, theme::RADIUS_SMALL, colors.good.gamma_multiply(0.14));
        }
        ui.painter().galley(at, galley, color);
        left += width;
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, colors.line.gamma_multiply(0.6)));
}
