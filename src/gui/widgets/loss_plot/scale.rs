//! Axes: what lies where, which numbers are written beside them, and how.

use egui_plot::GridMark;

/// The axis of a plot between two values, linear or logarithmic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Places are powers of ten.
    pub log: bool,
}

impl Scale {
    /// Where a value is drawn; NaN where it is not.
    pub fn place(self, value: f64) -> f64 {
        match self.log {
            true if value > 0.0 => value.log10(),
            true => f64::NAN,
            false => value,
        }
    }

    /// The value drawn at a place.
    pub fn value(self, place: f64) -> f64 {
        if self.log { 10f64.powf(place) } else { place }
    }

    /// The marks between two places, `most` of them with a number. Those without have a `step_size` of 0.
    pub fn marks(self, from: f64, to: f64, most: f64) -> Vec<GridMark> {
        let whole = to - from;
        if !whole.is_finite() || whole <= 0.0 {
            return Vec::new();
        }
        // egui_plot writes the number of a mark whose `step_size` covers the number's height.
        let mark =
            |value: f64, written: bool| GridMark { value, step_size: if written { whole } else { 0.0 } };
        if !self.log {
            return round_numbers(from, to, most).into_iter().map(|value| mark(value, true)).collect();
        }
        let (low, high) = (self.value(from), self.value(to));
        if whole < 1.0 {
            // Less than a decade holds too few of 1, 2, 5.
            let values = round_numbers(low, high, most);
            return values.into_iter().map(|value| mark(self.place(value), true)).collect();
        }
        let decades = from.floor() as i32..=to.ceil() as i32;
        // Every which decade has a number, and whether 2 and 5 have one.
        let every = (whole / most.max(1.0)).ceil().max(1.0) as i32;
        let between = whole * 2.2 <= most;
        let mut marks = Vec::new();
        for decade in decades {
            for digit in 1..10 {
                let place = f64::from(decade) + f64::from(digit).log10();
                let written = match digit {
                    1 => decade.rem_euclid(every) == 0,
                    2 | 5 => between,
                    _ => false,
                };
                if (from..=to).contains(&place) && (digit == 1 || every == 1) {
                    marks.push(mark(place, written));
                }
            }
        }
        marks
    }
}

/// Multiples of 1, 2 or 5 times a power of ten, at most `most` of them.
fn round_numbers(from: f64, to: f64, most: f64) -> Vec<f64> {
    let rough = (to - from) / most.max(1.0);
    let power = 10f64.powf(rough.log10().floor());
    let stride = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|stride| *stride >= rough);
    let stride = stride.unwrap_or(10.0 * power);
    let first = (from / stride).ceil();
    let count = ((to / stride).floor() - first).max(-1.0) as usize + 1;
    // No rounding adds up, and 0 is 0.
    (0..count.min(1000)).map(|i| (first + i as f64) * stride + 0.0).collect()
}

/// The marks of an axis of steps, which are whole.
pub fn step_marks(from: f64, to: f64, most: f64) -> Vec<GridMark> {
    let marks = Scale { log: false }.marks(from, to, most);
    marks.into_iter().filter(|mark| mark.value >= 0.0 && mark.value.fract() == 0.0).collect()
}

