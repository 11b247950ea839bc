//! Keeps the arrows between the rooms as `src/lib.rs` draws them, looks where they belong, and no circle between
//! files.
//!
//! It reads the sources rather than the compiler's mind: comments, strings and the tests at a file's end
//! are left out, then every `crate::room`, every `use crate::{…}` and every outside crate is looked up.

#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

mod circles;

use std::path::{Path, PathBuf};

use circles::Modules;

/// Rooms at the bottom, which all may know.
const PLAIN: &[&str] = &[
    "about",
    "config",
    "content",
    "crop",
    "detached",
    "error",
    "image_buf",
    "memory",
    "own_data",
    "random",
    "ranks",
    "report",
    "scratch",
    "signals",
    "table",
    "text",
];
/// The rooms that compute, and those that they read from.
const BELOW_RUN: &[&str] = &[
    "priors",
    "models",
    "layout",
    "latent",
    "metrics",
    "filters",
    "losses",
    "nn",
    "data",
    "align",
    "resample",
    "faces",
    "atomic_file",
];

/// Crates that only some rooms may name, and those rooms.
const OUTSIDE: &[(&str, &[&str])] = &[
    (
        "candle_core",
        &[
            "worker",
            "experiments",
            "train",
            "measure",
            "interchange",
            "run",
            "features",
            "priors",
            "models",
            "losses",
            "nn",
            "align",
            "device",
            "error",
            "cli/bench",
        ],
    ),
    ("candle_nn", &["train", "priors", "models", "losses", "nn"]),
    ("eframe", &["gui"]),
    ("egui", &["gui"]),
    ("egui_plot", &["gui"]),
    ("rfd", &["gui"]),
    ("rust_i18n", &["gui", "lib"]),
    ("sys_locale", &["gui"]),
    ("arboard", &["gui"]),
    ("clap", &["cli", "cli/bench", "config", "main"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("indicatif", &["cli", "cli/bench"]),
    ("ctrlc", &["signals"]),
    ("mpi", &["ranks"]),
    ("signal_hook", &["signals"]),
    ("sysinfo", &["memory", "remote"]),
    ("crossbeam_channel", &["gui", "cli", "cli/bench", "remote", "worker", "features", "data"]),
    ("cbor4ii", &["remote"]),
    ("bhtsne", &["layout"]),
    ("tract_onnx", &["models"]),
    ("faer", &["priors", "layout", "latent", "metrics"]),
    // The register there says who draws what.
    ("rand", &["random"]),
    ("rand_chacha", &["random"]),
    ("rand_distr", &["random"]),
];

/// The rooms that `room` may name, itself and [`PLAIN`] always being among them.
fn may_know(room: &str) -> Option<Vec<&'static str>> {
    let above: &[&str] = match room {
        "main" => &["cli", "gui"],
        "gui" | "cli" => &["worker", "remote"],
        "remote" => return Some(vec!["worker", "atomic_file"]),
        // A bench measures one room by itself; of the window it drives what `gui::bench` shows of it.
        "cli/bench" => &[
            "cli", "gui", "worker", "remote", "train", "measure", "run", "observer", "features", "device",
            "export",
        ],
        "worker" => &[
            "experiments",
            "train",
            "measure",
            "interchange",
            "run",
            "observer",
            "features",
            "device",
            "export",
        ],
        "experiments" => &["train", "measure", "run", "observer", "features", "device", "export"],
        "train" => &["measure", "run", "observer", "features", "device", "export"],
        "measure" => &["run", "observer", "features", "device"],
        "interchange" => &["run"],
        "run" => &[],
        "features" => return Some(vec!["models", "metrics", "nn", "data", "resample", "atomic_file"]),
        "observer" => return Some(vec!["device"]),
        "losses" => return Some(vec!["models", "nn"]),
        "models" | "priors" => return Some(vec!["nn", "latent"]),
        "device" => return Some(vec!["nn"]),
        "layout" => return Some(vec!["latent", "metrics"]),
        "metrics" => return Some(vec!["data"]),
        "data" => return Some(vec!["align", "resample", "faces", "atomic_file"]),
        "align" => return Some(vec!["models", "nn", "resample"]),
        "export" => return Some(vec!["atomic_file"]),
        "latent" | "filters" | "nn" | "faces" | "resample" | "lib" | "atomic_file" => return Some(Vec::new()),
        room if PLAIN.contains(&room) => return Some(Vec::new()),
        _ => return None,
    };
    let below = if ["main", "gui", "cli"].contains(&room) { &[] } else { BELOW_RUN };
    Some([above, below].concat())
}

/// The room of a file under `src/`, as in `gui` for `gui/panels/explore.rs`.
fn room(file: &str) -> &str {
    if file.starts_with("cli/bench") {
        return "cli/bench";
    }
    file.split(['/', '.']).next().unwrap_or(file)
}

/// The code of a source file: without comments, string contents and the tests at its end.
fn code(source: &str) -> String {
    let tests = source.match_indices("#[cfg(test)]").map(|(at, _)| at).find(|at| {
        let mut after = source[*at..].lines().skip_while(|line| line.starts_with("#["));
        let after = after.next().unwrap_or_default();
        after.contains("mod ") && after.trim_end().ends_with('{')
    });
    let source = &source[..tests.unwrap_or(source.len())];
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") {
            3
        } else if first == '"' {
            string_end(rest)
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[skipped..];
    }
    code
}

