//! A file that is dropped on the window.

#![allow(dead_code, reason = "each test uses the parts that it needs")]

use std::path::{Path, PathBuf};

use eframe::egui::DroppedFile;
use egui_kittest::Harness;
use morphospace::gui::app::App;

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

/// Runs the window until it knows what lies at the paths that it was given.
pub fn look(harness: &mut Harness<'static, App>) {
    harness.run_steps(3);
    while harness.state().is_looking() {
        std::thread::sleep(std::time::Duration::from_millis(2));
        harness.run_steps(1);
    }
    harness.run_steps(2);
}
