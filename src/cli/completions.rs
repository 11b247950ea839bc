//! `morphospace completions`

use clap::Command;
use clap_complete::Shell;

use super::output::{print_json, print_text};
use crate::error::Result;

#[derive(clap::Args)]
pub struct Options {
    /// Shell that the script is for
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(options: &Options, mut command: Command, json: bool) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command, "morphospace", &mut script);
    let script = String::from_utf8_lossy(&script);
    if json { print_json(&serde_json::json!({ "script": script })) } else { print_text(&script) }
}
