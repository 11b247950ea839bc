//! `morphospace man`

use std::path::{Path, PathBuf};

use clap::Command;
use clap_mangen::Man;

use super::output::{print_json, print_line, print_text};
use crate::error::{Error, Result};

#[derive(clap::Args)]
pub struct Options {
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn run(options: Options, command: Command, json: bool) -> Result<()> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let Some(folder) = options.out else {
        let (_, page) = page(&command)?;
        return if json { print_json(&serde_json::json!({ "page": page })) } else { print_text(&page) };
    };
    std::fs::create_dir_all(&folder).map_err(Error::io("make the folder", &folder))?;
    let mut files = Vec::new();
    write_all(&command, &folder, &mut files)?;
    if json {
        return print_json(&serde_json::json!({ "files": files }));
    }
    print_line(&format!("{} pages in {}", files.len(), folder.display()))
}

/// Name of the file of a command's page, and the page.
fn page(command: &Command) -> Result<(String, String)> {
    let man = Man::new(command.clone()).manual("Morphospace");
    let mut page = Vec::new();
    man.render(&mut page).map_err(|error| Error::Fault(format!("a page of the manual: {error}")))?;
    Ok((man.get_filename(), String::from_utf8_lossy(&page).into_owned()))
}

/// Writes the pages of a command and of those beneath it.
fn write_all(command: &Command, folder: &Path, files: &mut Vec<String>) -> Result<()> {
    let (name, page) = page(command)?;
    let file = folder.join(name);
    std::fs::write(&file, page).map_err(Error::io("write", &file))?;
    files.push(file.to_string_lossy().into_owned());
    command.get_subcommands().filter(|c| !c.is_hide_set()).try_for_each(|c| write_all(c, folder, files))
}