/// A step beside an axis, as in "12k".
pub fn short_step(step: f64) -> String {
    let (value, unit) = match step.abs() {
        size if size >= 1e6 => (step / 1e6, "M"),
        size if size >= 1e3 => (step / 1e3, "k"),
        _ => (step, ""),
    };
    let text = format!("{value:.3}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A step in a sentence, as in "12,400".
pub fn long_step(step: f64) -> String {
    let digits = format!("{:.0}", step.max(0.0));
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A value beside an axis, in as few digits as say it.
pub fn short_value(value: f64) -> String {
    number(value, 6, |text| text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// A value to be read, in four digits; whole ones as they are.
pub fn long_value(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e6 {
        return minus(format!("{value:.0}"));
    }
    number(value, 4, str::to_owned)
}

/// Plain from a ten-thousandth up to a million, with an exponent beyond. `tidy` is given the digits.
fn number(value: f64, digits: usize, tidy: impl Fn(&str) -> String) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".into();
    }
    if !value.is_finite() {
        return "–".into();
    }
    if (1e-4..1e6).contains(&size) {
        // Rounded first, as 0.99999 is written as 1 is.
        let rounded = format!("{size:.*e}", digits - 1);
        let exponent = rounded.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        let text = format!("{value:.decimals$}");
        return minus(if text.contains('.') { tidy(&text) } else { text });
    }
    let text = format!("{value:.*e}", digits.min(4) - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = if mantissa.contains('.') { tidy(mantissa) } else { mantissa.to_owned() };
    minus(format!("{mantissa}e{exponent}"))
}

/// With minus signs in place of hyphens.
fn minus(text: String) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_say_what_they_are() {
        for (step, text) in
            [(0.0, "0"), (500.0, "500"), (12_000.0, "12k"), (12_500.0, "12.5k"), (1e6, "1M"), (2.5e6, "2.5M")]
        {
            assert_eq!(short_step(step), text);
        }
        for (step, text) in [(0.0, "0"), (999.0, "999"), (12_400.4, "12,400"), (1_234_567.0, "1,234,567")] {
            assert_eq!(long_step(step), text);
        }
        for (value, text) in [
            (0.0, "0"),
            (0.3, "0.3"),
            (1500.0, "1500"),
            (-2.5, "−2.5"),
            (0.0001, "0.0001"),
            (0.00002, "2e−5"),
            (3e9, "3e9"),
        ] {
            assert_eq!(short_value(value), text);
        }
        for (value, text) in [
            (0.123456, "0.1235"),
            (98.7654, "98.77"),
            (107.0, "107"),
            (0.99999, "1.000"),
            (1234.5, "1234"),
            (0.000012345, "1.234e−5"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(long_value(value), text);
        }
    }

    fn written(scale: Scale, from: f64, to: f64, most: f64) -> Vec<String> {
        let marks = scale.marks(scale.place(from), scale.place(to), most);
        let written = marks.iter().filter(|mark| mark.step_size > 0.0);
        written.map(|mark| short_value(scale.value(mark.value))).collect()
    }

    #[test]
    fn marks_are_round_numbers() {
        let linear = Scale { log: false };
        assert_eq!(written(linear, 0.0, 1.0, 5.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(written(linear, -3.0, 11.0, 4.0), ["0", "5", "10"]);
        assert_eq!(written(linear, 0.0131, 0.0149, 4.0), ["0.0135", "0.014", "0.0145"]);
        let steps: Vec<String> = step_marks(0.0, 3.0, 8.0).iter().map(|m| short_step(m.value)).collect();
        assert_eq!(steps, ["0", "1", "2", "3"]);
    }

    #[test]
    fn a_logarithmic_axis_has_its_numbers_at_powers_of_ten_or_at_1_2_5() {
        let log = Scale { log: true };
        assert_eq!(written(log, 0.9, 1100.0, 5.0), ["1", "10", "100", "1000"]);
        assert_eq!(written(log, 0.9, 11.0, 5.0), ["1", "2", "5", "10"]);
        assert_eq!(written(log, 1e-6, 1e6, 5.0), ["1e−6", "0.001", "1", "1000", "1e6"]);
        assert_eq!(written(log, 52.0, 71.0, 5.0), ["55", "60", "65", "70"]);
        let fine = log.marks(0.0, 2.0, 5.0);
        assert_eq!(fine.len(), 19, "the digits between have lines");
        for value in [0.0, -1.0, f64::NAN] {
            assert!(log.place(value).is_nan());
        }
        assert!((log.value(log.place(0.25)) - 0.25).abs() < 1e-12);
    }
}
