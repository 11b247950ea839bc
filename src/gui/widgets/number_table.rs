//! A table of numbers: heads that explain themselves and sort, the best number of each column marked, what
//! was measured elsewhere set apart.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Color32, CursorIcon, FontId, Rect, Response, Role, ScrollArea, Sense, Shape, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::gui::state::compare::sheet::{RowRole, Sheet, SheetRow, Sort};
use crate::gui::theme;
use crate::table::{Better, Column, Quantity};

/// Height of the heads.
const HEAD: f32 = 28.0;
/// Height of a row.
const ROW: f32 = 40.0;
/// Height of a row with nothing beneath its name.
const LOW_ROW: f32 = 28.0;
/// Height of the line over the lecture's rows.
const PART: f32 = 24.0;
/// Narrowest the column of names gets.
const NAMES: f32 = 112.0;
/// Its part of the room that is left when all columns have what they need.
const NAMES_PART: f32 = 0.4;
/// Most of the room that names of rows of which one is to be chosen get before the numbers have theirs.
const MOST_NAMES: f32 = 0.3;
/// Room for the colour of a row.
const SWATCH: f32 = 20.0;
/// Points around a number.
const PADDING: f32 = 7.0;

/// Rows of which one can be chosen, each with a colour.
pub struct RowChoice<'a> {
    /// The colours of the rows.
    pub hues: &'a [Color32],
    /// The name of the row that was chosen.
    pub selected: Option<&'a str>,
    /// The name of the row that is pointed at elsewhere.
    pub hovered: Option<&'a str>,
}

/// Doings of a person with a table.
#[derive(Default)]
pub struct TableResponse {
    /// The quantity whose head was clicked, by its column; the inner none is the column of names.
    pub head: Option<Option<&'static str>>,
    /// The row that was clicked.
    pub row: Option<usize>,
    /// The row under the pointer.
    pub hovered: Option<usize>,
}

/// Shows a table over the width, in the order `sort`. Returns the quantity whose head was clicked, by its column;
/// the inner none is the column of names.
pub fn show(ui: &mut Ui, sheet: &Sheet, sort: Option<Sort>) -> Option<Option<&'static str>> {
    show_choice(ui, sheet, sort, None).head
}

/// [`show`] with rows that can be chosen.
pub fn show_choice(
    ui: &mut Ui,
    sheet: &Sheet,
    sort: Option<Sort>,
    choice: Option<&RowChoice<'_>>,
) -> TableResponse {
    let room = ui.available_width();
    let names = choice.map_or(NAMES, |_| room_for_names(ui, sheet, room));
    let least = |numbers: &[f32]| names + numbers.iter().sum::<f32>();
    let mut heads: Vec<String> =
        sheet.heads.iter().map(|head| head.in_column().heading_with_arrow()).collect();
    let mut numbers = widths(ui, sheet, &heads);
    if least(&numbers) > room {
        let short = |head: &Quantity| Column { title: head.short_title(), ..head.in_column() };
        heads = sheet.heads.iter().map(|head| short(head).heading_with_arrow()).collect();
        numbers = widths(ui, sheet, &heads);
    }
    if least(&numbers) > room {
        // Units are told on hover.
        let bare =
            |head: &Quantity| Column { title: head.short_title(), unit: String::new(), ..head.in_column() };
        heads = sheet.heads.iter().map(|head| bare(head).heading_with_arrow()).collect();
        numbers = widths(ui, sheet, &heads);
    }
    let least = least(&numbers);
    if least <= room {
        let more = (room - least) * (1.0 - NAMES_PART) / numbers.len().max(1) as f32;
        numbers.iter_mut().for_each(|width| *width += more);
        return rows(ui, sheet, sort, &heads, &numbers, room, choice);
    }
    let scroll = ScrollArea::horizontal().id_salt(sheet.title);
    scroll.show(ui, |ui| rows(ui, sheet, sort, &heads, &numbers, least, choice)).inner
}

/// Width that names of rows of which one is to be chosen need, within bounds.
fn room_for_names(ui: &Ui, sheet: &Sheet, room: f32) -> f32 {
    let width = |row: &SheetRow| {
        let name = ui.painter().layout_no_wrap(row.name.clone(), theme::body_font(), Color32::PLACEHOLDER);
        name.size().x + SWATCH + 2.0 * PADDING
    };
    sheet.rows.iter().map(width).fold(NAMES, f32::max).min(room * MOST_NAMES)
}

