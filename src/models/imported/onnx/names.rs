//! Names of arrays.

use crate::config::Spread;

/// Whether one of the words of a name (parted by anything but letters) is one of these.
pub fn has_word(name: &str, words: &[&str]) -> bool {
    let mut parts = name.split(|c: char| !c.is_ascii_alphabetic());
    parts.any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word)))
}

/// The spread that an array is called after.
pub fn spread_of(name: &str) -> Option<Spread> {
    let plain: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    let has = |word: &str| plain.contains(word);
    match () {
        () if has("logvar") || has("lnvar") => Some(Spread::LogVariance),
        () if has("logstd") || has("logsigma") || has("logscale") => Some(Spread::LogDeviation),
        () if has("std") || has("sigma") || has("scale") => Some(Spread::Deviation),
        () if has("var") => Some(Spread::Variance),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_called_in_many_ways() {
        for (name, spread) in [
            ("logvar", Some(Spread::LogVariance)),
            ("z_log_var", Some(Spread::LogVariance)),
            ("log_sigma", Some(Spread::LogDeviation)),
            ("sigma", Some(Spread::Deviation)),
            ("posterior_std", Some(Spread::Deviation)),
            ("variance", Some(Spread::Variance)),
            ("mu", None),
            ("z", None),
        ] {
            assert_eq!(spread_of(name), spread, "{name}");
        }
        assert!(has_word("latent_z", &["z"]) && !has_word("size", &["z"]));
    }
}
