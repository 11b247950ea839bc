//! What the rooms outside the window say: the texts in their code, as the compiler reads them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Rooms whose sentences never reach the window, and why.
const NOT_SHOWN: [(&str, &str); 17] = [
    ("src/gui/", "its own words stand within t!"),
    ("src/cli/", "the command line is English"),
    ("src/main.rs", "the command line is English"),
    ("src/config/sweep/", "sweeps are the command line's"),
    ("src/experiments/lecture/", "the lecture's tables are repeated by the command line"),
    ("src/experiments/extractor/", "the extractor is trained and measured by the command line"),
    ("src/worker/faces.rs", "faces are written by the command line"),
    ("src/measure/codes.rs", "codes are written by the command line"),
    ("src/measure/likelihood.rs", "likelihoods are asked for by the command line"),
    ("src/interchange/", "models are exported by the command line"),
    ("src/ranks/", "a job on many processes has no window"),
    ("src/about/", "names and terms of licences, which the window shows by `tr`"),
    ("src/faces/", "draws"),
    ("src/nn/", "faults of layers, which an error quotes as words of the tensor library"),
    ("src/table/render.rs", "files"),
    ("src/report/atlas_plot.rs", "a plot that the worker draws into a file"),
    ("src/report/lecture.rs", "heads of files; the window has its own"),
];

/// Texts in the other rooms that are no words for a person, and why.
const NO_WORDS: [(&str, &str); 26] = [
    ("Written by morphospace export.", "in the file that it marks"),
    ("built-in faces %{0}", "identifies a cache"),
    ("squares %{0} %{1}", "identifies a cache"),
    ("faces %{0} %{1} %{2}", "identifies a cache"),
    ("map %{0} by %{1} of %{2}, seed %{3}, %{4} neighbours", "identifies a cache"),
    ("Failed to create metal resource: Buffer", "of the tensor library"),
    ("a card that is full", "of a card in tests"),
    ("DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")", "of a card in tests"),
    ("RE / PCA", "a formula"),
    ("RE / PNG", "a formula"),
    ("−ELBO − PNG", "a formula"),
    ("{'descr': '%{0}', 'fortran_order': False, 'shape': (%{1}), }", "in a file of NumPy"),
    ("the bytes of a PNG file", "to whoever writes a file of ours by hand"),
    ("bytes that are no picture in 8-bit RGB", "to whoever writes a file of ours by hand"),
    ("VAE + flow · FFHQ 64", "a name"),
    ("VAE · FFHQ 64", "a name"),
    ("AE · FFHQ 64", "a name"),
    ("SAE · FFHQ 64", "a name"),
    ("DAE · FFHQ 64", "a name"),
    ("DAE on a grid · FFHQ 64", "a name"),
    ("VAE-GAN · FFHQ 64", "a name"),
    ("VAE · built-in faces 64", "a name"),
    ("DCGAN · FFHQ 64", "a name"),
    ("CUDA %{0}", "a name"),
    ("Likelihoods of %{0}", "asked for by the command line"),
    ("Extracting features of %{0}", "asked for by the command line"),
];

/// Parts of sentences, which stand in the keys of these.
pub const PARTS: [&str; 11] = [
    "the only image",
    "none of the %{0} images",
    "can be read",
    "one of them",
    "and %{0} more",
    " and %{0} more",
    "; and %{0} more",
    ", or a lower %{0}",
    "1 file was",
    "%{0} files were",
    "model of that name in the program; in it are %{0}",
];

/// Macros whose words only a programmer sees.
const PANICS: [&str; 14] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "panic",
    "unreachable",
    "matches",
    "include_str",
    "include_bytes",
    "env",
    "option_env",
    "concat",
];
/// Functions whose texts only a programmer sees: what cannot be, names of threads, arguments of programs.
const UNSEEN: [&str; 4] = ["expect", "spawn", "name", "arg"];

/// Everything that the rooms say.
#[derive(Default)]
pub struct Spoken {
    /// Texts of two or more words, as keys, in rooms that the window shows.
    pub sentences: BTreeSet<String>,
    /// All texts, as keys.
    pub texts: BTreeSet<String>,
    /// Action that an `Error::io` says cannot be done, as in "read".
    pub actions: BTreeSet<String>,
}

/// Reads the sources.
pub fn of_the_sources(root: &Path) -> Spoken {
    let mut spoken = Spoken::default();
    for entry in walkdir::WalkDir::new(root.join("src")).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        let is_code = name.ends_with(".rs") && !name.ends_with("/tests.rs") && !name.ends_with("_tests.rs");
        if !is_code || name.starts_with("src/cli/") || name.starts_with("src/gui/") {
            continue;
        }
        let code: TokenStream = fs::read_to_string(&path).unwrap().parse().unwrap();
        let mut texts = BTreeSet::new();
        read(code, &mut texts, &mut spoken.actions);
        let texts: BTreeSet<String> = texts.iter().map(|text| key(text)).collect();
        if !NOT_SHOWN.iter().any(|(room, _)| name.starts_with(room)) {
            let said =
                texts.iter().filter(|text| is_sentence(text) && !NO_WORDS.iter().any(|(no, _)| no == text));
            spoken.sentences.extend(said.cloned());
        }
        spoken.texts.extend(texts);
    }
    // They complete "cannot … PATH".
    spoken.sentences.retain(|text| !spoken.actions.contains(text));
    spoken
}