/// Length of the string literal at the beginning of `text`.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Every room that `code` names through `crate::`.
fn rooms_named(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for root in ["crate::", "morphospace::"] {
        for (at, _) in code.match_indices(root) {
            if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let path = &code[at + root.len()..];
            match path.strip_prefix('{') {
                Some(group) => rooms.extend(group_heads(group)),
                None => rooms.push(identifier(path)),
            }
        }
    }
    // Types that the crate's root re-exports count as the room they live in.
    rooms.iter_mut().for_each(|room| match room.as_str() {
        "Error" | "Result" => *room = "error".into(),
        "ImageBuf" => *room = "image_buf".into(),
        _ => (),
    });
    rooms.sort();
    rooms.dedup();
    rooms
}

/// The first names of a group's members: of `a::{b, c}, d}` these are `a` and `d`.
fn group_heads(group: &str) -> Vec<String> {
    let (mut heads, mut depth, mut at_head) = (Vec::new(), 0, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_head = true,
            c if at_head && !c.is_whitespace() => {
                heads.push(identifier(&group[at..]));
                at_head = false;
            }
            _ => (),
        }
    }
    heads
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether `code` names the crate `name`.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + name.len()..];
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') && after.starts_with("::")
    })
}

/// Colours written down by hand; `PLACEHOLDER` and `TRANSPARENT` are no colours.
fn colours_named(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for kind in ["Color32::", "Rgba::"] {
        for (at, _) in code.match_indices(kind) {
            let name = identifier(&code[at + kind.len()..]);
            let constant = name.chars().all(|c| c.is_uppercase() || c == '_');
            let harmless = ["PLACEHOLDER", "TRANSPARENT"].contains(&name.as_str());
            if name.starts_with("from_") || (constant && !harmless) {
                found.push(format!("{kind}{name}"));
            }
        }
    }
    found.extend(code.contains("hex_color!").then(|| "hex_color!".to_owned()));
    found
}

/// Faults of a file, a sentence each.
fn faults(file: &str, source: &str) -> Vec<String> {
    let code = code(source);
    let room = room(file);
    let Some(allowed) = may_know(room) else {
        return vec![format!("src/{file} belongs to no room of this test; give it a place in the layers")];
    };
    let home = room.split('/').next().unwrap_or(room);
    let mut faults = Vec::new();
    for named in rooms_named(&code) {
        let known = named == home || PLAIN.contains(&named.as_str()) || allowed.contains(&named.as_str());
        if !known && may_know(&named).is_some() {
            faults.push(format!("src/{file} ({room}) may not know {named}"));
        }
    }
    for (name, rooms) in OUTSIDE {
        if names_crate(&code, name) && !rooms.contains(&room) {
            faults.push(format!("src/{file} ({room}) may not name {name}"));
        }
    }
    if room == "gui" && !file.starts_with("gui/theme") {
        faults.extend(
            colours_named(&code).iter().map(|c| format!("src/{file} has {c}; colours live in theme.rs")),
        );
    }
    faults
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The files of the program and their sources, sorted; those of tests may reach anywhere and are left out.
fn program() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    files.sort();
    assert!(files.len() > 20, "only {} files were found under {}", files.len(), src.display());
    let name = |path: &Path| path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
    let files = files.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap()));
    files.filter(|(file, _)| !file.ends_with("tests.rs")).collect()
}

