//! The build script: gives `about::version` the commit that the sources are of.
//!
//! It runs again when something that is compiled has changed, since the crate is compiled again then in any case. A
//! commit by itself builds nothing anew; a binary from before says that its sources had changes. Crates that do this
//! (`vergen`, `shadow-rs`, `built`) watch git's own files, and would compile everything again after each commit.

#![allow(clippy::print_stdout, reason = "cargo listens there")]

use std::path::Path;
use std::process::Command;

/// Sources that are compiled or embedded.
const SOURCES: [&str; 8] = [
    "src",
    "models",
    "assets/desktop",
    "assets/fonts",
    "assets/licences",
    "assets/locales",
    "Cargo.toml",
    "Cargo.lock",
];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // A path that is not there would have the script run each time.
    for path in SOURCES.iter().filter(|path| root.join(path).exists()) {
        println!("cargo::rerun-if-changed={path}");
    }
    let commit = of_package(root).or_else(|| of_git(root)).unwrap_or_default();
    println!("cargo::rustc-env=MORPHOSPACE_COMMIT={commit}");
}

/// The commit that cargo has written into a package.
pub fn of_package(root: &Path) -> Option<String> {
    let info = std::fs::read_to_string(root.join(".cargo_vcs_info.json")).ok()?;
    let mut words = info.split('"').skip_while(|word| *word != "sha1");
    let commit = words.nth(2)?.get(..7)?;
    let is_changed = info.split_whitespace().collect::<String>().contains("\"dirty\":true");
    Some(if is_changed { format!("{commit} and changes") } else { commit.to_owned() })
}

/// The commit that is checked out, with its date. None in a folder that is only inside of another repository.
pub fn of_git(root: &Path) -> Option<String> {
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    let commit = git(root, &["show", "--no-patch", "--format=%h, %cs", "HEAD"])?;
    let changes = git(
        root,
        &["status", "--porcelain", "--untracked-files=no", "--"]
            .into_iter()
            .chain(SOURCES)
            .collect::<Vec<_>>(),
    )?;
    Some(if changes.is_empty() { commit } else { commit.replacen(',', " and changes,", 1) })
}

/// Answer of git, which is to write nothing.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").current_dir(root).arg("--no-optional-locks").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