/// Excuses for what is there no more.
pub fn excused_in_vain(root: &Path, spoken: &Spoken) -> Vec<&'static str> {
    let rooms = NOT_SHOWN.iter().map(|(room, _)| *room).filter(|room| !root.join(room).exists());
    let texts = NO_WORDS.iter().map(|(text, _)| *text).chain(PARTS);
    rooms.chain(texts.filter(|text| !spoken.texts.contains(*text))).collect()
}

/// Two words or more, or one and places.
fn is_sentence(key: &str) -> bool {
    let words = without_places(key, "");
    let has_word = words.split(|c: char| !c.is_alphabetic()).any(|word| word.len() > 2);
    has_word && without_places(key, "1").trim().contains(' ')
}

/// A key with something in its places.
pub fn without_places(key: &str, instead: &str) -> String {
    let mut text = String::new();
    let mut rest = key;
    while let Some((before, behind)) = rest.split_once("%{") {
        text += before;
        text += instead;
        rest = behind.split_once('}').map_or("", |(_, rest)| rest);
    }
    text + rest
}

/// A format string as a key: its places numbered, its doubled braces single.
fn key(text: &str) -> String {
    let mut key = String::new();
    let (mut rest, mut places) = (text, 0);
    while let Some(at) = rest.find(['{', '}']) {
        key += &rest[..at];
        let behind = &rest[at..];
        if let Some(rest_of_it) = behind.strip_prefix("{{").or_else(|| behind.strip_prefix("}}")) {
            key.push_str(&behind[..1]);
            rest = rest_of_it;
            continue;
        }
        let place = behind[1..].find('}').map(|end| &behind[1..=end]).filter(|_| behind.starts_with('{'));
        match place.filter(|inner| is_place(inner)) {
            Some(inner) => {
                key += &format!("%{{{places}}}");
                places += 1;
                rest = &behind[inner.len() + 2..];
            }
            None => {
                key.push_str(&behind[..1]);
                rest = &behind[1..];
            }
        }
    }
    key + rest
}

/// Whether this stands between the braces of a place: a name or number, and how it is written.
fn is_place(inner: &str) -> bool {
    let (name, how) = inner.split_once(':').unwrap_or((inner, ""));
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !how.contains([' ', '"', '\''])
}

/// Takes the texts out of code that is not for tests.
fn read(code: TokenStream, texts: &mut BTreeSet<String>, actions: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = code.into_iter().collect();
    let ident = |at: usize| match tokens.get(at) {
        Some(TokenTree::Ident(name)) => name.to_string(),
        _ => String::new(),
    };
    let mark = |at: usize, sign: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                let inner = usize::from(mark(at + 1, '!'));
                if let Some(TokenTree::Group(attribute)) = tokens.get(at + 1 + inner) {
                    at += 1 + inner;
                    let text = attribute.stream().to_string().replace(' ', "");
                    if text.starts_with("error(") {
                        read(attribute.stream(), texts, actions);
                    } else if text == "test" || text.starts_with("cfg(test") {
                        at = end_of_item(&tokens, at + 1);
                    }
                }
            }
            TokenTree::Group(group) => {
                let called = group.delimiter() == Delimiter::Parenthesis;
                let is_macro = at >= 2 && mark(at - 1, '!');
                let name =
                    if is_macro { ident(at - 2) } else { at.checked_sub(1).map(&ident).unwrap_or_default() };
                let unseen = called && !is_macro && UNSEEN.contains(&name.as_str());
                if !(is_macro && PANICS.contains(&name.as_str())) {
                    let first = group.stream().into_iter().next().and_then(|token| literal(&token));
                    if let (true, "io", Some(action)) = (called, name.as_str(), first) {
                        actions.insert(action);
                    }
                    let inner = group.stream().into_iter();
                    read(inner.filter(|token| !unseen || literal(token).is_none()).collect(), texts, actions);
                }
            }
            token => texts.extend(literal(token)),
        }
        at += 1;
    }
}

fn literal(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else { return None };
    syn::parse_str::<syn::LitStr>(&literal.to_string()).ok().map(|text| text.value())
}

/// The last token of the item that begins there.
fn end_of_item(tokens: &[TokenTree], from: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    };
    (from..tokens.len()).find(|at| ends(&tokens[*at])).unwrap_or(tokens.len())
}