/// Widths that the columns of numbers need under these heads.
fn widths(ui: &Ui, sheet: &Sheet, heads: &[String]) -> Vec<f32> {
    let width = |text: String, font: FontId| {
        ui.painter().layout_no_wrap(text, font, Color32::PLACEHOLDER).size().x + 2.0 * PADDING
    };
    let column = |at: usize| {
        // Room for the triangle of the column that sorts.
        let head = width(heads[at].clone(), theme::small_font()) + 8.0;
        let cells = sheet.rows.iter().map(|row| width(sheet.shown(row, at), theme::semibold_font(13.0)));
        cells.fold(head, f32::max)
    };
    (0..sheet.heads.len()).map(column).collect()
}

fn rows(
    ui: &mut Ui,
    sheet: &Sheet,
    sort: Option<Sort>,
    heads: &[String],
    numbers: &[f32],
    width: f32,
    choice: Option<&RowChoice<'_>>,
) -> TableResponse {
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut right = width - numbers.iter().sum::<f32>();
    let names = right;
    let ends: Vec<(f32, f32)> = numbers
        .iter()
        .map(|number| {
            let left = right;
            right += number;
            (left, right)
        })
        .collect();
    let (rect, _) = ui.allocate_exact_size(vec2(width, HEAD), Sense::hover());
    let place = |(left, right): (f32, f32)| {
        Rect::from_x_y_ranges(rect.left() + left..=rect.left() + right, rect.y_range())
    };
    let names_head = Head { text: sheet.rows_are, name: sheet.rows_are, help: "", column: None, rises: true };
    let mut told = TableResponse {
        head: names_head.show(ui, place((0.0, names)), sort).then_some(None),
        ..Default::default()
    };
    for ((quantity, ends), text) in sheet.heads.iter().zip(&ends).zip(heads) {
        let (name, help) = (quantity.in_column().heading_with_arrow(), quantity.help());
        let rises = quantity.better != Some(Better::Up);
        let head = Head { text, name: &name, help: &help, column: Some(quantity.column), rises };
        if head.show(ui, place(*ends), sort) {
            told.head = Some(Some(quantity.column));
        }
    }
    let layout = RowLayout { width, names, ends, best: sheet.best() };
    let mut lecture = false;
    for (at, row) in sheet.rows.iter().enumerate() {
        if row.role == RowRole::Lecture && !std::mem::replace(&mut lecture, true) {
            part(ui, width, "The lecture's numbers, measured elsewhere");
        }
        let response = one(ui, sheet, row, &layout, mark(choice, at, row));
        told.row = told.row.or(response.clicked().then_some(at));
        told.hovered = told.hovered.or(response.hovered().then_some(at));
    }
    told
}

/// The head of a column.
struct Head<'a> {
    /// As it is painted.
    text: &'a str,
    /// In full, for those who listen and on hover.
    name: &'a str,
    /// Its definition.
    help: &'a str,
    /// Column that it sorts by; the names of the rows if none.
    column: Option<&'static str>,
    /// Whether small numbers come first when it sorts and is not reversed.
    rises: bool,
}

impl Head<'_> {
    /// Returns whether it was clicked.
    fn show(&self, ui: &Ui, rect: Rect, sort: Option<Sort>) -> bool {
        let Head { text, name, help, column, rises } = *self;
        let colors = theme::colors(ui);
        let response = ui.interact(rect, ui.scope_id().with(("head", name)), Sense::click());
        let sorts = sort.filter(|sort| sort.column == column);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, sorts.is_some(), name));
        let color = match () {
            () if response.hovered() || response.has_focus() => colors.text_strong,
            () if sorts.is_some() => colors.text,
            () => colors.text_weak,
        };
        let (at, anchor) = match column {
            None => (rect.left_center() + vec2(2.0, 0.0), Align2::LEFT_CENTER),
            Some(_) => (rect.right_center() - vec2(PADDING, 0.0), Align2::RIGHT_CENTER),
        };
        let painted = ui.painter().text(at, anchor, text, theme::small_font(), color);
        if let Some(sort) = sorts {
            let tip = if rises == sort.reversed { 2.5 } else { -2.5 };
            let x = if column.is_none() { painted.right() + 8.0 } else { painted.left() - 8.0 };
            let center = pos2(x, painted.center().y);
            let points = vec![center + vec2(-3.5, -tip), center + vec2(3.5, -tip), center + vec2(0.0, tip)];
            ui.painter().add(Shape::convex_polygon(points, colors.accent, Stroke::NONE));
        }
        ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, colors.line));
        let help = match column {
            None => "Click to sort by name".to_owned(),
            Some(_) => format!("{name}. {help} Click to sort"),
        };
        response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(help).clicked()
    }
}

/// A line over the rows of another origin.
fn part(ui: &mut Ui, width: f32, text: &str) {
    let colors = theme::colors(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, PART), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().rect_filled(rect, 0.0, colors.canvas);
    let at = rect.left_center() + vec2(PADDING, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, text, theme::small_font(), colors.text_weak);
}

