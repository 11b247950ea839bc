//! A table of numbers: heads that explain themselves and sort, the best number of each column marked, what
//! was measured elsewhere set apart.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Color32, CursorIcon, FontId, Rect, Response, Role, ScrollArea, Sense, Shape, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};
use rust_i18n::t;

use super::point_column::PointColumn;
use super::row_focus::RowFocus;
use crate::gui::quantity_words;
use crate::gui::state::compare::sheet::{RowRole, Sheet, SheetRow, Sort};
use crate::gui::theme;
use crate::table::{Better, Quantity};

/// Height of heads of one line.
const HEAD: f32 = 28.0;
/// Height of heads that say which numbers are better.
const TALL_HEAD: f32 = 40.0;
/// Height of a row.
const ROW: f32 = 40.0;
/// Height of a row with nothing beneath its name.
const LOW_ROW: f32 = 28.0;
/// Height of the line over the published rows.
const PART: f32 = 26.0;
/// Narrowest the column of names gets.
const NAMES: f32 = 112.0;
/// Its part of the room that is left when all columns have what they need.
const NAMES_PART: f32 = 0.4;
/// Most of the room that names of rows get before the numbers have theirs.
const MOST_NAMES: f32 = 0.3;
/// Room for the colour of a row.
const SWATCH: f32 = 20.0;
/// Points around a number.
const PADDING: f32 = 8.0;
/// Room for the mark of the column that sorts.
const SORT_MARK: f32 = 13.0;

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
    // Heads get shorter before names are cut.
    let whole_names = room_for_names(ui, sheet, room, choice.is_some());
    let names = if choice.is_some() { whole_names } else { NAMES };
    let columns = columns(ui, sheet);
    let least = |heads: &[HeadText]| {
        let width =
            |(head, column): (&HeadText, &PointColumn)| head.width(ui).max(column.width() + 2.0 * PADDING);
        heads.iter().zip(&columns).map(width).collect::<Vec<f32>>()
    };
    let mut wanted = HeadLength::ALL.into_iter().map(|length| heads(sheet, length));
    let mut heads = wanted.next().unwrap_or_default();
    let mut numbers = least(&heads);
    while whole_names + numbers.iter().sum::<f32>() > room
        && let Some(shorter) = wanted.next()
    {
        (numbers, heads) = (least(&shorter), shorter);
    }
    let least = names + numbers.iter().sum::<f32>();
    let layout = |numbers: &[f32], width: f32| RowLayout::new(sheet, &columns, numbers, width);
    if least <= room {
        let spare = (room - whole_names - numbers.iter().sum::<f32>()).max(0.0);
        let more = spare * (1.0 - NAMES_PART) / numbers.len().max(1) as f32;
        numbers.iter_mut().for_each(|width| *width += more);
        return rows(ui, sheet, sort, &heads, &layout(&numbers, room), choice);
    }
    let scroll = ScrollArea::horizontal().id_salt(sheet.title);
    scroll.show(ui, |ui| rows(ui, sheet, sort, &heads, &layout(&numbers, least), choice)).inner
}

/// Width that names of rows need, with their colours if there are any, within bounds.
fn room_for_names(ui: &Ui, sheet: &Sheet, room: f32, are_coloured: bool) -> f32 {
    let wide =
        |text: &str, font| ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x;
    let before = if are_coloured { SWATCH } else { 0.0 };
    let width = |row: &SheetRow| {
        let name = wide(&row.name, theme::body_font()).max(wide(&row.facts, theme::small_font()));
        name + before + 2.0 * PADDING
    };
    sheet.rows.iter().map(width).fold(NAMES, f32::max).min(room * MOST_NAMES)
}

/// The columns with what they need for their numbers.
fn columns(ui: &Ui, sheet: &Sheet) -> Vec<PointColumn> {
    let column = |at: usize| PointColumn::of(ui, sheet.rows.iter().map(|row| sheet.shown(row, at)));
    (0..sheet.heads.len()).map(column).collect()
}

/// Words of heads, the longest first; all columns have those for which there is room.
#[derive(Clone, Copy)]
enum HeadLength {
    Full,
    Short,
    Arrows,
    Bare,
}

impl HeadLength {
    const ALL: [HeadLength; 4] = [HeadLength::Full, HeadLength::Short, HeadLength::Arrows, HeadLength::Bare];
}

