//! A file that is dropped on the window.

use std::path::{Path, PathBuf};

use eframe::egui::DroppedFile;

#[derive(Debug)]
pub struct Dropped(pub PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("not read here".into())
    }
}
