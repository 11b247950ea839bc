//! The version, with the commit and the features that this binary was built from.

use std::sync::LazyLock;

/// Number of the version.
pub const NUMBER: &str = env!("CARGO_PKG_VERSION");

/// The commit and its date, as far as the build knew them: `a8ab78b, 2026-11-30`; with `and changes` behind the commit
/// where the sources were not those of the commit. None where there was neither git nor what cargo writes into packages.
pub fn commit() -> Option<&'static str> {
    Some(env!("MORPHOSPACE_COMMIT")).filter(|commit| !commit.is_empty())
}

/// Names of the features that are built in, as cargo has them.
pub fn features() -> Vec<&'static str> {
    let all = [
        ("gui", cfg!(feature = "gui")),
        ("onnx", cfg!(feature = "onnx")),
        ("cuda", cfg!(feature = "cuda")),
        ("cudnn", cfg!(feature = "cudnn")),
        ("mpi", cfg!(feature = "mpi")),
        ("nccl", cfg!(feature = "nccl")),
        ("metal", cfg!(feature = "metal")),
    ];
    all.into_iter().filter(|(_, is_in)| *is_in).map(|(name, _)| name).collect()
}

/// All of it in a line: `0.1.0 (a8ab78b, 2026-11-30; gui, onnx)`.
pub fn long() -> &'static str {
    static LONG: LazyLock<String> = LazyLock::new(|| in_words(commit(), &features()));
    &LONG
}

fn in_words(commit: Option<&str>, features: &[&str]) -> String {
    let features = if features.is_empty() { "no features".to_owned() } else { features.join(", ") };
    let commit = commit.map_or(String::new(), |commit| format!("{commit}; "));
    format!("{NUMBER} ({commit}{features})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_says_what_is_known_of_it() {
        assert_eq!(
            in_words(Some("a8ab78b, 2026-11-30"), &["gui", "onnx"]),
            format!("{NUMBER} (a8ab78b, 2026-11-30; gui, onnx)")
        );
        assert_eq!(in_words(None, &["gui"]), format!("{NUMBER} (gui)"));
        assert_eq!(in_words(None, &[]), format!("{NUMBER} (no features)"));
        assert_eq!(features().contains(&"gui"), cfg!(feature = "gui"));
    }
}