/// The words of a head: the name, and which numbers are better.
struct HeadText {
    name: String,
    better: String,
}

impl HeadText {
    fn width(&self, ui: &Ui) -> f32 {
        let width = |text: &str| {
            let galley =
                ui.painter().layout_no_wrap(text.to_owned(), theme::small_font(), Color32::PLACEHOLDER);
            galley.size().x + 2.0 * PADDING
        };
        (width(&self.name) + SORT_MARK).max(width(&self.better))
    }
}

fn heads(sheet: &Sheet, length: HeadLength) -> Vec<HeadText> {
    let head = |quantity: &Quantity| {
        let (title, short) = (quantity_words::title(quantity), quantity_words::short_title(quantity));
        let name = match length {
            HeadLength::Full => quantity_words::with_unit(title, quantity.unit),
            HeadLength::Short | HeadLength::Arrows => quantity_words::with_unit(short, quantity.unit),
            // Units are told on hover.
            HeadLength::Bare => short,
        };
        let better = match (quantity.better, length) {
            (None, _) => String::new(),
            (Some(better), HeadLength::Full | HeadLength::Short) => quantity_words::better_words(better),
            (Some(Better::Up), _) => t!("↑ better").into_owned(),
            (Some(Better::Down), _) => t!("↓ better").into_owned(),
        };
        HeadText { name, better }
    };
    sheet.heads.iter().map(head).collect()
}

fn rows(
    ui: &mut Ui,
    sheet: &Sheet,
    sort: Option<Sort>,
    heads: &[HeadText],
    layout: &RowLayout<'_>,
    choice: Option<&RowChoice<'_>>,
) -> TableResponse {
    ui.spacing_mut().item_spacing.y = 0.0;
    let width = layout.width;
    let height = if heads.iter().any(|head| !head.better.is_empty()) { TALL_HEAD } else { HEAD };
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let place = |(left, right): (f32, f32)| {
        Rect::from_x_y_ranges(rect.left() + left..=rect.left() + right, rect.y_range())
    };
    let names = HeadText { name: sheet.rows_are.words().into_owned(), better: String::new() };
    let help = t!("Click to sort by name");
    let names_head = Head { text: &names, name: &names.name, help: &help, column: None, rises: true };
    let mut told = TableResponse {
        head: names_head.show(ui, place((0.0, layout.names)), sort).then_some(None),
        ..Default::default()
    };
    for ((quantity, ends), text) in sheet.heads.iter().zip(&layout.ends).zip(heads) {
        let name = spoken_head(quantity);
        let help = t!(
            "%{name}. %{definition} Click to sort.",
            name = heading(quantity),
            definition = quantity_words::help(quantity)
        );
        let rises = quantity.better != Some(Better::Up);
        let head = Head { text, name: &name, help: &help, column: Some(quantity.column), rises };
        if head.show(ui, place(*ends), sort) {
            told.head = Some(Some(quantity.column));
        }
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, theme::colors(ui).line));
    let chosen = choice
        .and_then(|choice| sheet.rows.iter().position(|row| choice.selected == Some(row.name.as_str())));
    let focus = RowFocus::new(ui, sheet.rows.len(), chosen.unwrap_or(0));
    let mut published = false;
    for (at, row) in sheet.rows.iter().enumerate() {
        if row.role == RowRole::Lecture && !std::mem::replace(&mut published, true) {
            part(ui, width, &t!("Published in the lecture, measured on other images"));
        }
        let response = one(ui, sheet, (at, row), layout, &focus, mark(choice, at, row));
        told.row = told.row.or(response.clicked().then_some(at));
        told.hovered = told.hovered.or(response.hovered().then_some(at));
    }
    told
}

/// The name of a quantity with its unit.
fn heading(quantity: &Quantity) -> String {
    quantity_words::with_unit(quantity_words::title(quantity), quantity.unit)
}

/// A head as it is read aloud, as in "PSNR (dB), higher is better".
fn spoken_head(quantity: &Quantity) -> String {
    match quantity.better {
        None => heading(quantity),
        Some(better) => format!("{}, {}", heading(quantity), quantity_words::better_words(better)),
    }
}

