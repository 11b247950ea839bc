//! Names of directions that a person understands, from the columns of a table.

/// Columns of well-known tables, and what they are called.
const KNOWN: &[(&str, &str)] = &[
    ("yaw", "turn head"),
    ("pitch", "nod"),
    ("roll", "tilt"),
    ("hair_dark", "dark hair"),
    ("exposure", "light"),
    ("smiling", "smile"),
    ("eyeglasses", "glasses"),
];

/// Columns that say how a photo came out and nothing of who is on it. They are held in a regression, and no direction is
/// made of them unless it is asked for.
pub const NUISANCES: &[&str] = &["blur"];

/// Name of a column, as in "dark hair" for `hair_dark`.
pub fn of_column(column: &str) -> String {
    let lower = column.to_lowercase();
    match KNOWN.iter().find(|(known, _)| *known == lower) {
        Some((_, name)) => (*name).to_owned(),
        None => words(column),
    }
}

/// Name of a category of a column: "sunglasses" of `glasses`, "round glasses" of `glasses`, "afro hair style".
pub fn of_category(column: &str, category: &str) -> String {
    let (column, category) = (of_column(column), words(category));
    match category.contains(&column) {
        true => category,
        false => format!("{category} {column}"),
    }
}

/// Whether a category says that there is nothing of the column: `none`, `no`, `NoGlasses` of `glasses`.
pub fn is_nothing(column: &str, category: &str) -> bool {
    let (column, category) = (column.to_lowercase(), category.to_lowercase());
    ["none", "no", "false"].contains(&category.as_str())
        || category.strip_prefix("no").is_some_and(|rest| rest.trim_start_matches(['_', '-', ' ']) == column)
}

/// Whether a person's word means a column: by its own name or by that of its direction.
pub fn means(word: &str, column: &str) -> bool {
    let word = word.trim();
    word.eq_ignore_ascii_case(column) || words(word) == of_column(column)
}

/// Small letters with spaces for what else parts words: `hair_dark`, `eye-size` and `ReadingGlasses` alike.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 4);
    let mut before = ' ';
    for c in text.trim().chars() {
        if matches!(c, '_' | '-' | ' ') {
            words.push(' ');
        } else {
            if c.is_uppercase() && before.is_lowercase() {
                words.push(' ');
            }
            words.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_categories_are_called_as_people_call_them() {
        for (column, name) in
            [("yaw", "turn head"), ("Hair_Dark", "dark hair"), ("smile", "smile"), ("eye_size", "eye size")]
        {
            assert_eq!(of_column(column), name);
            assert!(means(column, column) && means(name, column), "{name}");
        }
        assert!(means("turn-head", "yaw") && !means("nod", "yaw"));
        for (column, category, name) in [
            ("glasses", "ReadingGlasses", "reading glasses"),
            ("glasses", "Sunglasses", "sunglasses"),
            ("glasses", "round", "round glasses"),
            ("hair_style", "side-part", "side part hair style"),
        ] {
            assert_eq!(of_category(column, category), name);
        }
        assert!(
            is_nothing("glasses", "NoGlasses") && is_nothing("beard", "none") && is_nothing("hat", "no_hat")
        );
        assert!(!is_nothing("nose", "normal") && !is_nothing("glasses", "round"));
    }
}
