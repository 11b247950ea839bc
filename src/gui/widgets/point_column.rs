//! A column of numbers beneath each other by their decimal points.

use eframe::egui::{Color32, FontId, Ui};

use crate::gui::theme;

/// Widths that the numbers of a column need before and behind the point.
#[derive(Default)]
pub struct PointColumn {
    before: f32,
    behind: f32,
    /// Width of words, which have no point and end where the column ends.
    words: f32,
}

impl PointColumn {
    /// The column of these cells, of which each may be written in bold.
    pub fn of(ui: &Ui, cells: impl Iterator<Item = String>) -> Self {
        let mut column = PointColumn::default();
        for cell in cells {
            let wide = |text: &str| width(ui, text, theme::semibold_font(13.0));
            match parts(&cell) {
                Some((before, behind)) => {
                    column.before = column.before.max(wide(before));
                    column.behind = column.behind.max(wide(behind));
                }
                None => column.words = column.words.max(wide(&cell)),
            }
        }
        column
    }

    /// Width of the widest cell.
    pub fn width(&self) -> f32 {
        (self.before + self.behind).max(self.words)
    }

    /// Where a cell begins in a column that ends at `right`.
    pub fn left(&self, ui: &Ui, cell: &str, font: FontId, right: f32) -> f32 {
        match parts(cell) {
            Some((before, _)) => right - self.behind - width(ui, before, font),
            None => right - width(ui, cell, font),
        }
    }
}

/// A number before its point, and from the point on; none of words.
fn parts(cell: &str) -> Option<(&str, &str)> {
    let digits = cell.trim_start_matches('−');
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit()) && digits.parse::<f64>().is_ok();
    (is_number || matches!(digits, "–" | "∞")).then(|| cell.split_at(cell.find('.').unwrap_or(cell.len())))
}

fn width(ui: &Ui, text: &str, font: FontId) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn numbers_are_parted_at_their_point_and_words_are_not() {
        assert_eq!(parts("−12.50"), Some(("−12", ".50")));
        assert_eq!(parts("202"), Some(("202", "")));
        assert_eq!((parts("–"), parts("∞")), (Some(("–", "")), Some(("∞", ""))));
        assert_eq!((parts("gaussian:0.2"), parts("vae"), parts("3rd")), (None, None, None));
    }
}
