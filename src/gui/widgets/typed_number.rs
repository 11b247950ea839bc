//! Fields for numbers, typed as people write them.

use std::cell::RefCell;

use eframe::egui::{DragValue, Id, Response, Ui};
use rust_i18n::t;

/// Seconds for which it is said that a number could not be taken.
const SAID_FOR: f64 = 6.0;

/// Shows a field by `place`. It takes what [`parse`] takes, once the typing has ended, and says beneath the field
/// why a number was not taken.
pub fn show(
    ui: &mut Ui,
    field: DragValue<'_>,
    place: impl FnOnce(&mut Ui, DragValue<'_>) -> Response,
) -> Response {
    let problem = RefCell::new(None);
    let parser = |text: &str| match parse(text) {
        Ok(number) => Some(number),
        Err(sentence) => {
            problem.replace(Some(sentence));
            None
        }
    };
    let response = place(ui, field.update_while_editing(false).custom_parser(parser));
    say(ui, &response, problem.into_inner());
    response
}

/// Says a new problem, or goes on saying the last one until its time is over or something else is typed.
fn say(ui: &Ui, response: &Response, problem: Option<String>) {
    let (key, now) = (response.id.with("not taken"), ui.input(|input| input.time));
    let said: Option<(String, f64)> = match problem {
        Some(sentence) => Some((sentence, now + SAID_FOR)),
        None => ui.data(|data| data.get_temp(key)).filter(|(_, until)| *until > now && !response.has_focus()),
    };
    let Some((sentence, until)) = said else { return forget(ui, key) };
    response.show_tooltip_text(&sentence);
    ui.ctx().request_repaint_after_secs((until - now) as f32);
    ui.data_mut(|data| data.insert_temp(key, (sentence, until)));
}

fn forget(ui: &Ui, key: Id) {
    ui.data_mut(|data| data.remove::<(String, f64)>(key));
}

/// A typed number: point or comma before the decimals, spaces or the other mark between thousands, any minus.
///
/// # Errors
/// A sentence for a text that is no number, or that could be two: "1,000" is a thousand to one reader and one to
/// another.
pub fn parse(text: &str) -> Result<f64, String> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if matches!(c, '−' | '–') { '-' } else { c })
        .collect();
    let no_number = || {
        let typed: String = text.trim().chars().take(40).collect();
        t!("“%{text}” is not a number", text = typed).into_owned()
    };
    let marks = |mark| plain.matches(mark).count();
    let decimal = match (marks(','), marks('.')) {
        (0, 0 | 1) => plain,
        (1, 0) => {
            let (whole, rest) = plain.split_once(',').unwrap_or_default();
            let digits = whole.trim_start_matches(['-', '+']);
            let grouped = rest.len() == 3 && (1..=3).contains(&digits.len()) && digits != "0";
            if grouped && rest.bytes().all(|b| b.is_ascii_digit()) {
                return Err(t!(
                    "“%{text}” can be read in two ways: type %{thousands} or %{decimal}",
                    text = plain,
                    thousands = format!("{whole}{rest}"),
                    decimal = format!("{whole}.{rest}")
                )
                .into_owned());
            }
            plain.replace(',', ".")
        }
        (_, 0) => grouped(&plain, ',').ok_or_else(no_number)?,
        (0, _) => grouped(&plain, '.').ok_or_else(no_number)?,
        _ => {
            let last = if plain.rfind(',') > plain.rfind('.') { ',' } else { '.' };
            let (whole, rest) = plain.rsplit_once(last).unwrap_or_default();
            let other = if last == ',' { '.' } else { ',' };
            format!("{}.{rest}", grouped(whole, other).ok_or_else(no_number)?)
        }
    };
    decimal.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(no_number)
}

/// A whole number whose thousands are set apart by `mark`, without it; none if the groups are not of three.
fn grouped(text: &str, mark: char) -> Option<String> {
    let mut groups = text.split(mark);
    let first = groups.next()?.trim_start_matches(['-', '+']);
    let fits = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    fits.then(|| text.replace(mark, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comma_and_point_are_both_taken() {
        for (text, number) in [
            ("0,5", 0.5),
            ("0.5", 0.5),
            (" -1,25 ", -1.25),
            ("−3", -3.0),
            (",5", 0.5),
            ("0,125", 0.125),
            ("12 000", 12_000.0),
            ("1,234.5", 1234.5),
            ("1.234,5", 1234.5),
            ("1,234,567", 1_234_567.0),
            ("1e-3", 1e-3),
            ("1,5e-3", 1.5e-3),
        ] {
            assert_eq!(parse(text), Ok(number), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_taken_says_why() {
        for text in ["", "abc", "1,2,3", "1.2.3", "0,5,", "inf", "NaN", "1e999"] {
            assert!(parse(text).unwrap_err().contains("is not a number"), "{text}");
        }
        assert!(parse("1,000").unwrap_err().contains("type 1000 or 1.000"));
    }
}
