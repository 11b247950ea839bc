//! Languages of the window. The words stand in the code in English, within `t!`; those of the other languages stand in
//! `assets/locales`, a file for each room, and are found by the English ones. Sentences that other rooms say are a
//! matter of [`said`](super::said).

use std::borrow::Cow;

use rust_i18n::t;
use serde::{Deserialize, Serialize};

/// A change in one of these builds the window anew, which the macro that reads them does not ask for.
const _: [&str; 16] = [
    include_str!("../../assets/locales/about.vi.toml"),
    include_str!("../../assets/locales/faces.vi.toml"),
    include_str!("../../assets/locales/quantities.vi.toml"),
    include_str!("../../assets/locales/settings.vi.toml"),
    include_str!("../../assets/locales/shell.vi.toml"),
    include_str!("../../assets/locales/tables.vi.toml"),
    include_str!("../../assets/locales/train.vi.toml"),
    include_str!("../../assets/locales/said/claims.vi.toml"),
    include_str!("../../assets/locales/said/data.vi.toml"),
    include_str!("../../assets/locales/said/measure.vi.toml"),
    include_str!("../../assets/locales/said/models.vi.toml"),
    include_str!("../../assets/locales/said/numbers.vi.toml"),
    include_str!("../../assets/locales/said/settings.vi.toml"),
    include_str!("../../assets/locales/said/system.vi.toml"),
    include_str!("../../assets/locales/said/train.vi.toml"),
    include_str!("../../assets/locales/said/worker.vi.toml"),
];

/// A language that the window speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English, in which the words are written.
    #[default]
    English,
    /// Vietnamese.
    Vietnamese,
}

impl Language {
    /// Every language.
    pub const ALL: [Language; 2] = [Language::English, Language::Vietnamese];

    /// Its name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::Vietnamese => "Tiếng Việt",
        }
    }

    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Vietnamese => "vi",
        }
    }

    /// The language that the system is set to; English if that is none of these.
    pub fn of_system() -> Language {
        sys_locale::get_locales().next().map_or(Language::English, |tag| Language::of_tag(&tag))
    }

    /// The language of a tag with or without a region, as "vi-VN".
    fn of_tag(tag: &str) -> Language {
        let language = tag.split(['-', '_', '.']).next().unwrap_or_default();
        Language::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(language)).unwrap_or_default()
    }

    /// Makes the whole program's windows speak it from the next frame on.
    pub fn speak(self) {
        rust_i18n::set_locale(self.tag());
    }
}

/// Words that stand elsewhere in the code, as help of settings and names of quantities, in the language in use.
pub fn tr(english: &str) -> Cow<'_, str> {
    t!(english)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_systems_are_understood() {
        for tag in ["vi", "vi-VN", "vi_VN.UTF-8", "VI"] {
            assert_eq!(Language::of_tag(tag), Language::Vietnamese, "{tag}");
        }
        for tag in ["en-GB", "C", "POSIX", "", "de-DE", "vii"] {
            assert_eq!(Language::of_tag(tag), Language::English, "{tag}");
        }
    }
}