#[test]
fn rooms_know_only_what_lies_below_them() {
    let wrong: Vec<String> = program().iter().flat_map(|(file, source)| faults(file, source)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_imports_itself_by_way_of_others() {
    let program = program();
    let files = program.iter().filter(|(file, _)| file != "main.rs");
    let circles = Modules::new(files.map(|(file, source)| (file.as_str(), source.as_str()))).circles();
    assert!(circles.is_empty(), "files import each other in a circle:\n{}", circles.join("\n"));
}

/// Docs that begin with a question instead of what the thing is.
fn questions(file: &str, source: &str) -> Vec<String> {
    let words = ["What", "How", "That", "Those", "Which", "The same"];
    let begins = |line: &str, word: &str| {
        let text = line.trim_start().strip_prefix("///").or_else(|| line.trim_start().strip_prefix("//!"));
        let rest = text.and_then(|text| text.trim_start().strip_prefix(word));
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    let is_doc = |line: &str| line.trim_start().starts_with("///") || line.trim_start().starts_with("//!");
    let mut found = Vec::new();
    let mut before = "";
    for line in source.lines() {
        // The first line of a paragraph; a sentence may be broken anywhere.
        let opens = !is_doc(before) || ["///", "//!"].contains(&before.trim());
        if opens && words.iter().any(|word| begins(line, word)) {
            found.push(format!("src/{file}: {}", line.trim()));
        }
        before = line;
    }
    found
}

#[test]
fn docs_begin_with_what_a_thing_is() {
    let found: Vec<String> = program().iter().flat_map(|(file, source)| questions(file, source)).collect();
    assert!(found.is_empty(), "docs begin with a noun or a verb:\n{}", found.join("\n"));
    assert_eq!(questions("a.rs", "/// What it is.\nfn a() {}\n\n/// A thing.\n/// What follows.").len(), 1);
    assert_eq!(questions("a.rs", "//! Whatever.\n\n/// A thing.\n///\n/// How it goes.").len(), 1);
}

#[test]
fn circles_are_found_and_what_a_parent_passes_on_is_none() {
    let circles = |files: &[(&'static str, &'static str)]| {
        Modules::new([("lib.rs", "pub mod a; pub mod b;")].into_iter().chain(files.iter().copied())).circles()
    };
    for (files, some) in [
        (
            vec![("a.rs", "use crate::b::B; pub struct A;"), ("b.rs", "fn f(a: super::a::A) {}")],
            "a imports b",
        ),
        (
            vec![("a.rs", "use crate::b; fn f() { b::g(); }"), ("b.rs", "use crate::{a::{self, A}, x};")],
            "b imports a",
        ),
        (
            vec![("a/mod.rs", "mod c; fn f() { c::g() } const N: u8 = 1;"), ("a/c.rs", "use super::N;")],
            "a::c imports a",
        ),
        (
            vec![
                ("a/mod.rs", "mod c; pub use c::C;"),
                ("a/c.rs", "use crate::b::B;"),
                ("b.rs", "use crate::a::C as D;"),
            ],
            "b imports a::c",
        ),
        (
            vec![
                ("a/mod.rs", "mod c; pub use c::*;"),
                ("a/c.rs", "struct C; use crate::b::B;"),
                ("b.rs", "use crate::a::C;"),
            ],
            "a::c imports b",
        ),
    ] {
        let found = circles(&files);
        assert!(found.iter().any(|circle| circle == some), "{files:?}: {found:?}");
    }
    for files in [
        vec![
            ("a.rs", "use crate::b::B; // crate::b is above"),
            ("b.rs", "/// See [`crate::a::A`].\npub struct B;"),
        ],
        vec![
            ("a/mod.rs", "mod c; mod d; pub use c::C; pub use d::D;"),
            ("a/c.rs", "use super::D;"),
            ("a/d.rs", ""),
        ],
        vec![("a/mod.rs", "mod c; fn f() { c::g() }"), ("a/c.rs", "pub(in crate::a) fn g() {}")],
        vec![("a.rs", "use crate::b::B;"), ("b.rs", "#[cfg(test)]\nmod tests {\n use crate::a::A;\n}")],
        vec![
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use std::a::A; use serde::b; fn f() { serde::a::x(); }"),
        ],
    ] {
        assert_eq!(circles(&files), Vec::<String>::new(), "{files:?}");
    }
}

#[test]
fn the_checker_finds_what_it_is_for() {
    for (file, source, fault) in [
        ("train/mod.rs", "use crate::worker::Worker;", "may not know worker"),
        ("gui/app.rs", "use crate::{config::A, models::{x, y}};", "may not know models"),
        ("gui/panels/a.rs", "fn f(x: &crate::run::TrainedModel) {}", "may not know run"),
        ("measure/pca.rs", "use crate::train::start::Changes;", "may not know train"),
        ("report/training.rs", "use crate::metrics::psnr::psnr;", "may not know metrics"),
        ("gui/app.rs", "use candle_core::Tensor;", "may not name candle_core"),
        ("metrics/re.rs", "fn f() -> candle_core::Result<()> {}", "may not name candle_core"),
        ("worker/mod.rs", "let x = egui::Context::default();", "may not name egui"),
        (
            "train/session.rs",
            "let (a, b) = crossbeam_channel::unbounded();",
            "may not name crossbeam_channel",
        ),
        ("cli/train.rs", "use crate::nn::Conv2d;", "may not know nn"),
        ("cli/train.rs", "use crate::gui::bench::PlotPanel;", "may not know gui"),
        ("nn/ops.rs", "use crate::models::Model;", "may not know models"),
        ("config.rs", "use crate::gui::App;", "may not know gui"),
        ("gui/widgets/a.rs", "let c = Color32::from_rgb(1, 2, 3);", "colours live in theme.rs"),
        ("gui/app.rs", "let c = Color32::LIGHT_BLUE;", "colours live in theme.rs"),
        ("gui/app.rs", "let s = \"a \\\" quote\"; use crate::data::x;", "may not know data"),
        ("latent/pca.rs", "use rand_distr::StandardNormal;", "may not name rand_distr"),
        ("attic/mod.rs", "", "belongs to no room"),
    ] {
        let found = faults(file, source);
        assert!(found.len() == 1 && found[0].contains(fault), "{file}: {source}: {found:?}");
    }
    for (file, source) in [
        (
            "gui/app.rs",
            "use crate::worker::protocol::Event; use crate::{config::A, error::Error, gui::theme};",
        ),
        ("gui/state.rs", "use crate::report::LatentInfo; use crate::report::PixelMetrics;"),
        ("gui/theme.rs", "const A: Color32 = Color32::from_rgb(1, 2, 3);"),
        ("gui/app.rs", "let c = Color32::PLACEHOLDER;"),
        ("train/mod.rs", "//! See [`crate::worker`].\n/// and crate::gui::App\nlet a = \"crate::gui::App\";"),
        ("worker/mod.rs", "use crate::run::TrainedModel; use candle_core::Device;"),
        ("nn/mod.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n use crate::models::Model;\n}"),
        ("cli/bench/step.rs", "use crate::nn::Conv2d; use candle_core::Device;"),
        ("train/mod.rs", "use crate::{Error, ImageBuf, Result}; let quote = '\"'; use crate::data::x;"),
    ] {
        assert_eq!(faults(file, source), Vec::<String>::new(), "{file}: {source}");
    }
}
