//! Things that are handed out with the program: version, completions, manual, licences, the desktop's entry, the docs.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[allow(dead_code, reason = "its main is cargo's")]
#[path = "../src/about/build.rs"]
mod build;
#[path = "common/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{json, morphospace, text};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn printed(arguments: &[&str]) -> String {
    let output = morphospace(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Names of the subcommands, as the help lists them.
fn subcommands() -> Vec<String> {
    let help = printed(&["--help"]);
    let list = help.split_once("Commands:\n").unwrap().1.split("\n\n").next().unwrap();
    let names = list.lines().filter_map(|line| {
        line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?.split_whitespace().next()
    });
    let names: Vec<String> = names.filter(|name| *name != "help").map(Into::into).collect();
    assert!(names.len() > 20, "{names:?}");
    names
}

#[test]
fn the_version_is_short_and_long() {
    let short = format!("morphospace {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(printed(&["-V"]), format!("{short}\n"));
    let long = printed(&["--version"]);
    let inside =
        long.trim_end().strip_prefix(&format!("{short} (")).and_then(|rest| rest.strip_suffix(')')).unwrap();
    let features: Vec<&str> = inside.rsplit("; ").next().unwrap().split(", ").collect();
    assert_eq!(features.contains(&"gui"), cfg!(feature = "gui"), "{long}");
    assert_eq!(features.contains(&"onnx"), cfg!(feature = "onnx"), "{long}");
    if build::of_git(root()).is_some() {
        let commit = inside.split([',', ' ']).next().unwrap();
        assert!(commit.len() >= 7 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{long}");
    }
}

#[test]
fn the_commit_comes_from_a_package_or_from_git() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    assert_eq!((build::of_package(root), build::of_git(root)), (None, None));

    let info = r#"{ "git": { "sha1": "0123456789abcdef0123456789abcdef01234567" }, "path_in_vcs": "" }"#;
    std::fs::write(root.join(".cargo_vcs_info.json"), info).unwrap();
    assert_eq!(build::of_package(root).unwrap(), "0123456");
    let changed = info.replace("4567\" }", "4567\", \"dirty\": true }");
    std::fs::write(root.join(".cargo_vcs_info.json"), changed).unwrap();
    assert_eq!(build::of_package(root).unwrap(), "0123456 and changes");

    let git = |arguments: &[&str]| {
        let who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
        Command::new("git").current_dir(root).args(who).args(arguments).output()
    };
    if !git(&["init", "--quiet"]).is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there is no git here");
        return;
    }
    assert_eq!(build::of_git(root), None, "there is no commit yet");
    std::fs::create_dir(root.join("src")).unwrap();
    std::fs::write(root.join("src/lib.rs"), "").unwrap();
    std::fs::write(root.join("README.md"), "").unwrap();
    git(&["add", "src", "README.md"]).unwrap();
    git(&["commit", "--quiet", "--message", "First", "--date", "2001-02-03T12:00:00"]).unwrap();
    let commit = build::of_git(root).unwrap();
    let (hash, date) = commit.split_once(", ").unwrap();
    assert!(hash.len() >= 7 && hash.chars().all(|c| c.is_ascii_hexdigit()), "{commit}");
    assert_eq!((date.len(), date.matches('-').count()), (10, 2), "{commit}");
    // A text that is not compiled is no change of the program.
    std::fs::write(root.join("README.md"), "more").unwrap();
    assert_eq!(build::of_git(root).unwrap(), commit);
    std::fs::write(root.join("src/lib.rs"), "fn f() {}").unwrap();
    assert_eq!(build::of_git(root).unwrap(), format!("{hash} and changes, {date}"));
    // Unpacked inside of another repository.
    assert_eq!(build::of_git(&root.join("src")), None);
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(&["completions", shell]);
        for word in ["interpolate", "--kl-weight", "directions"] {
            let word = if shell == "fish" { word.trim_start_matches('-') } else { word };
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("morphospace.bash");
    std::fs::write(&script, printed(&["completions", "bash"])).unwrap();
    // Completes the beginning of a command, as the shell would ask for it.
    let ask = "source \"$1\"; COMP_WORDS=(morphospace interp); COMP_CWORD=1; \
               _morphospace morphospace interp morphospace; echo \"${COMPREPLY[@]}\"";
    match Command::new("bash").args(["-c", ask, "bash", text(&script)]).output() {
        Ok(output) => assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "interpolate"),
        Err(_) => eprintln!("skipped: there is no bash here"),
    }
    assert_eq!(morphospace(&["completions", "tcsh"]).status.code(), Some(2));
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let first = printed(&["man"]);
    assert!(first.contains(".TH morphospace 1") && first.contains("morphospace\\-train(1)"), "{first}");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man/man1");
    let written = json(&["man", "--out", text(&out)]);
    let files: BTreeSet<PathBuf> =
        written["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap().into()).collect();
    assert!(files.iter().all(|file| file.is_file()));
    for name in subcommands() {
        let page = std::fs::read_to_string(out.join(format!("morphospace-{name}.1"))).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{name}");
    }
    assert!(files.contains(&out.join("morphospace-directions-fit.1")));
    let train = std::fs::read_to_string(out.join("morphospace-train.1")).unwrap();
    assert!(train.contains("kl\\-weight"), "options are in it");
}

#[test]
fn the_licences_of_all_parts_are_printed() {
    let all = printed(&["licences"]);
    for words in
        ["MIT License", "Apache License", "SIL OPEN FONT LICENSE", "MediaPipe", "FFHQ", "candle-core "]
    {
        assert!(all.contains(words), "{words}");
    }
    let parts = json(&["licences"]);
    assert_eq!(parts["parts"].as_array().unwrap().len(), 5);
    assert_eq!(parts["parts"][3]["name"], "Inter");
}

#[test]
fn the_entry_for_the_desktop_is_that_of_the_window() {
    let entry = std::fs::read_to_string(root().join("assets/desktop/morphospace.desktop")).unwrap();
    let value = |key: &str| {
        let line = entry.lines().find_map(|line| line.strip_prefix(&format!("{key}=")));
        line.unwrap_or_else(|| panic!("{key} is missing")).to_owned()
    };
    let window = std::fs::read_to_string(root().join("src/gui/mod.rs")).unwrap();
    assert!(window.contains(&format!(".with_app_id(\"{}\")", value("StartupWMClass"))));
    assert_eq!(value("Exec"), "morphospace %F");
    for key in ["Name", "Comment", "Comment[vi]", "GenericName[vi]"] {
        assert!(!value(key).is_empty());
    }
    assert!(root().join(format!("assets/desktop/{}.svg", value("Icon"))).is_file());
}

/// The texts for people.
fn docs() -> Vec<PathBuf> {
    let mut files = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    for folder in ["assets/docs", "models"] {
        let entries = std::fs::read_dir(root().join(folder)).unwrap();
        files.extend(
            entries.map(|e| e.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "md")),
        );
    }
    files
}

/// Anchor of a heading, as a repository's pages make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn links_of_the_docs_lead_somewhere() {
    let mut links = 0;
    for file in docs() {
        let words = std::fs::read_to_string(&file).unwrap();
        for (at, _) in words.match_indices("](") {
            let target = words[at + 2..].split(')').next().unwrap();
            if target.starts_with("http") {
                continue;
            }
            links += 1;
            let (path, place) =
                target.split_once('#').map_or((target, None), |(path, place)| (path, Some(place)));
            let path = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            assert!(path.exists(), "{}: {target} leads nowhere", file.display());
            if let Some(place) = place {
                let there = std::fs::read_to_string(&path).unwrap();
                let mut headings = there.lines().filter(|line| line.starts_with('#'));
                let is_there = headings.any(|line| anchor(line.trim_start_matches('#').trim()) == place);
                assert!(is_there, "{}: {target} has no such heading", file.display());
            }
        }
    }
    assert!(links > 50, "{links}");
}

#[test]
fn the_readme_is_short_and_leads_to_all_docs() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() < 150, "the README is long; {} lines", readme.lines().count());
    for file in std::fs::read_dir(root().join("assets/docs")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(readme.contains(&format!("(assets/docs/{name})")), "the README does not lead to {name}");
    }
}

#[test]
fn the_docs_name_every_command() {
    let commands = std::fs::read_to_string(root().join("assets/docs/commands.md")).unwrap();
    for name in subcommands() {
        assert!(
            commands.contains(&format!("\nmorphospace {name} "))
                || commands.contains(&format!("\nmorphospace {name}\n")),
            "{name}"
        );
    }
}
