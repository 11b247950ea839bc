//! Names of directions in the language of the window.

use std::borrow::Cow;

use rust_i18n::t;

/// The name of a direction as it is read: those that come with the program are words of every language.
pub fn title(name: &str) -> Cow<'_, str> {
    match name {
        "smile" => t!("smile"),
        "glasses" => t!("glasses"),
        "sunglasses" => t!("sunglasses"),
        "age" => t!("age"),
        "nod" => t!("nod"),
        "turn head" => t!("turn head"),
        "beard" => t!("beard"),
        "bald" => t!("bald"),
        "dark hair" => t!("dark hair"),
        "light" => t!("light"),
        other => other.into(),
    }
}
