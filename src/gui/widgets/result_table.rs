//! A table of an outcome: heads that explain themselves, the best number of each column marked, long tables scrolled.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Color32, FontId, Rect, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::point_column::PointColumn;
use super::row_focus::RowFocus;
use crate::gui::language::tr;
use crate::gui::said::said;
use crate::gui::{quantity_words, theme};
use crate::table::{Column, Table};

/// Height of heads of one line.
const HEAD: f32 = 28.0;
/// Height of heads that say which numbers are better.
const TALL_HEAD: f32 = 40.0;
const ROW: f32 = 24.0;
/// Points around a cell's words.
const PADDING: f32 = 8.0;
/// Widest a column of words gets.
const WIDEST: f32 = 260.0;
/// Rows beyond which the table is scrolled.
const SEEN: usize = 14;

/// Places and marks that all rows of a table have alike.
struct Layout {
    widths: Vec<f32>,
    width: f32,
    numbers: Vec<PointColumn>,
    best: Vec<Option<String>>,
}

/// Shows a table over the width.
pub fn show(ui: &mut Ui, table: &Table) {
    let numbers = numbers(ui, table);
    let widths: Vec<f32> =
        table.columns.iter().zip(&numbers).map(|(column, cells)| width(ui, column, cells)).collect();
    let least: f32 = widths.iter().sum();
    let stretch = (ui.available_width() / least.max(1.0)).max(1.0);
    let widths: Vec<f32> = widths.into_iter().map(|width| width * stretch).collect();
    let width = widths.iter().sum();
    let best = (0..table.columns.len()).map(|column| best(table, column)).collect();
    let layout = Layout { widths, width, numbers, best };
    ScrollArea::horizontal().id_salt(&table.title).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        heads(ui, table, &layout);
        let focus = RowFocus::new(ui, table.rows.len(), 0);
        let rows = |ui: &mut Ui, range: std::ops::Range<usize>| {
            for at in range {
                row(ui, table, at, &layout, &focus);
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

/// The cells of a row as they are read.
fn shown_row(table: &Table, row: usize) -> Vec<String> {
    let cells = table.shown_row(row).into_iter().zip(&table.columns);
    let read = |(cell, column): (String, &Column)| match column.is_numeric {
        true => quantity_words::minus(cell),
        false => quantity_words::minus(said(&cell).into_owned()),
    };
    cells.map(read).collect()
}

/// The room that the numbers of each column need. The first rows tell enough of a long table.
fn numbers(ui: &Ui, table: &Table) -> Vec<PointColumn> {
    let shown: Vec<Vec<String>> = (0..table.rows.len().min(60)).map(|row| shown_row(table, row)).collect();
    let column = |at: usize| PointColumn::of(ui, shown.iter().map(|row| row[at].clone()));
    (0..table.columns.len()).map(column).collect()
}

/// Width that a column needs.
fn width(ui: &Ui, column: &Column, cells: &PointColumn) -> f32 {
    let wide = |text: String| {
        ui.painter().layout_no_wrap(text, theme::small_font(), Color32::PLACEHOLDER).size().x + 2.0 * PADDING
    };
    let better = column.better.map(quantity_words::better_words).unwrap_or_default();
    let head = wide(heading(column)).max(wide(better));
    let widest = head.max(cells.width() + 2.0 * PADDING);
    if column.is_numeric { widest } else { widest.min(WIDEST.max(head)) }
}

/// The name of a column with its unit.
fn heading(column: &Column) -> String {
    quantity_words::with_unit(quantity_words::column_title(column), &column.unit)
}

/// The best number of a column as it reads; none where no direction is better, or all read alike.
fn best(table: &Table, column: usize) -> Option<String> {
    let about = &table.columns[column];
    let values = (0..table.rows.len()).filter_map(|row| table.cell(row, column).number());
    about.better?.best_reading(values, |value| quantity_words::minus(about.shown(&value.into())))
}

fn heads(ui: &mut Ui, table: &Table, layout: &Layout) {
    let colors = theme::colors(ui);
    let height = if table.columns.iter().any(|column| column.better.is_some()) { TALL_HEAD } else { HEAD };
    let (rect, _) = ui.allocate_exact_size(vec2(layout.width, height), Sense::hover());
    let mut left = rect.left();
    for (at, (column, width)) in table.columns.iter().zip(&layout.widths).enumerate() {
        let place = Rect::from_x_y_ranges(left..=left + width, rect.y_range());
        left += width;
        let (text, better) = (heading(column), column.better.map(quantity_words::better_words));
        let response = ui.interact(place, ui.scope_id().with(("head", at)), Sense::hover());
        let spoken = better.as_ref().map_or_else(|| text.clone(), |better| format!("{text}, {better}"));
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &spoken));
        let (x, anchor) = match column.is_numeric {
            true => (place.right() - PADDING, Align2::RIGHT_CENTER),
            false => (place.left() + PADDING, Align2::LEFT_CENTER),
        };
        let y = rect.top() + HEAD / 2.0;
        ui.painter().text(pos2(x, y), anchor, &text, theme::small_font(), colors.text);
        if let Some(better) = &better {
            let below = pos2(x, y + 13.0);
            ui.painter().text(below, anchor, better, FontId::proportional(10.0), colors.text_weak);
        }
        if !column.help.is_empty() {
            let better = column.better.map(quantity_words::better_sentence).unwrap_or_default();
            response.on_hover_text(format!("{text}. {} {better}", tr(&column.help)));
        }
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, colors.line));
}

fn row(ui: &mut Ui, table: &Table, at: usize, layout: &Layout, focus: &RowFocus) {
    let (cells, colors) = (shown_row(table, at), theme::colors(ui));
    let (rect, _) = ui.allocate_exact_size(vec2(layout.width, ROW), Sense::hover());
    let response = focus.row(ui, at, rect, Sense::hover());
    let spoken = || {
        let said =
            table.columns.iter().zip(&cells).map(|(column, cell)| format!("{} {cell}", heading(column)));
        said.collect::<Vec<_>>().join(", ")
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, spoken()));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, colors.raised);
    }
    let mut left = rect.left();
    for (at, ((column, cell), width)) in table.columns.iter().zip(&cells).zip(&layout.widths).enumerate() {
        let is_best = layout.best[at].as_ref() == Some(cell);
        let (font, color) = match () {
            () if is_best => (theme::semibold_font(13.0), colors.good),
            () if at == 0 => (theme::body_font(), colors.text_strong),
            () => (theme::body_font(), colors.text),
        };
        let x = match column.is_numeric {
            true => layout.numbers[at].left(ui, cell, font.clone(), left + width - PADDING),
            false => left + PADDING,
        };
        let mut line = LayoutJob::simple_singleline(cell.clone(), font, color);
        line.wrap = TextWrapping::truncate_at_width(left + width - x);
        let galley = ui.painter().layout_job(line);
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
