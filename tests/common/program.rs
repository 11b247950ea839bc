//! The program as a person or a script runs it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

pub fn morphospace(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_morphospace")).args(arguments).output().unwrap()
}

/// Runs with `--json` and reads the one object.
pub fn json(arguments: &[&str]) -> Value {
    let output = morphospace(&[arguments, &["--json"]].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{arguments:?}: {e}"))
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