/// Marks of a row that can be chosen.
struct RowMark {
    hue: Color32,
    selected: bool,
    hovered: bool,
}

fn mark(choice: Option<&RowChoice<'_>>, at: usize, row: &SheetRow) -> Option<RowMark> {
    let choice = choice?;
    let is = |name: Option<&str>| name == Some(row.name.as_str());
    Some(RowMark { hue: *choice.hues.get(at)?, selected: is(choice.selected), hovered: is(choice.hovered) })
}

/// Places and marks that all rows of a table have alike.
struct RowLayout {
    width: f32,
    /// Width of the column of names.
    names: f32,
    /// Beginning and end of each column of numbers.
    ends: Vec<(f32, f32)>,
    /// The best number of each.
    best: Vec<Option<String>>,
}

fn one(ui: &mut Ui, sheet: &Sheet, row: &SheetRow, layout: &RowLayout, mark: Option<RowMark>) -> Response {
    let colors = theme::colors(ui);
    let RowLayout { width, names, ends, best } = layout;
    let height = if row.facts.is_empty() { LOW_ROW } else { ROW };
    let sense = if mark.is_some() { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(*width, height), sense);
    response.widget_info(|| match &mark {
        Some(mark) => WidgetInfo::selected(Role::Row, true, mark.selected, row_description(sheet, row, best)),
        None => WidgetInfo::labeled(Role::Row, true, row_description(sheet, row, best)),
    });
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let quiet = row.role != RowRole::Measured;
    let ground = match row.role {
        RowRole::Lecture => Some(colors.canvas),
        _ if mark.as_ref().is_some_and(|mark| mark.selected) => Some(colors.accent_soft),
        _ if response.hovered() || mark.as_ref().is_some_and(|mark| mark.hovered) => Some(colors.raised),
        _ => None,
    };
    if let Some(ground) = ground {
        ui.painter().rect_filled(rect, 0.0, ground);
    }
    let color = if quiet { colors.text_weak } else { colors.text };
    let strong = if quiet { colors.text_weak } else { colors.text_strong };
    let mut left = rect.left() + if row.role == RowRole::Lecture { PADDING } else { 2.0 };
    if let Some(mark) = &mark {
        ui.painter().circle_filled(pos2(left + 8.0, rect.top() + LOW_ROW / 2.0), 5.0, mark.hue);
        left += SWATCH;
    }
    let room = rect.left() + names - left - PADDING;
    let lines = [
        (&row.name, theme::body_font(), strong, 5.0),
        (&row.facts, theme::small_font(), colors.text_weak, 22.0),
    ];
    for (text, font, color, top) in lines {
        let mut line = LayoutJob::simple_singleline(text.clone(), font, color);
        line.wrap = TextWrapping::truncate_at_width(room);
        let galley = ui.painter().layout_job(line);
        ui.painter().galley(pos2(left, rect.top() + top), galley, color);
    }
    for (at, (_, end)) in ends.iter().enumerate() {
        let is_best = sheet.is_best(row, at, best);
        let (font, color) = match is_best {
            true => (theme::semibold_font(13.0), colors.good),
            false => (theme::body_font(), color),
        };
        let right = pos2(rect.left() + end - PADDING, rect.center().y);
        let galley = ui.painter().layout_no_wrap(sheet.shown(row, at), font, color);
        let text = Align2::RIGHT_CENTER.anchor_size(right, galley.size());
        if is_best {
            let ground = text.expand2(vec2(6.0, 3.0));
            ui.painter().rect_filled(ground, theme::RADIUS_SMALL, colors.good.gamma_multiply(0.14));
        }
        ui.painter().galley(text.min, galley, color);
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, colors.line.gamma_multiply(0.6)));
    response.on_hover_ui(|ui| {
        for (index, line) in row.help.iter().enumerate() {
            match index {
                0 => ui.label(theme::semibold(line, 13.0)),
                _ => ui.label(line),
            };
        }
    })
}

/// A row as it is read aloud.
fn row_description(sheet: &Sheet, row: &SheetRow, best: &[Option<String>]) -> String {
    let cells = sheet.heads.iter().enumerate().map(|(at, head)| {
        let best = if sheet.is_best(row, at, best) { " (best)" } else { "" };
        format!("{} {}{best}", head.in_column().heading(), sheet.shown(row, at))
    });
    let name = match row.role {
        RowRole::Lecture => format!("{} (lecture)", row.name),
        _ => row.name.clone(),
    };
    std::iter::once(name).chain(cells).collect::<Vec<_>>().join(", ")
}
