//! `morphospace licences`

use super::output::{print_json, print_text};
use crate::about::licences::PARTS;
use crate::error::Result;

pub fn run(json: bool) -> Result<()> {
    if json {
        let parts = PARTS
            .map(|part| serde_json::json!({ "name": part.name, "terms": part.terms, "text": part.text }));
        return print_json(&serde_json::json!({ "parts": parts }));
    }
    let rule = "=".repeat(92);
    let parts = PARTS
        .map(|part| format!("{rule}\n{}: {}\n{rule}\n\n{}\n", part.name, part.terms, part.text.trim_end()));
    print_text(&parts.join("\n"))
}
