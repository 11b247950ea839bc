//! Text that is too long for its place, with its middle left out: of a path both the beginning and the file matter, of a
//! name the number at its end.

use eframe::egui::{Color32, FontId, Label, Response, RichText, Ui};

use crate::gui::theme;

/// The text as it fits into this width.
pub fn fitted(ui: &Ui, text: &str, font: &FontId, width: f32) -> String {
    let measure = |text: &str| {
        ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x
    };
    cut(text, |text| measure(text) <= width)
}

/// The longest of the text and of what is left of it without more and more of its middle that fits.
fn cut(text: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let with = |kept: usize| {
        let end = kept.div_ceil(2);
        let beginning = letters[..kept - end].iter();
        beginning.chain(&['…']).chain(&letters[letters.len() - end..]).collect::<String>()
    };
    let (mut fitting, mut too_many) = (0, letters.len());
    while too_many - fitting > 1 {
        let middle = usize::midpoint(fitting, too_many);
        if fits(&with(middle)) {
            fitting = middle;
        } else {
            too_many = middle;
        }
    }
    with(fitting)
}

/// A label over the rest of the width that shows a path in weak text, and all of it on hover.
pub fn path(ui: &mut Ui, path: &str) -> Response {
    label(ui, path, theme::colors(ui).text_weak)
}

/// A label over the rest of the width, and all of its text on hover.
pub fn label(ui: &mut Ui, text: &str, color: Color32) -> Response {
    let shown = fitted(ui, text, &theme::body_font(), ui.available_width());
    let is_cut = shown != text;
    let response = ui.add(Label::new(RichText::new(shown).color(color)).extend()).accessible_name(text);
    if is_cut { response.on_hover_text(text) } else { response }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn both_ends_stay() {
        let within = |most: usize| move |text: &str| text.chars().count() <= most;
        assert_eq!(cut("/home/runs/vae", within(14)), "/home/runs/vae");
        assert_eq!(cut("/home/runs/vae faces 64 2", within(12)), "/home…s 64 2");
        assert_eq!(cut("ảảảảảảả", within(4)), "ả…ảả");
        assert_eq!(cut("abcdef", within(0)), "…");
    }
}
