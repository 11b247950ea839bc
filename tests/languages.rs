//! The window's words in every language: none is missing, none is left over, and the letters are there. So are the
//! sentences of the other rooms that it shows.

#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "languages/sentences.rs"]
mod sentences;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use eframe::egui::{Context, RawInput};
use morphospace::config;
use morphospace::gui::theme;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// The English texts within `t!` of some code, as the compiler reads them.
fn texts(code: TokenStream, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = code.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let macro_call = group.delimiter() == Delimiter::Parenthesis
            && at >= 2
            && matches!(&tokens[at - 2], TokenTree::Ident(name) if name == "t")
            && matches!(&tokens[at - 1], TokenTree::Punct(mark) if mark.as_char() == '!');
        if let (true, Some(TokenTree::Literal(text))) = (macro_call, group.stream().into_iter().next()) {
            found.insert(syn::parse_str::<syn::LitStr>(&text.to_string()).unwrap().value());
        }
        texts(group.stream(), found);
    }
}

/// The texts of the window: those of its own code, and those of other rooms that it shows by `language::tr`.
fn english() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in walkdir::WalkDir::new(root("src/gui")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let code = fs::read_to_string(&path).unwrap();
            texts(code.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display())), &mut found);
        }
    }
    found.extend(words_of_other_rooms());
    found
}

fn words_of_other_rooms() -> impl Iterator<Item = String> {
    let claims = config::Claim::ALL.into_iter();
    let claims = claims.flat_map(|claim| [claim.title().to_owned(), claim.sentence().to_owned()]);
    let settings = config::Claim::ALL.into_iter().flat_map(config::Claim::settings);
    let settings = settings.flat_map(|setting| [title(&setting.name), setting.help.clone()]);
    let reports = morphospace::report::words().into_iter().map(str::to_owned);
    let parts = morphospace::about::licences::PARTS.into_iter().flat_map(|part| [part.name, part.terms]);
    let chapters = morphospace::experiments::collapse_words();
    let lines = config::all_help().chain(parts).chain(chapters).map(str::to_owned);
    lines.chain(claims).chain(settings).chain(reports)
}

/// The name of an option as the window shows it.
fn title(option: &str) -> String {
    let words = option.replace('-', " ");
    words[..1].to_uppercase() + &words[1..]
}

/// The translations, by the English text, of one language, and whether they are of sentences of other rooms.
fn translations(language: &str) -> BTreeMap<String, (String, bool)> {
    let mut all = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root("assets/locales")) {
        let path = entry.unwrap().into_path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(&format!(".{language}.toml")) {
            continue;
        }
        let is_said = path.parent().is_some_and(|folder| folder.ends_with("said"));
        let table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        for (key, value) in table {
            let value = value.as_str().unwrap_or_else(|| panic!("{name}: {key} is no text")).to_owned();
            assert!(
                all.insert(key.clone(), (value, is_said)).is_none(),
                "{name}: {key} stands elsewhere, too"
            );
        }
    }
    all
}

/// The names between `%{` and `}`.
fn placeholders(text: &str) -> BTreeSet<&str> {
    places(text).into_iter().collect()
}

