//! Words for measured quantities in the language of the window. They stand in English beside the quantities, for files
//! and the command line.

use rust_i18n::t;

use super::language::tr;
use crate::table::{Better, Column, Quantity};

/// Its name at the beginning of a line.
pub fn title(quantity: &Quantity) -> String {
    capitalized(&tr(quantity.label))
}

/// Its short name at the beginning of a line.
pub fn short_title(quantity: &Quantity) -> String {
    capitalized(&tr(quantity.short))
}

/// Definition and better direction.
pub fn help(quantity: &Quantity) -> String {
    let better = quantity.better.map(better_sentence).unwrap_or_default();
    format!("{} {better}", tr(quantity.definition)).trim_end().to_owned()
}

/// The better direction in a sentence.
pub fn better_sentence(better: Better) -> String {
    match better {
        Better::Up => t!("Higher is better."),
        Better::Down => t!("Lower is better."),
    }
    .into_owned()
}

/// The better direction in a few words.
pub fn better_words(better: Better) -> String {
    match better {
        Better::Up => t!("higher is better"),
        Better::Down => t!("lower is better"),
    }
    .into_owned()
}

/// A name with its unit, as in "PSNR (dB)".
pub fn with_unit(name: String, unit: &str) -> String {
    if unit.is_empty() { name } else { format!("{name} ({})", tr(unit)) }
}

/// The title of a column of a table that came from elsewhere, whose titles begin with a capital.
pub fn column_title(column: &Column) -> String {
    let known = tr(&column.title);
    if known != column.title.as_str() {
        return known.into_owned();
    }
    // Made from the label of a quantity.
    let mut rest = column.title.chars();
    let label: String = rest.next().into_iter().flat_map(char::to_lowercase).chain(rest).collect();
    let words = tr(&label);
    if words == label.as_str() { column.title.clone() } else { capitalized(&words) }
}

/// A number as it is read: with a minus sign in place of the hyphen.
pub fn minus(text: String) -> String {
    let is_number = text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_number { text.replacen('-', "−", 1) } else { text }
}

fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_below_zero_have_a_minus_sign_and_words_keep_their_hyphens() {
        let shown = ["-12.5", "0.5", "-", "–", "VAE-GAN", "-x"].map(|text| minus(text.into()));
        assert_eq!(shown, ["−12.5", "0.5", "-", "–", "VAE-GAN", "-x"]);
    }
}
