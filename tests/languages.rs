//! The window's words in every language: none is missing, none is left over, and the letters are there.

#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

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

/// The translations, by the English text, of one language.
fn translations(language: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(root("assets/locales")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(&format!(".{language}.toml")) {
            continue;
        }
        let table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        for (key, value) in table {
            let value = value.as_str().unwrap_or_else(|| panic!("{name}: {key} is no text")).to_owned();
            assert!(all.insert(key.clone(), value).is_none(), "{name}: {key} stands in another file, too");
        }
    }
    all
}

/// The names between `%{` and `}`.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split("%{").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn every_word_of_the_window_is_there_in_vietnamese() {
    let (english, vietnamese) = (english(), translations("vi"));
    let missing: Vec<_> = english.iter().filter(|text| !vietnamese.contains_key(*text)).collect();
    let unused: Vec<_> = vietnamese.keys().filter(|text| !english.contains(*text)).collect();
    assert!(missing.is_empty(), "{} are missing: {missing:#?}", missing.len());
    assert!(unused.is_empty(), "{} are no longer used: {unused:#?}", unused.len());
    for (text, translated) in &vietnamese {
        assert_eq!(placeholders(text), placeholders(translated), "{text}");
        assert!(!translated.trim().is_empty(), "{text}");
    }
}

#[test]
fn the_typefaces_carry_every_letter() {
    let ctx = Context::default();
    theme::install(&ctx);
    let _ = ctx.run_ui(RawInput::default(), |_| ());
    let letters: BTreeSet<char> = translations("vi")
        .values()
        .flat_map(|text| text.chars().collect::<Vec<_>>())
        .filter(|letter| !letter.is_control())
        .collect();
    let alphabet = "ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ";
    for font in [theme::body_font(), theme::semibold_font(13.0)] {
        for letter in letters.iter().copied().chain(alphabet.chars()).chain(alphabet.to_uppercase().chars()) {
            assert!(ctx.fonts_mut(|fonts| fonts.has_glyph(&font, letter)), "{letter:?} in {:?}", font.family);
        }
    }
}