fn places(text: &str) -> Vec<&str> {
    text.split("%{").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn every_word_of_the_window_is_there_in_vietnamese() {
    let (english, vietnamese) = (english(), translations("vi"));
    let missing: Vec<_> = english.iter().filter(|text| !vietnamese.contains_key(*text)).collect();
    let of_window = vietnamese.iter().filter(|(_, (_, is_said))| !is_said);
    let unused: Vec<_> =
        of_window.clone().map(|(text, _)| text).filter(|text| !english.contains(*text)).collect();
    assert!(missing.is_empty(), "{} are missing: {missing:#?}", missing.len());
    assert!(unused.is_empty(), "{} are no longer used: {unused:#?}", unused.len());
    for (text, (translated, _)) in of_window {
        assert_eq!(placeholders(text), placeholders(translated), "{text}");
        assert!(!translated.trim().is_empty(), "{text}");
    }
}

/// Sentences put together of others, by marks alone.
const JOINED: [&str; 4] = ["%{0}, %{1}", "%{0}; %{1}", "%{0} at %{1}, %{2}", "%{0} at %{1} to %{2}, %{3}"];
/// Letters of its own from which on a format string says what a key may be of.
const ENOUGH: usize = 4;
/// Stands for whatever is in a place.
const PLACE: &str = "\u{1}";

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

/// Whether a key is what a format string says with some words in its places.
fn is_of(key: &str, format: &str) -> bool {
    let words: Vec<&str> = format.split(PLACE).collect();
    let [first, between @ .., last] = &words[..] else { return key == format };
    let inner = key.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
    let found = |rest: &str| {
        between
            .iter()
            .try_fold(rest, |rest, words| rest.split_once(words).map(|(_, behind)| behind))
            .is_some()
    };
    letters(&words.concat()) >= ENOUGH && inner.is_some_and(found)
}

/// Whether a key is a format string with nothing but marks and places around it.
fn is_around(key: &str, format: &str) -> bool {
    letters(format) >= ENOUGH && key.contains(format) && letters(&key.replacen(format, "", 1)) == 0
}

/// The system's words for an error, by its number in them.
fn is_of_the_system(key: &str) -> bool {
    let number = key.split_once("(os error ").and_then(|(_, rest)| rest.strip_suffix(')')?.parse().ok());
    // Elsewhere it says something else.
    number.is_some_and(|number| {
        !cfg!(target_os = "linux") || std::io::Error::from_raw_os_error(number).to_string() == key
    })
}

#[test]
fn every_sentence_of_the_other_rooms_is_there_in_vietnamese() {
    let spoken = sentences::of_the_sources(&root(""));
    let excused = sentences::excused_in_vain(&root(""), &spoken);
    assert!(excused.is_empty(), "excused, and there no more: {excused:#?}");
    assert!(spoken.sentences.len() > 1000 && spoken.actions.len() > 10, "the sources are read");

    let vietnamese = translations("vi");
    let plain = |text: &str| sentences::without_places(text, PLACE);
    let refusal = |action: &String| format!("cannot {action} %{{0}}: %{{1}}");
    let refusals: BTreeSet<String> = spoken.actions.iter().map(refusal).collect();
    let said: BTreeMap<&String, (&String, String)> = vietnamese
        .iter()
        .filter(|(_, (_, is_said))| *is_said)
        .map(|(key, (text, _))| (key, (text, plain(key))))
        .collect();

    let is_there = |text: &String| {
        let format = plain(text);
        vietnamese.contains_key(text)
            || said.values().any(|(_, key)| is_of(key, &format))
            || sentences::PARTS.contains(&text.as_str())
                && said.values().any(|(_, key)| key.contains(&format))
    };
    let missing: Vec<_> = spoken.sentences.iter().chain(&refusals).filter(|text| !is_there(text)).collect();
    assert!(missing.is_empty(), "{} are missing: {missing:#?}", missing.len());

    let formats: Vec<String> = spoken.texts.iter().map(|text| plain(text)).collect();
    let has_source = |key: &String, plain: &String| match key.strip_prefix("cannot ") {
        Some(_) if plain.matches(PLACE).count() == 2 => refusals.contains(key) || spoken.texts.contains(key),
        _ => {
            JOINED.contains(&key.as_str())
                || spoken.texts.contains(key)
                || is_of_the_system(key)
                || formats.iter().any(|format| is_of(plain, format) || is_around(plain, format))
        }
    };
    let unused: Vec<_> =
        said.iter().filter(|(key, (_, plain))| !has_source(key, plain)).map(|(key, _)| key).collect();
    assert!(unused.is_empty(), "{} are no longer said: {unused:#?}", unused.len());

    for (key, (text, _)) in said {
        // A sentence within is marked by ~, a list of such by &.
        let (of_key, of_text) = (places(key), places(text));
        let unmarked: Vec<&str> = of_text.iter().map(|place| place.trim_start_matches(['~', '&'])).collect();
        assert_eq!(sorted(of_key), sorted(unmarked), "{key}");
        assert!(!text.trim().is_empty(), "{key}");
    }
}

fn sorted(mut places: Vec<&str>) -> Vec<&str> {
    places.sort_unstable();
    places
}

#[test]
fn the_typefaces_carry_every_letter() {
    let ctx = Context::default();
    theme::install(&ctx);
    let _ = ctx.run_ui(RawInput::default(), |_| ());
    let letters: BTreeSet<char> = translations("vi")
        .values()
        .flat_map(|(text, _)| text.chars().collect::<Vec<_>>())
        .filter(|letter| !letter.is_control())
        .collect();
    let alphabet = "ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ";
    for font in [theme::body_font(), theme::semibold_font(13.0)] {
        for letter in letters.iter().copied().chain(alphabet.chars()).chain(alphabet.to_uppercase().chars()) {
            assert!(ctx.fonts_mut(|fonts| fonts.has_glyph(&font, letter)), "{letter:?} in {:?}", font.family);
        }
    }
}