/// The head of a column.
struct Head<'a> {
    /// As it is painted.
    text: &'a HeadText,
    /// In full, for those who listen.
    name: &'a str,
    /// Shown on hover.
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
        let response = ui.interact(rect, ui.scope_id().with(("head", column)), Sense::click());
        let sorts = sort.filter(|sort| sort.column == column);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, sorts.is_some(), name));
        let color = match () {
            () if response.hovered() || response.has_focus() || sorts.is_some() => colors.text_strong,
            () => colors.text,
        };
        let (x, anchor) = match column {
            None => (rect.left() + 2.0, Align2::LEFT_CENTER),
            Some(_) => (rect.right() - PADDING, Align2::RIGHT_CENTER),
        };
        // Names stand in one line, whether or not something stands beneath them.
        let y = rect.top() + HEAD / 2.0 - if rect.height() > HEAD { 1.0 } else { 0.0 };
        let painted = ui.painter().text(pos2(x, y), anchor, &text.name, theme::small_font(), color);
        if !text.better.is_empty() {
            let below = pos2(x, y + 14.0);
            ui.painter().text(below, anchor, &text.better, FontId::proportional(10.0), colors.text_weak);
        }
        if let Some(sort) = sorts {
            let tip = if rises == sort.reversed { 2.5 } else { -2.5 };
            let x = if column.is_none() { painted.right() + 9.0 } else { painted.left() - 9.0 };
            let center = pos2(x, painted.center().y);
            let points = vec![center + vec2(-3.5, -tip), center + vec2(3.5, -tip), center + vec2(0.0, tip)];
            ui.painter().add(Shape::convex_polygon(points, colors.accent, Stroke::NONE));
            let under = rect.shrink2(vec2(if column.is_none() { 2.0 } else { PADDING - 2.0 }, 0.0));
            ui.painter().hline(under.x_range(), rect.bottom() - 1.0, Stroke::new(2.0, colors.accent));
        }
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
struct RowLayout<'a> {
    width: f32,
    /// Width of the column of names.
    names: f32,
    /// Beginning and end of each column of numbers.
    ends: Vec<(f32, f32)>,
    /// Places of the numbers in them.
    columns: &'a [PointColumn],
    /// The best number of each.
    best: Vec<Option<String>>,
}

impl<'a> RowLayout<'a> {
    fn new(sheet: &Sheet, columns: &'a [PointColumn], numbers: &[f32], width: f32) -> Self {
        let names = width - numbers.iter().sum::<f32>();
        let mut right = names;
        let ends = numbers.iter().map(|number| {
            let left = right;
            right += number;
            (left, right)
        });
        RowLayout { width, names, ends: ends.collect(), columns, best: sheet.best() }
    }
}

fn one(
    ui: &mut Ui,
    sheet: &Sheet,
    (number, row): (usize, &SheetRow),
    layout: &RowLayout<'_>,
    focus: &RowFocus,
    mark: Option<RowMark>,
) -> Response {
    let colors = theme::colors(ui);
    let RowLayout { width, names, ends, columns, best } = layout;
    let height = if row.facts.is_empty() { LOW_ROW } else { ROW };
    let sense = if mark.is_some() { Sense::click() } else { Sense::hover() };
    let (rect, _) = ui.allocate_exact_size(vec2(*width, height), Sense::hover());
    let response = focus.row(ui, number, rect, sense);
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
    for (at, ((_, end), column)) in ends.iter().zip(*columns).enumerate() {
        let is_best = sheet.is_best(row, at, best);
        let (font, color) = match is_best {
            true => (theme::semibold_font(13.0), colors.good),
            false => (theme::body_font(), color),
        };
        let text = sheet.shown(row, at);
        let left = column.left(ui, &text, font.clone(), rect.left() + end - PADDING);
        let galley = ui.painter().layout_no_wrap(text, font, color);
        let text = Align2::LEFT_CENTER.anchor_size(pos2(left, rect.center().y), galley.size());
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
        let (name, value) = (heading(head), sheet.shown(row, at));
        match sheet.is_best(row, at, best) {
            true => t!("%{name} %{value} (best)", name = name, value = value).into_owned(),
            false => format!("{name} {value}"),
        }
    });
    let name = match row.role {
        RowRole::Lecture => t!("%{name} (lecture)", name = row.name).into_owned(),
        _ => row.name.clone(),
    };
    std::iter::once(name).chain(cells).collect::<Vec<_>>().join(", ")
}
